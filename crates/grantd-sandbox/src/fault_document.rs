//! The fault documents that `PUT /faults` takes.
//!
//! A document is taken as a whole or not at all; what is wrong is named by a JSON pointer.

use std::num::NonZeroU32;
use std::time::Duration;

use grantd_model::{ClientId, FieldError, Invalid, Secret};
use serde_json::{Map, Value};

use crate::faults::{Effect, Fault};
use crate::odd_answer::Odd;
use crate::state::Shared;

/// A kind of fault as documents name it.
pub(crate) struct Kind {
    /// Its name.
    pub(crate) name: &'static str,
    /// The options that only it takes.
    pub(crate) options: &'static [&'static str],
    /// What it does, for people.
    pub(crate) summary: &'static str,
}

/// All kinds of faults.
pub(crate) const KINDS: [Kind; 18] = [
    kind("none", &[], "no fault"),
    kind("slow", &["delay_ms"], "a good answer, late"),
    kind("rate_limited", &["retry_after_s"], "429"),
    kind("server_error", &["retry_after_s"], "500"),
    kind("html", &[], "200 with a sign-in page"),
    kind("error_in_200", &[], "200 with an error in it"),
    kind(
        "rotated_secret",
        &["new_secret"],
        "another secret counts while it is on",
    ),
    kind("hang", &[], "no answer"),
    kind("empty", &[], "200 with nothing in it"),
    kind("redirect", &[], "307"),
    kind("garbage", &[], "200 that is no JSON"),
    kind("huge", &[], "200 with 10 MiB"),
    kind("stalled_body", &[], "200 whose body never ends"),
    kind("string_numbers", &[], "numbers that are texts"),
    kind("negative_lifetime", &[], "a token that is over"),
    kind("absurd_lifetime", &[], "a token that outlives everybody"),
    kind("duplicate_members", &[], "two tokens in one answer"),
    kind(
        "control_characters",
        &[],
        "a token that would break a header",
    ),
];

/// The options that all kinds but `none` take.
const FOR_ALL: [&str; 2] = ["client_id", "remaining"];
const MOST_DELAY_MS: u64 = 600_000;
const MOST_RETRY_AFTER_S: u64 = 86_400;
const DEFAULT_DELAY_MS: u64 = 3_000;
const DEFAULT_RETRY_AFTER_S: u64 = 5;

const fn kind(name: &'static str, options: &'static [&'static str], summary: &'static str) -> Kind {
    Kind {
        name,
        options,
        summary,
    }
}

/// Reads a fault document.
pub(crate) fn read(shared: &Shared, body: &[u8]) -> Result<Fault, FieldError> {
    let members: Map<String, Value> = serde_json::from_slice(body).map_err(|_| {
        let detail = "a JSON object is expected, such as {\"kind\":\"slow\",\"delay_ms\":3000}";
        Invalid::new("unreadable", detail).at("")
    })?;
    let document = Document(&members);
    let kind = document.kind()?;
    document.check_members(kind)?;
    let effect = match kind.name {
        "slow" => Effect::Slow {
            delay: Duration::from_millis(
                document
                    .whole("delay_ms", 0, MOST_DELAY_MS)?
                    .unwrap_or(DEFAULT_DELAY_MS),
            ),
        },
        "rate_limited" => Effect::RateLimited {
            retry_after: document
                .retry_after()?
                .unwrap_or(Duration::from_secs(DEFAULT_RETRY_AFTER_S)),
        },
        "server_error" => Effect::ServerError {
            retry_after: document.retry_after()?,
        },
        "html" => Effect::Html,
        "error_in_200" => Effect::ErrorIn200,
        "rotated_secret" => Effect::RotatedSecret {
            new_secret: document.new_secret(shared)?,
        },
        "hang" => Effect::Hang,
        "empty" => Effect::Empty,
        "redirect" => Effect::Redirect,
        "garbage" => Effect::Garbage,
        "huge" => Effect::Huge,
        "stalled_body" => Effect::StalledBody,
        name => {
            let odd = Odd::ALL.into_iter().find(|odd| odd.kind() == name);
            odd.map_or(Effect::None, Effect::Odd)
        }
    };
    let remaining = document.whole("remaining", 1, u64::from(u32::MAX))?;
    Ok(Fault {
        effect,
        client_id: document.client_id(shared, kind)?,
        remaining: remaining
            .and_then(|count| u32::try_from(count).ok())
            .and_then(NonZeroU32::new),
    })
}

struct Document<'a>(&'a Map<String, Value>);

