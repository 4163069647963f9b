//! Columns by the hour, with the hours below and the highest value beside.

use std::fmt::Write;

use grantd_model::Timestamp;

use super::{coordinate, share};
use crate::console::show::{Clock, Markup, escaped, number};

/// What a picture of columns shows.
pub(crate) struct Columns<'a> {
    /// One sentence that says what one would see.
    pub(crate) label: &'a str,
    /// The class of the columns.
    pub(crate) colour: &'a str,
    /// When the first column begins.
    pub(crate) from: Timestamp,
    /// How long a column is, in seconds.
    pub(crate) step_s: i64,
    /// How wide the picture is beside its height of 111: 320 or more.
    pub(crate) width: f64,
    /// The values, the earliest first.
    pub(crate) values: &'a [u64],
}

const HEIGHT: f64 = 96.0;

impl Columns<'_> {
    /// The picture with its ticks.
    pub(crate) fn draw(&self) -> Markup {
        let most = self.values.iter().copied().max().unwrap_or(0);
        let mut out = format!(
            "<svg class=\"chart\" viewBox=\"0 -14 {width} 111\" role=\"img\" aria-label=\"{}\">\
             <path class=\"c-grid\" d=\"M0 0.5h{width}\"/><path class=\"c-grid\" d=\"M0 48h{width}\"/>\
             <path class=\"c-grid\" d=\"M0 96h{width}\"/>",
            escaped(self.label),
            width = coordinate(self.width)
        );
        let count = u32::try_from(self.values.len().max(1)).unwrap_or(1);
        let pitch = self.width / f64::from(count);
        let width = (pitch - 3.0).max(1.0);
        for (position, value) in (0_u32..).zip(self.values) {
            let height = (HEIGHT - 6.0) * share(*value, most);
            if *value == 0 {
                continue;
            }
            let height = height.max(1.5);
            let _ = write!(
                out,
                "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"1.5\"/>",
                self.colour,
                coordinate(f64::from(position) * pitch + 1.5),
                coordinate(HEIGHT - height),
                coordinate(width),
                coordinate(height)
            );
        }
        if most > 0 {
            let _ = write!(
                out,
                "<text x=\"{}\" y=\"-4\" text-anchor=\"end\">{}</text>",
                coordinate(self.width - 2.0),
                number(most)
            );
        }
        out.push_str("</svg>");
        out.push_str(&self.ticks());
        Markup(out)
    }

    fn ticks(&self) -> String {
        let count = i64::try_from(self.values.len()).unwrap_or(0);
        let mut out = String::from("<p class=\"ticks\">");
        for quarter in 0..4 {
            let at = self.from.as_seconds() + count * self.step_s * quarter / 4;
            let at = Timestamp::from_seconds(at);
            let words = Clock::hour(at);
            let _ = write!(out, "<time datetime=\"{at}\" data-clock>{words}</time>");
        }
        let until = self.from.as_seconds() + count * self.step_s;
        let until = Timestamp::from_seconds(until);
        let _ = write!(
            out,
            "<time datetime=\"{until}\" data-clock>{}</time></p>",
            Clock::hour(until)
        );
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_column_fills_the_height_and_nothing_is_nothing() {
        let columns = Columns {
            label: "a <b>",
            colour: "c-ink",
            from: Timestamp::from_seconds(0),
            step_s: 3600,
            width: 320.0,
            values: &[0, 5, 10, 1],
        };
        let markup = columns.draw().0;
        assert_eq!(markup.matches("<rect").count(), 3);
        assert!(markup.contains("height=\"90\""), "{markup}");
        assert!(markup.contains("height=\"45\""), "{markup}");
        assert!(markup.contains("aria-label=\"a &lt;b&gt;\""), "{markup}");
        assert!(markup.contains(">10</text>"), "{markup}");
        assert_eq!(markup.matches("<time").count(), 5);
    }
}
