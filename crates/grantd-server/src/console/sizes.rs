//! Sizes as people write and read them.

/// A size in words, rounded for reading.
pub(super) fn rounded(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => {
            let tenths = bytes.saturating_mul(10) / unit;
            if tenths < 100 {
                format!("{}.{} {name}", tenths / 10, tenths % 10)
            } else {
                format!("{} {name}", tenths / 10)
            }
        }
        None => format!("{bytes} B"),
    }
}

const EXACT: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1000),
    ("B", 1),
];

/// A size that [`parse`] reads as the same number of bytes.
pub(super) fn exact(bytes: u64) -> String {
    let found = EXACT
        .iter()
        .find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    match found {
        Some((name, unit)) => format!("{} {name}", bytes / unit),
        None => bytes.to_string(),
    }
}

/// The bytes of a size such as `150 MiB`, `25 MB` or `4096`.
pub(super) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let number: u64 = digits.trim().parse().ok()?;
    let bytes = EXACT
        .iter()
        .find(|(name, _)| unit.eq_ignore_ascii_case(name));
    match bytes {
        Some((_, bytes)) => number.checked_mul(*bytes),
        None => unit.is_empty().then_some(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for bytes in [0, 1, 999, 1000, 1024, 25_000_000, 150 << 20, 1 << 30, 1025] {
            assert_eq!(parse(&exact(bytes)), Some(bytes), "{}", exact(bytes));
        }
        assert_eq!(parse("25mb"), Some(25_000_000));
        assert_eq!(parse(" 4 KiB "), Some(4096));
        for wrong in ["", "many", "5 XB", "-1", "1.5 MB"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_are_rounded_for_reading() {
        for (bytes, words) in [
            (12, "12 B"),
            (84_000, "84 kB"),
            (2_149_000, "2.1 MB"),
            (148_000_000, "148 MB"),
        ] {
            assert_eq!(rounded(bytes), words);
        }
    }
}
