//! A validation as a picture and a list of steps, while it runs and when it has ended.

use std::time::Duration;

use askama::Template;
use grantd_engine::{Step, StepKind, StepOutcome, TokenFacts, Validation};
use grantd_model::{AuthenticationMethod, Settings, Timestamp};
use grantd_oauth::LifetimeSource;

use super::edit::label_key;
use crate::console::charts::flow::{Arrow, Flow};
use crate::console::fault::Fault;
use crate::console::show::{Clock, Markup, sentence, span_in_words, took};
use crate::console::texts::Texts;

/// What is shown of a validation.
#[derive(Template)]
#[template(path = "console/credentials/validation.html", whitespace = "minimize")]
pub(super) struct Panel<'a> {
    pub(super) t: &'a Texts,
    pub(super) title: String,
    pub(super) colour: &'static str,
    pub(super) icon: &'static str,
    pub(super) word: String,
    /// Whether it goes on.
    pub(super) is_running: bool,
    pub(super) flow: Option<Markup>,
    pub(super) steps: Vec<Row>,
    /// What the answer says beside the token.
    pub(super) answer: Vec<(String, String)>,
    /// What the token itself says.
    pub(super) claims: Vec<(String, String)>,
    pub(super) warnings: Vec<String>,
    pub(super) faults: Vec<Fault>,
    pub(super) problem: Option<String>,
}

/// A step in the list.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) colour: &'static str,
    pub(super) icon: &'static str,
    /// How it ended, for those who do not see the icon.
    pub(super) ended: String,
    pub(super) detail: String,
    pub(super) took: String,
    /// Where its bar begins and how wide it is, of 100.
    pub(super) bar: Option<(u64, u64)>,
    pub(super) why: Option<Why>,
}

/// Why a step failed and what can be done.
pub(super) struct Why {
    pub(super) meaning: String,
    /// Whether the server answered, and this is what it said.
    pub(super) is_answer: bool,
    pub(super) said: Vec<String>,
    pub(super) remedy: Option<String>,
    pub(super) quote: Option<String>,
}

/// Draws validations of these settings.
#[derive(Clone)]
pub(super) struct Drawing {
    server: String,
    resource: String,
    method: AuthenticationMethod,
    is_tls: bool,
    has_probe: bool,
}

impl Drawing {
    /// Of these settings.
    pub(super) fn of(settings: &Settings, method: AuthenticationMethod, has_probe: bool) -> Self {
        let url = settings.token_endpoint.url();
        let resource = settings
            .scope
            .scopes()
            .and_then(|scopes| scopes.iter().next().map(ToString::to_string))
            .and_then(|scope| url::Url::parse(&scope).ok())
            .and_then(|url| url.host_str().map(str::to_owned));
        Self {
            server: url.host_str().unwrap_or_default().to_owned(),
            resource: resource.unwrap_or_default(),
            method,
            is_tls: url.scheme() == "https",
            has_probe,
        }
    }

