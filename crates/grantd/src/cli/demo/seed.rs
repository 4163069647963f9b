//! The examples of the demo: a credential that works, and one whose secret is wrong.

use std::net::SocketAddr;

use grantd_engine::Engine;
use grantd_model::{
    Actor, AuthenticationMethod, BasicEncoding, ClientId, CredentialDraft, Invalid, Labels, Name,
    Provider, ScopeSet, ScopeSetting, Secret, SecretInput, Settings, Slug, Timeouts, TokenEndpoint,
};
use grantd_sandbox::{AllowedMethods, EXAMPLE_TOKEN_PATH, SandboxClient};

use crate::failure::Failure;

/// The slug of the example that works.
pub(super) const WORKING: &str = "sales-email-credentials";
/// The slug of the example that fails.
pub(super) const FAILING: &str = "billing-reports";

struct Example {
    slug: &'static str,
    name: &'static str,
    description: &'static str,
    client_id: &'static str,
    scope: &'static str,
    method: AuthenticationMethod,
    /// What the sandbox knows.
    registered: &'static str,
    /// What the credential holds.
    held: &'static str,
}

const EXAMPLES: [Example; 2] = [
    Example {
        slug: WORKING,
        name: "Sales Email Credentials",
        description: "An example that works.",
        client_id: "sales-email-listener",
        scope: "https://outlook.office365.com/.default",
        method: AuthenticationMethod::ClientSecretBasic(BasicEncoding::Percent),
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
        registered: "the-secret-of-this-year",
        held: "the-secret-of-last-year",
    },
];

/// Adds the examples, and returns the clients that the sandbox should know.
///
/// # Errors
/// When they can not be added.
pub(super) async fn add_examples(
    engine: &Engine,
    sandbox: SocketAddr,
) -> Result<Vec<SandboxClient>, Failure> {
    let mut clients = Vec::new();
    for example in &EXAMPLES {
        let wrong = |fault: Invalid| Failure::refused(format!("{}: {fault}", example.name));
        clients.push(client(example).map_err(wrong)?);
        let draft = draft(example, sandbox).map_err(wrong)?;
        engine
            .create_credential(&Actor::System, draft)
            .await
            .map_err(|error| Failure::refused(format!("{}: {error}", example.name)))?;
    }
    Ok(clients)
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

fn draft(example: &Example, sandbox: SocketAddr) -> Result<CredentialDraft, Invalid> {
    let endpoint = format!("http://{sandbox}{EXAMPLE_TOKEN_PATH}");
    let secret = SecretInput::Internal(Secret::from(example.held));
    Ok(CredentialDraft {
        slug: Some(Slug::try_from(example.slug)?),
        settings: Settings {
            name: Name::try_from(example.name)?,
            description: example.description.to_owned(),
            owner: String::new(),
            labels: Labels::default(),
            provider: Provider::Generic,
            client_id: ClientId::try_from(example.client_id)?,
            token_endpoint: TokenEndpoint::try_from(endpoint.as_str())?,
            scope: ScopeSetting::Set(ScopeSet::parse(example.scope)?),
            secret_expires_at: None,
            audience: None,
            resources: Vec::new(),
            timeouts: Timeouts::default(),
            ca_bundle: None,
            egress_proxy: None,
            bound_hosts: Vec::new(),
            allowed_mailboxes: Vec::new(),
        },
        authentication: example.method.with_secret(secret),
        parameters: Vec::new(),
        headers: Vec::new(),
    })
}
