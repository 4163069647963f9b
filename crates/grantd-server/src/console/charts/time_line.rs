//! The tokens of a credential on a line of time: lifetimes as bars, renewals, failures, drops.

use std::fmt::Write;
use std::time::Duration;

use grantd_engine::TokenAtHand;
use grantd_model::{EventCause, EventResult, Timestamp, TokenEvent};

use super::coordinate;
use crate::console::credentials::failure_class;
use crate::console::show::{Clock, Markup, escaped};

/// What the picture shows.
pub(crate) struct TimeLine<'a> {
    pub(crate) clock: Clock<'a>,
    /// Where it begins; it ends a sixth of the whole after now.
    pub(crate) from: Timestamp,
    /// The token requests, the newest first.
    pub(crate) events: &'a [TokenEvent],
    /// When tokens were dropped by hand.
    pub(crate) drops: &'a [Timestamp],
    /// The token at hand.
    pub(crate) current: Option<&'a TokenAtHand>,
    /// One sentence that says what one would see.
    pub(crate) label: &'a str,
}

/// How far round times are apart, in seconds.
const STEPS: [u64; 7] = [60, 120, 600, 1800, 3600, 4 * 3600, 86_400];

const LEFT: f64 = 20.0;
const WIDTH: f64 = 880.0;

impl TimeLine<'_> {
    /// The picture.
    pub(crate) fn draw(&self) -> Markup {
        let mut out = format!(
            "<svg class=\"span\" viewBox=\"0 0 920 148\" role=\"img\" aria-label=\"{}\">",
            escaped(self.label)
        );
        self.grid(&mut out);
        self.bars(&mut out);
        self.failures(&mut out);
        for at in self.drops {
            let x = coordinate(self.x(*at));
            let _ = write!(
                out,
                "<g>{}<path class=\"m-drop\" d=\"M{x} 26v40\"/><rect class=\"m-drop\" x=\"{}\" y=\"22\" \
                 width=\"8\" height=\"8\" transform=\"rotate(45 {x} 26)\"/></g>",
                self.title(*at, self.clock.t.say("credential.key_dropped")),
                coordinate(self.x(*at) - 4.0)
            );
        }
        let now = self.x(self.clock.now);
        let _ = write!(
            out,
            "<path class=\"now\" d=\"M{0} 8v106\"/><text class=\"t-now\" x=\"{1}\" y=\"16\">{2}</text></svg>",
            coordinate(now),
            coordinate(now + 6.0),
            self.clock.t.say("time_line.now")
        );
        Markup(out)
    }

    /// The whole that is shown, in seconds.
    fn whole(&self) -> f64 {
        self.clock.now.since(self.from).as_secs_f64() * 1.2
    }

    fn x(&self, at: Timestamp) -> f64 {
        let since = at.since(self.from).as_secs_f64();
        LEFT + WIDTH * (since / self.whole().max(1.0)).clamp(0.0, 1.0)
    }

    /// Lines at round times: six to nine of them.
    fn grid(&self, out: &mut String) {
        let whole = Duration::from_secs_f64(self.whole()).as_secs();
        let step = STEPS.into_iter().find(|step| whole / step <= 9);
        let step = i64::try_from(step.unwrap_or(86_400)).unwrap_or(86_400);
        let first = self.from.as_seconds().div_euclid(step) * step + step;
        let end = self.from.as_seconds() + i64::try_from(whole).unwrap_or(0);
        let mut second = first;
        while second <= end {
            let at = Timestamp::from_seconds(second);
            let x = coordinate(self.x(at));
            let (words, clock) = if step < 86_400 {
                (Clock::hour(at), format!(" data-clock=\"{at}\""))
            } else {
                (self.clock.date(at), String::new())
            };
            let _ = write!(
                out,
                "<path class=\"c-grid\" d=\"M{x} 8v106\"/><text x=\"{x}\" y=\"140\" \
                 text-anchor=\"middle\"{clock}>{words}</text>"
            );
            second += step;
        }
    }

    fn bars(&self, out: &mut String) {
        let mut marks = String::new();
        for (position, event) in self.events.iter().rev().enumerate() {
            let EventResult::Issued { lifetime, .. } = &event.result else {
                continue;
            };
            let begun = begun(event);
            let mut end = begun.plus(*lifetime);
            // a token that was dropped was of no use any more
            if let Some(dropped) = self.drops.iter().filter(|at| **at >= event.at).min() {
                end = end.min(*dropped);
            }
            if end < self.from {
                continue;
            }
            let key = format!("cause.{}", event.cause.name());
            let title = self.title(event.at, self.clock.t.say(&key));
            let y = if position % 2 == 0 { 78 } else { 46 };
            let is_current = self.current.is_some_and(|token| {
                token.requested_at.since(begun).as_secs() < 2
                    && begun.since(token.requested_at).as_secs() < 2
            });
            let (x, until) = (self.x(begun), self.x(end));
            if is_current {
                let now = self.x(self.clock.now);
                let _ = write!(
                    out,
                    "<g>{title}<rect class=\"bar-rest\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"15\" rx=\"2\"/>\
                     <rect class=\"bar-now\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"16\" rx=\"2\"/></g>",
                    coordinate(now),
                    f64::from(y) + 0.5,
                    coordinate((until - now).max(1.0)),
                    coordinate(x),
                    coordinate((now - x).max(1.0)),
                );
            } else {
                let _ = write!(
                    out,
                    "<g>{title}<rect class=\"bar-old\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"16\" \
                     rx=\"3\"/></g>",
                    coordinate(x),
                    coordinate((until - x).max(1.0))
                );
            }
            if event.cause != EventCause::Demand {
                let _ = write!(
                    marks,
                    "<circle class=\"m-renew\" cx=\"{}\" cy=\"{}\" r=\"4.5\"/>",
                    coordinate(x),
                    y + 8
                );
            }
        }
        out.push_str(&marks);
    }

    fn failures(&self, out: &mut String) {
        for event in self.events {
            if let EventResult::Failed { class, .. } = &event.result
                && event.at >= self.from
            {
                let x = self.x(event.at) - 3.5;
                let _ = write!(
                    out,
                    "<g>{}<path class=\"m-fail\" d=\"M{} 22.5l7 7m0-7-7 7\"/></g>",
                    self.title(event.at, &failure_class(self.clock.t, class)),
                    coordinate(x)
                );
            }
        }
    }

    /// What is seen on hover.
    fn title(&self, at: Timestamp, what: &str) -> String {
        format!(
            "<title>{}, {}</title>",
            escaped(what),
            escaped(&self.clock.words(at))
        )
    }
}

