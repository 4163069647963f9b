//! Parses a form into a draft.

use std::collections::BTreeMap;
use std::time::Duration;

use grantd_model::credential::check_free_text;
use grantd_model::parameter::{
    MOST_PARAMETERS, check_header_name, check_header_value, check_parameter_name,
    check_parameter_value,
};
use grantd_model::{
    Audience, AuthenticationMethod, BasicEncoding, ClientId, CredentialDraft, FieldError, Invalid,
    LabelKey, LabelValue, Labels, Name, Notice, Parameter, ParameterInput, Provider, ProxyUrl,
    Resource, ScopeSet, ScopeSetting, SecretInput, Settings, Slug, Timeouts, Timestamp,
    TokenEndpoint,
};

use super::authentication::{Kept, method, secret};
use super::fields::Fields;
use super::{CredentialForm, NewSecretForm, ParameterForm};
use crate::json_body::member;

/// The most entries of bound hosts and of allowed mailboxes.
const MOST_BOUNDS: usize = 200;

/// Parses a form; every fault is named.
pub(crate) fn parse(
    mut form: CredentialForm,
    kept: Kept,
) -> Result<(CredentialDraft, Vec<Notice>), Vec<FieldError>> {
    let mut fields = Fields::default();
    let slug = fields.optional("/slug", form.slug.take(), Slug::try_from);
    let method = method(&mut fields, &mut form);
    let secret = secret(&mut fields, &mut form, kept);
    let parameters = parameters(&mut fields, form.parameters.take(), Place::Parameter);
    let headers = parameters_of_headers(&mut fields, form.headers.take());
    let settings = settings(&mut fields, form);
    if let (Some(settings), Some(method)) = (&settings, method) {
        check_raw(&mut fields, settings, method);
    }
    match (settings, method, secret) {
        (Some(settings), Some(method), Some(secret)) if fields.faults.is_empty() => {
            let authentication = method.with_secret(secret);
            let draft = CredentialDraft {
                slug,
                settings,
                authentication,
                parameters,
                headers,
            };
            Ok((draft, fields.notices))
        }
        _ => Err(fields.faults),
    }
}

/// Reads a new secret by itself.
///
/// # Errors
/// Everything that is wrong, each named by its place.
pub(crate) fn new_secret(
    form: NewSecretForm,
) -> Result<(SecretInput, Vec<Notice>), Vec<FieldError>> {
    let mut fields = Fields::default();
    let mut form = CredentialForm {
        secret_source: form.secret_source,
        client_secret: form.client_secret,
        client_secret_reference: form.client_secret_reference,
        ..CredentialForm::default()
    };
    match secret(&mut fields, &mut form, Kept::Nothing) {
        Some(secret) if fields.faults.is_empty() => Ok((secret, fields.notices)),
        _ => Err(fields.faults),
    }
}

/// Raw Basic has no way to send a colon in a client id (RFC 7617 section 2).
fn check_raw(fields: &mut Fields, settings: &Settings, method: AuthenticationMethod) {
    let raw = method == AuthenticationMethod::ClientSecretBasic(BasicEncoding::Raw);
    if raw && settings.client_id.as_str().contains(':') {
        let detail = "`percent` is expected, a client id with a colon can not be sent raw";
        fields.fault(
            "/basic_encoding",
            Invalid::new("colon_in_client_id", detail),
        );
    }
}

fn settings(fields: &mut Fields, form: CredentialForm) -> Option<Settings> {
    let providers = [
        ("generic", Provider::Generic),
        ("entra", Provider::Entra),
        ("adfs", Provider::Adfs),
        ("okta", Provider::Okta),
        ("auth0", Provider::Auth0),
        ("google", Provider::Google),
    ];
    let provider = fields
        .word("/provider", form.provider, &providers)
        .unwrap_or_default();
    let name = fields.required("/name", form.name, Name::try_from);
    let client_id = fields.required("/client_id", form.client_id, ClientId::try_from);
    let token_endpoint = fields.required(
        "/token_endpoint",
        form.token_endpoint,
        TokenEndpoint::try_from,
    );
    let scope = scope(fields, form.scope, form.no_scope, provider);
    let labels = labels(fields, form.labels.unwrap_or_default());
    let free = |fields: &mut Fields, pointer: &str, text: Option<String>, most: usize| {
        let text = text.unwrap_or_default();
        let checked = check_free_text(&text, most).map(|()| text);
        fields.take(pointer, checked).unwrap_or_default()
    };
    let connect = fields.seconds(
        "/connect_timeout_s",
        form.connect_timeout_s.as_ref(),
        10,
        60,
    );
    let request = fields.seconds(
        "/request_timeout_s",
        form.request_timeout_s.as_ref(),
        30,
        300,
    );
    Some(Settings {
        description: free(fields, "/description", form.description, 2000),
        owner: free(fields, "/owner", form.owner, 200),
        provider,
        secret_expires_at: fields.optional(
            "/secret_expires_at",
            form.secret_expires_at,
            Timestamp::try_from,
        ),
        audience: fields.optional("/audience", form.audience, Audience::try_from),
        resources: fields.list("/resources", form.resources, 16, Resource::try_from),
        timeouts: Timeouts {
            connect: Duration::from_secs(connect),
            request: Duration::from_secs(request),
        },
        ca_bundle: form.ca_bundle.filter(|pem| !pem.trim().is_empty()),
        egress_proxy: fields.optional("/egress_proxy", form.egress_proxy, ProxyUrl::try_from),
        bound_hosts: fields.list("/bound_hosts", form.bound_hosts, MOST_BOUNDS, bound_host),
        allowed_mailboxes: fields.list(
            "/allowed_mailboxes",
            form.allowed_mailboxes,
            MOST_BOUNDS,
            mailbox,
        ),
        name: name?,
        labels: labels?,
        client_id: client_id?,
        token_endpoint: token_endpoint?,
        scope: scope?,
    })
}