    /// What is shown while the steps come.
    pub(super) fn running<'a>(
        &self,
        t: &'a Texts,
        steps: &[Step],
        open: Option<StepKind>,
    ) -> Panel<'a> {
        Panel {
            title: t.say("validate.running").to_owned(),
            colour: "",
            icon: "wait",
            word: t.say("validate.running_word").to_owned(),
            is_running: true,
            flow: Some(self.flow(t, steps, None)),
            steps: self.rows(t, steps, open),
            ..Panel::empty(t)
        }
    }

    /// What is shown when it has ended.
    pub(super) fn ended<'a>(&self, clock: Clock<'a>, validation: &Validation) -> Panel<'a> {
        let t = clock.t;
        let (colour, icon, word) = if validation.succeeded {
            ("ok", "ok", "validate.valid")
        } else {
            ("bad", "bad", "validate.not_valid")
        };
        let title = if validation.succeeded {
            t.say("validate.issued").to_owned()
        } else {
            let failed = failed(&validation.steps);
            failed.map_or_else(
                || t.say("validate.failed").to_owned(),
                |step| t.say1("validate.failed_at", step_name(t, step.kind)),
            )
        };
        let facts = validation.token.as_ref();
        Panel {
            title,
            colour,
            icon,
            word: t.say(word).to_owned(),
            flow: Some(self.flow(t, &validation.steps, facts)),
            steps: self.rows(t, &validation.steps, None),
            answer: facts.map(|facts| answered(t, facts)).unwrap_or_default(),
            claims: facts.map(|facts| claimed(clock, facts)).unwrap_or_default(),
            warnings: validation
                .warnings
                .iter()
                .map(ToString::to_string)
                .collect(),
            ..Panel::empty(t)
        }
    }

    /// The steps that are expected, those that were not reached among them.
    fn kinds(&self, steps: &[Step]) -> Vec<StepKind> {
        let has_proxy = steps.iter().any(|step| step.kind == StepKind::Proxy);
        let all = [
            (StepKind::Secret, true),
            (StepKind::Dns, true),
            (StepKind::EgressPolicy, true),
            (StepKind::Tcp, true),
            (StepKind::Proxy, has_proxy),
            (StepKind::Tls, self.is_tls),
            (StepKind::TokenRequest, true),
            (StepKind::TokenResponse, true),
            (StepKind::Probe, self.has_probe),
        ];
        all.into_iter()
            .filter(|(kind, is_expected)| {
                *is_expected || steps.iter().any(|step| step.kind == *kind)
            })
            .map(|(kind, _)| kind)
            .collect()
    }

    fn rows(&self, t: &Texts, steps: &[Step], open: Option<StepKind>) -> Vec<Row> {
        let whole: Duration = steps.iter().map(|step| step.duration).sum();
        let whole = u64::try_from(whole.as_micros()).unwrap_or(u64::MAX).max(1);
        let mut begun = 0;
        let mut rows = Vec::new();
        for kind in self.kinds(steps) {
            let name = step_name(t, kind).to_owned();
            let Some(step) = steps.iter().find(|step| step.kind == kind) else {
                // an address needs no name to be looked up
                let is_over = kind == StepKind::Dns
                    && steps.iter().any(|step| step.kind == StepKind::EgressPolicy);
                let (icon, ended, detail) = if open == Some(kind) {
                    ("play", "validate.step_running", "validate.step_running")
                } else if is_over {
                    ("off", "validate.step_not_needed", "validate.not_needed")
                } else {
                    (
                        "wait",
                        "validate.step_not_reached",
                        "validate.step_not_reached",
                    )
                };
                rows.push(Row {
                    name,
                    colour: "",
                    icon,
                    ended: t.say(ended).to_owned(),
                    detail: t.say(detail).to_owned(),
                    took: String::new(),
                    bar: None,
                    why: None,
                });
                continue;
            };
            let micros = u64::try_from(step.duration.as_micros()).unwrap_or(u64::MAX);
            let bar = (begun * 100 / whole, (micros * 100 / whole).max(1));
            begun = begun.saturating_add(micros);
            rows.push(self.row(t, step, name, bar));
        }
        rows
    }

    fn row(&self, t: &Texts, step: &Step, name: String, bar: (u64, u64)) -> Row {
        let (colour, icon, ended) = match step.outcome {
            StepOutcome::Done => ("ok", "ok", "validate.step_done"),
            StepOutcome::Reused => ("ok", "ok", "validate.step_reused"),
            StepOutcome::Failed => ("bad", "bad", "validate.step_failed"),
        };
        let detail = match (step.kind, step.outcome) {
            (_, StepOutcome::Reused) => t.say("validate.reused").to_owned(),
            (StepKind::TokenRequest, _) => {
                let how = match self.method {
                    AuthenticationMethod::ClientSecretBasic(_) => "validate.by_basic",
                    AuthenticationMethod::ClientSecretPost => "validate.by_post",
                };
                format!("{}: {}", t.say(how), step.detail)
            }
            _ => step.detail.clone(),
        };
        Row {
            name,
            colour,
            icon,
            ended: t.say(ended).to_owned(),
            detail,
            took: took(step.duration),
            bar: Some(bar),
            why: (step.outcome == StepOutcome::Failed).then(|| why(t, step)),
        }
    }

    fn flow(&self, t: &Texts, steps: &[Step], facts: Option<&TokenFacts>) -> Markup {
        let of = |kind: StepKind| steps.iter().find(|step| step.kind == kind);
        let before: Duration = steps
            .iter()
            .filter(|step| {
                !matches!(
                    step.kind,
                    StepKind::TokenRequest | StepKind::TokenResponse | StepKind::Probe
                )
            })
            .map(|step| step.duration)
            .sum();
        let failed = failed(steps);
        let answer: Duration = [StepKind::TokenRequest, StepKind::TokenResponse]
            .into_iter()
            .filter_map(of)
            .map(|step| step.duration)
            .sum();
        let asked = match (of(StepKind::TokenRequest), failed) {
            (Some(_), _) => (Arrow::Done, t.say1("flow.to_connect", took(before))),
            (None, Some(step)) => (Arrow::Refused, step_name(t, step.kind).to_owned()),
            (None, None) => (Arrow::NotReached, String::new()),
        };
        let answered = match (facts, failed) {
            (Some(facts), _) => (
                Arrow::Done,
                t.say("flow.issued").to_owned(),
                t.say2(
                    "flow.valid_for",
                    took(answer),
                    span_in_words(t, &facts.lifetime),
                ),
            ),
            (None, Some(step)) if of(StepKind::TokenRequest).is_some() => {
                let class = step.class.unwrap_or("failed");
                (Arrow::Refused, class.to_owned(), took(answer))
            }
            _ => (
                Arrow::NotReached,
                t.say("flow.issues").to_owned(),
                t.say("flow.not_reached").to_owned(),
            ),
        };
        let (third, fourth) = self.resource_arrows(t, of(StepKind::Probe), facts.is_some());
        let label = match (facts, failed) {
            (Some(_), _) => t.say1("flow.label_issued", took(answer)),
            (None, Some(step)) => t.say1("flow.label_failed", step_name(t, step.kind)),
            (None, None) => t.say("flow.label_running").to_owned(),
        };
        let flow = Flow {
            label,
            server: &self.server,
            resource: &self.resource,
            arrows: [
                (asked.0, t.say("flow.asks").to_owned(), asked.1),
                answered,
                third,
                fourth,
            ],
        };
        flow.draw(t)
    }

    fn resource_arrows(
        &self,
        t: &Texts,
        probe: Option<&Step>,
        has_token: bool,
    ) -> ((Arrow, String, String), (Arrow, String, String)) {
        let authenticates = t.say("flow.authenticates").to_owned();
        let comes = t.say("flow.data").to_owned();
        match probe {
            Some(step) if step.outcome == StepOutcome::Failed => (
                (Arrow::Done, authenticates, String::new()),
                (Arrow::Refused, comes, took(step.duration)),
            ),
            Some(step) => (
                (Arrow::Done, authenticates, String::new()),
                (Arrow::Done, comes, took(step.duration)),
            ),
            None => {
                let why = if has_token && !self.has_probe {
                    t.say("flow.no_probe").to_owned()
                } else {
                    t.say("flow.not_reached").to_owned()
                };
                (
                    (Arrow::NotReached, authenticates, String::new()),
                    (Arrow::NotReached, comes, why),
                )
            }
        }
    }
}