/// When a token was asked for, from which on its life counts.
fn begun(event: &TokenEvent) -> Timestamp {
    let duration = i64::try_from(event.duration.as_micros()).unwrap_or(0);
    Timestamp::from_micros(event.at.as_micros().saturating_sub(duration))
}

#[cfg(test)]
mod tests {
    use grantd_testkit::fixtures::Fixtures;

    use super::*;
    use crate::console::texts::Texts;

    #[test]
    fn each_token_is_a_bar_and_each_failure_a_cross() {
        let fixtures = Fixtures::default();
        let id = fixtures.credential("a").id;
        let issued = |lifetime| EventResult::Issued {
            lifetime: Duration::from_secs(lifetime),
            same: false,
        };
        let failed = EventResult::Failed {
            class: "timeout".to_owned(),
            detail: String::new(),
            remedy: None,
            retry_at: None,
        };
        let mut events = vec![
            fixtures.event(id, EventCause::Renewal, issued(600)),
            fixtures.event(id, EventCause::Demand, failed),
            fixtures.event(id, EventCause::Demand, issued(600)),
        ];
        for (event, second) in events.iter_mut().zip([900, 700, 100]) {
            event.at = Timestamp::from_seconds(second);
            event.duration = Duration::ZERO;
        }
        let current = TokenAtHand {
            lifetime: Duration::from_mins(10),
            requested_at: Timestamp::from_seconds(900),
            left: Duration::from_secs(500),
            renewed_at_left: Duration::from_mins(1),
        };
        let texts = Texts::default();
        let line = TimeLine {
            clock: Clock {
                t: &texts,
                now: Timestamp::from_seconds(1000),
            },
            from: Timestamp::from_seconds(0),
            events: &events,
            drops: &[Timestamp::from_seconds(850)],
            current: Some(&current),
            label: "tokens",
        };
        let picture = line.draw().0;
        for (class, times) in [
            ("bar-old", 1),
            ("bar-now", 1),
            ("bar-rest", 1),
            ("m-renew", 1),
            ("m-fail", 1),
            ("m-drop", 2),
        ] {
            assert_eq!(picture.matches(class).count(), times, "{class}");
        }
        // a tenth of 1200 s of 880, behind 20
        assert!(
            picture.contains("class=\"bar-old\" x=\"93.3\""),
            "{picture}"
        );
    }
}
