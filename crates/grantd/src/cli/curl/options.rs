//! What people want of curl besides: read as curl reads it, refused unless known to be harmless.

use std::ffi::OsString;
use std::vec::IntoIter;

use super::passed_on::{ALL, CurlOption, Takes};
use super::refused;
use crate::failure::Failure;

/// Options, each by its whole name and with its value apart, so that curl reads nothing else in them.
#[derive(Debug, Default)]
pub(super) struct CurlOptions(Vec<OsString>);

impl CurlOptions {
    /// Reads what stands behind `--`.
    ///
    /// # Errors
    /// Names the first that is not passed on, with the reason.
    pub(super) fn read(arguments: Vec<OsString>) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            let Some(text) = argument.to_str() else {
                return Err(Failure::usage(format!(
                    "`{}` is no text, an option of curl is expected",
                    argument.display()
                )));
            };
            match (text.strip_prefix("--"), text.strip_prefix('-')) {
                (Some(long), _) if !long.is_empty() => options.put_long(long, &mut rest)?,
                (None, Some(letters)) if !letters.is_empty() => {
                    options.put_letters(letters, &mut rest)?;
                }
                // it may be a URL with a secret in it, so it is not quoted
                _ => {
                    return Err(Failure::usage(
                        "options of curl are expected behind `--`, URLs before it",
                    ));
                }
            }
        }
        Ok(options)
    }

    fn put_long(&mut self, long: &str, rest: &mut IntoIter<OsString>) -> Result<(), Failure> {
        let Some(option) = ALL.iter().find(|option| option.long == long) else {
            // curl knows no `--name=value`; what is behind the sign may be secret
            let name = long.split('=').next().unwrap_or_default();
            let reason = refused::reason_of(long);
            return Err(unknown(&format!("--{name}"), reason));
        };
        self.put(option, None, rest)
    }

    /// Letters may stand together; behind one that takes a value, the value may stand at once.
    fn put_letters(&mut self, letters: &str, rest: &mut IntoIter<OsString>) -> Result<(), Failure> {
        for (at, letter) in letters.char_indices() {
            let Some(option) = ALL.iter().find(|option| option.short == Some(letter)) else {
                let reason = refused::reason_of_short(letter);
                return Err(unknown(&format!("-{letter}"), reason));
            };
            if option.takes == Takes::Nothing {
                self.put(option, None, rest)?;
                continue;
            }
            let behind = &letters[at + letter.len_utf8()..];
            let value = (!behind.is_empty()).then(|| OsString::from(behind));
            return self.put(option, value, rest);
        }
        Ok(())
    }

    fn put(
        &mut self,
        option: &CurlOption,
        value: Option<OsString>,
        rest: &mut IntoIter<OsString>,
    ) -> Result<(), Failure> {
        self.0.push(OsString::from(format!("--{}", option.long)));
        if option.takes == Takes::Nothing {
            return Ok(());
        }
        let Some(value) = value.or_else(|| rest.next()) else {
            return Err(fault(option, "a value is expected behind it"));
        };
        check(option, &value)?;
        self.0.push(value);
        Ok(())
    }

    /// As curl gets them.
    pub(super) fn into_arguments(self) -> Vec<OsString> {
        self.0
    }
}

fn check(option: &CurlOption, value: &OsString) -> Result<(), Failure> {
    let bytes = value.as_encoded_bytes();
    if option.takes == Takes::Content {
        return Ok(());
    }
    // curl writes them into the request as they are: more headers could follow, such as another host
    if bytes.iter().any(u8::is_ascii_control) {
        return Err(fault(
            option,
            "a value on one line is expected, without control characters",
        ));
    }
    if option.takes == Takes::Header {
        return check_header(option, &value.to_string_lossy());
    }
    Ok(())
}

/// Behind one address stand the servers of many; the `Host` says whose the request is for.
fn check_header(option: &CurlOption, header: &str) -> Result<(), Failure> {
    if header.starts_with('@') {
        return Err(fault(
            option,
            "the header itself is expected, as a file could hold any",
        ));
    }
    let name = header.split([':', ';']).next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case("authorization") {
        return Err(fault(
            option,
            "`Authorization` is the header that holds the token",
        ));
    }
    if name.eq_ignore_ascii_case("host") {
        return Err(fault(
            option,
            "`Host` is expected to be that of the URL, as the token could be sent to another server",
        ));
    }
    Ok(())
}

fn fault(option: &CurlOption, detail: &str) -> Failure {
    Failure::usage(format!("--{} of curl: {detail}", option.long))
}

fn unknown(name: &str, reason: Option<&str>) -> Failure {
    let failure = Failure::usage(match reason {
        Some(reason) => format!("{name} of curl is not passed on: {reason}"),
        None => format!(
            "{name} of curl is not passed on: it is not among those that are known to keep the \
             token where it belongs"
        ),
    });
    if reason.is_some() {
        return failure;
    }
    failure.with_remedy("`grantd curl --help` lists those that are, by their whole names.")
}

