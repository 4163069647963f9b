//! People who sign in at the console.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{check_line, text};
use crate::{Change, Invalid, Role, Sealed, Timestamp, UserId};

text!(
    /// What a person types to sign in: 1 to 64 characters without white space, unique without
    /// regard to case.
    UserName,
    check_user_name
);

fn check_user_name(text: &str) -> Result<(), Invalid> {
    check_line(text, 64)?;
    // they join letters of some scripts, and are not seen: two names would look the same
    if text.contains(['\u{200c}', '\u{200d}']) {
        let detail = "a user name of visible characters is expected";
        return Err(Invalid::new("invisible_character", detail));
    }
    // in an address they would be something else, and an id is always that user's
    if [".", ".."].contains(&text) || text.starts_with("usr_") {
        let detail = "a user name that is neither dots nor an id is expected";
        return Err(Invalid::new("reserved", detail));
    }
    if text.chars().any(char::is_whitespace) {
        let detail = "a user name without white space is expected";
        return Err(Invalid::new("white_space", detail));
    }
    Ok(())
}

/// A password as it is kept: an argon2id hash in PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a PHC string in.
    #[must_use]
    pub const fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A second factor by time-based codes (RFC 6238), with codes for when the device is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// What the device and grantd share.
    pub secret: Sealed,
    /// Which of the user's shared secrets it is; none is used twice.
    pub version: u32,
    /// Since when it is asked for; absent until the first code has shown that the device has it.
    pub confirmed_at: Option<Timestamp>,
    /// The time step of the last code that was taken; a code counts once.
    pub last_step: u64,
    /// SHA-256 of the recovery codes that are left.
    pub recovery: Vec<[u8; 32]>,
}

/// A person who signs in at the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id, for ever.
    pub id: UserId,
    /// What the person types to sign in.
    pub name: UserName,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may sign in.
    pub enabled: bool,
    /// Absent until the person has chosen one.
    pub password: Option<PasswordHash>,
    /// Absent where none was set up.
    pub second_factor: Option<SecondFactor>,
    /// When and by whom the user was made.
    pub created: Change,
    /// When the person last signed in.
    pub signed_in_at: Option<Timestamp>,
}

impl User {
    /// Whether signing in takes a code besides the password.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        let factor = self.second_factor.as_ref();
        factor.is_some_and(|factor| factor.confirmed_at.is_some())
    }

    /// Whether the person can sign in and administer.
    #[must_use]
    pub fn is_working_admin(&self) -> bool {
        self.enabled && self.role == Role::Admin && self.password.is_some()
    }
}

/// Why a link was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// The first admin chooses name and password.
    Setup,
    /// A user chooses a password.
    Password,
    /// A user is signed in at once.
    SignIn,
}

impl LinkPurpose {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Password => "password",
            Self::SignIn => "sign_in",
        }
    }
}

impl TryFrom<&str> for LinkPurpose {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        [Self::Setup, Self::Password, Self::SignIn]
            .into_iter()
            .find(|purpose| purpose.name() == text)
            .ok_or_else(|| Invalid::new("unknown_word", "the purpose of a link is expected"))
    }
}

/// A link that lets somebody in once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// SHA-256 of its code.
    pub digest: [u8; 32],
    /// What it is for.
    pub purpose: LinkPurpose,
    /// For whom; absent where the user is yet to be made.
    pub user: Option<UserId>,
    /// When and by whom it was made.
    pub created: Change,
    /// When it ends.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_are_one_visible_word() {
        for good in ["ops-admin", "jürgen", "a@example.com", "עובד"] {
            assert!(UserName::try_from(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "two words",
            "a\u{200b}",
            "vera\u{200d}",
            ".",
            "..",
            "usr_x",
            "a\tb",
            &"x".repeat(65),
        ] {
            assert!(UserName::try_from(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_hash_is_not_shown() {
        let hash = PasswordHash::from_phc("$argon2id$v=19$x".to_owned());
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
    }
}