fn scope(
    fields: &mut Fields,
    scope: Option<String>,
    no_scope: Option<bool>,
    provider: Provider,
) -> Option<ScopeSetting> {
    let scope = scope.filter(|scope| !scope.trim().is_empty());
    match (scope, no_scope.unwrap_or(false)) {
        (Some(_), true) => {
            let detail = "either scopes or `no_scope` is expected, not both";
            fields.fault("/no_scope", Invalid::new("not_both", detail));
            None
        }
        (Some(scope), false) => fields
            .take("/scope", ScopeSet::parse(&scope))
            .map(ScopeSetting::Set),
        (None, true) => Some(ScopeSetting::NotTaken),
        (None, false) if provider.works_without_scope() => Some(ScopeSetting::NotTaken),
        (None, false) => {
            let detail = "at least one scope is expected, or `no_scope` if this server takes none";
            fields.fault("/scope", Invalid::new("required", detail));
            None
        }
    }
}

fn labels(fields: &mut Fields, texts: BTreeMap<String, Option<String>>) -> Option<Labels> {
    let mut labels = BTreeMap::new();
    for (key, value) in texts {
        let pointer = member("/labels", &key);
        let key = fields.take(&pointer, LabelKey::try_from(key));
        let value = value.ok_or_else(|| Invalid::new("required", "a value is expected"));
        let value = fields.take(&pointer, value.and_then(LabelValue::try_from));
        labels.extend(key.zip(value));
    }
    fields.take("/labels", Labels::try_from(labels))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Parameter,
    Header,
}

fn parameters_of_headers(
    fields: &mut Fields,
    forms: Option<Vec<ParameterForm>>,
) -> Vec<Parameter<ParameterInput>> {
    let mut headers = parameters(fields, forms, Place::Header);
    headers.sort_by(|a, b| a.name.cmp(&b.name));
    headers
}

fn parameters(
    fields: &mut Fields,
    forms: Option<Vec<ParameterForm>>,
    place: Place,
) -> Vec<Parameter<ParameterInput>> {
    let (list, secret_by_default) = match place {
        Place::Parameter => ("/parameters", false),
        Place::Header => ("/headers", true),
    };
    let forms = forms.unwrap_or_default();
    fields.count(list, forms.len(), MOST_PARAMETERS);
    let mut parameters: Vec<Parameter<ParameterInput>> = Vec::new();
    for (position, form) in forms.into_iter().enumerate() {
        let pointer = format!("{list}/{position}");
        let name = fields.required(&format!("{pointer}/name"), form.name, |name| match place {
            Place::Parameter => check_parameter_name(&name).map(|()| name),
            Place::Header => {
                let name = name.to_ascii_lowercase();
                check_header_name(&name).map(|()| name)
            }
        });
        let secret = form.secret.unwrap_or(secret_by_default);
        if let Some(value) = &form.value {
            let checked = match place {
                Place::Parameter => check_parameter_value(value.expose()),
                Place::Header => check_header_value(value.expose()),
            };
            fields.take(&format!("{pointer}/value"), checked);
        }
        let value = match (form.value, secret) {
            (Some(value), true) => ParameterInput::Secret(value),
            (Some(value), false) => ParameterInput::Plain(value.expose().clone()),
            (None, true) => ParameterInput::Keep,
            (None, false) => {
                fields.fault(
                    &format!("{pointer}/value"),
                    Invalid::new("required", "a value is expected"),
                );
                continue;
            }
        };
        let Some(name) = name else { continue };
        if parameters.iter().any(|parameter| parameter.name == name) {
            let fault = Invalid::new("repeated", "each name is expected once");
            fields.fault(&format!("{pointer}/name"), fault);
            continue;
        }
        parameters.push(Parameter { name, value });
    }
    parameters
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "parsers of lists take the value"
)]
fn bound_host(text: String) -> Result<String, Invalid> {
    let text = text.to_ascii_lowercase();
    let name = text.strip_prefix("*.").unwrap_or(&text);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if name.len() <= 253 && name.split('.').all(label) {
        return Ok(text);
    }
    Err(Invalid::new(
        "invalid_host",
        "a host name such as `graph.microsoft.com` or `*.example.com` is expected",
    ))
}

fn mailbox(text: String) -> Result<String, Invalid> {
    let shape = text.len() <= 320
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    if shape {
        return Ok(text);
    }
    Err(Invalid::new(
        "invalid_mailbox",
        "a mail address such as `sales@example.com` is expected",
    ))
}
