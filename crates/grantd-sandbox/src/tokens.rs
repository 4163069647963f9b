//! The access tokens in circulation: kept as digests, forgotten after they end.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use grantd_model::{ClientId, ScopeSet, Timestamp};

/// Below this many no time is spent on clearing out.
const FEW: usize = 1024;

/// What is known of an issued token.
#[derive(Debug, Clone)]
pub(crate) struct IssuedToken {
    /// Whom it was issued to.
    pub(crate) client_id: ClientId,
    /// What it is good for.
    pub(crate) scope: Option<ScopeSet>,
    /// When it was issued.
    pub(crate) issued_at: Timestamp,
    /// From when on it is refused.
    pub(crate) expires_at: Timestamp,
}

/// All issued tokens that may still be good.
#[derive(Debug)]
pub(crate) struct Tokens {
    by_digest: HashMap<Vec<u8>, IssuedToken>,
    clear_out_at: usize,
}

impl Tokens {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            by_digest: HashMap::new(),
            clear_out_at: FEW,
        }
    }

    /// Remembers a token.
    pub(crate) fn insert(&mut self, token: &str, issued: IssuedToken) {
        if self.by_digest.len() >= self.clear_out_at {
            let now = issued.issued_at;
            self.by_digest.retain(|_, issued| now < issued.expires_at);
            // Twice what is left: each token is looked at a bounded number of times.
            self.clear_out_at = FEW.max(self.by_digest.len().saturating_mul(2));
        }
        self.by_digest.insert(key(token), issued);
    }

    /// Forgets all of them: they are refused from now on.
    pub(crate) fn clear(&mut self) {
        self.by_digest.clear();
    }

    /// The token, if it was issued here and has not ended.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Option<&IssuedToken> {
        self.by_digest
            .get(&key(token))
            .filter(|issued| now < issued.expires_at)
    }
}

fn key(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_ended_are_forgotten() {
        let mut tokens = Tokens::new();
        for second in 0..10_000 {
            let issued = IssuedToken {
                client_id: ClientId::try_from("a").unwrap(),
                scope: None,
                issued_at: Timestamp::from_seconds(second),
                expires_at: Timestamp::from_seconds(second + 10),
            };
            tokens.insert(&second.to_string(), issued);
        }
        assert!(tokens.by_digest.len() <= FEW);
        let now = Timestamp::from_seconds(9_999);
        assert!(tokens.find("9999", now).is_some());
        assert!(tokens.find("9989", now).is_none());
    }
}
