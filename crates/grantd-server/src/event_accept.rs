//! Whether a client wants a stream of events (RFC 9110 section 12.5.1).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Whether the client names streams of events, and likes JSON no more.
pub(crate) fn wants_events(headers: &HeaderMap) -> bool {
    let events = weight(headers, "text/event-stream");
    events > 0.0 && events >= weight(headers, "application/json")
}

/// How much the client likes a media type that it names itself, 0 to 1; a wildcard says nothing of
/// what its sender can read of a stream.
fn weight(headers: &HeaderMap, media_type: &str) -> f32 {
    let values = headers.get_all(ACCEPT).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let is_named = parts
                .next()
                .is_some_and(|it| it.eq_ignore_ascii_case(media_type));
            if is_named { quality(parts) } else { 0.0 }
        })
        .fold(0.0, f32::max)
}

fn quality<'a>(parameters: impl Iterator<Item = &'a str>) -> f32 {
    let quality = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    match quality {
        None => 1.0,
        Some((_, value)) => value.trim().parse().unwrap_or(0.0),
    }
}
