//! The short name by which the API, the CLI and the proxy address a thing.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use crate::text::text;
use serde::{Deserialize, Serialize};

use crate::{Invalid, Randomness};

/// The most letters and digits of a slug.
const MOST: usize = 63;

text!(
    /// `[a-z0-9](-?[a-z0-9]){0,62}`: lower-case, unique, never changed after Add.
    Slug,
    check
);

impl Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text)
    }
}

impl Slug {
    /// The slug that a name suggests: lower-case Latin letters and digits, the rest as single
    /// hyphens. A name without any gives `credential-` and 6 characters by chance.
    pub fn from_name(name: &str, random: &dyn Randomness) -> Self {
        Self::suggested(name).unwrap_or_else(|| {
            let mut bytes = [0; 4];
            random.fill(&mut bytes);
            let tail: String = crate::base32::encode(&bytes).chars().take(6).collect();
            Self(format!("credential-{tail}"))
        })
    }

    /// The slug that a name suggests; none if it has no Latin letter or digit.
    #[must_use]
    pub fn suggested(name: &str) -> Option<Self> {
        let mut slug = String::new();
        let mut used = 0;
        let mut gap = false;
        for c in name.chars().flat_map(fold) {
            if used == MOST {
                break;
            }
            if c.is_ascii_alphanumeric() {
                if gap && !slug.is_empty() {
                    slug.push('-');
                }
                gap = false;
                slug.push(c.to_ascii_lowercase());
                used += 1;
            } else {
                gap = true;
            }
        }
        (!slug.is_empty()).then_some(Self(slug))
    }

    /// This slug with `-2`, `-3` … behind it, for when it is taken; shortened if it has to be.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let tail = number.to_string();
        let mut head = self.0.clone();
        while head.chars().filter(|&c| c != '-').count() + tail.len() > MOST {
            head.pop();
        }
        Self(format!("{}-{tail}", head.trim_end_matches('-')))
    }
}

/// ASCII for the Latin letters with marks that names commonly hold.
fn fold(c: char) -> impl Iterator<Item = char> {
    let plain = match c {
        'à'..='å' | 'À'..='Å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' | 'Æ' => "ae",
        'ç' | 'Ç' | 'ć' | 'č' => "c",
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì'..='ï' | 'Ì'..='Ï' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'Ñ' | 'ń' => "n",
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => "o",
        'œ' | 'Œ' => "oe",
        'ß' => "ss",
        'ś' | 'š' | 'Š' => "s",
        'ù'..='ü' | 'Ù'..='Ü' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'ž' | 'ż' | 'ź' | 'Ž' => "z",
        _ => "",
    };
    let own = if plain.is_empty() { Some(c) } else { None };
    plain.chars().chain(own)
}

fn check(text: &str) -> Result<(), Invalid> {
    let shape = Invalid::new(
        "invalid_slug",
        "lower-case letters and digits with single hyphens between them are expected, at most 63 \
         letters and digits",
    );
    let bytes = text.as_bytes();
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends =
        bytes.first().is_some_and(|&b| allowed(b)) && bytes.last().is_some_and(|&b| allowed(b));
    let inside = bytes.iter().all(|&b| allowed(b) || b == b'-') && !text.contains("--");
    let length = bytes.iter().filter(|&&b| b != b'-').count();
    if ends && inside && length <= MOST {
        Ok(())
    } else {
        Err(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Counting;

    fn slug(name: &str) -> String {
        Slug::from_name(name, &Counting::default()).to_string()
    }

    #[test]
    fn names_give_slugs() {
        assert_eq!(slug("Sales Email Credentials"), "sales-email-credentials");
        assert_eq!(slug("  Büro -- Köln (2) "), "buro-koln-2");
        assert!(slug("営業").starts_with("credential-"));
        assert!(Slug::try_from(slug("営業")).is_ok());
        assert_eq!(slug(&"x".repeat(200)).len(), 63);
    }

    #[test]
    fn numbered_stays_within_the_limit() {
        let long = Slug::from_name(&"x".repeat(200), &Counting::default()).numbered(12);
        assert!(Slug::try_from(long.to_string()).is_ok(), "{long}");
        assert_eq!(Slug::try_from("a").unwrap().numbered(2).as_str(), "a-2");
    }

    #[test]
    fn other_shapes_are_refused() {
        for bad in ["", "-a", "a-", "a--b", "A", "a_b", "ä", &"x".repeat(64)] {
            assert!(Slug::try_from(bad).is_err(), "{bad}");
        }
    }
}
