//! A credential as rows, and back.

use std::collections::BTreeMap;
use std::time::Duration;

use grantd_model::parameter::ParameterValue;
use grantd_model::{
    Audience, AuthenticationMethod, BasicEncoding, Change, ClientId, Credential, LabelKey,
    LabelValue, Labels, Name, Parameter, Provider, ProxyUrl, Resource, Revision, ScopeSet,
    ScopeSetting, Sealed, SecretEntry, SecretList, SecretValue, Settings, Slug, Timeouts,
    Timestamp, TokenEndpoint,
};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::{corrupt, fault};
use crate::StoreError;

const TABLE: &str = "credential";

/// The settings that nothing is searched or sorted by: one JSON document in one column.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advanced {
    audience: Option<Audience>,
    resources: Vec<Resource>,
    connect_timeout_s: u64,
    request_timeout_s: u64,
    ca_bundle: Option<String>,
    egress_proxy: Option<ProxyUrl>,
    bound_hosts: Vec<String>,
    allowed_mailboxes: Vec<String>,
}

impl From<&Settings> for Advanced {
    fn from(settings: &Settings) -> Self {
        Self {
            audience: settings.audience.clone(),
            resources: settings.resources.clone(),
            connect_timeout_s: settings.timeouts.connect.as_secs(),
            request_timeout_s: settings.timeouts.request.as_secs(),
            ca_bundle: settings.ca_bundle.clone(),
            egress_proxy: settings.egress_proxy.clone(),
            bound_hosts: settings.bound_hosts.clone(),
            allowed_mailboxes: settings.allowed_mailboxes.clone(),
        }
    }
}

/// The rows that belong to one credential.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) labels: BTreeMap<LabelKey, LabelValue>,
    pub(super) secrets: Vec<SecretEntry>,
    pub(super) parameters: Vec<Parameter<ParameterValue>>,
    pub(super) headers: Vec<Parameter<ParameterValue>>,
}

/// Writes a value as JSON for a column.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(TABLE, error))
}

fn from_json<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(TABLE, error))
}

fn parsed<T, E: ToString>(value: Result<T, E>) -> Result<T, StoreError> {
    value.map_err(|error| corrupt(TABLE, error.to_string()))
}

/// Puts a credential together from its row and its parts; what can not be read is told with the id.
pub(super) fn credential(row: &SqliteRow, parts: Parts) -> Result<Credential, StoreError> {
    assembled(row, parts).map_err(|error| match error {
        StoreError::Corrupt { table, detail } => {
            let id: String = row.try_get("id").unwrap_or_default();
            corrupt(table, format!("{id}: {detail}"))
        }
        other => other,
    })
}

fn assembled(row: &SqliteRow, parts: Parts) -> Result<Credential, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let unsigned = |name: &str| parsed(number(name).map(u64::try_from)?);
    let mut secrets = parts.secrets.into_iter();
    let current = secrets
        .next()
        .ok_or_else(|| corrupt(TABLE, "a credential without a secret"))?;
    let list = SecretList {
        current,
        next: secrets.collect(),
    };
    Ok(Credential {
        id: parsed(text("id")?.parse())?,
        slug: parsed(Slug::try_from(text("slug")?))?,
        revision: Revision(unsigned("revision")?),
        token_generation: unsigned("token_generation")?,
        secret_counter: row.try_get("secret_counter").map_err(fault)?,
        enabled: row.try_get("enabled").map_err(fault)?,
        settings: settings(row, parts.labels)?,
        authentication: method(row)?.with_secret(list),
        parameters: parts.parameters,
        headers: parts.headers,
        created: change(number("created_at")?, &text("created_by")?)?,
        updated: change(number("updated_at")?, &text("updated_by")?)?,
    })
}

