//! How a source stands and how a test went, in words and colour.

use grantd_engine::{FoundSecret, SourceHealth, SourceTest};

use crate::api::sources::standing;
use crate::console::show::{Clock, Markup, escaped, sentence, took};
use crate::console::texts::{Texts, with_code};

/// How a source stands.
pub(super) struct Standing {
    pub(super) colour: &'static str,
    pub(super) icon: &'static str,
    pub(super) words: String,
    /// Since when, and of which class.
    pub(super) more: Markup,
}

impl Standing {
    pub(super) fn of(clock: Clock<'_>, health: &SourceHealth) -> Self {
        let name = standing(health);
        let (colour, icon, key) = match name {
            "working" => ("ok", "ok", "source_standing.working"),
            "stale" => ("warn", "warn", "source_standing.stale"),
            "failing" => ("bad", "bad", "source_standing.failing"),
            _ => ("", "never", "source_standing.unknown"),
        };
        let since = health.stale_since.or(health.failing_since);
        Self {
            colour,
            icon,
            words: clock.t.say(key).to_owned(),
            more: since.map_or_else(Markup::default, |since| {
                Markup(format!(
                    "{} {}",
                    escaped(clock.t.say("source.since")),
                    clock.when(since)
                ))
            }),
        }
    }
}

/// How a test went, as it is drawn.
pub(in crate::console) struct Told {
    pub(in crate::console) is_ok: bool,
    pub(in crate::console) title: String,
    pub(in crate::console) detail: Markup,
    pub(in crate::console) remedy: Option<Markup>,
    pub(in crate::console) warning: Option<String>,
    pub(in crate::console) took: String,
}

/// How a test went.
pub(in crate::console) fn told(clock: Clock<'_>, test: &SourceTest) -> Told {
    let t = clock.t;
    let (is_ok, title, detail, remedy) = match &test.outcome {
        Ok(None) => (true, "source_test.lets_in", Markup::default(), None),
        Ok(Some(it)) => (true, "source_test.found", found(clock, it), None),
        Err(error) => {
            let key = format!("source_test.{}", error.class());
            let title = t.find(&key).map_or("source_test.failed", |_| "");
            let remedy = with_code(&sentence(error.remedy()));
            let detail = with_code(&sentence(&error.to_string()));
            return Told {
                is_ok: false,
                title: match title {
                    "" => t.find(&key).unwrap_or_default().to_owned(),
                    other => t.say(other).to_owned(),
                },
                detail,
                remedy: Some(remedy),
                warning: None,
                took: took(test.took),
            };
        }
    };
    let ends = matches!(&test.outcome, Ok(Some(it)) if it.ends_with_line_end);
    Told {
        is_ok,
        title: t.say(title).to_owned(),
        detail,
        remedy,
        warning: ends.then(|| t.say("source_test.line_end").to_owned()),
        took: took(test.took),
    }
}

/// What is known of a secret that was found.
fn found(clock: Clock<'_>, found: &FoundSecret) -> Markup {
    let t: &Texts = clock.t;
    let mut parts = Vec::new();
    if let Some(version) = &found.version {
        parts.push(escaped(&t.say1("source_test.version", version)).to_string());
    }
    if let Some(at) = found.changed_at {
        parts.push(format!(
            "{} {}",
            escaped(t.say("source_test.changed")),
            clock.when(at)
        ));
    }
    Markup(parts.join(", "))
}
