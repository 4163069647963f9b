//! The token with which a vault is read: got once for all readers, renewed ahead, got anew where it is
//! refused.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use grantd_model::Secret;
use grantd_model::source::VaultLogin;
use grantd_net::ClientCertificate;
use tokio::sync::Mutex;

use super::call::{VaultCall, VaultFault};
use super::login::{self, VaultToken};
use super::of;
use crate::{Freshness, OwnSecret, SourceError};

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(5);

/// How long after a failed try nobody signs in again, so that a vault does not lock grantd out.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// How long after a failed renewal it is not tried again.
const RENEW_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// How long nobody signs in because of a refused path after that did not help.
const IN_VAIN_FOR: Duration = Duration::from_mins(1);

/// The session of one source.
#[derive(Default)]
pub(super) struct VaultSession {
    state: Mutex<State>,
    /// When a new token was refused as the one before it, by the time since boot.
    in_vain_at: std::sync::Mutex<Option<Duration>>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// Why nobody could sign in, and when that was.
    failed: Option<(SourceError, Duration)>,
    /// Counts tokens, so that one refusal does not throw away the next one.
    number: u64,
}

/// A token with what it was got with.
struct Held {
    token: Arc<VaultToken>,
    certificate: Option<Arc<ClientCertificate>>,
    number: u64,
    /// When it was last not renewed, by the time since boot.
    not_renewed_at: Option<Duration>,
}

/// A token as a reader uses it.
pub(super) struct Lent {
    pub(super) token: Arc<VaultToken>,
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    number: u64,
}

impl VaultSession {
    /// A token that is good: the one that is there, renewed where two thirds of its life are over, or a
    /// new one. One signs in for all who wait, and fails for all of them.
    pub(super) async fn lend(
        &self,
        login: &VaultLogin,
        own: &dyn OwnSecret,
        call: &VaultCall<'_>,
    ) -> Result<Lent, SourceError> {
        let asked_at = call.since_boot();
        let mut state = self.state.lock().await;
        if let Some(held) = state.held.as_mut() {
            held.renew(call).await;
            if held.is_good(call.since_boot()) {
                return Ok(held.lend());
            }
        }
        state.held = None;
        if let Some((error, at)) = &state.failed
            && (*at >= asked_at || asked_at.saturating_sub(*at) < AFTER_FAILURE)
        {
            return Err(error.clone());
        }
        match sign_in(login, own, call).await {
            Ok((token, certificate)) => {
                state.number += 1;
                state.failed = None;
                let held = Held {
                    token: Arc::new(token),
                    certificate,
                    number: state.number,
                    not_renewed_at: None,
                };
                let lent = held.lend();
                state.held = Some(held);
                Ok(lent)
            }
            Err(error) => {
                state.failed = Some((error.clone(), call.since_boot()));
                Err(error)
            }
        }
    }

    /// Renews the token that is there where that is due. One that grantd was given can not be got anew, so it is
    /// taken up even before somebody reads.
    pub(super) async fn keep(&self, login: &VaultLogin, own: &dyn OwnSecret, call: &VaultCall<'_>) {
        {
            // whoever holds it renews or signs in
            let Ok(mut state) = self.state.try_lock() else {
                return;
            };
            if let Some(held) = state.held.as_mut() {
                held.renew(call).await;
                return;
            }
            let failed = state.failed.as_ref();
            let was_tried =
                failed.is_some_and(|(_, at)| call.since_boot().saturating_sub(*at) < IN_VAIN_FOR);
            if !matches!(login, VaultLogin::Token) || was_tried {
                return;
            }
        }
        // why it does not go is told to whoever reads
        let _ = self.lend(login, own, call).await;
    }

    /// The token was refused: the next one who asks gets another, unless that happened already.
    pub(super) async fn refused(&self, lent: &Lent) {
        let mut state = self.state.lock().await;
        if state
            .held
            .as_ref()
            .is_some_and(|it| it.number == lent.number)
        {
            state.held = None;
        }
    }

    /// Whether a new token may help where one was refused.
    pub(super) fn may_help(&self, call: &VaultCall<'_>) -> bool {
        let at = self
            .in_vain_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        at.is_none_or(|at| call.since_boot().saturating_sub(at) >= IN_VAIN_FOR)
    }

    /// It did not: the path is refused, and not the token.
    pub(super) fn did_not_help(&self, call: &VaultCall<'_>) {
        let mut at = self
            .in_vain_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *at = Some(call.since_boot());
    }
}

/// Signs in with what the cache holds of the own secret, and where that is refused, with another one if there
/// is another one now.
async fn sign_in(
    login: &VaultLogin,
    own: &dyn OwnSecret,
    call: &VaultCall<'_>,
) -> Result<(VaultToken, Option<Arc<ClientCertificate>>), SourceError> {
    let secret = own.secret(Freshness::Cached).await?;
    let refused = match sign_in_with(login, &secret, call).await {
        Err(fault @ VaultFault::LoginRefused(_)) => of(fault, ""),
        done => return done.map_err(|fault| of(fault, "")),
    };
    let now = own.secret(Freshness::PastCache).await?;
    if now.expose() == secret.expose() {
        return Err(refused);
    }
    let done = sign_in_with(login, &now, call).await;
    done.map_err(|fault| of(fault, ""))
}

async fn sign_in_with(
    login: &VaultLogin,
    secret: &Secret<String>,
    call: &VaultCall<'_>,
) -> Result<(VaultToken, Option<Arc<ClientCertificate>>), VaultFault> {
    let certificate = login::certificate(login, secret);
    let token = login::sign_in(login, secret, &with(call, certificate.as_ref())).await?;
    Ok((token, certificate))
}

impl Held {
    /// Renews it where that is due, and was not tried just now.
    async fn renew(&mut self, call: &VaultCall<'_>) {
        let now = call.since_boot();
        let age = now.saturating_sub(self.token.got_at);
        let is_due = self.token.renewable && age >= self.lives() / 3 * 2;
        let was_tried = self
            .not_renewed_at
            .is_some_and(|at| now.saturating_sub(at) < RENEW_AGAIN_AFTER);
        if !is_due || was_tried {
            return;
        }
        let certificate = self.certificate.as_ref();
        match login::renew(&self.token, &with(call, certificate)).await {
            Ok(renewed) => self.token = Arc::new(renewed),
            Err(fault) => {
                tracing::debug!(?fault, "a token of a vault is not renewed");
                self.not_renewed_at = Some(call.since_boot());
            }
        }
    }

    fn is_good(&self, now: Duration) -> bool {
        let age = now.saturating_sub(self.token.got_at);
        let lives = self.lives();
        age < lives.saturating_sub(MARGIN.min(lives / 2))
    }

    fn lives(&self) -> Duration {
        self.token.lives.unwrap_or(Duration::MAX)
    }

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
