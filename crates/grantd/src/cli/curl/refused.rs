//! Why options of curl are not passed on that people may well look for.

/// Other servers would get the token.
const ELSEWHERE: &str = "the token could be sent to another server";
/// URLs are checked where they are expected.
const URLS: &str = "URLs are expected before the `--`, where they are checked";
/// It writes what is sent, `Authorization` and all.
const SHOWN: &str = "it shows the token; --include and --dump-header show the answer alone";
/// Other credentials would be sent.
const CREDENTIALS: &str = "the token is what is shown to the server";
/// What grantd itself says.
const BOUNDS: &str = "grantd says which schemes and addresses there are";

/// Long names, letters (`\0` where there is none) and reasons.
const ALL: &[(&str, char, &str)] = &[
    ("config", 'K', "it could hold any other option"),
    ("next", ':', URLS),
    ("url", '\0', URLS),
    ("location-trusted", '\0', ELSEWHERE),
    ("follow", '\0', "--location is expected for redirects"),
    ("insecure", 'k', ELSEWHERE),
    ("connect-to", '\0', ELSEWHERE),
    ("resolve", '\0', ELSEWHERE),
    ("unix-socket", '\0', ELSEWHERE),
    ("abstract-unix-socket", '\0', ELSEWHERE),
    ("request-target", '\0', ELSEWHERE),
    ("alt-svc", '\0', ELSEWHERE),
    ("doh-insecure", '\0', ELSEWHERE),
    ("preproxy", '\0', "--proxy is expected"),
    ("verbose", 'v', SHOWN),
    ("trace", '\0', SHOWN),
    ("trace-ascii", '\0', SHOWN),
    ("trace-config", '\0', SHOWN),
    ("trace-ids", '\0', SHOWN),
    ("trace-time", '\0', SHOWN),
    ("libcurl", '\0', SHOWN),
    ("user", 'u', CREDENTIALS),
    ("netrc", 'n', CREDENTIALS),
    ("netrc-file", '\0', CREDENTIALS),
    ("netrc-optional", '\0', CREDENTIALS),
    ("oauth2-bearer", '\0', CREDENTIALS),
    ("aws-sigv4", '\0', CREDENTIALS),
    ("anyauth", '\0', CREDENTIALS),
    ("basic", '\0', CREDENTIALS),
    ("digest", '\0', CREDENTIALS),
    ("ntlm", '\0', CREDENTIALS),
    ("negotiate", '\0', CREDENTIALS),
    ("proto", '\0', BOUNDS),
    ("proto-default", '\0', BOUNDS),
    ("proto-redir", '\0', BOUNDS),
    ("globoff", 'g', BOUNDS),
    ("disable", 'q', "no .curlrc is read in any case"),
];

/// Why the option of this name is refused, if that can be said.
pub(super) fn reason_of(long: &str) -> Option<&'static str> {
    let found = ALL.iter().find(|(name, _, _)| *name == long);
    found.map(|(_, _, reason)| *reason)
}

/// The same for a letter.
pub(super) fn reason_of_short(short: char) -> Option<&'static str> {
    let found = ALL
        .iter()
        .find(|(_, letter, _)| *letter == short && short != '\0');
    found.map(|(_, _, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::super::passed_on;
    use super::*;

    #[test]
    fn nothing_is_refused_and_passed_on() {
        for option in passed_on::ALL {
            assert_eq!(reason_of(option.long), None, "{}", option.long);
            let short = option.short.and_then(reason_of_short);
            assert_eq!(short, None, "{}", option.long);
        }
    }
}
