//! `Retry-After` (RFC 9110 section 10.2.3).

use std::time::Duration;

use grantd_model::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// How long to wait, from a number of seconds or a date (RFC 9110 sections 10.2.3 and 5.6.7); a
/// date that is past is no wait.
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number are still a very long time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    parse_http_date(value, now).map(|date| date.since(now))
}

/// The three forms of RFC 9110 section 5.6.7; the name of the day is not looked at.
fn parse_http_date(value: &str, now: Timestamp) -> Option<Timestamp> {
    let parts: Vec<&str> = value
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let (day, month, year, time) = match *parts.as_slice() {
        // `Sun, 06 Nov 1994 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`
        [_, day, month, year, time, "GMT"] | [_, month, day, time, year] => {
            (day, month, number(year, 4)?, time)
        }
        // `Sunday, 06-Nov-94 08:49:37 GMT`
        [_, date, time, "GMT"] => {
            let mut date = date.split('-');
            let (day, month) = (date.next()?, date.next()?);
            (day, month, full_year(number(date.next()?, 2)?, now), time)
        }
        _ => return None,
    };
    let date = Date::new(year, month_number(month)?, narrow(number(day, 2)?)?).ok()?;
    let mut time = time.split(':').map(|part| narrow(number(part, 2)?));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // A leap second is the second before it, for there is no other name for it here.
    let time = Time::new(hour, minute, second.min(59), 0).ok()?;
    let instant = Offset::UTC.to_timestamp(date.to_datetime(time)).ok()?;
    Some(Timestamp::from_seconds(instant.as_second()))
}

/// RFC 9110 section 5.6.7: two digits that seem more than 50 years ahead are in the past.
fn full_year(year: i16, now: Timestamp) -> i16 {
    let this_year = jiff::Timestamp::from_second(now.as_seconds())
        .map_or(1970, |now| Offset::UTC.to_datetime(now).year());
    let year = this_year - this_year % 100 + year;
    if year > this_year + 50 {
        year - 100
    } else {
        year
    }
}

fn month_number(name: &str) -> Option<i8> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let place = MONTHS.find(name).filter(|_| name.len() == 3)?;
    (place % 3 == 0).then(|| i8::try_from(place / 3 + 1).ok())?
}

fn number(text: &str, most_digits: usize) -> Option<i16> {
    let digits = text.len() <= most_digits && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

fn narrow(number: i16) -> Option<i8> {
    i8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_of_a_year_are_within_fifty_years() {
        let now = "2027-06-01T00:00:00Z".parse().unwrap();
        for (digits, year) in [(26, 2026), (77, 2077), (78, 1978), (94, 1994), (0, 2000)] {
            assert_eq!(full_year(digits, now), year);
        }
    }

    #[test]
    fn months_are_whole_names() {
        assert_eq!(month_number("Dec"), Some(12));
        assert_eq!(month_number("anF"), None);
        assert_eq!(month_number("Janu"), None);
    }
}
