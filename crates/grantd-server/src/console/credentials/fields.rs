//! The fields of the form: from what is kept, to what is parsed, and which one a fault is of.

use std::collections::BTreeMap;

use grantd_model::{
    AuthenticationMethod, BasicEncoding, Credential, FieldError, Provider, ScopeSetting, Secret,
    SecretValue,
};
use serde_json::Number;

use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::pairs;
use crate::credential_form::{CredentialForm, ParameterForm, SecretReferenceForm};

/// What was typed as it may be sent back to a page: without secrets, and with the names of secret
/// parameters and headers alone.
pub(crate) fn to_send_back(form: &Form) -> Form {
    let form = form.without(|name| {
        matches!(
            name,
            "client_secret" | "next_secret" | "secret" | "password" | "form_id" | "held"
        )
    });
    pairs::without_secrets(form)
}

/// Whether a secret was typed that is not sent back.
pub(super) fn holds_secret(form: &Form) -> bool {
    !form.get("client_secret").is_empty()
}

/// What is typed where nothing else is.
pub(super) fn defaults() -> Form {
    Form::of([
        ("secret_source", "internal"),
        ("method", "client_secret_basic"),
        ("provider", "generic"),
        ("basic_encoding", "percent"),
    ])
}

/// The fields of a credential as it is kept; never its secret.
pub(super) fn of_credential(credential: &Credential) -> Form {
    let settings = &credential.settings;
    let mut form = defaults();
    form.put("name", settings.name.as_str());
    form.put("slug", credential.slug.as_str());
    form.put("description", settings.description.as_str());
    form.put("owner", settings.owner.as_str());
    form.put(
        "labels",
        lines(settings.labels.iter().map(|(k, v)| format!("{k}: {v}"))),
    );
    form.put("provider", provider_name(settings.provider));
    form.put("client_id", settings.client_id.as_str());
    form.put("token_endpoint", settings.token_endpoint.to_string());
    match &settings.scope {
        ScopeSetting::Set(scopes) => form.put("scope", scopes.to_string()),
        ScopeSetting::NotTaken => form.put("no_scope", "on"),
    }
    match credential.authentication.method() {
        AuthenticationMethod::ClientSecretBasic(encoding) => {
            form.put("method", "client_secret_basic");
            let raw = encoding == BasicEncoding::Raw;
            form.put("basic_encoding", if raw { "raw" } else { "percent" });
        }
        AuthenticationMethod::ClientSecretPost => form.put("method", "client_secret_post"),
    }
    if let SecretValue::External(reference) = &credential.authentication.secret().current.value {
        form.put("secret_source", "external");
        form.put("ref_source", reference.source.as_str());
        form.put("ref_path", reference.path.as_str());
        form.put("ref_key", reference.key.clone().unwrap_or_default());
        form.put("ref_version", reference.version.clone().unwrap_or_default());
    }
    if let Some(end) = &settings.secret_expires_at {
        let text = end.to_string();
        form.put("secret_expires_at", text.get(..10).unwrap_or_default());
    }
    let audience = settings.audience.as_ref();
    form.put(
        "audience",
        audience.map(ToString::to_string).unwrap_or_default(),
    );
    form.put(
        "resources",
        lines(settings.resources.iter().map(ToString::to_string)),
    );
    form.put(
        "connect_timeout_s",
        settings.timeouts.connect.as_secs().to_string(),
    );
    form.put(
        "request_timeout_s",
        settings.timeouts.request.as_secs().to_string(),
    );
    form.put("ca_bundle", settings.ca_bundle.clone().unwrap_or_default());
    let proxy = settings.egress_proxy.as_ref();
    form.put(
        "egress_proxy",
        proxy.map(ToString::to_string).unwrap_or_default(),
    );
    form.put("bound_hosts", lines(settings.bound_hosts.iter().cloned()));
    form.put(
        "allowed_mailboxes",
        lines(settings.allowed_mailboxes.iter().cloned()),
    );
    pairs::put_kept(&mut form, "parameter", &credential.parameters);
    pairs::put_kept(&mut form, "header", &credential.headers);
    form
}

const fn provider_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Generic => "generic",
        Provider::Entra => "entra",
        Provider::Adfs => "adfs",
        Provider::Okta => "okta",
        Provider::Auth0 => "auth0",
        Provider::Google => "google",
    }
}

fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("\n")
}

