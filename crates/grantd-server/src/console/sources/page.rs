//! The page of one secret source.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{AuditFilter, CredentialFilter, EngineError, ShownSource};
use grantd_model::SecretValue;
use grantd_model::secret_reference::SourceName;
use grantd_model::source::{SourceKind, VaultLogin};

use super::list::kind_key;
use super::shown::Standing;
use crate::console::activity::{Line, line};
use crate::console::failed::Failed;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, actor, escaped, number, sentence};
use crate::console::texts::{Texts, with_code};
use crate::console::visit::Visit;

/// The credentials that are listed.
const MOST_USERS: u32 = 50;

/// The entries of the audit log that are listed.
const MOST_ENTRIES: u32 = 10;

struct User {
    name: String,
    slug: String,
    path: String,
}

struct Fault {
    at: Markup,
    class: String,
    detail: Markup,
    remedy: Markup,
}

#[derive(Template)]
#[template(path = "console/sources/page.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    name: String,
    kind: &'static str,
    is_declared: bool,
    description: String,
    standing: Standing,
    fault: Option<Fault>,
    facts: Vec<(&'static str, Markup)>,
    bounds: Vec<(&'static str, Vec<String>)>,
    own_ca_and_proxy: bool,
    users: Vec<User>,
    more_users: bool,
    needed_by: Vec<String>,
    audit: Vec<Line>,
}

/// The source of this name.
pub(super) async fn find(visit: &Visit, name: &str) -> Result<ShownSource, EngineError> {
    let missing = |_| EngineError::NotFound {
        what: "secret source",
        name: name.to_owned(),
    };
    let wanted = SourceName::try_from(name).map_err(missing)?;
    visit.app.engine.source(visit.actor(), &wanted).await
}

/// `GET /console/sources/{source}`
pub(super) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let shown = find(&visit, &name).await?;
    let (t, clock) = (visit.t(), visit.clock());
    let engine = &visit.app.engine;
    let filter = CredentialFilter {
        source: Some(shown.listed.name.clone()),
        limit: MOST_USERS,
        ..CredentialFilter::default()
    };
    let users = engine.list_credentials(visit.actor(), &filter).await?;
    let log = match &shown.source {
        Some(source) => {
            let filter = AuditFilter {
                object: Some(source.id.into()),
                limit: MOST_ENTRIES,
                ..AuditFilter::default()
            };
            let listed = engine.list_audit(visit.actor(), &filter).await?;
            listed
                .items
                .iter()
                .map(|entry| line(&visit, entry, &BTreeSet::new()))
                .collect()
        }
        None => Vec::new(),
    };
    let health = &shown.listed.health;
    let page = Page {
        frame: visit
            .frame(Here::Sources, shown.listed.name.as_str())
            .await?,
        t,
        name: shown.listed.name.to_string(),
        kind: kind_key(shown.listed.kind),
        is_declared: shown.listed.is_declared,
        description: shown
            .source
            .as_ref()
            .map(|it| it.settings.description.clone())
            .unwrap_or_default(),
        standing: Standing::of(clock, health),
        fault: health.last_fault.as_ref().map(|fault| Fault {
            at: clock.when(fault.at),
            class: fault.class.replace('_', " "),
            detail: with_code(&sentence(&fault.detail)),
            remedy: with_code(&sentence(&fault.remedy)),
        }),
        facts: facts(&visit, &shown),
        bounds: vec![
            ("source_field.paths", shown.bounds.texts()),
            ("source_field.origins", shown.bounds.origins.texts()),
        ],
        own_ca_and_proxy: shown.bounds.own_ca_and_proxy,
        more_users: users.next_cursor.is_some(),
        users: users
            .items
            .iter()
            .map(|listed| User {
                name: listed.credential.settings.name.to_string(),
                slug: listed.credential.slug.to_string(),
                path: path_of(&listed.credential, &shown.listed.name),
            })
            .collect(),
        needed_by: shown.needed_by.iter().map(ToString::to_string).collect(),
        audit: log,
    };
    Ok(Html(page.render()?).into_response())
}

/// Where in the source a credential's secrets are.
fn path_of(credential: &grantd_model::Credential, source: &SourceName) -> String {
    let secrets = credential.authentication.secret().iter();
    let paths = secrets.filter_map(|entry| match &entry.value {
        SecretValue::External(reference) if reference.source == *source => {
            let key = reference.key.as_deref().unwrap_or_default();
            Some(format!("{}{}", reference.path, key.replacen('/', " → ", 1)))
        }
        _ => None,
    });
    paths.collect::<Vec<_>>().join(", ")
}

fn facts(visit: &Visit, shown: &ShownSource) -> Vec<(&'static str, Markup)> {
    let (t, clock) = (visit.t(), visit.clock());
    let health = &shown.listed.health;
    let code = |text: &str| Markup(format!("<code>{}</code>", escaped(text)));
    let plain = |text: &str| Markup(escaped(text));
    let mut facts = Vec::new();
    if let Some(source) = &shown.source {
        match &source.settings.kind {
            SourceKind::Vault(vault) => {
                facts.push(("source_field.address", code(vault.address.as_str())));
                if let Some(namespace) = &vault.namespace {
                    facts.push(("source_field.namespace", code(namespace)));
                }
                facts.push(("source_field.mount", code(&vault.mount)));
                facts.push(("source_field.login", plain(t.say(login_key(&vault.login)))));
            }
            SourceKind::Https(https) => {
                facts.push(("source_field.url", code(&https.url)));
                if let Some((name, _)) = &https.header {
                    facts.push(("source_field.header", code(name)));
                }
            }
        }
        if let Some(entry) = &source.secret {
            let place = match &entry.value {
                SecretValue::Internal(_) => t.say("source.sealed_here").to_owned(),
                SecretValue::External(reference) => {
                    format!("{}: {}", reference.source, reference.path)
                }
            };
            let told = format!(
                "{}, {} {} {}",
                escaped(&place),
                escaped(t.say("source.set")),
                clock.when(entry.set.at),
                escaped(&t.say1("source.by", actor(&entry.set.by)))
            );
            facts.push(("source_field.secret", Markup(told)));
        }
        let kept = t.say2(
            "source.kept_for",
            source.settings.fresh.as_secs(),
            source.settings.stale.as_secs(),
        );
        facts.push(("source_field.cache", plain(&kept)));
    }
    let never = || Markup(escaped(t.say("source.never")));
    facts.push((
        "source.last_read",
        health.read_at.map_or_else(never, |at| clock.when(at)),
    ));
    if let Some(version) = &health.last_version {
        facts.push(("source.last_version", code(version)));
    }
    facts.push(("source.reads", plain(&number(health.reads))));
    facts.push(("source.kept", plain(&number(health.kept as u64))));
    facts
}

/// The key of the name of a way to sign in.
pub(super) const fn login_key(login: &VaultLogin) -> &'static str {
    match login {
        VaultLogin::Token => "source_login.token",
        VaultLogin::AppRole { .. } => "source_login.approle",
        VaultLogin::Kubernetes { .. } => "source_login.kubernetes",
        VaultLogin::Jwt { .. } => "source_login.jwt",
        VaultLogin::Userpass { .. } => "source_login.userpass",
        VaultLogin::Certificate { .. } => "source_login.cert",
    }
}
