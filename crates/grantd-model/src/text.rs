//! Strings with a meaning: parsed once, trusted after.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Invalid;

            fn try_from(text: &str) -> Result<Self, Invalid> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}
pub(crate) use text;

text!(
    /// What people call a credential or a key: 1 to 120 characters on one line.
    Name,
    check_name
);
text!(
    /// The client's registration at the authorization server (RFC 6749 section 2.2 and appendix
    /// A.1): 1 to 512 printable ASCII characters. It is not taken for a UUID.
    ClientId,
    check_client_id
);
text!(
    /// Where the token is to be used: an absolute URI without fragment (RFC 8707 section 2).
    Resource,
    check_resource
);
text!(
    /// The logical name of the target service (RFC 8693 section 2.1, and many servers beside it).
    Audience,
    check_audience
);

/// Whether a name is one of these, without regard to ASCII case: servers differ in whether they
/// heed it.
pub(crate) fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// Refuses what is empty, longer than `most` characters, or holds a control character.
///
/// # Errors
/// Says which of these it is.
pub fn check_line(text: &str, most: usize) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::new("required", "a value is expected, it is empty"));
    }
    let length = text.chars().count();
    if length > most {
        return Err(Invalid::new(
            "too_long",
            format!("at most {most} characters are expected, there are {length}"),
        ));
    }
    if let Some(position) = text.chars().position(char::is_control) {
        return Err(Invalid::new(
            "control_character",
            format!(
                "one line of text is expected, character {} is a control character",
                position + 1
            ),
        ));
    }
    if let Some(c) = text.chars().find(|&c| is_invisible(c)) {
        return Err(Invalid::new(
            "invisible_character",
            format!(
                "visible text is expected, U+{:04X} is not seen",
                u32::from(c)
            ),
        ));
    }
    Ok(())
}

/// Characters that are not seen and make one text look like another: zero-width, direction
/// overrides and isolates, line and paragraph separators. The joiners that Persian or emoji need
/// are none of them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

fn check_name(text: &str) -> Result<(), Invalid> {
    check_line(text, 120)?;
    if text.trim() != text {
        return Err(Invalid::new(
            "white_space",
            "no white space is expected around the name",
        ));
    }
    Ok(())
}

fn check_client_id(text: &str) -> Result<(), Invalid> {
    check_line(text, 512)?;
    match text.chars().position(|c| !(' '..='~').contains(&c)) {
        Some(position) => Err(Invalid::new(
            "not_ascii",
            format!(
                "printable ASCII is expected (RFC 6749 appendix A.1), character {} is not",
                position + 1
            ),
        )),
        None => Ok(()),
    }
}

fn check_resource(text: &str) -> Result<(), Invalid> {
    check_line(text, 2048)?;
    let fault = "an absolute URI without fragment is expected (RFC 8707 section 2)";
    match url::Url::parse(text) {
        Ok(url) if url.fragment().is_none() => Ok(()),
        _ => Err(Invalid::new("invalid_uri", fault)),
    }
}

fn check_audience(text: &str) -> Result<(), Invalid> {
    check_line(text, 2048)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_are_printable_ascii_of_any_shape() {
        for good in [
            "sales-mail",
            "a b%+:",
            "~",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        ] {
            assert!(ClientId::try_from(good).is_ok(), "{good}");
        }
        for bad in ["", "caf\u{e9}", "a\nb", &"x".repeat(513)] {
            assert!(ClientId::try_from(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_visible() {
        for good in [
            "Äpfel",
            "שלום",
            "می\u{200c}خواهم",
            "👩\u{200d}🔧",
            "b\u{fc}ro",
        ] {
            assert!(Name::try_from(good).is_ok(), "{good}");
        }
        for bad in [
            "One\u{200b}",
            "\u{202e}evil",
            "a\u{2028}b",
            "\u{feff}a",
            "a\u{2066}b",
        ] {
            assert_eq!(
                Name::try_from(bad).unwrap_err().code,
                "invisible_character",
                "{bad:?}"
            );
        }
    }

    #[test]
    fn resources_are_absolute_uris_without_fragment() {
        assert!(Resource::try_from("https://api.example.com/x?y=1").is_ok());
        assert!(Resource::try_from("urn:example:a").is_ok());
        assert!(Resource::try_from("https://api.example.com/#f").is_err());
        assert!(Resource::try_from("/relative").is_err());
    }
}
