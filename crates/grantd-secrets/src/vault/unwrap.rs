//! Unwraps a secret id that was handed over wrapped, so that nobody on the way saw it
//! (<https://developer.hashicorp.com/vault/docs/concepts/response-wrapping>).

use grantd_model::Secret;
use grantd_model::source::VaultLogin;
use serde::Deserialize;
use serde_json::json;

use super::call::VaultFault;
use super::{Vault, of};
use crate::SourceError;

#[derive(Deserialize)]
struct Looked {
    data: Creation,
}

#[derive(Deserialize)]
struct Creation {
    #[serde(default)]
    creation_path: String,
}

#[derive(Deserialize)]
struct Unwrapped {
    data: Inside,
}

#[derive(Deserialize)]
struct Inside {
    secret_id: Secret<String>,
}

impl Vault {
    /// The secret id inside a wrapping token. A token is good for this once; that it is not any more means
    /// that somebody else has opened it.
    ///
    /// # Errors
    /// When the vault can not be asked, the token is used up, or it wraps something else.
    pub async fn unwrap_secret_id(
        &self,
        wrapped: &Secret<String>,
    ) -> Result<Secret<String>, SourceError> {
        self.check_wrapped(wrapped).await?;
        let wrapped = Secret::from(wrapped.expose().trim());
        let call = self.call();
        let call = call.with_token(&wrapped);
        let inside: Unwrapped = call
            .post("sys/wrapping/unwrap", json!({}))
            .await
            .map_err(used_up)?;
        Ok(inside.data.secret_id)
    }

    /// Sees that a wrapping token holds a secret id, without opening it.
    ///
    /// # Errors
    /// As [`Vault::unwrap_secret_id`].
    pub async fn check_wrapped(&self, wrapped: &Secret<String>) -> Result<(), SourceError> {
        let refused = |detail: &str| SourceError::LoginRefused {
            detail: detail.to_owned(),
        };
        let VaultLogin::AppRole { mount, .. } = &self.settings.login else {
            return Err(refused("only a secret id of `approle` comes wrapped"));
        };
        let wrapped = Secret::from(wrapped.expose().trim());
        let call = self.call();
        let looked: Looked = call
            .post("sys/wrapping/lookup", json!({"token": wrapped.expose()}))
            .await
            .map_err(used_up)?;
        let path = looked.data.creation_path;
        let expected = format!("auth/{mount}/role/");
        if !path.starts_with(&expected) || !path.ends_with("/secret-id") {
            return Err(refused(&format!(
                "the wrapping token holds no secret id of `{mount}`; somebody may have exchanged it"
            )));
        }
        Ok(())
    }
}

fn used_up(fault: VaultFault) -> SourceError {
    match fault {
        VaultFault::Denied | VaultFault::Strange(_) | VaultFault::Missing => {
            SourceError::LoginRefused {
                detail: "the wrapping token has ended or was opened before; if not by you, somebody has seen the \
                         secret id: have it revoked and a new one wrapped"
                    .to_owned(),
            }
        }
        other => of(other, ""),
    }
}
