//! A text as a picture that a device reads (ISO/IEC 18004), with the quiet zone that it needs.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::console::show::{Markup, escaped};

/// The quiet zone, in modules.
const QUIET: i32 = 4;

/// The picture; nothing where the text is too long for one.
pub(crate) fn draw(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return Markup::default();
    };
    let size = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    Markup(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {size} {size}\" role=\"img\" aria-label=\"{}\">\
         <rect class=\"paper\" width=\"{size}\" height=\"{size}\"/><path class=\"ink\" d=\"{path}\"/></svg>",
        escaped(label)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_around_it() {
        let picture = draw("otpauth://totp/grantd:ops?secret=ABC", "For the device").0;
        assert!(picture.contains("viewBox=\"0 0 37 37\""), "{picture}");
        assert!(picture.contains("M4 4h1v1h-1z"), "the corner of a finder");
        assert!(!picture.contains("M3 "), "the quiet zone is empty");
        assert!(draw(&"x".repeat(5000), "").0.is_empty());
    }
}
