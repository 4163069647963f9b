//! The hosts that a credential's tokens may be sent to.

/// Whether one of the bound hosts is this one: by its name, or as `*.` with a domain for every name
/// below it. No host is bound where none is named.
#[must_use]
pub fn is_bound(bound_hosts: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.');
    bound_hosts
        .iter()
        .any(|bound| match bound.strip_prefix("*.") {
            Some(domain) => host
                .len()
                .checked_sub(domain.len() + 1)
                .and_then(|at| host.split_at_checked(at))
                .is_some_and(|(below, rest)| {
                    !below.is_empty()
                        && rest
                            .strip_prefix('.')
                            .is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
                }),
            None => host.eq_ignore_ascii_case(bound),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_itself_and_a_star_is_what_is_below() {
        let bound = ["api.example.com", "*.files.example.com", "127.0.0.1"].map(str::to_owned);
        for (host, expected) in [
            ("api.example.com", true),
            ("API.Example.com.", true),
            ("a.files.example.com", true),
            ("a.b.FILES.example.com", true),
            ("127.0.0.1", true),
            ("files.example.com", false),
            (".files.example.com", false),
            ("evilfiles.example.com", false),
            ("x.api.example.com", false),
            ("api.example.com.evil.net", false),
            ("é.example.com", false),
            ("", false),
        ] {
            assert_eq!(is_bound(&bound, host), expected, "{host}");
        }
        assert!(!is_bound(&[], "api.example.com"));
    }
}