/// The form as the API's are parsed. `before` is the credential that is edited; what the person may
/// not set stays as it is there.
pub(super) fn to_credential_form(
    form: &Form,
    before: Option<&Credential>,
    sets_bounds: bool,
) -> CredentialForm {
    let is_external = form.get("secret_source") == "external";
    let is_basic = form.get("method") == "client_secret_basic";
    let reference = SecretReferenceForm {
        source: form.some("ref_source"),
        path: form.some("ref_path"),
        key: form.some("ref_key"),
        version: form.some("ref_version"),
    };
    let (bound_hosts, allowed_mailboxes) = if sets_bounds {
        (list(form, "bound_hosts"), list(form, "allowed_mailboxes"))
    } else {
        let kept = before.map(|before| &before.settings);
        (
            kept.map(|it| it.bound_hosts.clone()).unwrap_or_default(),
            kept.map(|it| it.allowed_mailboxes.clone())
                .unwrap_or_default(),
        )
    };
    CredentialForm {
        name: Some(form.get("name").to_owned()),
        slug: before.is_none().then(|| form.some("slug")).flatten(),
        description: Some(form.get("description").to_owned()),
        owner: form.some("owner"),
        labels: Some(labels(form.get("labels"))),
        provider: form.some("provider"),
        client_id: Some(form.get("client_id").to_owned()),
        secret_source: form.some("secret_source"),
        client_secret: form.secret("client_secret").filter(|_| !is_external),
        client_secret_reference: is_external.then_some(reference),
        token_endpoint: Some(form.get("token_endpoint").to_owned()),
        scope: form.some("scope"),
        no_scope: Some(form.is_ticked("no_scope")),
        token_endpoint_auth_method: form.some("method"),
        basic_encoding: form.some("basic_encoding").filter(|_| is_basic),
        secret_expires_at: end(form, before),
        audience: form.some("audience"),
        resources: Some(list(form, "resources")),
        parameters: Some(parameters(form, "parameter")),
        headers: Some(parameters(form, "header")),
        connect_timeout_s: seconds(form, "connect_timeout_s"),
        request_timeout_s: seconds(form, "request_timeout_s"),
        ca_bundle: form.some("ca_bundle"),
        egress_proxy: form.some("egress_proxy"),
        bound_hosts: Some(bound_hosts),
        allowed_mailboxes: Some(allowed_mailboxes),
    }
}

/// A day, as the beginning of it; one that is kept to the second stays so.
fn end(form: &Form, before: Option<&Credential>) -> Option<String> {
    let day = form.some("secret_expires_at")?;
    let kept = before.and_then(|before| before.settings.secret_expires_at);
    let kept = kept.map(|kept| kept.to_string());
    match kept.filter(|kept| kept.starts_with(&day)) {
        Some(kept) => Some(kept),
        None if day.len() == 10 => Some(format!("{day}T00:00:00Z")),
        None => Some(day),
    }
}

/// What is no number is refused by the parsing as one that is out of bounds.
fn seconds(form: &Form, name: &str) -> Option<Number> {
    let text = form.some(name)?;
    Some(
        text.trim()
            .parse::<u64>()
            .map_or_else(|_| Number::from(0), Number::from),
    )
}

fn list(form: &Form, name: &str) -> Vec<String> {
    let lines = form.get(name).split(['\n', ',']);
    lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `team: sales`, one on a line or divided by commas.
fn labels(text: &str) -> BTreeMap<String, Option<String>> {
    text.split(['\n', ','])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| match line.split_once([':', '=']) {
            Some((key, value)) => (key.trim().to_owned(), Some(value.trim().to_owned())),
            None => (line.to_owned(), None),
        })
        .collect()
}

fn parameters(form: &Form, place: &str) -> Vec<ParameterForm> {
    let rows = pairs::typed(form, place).into_iter();
    rows.map(|(name, value, is_secret)| ParameterForm {
        name: Some(name.trim().to_owned()),
        // a secret that is left empty is the one that is kept
        value: (!value.is_empty() || !is_secret).then(|| Secret::from(value)),
        secret: Some(is_secret),
    })
    .collect()
}

/// The field that a fault is of, by its place in what was parsed.
pub(super) fn field_of(pointer: &str) -> &'static str {
    const FIELDS: [(&str, &str); 31] = [
        ("/client_secret_reference/source", "ref_source"),
        ("/client_secret_reference/path", "ref_path"),
        ("/client_secret_reference/key", "ref_key"),
        ("/client_secret_reference/version", "ref_version"),
        ("/client_secret_reference", "ref_path"),
        ("/client_secret", "client_secret"),
        ("/client_id", "client_id"),
        ("/name", "name"),
        ("/slug", "slug"),
        ("/description", "description"),
        ("/owner", "owner"),
        ("/labels", "labels"),
        ("/provider", "provider"),
        ("/secret_source", "secret_source"),
        ("/secret_expires_at", "secret_expires_at"),
        ("/token_endpoint_auth_method", "method"),
        ("/token_endpoint", "token_endpoint"),
        ("/scope", "scope"),
        ("/no_scope", "scope"),
        ("/basic_encoding", "basic_encoding"),
        ("/audience", "audience"),
        ("/resources", "resources"),
        ("/parameters", "parameters"),
        ("/headers", "headers"),
        ("/connect_timeout_s", "connect_timeout_s"),
        ("/request_timeout_s", "request_timeout_s"),
        ("/ca_bundle", "ca_bundle"),
        ("/egress_proxy", "egress_proxy"),
        ("/probe_url", "probe_url"),
        ("/bound_hosts", "bound_hosts"),
        ("/allowed_mailboxes", "allowed_mailboxes"),
    ];
    fault::field_at(&FIELDS, pointer).unwrap_or("name")
}

