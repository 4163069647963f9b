//! Any text as fields of `WWW-Authenticate`, one a line.

#![no_main]

use grantd_oauth::{Challenge, parse_challenges};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let fields: Vec<&str> = text.split('\n').collect();
    let read = parse_challenges(&fields);
    assert!(read.len() <= 16);
    for challenge in &read {
        check(challenge);
    }
    // What is read and written again is read again.
    assert_eq!(parse_challenges(&[&field(&read)]), read);
    // One field after the other is all of them.
    let one_by_one = fields.iter().flat_map(|field| parse_challenges(&[field]));
    assert!(one_by_one.take(16).eq(read));
});

fn check(challenge: &Challenge) {
    assert!(is_token(&challenge.scheme));
    assert!(challenge.parameters.len() <= 32);
    for (name, value) in &challenge.parameters {
        assert!(is_token(name));
        assert!(!value.contains(|c: char| c.is_control() && c != '\t'));
        // A name is there once, so the parameter that is found is this one.
        assert_eq!(challenge.parameter(name), Some(value.as_str()));
        let shown = challenge.shown(name).unwrap_or_default();
        assert!(shown.chars().count() <= 200 && !shown.contains(char::is_control));
    }
}

/// A token in lower case (RFC 9110 section 5.6.2).
fn is_token(text: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(c);
    !text.is_empty() && text.chars().all(is_inside) && text.to_ascii_lowercase() == text
}

/// All challenges in one field, every value quoted.
fn field(challenges: &[Challenge]) -> String {
    let mut field = String::new();
    for challenge in challenges {
        field.push_str(&challenge.scheme);
        field.push(' ');
        if let Some(token68) = &challenge.token68 {
            field.push_str(token68);
            field.push(',');
        }
        for (name, value) in &challenge.parameters {
            let value = value.replace('\\', r"\\").replace('"', "\\\"");
            field.push_str(&format!("{name}=\"{value}\","));
        }
        field.push(',');
    }
    field
}
