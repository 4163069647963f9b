//! The chain of the audit log: each entry carries a MAC over itself and the MAC of the one before it.
//!
//! Entry: HMAC-SHA256 under the audit key over `entry`, the MAC before, the number, and each field with its
//! length before it, so that no two entries give the same bytes. Where the chain begins and ends is confirmed
//! by a MAC as well. Whoever changes the database without the keyring can not make any of them; who puts a
//! whole earlier state back is found out by a checkpoint that is kept elsewhere.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use data_encoding::{BASE64, HEXLOWER};
use grantd_model::{AuditEntry, Invalid, Randomness, Secret, Timestamp};
use zeroize::Zeroize;

use super::SealError;
use crate::StoreError;

/// The length of key and MAC, in bytes.
const LEN: usize = 32;

/// A message authentication code, written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mac([u8; LEN]);

impl Mac {
    /// Stands before the first entry, and where a MAC is missing.
    pub const ZERO: Self = Self([0; LEN]);

    /// The one with these bytes; none where they are not 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LEN] {
        &self.0
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mac({self})")
    }
}

impl FromStr for Mac {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        let mac = bytes.and_then(|bytes| Self::from_bytes(&bytes));
        mac.ok_or_else(|| {
            Invalid::new(
                "invalid_mac",
                "64 lower-case hexadecimal digits are expected",
            )
        })
    }
}

/// A place in the chain: the number of an entry and its MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditLink {
    /// The number of the entry; 0 stands before the first.
    pub seq: i64,
    /// Its MAC.
    pub mac: Mac,
}

impl AuditLink {
    /// What stands before the first entry.
    pub const START: Self = Self {
        seq: 0,
        mac: Mac::ZERO,
    };
}

/// An entry of the audit log as it is stored, unread: what was altered need not be readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFields {
    /// Its id.
    pub id: String,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Who, as JSON.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The id of what it was done to.
    pub object: String,
    /// What that was called.
    pub object_name: String,
    /// More, as JSON.
    pub detail: String,
}

impl AuditFields {
    /// Those of an entry.
    ///
    /// # Errors
    /// When it can not be written as JSON.
    pub fn of(entry: &AuditEntry) -> Result<Self, StoreError> {
        let json = |error: serde_json::Error| StoreError::Database(error.to_string());
        Ok(Self {
            id: entry.id.to_string(),
            at: entry.at.as_micros(),
            actor: serde_json::to_string(&entry.actor).map_err(json)?,
            action: entry.action.name().to_owned(),
            object: entry.object.as_str().to_owned(),
            object_name: entry.object_name.clone(),
            detail: serde_json::to_string(&entry.detail).map_err(json)?,
        })
    }
}

/// Which end of the chain is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainEnd {
    /// What stands before the oldest entry that is kept.
    Anchor,
    /// The newest entry.
    Head,
}

/// Makes the chain.
pub struct AuditChain(hmac::Key);

impl AuditChain {
    /// A new key, in base64.
    pub fn new_key(random: &dyn Randomness) -> Secret<String> {
        let mut key = [0; LEN];
        random.fill(&mut key);
        let text = Secret::new(BASE64.encode(&key));
        key.zeroize();
        text
    }

