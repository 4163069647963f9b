//! What is set of a consumer, in words.

use grantd_model::consumer::{Callers, ConsumerLimits, HttpChoice, MethodName, RejectedRule};
use grantd_model::parameter::ParameterValue;
use grantd_model::{Change, Consumer, Parameter};

use crate::console::show::{Clock, Markup, actor, escaped};
use crate::console::sizes::exact;
use crate::console::texts::Texts;

/// What is set in one part of the form.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) facts: Vec<Fact>,
}

/// The key of its label, and what is set.
pub(super) type Fact = (&'static str, Markup);

/// All parts, as the form has them; the credential by slug and name where this person may see it.
pub(super) fn parts(
    clock: Clock<'_>,
    consumer: &Consumer,
    credential: Option<(&str, &str)>,
) -> Vec<Part> {
    let t = clock.t;
    let part = |title, facts| Part { title, facts };
    vec![
        part("consumer.part_service", service(t, consumer)),
        part("consumer.part_token", token(t, consumer, credential)),
        part("consumer.part_callers", callers(t, consumer)),
        part("consumer.part_through", through(t, consumer)),
        part("consumer.part_refused", refused(t, consumer)),
        part("consumer.part_limits", limits(clock, consumer)),
        part("consumer.part_history", history(clock, consumer)),
    ]
}

fn text(text: &str) -> Markup {
    Markup(format!("<bdi>{}</bdi>", escaped(text)))
}

fn code(text: &str) -> Markup {
    Markup(format!("<code>{}</code>", escaped(text)))
}

/// Values one below the other.
fn codes<T: ToString>(values: &[T]) -> Markup {
    let values: Vec<String> = values.iter().map(|it| code(&it.to_string()).0).collect();
    Markup(values.join("<br>"))
}

fn service(t: &Texts, consumer: &Consumer) -> Vec<Fact> {
    let settings = &consumer.settings;
    let mut facts = vec![(
        "consumer_field.base_url",
        code(&settings.base_url.to_string()),
    )];
    if !settings.addresses.is_empty() {
        facts.push(("consumer_field.addresses", codes(&settings.addresses)));
    }
    if settings.ca_bundle.is_some() {
        facts.push(("field.ca_bundle", text(t.say("consumer.own_authorities"))));
    }
    let http = match settings.http {
        HttpChoice::Negotiated => "consumer_field.http_negotiated",
        HttpChoice::Http1 => "consumer_field.http_1",
        HttpChoice::Http2 => "consumer_field.http_2",
    };
    facts.push(("consumer_field.http", text(t.say(http))));
    facts
}

fn token(t: &Texts, consumer: &Consumer, credential: Option<(&str, &str)>) -> Vec<Fact> {
    let settings = &consumer.settings;
    let credential = match credential {
        Some((slug, name)) => Markup(format!(
            "<a href=\"/console/credentials/{}\"><bdi>{}</bdi></a>",
            escaped(slug),
            escaped(name)
        )),
        None => code(&settings.credential.to_string()),
    };
    let scope = match &settings.scope {
        Some(scope) => code(&scope.to_string()),
        None => text(t.say("consumer.all_scopes")),
    };
    let field = code(settings.placement.field.as_str());
    let placed = match settings.placement.prefix.as_str() {
        "" => t.say1("consumer.placed_alone", field),
        prefix => t.say2("consumer.placed_behind", field, code(prefix)),
    };
    let mut facts = vec![
        ("consumer_field.credential", credential),
        ("consumer_field.scope", scope),
        ("consumer_field.token_header", Markup(placed)),
    ];
    if !consumer.fields.is_empty() {
        let set = consumer.fields.iter().map(|field| header(t, field));
        let set: Vec<String> = set.collect();
        facts.push(("consumer_field.headers", Markup(set.join("<br>"))));
    }
    facts
}

fn header(t: &Texts, field: &Parameter<ParameterValue>) -> String {
    match &field.value {
        ParameterValue::Plain(value) => code(&format!("{}: {value}", field.name)).0,
        ParameterValue::Secret { .. } => {
            let secret = escaped(t.say("consumer.secret_value"));
            format!(
                "{} <span class=\"muted\">{secret}</span>",
                code(&field.name)
            )
        }
    }
}

fn callers(t: &Texts, consumer: &Consumer) -> Vec<Fact> {
    let settings = &consumer.settings;
    let callers = t.say(match settings.callers {
        Callers::ApiKey => "consumer_field.callers_key",
        Callers::Loopback => "consumer_field.callers_loopback",
    });
    let mut facts = vec![("consumer_field.callers", text(callers))];
    if !settings.hosts.is_empty() {
        facts.push(("consumer_field.hosts", codes(&settings.hosts)));
    }
    facts
}

fn through(t: &Texts, consumer: &Consumer) -> Vec<Fact> {
    let settings = &consumer.settings;
    let methods: Vec<&str> = settings.methods.iter().map(MethodName::as_str).collect();
    let methods = match methods.as_slice() {
        [] => text(t.say("consumer.all_methods")),
        methods => code(&methods.join(", ")),
    };
    let paths = match settings.paths.as_slice() {
        [] => text(t.say("consumer.all_paths")),
        paths => codes(paths),
    };
    let passes = [
        (settings.cookies, "consumer_field.cookies"),
        (settings.upgrades, "consumer_field.upgrades"),
    ];
    let passes: Vec<&str> = passes
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, key)| t.say(key))
        .collect();
    let passes = match passes.as_slice() {
        [] => text(t.say("consumer.passes_nothing")),
        passes => text(&passes.join(", ")),
    };
    let mut facts = vec![
        ("consumer_field.methods", methods),
        ("consumer_field.paths", paths),
        ("consumer_field.passes", passes),
    ];
    if !settings.remove_fields.is_empty() {
        facts.push((
            "consumer_field.remove_headers",
            codes(&settings.remove_fields),
        ));
    }
    facts
}

