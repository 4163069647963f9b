//! Events out of a stream of bytes (WHATWG HTML, section 9.2.6), such as answers tell while they
//! come. Each event carries one JSON document.

use serde_json::Value;

/// An event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// What kind of event it is.
    pub(crate) name: String,
    /// What it tells; null where it is no JSON.
    pub(crate) data: Value,
}

/// Puts pieces together. What is kept is bounded by what is pushed, so by the limit of the answer.
#[derive(Debug, Default)]
pub(super) struct EventReader {
    line: Vec<u8>,
    name: String,
    data: String,
}

impl EventReader {
    /// Takes the next piece, and tells every event that it ends.
    pub(super) fn push(&mut self, bytes: &[u8], mut tell: impl FnMut(Event)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            if let Some(event) = self.end_line() {
                tell(event);
            }
        }
        self.line.extend_from_slice(rest);
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.is_empty() {
            let (name, data) = (
                std::mem::take(&mut self.name),
                std::mem::take(&mut self.data),
            );
            return (!data.is_empty()).then(|| Event {
                name,
                data: serde_json::from_str(&data).unwrap_or_default(),
            });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            // comments and fields without meaning here
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STREAM: &str = ": a comment\r\n\r\nevent: step\ndata: {\"a\":\ndata:1}\nid: 7\n\n\
                          event: empty\n\ndata: no JSON\n\nevent: cut off\ndata: 2\n";

    fn events(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<Event> {
        let (mut reader, mut events) = (EventReader::default(), Vec::new());
        for piece in pieces {
            reader.push(&piece, |event| events.push(event));
        }
        events
    }

    #[test]
    fn events_are_the_same_however_they_are_cut_into_pieces() {
        let event = |name: &str, data| Event {
            name: name.to_owned(),
            data,
        };
        let expected = [event("step", json!({"a": 1})), event("", Value::Null)];
        for size in [1, 2, 7, STREAM.len()] {
            let pieces = STREAM.as_bytes().chunks(size).map(<[u8]>::to_vec);
            assert_eq!(events(pieces), expected, "{size}");
        }
    }
}