/// Which fields stand in the part that is closed at first.
pub(super) fn is_advanced(field: &str) -> bool {
    !matches!(
        field,
        "name"
            | "slug"
            | "client_id"
            | "secret_source"
            | "client_secret"
            | "ref_source"
            | "ref_path"
            | "ref_key"
            | "ref_version"
            | "token_endpoint"
            | "scope"
            | "method"
    )
}

/// Faults by their fields, in the order in which the fields stand.
pub(super) fn faults(errors: &[FieldError]) -> Vec<Fault> {
    const ORDER: [&str; 11] = [
        "name",
        "slug",
        "client_id",
        "secret_source",
        "client_secret",
        "ref_source",
        "ref_path",
        "ref_key",
        "ref_version",
        "token_endpoint",
        "scope",
    ];
    let mut faults = fault::faults(errors, field_of);
    faults.sort_by_key(|fault| {
        let place = ORDER.iter().position(|field| *field == fault.field);
        place.unwrap_or(ORDER.len())
    });
    faults
}

#[cfg(test)]
mod tests {
    use grantd_testkit::fixtures::Fixtures;

    use super::*;
    use crate::credential_form::{Kept, parse};

    #[test]
    fn what_is_kept_comes_back_as_it_is() {
        let fixtures = Fixtures::default();
        for credential in [
            fixtures.full_credential("full"),
            fixtures.credential("bare"),
        ] {
            let form = of_credential(&credential);
            let parsed = to_credential_form(&form, Some(&credential), true);
            let (draft, _) = parse(parsed, Kept::of(&credential)).unwrap();
            assert_eq!(draft.settings, credential.settings);
            assert_eq!(
                draft.authentication.method(),
                credential.authentication.method()
            );
            assert_eq!(draft.parameters.len(), credential.parameters.len());
            assert_eq!(draft.headers.len(), credential.headers.len());
            assert_eq!(draft.slug, None, "the slug never changes");
        }
    }

    #[test]
    fn who_sets_no_bounds_leaves_them() {
        let credential = Fixtures::default().full_credential("full");
        let mut form = of_credential(&credential);
        form.put("bound_hosts", "evil.example");
        let parsed = to_credential_form(&form, Some(&credential), false);
        assert_eq!(parsed.bound_hosts, Some(credential.settings.bound_hosts));
    }

    #[test]
    fn every_fault_finds_its_field() {
        for (pointer, field) in [
            ("/token_endpoint", "token_endpoint"),
            ("/token_endpoint_auth_method", "method"),
            ("/client_secret_reference/path", "ref_path"),
            ("/client_secret_reference", "ref_path"),
            ("/client_secret", "client_secret"),
            ("/labels/team", "labels"),
            ("/headers/0/value", "headers"),
            ("/bound_hosts/3", "bound_hosts"),
            ("/probe_url", "probe_url"),
            ("", "name"),
        ] {
            assert_eq!(field_of(pointer), field, "{pointer}");
        }
    }

    #[test]
    fn nothing_secret_is_sent_back() {
        let typed = "client_secret=CANARY&form_id=1&header_name=A&header_value=CANARY&\
                     header_kind=secret&header_name=B&header_value=seen&header_kind=plain&\
                     parameter_name=C&parameter_value=CANARY";
        let form = to_send_back(&Form::parse(typed.as_bytes()));
        let text = form.to_text();
        assert!(!text.contains("CANARY"), "{text}");
        assert_eq!(form.all("header_value").collect::<Vec<_>>(), ["", "seen"]);
        assert_eq!(form.all("parameter_name").collect::<Vec<_>>(), ["C"]);
    }

    #[test]
    fn labels_are_read_as_people_write_them() {
        let read = labels("team: sales, stage=test\n\nlost");
        let value = |key: &str| read[key].as_deref();
        assert_eq!(value("team"), Some("sales"));
        assert_eq!(value("stage"), Some("test"));
        assert_eq!(value("lost"), None);
    }
}