/// The end of the help: what is passed on.
pub(super) fn help() -> String {
    let names: Vec<String> = ALL
        .iter()
        .map(|option| match option.short {
            Some(short) => format!("-{short}/--{}", option.long),
            None => format!("--{}", option.long),
        })
        .collect();
    format!("Options of curl that are passed on: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Vec<String>, String> {
        let arguments = arguments.iter().map(OsString::from).collect();
        match CurlOptions::read(arguments) {
            Ok(options) => Ok(options
                .into_arguments()
                .into_iter()
                .map(|argument| argument.into_string().unwrap())
                .collect()),
            Err(failure) => Err(failure.to_string()),
        }
    }

    #[test]
    fn options_are_read_as_curl_reads_them() {
        for (typed, passed) in [
            (&[][..], &[][..]),
            (&["-sS"], &["--silent", "--show-error"]),
            (
                &["-sXPOST", "-L"],
                &["--silent", "--request", "POST", "--location"],
            ),
            (&["-X", "-v"], &["--request", "-v"]),
            (&["-so", "-"], &["--silent", "--output", "-"]),
            (
                &["--data", "--config\nx", "-d@-"],
                &["--data", "--config\nx", "--data", "@-"],
            ),
            (
                &["-H", "X-Authorization: a", "-HAccept:"],
                &["--header", "X-Authorization: a", "--header", "Accept:"],
            ),
            (&["-#4"], &["--progress-bar", "--ipv4"]),
        ] {
            assert_eq!(read(typed).unwrap(), passed, "{typed:?}");
        }
    }

    #[test]
    fn what_shows_the_token_or_leads_it_elsewhere_is_refused_by_name() {
        for (typed, part) in [
            (
                &["-v"][..],
                "-v of curl is not passed on: it shows the token",
            ),
            (
                &["--verbose"],
                "--verbose of curl is not passed on: it shows",
            ),
            (&["-sSv"], "-v of curl"),
            (&["--trace", "-"], "it shows the token"),
            (&["--trace-ascii", "-"], "it shows the token"),
            (&["--libcurl", "-"], "it shows the token"),
            (&["-K", "x"], "it could hold any other option"),
            (&["-Kx"], "it could hold any other option"),
            (&["--url", "https://b.example"], "URLs are expected before"),
            (&["--next"], "URLs are expected before"),
            (&["-:"], "URLs are expected before"),
            (&["-k"], "sent to another server"),
            (&["--location-trusted"], "sent to another server"),
            (&["--connect-to", "::b:1"], "sent to another server"),
            (&["--resolve", "a:1:b"], "sent to another server"),
            (&["--unix-socket", "/x"], "sent to another server"),
            (&["-u", "a:b"], "the token is what is shown"),
            (&["--proto", "=http"], "grantd says which schemes"),
            (&["-g"], "grantd says which schemes"),
        ] {
            let fault = read(typed).unwrap_err();
            assert!(fault.contains(part), "{typed:?}: {fault}");
            assert_eq!(fault.lines().count(), 1, "{fault}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (typed, part) in [
            (
                &["--verb"][..],
                "--verb of curl is not passed on: it is not among",
            ),
            (&["--no-verbose"], "--no-verbose of curl"),
            (&["--expand-url", "x"], "--expand-url of curl"),
            (&["--variable", "%HOME"], "--variable of curl"),
            (&["--request=canary"], "--request of curl"),
            (&["-?"], "-? of curl"),
            (&["https://b.example/?canary"], "URLs before it"),
            (&["-s", "canary"], "URLs before it"),
            (&["-"], "URLs before it"),
            (&["--"], "URLs before it"),
            (&[""], "URLs before it"),
            (&["-o"], "--output of curl: a value is expected"),
        ] {
            let fault = read(typed).unwrap_err();
            assert!(fault.contains(part), "{typed:?}: {fault}");
            assert!(!fault.contains("canary"), "{fault}");
        }
    }

    #[test]
    fn headers_that_are_not_peoples_are_refused() {
        for header in [
            "Authorization: canary",
            "authorization;",
            " AUTHORIZATION :x",
            "Host: b.example",
            "host:",
            "@file",
            "X: a\r\nHost: b.example",
            "X: a\nb",
        ] {
            let fault = read(&["-H", header]).unwrap_err();
            assert!(fault.starts_with("grantd: --header of curl: "), "{fault}");
            assert!(!fault.contains("canary"), "{fault}");
        }
        for option in ["-A", "-e", "-X", "-b", "-r"] {
            let fault = read(&[option, "a\r\nHost: b.example"]).unwrap_err();
            assert!(fault.contains("on one line"), "{option}: {fault}");
        }
    }

    #[test]
    fn each_option_stands_once() {
        for (at, option) in ALL.iter().enumerate() {
            let others = &ALL[at + 1..];
            assert!(!others.iter().any(|other| other.long == option.long));
            let same = |other: &CurlOption| other.short.is_some() && other.short == option.short;
            assert!(!others.iter().any(same), "{}", option.long);
        }
    }
}