fn settings(
    row: &SqliteRow,
    labels: BTreeMap<LabelKey, LabelValue>,
) -> Result<Settings, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let advanced: Advanced = from_json(&text("advanced")?)?;
    let scope: Option<String> = row.try_get("scope").map_err(fault)?;
    Ok(Settings {
        name: parsed(Name::try_from(text("name")?))?,
        description: text("description")?,
        owner: text("owner")?,
        labels: parsed(Labels::try_from(labels))?,
        provider: word(&text("provider")?)?,
        client_id: parsed(ClientId::try_from(text("client_id")?))?,
        token_endpoint: parsed(TokenEndpoint::try_from(text("token_endpoint")?))?,
        scope: match scope {
            Some(scope) => ScopeSetting::Set(parsed(ScopeSet::parse(&scope))?),
            None => ScopeSetting::NotTaken,
        },
        secret_expires_at: row
            .try_get::<Option<i64>, _>("secret_expires_at")
            .map_err(fault)?
            .map(Timestamp::from_micros),
        audience: advanced.audience,
        resources: advanced.resources,
        timeouts: Timeouts {
            connect: Duration::from_secs(advanced.connect_timeout_s),
            request: Duration::from_secs(advanced.request_timeout_s),
        },
        ca_bundle: advanced.ca_bundle,
        egress_proxy: advanced.egress_proxy,
        bound_hosts: advanced.bound_hosts,
        allowed_mailboxes: advanced.allowed_mailboxes,
    })
}

fn method(row: &SqliteRow) -> Result<AuthenticationMethod, StoreError> {
    let name: String = row.try_get("method").map_err(fault)?;
    let encoding: Option<String> = row.try_get("basic_encoding").map_err(fault)?;
    match (name.as_str(), encoding) {
        ("client_secret_basic", Some(encoding)) => {
            Ok(AuthenticationMethod::ClientSecretBasic(word(&encoding)?))
        }
        ("client_secret_post", None) => Ok(AuthenticationMethod::ClientSecretPost),
        (other, _) => Err(corrupt(
            TABLE,
            format!("unknown client authentication method {other}"),
        )),
    }
}

/// The columns `method` and `basic_encoding`.
pub(super) fn method_columns(method: AuthenticationMethod) -> (&'static str, Option<&'static str>) {
    let encoding = match method {
        AuthenticationMethod::ClientSecretBasic(BasicEncoding::Percent) => Some("percent"),
        AuthenticationMethod::ClientSecretBasic(BasicEncoding::Raw) => Some("raw"),
        AuthenticationMethod::ClientSecretPost => None,
    };
    (method.iana_name(), encoding)
}

/// The column `provider`.
pub(super) const fn provider_column(provider: Provider) -> &'static str {
    match provider {
        Provider::Generic => "generic",
        Provider::Entra => "entra",
        Provider::Adfs => "adfs",
        Provider::Okta => "okta",
        Provider::Auth0 => "auth0",
        Provider::Google => "google",
    }
}

/// A word of a closed list, by its serde name.
fn word<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, StoreError> {
    from_json(&to_json(&text)?)
}

fn change(at: i64, by: &str) -> Result<Change, StoreError> {
    Ok(Change {
        at: Timestamp::from_micros(at),
        by: from_json(by)?,
    })
}

/// A row of `credential_secret`.
pub(super) fn secret_entry(row: &SqliteRow) -> Result<SecretEntry, StoreError> {
    let sealed: Option<Vec<u8>> = row.try_get("sealed").map_err(fault)?;
    let reference: Option<String> = row.try_get("reference").map_err(fault)?;
    let value = match (sealed, reference) {
        (Some(sealed), None) => SecretValue::Internal(Sealed::from_bytes(sealed)),
        (None, Some(reference)) => SecretValue::External(from_json(&reference)?),
        _ => {
            return Err(corrupt(
                "credential_secret",
                "neither or both of sealed and reference",
            ));
        }
    };
    let set_by: String = row.try_get("set_by").map_err(fault)?;
    Ok(SecretEntry {
        version: row.try_get("version").map_err(fault)?,
        value,
        set: change(row.try_get("set_at").map_err(fault)?, &set_by)?,
        last_used_at: row
            .try_get::<Option<i64>, _>("last_used_at")
            .map_err(fault)?
            .map(Timestamp::from_micros),
    })
}

/// A row of `credential_parameter`.
pub(super) fn parameter(row: &SqliteRow) -> Result<Parameter<ParameterValue>, StoreError> {
    let plain: Option<String> = row.try_get("plain").map_err(fault)?;
    let sealed: Option<Vec<u8>> = row.try_get("sealed").map_err(fault)?;
    let value = match (plain, sealed) {
        (Some(plain), None) => ParameterValue::Plain(plain),
        (None, Some(sealed)) => ParameterValue::Secret {
            version: row.try_get("version").map_err(fault)?,
            sealed: Sealed::from_bytes(sealed),
        },
        _ => {
            return Err(corrupt(
                "credential_parameter",
                "neither or both of plain and sealed",
            ));
        }
    };
    Ok(Parameter {
        name: row.try_get("name").map_err(fault)?,
        value,
    })
}
