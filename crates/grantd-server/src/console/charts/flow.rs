//! The documented flow in four steps: a token is asked for and issued, authenticates to the service
//! provider, and data comes back.

use std::fmt::Write;

use crate::console::show::{Markup, escaped};
use crate::console::texts::Texts;

/// How an arrow went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrow {
    Done,
    Refused,
    NotReached,
}

/// What the picture shows.
pub(crate) struct Flow<'a> {
    /// One sentence that says what one would see.
    pub(crate) label: String,
    /// The authorization server's make or host.
    pub(crate) server: &'a str,
    /// The service provider, as far as it is known.
    pub(crate) resource: &'a str,
    /// For each arrow: how it went, the words above it and the words below it.
    pub(crate) arrows: [(Arrow, String, String); 4],
}

/// The longest name in a box, in characters.
const MOST: usize = 16;

impl Flow<'_> {
    /// The picture.
    pub(crate) fn draw(&self, t: &Texts) -> Markup {
        let short = |text: &str| {
            let mut shown: String = text.chars().take(MOST).collect();
            if shown.len() < text.len() {
                shown.pop();
                shown.push('…');
            }
            format!("<title>{}</title>{}", escaped(text), escaped(&shown))
        };
        let mut out = format!(
            "<svg class=\"flow\" viewBox=\"0 0 400 252\" role=\"img\" aria-label=\"{}\">\
             <rect class=\"self\" x=\".5\" y=\".5\" width=\"79\" height=\"251\" rx=\"8\"/>\
             <text class=\"t-node\" x=\"12\" y=\"123\">grantd</text><text x=\"12\" y=\"140\">{}</text>\
             <rect class=\"node\" x=\"276.5\" y=\".5\" width=\"123\" height=\"116\" rx=\"8\"/>\
             <text class=\"t-node\" x=\"288\" y=\"48\">{}</text><text class=\"t-node\" x=\"288\" \
             y=\"64\">{}</text><text x=\"288\" y=\"84\">{}</text>\
             <rect class=\"node\" x=\"276.5\" y=\"135.5\" width=\"123\" height=\"116\" rx=\"8\"/>\
             <text class=\"t-node\" x=\"288\" y=\"183\">{}</text><text class=\"t-node\" x=\"288\" \
             y=\"199\">{}</text><text x=\"288\" y=\"219\">{}</text>",
            escaped(&self.label),
            t.say("flow.client"),
            t.say("flow.authorization"),
            t.say("flow.server"),
            short(self.server),
            t.say("flow.service"),
            t.say("flow.provider"),
            short(self.resource),
        );
        for (position, (y, right)) in [(33, true), (86, false), (168, true), (221, false)]
            .into_iter()
            .enumerate()
        {
            if let Some((arrow, above, below)) = self.arrows.get(position) {
                one(&mut out, position + 1, y, right, *arrow, above, below);
            }
        }
        out.push_str("</svg>");
        Markup(out)
    }
}

fn one(
    out: &mut String,
    number: usize,
    y: i32,
    right: bool,
    arrow: Arrow,
    above: &str,
    below: &str,
) {
    let class = match arrow {
        Arrow::Done => "ok",
        Arrow::Refused => "bad",
        Arrow::NotReached => "wait",
    };
    let head = if right {
        format!("M264 {}l7 5 -7 5", y - 5)
    } else {
        format!("M92 {}l-7 5 7 5", y - 5)
    };
    let (circle, words) = if right { (100, 116) } else { (256, 98) };
    let head_class = if class == "wait" { "" } else { class };
    let text = if arrow == Arrow::Refused { "t-bad" } else { "" };
    let time = if arrow == Arrow::NotReached {
        ""
    } else {
        "t-time"
    };
    let _ = write!(
        out,
        "<path class=\"{class}\" d=\"M85 {y}H271\"/><path class=\"{head_class}\" d=\"{head}\"/>\
         <circle class=\"{head_class}\" cx=\"{circle}\" cy=\"{y}\" r=\"9\"/><text class=\"t-no\" \
         x=\"{circle}\" y=\"{}\">{number}</text><text class=\"{text}\" x=\"{words}\" y=\"{}\">{}</text>\
         <text class=\"{time}\" x=\"{words}\" y=\"{}\">{}</text>",
        y + 4,
        y - 8,
        escaped(above),
        y + 17,
        escaped(below)
    );
}
