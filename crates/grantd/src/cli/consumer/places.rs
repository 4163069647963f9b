//! Places in a document of a consumer, as the flags that they come from.

/// The flag of a place, or the place where none leads there.
pub(super) fn flag(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let name = match parts.as_slice() {
        ["consumer"] => return "CONSUMER".to_owned(),
        ["addresses", ..] => "address",
        ["ca_bundle"] => "ca-bundle-file",
        ["headers", ..] => return "--header or --secret-header".to_owned(),
        ["hosts", ..] => "host",
        ["labels", ..] => "label",
        ["methods", ..] => "allow-method",
        ["paths", ..] => "allow-path",
        ["remove_headers", ..] => "remove-header",
        ["rejected", "statuses", ..] => "rejected-status",
        ["rejected", "header", ..] => "rejected-header",
        ["rejected", "body"] => "rejected-body",
        ["timeouts", "connect_s"] => "connect-timeout-s",
        ["timeouts", "answer_s"] => "answer-timeout-s",
        ["timeouts", "idle_s"] => "idle-timeout-s",
        ["limits", name] => name,
        [name] if !name.is_empty() => name,
        _ => return pointer.to_owned(),
    };
    format!("--{}", name.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_flags() {
        for (pointer, expected) in [
            ("/base_url", "--base-url"),
            ("/addresses/1", "--address"),
            ("/methods/0", "--allow-method"),
            ("/method", "--method"),
            ("/paths", "--allow-path"),
            ("/rejected/statuses/2", "--rejected-status"),
            ("/limits/requests_per_second", "--requests-per-second"),
            ("/labels/a~1b", "--label"),
            ("/consumer", "CONSUMER"),
            ("/other/thing", "/other/thing"),
            ("", ""),
        ] {
            assert_eq!(flag(pointer), expected);
        }
    }
}
