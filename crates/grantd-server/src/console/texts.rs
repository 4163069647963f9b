//! All texts of the console, from one file for each language.
//!
//! A template asks for a text by its key. A test sees to it that every key which is asked for is
//! there, and none is there in vain.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt::Display;

use super::show::Markup;

const ENGLISH: &str = include_str!("texts/en.toml");

/// The texts of one language.
pub(crate) struct Texts(HashMap<String, String>);

impl Default for Texts {
    fn default() -> Self {
        Self::read(ENGLISH)
    }
}

impl Texts {
    fn read(file: &str) -> Self {
        let mut texts = HashMap::new();
        // the file is a part of the program; a test reads it
        if let Ok(table) = file.parse::<toml::Table>() {
            flatten(&table, "", &mut texts);
        }
        Self(texts)
    }

    /// The text; the key itself where there is none.
    pub(crate) fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// The text if there is one.
    pub(crate) fn find(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The text with a value in the place of its `{}`.
    pub(crate) fn say1(&self, key: &str, value: impl Display) -> String {
        self.say(key).replacen("{}", &value.to_string(), 1)
    }

    /// The text with two values in the places of its `{}`, in order.
    pub(crate) fn say2(&self, key: &str, one: impl Display, two: impl Display) -> String {
        filled(self.say(key), &[one.to_string(), two.to_string()])
    }

    /// The text for so many: `key.one` or `key.other`, with the number in the place of `{}`.
    pub(crate) fn count(&self, key: &str, number: impl Borrow<u64>) -> String {
        let number = *number.borrow();
        let form = if number == 1 { "one" } else { "other" };
        self.say1(&format!("{key}.{form}"), super::show::number(number))
    }

    /// The text as HTML: what stands between backticks is code.
    pub(crate) fn rich(&self, key: &str) -> Markup {
        with_code(self.say(key))
    }

    /// The same with a value in the place of its `{}`.
    pub(crate) fn rich1(&self, key: &str, value: impl Display) -> Markup {
        with_code(&self.say1(key, value))
    }
}

fn filled(text: &str, values: &[String]) -> String {
    let mut parts = text.split("{}");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (position, part) in parts.enumerate() {
        // one value alone stands in all places
        let value = values.get(position).or(values.first());
        out.push_str(value.map_or("", String::as_str));
        out.push_str(part);
    }
    out
}

/// Text in which what stands between backticks is code.
pub(super) fn with_code(text: &str) -> Markup {
    let mut out = String::with_capacity(text.len() + 16);
    for (position, part) in text.split('`').enumerate() {
        if position > 0 {
            out.push_str(if position % 2 == 1 {
                "<code>"
            } else {
                "</code>"
            });
        }
        super::show::escape_into(&mut out, part);
    }
    Markup(out)
}

fn flatten(table: &toml::Table, prefix: &str, texts: &mut HashMap<String, String>) {
    for (key, value) in table {
        let key = format!("{prefix}{key}");
        match value {
            toml::Value::Table(table) => flatten(table, &format!("{key}."), texts),
            toml::Value::String(text) => {
                texts.insert(key, text.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn values_fill_their_places_and_code_is_marked() {
        let texts = Texts::read(
            "a = 'x {} y {} z'\nb = 'use `{}` & <b>'\n[n]\none='{} row'\nother='{} rows'",
        );
        assert_eq!(texts.say2("a", 1, "{}"), "x 1 y {} z");
        assert_eq!(
            texts.rich1("b", "<i>").0,
            "use <code>&lt;i&gt;</code> &amp; &lt;b&gt;"
        );
        assert_eq!(texts.count("n", 1), "1 row");
        assert_eq!(texts.count("n", 1200), "1,200 rows");
        assert_eq!(texts.say("nothing"), "nothing");
    }

    /// What a source asks for: each literal that begins with the name of a section.
    fn asked(text: &str, sections: &BTreeSet<String>, keys: &mut BTreeSet<String>) {
        for literal in text.split('"') {
            let is_key = literal
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_'));
            let section = literal.split_once('.').map(|(section, _)| section);
            if is_key && section.is_some_and(|it| sections.contains(it)) {
                keys.insert(literal.to_owned());
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "it reads the sources")]
    fn read(folder: &Path, sections: &BTreeSet<String>, keys: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, sections, keys);
            } else if !path.ends_with("texts.rs")
                && path
                    .extension()
                    .is_some_and(|it| it == "rs" || it == "html")
            {
                asked(&std::fs::read_to_string(&path).unwrap(), sections, keys);
            }
        }
    }

    /// What keys of which a part is made at run time begin with.
    const MADE: &[&str] = &[
        "action.",
        "cause.",
        "detail.",
        "detail_value.",
        "credentials.sort.",
        "done.",
        "failure_class.",
        "failure_meaning.",
        "mail_class.",
        "role.",
        "snippet.",
        "standing.",
        "step.",
        "time.month.",
    ];

    #[test]
    fn every_text_is_asked_for_and_every_one_asked_for_is_there() {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let there: BTreeSet<String> = Texts::default().0.into_keys().collect();
        let sections = there
            .iter()
            .filter_map(|key| Some(key.split_once('.')?.0.to_owned()))
            .collect();
        let mut keys = BTreeSet::from(["language".to_owned()]);
        read(&crate_folder.join("templates"), &sections, &mut keys);
        read(&crate_folder.join("src/console"), &sections, &mut keys);
        assert!(keys.len() > 400, "{} keys", keys.len());
        let forms = |key: &str| [format!("{key}.one"), format!("{key}.other")];
        let is_there = |key: &&String| {
            there.contains(*key) || forms(key).iter().all(|form| there.contains(form))
        };
        let missing: Vec<_> = keys.iter().filter(|key| !is_there(key)).collect();
        assert!(missing.is_empty(), "not in the file: {missing:?}");
        let asked_for = |key: &&String| {
            let plain = key
                .strip_suffix(".one")
                .or_else(|| key.strip_suffix(".other"));
            keys.contains(*key)
                || plain.is_some_and(|plain| keys.contains(plain))
                || MADE.iter().any(|prefix| key.starts_with(prefix))
        };
        let vain: Vec<_> = there.iter().filter(|key| !asked_for(key)).collect();
        assert!(vain.is_empty(), "in the file in vain: {vain:?}");
    }

    #[test]
    fn every_action_and_class_has_words() {
        let texts = Texts::default();
        for action in grantd_model::AuditAction::ALL {
            let key = format!("action.{}", action.name());
            assert!(texts.find(&key).is_some(), "{key}");
        }
    }
}
