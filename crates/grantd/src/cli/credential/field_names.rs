//! The flags behind the members of the API, so that faults are told in the words of the command.

use crate::failure::Failure;

/// Members, and the flags that set them.
const FLAGS: [(&str, &str); 26] = [
    ("allowed_mailboxes", "--allowed-mailbox"),
    ("audience", "--audience"),
    ("basic_encoding", "--basic-encoding"),
    ("bound_hosts", "--bound-host"),
    ("ca_bundle", "--ca-bundle-file"),
    ("client_id", "--client-id"),
    ("client_secret", "--secret-file"),
    ("client_secret_reference", "--secret-source"),
    ("connect_timeout_s", "--connect-timeout-s"),
    ("description", "--description"),
    ("egress_proxy", "--egress-proxy"),
    ("headers", "--header"),
    ("labels", "--label"),
    ("name", "--name"),
    ("no_scope", "--no-scope"),
    ("owner", "--owner"),
    ("parameters", "--parameter"),
    ("provider", "--provider"),
    ("request_timeout_s", "--request-timeout-s"),
    ("resources", "--resource"),
    ("scope", "--scope"),
    ("secret_expires_at", "--secret-expires-at"),
    ("secret_source", "--secret-source"),
    ("slug", "--slug"),
    ("token_endpoint", "--token-endpoint"),
    ("token_endpoint_auth_method", "--auth-method"),
];

/// The flag that sets what a JSON pointer points at.
pub(super) fn flag(pointer: &str) -> Option<&'static str> {
    let rest = pointer.strip_prefix('/')?;
    match rest.split_once('/') {
        Some(("client_secret_reference", "path")) => return Some("--secret-path"),
        Some(("client_secret_reference", "key")) => return Some("--secret-key"),
        Some(("client_secret_reference", "version")) => return Some("--secret-version"),
        _ => {}
    }
    let member = rest.split('/').next()?;
    FLAGS
        .iter()
        .find(|(name, _)| *name == member)
        .map(|(_, flag)| *flag)
}

/// Replaces pointers by flags, except of members that stand in a file.
pub(super) fn in_words_of_the_command(
    mut failure: Failure,
    stands_in_file: impl Fn(&str) -> bool,
) -> Failure {
    for (place, _) in failure
        .faults
        .iter_mut()
        .flat_map(|fault| &mut fault.fields)
    {
        let member = place
            .strip_prefix('/')
            .and_then(|rest| rest.split('/').next());
        if member.is_none_or(&stands_in_file) {
            continue;
        }
        if let Some(flag) = flag(place) {
            flag.clone_into(place);
        }
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_become_flags_where_no_file_names_them() {
        let fields = [
            "/scope",
            "/client_secret_reference/path",
            "/labels/a",
            "/x",
            "",
        ]
        .map(|pointer| (pointer.to_owned(), "wrong".to_owned()));
        let failure = Failure::usage("x").with_fields(fields.into());
        let failure = in_words_of_the_command(failure, |member| member == "labels");
        let places: Vec<&str> = failure.faults[0]
            .fields
            .iter()
            .map(|(at, _)| at.as_str())
            .collect();
        assert_eq!(places, ["--scope", "--secret-path", "/labels/a", "/x", ""]);
    }
}
