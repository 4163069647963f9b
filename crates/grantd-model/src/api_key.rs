//! API keys: how programs and the command line show who they are.

use crate::{Change, Grant, Invalid, KeyId, Name, Secret, Timestamp, base32};

/// An API key as it is kept: its secret only as a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: Name,
    /// SHA-256 of the secret half; the secret is random, so a slow hash would gain nothing.
    pub secret_digest: [u8; 32],
    /// What its holder may do.
    pub grants: Vec<Grant>,
    /// When and by whom it was made.
    pub created: Change,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// An API key as its holder shows it: `gk_<id>_<256-bit secret>`, both in base32. The halves are
/// also client id and client secret at a token endpoint.
#[derive(Debug, Clone)]
pub struct ApiKeySecret {
    /// Which key.
    pub id: KeyId,
    /// What only the holder knows.
    pub secret: Secret<[u8; 32]>,
}

impl ApiKeySecret {
    /// The text form that is shown once.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(format!(
            "gk_{}_{}",
            self.id.tail(),
            base32::encode(self.secret.expose())
        ))
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// When it is not of that form; the text is not repeated.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "invalid_api_key",
                "an API key of the form `gk_…_…` is expected",
            )
        };
        let (id, secret) = text
            .strip_prefix("gk_")
            .and_then(|rest| rest.split_once('_'))
            .ok_or_else(wrong)?;
        let id = KeyId::from_tail(id).map_err(|_| wrong())?;
        Self::from_halves(id, secret).ok_or_else(wrong)
    }

    /// From its two halves, the secret one as text.
    #[must_use]
    pub fn from_halves(id: KeyId, secret: &str) -> Option<Self> {
        let mut bytes = base32::decode(secret.as_bytes())?;
        let shown = Self {
            id,
            secret: Secret::new(bytes),
        };
        zeroize::Zeroize::zeroize(&mut bytes);
        Some(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Counting;

    #[test]
    fn the_text_form_survives() {
        let id = KeyId::new(Timestamp::from_micros(7), &Counting::default());
        let key = ApiKeySecret {
            id,
            secret: Secret::new([7; 32]),
        };
        let text = key.to_text();
        assert_eq!(text.expose().split('_').count(), 3);
        let read = ApiKeySecret::parse(text.expose()).unwrap();
        assert_eq!((read.id, read.secret.expose()), (id, &[7; 32]));
        for bad in ["", "gk_", "gk_a_b", "Bearer x", &text.expose()[..60]] {
            assert!(ApiKeySecret::parse(bad).is_err(), "{bad}");
        }
    }
}
