//! Typed ids: a prefix that tells the kind, and a UUIDv7 in lower-case base32hex (RFC 4648
//! section 7, unpadded), whose text sorts as its bytes do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::{Invalid, Randomness, Timestamp, base32};

fn new_uuid(now: Timestamp, random: &dyn Randomness) -> Uuid {
    let mut tail = [0; 10];
    random.fill(&mut tail);
    let micros = u64::try_from(now.as_micros()).unwrap_or(0);
    let millis = micros / 1000;
    // the microseconds go into the first 12 of the random bits, in 4096ths of a millisecond
    // (RFC 9562 section 6.2, method 3), so that ids of one millisecond sort by time as well
    let fraction = (micros % 1000) * 4096 / 1000;
    let [.., high, low] = fraction.to_be_bytes();
    let [first, second, ..] = &mut tail;
    (*first, *second) = (high, low);
    Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

fn parse_uuid(text: &str, prefix: &str) -> Result<Uuid, Invalid> {
    uuid_of_tail(text.strip_prefix(prefix).unwrap_or_default(), prefix)
}

fn uuid_of_tail(tail: &str, prefix: &str) -> Result<Uuid, Invalid> {
    base32::decode(tail.as_bytes())
        .map(Uuid::from_bytes)
        .ok_or_else(|| {
            Invalid::new(
                "invalid_id",
                format!("an id of the form `{prefix}…` is expected"),
            )
        })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id; ids made later sort later.
            pub fn new(now: Timestamp, random: &dyn Randomness) -> Self {
                Self(new_uuid(now, random))
            }

            /// The part behind the prefix.
            #[must_use]
            pub fn tail(&self) -> String {
                base32::encode(self.0.as_bytes())
            }

            /// The id whose part behind the prefix is given.
            ///
            /// # Errors
            /// When it is no base32 of 16 bytes.
            pub fn from_tail(tail: &str) -> Result<Self, Invalid> {
                uuid_of_tail(tail, $prefix).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.tail())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                parse_uuid(text, $prefix).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl From<$name> for ObjectId {
            fn from(id: $name) -> Self {
                Self(id.to_string())
            }
        }
    };
}

id!(
    /// Names a credential for ever.
    CredentialId, "cred_"
);
id!(
    /// Names an API key for ever.
    KeyId, "key_"
);
id!(
    /// Names a user of the console for ever.
    UserId, "usr_"
);
id!(
    /// Names a session of a user; it opens nothing.
    SessionId, "ses_"
);
id!(
    /// Names an audit entry; entries made later sort later.
    AuditId, "aud_"
);
id!(
    /// Names an email listener for ever.
    ListenerId, "lsn_"
);
id!(
    /// Names an HTTP consumer for ever.
    ConsumerId, "csm_"
);
id!(
    /// Names a secret source that an admin added, for ever.
    SourceId, "src_"
);
id!(
    /// Names an alert channel for ever.
    ChannelId, "chn_"
);
id!(
    /// Names an alert on its way to a channel; alerts written later sort later.
    AlertId, "alr_"
);
id!(
    /// Names an event of a credential's history; events made later sort later.
    EventId, "evt_"
);

/// What stands for the installation as a whole, of which there is one.
const INSTALLATION: &str = "installation";

/// The id of any kind of thing, where grants and audit entries point at it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId(String);

impl ObjectId {
    /// The id as text, prefix included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Stands for the installation as a whole.
    #[must_use]
    pub fn installation() -> Self {
        Self(INSTALLATION.to_owned())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ObjectId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        if text == INSTALLATION {
            return Ok(Self(text));
        }
        let known = [
            "cred_", "key_", "usr_", "ses_", "src_", "lsn_", "csm_", "evt_", "aud_", "chn_", "alr_",
        ];
        let prefix = known
            .into_iter()
            .find(|prefix| text.starts_with(prefix))
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_id",
                    "an id with its prefix is expected, such as `cred_…`",
                )
            })?;
        parse_uuid(&text, prefix)?;
        Ok(Self(text))
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Counting;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = CredentialId::new(Timestamp::from_micros(1_000_000), &Counting::default());
        let text = id.to_string();
        assert!(text.starts_with("cred_") && text.len() == 31, "{text}");
        assert_eq!(text.parse::<CredentialId>(), Ok(id));
        assert_eq!(
            ObjectId::try_from(text).map(String::from),
            Ok(id.to_string())
        );
    }

    #[test]
    fn later_ids_sort_later_as_text() {
        let random = Counting::default();
        let texts: Vec<String> = (0..500)
            .map(|i| AuditId::new(Timestamp::from_micros(i * 7), &random).to_string())
            .collect();
        let mut sorted = texts.clone();
        sorted.sort();
        assert_eq!(sorted, texts);
    }

    #[test]
    fn another_kinds_id_and_rubbish_are_refused() {
        let id = KeyId::new(Timestamp::from_micros(0), &Counting::default()).to_string();
        assert!(id.parse::<CredentialId>().is_err());
        for bad in ["", "cred_", "cred_!!!", "cred_aaaa", "sales"] {
            assert!(bad.parse::<CredentialId>().is_err(), "{bad}");
            assert!(ObjectId::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
