//! The flags behind the members of the API, so that faults are told in the words of the command.

use std::path::Path;

use super::flags::SettingFlags;
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

/// Replaces the pointers of all faults by flags.
pub(super) fn in_flags(mut failure: Failure) -> Failure {
    for (place, _) in failure.fields_mut() {
        if let Some(flag) = flag(place) {
            flag.clone_into(place);
        }
    }
    failure
}

/// Where the members of a request come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origins<'a> {
    /// The flags.
    pub(super) flags: &'a SettingFlags,
    /// The draft, if there is one.
    pub(super) draft: Option<DraftOrigin<'a>>,
}

/// What comes from a draft.
#[derive(Debug, Clone, Copy)]
pub(super) struct DraftOrigin<'a> {
    /// Its file.
    pub(super) path: &'a Path,
    /// The members that it gives and no flag.
    pub(super) members: &'a [String],
}

impl Origins<'_> {
    /// Replaces pointers by flags, and those into the draft by its file and the pointer.
    pub(super) fn name_faults(&self, mut failure: Failure) -> Failure {
        for (place, _) in failure.fields_mut() {
            if let Some(words) = self.words(place) {
                *place = words;
            }
        }
        failure
    }

    fn words(&self, pointer: &str) -> Option<String> {
        let member = pointer.strip_prefix('/')?.split('/').next()?;
        if let Some(draft) = &self.draft
            && draft.members.iter().any(|name| name == member)
        {
            return Some(format!("--from-file: {}: {pointer}", draft.path.display()));
        }
        let of_pair = self.flags.pair(pointer);
        of_pair.or_else(|| flag(pointer).map(ToOwned::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_become_flags_or_places_of_the_draft() {
        let fields = [
            "/scope",
            "/client_secret_reference/path",
            "/labels/a",
            "/x",
            "",
        ]
        .map(|pointer| (pointer.to_owned(), "wrong".to_owned()));
        let failure = Failure::usage("x").with_fields(fields.into());
        let origins = Origins {
            flags: &SettingFlags::default(),
            draft: Some(DraftOrigin {
                path: Path::new("d.toml"),
                members: &["labels".to_owned()],
            }),
        };
        let failure = origins.name_faults(failure);
        let places: Vec<&str> = failure.faults[0]
            .fields
            .iter()
            .map(|(at, _)| at.as_str())
            .collect();
        let of_draft = "--from-file: d.toml: /labels/a";
        assert_eq!(places, ["--scope", "--secret-path", of_draft, "/x", ""]);
    }
}
