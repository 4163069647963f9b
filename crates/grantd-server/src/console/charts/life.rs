//! The lifetime bar: what is left of a token, with a notch where it is renewed ahead.

use std::fmt::Write;

use grantd_engine::TokenAtHand;

use super::{coordinate, share};
use crate::console::show::Markup;

/// The width of the bar.
const WIDTH: f64 = 56.0;

/// The bar of a token, or an empty one.
pub(crate) fn bar(token: Option<&TokenAtHand>) -> Markup {
    let mut out = String::from(
        "<svg viewBox=\"0 0 56 8\" aria-hidden=\"true\"><rect class=\"track\" y=\"1\" width=\"56\" \
         height=\"6\" rx=\"2\"/>",
    );
    if let Some(token) = token {
        let lifetime = token.lifetime.as_secs().max(1);
        let left = WIDTH * share(token.left.as_secs(), lifetime);
        let notch = WIDTH * share(token.renewed_at_left.as_secs(), lifetime);
        let _ = write!(
            out,
            "<rect class=\"left\" y=\"1\" width=\"{}\" height=\"6\" rx=\"2\"/>\
             <rect class=\"notch\" x=\"{}\" width=\"1.5\" height=\"8\"/>",
            coordinate(left),
            coordinate(notch)
        );
    }
    out.push_str("</svg>");
    Markup(out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use grantd_model::Timestamp;

    use super::*;

    #[test]
    fn a_quarter_is_a_quarter() {
        let token = TokenAtHand {
            lifetime: Duration::from_secs(400),
            requested_at: Timestamp::from_seconds(0),
            left: Duration::from_secs(100),
            renewed_at_left: Duration::from_secs(40),
        };
        let bar = bar(Some(&token)).0;
        assert!(bar.contains("class=\"left\" y=\"1\" width=\"14\""), "{bar}");
        assert!(bar.contains("class=\"notch\" x=\"5.6\""), "{bar}");
        assert!(!super::bar(None).0.contains("left"));
    }
}
