//! Codes of the server's make: `AADSTS7000215`, `MSIS9622`, `E0000004`.

use crate::token_response::members::Members;

/// The most codes that are kept.
const MOST: usize = 8;

/// The most digits that a code has.
const MOST_DIGITS: usize = 12;

/// The most bytes of text that are looked at.
const MOST_BYTES: usize = 16 * 1024;

/// Each code once, in the order of the text, then those of `error_codes`.
pub(super) fn find(members: &Members) -> Vec<String> {
    let mut codes = Vec::new();
    for text in [&members.error, &members.description, &members.message] {
        let text = text.as_deref().unwrap_or_default();
        let text = &text[..text.floor_char_boundary(MOST_BYTES)];
        for prefix in ["AADSTS", "MSIS"] {
            codes.extend(numbered(text, prefix));
        }
    }
    codes.extend(
        members
            .error
            .as_deref()
            .filter(|code| is_okta(code))
            .map(str::to_owned),
    );
    let numbers = members.codes.iter().filter(|code| is_number(code));
    codes.extend(numbers.map(|code| format!("AADSTS{code}")));
    let mut seen: Vec<String> = Vec::new();
    for code in codes {
        if seen.len() < MOST && !seen.contains(&code) {
            seen.push(code);
        }
    }
    seen
}

fn numbered<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = String> {
    text.split(prefix).skip(1).filter_map(move |rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        is_number(&rest[..end]).then(|| format!("{prefix}{}", &rest[..end]))
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= MOST_DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}

/// `E` and seven digits.
fn is_okta(code: &str) -> bool {
    code.strip_prefix('E')
        .is_some_and(|digits| digits.len() == 7 && is_number(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_found_once() {
        let members = Members {
            error: Some("invalid_client".to_owned()),
            description: Some("AADSTS7000215: Invalid. AADSTS: x AADSTS70011 MSIS9622".to_owned()),
            codes: vec!["7000215".to_owned(), "x".to_owned(), "50000".to_owned()],
            ..Members::default()
        };
        let expected = ["AADSTS7000215", "AADSTS70011", "MSIS9622", "AADSTS50000"];
        assert_eq!(find(&members), expected);
    }

    #[test]
    fn okta_names_its_code_in_its_own_member() {
        let of = |code: &str| {
            find(&Members {
                error: Some(code.to_owned()),
                ..Members::default()
            })
        };
        assert_eq!(of("E0000004"), ["E0000004"]);
        assert!(of("E00").is_empty());
    }
}
