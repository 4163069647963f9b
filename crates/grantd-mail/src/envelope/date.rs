//! The date of a mail (RFC 5322, section 3.3).

use grantd_model::Timestamp;
use mail_parser::DateTime;

/// The time that a `Date` says; none where it says none.
pub(super) fn read(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(value) {
        return Some(Timestamp::from_seconds(zoned.timestamp().as_second()));
    }
    // clocks that write a little otherwise
    let told = DateTime::parse_rfc822(value).filter(DateTime::is_valid)?;
    let small = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(told.year).ok()?;
    jiff::civil::Date::new(year, small(told.month)?, small(told.day)?).ok()?;
    Some(Timestamp::from_seconds(told.to_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_come() {
        for (value, expected) in [
            ("Mon, 05 Jan 2026 10:00:00 +0000", "2026-01-05T10:00:00Z"),
            (
                "Mon, 5 Jan 2026 10:00:00 +0100 (CET)",
                "2026-01-05T09:00:00Z",
            ),
            ("5 Jan 2026 10:00 GMT", "2026-01-05T10:00:00Z"),
            ("Mon, 05 Jan 2026 10:00:00 Z", "2026-01-05T10:00:00Z"),
            ("Mon, 05 Jan 2026 10:00:00 EST", "2026-01-05T15:00:00Z"),
        ] {
            let told = read(value).map(|it| it.to_string());
            assert_eq!(told.as_deref(), Some(expected), "{value}");
        }
        for wrong in ["", "yesterday", "31 Feb 2026 10:00:00 +0000"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
