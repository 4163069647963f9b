//! The words of a page of HTML: its title first, no tags, no script, no style.

/// The longest entity that is read.
const MOST_ENTITY: usize = 12;

/// Whether the text is a page of HTML, whatever its content type says.
pub(crate) fn is_page(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let end = match rest {
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<?") => "?>",
            _ => break,
        };
        let Some((_, after)) = rest.split_once(end) else {
            return false;
        };
        rest = after;
    }
    ["<!doctype html", "<html"].iter().any(|start| {
        let head = rest.get(..start.len()).unwrap_or_default();
        let after = rest.get(start.len()..).unwrap_or_default();
        head.eq_ignore_ascii_case(start)
            && !after.starts_with(|c: char| c.is_alphanumeric() || "-_:.".contains(c))
    })
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

/// Once over the text, so that what is decoded is not decoded again.
fn entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let end = after.bytes().take(MOST_ENTITY).position(|b| b == b';');
        let entity = end.and_then(|end| Some((end, character(&after[..end])?)));
        rest = if let Some((end, character)) = entity {
            decoded.push(character);
            &after[end + 1..]
        } else {
            decoded.push('&');
            after
        };
    }
    decoded.push_str(rest);
    decoded
}

fn character(entity: &str) -> Option<char> {
    Some(match entity {
        "nbsp" => ' ',
        "shy" => '\u{ad}',
        "zwnj" => '\u{200c}',
        "zwj" => '\u{200d}',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        _ => {
            let number = entity.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let number = hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
            char::from_u32(number.ok()?)?
        }
    })
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
        assert!(is_page(page));
        assert_eq!(text(page), "502 Bad Gateway · Bad Gateway nginx & co");
    }

    #[test]
    fn broken_markup_is_no_trouble() {
        assert_eq!(text("<html"), "");
        assert_eq!(text("<title>x"), "x");
        assert_eq!(text("<script>x"), "");
        assert_eq!(
            text("<p>5<i> n&#111;&amp;lt; & &x; &#xD800;"),
            "5 no&lt; & &x; &#xD800;"
        );
    }

    #[test]
    fn other_markup_is_no_page() {
        for page in [
            "<html",
            "<HTML>",
            "<!-- a --><?xml?>\n<!DOCTYPE HTML PUBLIC>",
        ] {
            assert!(is_page(page), "{page}");
        }
        for other in [
            "{\"a\": 1}",
            "<r>",
            "<htmlx>",
            "<html:r>",
            "<!DOCTYPE r>",
            "<!-- <html>",
            "ä",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }
}
