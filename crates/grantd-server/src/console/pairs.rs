//! Rows of a name and a value, readable or secret, in a form: parameters and header fields.
//!
//! Each row is three fields, `{place}_name`, `{place}_value` and `{place}_kind`. Invariant: a secret value
//! never goes back to a page.

use grantd_model::Parameter;
use grantd_model::parameter::ParameterValue;

use super::form::Form;
use super::texts::Texts;

/// Where rows are: the first part of their fields' names.
const PLACES: [&str; 2] = ["parameter", "header"];

/// Which secret ones were typed: their place and name, in a form that is sent back.
const TYPED: &str = "typed_again";

/// The most rows of a place that a page shows.
const MOST_ROWS: usize = 100;

/// A row.
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) is_secret: bool,
    /// Whether its secret value is kept where none is typed.
    pub(crate) is_kept: bool,
}

impl Pair {
    /// Whether a secret was typed that has to be typed again.
    pub(crate) fn is_missing(&self) -> bool {
        self.is_secret && !self.is_kept && self.value.is_empty() && !self.name.is_empty()
    }
}

/// The rows of a place as they were typed, those that are empty excepted: name, value, and whether it is secret.
pub(super) fn typed<'a>(form: &'a Form, place: &str) -> Vec<(&'a str, &'a str, bool)> {
    let all = |part: &str| -> Vec<&'a str> { form.all(&format!("{place}_{part}")).collect() };
    let rows = all("name").into_iter().zip(all("value")).zip(all("kind"));
    rows.filter(|((name, value), _)| !name.trim().is_empty() || !value.is_empty())
        .map(|((name, value), kind)| (name, value, kind == "secret"))
        .collect()
}

/// Whether a secret was typed that is not sent back.
pub(super) fn holds_secret(form: &Form, place: &str) -> bool {
    let mut rows = typed(form, place).into_iter();
    rows.any(|(_, value, is_secret)| is_secret && !value.is_empty())
}

/// Adds the rows of what is kept, without secret values.
pub(super) fn put_kept(form: &mut Form, place: &str, kept: &[Parameter<ParameterValue>]) {
    for Parameter { name, value } in kept {
        let (text, kind) = match value {
            ParameterValue::Plain(text) => (text.as_str(), "plain"),
            ParameterValue::Secret { .. } => ("", "secret"),
        };
        form.add(&format!("{place}_name"), name);
        form.add(&format!("{place}_value"), text);
        form.add(&format!("{place}_kind"), kind);
    }
}

/// The form with the names of secret ones alone, and with which of them were typed.
pub(super) fn without_secrets(form: Form) -> Form {
    PLACES.iter().fold(form, |form, place| {
        let kinds: Vec<bool> = form
            .all(&format!("{place}_kind"))
            .map(|kind| kind == "plain")
            .collect();
        // where a kind is missing, the worst is taken
        let is_secret = |position: usize| !kinds.get(position).copied().unwrap_or_default();
        let (names, values) = (format!("{place}_name"), format!("{place}_value"));
        let typed: Vec<String> = form
            .all(&names)
            .zip(form.all(&values))
            .enumerate()
            .filter(|(position, (_, value))| is_secret(*position) && !value.is_empty())
            .map(|(_, (name, _))| format!("{place} {name}"))
            .collect();
        let mut form = form.emptied(&values, is_secret);
        for text in typed {
            form.add(TYPED, &text);
        }
        form
    })
}

/// What is there, and an empty row to fill.
pub(super) fn rows(
    form: &Form,
    place: &str,
    before: Option<&[Parameter<ParameterValue>]>,
) -> Vec<Pair> {
    let keeps = |name: &str| {
        let mut kept = before.unwrap_or_default().iter();
        kept.any(|it| it.name == name && matches!(it.value, ParameterValue::Secret { .. }))
    };
    // what was typed of them did not come back
    let again: Vec<(&str, &str)> = form
        .all(TYPED)
        .filter_map(|text| text.split_once(' '))
        .collect();
    let typed = typed(form, place).into_iter().take(MOST_ROWS);
    let mut rows: Vec<Pair> = typed
        .map(|(name, value, is_secret)| Pair {
            name: name.to_owned(),
            // a secret one is typed again
            value: (if is_secret { "" } else { value }).to_owned(),
            is_secret,
            is_kept: is_secret && keeps(name) && !again.contains(&(place, name)),
        })
        .collect();
    rows.push(Pair {
        name: String::new(),
        value: String::new(),
        is_secret: place == "header",
        is_kept: false,
    });
    rows
}

/// The rows to compare and to read, one on a line.
pub(super) fn words(t: &Texts, form: &Form, place: &str) -> String {
    let lines: Vec<String> = typed(form, place)
        .into_iter()
        .map(|(name, value, is_secret)| match (is_secret, value) {
            (true, "") => format!("{name}: {}", t.say("field.pair_secret")),
            (true, _) => format!("{name}: {}", t.say("edit.stale_new_secret")),
            (false, value) => format!("{name}: {value}"),
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_told() {
        let texts = Texts::default();
        let typed = "header_name=H&header_value=CANARY&header_kind=secret";
        let form = Form::parse(typed.as_bytes());
        assert!(!words(&texts, &form, "header").contains("CANARY"));
        let rows = rows(&form, "header", None);
        assert!(rows.iter().all(|row| row.value.is_empty()));
        assert!(rows[0].is_missing());
    }
}
