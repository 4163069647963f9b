//! The bounds that an admin sets for consumers: where the tokens of which credential may go.

use grantd_model::bound_host::is_bound;
use grantd_model::{
    Action, Actor, Consumer, ConsumerDraft, ConsumerSettings, Credential, CredentialId, FieldError,
    Invalid, Parameter, ParameterInput, ScopeSetting,
};
use grantd_net::check_ca_bundle;
use grantd_store::CredentialReader;

use super::fields::kept_faults;
use crate::credentials::find::find_usable;
use crate::{Engine, EngineError, access};

/// A draft that was read, and the credential that it names.
pub(super) struct ReadDraft {
    pub(super) settings: ConsumerSettings,
    pub(super) fields: Vec<Parameter<ParameterInput>>,
    pub(super) credential: Credential,
}

impl Engine {
    /// Reads a draft of a new consumer, or of a change of one, and finds its credential.
    pub(super) async fn read_consumer_draft<R: CredentialReader + ?Sized>(
        &self,
        credentials: &mut R,
        actor: &Actor,
        before: Option<&Consumer>,
        draft: &ConsumerDraft,
    ) -> Result<ReadDraft, EngineError> {
        let found = find_usable(credentials, actor, &draft.credential).await?;
        let Some(credential) = found else {
            let detail = "the slug or id of a credential that you may use is expected";
            let mut faults = vec![Invalid::new("unknown_credential", detail).at("/credential")];
            // everything that is wrong is told at once
            let any = CredentialId::new(self.now(), self.random());
            faults.extend(draft.parse(any).err().unwrap_or_default());
            return Err(EngineError::Fields(faults));
        };
        let read = draft.parse(credential.id).map_err(EngineError::Fields)?;
        let (settings, fields) = read;
        let mut faults = beyond(&settings, &credential);
        if let Some(bundle) = &settings.ca_bundle
            && let Err(fault) = check_ca_bundle(bundle)
        {
            faults.push(Invalid::new("invalid_ca_bundle", fault.to_string()).at("/ca_bundle"));
        }
        faults.extend(kept_faults(before, &settings, &fields));
        if !faults.is_empty() {
            return Err(EngineError::Fields(faults));
        }
        may_send(actor, &credential, &settings)?;
        Ok(ReadDraft {
            settings,
            fields,
            credential,
        })
    }
}

/// Demands that who may get tokens of the credential with some scopes alone sends no others.
pub(super) fn may_send(
    actor: &Actor,
    credential: &Credential,
    settings: &ConsumerSettings,
) -> Result<(), EngineError> {
    if access::on_credential(actor, Action::Manage, credential).is_ok() {
        return Ok(());
    }
    access::scopes(actor, credential, settings.scope.as_ref())
}

/// What lies beyond the bounds of the credential.
pub(super) fn beyond(settings: &ConsumerSettings, credential: &Credential) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Some(scope) = &settings.scope
        && !matches!(&credential.settings.scope, ScopeSetting::Set(all) if all.contains_all(scope))
    {
        let detail = "scopes of the credential are expected, or none for all of them";
        faults.push(Invalid::new("not_of_the_credential", detail).at("/scope"));
    }
    for (number, host) in settings.hosts().enumerate() {
        if !is_bound(&credential.settings.bound_hosts, host) {
            let detail = format!(
                "a host that the credential `{}` is bound to is expected; an admin adds `{host}` to its \
                 bound hosts",
                credential.slug
            );
            let place = match number.checked_sub(1) {
                None => "/base_url".to_owned(),
                Some(number) => format!("/addresses/{number}"),
            };
            faults.push(Invalid::new("host_not_bound", detail).at(place));
        }
    }
    faults
}
