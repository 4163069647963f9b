//! `POST /v1/source_tests` and `POST /v1/reference_tests`

use axum::Json;
use axum::extract::State;
use grantd_engine::{Destination, SourceError, SourceTest};
use grantd_model::secret_reference::SourceName;
use grantd_model::{SecretInput, SecretReference, TokenEndpoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::form::{self, SourceForm};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::{JsonBody, JsonBytes};
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// How a test of a source or a reference went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceTestOut {
    /// Whether all went well.
    ok: bool,
    /// `ok`, or what kind of fault it is.
    #[schema(example = "missing")]
    class: &'static str,
    /// What went wrong; null if nothing did.
    detail: Option<String>,
    /// What can be done.
    remedy: Option<String>,
    /// How long it took.
    took_s: f64,
    /// What was found of the secret, never its value; null if none was looked for.
    found: Option<FoundOut>,
}

/// A secret that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundOut {
    /// What the source calls this version of it.
    version: Option<String>,
    /// When this version was made, where the source tells.
    changed_at: Option<String>,
    /// Whether it ends with a line end, which is sent as a part of it.
    ends_with_line_end: bool,
}

impl From<SourceTest> for SourceTestOut {
    fn from(test: SourceTest) -> Self {
        let error = test.outcome.as_ref().err();
        Self {
            ok: error.is_none(),
            class: error.map_or("ok", SourceError::class),
            detail: error.map(ToString::to_string),
            remedy: error.map(|error| error.remedy().to_owned()),
            took_s: test.took.as_secs_f64(),
            found: test.outcome.ok().flatten().map(|found| FoundOut {
                version: found.version,
                changed_at: found.changed_at.map(|at| at.to_string()),
                ends_with_line_end: found.ends_with_line_end,
            }),
        }
    }
}

/// Try whether a source that need not be added yet lets grantd in and, with `reference`, whether it holds a
/// secret. For a source that is there already, what grantd signs in with may be left out. A wrapping token is
/// good for one time, so it is looked at and not opened.
#[utoipa::path(
    post, path = "/v1/source_tests", tag = "sources", operation_id = "test_source", request_body = SourceForm,
    responses(
        (status = 200, description = "How it went", body = SourceTestOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn source(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    body: JsonBytes,
) -> Result<Json<SourceTestOut>, Problem> {
    let mut document: Value = body.read()?;
    let wanted = match document.as_object_mut() {
        Some(members) => form::member::<Part>(members, "reference")?,
        None => None,
    };
    let taken = form::take(document, Some(SecretInput::Keep))?;
    let name = form::name(taken.name)?;
    let wanted = wanted.map(|part| SecretReference {
        source: name.clone(),
        path: part.path,
        key: part.key,
        version: part.version,
    });
    if let Some(Err((member, fault))) = wanted.as_ref().map(SecretReference::check) {
        return Err(Problem::fields(vec![
            fault.at(format!("/reference{member}")),
        ]));
    }
    let test = app
        .engine
        .test_source(&actor, &name, &taken.draft, taken.input, wanted)
        .await?;
    Ok(Json(test.into()))
}

/// A reference without its source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    path: String,
    key: Option<String>,
    version: Option<String>,
}

/// A reference, and where its secret would be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferenceTestForm {
    /// Which source.
    #[schema(example = "vault")]
    source: String,
    /// Where in it.
    #[schema(example = "apps/sales")]
    path: String,
    /// JSON pointer into a value that is a JSON document.
    #[schema(example = "/client_secret")]
    key: Option<String>,
    /// Which version; the newest if absent.
    version: Option<String>,
    /// The token endpoint of the credential.
    #[schema(example = "https://login.example.com/token")]
    token_endpoint: String,
    /// Whether the credential has a CA bundle of its own.
    #[serde(default)]
    #[schema(required = false)]
    own_ca_bundle: bool,
    /// Whether the credential has an egress proxy of its own.
    #[serde(default)]
    #[schema(required = false)]
    own_egress_proxy: bool,
}

/// Try whether a secret can be read, to be sent to a token endpoint. It is read from the source as it is now.
#[utoipa::path(
    post, path = "/v1/reference_tests", tag = "sources", operation_id = "test_reference", request_body = ReferenceTestForm,
    responses(
        (status = 200, description = "How it went", body = SourceTestOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn reference(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    JsonBody(form): JsonBody<ReferenceTestForm>,
) -> Result<Json<SourceTestOut>, Problem> {
    let source = SourceName::try_from(form.source);
    let endpoint = TokenEndpoint::try_from(form.token_endpoint);
    let (source, endpoint) = match (source, endpoint) {
        (Ok(source), Ok(endpoint)) => (source, endpoint),
        (source, endpoint) => {
            let source = source.err().map(|fault| fault.at("/source"));
            let endpoint = endpoint.err().map(|fault| fault.at("/token_endpoint"));
            return Err(Problem::fields(
                source.into_iter().chain(endpoint).collect(),
            ));
        }
    };
    let reference = SecretReference {
        source,
        path: form.path,
        key: form.key,
        version: form.version,
    };
    let destination = Destination {
        origin: endpoint.origin(),
        own_ca_bundle: form.own_ca_bundle,
        own_egress_proxy: form.own_egress_proxy,
    };
    let test = app
        .engine
        .test_reference(&actor, &reference, &destination)
        .await?;
    Ok(Json(test.into()))
}
