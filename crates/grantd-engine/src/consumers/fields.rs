//! The header fields of a consumer: sealed for the origin that they are sent to.

use grantd_model::{
    Consumer, ConsumerId, ConsumerSettings, FieldError, Invalid, Origin, Parameter, ParameterInput,
    ParameterValue, Secret,
};
use grantd_store::{Place, SealError};

use crate::credentials::{keeps_secret, seal_parameters, value_missing};
use crate::{Engine, EngineError};

/// The place of a secret header field.
fn place(id: ConsumerId, name: &str, version: u32, origin: &Origin) -> Place {
    Place {
        table: "consumer",
        row: id.to_string(),
        field: format!("header:{name}"),
        version,
        origin: Some(origin.clone()),
    }
}

/// Where a secret field is sent: whoever changes one of these gives the secrets again, so that nobody who does
/// not know them can have them sent elsewhere.
fn differences(before: &ConsumerSettings, after: &ConsumerSettings) -> Vec<&'static str> {
    [
        (
            before.base_url.origin() != after.base_url.origin(),
            "the origin of the base URL",
        ),
        (before.addresses != after.addresses, "the addresses"),
        (before.ca_bundle != after.ca_bundle, "the CA bundle"),
    ]
    .into_iter()
    .filter_map(|(differs, name)| differs.then_some(name))
    .collect()
}

/// What is wrong with header fields that are to be kept.
pub(super) fn kept_faults(
    before: Option<&Consumer>,
    settings: &ConsumerSettings,
    fields: &[Parameter<ParameterInput>],
) -> Vec<FieldError> {
    let earlier = before.map_or(&[][..], |it| &it.fields);
    let differ = before.map_or_else(Vec::new, |it| differences(&it.settings, settings));
    let kept = fields.iter().enumerate();
    let kept = kept.filter(|(_, field)| matches!(field.value, ParameterInput::Keep));
    kept.filter_map(|(position, field)| {
        if !keeps_secret(&field.name, earlier) {
            return Some(value_missing("headers", position));
        }
        let detail = format!(
            "the value is expected again, because of the change of {}",
            differ.join(" and ")
        );
        let again = Invalid::new("secret_required_again", detail);
        (!differ.is_empty()).then(|| again.at(format!("/headers/{position}/value")))
    })
    .collect()
}

impl Engine {
    /// The header fields as they are kept, with the highest version that any secret one ever had. What is kept was
    /// checked before.
    pub(super) fn kept_fields(
        &self,
        (id, before): (ConsumerId, Option<&Consumer>),
        settings: &ConsumerSettings,
        inputs: Vec<Parameter<ParameterInput>>,
    ) -> Result<(Vec<Parameter<ParameterValue>>, u32), EngineError> {
        let mut counter = before.map_or(0, |it| it.secret_counter);
        let earlier = before.map_or(&[][..], |it| &it.fields);
        let origin = settings.base_url.origin();
        let sealer = &self.parts().sealer;
        let place = |name: &str, version| place(id, name, version, &origin);
        let fields = seal_parameters(sealer, &mut counter, inputs, earlier, place)?;
        Ok((fields, counter))
    }

    /// The value of a header field.
    pub(super) fn opened_field(
        &self,
        consumer: &Consumer,
        field: &Parameter<ParameterValue>,
    ) -> Result<Secret<String>, SealError> {
        match &field.value {
            ParameterValue::Plain(text) => Ok(Secret::from(text.as_str())),
            ParameterValue::Secret { version, sealed } => {
                let origin = consumer.settings.base_url.origin();
                let place = place(consumer.id, &field.name, *version, &origin);
                self.parts().sealer.open(&place, sealed)
            }
        }
    }
}
