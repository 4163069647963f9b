//! Signatures of Standard Webhooks (symmetric, `v1`): HMAC-SHA256 of id, time and body.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use data_encoding::BASE64;
use grantd_model::{Invalid, Randomness, Secret, Timestamp};

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// The bytes of a secret that grantd makes.
const MADE_BYTES: usize = 32;

/// The secret that a webhook is signed with: 24 to 64 bytes.
#[derive(Debug, Clone)]
pub struct SigningSecret(Secret<Vec<u8>>);

impl SigningSecret {
    /// Makes one, and its text form.
    pub fn made(random: &dyn Randomness) -> Secret<String> {
        let mut bytes = vec![0; MADE_BYTES];
        random.fill(&mut bytes);
        let bytes = Secret::new(bytes);
        Secret::new(format!("{PREFIX}{}", BASE64.encode(bytes.expose())))
    }

    /// Reads the text form: `whsec_` and base64.
    ///
    /// # Errors
    /// When it is none, or of another length.
    pub fn parse(text: &Secret<String>) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "invalid_signing_secret",
                "`whsec_` and the base64 of 24 to 64 bytes is expected (Standard Webhooks)",
            )
        };
        let encoded = text.expose().strip_prefix(PREFIX).ok_or_else(wrong)?;
        let bytes = BASE64.decode(encoded.as_bytes()).map_err(|_| wrong())?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(wrong());
        }
        Ok(Self(Secret::new(bytes)))
    }

    /// One signature of a message, as `webhook-signature` holds it.
    #[must_use]
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let key = hmac::Key::new(HMAC_SHA256, self.0.expose());
        let head = format!("{id}.{}.", at.as_seconds());
        let tag = hmac::sign(&key, &[head.as_bytes(), body].concat());
        format!("v1,{}", BASE64.encode(tag.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the published libraries.
    #[test]
    fn the_published_example_is_signed_alike() {
        let secret = Secret::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let secret = SigningSecret::parse(&secret).unwrap();
        let signature = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Timestamp::from_seconds(1_614_265_330),
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for wrong in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
        ] {
            assert!(
                SigningSecret::parse(&Secret::from(wrong)).is_err(),
                "{wrong}"
            );
        }
    }
}
