//! What a test of the connection found, step by step.

use askama::Template;
use grantd_engine::ConnectionReport;

use crate::console::failed::Failed;
use crate::console::show::{Markup, sentence, took};
use crate::console::texts::{Texts, with_code};
use crate::console::visit::Visit;

struct Newest {
    received: Markup,
    sender: String,
    subject: String,
    wanted: bool,
}

struct Step {
    name: &'static str,
    colour: &'static str,
    icon: &'static str,
    took: String,
    detail: Markup,
    remedy: Option<Markup>,
    newest: Vec<Newest>,
}

#[derive(Template)]
#[template(path = "console/listeners/report.html", whitespace = "minimize")]
struct Panel<'a> {
    t: &'a Texts,
    is_ok: bool,
    steps: Vec<Step>,
}

/// The panel of a report.
pub(super) fn report(visit: &Visit, report: &ConnectionReport) -> Result<Markup, Failed> {
    let clock = visit.clock();
    let steps = report.steps.iter().map(|step| {
        let (colour, icon) = match step.ok {
            Some(true) => ("ok", "ok"),
            Some(false) => ("bad", "bad"),
            None => ("", "never"),
        };
        let newest = step.newest.iter().map(|mail| Newest {
            received: mail
                .received_at
                .map_or_else(Markup::default, |at| clock.when(at)),
            sender: mail.sender.clone(),
            subject: mail.subject.clone(),
            wanted: mail.wanted,
        });
        Step {
            name: match step.name.name() {
                "token" => "listener_test.token",
                "endpoint" => "listener_test.endpoint",
                "folder" => "listener_test.folder",
                "afterwards" => "listener_test.afterwards",
                "newest" => "listener_test.newest",
                _ => "listener_test.delivery",
            },
            colour,
            icon,
            took: if step.ok.is_some() {
                took(step.took)
            } else {
                String::new()
            },
            detail: with_code(&sentence(&step.detail)),
            remedy: step.remedy.as_deref().map(|it| with_code(&sentence(it))),
            newest: newest.collect(),
        }
    });
    let panel = Panel {
        t: visit.t(),
        is_ok: report.is_ok(),
        steps: steps.collect(),
    };
    Ok(Markup(panel.render()?))
}
