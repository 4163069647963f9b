//! Pictures: inline SVG with the classes of the stylesheet. Pure: figures in, markup out.

pub(crate) mod columns;
pub(crate) mod expiry;
pub(crate) mod flow;
pub(crate) mod life;
pub(crate) mod qr;
pub(crate) mod time_line;

/// A coordinate with one digit behind the point, without a needless zero.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A share of a whole, from 0 to 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "a picture needs no more than it has"
)]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 / whole as f64).clamp(0.0, 1.0)
}
