//! What an update changed, in words for the audit log; never a secret.

use grantd_model::parameter::ParameterValue;
use grantd_model::{
    AuthenticationMethod, BasicEncoding, Credential, Parameter, SecretValue, Timestamp,
};

/// The longest value that is repeated.
const MOST: usize = 200;

/// Each setting that differs, with the value before and the value after.
pub(crate) fn between(before: &Credential, after: &Credential) -> Vec<(String, String)> {
    let (old, new) = (describe(before, None), describe(after, None));
    old.into_iter()
        .zip(new)
        .filter(|(old, new)| old.1 != new.1)
        .map(|((name, old), (_, new))| {
            (
                name.to_owned(),
                format!("{} → {}", short(&old), short(&new)),
            )
        })
        .collect()
}

/// The settings of a new credential that people would look for first.
pub(crate) fn of_new(credential: &Credential) -> Vec<(String, String)> {
    describe(credential, None)
        .into_iter()
        .filter(|(_, value)| !value.is_empty() && value != "none")
        .map(|(name, value)| (name.to_owned(), short(&value)))
        .collect()
}

/// Everything that people set, in words. Of a secret that is newer than this version it is said that it is
/// given, and no more.
pub(crate) fn describe(
    credential: &Credential,
    newest: Option<u32>,
) -> Vec<(&'static str, String)> {
    let version = |version: u32| match newest {
        Some(newest) if version > newest => "given".to_owned(),
        _ => format!("version {version}"),
    };
    let settings = &credential.settings;
    let optional = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    vec![
        ("name", settings.name.to_string()),
        ("description", settings.description.clone()),
        ("owner", settings.owner.clone()),
        (
            "labels",
            settings
                .labels
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect::<Vec<_>>()
                .join(", "),
        ),
        (
            "provider",
            format!("{:?}", settings.provider).to_lowercase(),
        ),
        ("client_id", settings.client_id.to_string()),
        ("token_endpoint", format!("{:?}", settings.token_endpoint)),
        (
            "token_endpoint_query",
            optional(
                settings
                    .token_endpoint
                    .url()
                    .query()
                    .map(|_| "set".to_owned()),
            ),
        ),
        (
            "scope",
            optional(settings.scope.scopes().map(ToString::to_string)),
        ),
        ("authentication_method", method(credential)),
        ("client_secret", secrets(credential, version)),
        (
            "secret_expires_at",
            optional(
                settings
                    .secret_expires_at
                    .as_ref()
                    .map(Timestamp::to_string),
            ),
        ),
        (
            "audience",
            optional(settings.audience.as_ref().map(ToString::to_string)),
        ),
        (
            "resources",
            settings
                .resources
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        ("parameters", parameters(&credential.parameters, version)),
        ("headers", parameters(&credential.headers, version)),
        (
            "connect_timeout_s",
            settings.timeouts.connect.as_secs().to_string(),
        ),
        (
            "request_timeout_s",
            settings.timeouts.request.as_secs().to_string(),
        ),
        (
            "ca_bundle",
            optional(
                settings
                    .ca_bundle
                    .as_ref()
                    .map(|pem| format!("{} bytes", pem.len())),
            ),
        ),
        (
            "egress_proxy",
            optional(settings.egress_proxy.as_ref().map(ToString::to_string)),
        ),
        ("bound_hosts", settings.bound_hosts.join(", ")),
        ("allowed_mailboxes", settings.allowed_mailboxes.join(", ")),
        ("enabled", credential.enabled.to_string()),
    ]
}

fn method(credential: &Credential) -> String {
    match credential.authentication.method() {
        AuthenticationMethod::ClientSecretBasic(BasicEncoding::Percent) => {
            "client_secret_basic".to_owned()
        }
        AuthenticationMethod::ClientSecretBasic(BasicEncoding::Raw) => {
            "client_secret_basic, raw".to_owned()
        }
        AuthenticationMethod::ClientSecretPost => "client_secret_post".to_owned(),
    }
}

fn secrets(credential: &Credential, version: impl Fn(u32) -> String) -> String {
    let one = |entry: &grantd_model::SecretEntry| match &entry.value {
        SecretValue::Internal(_) => format!("internal, {}", version(entry.version)),
        SecretValue::External(reference) => {
            format!(
                "external, {} {}, version {}",
                reference.source, reference.path, entry.version
            )
        }
    };
    credential
        .authentication
        .secret()
        .iter()
        .map(one)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Parameters or headers in words; of a secret one its version.
pub(crate) fn parameters(
    parameters: &[Parameter<ParameterValue>],
    version: impl Fn(u32) -> String,
) -> String {
    let one = |parameter: &Parameter<ParameterValue>| match &parameter.value {
        ParameterValue::Plain(value) => format!("{}={value}", parameter.name),
        ParameterValue::Secret { version: of, .. } => {
            format!("{} (secret, {})", parameter.name, version(*of))
        }
    };
    parameters.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn short(text: &str) -> String {
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