fn refused(t: &Texts, consumer: &Consumer) -> Vec<Fact> {
    let replay = match consumer.settings.replay_bytes {
        0 => t.say("consumer.no_replay").to_owned(),
        bytes => t.say1("consumer.replay", exact(bytes.into())),
    };
    vec![
        (
            "consumer.refused_by",
            rejected(t, &consumer.settings.rejected),
        ),
        ("consumer.sent_again", text(&replay)),
    ]
}

fn rejected(t: &Texts, rule: &RejectedRule) -> Markup {
    let statuses: Vec<String> = rule.statuses.iter().map(u16::to_string).collect();
    let statuses = match statuses.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => t.say2("consumer.either", others.join(", "), last),
        None => String::new(),
    };
    let mut words = vec![t.say1("consumer.refused_status", statuses)];
    if let Some((name, contains)) = &rule.field {
        let (name, contains) = (code(name.as_str()), code(contains));
        words.push(t.say2("consumer.refused_header", name, contains));
    }
    if let Some(body) = &rule.body {
        words.push(t.say1("consumer.refused_body", code(body)));
    }
    Markup(words.join(", "))
}

fn limits(clock: Clock<'_>, consumer: &Consumer) -> Vec<Fact> {
    let (t, timeouts) = (clock.t, consumer.settings.timeouts);
    let times = [
        ("consumer.time_connect", timeouts.connect),
        ("consumer.time_answer", timeouts.answer),
        ("consumer.time_idle", timeouts.idle),
    ];
    let times = times.map(|(key, time)| t.say1(key, clock.span(&time)));
    vec![
        ("consumer.most", text(&most(t, consumer.settings.limits))),
        ("consumer.times", text(&times.join(", "))),
    ]
}

fn most(t: &Texts, limits: ConsumerLimits) -> String {
    let set = [
        ("consumer.per_second", limits.requests_per_second),
        ("consumer.at_once", limits.burst),
        ("consumer.under_way", limits.concurrent),
    ];
    let set: Vec<String> = set
        .into_iter()
        .filter_map(|(key, limit)| Some(t.count(key, u64::from(limit?))))
        .collect();
    if set.is_empty() {
        t.say("consumer.no_limit").to_owned()
    } else {
        set.join(", ")
    }
}

fn history(clock: Clock<'_>, consumer: &Consumer) -> Vec<Fact> {
    let by = |change: &Change| {
        let (when, who) = (clock.when(change.at), text(actor(&change.by)));
        Markup(clock.t.say2("credential.by_whom", when, who))
    };
    vec![
        ("credential.created", by(&consumer.created)),
        ("consumer.updated", by(&consumer.updated)),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use grantd_model::ConsumerDraft;
    use grantd_model::consumer::{LimitsDraft, RejectedDraft, RejectedHeaderDraft};
    use grantd_testkit::fixtures::Fixtures;

    use super::*;

    fn told(consumer: &Consumer) -> String {
        let texts = Texts::default();
        let clock = Clock {
            t: &texts,
            now: consumer.created.at.plus(Duration::from_mins(1)),
        };
        let parts = parts(clock, consumer, Some(("crm", "<CRM>")));
        let facts = parts.iter().flat_map(|part| &part.facts);
        let lines = facts.map(|(key, value)| format!("{}: {value}", texts.say(key)));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn rules_and_limits_are_told_in_words() {
        let fixtures = Fixtures::default();
        let credential = fixtures.credential("crm");
        let mut consumer = fixtures.consumer("crm", &credential);
        let bare = told(&consumer);
        for words in [
            "An answer with the status 401",
            "No limit",
            "5 s to connect",
            "&lt;CRM&gt;",
            "<code>accept: application/json</code>",
            "all of the credential",
        ] {
            assert!(bare.contains(words), "{words}: {bare}");
        }
        let draft = ConsumerDraft {
            rejected: RejectedDraft {
                statuses: vec![401, 403, 419],
                header: Some(RejectedHeaderDraft {
                    name: "www-authenticate".to_owned(),
                    contains: "<invalid>".to_owned(),
                }),
                body: Some("expired".to_owned()),
            },
            limits: LimitsDraft {
                requests_per_second: Some(1),
                burst: Some(20),
                concurrent: None,
            },
            token_prefix: String::new(),
            replay_bytes: 0,
            ..ConsumerDraft::of(&consumer)
        };
        consumer.settings = draft.parse(credential.id).unwrap().0;
        let full = told(&consumer);
        for words in [
            "401, 403 or 419, whose header field <code>www-authenticate</code> holds \
             <code>&lt;invalid&gt;</code>, whose body holds <code>expired</code>",
            "1 request each second, 20 more at once",
            "No body is kept",
            "alone",
        ] {
            assert!(full.contains(words), "{words}: {full}");
        }
    }
}
