//! OAuth clients that nobody here wrote, getting a token at grantd's own token endpoint.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::environment;

/// A client library, run by its script in `clients/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// requests-oauthlib (Python): no discovery.
    RequestsOauthlib,
    /// Authlib (Python): RFC 8414 metadata.
    Authlib,
    /// MSAL (Python): OpenID Connect discovery below a path, `<slug>/.default`.
    Msal,
    /// openid-client (Node): OpenID Connect discovery, or RFC 8414 metadata.
    OpenidClient,
    /// What golang.org/x/oauth2 sends: Basic, then the body.
    GoStyle,
}

/// As whom a client asks for what, and how.
#[derive(Debug, Clone)]
pub struct Demand<'a> {
    /// The issuer, without a slash at the end.
    pub issuer: &'a str,
    /// File with the authority of its certificate.
    pub ca_file: &'a Path,
    /// The client id.
    pub client_id: &'a str,
    /// The client secret.
    pub client_secret: &'a str,
    /// The scope.
    pub scope: &'a str,
    /// Variables that only some libraries read, such as `CLIENT_AUTH`.
    pub more: &'a [(&'a str, &'a str)],
}

/// What a client tells of the token it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `expires_in`.
    pub expires_in: u64,
    /// `token_type`, in lower case.
    pub token_type: String,
    /// SHA-256 of the token, in hexadecimal.
    pub token_sha256: String,
}

impl Library {
    const fn script(self) -> &'static str {
        match self {
            Self::RequestsOauthlib => "requests_oauthlib_client.py",
            Self::Authlib => "authlib_client.py",
            Self::Msal => "msal_client.py",
            Self::OpenidClient => "openid_client.mjs",
            Self::GoStyle => "go_style.py",
        }
    }

    /// Gets a token; or the client's own words why it got none.
    pub fn token(self, demand: &Demand<'_>) -> Result<Result<Told, String>> {
        let peers = environment::standard_clients()?;
        let program = if self == Self::OpenidClient {
            "bin/node"
        } else {
            "clients-venv/bin/python"
        };
        let ended = Command::new(peers.join(program))
            .arg(environment::client_scripts().join(self.script()))
            // nothing of this machine, such as another bundle of authorities or a proxy
            .env_clear()
            .env("GRANTD_PEERS", &peers)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NODE_EXTRA_CA_CERTS", demand.ca_file)
            .env("CA_FILE", demand.ca_file)
            .env("ISSUER", demand.issuer)
            .env("CLIENT_ID", demand.client_id)
            .env("CLIENT_SECRET", demand.client_secret)
            .env("SCOPE", demand.scope)
            .envs(demand.more.iter().copied())
            .output()
            .with_context(|| format!("{self:?} does not start"))?;
        let (out, err) = (
            String::from_utf8(ended.stdout)?,
            String::from_utf8(ended.stderr)?,
        );
        if ended.status.success() {
            return told(&out).map(Ok);
        }
        ensure!(out.is_empty(), "output beside a failure: {out}{err}");
        Ok(Err(err))
    }
}

fn told(out: &str) -> Result<Told> {
    let told: Value = serde_json::from_str(out).with_context(|| format!("no JSON: {out}"))?;
    let text = |name: &str| {
        let text = told[name].as_str();
        text.with_context(|| format!("no {name}: {told}"))
    };
    Ok(Told {
        expires_in: told["expires_in"]
            .as_u64()
            .with_context(|| format!("no expires_in: {told}"))?,
        token_type: text("token_type")?.to_lowercase(),
        token_sha256: text("access_token_sha256")?.to_owned(),
    })
}
