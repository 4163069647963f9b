//! RFC 9110 section 10.2.3 with the dates of section 5.6.7.

use std::time::Duration;

use grantd_model::Timestamp;
use grantd_oauth::{FailureClass, parse_retry_after};
use proptest::prelude::*;

use crate::support::Answer;

fn seconds(value: &str, now: &str) -> Option<u64> {
    parse_retry_after(value, now.parse().unwrap()).map(|wait| wait.as_secs())
}

#[test]
fn seconds_are_read() {
    let now = "2027-01-01T00:00:00Z";
    assert_eq!(seconds("120", now), Some(120));
    assert_eq!(seconds(" 0 ", now), Some(0));
    assert_eq!(seconds("99999999999999999999999", now), Some(u64::MAX));
}

#[test]
fn the_three_dates_of_the_standard_are_read() {
    for date in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ] {
        assert_eq!(seconds(date, "1994-11-06T08:48:37Z"), Some(60), "{date}");
    }
}

#[test]
fn a_past_date_is_no_wait() {
    let now = "2027-01-01T00:00:00Z";
    assert_eq!(seconds("Fri, 31 Dec 1999 23:59:59 GMT", now), Some(0));
}

#[test]
fn a_leap_second_is_a_second() {
    let now = "2016-12-31T23:59:00Z";
    assert_eq!(seconds("Sat, 31 Dec 2016 23:59:60 GMT", now), Some(59));
}

#[test]
fn rubbish_is_nothing() {
    for value in [
        "",
        "-1",
        "1.5",
        "soon",
        "1 2",
        "+5",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 31 Feb 2027 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Xyz 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 006 Nov 1994 08:49:37 GMT",
    ] {
        assert_eq!(seconds(value, "2027-01-01T00:00:00Z"), None, "{value}");
    }
}

#[test]
fn waiting_is_for_trouble_and_rate_limits_alone() {
    let with = |status, body| {
        let answer = Answer {
            retry_after: Some("7"),
            ..Answer::json(status, body)
        };
        answer.error()
    };
    let retry_after = Some(Duration::from_secs(7));
    assert_eq!(
        with(429, "").class,
        FailureClass::RateLimited { retry_after }
    );
    assert_eq!(
        with(503, "").class,
        FailureClass::ServerError { retry_after }
    );
    let unavailable = with(400, r#"{"error":"temporarily_unavailable"}"#);
    assert_eq!(unavailable.retry_after(), retry_after);
    assert_eq!(with(401, "").retry_after(), None);
}

proptest! {
    #[test]
    fn any_field_is_read_or_not(value in "\\PC{0,40}", now in any::<i64>()) {
        let _ = parse_retry_after(&value, Timestamp::from_micros(now));
    }

    #[test]
    fn any_shape_of_a_date_is_read_or_not(
        value in "[A-Za-z]{3,9},? [0-9]{1,3}[ -][A-Z][a-z]{2}[ -][0-9]{1,5} [0-9]{1,2}:[0-9]{1,3}:[0-9]{1,2}( GMT)?",
        now in any::<i64>(),
    ) {
        let _ = parse_retry_after(&value, Timestamp::from_micros(now));
    }
}
