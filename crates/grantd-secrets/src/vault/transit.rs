//! The transit engine: a vault encrypts and decrypts with a key that never leaves it
//! (<https://developer.hashicorp.com/vault/api-docs/secret/transit>).

use grantd_model::Secret;
use serde::Deserialize;
use serde_json::json;

use super::call::{VaultCall, VaultFault};
use super::{Vault, of};
use crate::SourceError;
use crate::percent::{path, segment};

#[derive(Deserialize)]
struct Encrypted {
    data: Ciphertext,
}

#[derive(Deserialize)]
struct Ciphertext {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Decrypted {
    data: Plaintext,
}

#[derive(Deserialize)]
struct Plaintext {
    plaintext: Secret<String>,
}

impl Vault {
    /// Encrypts a value, given in base64, by a key of the transit engine at the mount of the settings.
    ///
    /// # Errors
    /// When the vault does not do that, or can not be asked.
    pub async fn encrypt(
        &self,
        key: &str,
        plaintext: &Secret<String>,
    ) -> Result<String, SourceError> {
        let body = ("plaintext", plaintext.expose().as_str());
        let done: Encrypted = self.transit("encrypt", key, body).await?;
        Ok(done.data.ciphertext)
    }

    /// Decrypts what was encrypted by [`Vault::encrypt`], to base64.
    ///
    /// # Errors
    /// When the vault does not do that, or can not be asked.
    pub async fn decrypt(
        &self,
        key: &str,
        ciphertext: &str,
    ) -> Result<Secret<String>, SourceError> {
        let body = ("ciphertext", ciphertext);
        let done: Decrypted = self.transit("decrypt", key, body).await?;
        Ok(done.data.plaintext)
    }

    async fn transit<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        key: &str,
        (member, value): (&str, &str),
    ) -> Result<T, SourceError> {
        let mount = path(&self.settings.mount);
        let at = format!("{mount}/{what}/{}", segment(key));
        let told = format!("the transit key `{key}`");
        let mut again = true;
        loop {
            let lent = self.lend().await?;
            let call = VaultCall {
                certificate: lent.certificate.as_ref(),
                token: Some(&lent.token.value),
                ..self.call()
            };
            match call.post(&at, json!({member: value})).await {
                Err(VaultFault::Denied) if again => {
                    again = false;
                    self.session.refused(&lent).await;
                }
                done => return done.map_err(|fault| of(fault, &told)),
            }
        }
    }
}