impl Document<'_> {
    fn kind(&self) -> Result<&'static Kind, FieldError> {
        let given = self.0.get("kind").and_then(Value::as_str);
        KINDS
            .iter()
            .find(|kind| given == Some(kind.name))
            .ok_or_else(|| {
                let names = KINDS.map(|kind| kind.name).join(", ");
                let fault = given.map_or_else(
                    || "there is none".to_owned(),
                    |given| format!("`{}` is none", shortened(given)),
                );
                let detail = format!("one of {names} is expected, {fault}");
                Invalid::new("unknown_kind", detail).at("/kind")
            })
    }

    fn check_members(&self, kind: &Kind) -> Result<(), FieldError> {
        let mut expected = vec!["kind"];
        expected.extend(kind.options);
        if kind.name != "none" {
            expected.extend(FOR_ALL);
        }
        match self
            .0
            .keys()
            .find(|name| !expected.contains(&name.as_str()))
        {
            None => Ok(()),
            Some(name) => {
                let detail = format!(
                    "{} takes {} and no `{}`",
                    kind.name,
                    expected.join(", "),
                    shortened(name)
                );
                Err(Invalid::new("unknown_member", detail).at(pointer(name)))
            }
        }
    }

    fn whole(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, FieldError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => {
                let detail = format!("a whole number from {least} to {most} is expected");
                Err(Invalid::new("out_of_range", detail).at(pointer(name)))
            }
        }
    }

    fn retry_after(&self) -> Result<Option<Duration>, FieldError> {
        let seconds = self.whole("retry_after_s", 0, MOST_RETRY_AFTER_S)?;
        Ok(seconds.map(Duration::from_secs))
    }

    fn new_secret(&self, shared: &Shared) -> Result<Secret<String>, FieldError> {
        match self.0.get("new_secret") {
            None => Ok(Secret::new(shared.random_text())),
            Some(Value::String(secret)) if !secret.is_empty() => Ok(Secret::from(secret.as_str())),
            Some(_) => {
                let detail = "a text that is not empty is expected, or no member for a random one";
                Err(Invalid::new("invalid_secret", detail).at("/new_secret"))
            }
        }
    }

    fn client_id(&self, shared: &Shared, kind: &Kind) -> Result<Option<ClientId>, FieldError> {
        let ids = || {
            shared
                .clients
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
        };
        let wrong = |code, fault: &str| {
            let detail = format!(
                "one of the clients {} is expected, {fault}",
                ids().join(", ")
            );
            Err(Invalid::new(code, detail).at("/client_id"))
        };
        match self.0.get("client_id") {
            // Two clients do not share a secret; with one client it is clear whose it is.
            None if kind.name == "rotated_secret" && shared.clients.len() != 1 => {
                wrong("required", "there is none")
            }
            None if kind.name == "rotated_secret" => Ok(shared
                .clients
                .values()
                .next()
                .map(|client| client.client_id.clone())),
            None => Ok(None),
            Some(given) => match given.as_str().and_then(|id| shared.clients.get(id)) {
                Some(client) => Ok(Some(client.client_id.clone())),
                None => wrong("unknown_client", "this is none"),
            },
        }
    }
}

fn pointer(name: &str) -> String {
    format!("/{}", shortened(name).replace('~', "~0").replace('/', "~1"))
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
