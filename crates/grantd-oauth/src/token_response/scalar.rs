//! A JSON value that should be a number or a string, and may be anything.
//!
//! Nesting ends at the JSON reader's own limit of 128.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value as far as it is of use; `null` and `false` are nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Nothing,
    True,
    Integer(i64),
    Float(f64),
    Text(String),
    /// The first texts of an array.
    List(Vec<String>),
    /// What an object says of an error.
    Object {
        code: Option<String>,
        message: Option<String>,
    },
}

impl Scalar {
    /// Seconds in any of the spellings that servers use; fractions are cut off.
    pub(super) fn whole_seconds(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Float(number) => Some(truncate(*number)),
            Self::Text(text) => {
                let text = text.trim();
                let whole = text.parse().ok();
                whole.or_else(|| {
                    text.parse()
                        .ok()
                        .filter(|n: &f64| n.is_finite())
                        .map(truncate)
                })
            }
            Self::Nothing | Self::True | Self::List(_) | Self::Object { .. } => None,
        }
    }

    /// The text, or the number as text; nothing if it is empty.
    pub(super) fn into_text(self) -> Option<String> {
        let text = match self {
            Self::Text(text) => text,
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::List(texts) => texts.join(" "),
            Self::True => "true".to_owned(),
            Self::Object { message, .. } => message?,
            Self::Nothing => return None,
        };
        (!text.trim().is_empty()).then_some(text)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, which is what a lifetime of 1e300 seconds needs"
)]
const fn truncate(number: f64) -> i64 {
    number as i64
}

/// The most texts that are kept of an array.
const MOST_TEXTS: usize = 64;

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(if value { Scalar::True } else { Scalar::Nothing })
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Scalar, A::Error> {
        let mut texts = Vec::new();
        while texts.len() < MOST_TEXTS
            && let Some(value) = values.next_element::<Self::Value>()?
        {
            texts.extend(value.into_text());
        }
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::List(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
        let (mut code, mut status, mut message) = (None, None, None);
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "code" => code = members.next_value().map(Scalar::into_text)?,
                "status" | "type" => status = members.next_value().map(Scalar::into_text)?,
                "message" | "description" => {
                    message = members.next_value().map(Scalar::into_text)?;
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        // A number repeats the status code; a name beside it says more.
        let name = code.take_if(|code| code.parse::<i64>().is_err());
        Ok(Scalar::Object {
            code: name.or(status).or(code),
            message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(json: &str) -> Option<i64> {
        serde_json::from_str::<Scalar>(json)
            .unwrap()
            .whole_seconds()
    }

    #[test]
    fn lifetimes_in_all_spellings() {
        for json in [
            "3600",
            "3600.0",
            "\"3600\"",
            "\" 3600 \"",
            "\"3600.5\"",
            "3.6e3",
        ] {
            assert_eq!(seconds(json), Some(3600), "{json}");
        }
        assert_eq!(seconds("18446744073709551615"), Some(i64::MAX));
        assert_eq!(seconds("1e300"), Some(i64::MAX));
        assert_eq!(seconds("-1"), Some(-1));
        for json in [
            "null", "true", "\"\"", "\"soon\"", "\"NaN\"", "\"inf\"", "[1]", "{}",
        ] {
            assert_eq!(seconds(json), None, "{json}");
        }
    }

    #[test]
    fn texts_of_an_array_are_joined() {
        let scope: Scalar = serde_json::from_str("[\"a\", \"b\", {}, null]").unwrap();
        assert_eq!(scope.into_text().as_deref(), Some("a b"));
    }
}
