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
        Err(error) => (
            false,
            class_key(error.class()),
            with_code(&sentence(&error.to_string())),
            Some(with_code(&sentence(error.remedy()))),
        ),
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

/// The key of the words for a class of faults.
fn class_key(class: &str) -> &'static str {
    match class {
        "missing" => "source_test.missing",
        "denied" => "source_test.denied",
        "sealed" => "source_test.sealed",
        "unreachable" => "source_test.unreachable",
        "no_answer" => "source_test.no_answer",
        "egress_refused" => "source_test.egress_refused",
        "login_refused" => "source_test.login_refused",
        "busy" => "source_test.busy",
        "outside" => "source_test.outside",
        "not_served" => "source_test.not_served",
        "key_missing" => "source_test.key_missing",
        "not_json" => "source_test.not_json",
        "not_text" => "source_test.not_text",
        "empty" => "source_test.empty",
        "too_large" => "source_test.too_large",
        "wrong_version" => "source_test.wrong_version",
        "strange" => "source_test.strange",
        _ => "source_test.failed",
    }
}

/// What is known of a secret that was found.
fn found(clock: Clock<'_>, found: &FoundSecret) -> Markup {
    let t: &Texts = clock.t;
    let mut parts = Vec::new();
    if let Some(version) = &found.version {
        parts.push(escaped(&t.say1("source_test.version", version)));
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
