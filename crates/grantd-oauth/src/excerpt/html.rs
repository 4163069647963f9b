//! The words of a page of HTML or XML: its title first, no tags, no script, no style.

/// Whether the text is markup, whatever its content type says.
pub(crate) fn is_markup(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .starts_with('<')
}

/// Title and text, in this order.
pub(crate) fn text(page: &str) -> String {
    let title = between(page, "<title", "</title").unwrap_or_default();
    let body = between(page, "<body", "</body").unwrap_or(page);
    let mut words = String::new();
    for part in [title, body] {
        let part = words_of(part);
        // A page often repeats its title as the first heading.
        if !part.is_empty() && part != words {
            if !words.is_empty() {
                words.push_str(" · ");
            }
            words.push_str(&part);
        }
    }
    words
}

/// What is inside the first element of that name.
fn between<'a>(page: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let start = find(page, open)?;
    let (_, inside) = page[start..].split_once('>')?;
    Some(&inside[..find(inside, close).unwrap_or(inside.len())])
}

fn words_of(markup: &str) -> String {
    let mut words = String::new();
    let mut rest = markup;
    while let Some((before, after)) = rest.split_once('<') {
        words.push_str(before);
        words.push(' ');
        rest = skip_element(after);
    }
    words.push_str(rest);
    let words = entities(&words);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What follows the tag, or the whole element where its content is not for people.
fn skip_element(after: &str) -> &str {
    for (name, close) in [
        ("script", "</script"),
        ("style", "</style"),
        ("head", "</head"),
        ("title", "</title"),
        ("!--", "-->"),
    ] {
        if find(after, name) == Some(0) {
            let end = find(after, close).unwrap_or(after.len());
            return after[end..].split_once('>').map_or("", |(_, rest)| rest);
        }
    }
    after.split_once('>').map_or("", |(_, rest)| rest)
}

fn entities(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Finds ASCII text without regard to case.
fn find(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_and_words_remain() {
        let page = "\u{feff}\n<!DOCTYPE html><html><head><TITLE>502 Bad Gateway</TITLE><style>a{}\
                    </style></head><body class=x><h1>Bad&nbsp;Gateway</h1><script>x<1</script>\
                    <!-- no > --><p>nginx &amp; co</body></html>";
        assert!(is_markup(page));
        assert_eq!(text(page), "502 Bad Gateway · Bad Gateway nginx & co");
    }

    #[test]
    fn broken_markup_is_no_trouble() {
        assert_eq!(text("<html"), "");
        assert_eq!(text("<title>x"), "x");
        assert_eq!(text("<script>x"), "");
        assert_eq!(text("<error><code>5</code> no </error>"), "5 no");
        assert!(!is_markup("{\"a\": 1}"));
    }
}
