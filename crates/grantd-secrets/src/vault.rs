//! `HashiCorp` Vault and OpenBao: the key-value engine, by every way to sign in that fits a machine.

mod call;
mod kv;
mod login;
mod session;
mod transit;
mod unwrap;

use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::source::bounds::leads_away;
use grantd_model::source::{KvVersion, VaultSettings};
use grantd_model::{Clock, SecretReference};
use grantd_net::Outbound;
use serde_json::Value;

use crate::{Browsed, LIMIT, OwnSecret, SecretRead, SecretSource, SourceError};
use call::{VaultCall, VaultFault};
use session::{Lent, VaultSession};

/// A vault.
pub struct Vault {
    settings: VaultSettings,
    ca_bundle: Option<Arc<str>>,
    own: Arc<dyn OwnSecret>,
    outbound: Arc<dyn Outbound>,
    clock: Arc<dyn Clock>,
    session: VaultSession,
}

impl Vault {
    /// A vault that grantd signs in to with this secret.
    #[must_use]
    pub fn new(
        settings: VaultSettings,
        own: Arc<dyn OwnSecret>,
        outbound: Arc<dyn Outbound>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            ca_bundle: settings.ca_bundle.as_deref().map(Arc::from),
            settings,
            own,
            outbound,
            clock,
            session: VaultSession::default(),
        }
    }

    fn call(&self) -> VaultCall<'_> {
        VaultCall {
            outbound: self.outbound.as_ref(),
            clock: self.clock.as_ref(),
            address: &self.settings.address,
            namespace: self.settings.namespace.as_deref(),
            ca_bundle: self.ca_bundle.as_ref(),
            certificate: None,
            token: None,
        }
    }

    async fn lend(&self) -> Result<Lent, SourceError> {
        let login = &self.settings.login;
        let call = self.call();
        self.session.lend(login, self.own.as_ref(), &call).await
    }

    /// Reads with a token. Where that is refused, and the vault does not know the token any more, a new one
    /// is tried once; where that did not help, not again soon.
    async fn get(&self, path: &str, told: &str) -> Result<Value, SourceError> {
        let mut again = true;
        loop {
            let lent = self.lend().await?;
            let call = VaultCall {
                certificate: lent.certificate.as_ref(),
                token: Some(&lent.token.value),
                ..self.call()
            };
            match call.get(path).await {
                Err(VaultFault::Denied) if again && self.session.may_help(&call) => {
                    again = false;
                    let is_known = login::is_known(&call).await;
                    if is_known.map_err(|fault| of(fault, told))? {
                        return Err(of(VaultFault::Denied, told));
                    }
                    self.session.refused(&lent).await;
                }
                Err(VaultFault::Denied) if !again => {
                    // a policy may keep a token from asking about itself, so that it looks unknown
                    self.session.did_not_help(&call);
                    return Err(of(VaultFault::Denied, told));
                }
                answer => return answer.map_err(|fault| of(fault, told)),
            }
        }
    }
}

#[async_trait]
impl SecretSource for Vault {
    fn check(&self, reference: &SecretReference) -> Result<(), SourceError> {
        let path = &reference.path;
        if leads_away(path) {
            return Err(SourceError::Outside {
                path: path.clone(),
                expected: "the path of a secret below the mount, such as `apps/billing`".to_owned(),
            });
        }
        if reference.key.is_none() {
            return Err(SourceError::KeyExpected { path: path.clone() });
        }
        match (&reference.version, self.settings.kv) {
            (Some(_), KvVersion::One) => Err(SourceError::NoVersions),
            // 0 would be the newest, and a sign is none of it
            (Some(version), KvVersion::Two)
                if version.starts_with(['0', '+']) || version.parse::<u32>().is_err() =>
            {
                Err(SourceError::NotAVersion {
                    version: version.clone(),
                    expected: "a number such as `3`",
                })
            }
            _ => Ok(()),
        }
    }

    async fn read(&self, reference: &SecretReference) -> Result<SecretRead, SourceError> {
        let settings = &self.settings;
        let version = reference.version.as_deref();
        let path = kv::read_path(settings.kv, &settings.mount, &reference.path, version);
        let told = match version {
            Some(version) => format!("{} in version {version}", reference.path),
            None => reference.path.clone(),
        };
        let answer = self.get(&path, &told).await?;
        let read = kv::parse(settings.kv, answer);
        if read
            .as_ref()
            .is_some_and(|read| read.value.expose().len() as u64 > LIMIT)
        {
            return Err(SourceError::TooLarge {
                path: told,
                limit: LIMIT,
            });
        }
        read.ok_or_else(|| SourceError::Strange {
            detail: format!(
                "what the vault holds at {} is no secret of the key-value engine in this version",
                reference.path
            ),
        })
    }

    async fn probe(&self) -> Result<(), SourceError> {
        self.lend().await.map(drop)
    }

    async fn keep_alive(&self) {
        let login = &self.settings.login;
        self.session
            .keep(login, self.own.as_ref(), &self.call())
            .await;
    }

    async fn browse(&self, below: &str) -> Result<Vec<Browsed>, SourceError> {
        let settings = &self.settings;
        let path = kv::list_path(settings.kv, &settings.mount, below);
        let answer = self.get(&path, below).await?;
        let listed: kv::Listed =
            serde_json::from_value(answer).map_err(|_| SourceError::Strange {
                detail: "the vault lists nothing that could be read".to_owned(),
            })?;
        let keys = listed.data.keys.into_iter();
        Ok(keys
            .map(|key| match key.strip_suffix('/') {
                Some(folder) => Browsed {
                    name: folder.to_owned(),
                    is_folder: true,
                },
                None => Browsed {
                    name: key,
                    is_folder: false,
                },
            })
            .collect())
    }
}

fn of(fault: VaultFault, path: &str) -> SourceError {
    match fault {
        VaultFault::Missing => SourceError::NotFound {
            path: path.to_owned(),
        },
        VaultFault::Denied => SourceError::Denied {
            path: path.to_owned(),
        },
        VaultFault::LoginRefused(detail) => SourceError::LoginRefused { detail },
        VaultFault::Sealed(detail) => SourceError::Sealed {
            detail: detail.to_owned(),
        },
        VaultFault::Network(fault) => SourceError::of_network(&fault),
        VaultFault::Standby(detail) | VaultFault::Unreachable(detail) => {
            SourceError::Unavailable { detail }
        }
        VaultFault::TooLarge => SourceError::TooLarge {
            path: path.to_owned(),
            limit: call::MOST_BYTES as u64,
        },
        VaultFault::Busy(after) => SourceError::Busy { after },
        VaultFault::Strange(detail) => SourceError::Strange { detail },
    }
}