    /// The chain under this key, which is base64.
    ///
    /// # Errors
    /// When it is no key.
    pub fn under(key: &Secret<String>) -> Result<Self, SealError> {
        let bytes = BASE64.decode(key.expose().as_bytes());
        let mut bytes = bytes.map_err(|_| SealError::Malformed)?;
        let chain = match bytes.len() {
            LEN => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))),
            _ => Err(SealError::Malformed),
        };
        bytes.zeroize();
        chain
    }

    /// The link of an entry that stands behind another one.
    #[must_use]
    pub fn link(&self, before: &AuditLink, entry: &AuditFields) -> AuditLink {
        let seq = before.seq.saturating_add(1);
        let mac = self.mac(&[
            b"entry",
            before.mac.as_bytes(),
            &seq.to_be_bytes(),
            entry.id.as_bytes(),
            &entry.at.to_be_bytes(),
            entry.actor.as_bytes(),
            entry.action.as_bytes(),
            entry.object.as_bytes(),
            entry.object_name.as_bytes(),
            entry.detail.as_bytes(),
        ]);
        AuditLink { seq, mac }
    }

    /// What confirms that the chain, which began at this time, has its end here.
    #[must_use]
    pub fn confirm(&self, end: ChainEnd, begun_at: Timestamp, link: &AuditLink) -> Mac {
        let end: &[u8] = match end {
            ChainEnd::Anchor => b"anchor",
            ChainEnd::Head => b"head",
        };
        self.mac(&[
            end,
            &begun_at.as_micros().to_be_bytes(),
            &link.seq.to_be_bytes(),
            link.mac.as_bytes(),
        ])
    }

    fn mac(&self, parts: &[&[u8]]) -> Mac {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        Mac::from_bytes(context.sign().as_ref()).unwrap_or(Mac::ZERO)
    }
}

impl fmt::Debug for AuditChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditChain(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> AuditChain {
        AuditChain::under(&Secret::new(BASE64.encode(&[7; LEN]))).unwrap()
    }

    fn entry() -> AuditFields {
        AuditFields {
            id: "aud_1".to_owned(),
            at: 5,
            actor: "{}".to_owned(),
            action: "key.create".to_owned(),
            object: "key_1".to_owned(),
            object_name: "one".to_owned(),
            detail: "[]".to_owned(),
        }
    }

    #[test]
    fn every_field_and_the_link_before_count() {
        let (chain, entry) = (chain(), entry());
        let first = chain.link(&AuditLink::START, &entry);
        assert_eq!(
            (first.seq, first),
            (1, chain.link(&AuditLink::START, &entry))
        );
        let changes: [fn(&mut AuditFields); 8] = [
            |it| it.id.push('x'),
            |it| it.at += 1,
            |it| it.actor.push('x'),
            |it| it.action.push('x'),
            |it| it.object.push('x'),
            |it| it.object_name.push('x'),
            |it| it.detail.push('x'),
            // a letter that moves from one field into the next
            |it| {
                it.object.push('o');
                it.object_name.remove(0);
            },
        ];
        for change in changes {
            let mut other = entry.clone();
            change(&mut other);
            assert_ne!(
                chain.link(&AuditLink::START, &other).mac,
                first.mac,
                "{other:?}"
            );
        }
        assert_ne!(chain.link(&first, &entry).mac, first.mac);
        let later = AuditLink {
            seq: 1,
            mac: Mac::ZERO,
        };
        assert_ne!(chain.link(&later, &entry).mac, first.mac);
    }

    #[test]
    fn the_ends_are_told_apart() {
        let chain = chain();
        let link = chain.link(&AuditLink::START, &entry());
        let at = Timestamp::from_seconds(1);
        let head = chain.confirm(ChainEnd::Head, at, &link);
        assert_ne!(head, chain.confirm(ChainEnd::Anchor, at, &link));
        assert_ne!(
            head,
            chain.confirm(ChainEnd::Head, Timestamp::from_seconds(2), &link)
        );
        assert_ne!(head, chain.confirm(ChainEnd::Head, at, &AuditLink::START));
    }

    #[test]
    fn another_key_makes_another_chain() {
        let other = AuditChain::under(&Secret::new(BASE64.encode(&[8; LEN]))).unwrap();
        let link = |chain: &AuditChain| chain.link(&AuditLink::START, &entry());
        assert_ne!(link(&chain()), link(&other));
        for wrong in ["", "AAAA", "no base64!"] {
            assert!(AuditChain::under(&Secret::from(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mac_is_read_as_it_is_written() {
        let mac = chain().link(&AuditLink::START, &entry()).mac;
        assert_eq!(mac.to_string().parse(), Ok(mac));
        assert!("00".parse::<Mac>().is_err());
    }
}
