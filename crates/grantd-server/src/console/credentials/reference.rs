//! Tries on the form whether the secret that it points at can be read.

use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::Destination;
use grantd_model::secret_reference::SourceName;
use grantd_model::{FieldError, Invalid, SecretReference, TokenEndpoint};

use super::edit::{Around, Subject, again, page};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::show::sentence;
use crate::console::sources::told;
use crate::console::visit::Visit;

/// The form with what a try found.
pub(super) async fn on_page(
    visit: &Visit,
    subject: &Subject,
    form: &Form,
) -> Result<Response, Failed> {
    let (reference, destination) = match read(form) {
        Ok(read) => read,
        Err(faults) => return again(visit, subject, form, &faults).await,
    };
    let engine = &visit.app.engine;
    let test = engine
        .test_reference(visit.actor(), &reference, &destination)
        .await?;
    let around = Around {
        test: Some(told(visit.clock(), &test)),
        ..Around::default()
    };
    page(visit, subject, form, around, StatusCode::OK).await
}

/// What a source holds below a path, to pick from.
pub(super) struct Entries {
    /// The folder; empty at the top.
    pub(super) below: String,
    /// The folder above it.
    pub(super) above: Option<String>,
    /// Names, and whether there is more below.
    pub(super) items: Vec<(String, bool)>,
}

impl Entries {
    /// The path of one of them.
    pub(super) fn path(&self, name: &str) -> String {
        match self.below.as_str() {
            "" => name.to_owned(),
            below => format!("{below}/{name}"),
        }
    }
}

/// The form with what the source holds below the path that is typed or picked; or with the secret that was
/// picked, below which there is nothing.
pub(super) async fn browse(
    visit: &Visit,
    subject: &Subject,
    form: &Form,
) -> Result<Response, Failed> {
    let Ok(source) = SourceName::try_from(form.get("ref_source")) else {
        let detail = "a secret source is expected";
        let fault = Invalid::new("required", detail).at("/client_secret_reference/source");
        return again(visit, subject, form, &[fault]).await;
    };
    let picked = form.some("pick");
    let mut form = form.without(|name| name == "pick");
    let below = match &picked {
        Some(picked) => {
            let path = picked.trim_end_matches('/');
            form.put("ref_path", path);
            if !picked.is_empty() && path == picked {
                let around = Around::default();
                return page(visit, subject, &form, around, StatusCode::OK).await;
            }
            path.to_owned()
        }
        None => form.get("ref_path").trim().trim_matches('/').to_owned(),
    };
    let engine = &visit.app.engine;
    let around = match engine.browse_source(visit.actor(), &source, &below).await {
        Ok(entries) => Around {
            entries: Some(Entries {
                above: (!below.is_empty()).then(|| {
                    below
                        .rsplit_once('/')
                        .map_or("", |(above, _)| above)
                        .to_owned()
                }),
                below,
                items: entries
                    .into_iter()
                    .map(|entry| (entry.name, entry.is_folder))
                    .collect(),
            }),
            ..Around::default()
        },
        Err(error) => Around {
            notice: Some(sentence(&error.to_string())),
            ..Around::default()
        },
    };
    page(visit, subject, &form, around, StatusCode::OK).await
}

fn read(form: &Form) -> Result<(SecretReference, Destination), Vec<FieldError>> {
    let place = |member: &str| format!("/client_secret_reference{member}");
    let some = |name: &str| {
        let text = form.get(name).trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let mut faults = Vec::new();
    let source = SourceName::try_from(form.get("ref_source"))
        .map_err(|_| {
            let detail = "a secret source is expected";
            faults.push(Invalid::new("required", detail).at(place("/source")));
        })
        .ok();
    let endpoint = TokenEndpoint::try_from(form.get("token_endpoint").trim())
        .map_err(|fault| faults.push(fault.at("/token_endpoint")))
        .ok();
    let (Some(source), Some(endpoint)) = (source, endpoint) else {
        return Err(faults);
    };
    let reference = SecretReference {
        source,
        path: form.get("ref_path").trim().to_owned(),
        key: some("ref_key"),
        version: some("ref_version"),
    };
    if let Err((member, fault)) = reference.check() {
        return Err(vec![fault.at(place(member))]);
    }
    let destination = Destination {
        origin: endpoint.origin(),
        own_ca_bundle: some("ca_bundle").is_some(),
        own_egress_proxy: some("egress_proxy").is_some(),
    };
    Ok((reference, destination))
}
