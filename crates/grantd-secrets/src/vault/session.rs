//! The token with which a vault is read: got once for all readers, renewed ahead, got anew where it is
//! refused.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::source::VaultLogin;
use grantd_net::ClientCertificate;
use tokio::sync::Mutex;

use super::call::{VaultCall, VaultFault};
use super::login::{self, VaultToken};
use crate::{Freshness, OwnSecret, SourceError};

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(5);

/// The session of one source.
#[derive(Default)]
pub(super) struct VaultSession {
    held: Mutex<Option<Held>>,
}

/// A token with what it was got with.
struct Held {
    token: Arc<VaultToken>,
    certificate: Option<Arc<ClientCertificate>>,
    /// Counts tokens, so that one refusal does not throw away the next one.
    number: u64,
}

/// A token as a reader uses it.
pub(super) struct Lent {
    pub(super) token: Arc<VaultToken>,
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    number: u64,
}

/// Why there is no token.
pub(super) enum NoToken {
    /// What grantd signs in with can not be had.
    Own(SourceError),
    /// The vault.
    Vault(VaultFault),
}

impl From<VaultFault> for NoToken {
    fn from(fault: VaultFault) -> Self {
        Self::Vault(fault)
    }
}

impl VaultSession {
    /// A token that is good: the one that is there, renewed where two thirds of its life are over, or a
    /// new one. One signs in for all who wait.
    pub(super) async fn lend(
        &self,
        login: &VaultLogin,
        own: &dyn OwnSecret,
        call: &VaultCall<'_>,
    ) -> Result<Lent, NoToken> {
        let mut held = self.held.lock().await;
        if let Some(there) = held.as_mut() {
            let age = call.since_boot().saturating_sub(there.token.got_at);
            let lives = there.token.lives.unwrap_or(Duration::MAX);
            if there.token.renewable && age >= lives / 3 * 2 {
                let certificate = there.certificate.as_ref();
                match login::renew(&there.token, &with(call, certificate)).await {
                    Ok(renewed) => there.token = Arc::new(renewed),
                    Err(fault) => {
                        tracing::debug!(?fault, "a token of a vault is not renewed");
                    }
                }
            }
            let age = call.since_boot().saturating_sub(there.token.got_at);
            let lives = there.token.lives.unwrap_or(Duration::MAX);
            if age < lives.saturating_sub(MARGIN.min(lives / 2)) {
                return Ok(there.lend());
            }
        }
        let number = held.as_ref().map_or(0, |it| it.number) + 1;
        *held = None;
        let (token, certificate) = match sign_in(login, own, call, Freshness::Cached).await {
            // what it is known by may be another one now, and not in the cache yet
            Err(NoToken::Vault(VaultFault::LoginRefused(_))) => {
                sign_in(login, own, call, Freshness::PastCache).await
            }
            done => done,
        }?;
        let new = Held {
            token: Arc::new(token),
            certificate,
            number,
        };
        let lent = new.lend();
        *held = Some(new);
        Ok(lent)
    }

    /// The token was refused: the next one who asks gets another, unless that happened already.
    pub(super) async fn refused(&self, lent: &Lent) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|it| it.number == lent.number) {
            *held = None;
        }
    }
}

async fn sign_in(
    login: &VaultLogin,
    own: &dyn OwnSecret,
    call: &VaultCall<'_>,
    freshness: Freshness,
) -> Result<(VaultToken, Option<Arc<ClientCertificate>>), NoToken> {
    let secret = own.secret(freshness).await.map_err(NoToken::Own)?;
    let certificate = login::certificate(login, &secret);
    let token = login::sign_in(login, &secret, &with(call, certificate.as_ref())).await?;
    Ok((token, certificate))
}

impl Held {
    fn lend(&self) -> Lent {
        Lent {
            token: Arc::clone(&self.token),
            certificate: self.certificate.clone(),
            number: self.number,
        }
    }
}

fn with<'a>(
    call: &VaultCall<'a>,
    certificate: Option<&'a Arc<ClientCertificate>>,
) -> VaultCall<'a> {
    VaultCall {
        outbound: call.outbound,
        clock: call.clock,
        address: call.address,
        namespace: call.namespace,
        ca_bundle: call.ca_bundle,
        certificate,
        token: None,
    }
}
