//! Names of files that are safe on every system, whatever stands in a mail.

/// The longest name, in bytes; what is put around it fits as well.
const MOST_BYTES: usize = 120;

/// Names that Windows keeps for devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A safe name: without separators, control and direction characters, dots at its ends and names of
/// devices; `attachment` where nothing is left. Its extension stays.
#[must_use]
pub fn safe(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if is_safe(c) { c } else { '_' })
        .collect();
    let plain = plain.trim_matches(|c: char| c == '.' || c.is_whitespace() || c == '_');
    let mut safe = shortened(plain);
    let stem = safe.split('.').next().unwrap_or_default().to_lowercase();
    let numbered = |device: &str| {
        let digit = stem.strip_prefix(device).map(str::as_bytes);
        matches!(digit, Some([b'0'..=b'9']))
    };
    if DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt") {
        safe.insert(0, '_');
    }
    if safe.is_empty() {
        "attachment".to_owned()
    } else {
        safe
    }
}

fn is_safe(c: char) -> bool {
    !c.is_control()
        && !"/\\:*?\"<>|".contains(c)
        && !matches!(
            c,
            '\u{ad}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fffd}'
        )
}

/// The name within the limit, its extension kept.
fn shortened(name: &str) -> String {
    if name.len() <= MOST_BYTES {
        return name.to_owned();
    }
    let extension = match name.rsplit_once('.') {
        Some((_, extension)) if extension.len() <= 16 => format!(".{extension}"),
        _ => String::new(),
    };
    let mut end = MOST_BYTES - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let stem = name.get(..end).unwrap_or_default();
    format!("{}{extension}", stem.trim_end_matches(['.', ' ']))
}

/// The usual extension of a media type, for names that have none.
#[must_use]
pub fn extension(content_type: &str) -> &'static str {
    match content_type {
        "message/rfc822" | "message/global" => ".eml",
        "text/plain" | "message/delivery-status" | "message/disposition-notification" => ".txt",
        "text/html" => ".html",
        "text/calendar" => ".ics",
        "text/csv" => ".csv",
        "application/pdf" => ".pdf",
        "application/json" => ".json",
        "application/xml" | "text/xml" => ".xml",
        "application/zip" => ".zip",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/svg+xml" => ".svg",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_dangerous_is_gone() {
        for (name, expected) in [
            ("invoice.pdf", "invoice.pdf"),
            ("../../etc/passwd", "etc_passwd"),
            ("..\\x", "x"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("COM1", "_COM1"),
            ("com10", "com10"),
            ("..", "attachment"),
            ("", "attachment"),
            ("a\u{0}b\n.txt", "a_b_.txt"),
            ("x\u{202e}fdp.exe", "x_fdp.exe"),
            ("Rechnung März.pdf ", "Rechnung März.pdf"),
            ("a:b|c?.txt", "a_b_c_.txt"),
            (".hidden", "hidden"),
        ] {
            assert_eq!(safe(name), expected, "{name:?}");
        }
        let long = safe(&format!("{}.pdf", "ä".repeat(300)));
        assert!(
            long.len() <= MOST_BYTES && long.rsplit_once('.').is_some_and(|it| it.1 == "pdf"),
            "{long}"
        );
    }

    proptest! {
        #[test]
        fn every_name_is_safe(name in "\\PC{0,300}|.{0,40}") {
            let safe = safe(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= MOST_BYTES + 1);
            prop_assert!(!safe.contains(['/', '\\', '\0']) && safe != "." && safe != "..");
            prop_assert!(safe.chars().all(|c| !c.is_control()));
            prop_assert!(!safe.starts_with('.') && !safe.ends_with('.'));
        }
    }
}
