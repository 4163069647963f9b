//! Times, spans and numbers as people read them.

use std::fmt;
use std::time::Duration;

use askama::filters::HtmlSafe;
use grantd_model::{ActorRef, Change, Timestamp};

use super::texts::Texts;

/// HTML that is finished: templates put it in as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Markup(pub(crate) String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// Appends text so that it stands for itself in HTML, in attributes too.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Text that stands for itself in HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    out
}

/// A message as a sentence: messages begin small and have no full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let mut out: String = first.to_uppercase().chain(chars).collect();
    if !out.ends_with(['.', '!', '?', ':', '…']) {
        out.push('.');
    }
    out
}

/// A number with its thousands apart.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How long something took.
pub(crate) fn took(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0..1000 => "< 1 ms".to_owned(),
        1000..1_000_000 => format!("{} ms", micros / 1000),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// Who did something, by the name of that day.
pub(crate) fn actor(actor: &ActorRef) -> &str {
    match actor {
        ActorRef::System => "grantd",
        ActorRef::Key { name, .. } | ActorRef::User { name, .. } => name,
        ActorRef::Workload { subject, .. } => subject,
    }
}

/// Words for times, seen from now.
#[derive(Clone, Copy)]
pub(crate) struct Clock<'a> {
    pub(crate) t: &'a Texts,
    pub(crate) now: Timestamp,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

impl Clock<'_> {
    /// How long ago, or in how long, with the exact time on hover.
    pub(crate) fn when(&self, at: Timestamp) -> Markup {
        self.time(at, &self.words(at))
    }

    /// When and by whom a secret was set.
    pub(crate) fn set_by(&self, set: &Change) -> Markup {
        Markup(format!(
            "{} {} {}",
            escaped(self.t.say("source.set")),
            self.when(set.at),
            escaped(&self.t.say1("source.by", actor(&set.by)))
        ))
    }

    /// How long ago, or in how long.
    pub(crate) fn words(&self, at: Timestamp) -> String {
        let (ago, to_come) = (self.now.since(at), at.since(self.now));
        if to_come.as_secs() > 0 {
            self.ahead(to_come, at)
        } else {
            self.ago(ago, at)
        }
    }

    /// The day, with the exact time on hover.
    pub(crate) fn day(&self, at: Timestamp) -> Markup {
        let words = self.date(at);
        self.time(at, &words)
    }

    fn time(&self, at: Timestamp, words: &str) -> Markup {
        let exact = format!("{}, {} UTC", self.date(at), parts(at).time);
        Markup(format!(
            "<time datetime=\"{at}\" title=\"{}\">{}</time>",
            escaped(&exact),
            escaped(words)
        ))
    }

    fn ago(&self, ago: Duration, at: Timestamp) -> String {
        let seconds = ago.as_secs();
        match seconds {
            0..5 => self.t.say("time.now").to_owned(),
            5..MINUTE => self.t.say1("time.ago", format!("{seconds} s")),
            MINUTE..DAY => self.t.say1("time.ago", coarse(seconds)),
            DAY..2_592_000 => self.t.count("time.days_ago", seconds / DAY),
            _ => self.date(at),
        }
    }

    fn ahead(&self, to_come: Duration, at: Timestamp) -> String {
        let seconds = to_come.as_secs();
        match seconds {
            0..MINUTE => self.t.say1("time.in", format!("{seconds} s")),
            MINUTE..DAY => self.t.say1("time.in", coarse(seconds)),
            DAY..8_640_000 => self.t.count("time.in_days", seconds / DAY),
            _ => self.date(at),
        }
    }

    /// A span in one or two units.
    pub(crate) fn span(&self, span: &Duration) -> String {
        span_in_words(self.t, span)
    }

    /// A day in words, in UTC.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        let parts = parts(at);
        let month = format!("time.month.{}", parts.month);
        let month = self.t.say(&month);
        format!("{} {month} {}", parts.day, parts.year)
    }

    /// Hour and minute, in UTC.
    pub(crate) fn hour(at: Timestamp) -> String {
        let time = parts(at).time;
        time.get(..5).unwrap_or_default().to_owned()
    }
}

/// A span in one or two units.
pub(crate) fn span_in_words(t: &Texts, span: &Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => match (seconds / HOUR, seconds % HOUR / MINUTE) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
        _ => t.count("time.days", seconds / DAY),
    }
}

fn coarse(seconds: u64) -> String {
    if seconds < HOUR {
        format!("{} min", seconds / MINUTE)
    } else {
        format!("{} h", seconds / HOUR)
    }
}

struct Parts {
    day: String,
    month: String,
    year: String,
    time: String,
}

fn parts(at: Timestamp) -> Parts {
    let text = jiff::Timestamp::from_microsecond(at.as_micros())
        .map(|time| time.strftime("%-d|%-m|%Y|%H:%M:%S").to_string())
        .unwrap_or_default();
    let mut parts = text.split('|').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    Parts {
        day: next(),
        month: next(),
        year: next(),
        time: next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_tell_them() {
        let texts = Texts::default();
        let now = Timestamp::from_seconds(1_795_473_000);
        let clock = Clock { t: &texts, now };
        let words = |seconds: i64| {
            let at = Timestamp::from_seconds(now.as_seconds() + seconds);
            let markup = clock.when(at).0;
            let inner = markup.split('>').nth(1).unwrap();
            inner.split('<').next().unwrap().to_owned()
        };
        for (seconds, expected) in [
            (0, "just now"),
            (-12, "12 s ago"),
            (-61, "1 min ago"),
            (-7300, "2 h ago"),
            (-86_400, "1 day ago"),
            (-5 * 86_400, "5 days ago"),
            (-100 * 86_400, "15 Aug 2026"),
            (30, "in 30 s"),
            (90, "in 1 min"),
            (7 * 86_400, "in 7 days"),
            (400 * 86_400, "28 Dec 2027"),
        ] {
            assert_eq!(words(seconds), expected, "{seconds}");
        }
        let exact = clock.when(now).0;
        assert!(
            exact.contains("datetime=\"2026-11-23T22:30:00Z\""),
            "{exact}"
        );
        assert!(
            exact.contains("title=\"23 Nov 2026, 22:30:00 UTC\""),
            "{exact}"
        );
    }

    #[test]
    fn spans_and_numbers() {
        let texts = Texts::default();
        let clock = Clock {
            t: &texts,
            now: Timestamp::from_seconds(0),
        };
        for (seconds, expected) in [
            (9, "9 s"),
            (61, "1 min"),
            (3600, "1 h"),
            (19_000, "5 h 16 min"),
            (200_000, "2 days"),
        ] {
            assert_eq!(clock.span(&Duration::from_secs(seconds)), expected);
        }
        assert_eq!(number(1_204_511), "1,204,511");
        assert_eq!(number(100), "100");
        assert_eq!(took(Duration::from_micros(999)), "< 1 ms");
        assert_eq!(took(Duration::from_millis(136)), "136 ms");
        assert_eq!(took(Duration::from_millis(2140)), "2.1 s");
    }
}