impl<'a> Panel<'a> {
    fn label(&self, field: &str) -> &str {
        self.t.say(label_key(field))
    }

    fn empty(t: &'a Texts) -> Self {
        Self {
            t,
            title: String::new(),
            colour: "",
            icon: "wait",
            word: String::new(),
            is_running: false,
            flow: None,
            steps: Vec::new(),
            answer: Vec::new(),
            claims: Vec::new(),
            warnings: Vec::new(),
            faults: Vec::new(),
            problem: None,
        }
    }

    /// What is shown where the settings could not be tried at all.
    pub(super) fn refused(t: &'a Texts, faults: Vec<Fault>, problem: Option<String>) -> Self {
        Self {
            title: t.say("validate.not_tried").to_owned(),
            colour: "warn",
            icon: "warn",
            word: t.say("validate.not_tried_word").to_owned(),
            faults,
            problem,
            ..Self::empty(t)
        }
    }
}

fn failed(steps: &[Step]) -> Option<&Step> {
    let mut steps = steps.iter();
    steps.find(|step| step.outcome == StepOutcome::Failed)
}

fn step_name(t: &Texts, kind: StepKind) -> &str {
    let name = kind.name();
    t.find(&format!("step.{name}")).unwrap_or(name)
}

fn why(t: &Texts, step: &Step) -> Why {
    let mut said = Vec::new();
    let mut quote = None;
    if let Some(answer) = &step.answer {
        said.push(format!("HTTP {}", answer.status));
        said.extend(answer.code.as_deref().map(str::to_owned));
        said.extend(answer.provider_codes.iter().cloned());
        quote = answer
            .description
            .as_deref()
            .or(answer.excerpt.as_deref())
            .map(str::to_owned);
    } else if let Some(class) = step.class {
        said.push(class.to_owned());
    }
    let known = step
        .class
        .and_then(|class| t.find(&format!("failure_meaning.{class}")));
    let meaning = step.meaning.as_deref().or(known);
    Why {
        meaning: sentence(meaning.unwrap_or_else(|| t.say("validate.no_meaning"))),
        is_answer: step.answer.is_some(),
        said,
        remedy: step.remedy.as_deref().map(sentence),
        quote,
    }
}

/// What the answer says beside the token; the lifetime, where it does not say that itself.
fn answered(t: &Texts, facts: &TokenFacts) -> Vec<(String, String)> {
    let seconds = format!("{} s", facts.lifetime.as_secs());
    let mut rows = vec![("token_type".to_owned(), facts.token_type.to_string())];
    if facts.lifetime_source == LifetimeSource::ExpiresIn {
        rows.push(("expires_in".to_owned(), seconds));
    } else {
        rows.push((t.say("validate.taken_for").to_owned(), seconds));
    }
    if let Some(scope) = &facts.granted_scope {
        rows.push(("scope".to_owned(), scope.to_string()));
    }
    rows
}

/// What the token says of itself; never the token.
fn claimed(clock: Clock<'_>, facts: &TokenFacts) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let Some(claims) = &facts.claims else {
        return rows;
    };
    let mut one = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            rows.push((name.to_owned(), text));
        }
    };
    let joined = |texts: &[Box<str>]| Some(texts.join(" "));
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let time = |at: &Option<Timestamp>| at.map(|at| format!("{at}, {}", clock.date(at)));
    one("iss", text(&claims.issuer));
    one("aud", joined(&claims.audience));
    one("sub", text(&claims.subject));
    one("client_id", text(&claims.client_id));
    one("tid", text(&claims.tenant));
    one("scp", joined(&claims.scopes));
    one("roles", joined(&claims.roles));
    one("exp", time(&claims.expires_at));
    rows
}
