//! `grantd sandbox`: the authorization server and the mailbox server of the demo, by themselves.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use grantd_model::listener::MailAddress;
use grantd_model::{BasicEncoding, ClientId, Invalid, Scope, ScopeSet};
use grantd_sandbox::{
    AllowedMethods, MailConfig, Sandbox as Server, SandboxClient, SandboxConfig, TOKEN_PATH,
};
use grantd_server::Ended;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Context;
use super::one_secret::read_one_secret;
use crate::failure::Failure;
use crate::lifecycle::{self, Signals};
use crate::output::record;
use crate::system::{SystemClock, SystemRandomness};

/// A free port of this machine.
const FREE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Run an authorization server and a mailbox server to test against
///
/// The mailbox server speaks Exchange Web Services and takes mail by SMTP. Nothing is kept: what is
/// in the mailboxes is gone at the end. It answers on this machine alone.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// File that holds the client secret; `-` is standard input
    #[arg(long, value_name = "FILE")]
    client_secret_file: PathBuf,
    /// Client identifier of the one client
    #[arg(long, value_name = "ID", default_value = "sandbox-client")]
    client_id: String,
    /// Scope that the client may ask for, and that opens the mailboxes
    #[arg(
        long,
        value_name = "SCOPE",
        default_value = "https://outlook.office365.com/.default"
    )]
    scope: String,
    /// Address of a mailbox; may be given several times
    #[arg(long, value_name = "ADDRESS", default_value = "sales@example.com")]
    mailbox: Vec<String>,
    /// How long an access token lives, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    token_lifetime: u64,
    /// Loopback address and port for HTTP [default: a free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Loopback address and port for SMTP [default: a free port]
    #[arg(long, value_name = "ADDRESS")]
    smtp: Option<SocketAddr>,
}

impl Sandbox {
    /// Runs until a signal comes.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.connection.refuse("sandbox", false)?;
        let (listen, smtp) = (self.listen.unwrap_or(FREE), self.smtp.unwrap_or(FREE));
        for (flag, address) in [("--listen", listen), ("--smtp", smtp)] {
            if !address.ip().is_loopback() {
                return Err(Failure::usage(format!(
                    "{flag}: {address} is no loopback address; the sandbox is for this machine alone"
                )));
            }
        }
        let config = self.config()?;
        lifecycle::run(serve(self, config, listen, smtp, context))
    }

    fn config(&self) -> Result<SandboxConfig, Failure> {
        let wrong =
            |flag: &'static str| move |fault: Invalid| Failure::usage(format!("{flag}: {fault}"));
        let client_id =
            ClientId::try_from(self.client_id.as_str()).map_err(wrong("--client-id"))?;
        for mailbox in &self.mailbox {
            MailAddress::try_from(mailbox.as_str()).map_err(wrong("--mailbox"))?;
        }
        let scope = Scope::try_from(self.scope.as_str()).map_err(wrong("--scope"))?;
        let client = SandboxClient {
            client_id: client_id.clone(),
            client_secret: read_one_secret("--client-secret-file", &self.client_secret_file)?,
            methods: AllowedMethods::Both,
            basic_decoding: BasicEncoding::Percent,
            scopes: Some(ScopeSet::parse(&self.scope).map_err(wrong("--scope"))?),
        };
        Ok(SandboxConfig {
            token_lifetime: Duration::from_secs(self.token_lifetime),
            mail: MailConfig {
                mailboxes: self.mailbox.clone(),
                scope: Some(scope),
                full_access: vec![client_id],
            },
            ..SandboxConfig::new(vec![client])
        })
    }
}

async fn serve(
    told: Sandbox,
    config: SandboxConfig,
    listen: SocketAddr,
    smtp: SocketAddr,
    context: &Context,
) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let (listener, local) = lifecycle::listen(listen).await?;
    let (smtp_listener, smtp_local) = lifecycle::listen_at(smtp, "--smtp").await?;
    let server = Server::new(config, Arc::new(SystemClock), Arc::new(SystemRandomness));
    let document = json!({
        "token_endpoint": format!("http://{local}{TOKEN_PATH}"),
        "client_id": told.client_id,
        "scope": told.scope,
        "mail_endpoint": format!("http://{local}/EWS/Exchange.asmx"),
        "mailboxes": told.mailbox,
        "smtp": smtp_local.to_string(),
        "url": format!("http://{local}"),
    });
    context.print(&document, text)?;
    let shutdown = CancellationToken::new();
    let serving = async {
        let (ended, ()) = tokio::join!(
            server.serve(listener, shutdown.clone().cancelled_owned()),
            server.serve_smtp(smtp_listener, shutdown.cancelled()),
        );
        if let Err(error) = ended {
            tracing::error!(%error, "the sandbox ended");
        }
        Ended::Whole
    };
    signals.serve(serving, &shutdown).await;
    Ok(())
}

fn text(document: &Value) -> String {
    record(document, &["url", "token_endpoint", "client_id", "scope"])
}
