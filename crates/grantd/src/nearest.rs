//! The known name that a wrong one was probably meant to be.

/// The nearest of the known names, if one is near enough to be a slip of the fingers.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let tolerated = (wrong.chars().count() / 3).max(2);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, _)| *distance <= tolerated)
        .min()
        .map(|(_, name)| name)
}

/// The end of a sentence about an unknown name: what was probably meant, else all there are.
pub(crate) fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(wrong, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known are: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_seen_and_other_words_are_not() {
        let known = ["listen", "public_url", "allowed_hosts"];
        for (wrong, expected) in [
            ("lisen", Some("listen")),
            ("litsen", Some("listen")),
            ("public-url", Some("public_url")),
            ("allowed_host", Some("allowed_hosts")),
            ("colour", None),
        ] {
            assert_eq!(nearest(wrong, known), expected, "{wrong}");
        }
        assert_eq!(
            suggestion("colour", known),
            "known are: listen, public_url, allowed_hosts"
        );
    }
}
