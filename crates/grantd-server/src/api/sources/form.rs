//! A source as the API takes one.

use grantd_engine::SourceSecretInput;
use grantd_model::secret_reference::SourceName;
use grantd_model::{Secret, SecretInput, SecretReference, SourceDraft};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::json_body::{JsonBytes, without_value};
use crate::problem::Problem;

/// A secret source. What is left out has its default.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of SourceDraft")]
#[schema(example = json!({"name": "vault", "kind": "vault", "vault": {"address": "https://vault.example.com:8200",
    "login": {"method": "approle", "role_id": "b87f6b1c-0bd9"}}, "secret": "…",
    "paths": ["apps/*"], "origins": ["https://login.example.com"]}))]
pub(crate) struct SourceForm {
    /// What references call it, for ever: 1 to 63 of `a-z`, `0-9` and `-`.
    #[schema(example = "vault")]
    name: String,
    /// What grantd signs in with, such as a token or a secret id; it is never shown again.
    #[schema(write_only)]
    secret: Option<String>,
    /// Whether `secret` is a wrapping token that holds the secret id of `approle`; it is unwrapped at once.
    #[schema(required = false, write_only)]
    secret_is_wrapped: bool,
    /// Where what grantd signs in with is, instead of `secret`.
    secret_reference: Option<ReferenceForm>,
    /// What people set besides.
    #[schema(inline)]
    #[serde(flatten)]
    settings: SourceSettingsForm,
}

/// What people set of a source.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of SourceDraft")]
pub(crate) struct SourceSettingsForm {
    /// What it is for.
    #[schema(required = false)]
    description: String,
    /// `vault` or `https`.
    #[schema(required = false, example = "vault")]
    kind: String,
    /// Where and how, if it is a vault.
    vault: Option<VaultForm>,
    /// Where and how, if it is a service.
    https: Option<HttpsForm>,
    /// The paths that it serves, `apps/*` for everything below one, `*` for all; at most 200.
    #[schema(example = json!(["apps/*"]))]
    paths: Vec<String>,
    /// The origins of token endpoints that its secrets may go to, or `*`; at most 200.
    #[schema(example = json!(["https://login.example.com"]))]
    origins: Vec<String>,
    /// Whether credentials with a CA bundle or an egress proxy of their own are served.
    #[schema(required = false)]
    own_ca_and_proxy: bool,
    /// How long a secret is used until it is read again, in seconds.
    #[schema(required = false, minimum = 1, maximum = 86400, example = 300)]
    fresh_s: u64,
    /// How much longer it is used while the source can not be asked, in seconds.
    #[schema(required = false, maximum = 604_800, example = 3600)]
    stale_s: u64,
    /// How many reads there are in a second, at most.
    #[schema(required = false, minimum = 1, maximum = 10000, example = 200)]
    reads_per_second: u32,
}

/// A vault.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of VaultDraft")]
pub(crate) struct VaultForm {
    /// Its address; http on loopback alone.
    #[schema(example = "https://vault.example.com:8200")]
    address: String,
    /// The namespace that everything is in.
    namespace: Option<String>,
    /// Where the key-value engine is mounted.
    #[schema(required = false, example = "secret")]
    mount: String,
    /// Its version: 1 or 2.
    #[schema(required = false, minimum = 1, maximum = 2, example = 2)]
    kv_version: u8,
    /// How grantd signs in.
    #[schema(required = false)]
    login: LoginForm,
    /// PEM certificates of the only authorities trusted.
    ca_bundle: Option<String>,
}

/// How grantd signs in to a vault.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of LoginDraft")]
pub(crate) struct LoginForm {
    /// `token`, `approle`, `kubernetes`, `jwt`, `userpass` or `cert`.
    #[schema(required = false, example = "token")]
    method: String,
    /// Where the method is mounted; as it is called if absent.
    mount: Option<String>,
    /// The role of `kubernetes`, `jwt` and `cert`.
    role: Option<String>,
    /// The role id of `approle`.
    role_id: Option<String>,
    /// The user name of `userpass`.
    username: Option<String>,
    /// The certificate of `cert`, in PEM.
    certificate: Option<String>,
}

/// A service that gives a secret by one GET.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of HttpsDraft")]
pub(crate) struct HttpsForm {
    /// The URL with `{path}`, and `{version}` where there are versions.
    #[schema(example = "https://secrets.example.com/v1/{path}")]
    url: String,
    /// The header that holds grantd's own secret.
    #[schema(example = "authorization")]
    header: Option<String>,
    /// What stands before the secret, such as `Bearer `.
    #[schema(required = false)]
    header_prefix: String,
    /// PEM certificates of the only authorities trusted.
    ca_bundle: Option<String>,
}

/// Points at a secret in a secret source.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of SecretReference")]
pub(crate) struct ReferenceForm {
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
}

/// A document taken apart: what is settings, what is secret, and the rest.
pub(crate) struct Taken {
    pub(crate) name: Option<String>,
    pub(crate) input: SourceSecretInput,
    pub(crate) draft: SourceDraft,
}

/// Takes a document apart. Where neither secret nor reference is given, the secret is `otherwise`.
pub(crate) fn take(document: Value, otherwise: Option<SecretInput>) -> Result<Taken, Problem> {
    let Value::Object(mut members) = document else {
        return Err(Problem::unreadable("", "a JSON object is expected"));
    };
    let name = member(&mut members, "name")?;
    let secret: Option<Secret<String>> = member(&mut members, "secret")?;
    let reference: Option<SecretReference> = member(&mut members, "secret_reference")?;
    if members.get("secret_is_wrapped") == Some(&Value::Null) {
        let detail = "`true` or `false` is expected";
        return Err(Problem::unreadable("/secret_is_wrapped", detail));
    }
    let is_wrapped = member(&mut members, "secret_is_wrapped")?.unwrap_or(false);
    let secret = match (secret, reference) {
        (Some(_), Some(_)) => {
            let detail = "`secret` or `secret_reference` is expected, not both";
            return Err(Problem::unreadable("/secret_reference", detail));
        }
        (Some(secret), None) => Some(SecretInput::Internal(secret)),
        (None, Some(reference)) => Some(SecretInput::External(reference)),
        (None, None) => otherwise,
    };
    Ok(Taken {
        name,
        input: SourceSecretInput { secret, is_wrapped },
        draft: JsonBytes::from_value(&Value::Object(members)).read()?,
    })
}

/// The name of a source that is to be.
pub(super) fn name(text: Option<String>) -> Result<SourceName, Problem> {
    let text = text.unwrap_or_default();
    SourceName::try_from(text.as_str()).map_err(|fault| Problem::fields(vec![fault.at("/name")]))
}

/// Takes one member out of a document.
pub(super) fn member<T: DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Problem> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => serde_json::from_value(value).map(Some).map_err(|error| {
            // an error of serde repeats the value where that is text
            let detail = match name {
                "secret" => "a string is expected".to_owned(),
                _ => without_value(&error.to_string()),
            };
            Problem::unreadable(&format!("/{name}"), &detail)
        }),
    }
}
