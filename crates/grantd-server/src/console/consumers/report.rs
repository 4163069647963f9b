//! How a test request went, step by step.

use askama::Template;
use grantd_engine::{TestReport, TestStepName};

use crate::console::failed::Failed;
use crate::console::show::{Markup, sentence, took};
use crate::console::texts::{Texts, with_code};

struct Step {
    name: &'static str,
    colour: &'static str,
    icon: &'static str,
    took: String,
    detail: Markup,
    remedy: Option<Markup>,
}

#[derive(Template)]
#[template(path = "console/consumers/report.html", whitespace = "minimize")]
struct Panel<'a> {
    t: &'a Texts,
    colour: &'static str,
    icon: &'static str,
    title: String,
    took: String,
    steps: Vec<Step>,
    headers: &'a [(String, String)],
}

/// The panel of a report.
pub(super) fn report(t: &Texts, report: &TestReport) -> Result<Markup, Failed> {
    let steps = report.steps.iter().map(|step| {
        let (colour, icon) = match step.ok {
            Some(true) => ("ok", "ok"),
            Some(false) => ("bad", "bad"),
            None => ("", "never"),
        };
        Step {
            name: match step.name {
                TestStepName::Allowed => "consumer_test.allowed",
                TestStepName::Token => "consumer_test.token",
                TestStepName::Connect => "consumer_test.connect",
                TestStepName::Answer => "consumer_test.answer",
            },
            colour,
            icon,
            took: step.ok.map_or_else(String::new, |_| took(step.took)),
            detail: with_code(&sentence(&step.detail)),
            remedy: step.remedy.as_deref().map(|it| with_code(&sentence(it))),
        }
    });
    let (colour, icon) = match report.status {
        _ if report.fault().is_some() => ("bad", "bad"),
        None => ("bad", "bad"),
        Some(400..) => ("warn", "warn"),
        Some(_) => ("ok", "ok"),
    };
    let panel = Panel {
        t,
        colour,
        icon,
        title: match report.status {
            Some(status) => t.say1("consumer_test.answered", status),
            None => t.say("consumer_test.no_answer").to_owned(),
        },
        took: took(report.took),
        steps: steps.collect(),
        headers: &report.headers,
    };
    Ok(Markup(panel.render()?))
}
