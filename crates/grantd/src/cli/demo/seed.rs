//! The examples of the demo: credentials that work, fail, end soon, and one that is disabled.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use grantd_engine::{CredentialRef, Engine, EngineError};
use grantd_model::{
    Actor, AuthenticationMethod, BasicEncoding, ClientId, Clock, Credential, CredentialDraft,
    Invalid, LabelKey, LabelValue, Labels, Name, Provider, ScopeSet, ScopeSetting, Secret,
    SecretInput, Settings, Slug, Timeouts, Timestamp, TokenEndpoint,
};
use grantd_sandbox::{AllowedMethods, EXAMPLE_TOKEN_PATH, SandboxClient};

use super::mail::MAILBOX;
use crate::failure::Failure;
use crate::system::SystemClock;

/// The slug of the example that works.
pub(super) const WORKING: &str = "sales-email-credentials";
/// The slug of the example that fails.
pub(super) const FAILING: &str = "billing-reports";

/// How an example has fared until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    /// It gave tokens.
    Works,
    /// It gave tokens, and none since some hours.
    Fails,
    /// It was never tried.
    Unknown,
}

struct Example {
    slug: &'static str,
    name: &'static str,
    description: &'static str,
    client_id: &'static str,
    scope: &'static str,
    method: AuthenticationMethod,
    labels: &'static [(&'static str, &'static str)],
    /// In how many days its secret ends.
    ends_in: Option<u64>,
    enabled: bool,
    past: Past,
    /// What the sandbox knows.
    registered: &'static str,
    /// What the credential holds.
    held: &'static str,
}

const BASIC: AuthenticationMethod = AuthenticationMethod::ClientSecretBasic(BasicEncoding::Percent);

const EXAMPLES: [Example; 6] = [
    Example {
        slug: WORKING,
        name: "Sales Email Credentials",
        description: "An example that works.",
        client_id: "sales-email-listener",
        scope: "https://outlook.office365.com/.default",
        method: BASIC,
        labels: &[("team", "sales")],
        ends_in: Some(200),
        enabled: true,
        past: Past::Works,
        registered: "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg",
        held: "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg",
    },
    Example {
        slug: FAILING,
        name: "Billing Reports",
        description: "An example whose secret is wrong.",
        client_id: "billing-reports",
        scope: "reports.read",
        method: AuthenticationMethod::ClientSecretPost,
        labels: &[("team", "finance")],
        ends_in: None,
        enabled: true,
        past: Past::Fails,
        registered: "the-secret-of-this-year",
        held: "the-secret-of-last-year",
    },
    Example {
        slug: "warehouse-stock",
        name: "Warehouse Stock",
        description: "An example whose secret ends soon.",
        client_id: "warehouse-stock",
        scope: "stock.read stock.write",
        method: BASIC,
        labels: &[("team", "logistics")],
        ends_in: Some(7),
        enabled: true,
        past: Past::Works,
        registered: "a-secret-of-the-warehouse",
        held: "a-secret-of-the-warehouse",
    },
    Example {
        slug: "customer-directory",
        name: "Customer Directory",
        description: "An example whose secret ends within two months.",
        client_id: "customer-directory",
        scope: "directory.read",
        method: BASIC,
        labels: &[("team", "sales"), ("stage", "test")],
        ends_in: Some(41),
        enabled: true,
        past: Past::Works,
        registered: "a-secret-of-the-directory",
        held: "a-secret-of-the-directory",
    },
    Example {
        slug: "archive-import",
        name: "Archive Import",
        description: "An example that was never tried.",
        client_id: "archive-import",
        scope: "archive.write",
        method: AuthenticationMethod::ClientSecretPost,
        labels: &[],
        ends_in: None,
        enabled: true,
        past: Past::Unknown,
        registered: "a-secret-of-the-archive",
        held: "a-secret-of-the-archive",
    },
    Example {
        slug: "tax-reporting",
        name: "Tax Reporting",
        description: "An example that is disabled.",
        client_id: "tax-reporting",
        scope: "tax.file",
        method: BASIC,
        labels: &[("team", "finance")],
        ends_in: None,
        enabled: false,
        past: Past::Unknown,
        registered: "a-secret-of-the-tax-office",
        held: "a-secret-of-the-tax-office",
    },
];

/// Adds the examples, and returns the clients that the sandbox should know.
///
/// # Errors
/// When they can not be added.
pub(super) async fn add_examples(
    engine: &Engine,
    sandbox: SocketAddr,
) -> Result<(Vec<SandboxClient>, Vec<(Credential, Past)>), Failure> {
    let (mut clients, mut added) = (Vec::new(), Vec::new());
    let now = SystemClock.now();
    for example in &EXAMPLES {
        let wrong = |fault: Invalid| Failure::refused(format!("{}: {fault}", example.name));
        clients.push(client(example).map_err(wrong)?);
        let draft = draft(example, sandbox, now).map_err(wrong)?;
        let failed = |error: EngineError| Failure::refused(format!("{}: {error}", example.name));
        let credential = engine.create_credential(&Actor::System, draft).await;
        let credential = credential.map_err(failed)?;
        if !example.enabled {
            let wanted = CredentialRef::Id(credential.id);
            let disabled = engine.set_credential_enabled(&Actor::System, &wanted, false);
            disabled.await.map_err(failed)?;
        }
        added.push((credential, example.past));
    }
    Ok((clients, added))
}

fn client(example: &Example) -> Result<SandboxClient, Invalid> {
    Ok(SandboxClient {
        client_id: ClientId::try_from(example.client_id)?,
        client_secret: Secret::from(example.registered),
        methods: AllowedMethods::Both,
        basic_decoding: BasicEncoding::Percent,
        scopes: Some(ScopeSet::parse(example.scope)?),
    })
}

fn labels(example: &Example) -> Result<Labels, Invalid> {
    let mut labels = BTreeMap::new();
    for (key, value) in example.labels {
        labels.insert(LabelKey::try_from(*key)?, LabelValue::try_from(*value)?);
    }
    Labels::try_from(labels)
}

fn draft(
    example: &Example,
    sandbox: SocketAddr,
    now: Timestamp,
) -> Result<CredentialDraft, Invalid> {
    let endpoint = format!("http://{sandbox}{EXAMPLE_TOKEN_PATH}");
    let secret = SecretInput::Internal(Secret::from(example.held));
    Ok(CredentialDraft {
        slug: Some(Slug::try_from(example.slug)?),
        settings: Settings {
            name: Name::try_from(example.name)?,
            description: example.description.to_owned(),
            owner: String::new(),
            labels: labels(example)?,
            provider: Provider::Generic,
            client_id: ClientId::try_from(example.client_id)?,
            token_endpoint: TokenEndpoint::try_from(endpoint.as_str())?,
            scope: ScopeSetting::Set(ScopeSet::parse(example.scope)?),
            secret_expires_at: example
                .ends_in
                .map(|days| now.plus(Duration::from_hours(24 * days + 1))),
            audience: None,
            resources: Vec::new(),
            timeouts: Timeouts::default(),
            ca_bundle: None,
            egress_proxy: None,
            bound_hosts: if example.slug == WORKING {
                vec![sandbox.ip().to_string()]
            } else {
                Vec::new()
            },
            allowed_mailboxes: if example.slug == WORKING {
                vec![MAILBOX.to_owned()]
            } else {
                Vec::new()
            },
        },
        authentication: example.method.with_secret(secret),
        parameters: Vec::new(),
        headers: Vec::new(),
    })
}
