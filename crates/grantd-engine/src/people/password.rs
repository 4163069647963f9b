//! Passwords: what is asked of them, and their slow hash (argon2id, RFC 9106; the cost is the one
//! that OWASP names first: 19 MiB, two passes, one lane).

use argon2::Params;
use grantd_model::{Invalid, PasswordHash, Secret};
use zeroize::Zeroize;

use super::phc;
use crate::{Engine, EngineError};

/// The fewest characters of a password. Length is all that is asked: rules on its characters make
/// passwords worse (NIST SP 800-63B section 3.1.1).
pub(crate) const FEWEST: usize = 12;

/// The longest password in bytes.
const MOST_BYTES: usize = 1024;

/// How many passwords are hashed at once; each takes 19 MiB and some 25 ms.
pub(crate) const AT_ONCE: usize = 2;

/// Whether the text will do as the password of the user.
pub(crate) fn check(password: &Secret<String>, user: &str) -> Result<(), Invalid> {
    let text = password.expose();
    if text.chars().count() < FEWEST {
        let detail = format!("at least {FEWEST} characters are expected, of any kind");
        return Err(Invalid::new("too_short", detail));
    }
    if text.len() > MOST_BYTES {
        let detail = format!("at most {MOST_BYTES} bytes are expected");
        return Err(Invalid::new("too_long", detail));
    }
    let first = text.chars().next();
    if text.chars().all(|c| Some(c) == first) {
        let detail = "more than one character again and again is expected";
        return Err(Invalid::new("too_simple", detail));
    }
    if text.to_lowercase() == user.to_lowercase() {
        let detail = "a password that is not the user name is expected";
        return Err(Invalid::new("too_simple", detail));
    }
    Ok(())
}

fn hash(password: &Secret<String>, salt: [u8; 16]) -> Option<String> {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).ok()?;
    phc::hash(password.expose().as_bytes(), &salt, params)
}

fn matches(password: &Secret<String>, text: &str) -> bool {
    phc::matches(password.expose().as_bytes(), text)
}

impl Engine {
    /// The hash of a password, made on a thread that may take its time.
    pub(crate) async fn hash_password(
        &self,
        password: Secret<String>,
    ) -> Result<PasswordHash, EngineError> {
        let mut salt = [0; 16];
        self.random().fill(&mut salt);
        let hashed = self.slowly(move || hash(&password, salt)).await?;
        salt.zeroize();
        hashed
            .map(PasswordHash::from_phc)
            .ok_or(EngineError::CutOff)
    }

    /// Whether this is the password. Where there is none, it takes as long, so that nobody learns
    /// from the time whether a user exists.
    pub(crate) async fn password_matches(
        &self,
        password: Secret<String>,
        kept: Option<PasswordHash>,
    ) -> Result<bool, EngineError> {
        let mut salt = [0; 16];
        self.random().fill(&mut salt);
        self.slowly(move || {
            if let Some(kept) = kept {
                return matches(&password, kept.as_phc());
            }
            let _ = hash(&password, salt);
            false
        })
        .await
    }

    /// Does what takes a processor for long, not too much of it at once.
    async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let permit = self.hashing().acquire_owned().await;
        let permit = permit.map_err(|_| EngineError::CutOff)?;
        let done = self.tasks().spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_| EngineError::CutOff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_all_that_is_asked() {
        let code = |text: &str| {
            check(&Secret::from(text), "ops-administrator")
                .err()
                .map(|it| it.code)
        };
        for good in ["correct horse", "пароль пароль", "            a"] {
            assert_eq!(code(good), None, "{good}");
        }
        assert_eq!(code("Tr0ub4dor&3"), Some("too_short"));
        assert_eq!(code("aaaaaaaaaaaaaaaa"), Some("too_simple"));
        assert_eq!(code("OPS-administrator"), Some("too_simple"));
        assert_eq!(code(&"x y".repeat(500)), Some("too_long"));
    }

    #[test]
    fn a_hash_is_argon2id_and_matches_its_password_alone() {
        let password = Secret::from("correct horse battery");
        let kept = hash(&password, [7; 16]).unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(matches(&password, &kept));
        assert!(!matches(&Secret::from("correct horse batterz"), &kept));
        assert!(!matches(&password, "$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!matches(&password, ""));
    }
}
