//! Text out of headers as an envelope tells it.

/// Text without characters that nobody means: JSON could carry them, many readers could not.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// The value of a field on one line.
pub(super) fn unfolded(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut folded = false;
    for c in raw.trim().chars() {
        match c {
            '\r' | '\n' => folded = true,
            ' ' | '\t' if folded => {}
            c => {
                if folded {
                    value.push(' ');
                    folded = false;
                }
                value.push(if c.is_control() && c != '\t' {
                    char::REPLACEMENT_CHARACTER
                } else {
                    c
                });
            }
        }
    }
    value
}

/// An id without its angle brackets.
pub(super) fn bare_id(id: &str) -> String {
    clean(id.trim().trim_start_matches('<').trim_end_matches('>'))
}
