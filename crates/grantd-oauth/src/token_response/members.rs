//! The members of a response that matter, from JSON or a form.
//!
//! All others are skipped without being kept, so a refresh token or an id token never gets a copy.
//! Only an access token with escapes in it passes through a buffer of the JSON reader.

use std::fmt;

use grantd_model::Secret;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::names::Names;
use super::scalar::Scalar;
use crate::form;

/// How the body was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyForm {
    /// An object, as RFC 6749 section 5.1 has it.
    Json,
    /// An array around one: some servers put their one error into it.
    Array,
    Form,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) access_token: Option<Secret<String>>,
    pub(super) token_type: Option<String>,
    pub(super) expires_in: Option<Scalar>,
    pub(super) refresh_in: Option<Scalar>,
    pub(super) scope: Option<String>,
    pub(super) has_refresh_token: bool,
    /// `error` of RFC 6749 section 5.2, or Okta's `errorCode`.
    pub(super) error: Option<String>,
    /// `error_description` of RFC 6749 section 5.2.
    pub(super) description: Option<String>,
    /// What other shapes of errors say in its place.
    pub(super) message: Option<String>,
    /// Entra's `error_codes`.
    pub(super) codes: Vec<String>,
    /// The names of all members, for people.
    pub(super) names: Names,
    /// A member that is there twice, where a token depends on it.
    pub(super) repeated: Option<&'static str>,
    /// The members that must not come again.
    pub(super) seen: Vec<&'static str>,
}

/// What a token, its use and its end depend on.
const ONCE: [&str; 4] = ["access_token", "token_type", "expires_in", "scope"];

impl Members {
    /// Notes that a member of this name is there.
    fn note(&mut self, name: &str) {
        let Some(once) = ONCE.into_iter().find(|once| *once == name) else {
            return;
        };
        if self.seen.contains(&once) {
            self.repeated = self.repeated.or(Some(once));
        }
        self.seen.push(once);
    }
}

/// Reads a body: JSON whatever its type says, then a form where its type allows one.
pub(super) fn read(body: &[u8], content_type: Option<&str>) -> Option<(Members, BodyForm)> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    if let Some(found) = from_json(body) {
        return Some(found);
    }
    let may_be_form = content_type.is_none_or(|content_type| {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
            || essence.eq_ignore_ascii_case("text/plain")
    });
    let members = may_be_form.then(|| from_form(body))?;
    let is_known = members.access_token.is_some() || members.error.is_some();
    is_known.then_some((members, BodyForm::Form))
}

fn from_json(body: &[u8]) -> Option<(Members, BodyForm)> {
    // Error texts in the letters of one country are common enough to be read.
    let lossy = Zeroizing::new(match std::str::from_utf8(body) {
        Ok(_) => String::new(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    });
    let text = std::str::from_utf8(body).unwrap_or(&lossy);
    if text.trim_start().starts_with('[') {
        let First(members) = serde_json::from_str(text).ok()?;
        return Some((members, BodyForm::Array));
    }
    let members = serde_json::from_str(text).ok()?;
    Some((members, BodyForm::Json))
}

fn from_form(body: &[u8]) -> Members {
    let mut members = Members::default();
    for (name, value) in form::decode(body) {
        members.note(name.expose());
        let text = || Some(value.expose().clone()).filter(|text| !text.is_empty());
        match name.expose().as_str() {
            "access_token" => members.access_token = Some(value),
            "token_type" => members.token_type = text(),
            "expires_in" => members.expires_in = text().map(Scalar::Text),
            "refresh_in" => members.refresh_in = text().map(Scalar::Text),
            "scope" => members.scope = text(),
            "refresh_token" => members.has_refresh_token = text().is_some(),
            "error" => members.error = text(),
            "error_description" => members.description = text(),
            _ => {}
        }
    }
    members
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            members.note(&name);
            take(&mut members, &name, &mut map)?;
            members.names.push(name);
        }
        Ok(members)
    }
}

/// The first object of an array.
struct First(Members);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FirstVisitor).map(Self)
    }
}

struct FirstVisitor;

impl<'de> Visitor<'de> for FirstVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Members, A::Error> {
        let first = values.next_element()?;
        while values.next_element::<IgnoredAny>()?.is_some() {}
        first.ok_or_else(|| serde::de::Error::invalid_length(0, &self))
    }
}

fn take<'de, A: MapAccess<'de>>(
    members: &mut Members,
    name: &str,
    map: &mut A,
) -> Result<(), A::Error> {
    match name {
        "access_token" => members.access_token = map.next_value::<TokenText>()?.0,
        "token_type" => members.token_type = text(map)?,
        "expires_in" => members.expires_in = scalar(map)?,
        "refresh_in" => members.refresh_in = scalar(map)?,
        "scope" => members.scope = text(map)?,
        "refresh_token" => members.has_refresh_token = map.next_value::<TokenText>()?.0.is_some(),
        "error" => match map.next_value()? {
            Scalar::Object { code, message } => {
                members.message = message.or(members.message.take());
                members.error = Some(code.unwrap_or_else(|| "error".to_owned()));
            }
            other => members.error = other.into_text(),
        },
        "errorCode" => members.error = members.error.take().or(text(map)?),
        "error_description" => members.description = text(map)?,
        "errorSummary" | "error_message" | "message" | "detail" | "title" => {
            let message = text(map)?;
            members.message = members.message.take().or(message);
        }
        "error_codes" => {
            if let Some(Scalar::List(codes)) = scalar(map)? {
                members.codes = codes;
            }
        }
        _ => {
            map.next_value::<IgnoredAny>()?;
        }
    }
    Ok(())
}

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    map.next_value().map(Scalar::into_text)
}

fn scalar<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Scalar>, A::Error> {
    let value = map.next_value()?;
    Ok(Some(value).filter(|value| *value != Scalar::Nothing))
}

/// A token: a string that is wiped, or nothing.
struct TokenText(Option<Secret<String>>);

impl<'de> Deserialize<'de> for TokenText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Scalar::deserialize(deserializer)?;
        Ok(Self(match value {
            Scalar::Text(text) if !text.is_empty() => Some(Secret::new(text)),
            _ => None,
        }))
    }
}
