//! How grantd signs in to a vault, and what it gets for it.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::Secret;
use grantd_model::source::VaultLogin;
use grantd_net::ClientCertificate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{VaultCall, VaultFault};
use crate::percent::{path, segment};

/// The certificate that every connection shows.
pub(super) fn certificate(
    login: &VaultLogin,
    private_key: &Secret<String>,
) -> Option<Arc<ClientCertificate>> {
    match login {
        VaultLogin::Certificate { certificate, .. } => Some(Arc::new(ClientCertificate {
            chain: certificate.clone(),
            private_key: private_key.clone(),
        })),
        _ => None,
    }
}

/// Path and body of the request that signs in; absent for a token as it is.
fn request(login: &VaultLogin, secret: &Secret<String>) -> Option<(String, Value)> {
    let secret = secret.expose().trim_end_matches(['\r', '\n']);
    let at = |mount: &str| format!("auth/{}/login", path(mount));
    match login {
        VaultLogin::Token => None,
        VaultLogin::AppRole { mount, role_id } => {
            Some((at(mount), json!({"role_id": role_id, "secret_id": secret})))
        }
        VaultLogin::Kubernetes { mount, role } => {
            Some((at(mount), json!({"role": role, "jwt": secret})))
        }
        VaultLogin::Jwt { mount, role } => Some((
            at(mount),
            match role {
                Some(role) => json!({"role": role, "jwt": secret}),
                None => json!({"jwt": secret}),
            },
        )),
        VaultLogin::Userpass { mount, username } => Some((
            format!("{}/{}", at(mount), segment(username)),
            json!({"password": secret}),
        )),
        VaultLogin::Certificate { mount, role, .. } => Some((
            at(mount),
            match role {
                Some(role) => json!({"name": role}),
                None => json!({}),
            },
        )),
    }
}

/// A token of a vault, and how long it is good.
#[derive(Debug)]
pub(super) struct VaultToken {
    pub(super) value: Secret<String>,
    /// From when it was got, by the time since boot.
    pub(super) got_at: Duration,
    /// Absent if it does not end.
    pub(super) lives: Option<Duration>,
    pub(super) renewable: bool,
}

/// What a vault tells of a token.
#[derive(Deserialize)]
struct Told {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    ttl: u64,
    #[serde(default)]
    renewable: bool,
}

#[derive(Deserialize)]
struct Signed {
    auth: Option<Auth>,
}

#[derive(Deserialize)]
struct Auth {
    client_token: Secret<String>,
    #[serde(default)]
    lease_duration: u64,
    #[serde(default)]
    renewable: bool,
}

/// Signs in.
///
/// # Errors
/// When the vault does not let it in, or can not be asked.
pub(super) async fn sign_in(
    login: &VaultLogin,
    secret: &Secret<String>,
    call: &VaultCall<'_>,
) -> Result<VaultToken, VaultFault> {
    let got_at = call.since_boot();
    let Some((path, body)) = request(login, secret) else {
        let value = Secret::from(secret.expose().trim());
        // every token may ask this of itself: the policy `default` says so
        let call = call.with_token(&value);
        let data = match call.get::<Told>("auth/token/lookup-self").await {
            Ok(told) => told.data,
            Err(VaultFault::Denied) => {
                return Err(VaultFault::LoginRefused(
                    "the vault does not know the token, or it has ended".to_owned(),
                ));
            }
            Err(fault) => return Err(fault),
        };
        return Ok(VaultToken {
            value,
            got_at,
            lives: (data.ttl > 0).then(|| Duration::from_secs(data.ttl)),
            renewable: data.renewable,
        });
    };
    let signed = call.post(&path, body).await.map_err(VaultFault::at_login)?;
    token(signed, got_at)
}

/// Whether the vault knows the token of the call, as far as it lets the token ask.
///
/// # Errors
/// When the vault can not be asked.
pub(super) async fn is_known(call: &VaultCall<'_>) -> Result<bool, VaultFault> {
    match call.get::<Told>("auth/token/lookup-self").await {
        Ok(_) => Ok(true),
        Err(VaultFault::Denied) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Lets a token live longer.
///
/// # Errors
/// When the vault does not do that, or can not be asked.
pub(super) async fn renew(
    held: &VaultToken,
    call: &VaultCall<'_>,
) -> Result<VaultToken, VaultFault> {
    let got_at = call.since_boot();
    let call = call.with_token(&held.value);
    let signed = call.post("auth/token/renew-self", json!({})).await?;
    token(signed, got_at)
}

fn token(signed: Signed, got_at: Duration) -> Result<VaultToken, VaultFault> {
    let auth = signed
        .auth
        .ok_or_else(|| VaultFault::Strange("the answer holds no token".to_owned()))?;
    Ok(VaultToken {
        value: auth.client_token,
        got_at,
        lives: (auth.lease_duration > 0).then(|| Duration::from_secs(auth.lease_duration)),
        renewable: auth.renewable,
    })
}
