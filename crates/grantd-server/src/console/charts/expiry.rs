//! Secrets that end in the next 60 days, on a line.

use std::fmt::Write;

use super::coordinate;
use crate::console::show::{Markup, escaped};
use crate::console::texts::Texts;

/// One end: in how many days, and of what, where that is written.
pub(crate) struct End {
    pub(crate) days: u64,
    pub(crate) name: Option<String>,
}

const LEFT: f64 = 8.0;
const WIDTH: f64 = 944.0;
const DAYS: f64 = 60.0;

/// The longest name that is written beside a point, in characters.
const MOST_NAME: usize = 28;

/// How much room a name needs, or it would be written over the one before.
const ROOM: f64 = 190.0;

fn at(days: f64) -> f64 {
    LEFT + WIDTH * days.min(DAYS) / DAYS
}

fn place(end: &End) -> f64 {
    at(f64::from(u32::try_from(end.days).unwrap_or(u32::MAX)))
}

/// Which of the ends have a name beside them.
pub(crate) fn named(ends: &[End]) -> Vec<usize> {
    let mut last = f64::NEG_INFINITY;
    let mut named = Vec::new();
    for (position, end) in ends.iter().enumerate() {
        if place(end) - last >= ROOM {
            last = place(end);
            named.push(position);
        }
    }
    named
}

/// The picture; ends that are close to each other share a name.
pub(crate) fn draw(t: &Texts, ends: &[End], label: &str) -> Markup {
    let mut out = format!(
        "<svg class=\"span\" viewBox=\"0 0 960 78\" role=\"img\" aria-label=\"{}\">\
         <path class=\"c-grid\" d=\"M8 46h944\"/>",
        escaped(label)
    );
    for (days, anchor, words) in [
        (0.0, "start", t.say("overview.today").to_owned()),
        (7.0, "middle", t.count("time.days", 7)),
        (14.0, "middle", "14".to_owned()),
        (30.0, "middle", t.count("time.days", 30)),
        (45.0, "middle", "45".to_owned()),
        (60.0, "end", t.count("time.days", 60)),
    ] {
        let x = coordinate(at(days));
        let _ = write!(
            out,
            "<path class=\"c-grid\" d=\"M{x} 40v12\"/><text x=\"{x}\" y=\"70\" \
             text-anchor=\"{anchor}\">{words}</text>"
        );
    }
    for (position, end) in ends.iter().enumerate() {
        let x = place(end);
        // one point for each day; amber as in the list
        let before = position.checked_sub(1).and_then(|before| ends.get(before));
        if before.is_none_or(|before| before.days != end.days) {
            let _ = write!(
                out,
                "<circle class=\"c-warn\" cx=\"{}\" cy=\"46\" r=\"6\"/>",
                coordinate(x)
            );
        }
        let Some(name) = &end.name else {
            continue;
        };
        let near = ends.iter().skip(position + 1);
        let more = near.take_while(|other| place(other) - x < ROOM).count();
        let name: String = name.chars().take(MOST_NAME).collect();
        let name = if more > 0 {
            t.say2("overview.and_more", &name, more)
        } else {
            name
        };
        let (shift, anchor) = if x > 760.0 {
            (-6.0, "end")
        } else {
            (6.0, "start")
        };
        let _ = write!(
            out,
            "<path class=\"c-grid\" d=\"M{0} 38V20\"/><text x=\"{1}\" y=\"24\" \
             text-anchor=\"{anchor}\">{2}</text>",
            coordinate(x),
            coordinate(x + shift),
            escaped(&name)
        );
    }
    out.push_str("</svg>");
    Markup(out)
}
