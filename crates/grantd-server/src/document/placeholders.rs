//! Variables where secrets are left out, for an installation that does not have them.

use std::collections::BTreeSet;

use grantd_engine::Exported;
use grantd_model::SecretValue;
use serde_json::Value;

/// The most that is taken of the name of a thing and of its secret; a variable's may have 64 letters.
const MOST_NAME: usize = 56;

/// Puts a variable of its own in the place of each secret that is kept here.
pub(super) fn put(document: &mut Value, exported: &Exported) {
    let mut names = Names::default();
    for source in &exported.sources {
        let secret = source.secret.as_ref().map(|it| &it.value);
        if let Some(SecretValue::Internal(_)) = secret {
            let name = source.name.to_string();
            let place = document.pointer_mut(&format!("/sources/{name}"));
            insert(place, "secret", &names.next(&name, "secret"));
        }
    }
    let credentials = document.get_mut("credentials");
    let credentials = credentials.and_then(Value::as_object_mut);
    for (slug, members) in credentials.into_iter().flatten() {
        if members["secret_source"] == "internal" {
            let name = names.next(slug, "secret");
            insert(Some(members), "client_secret", &name);
        }
        for (list, secret_by_default) in [("parameters", false), ("headers", true)] {
            let entries = members.get_mut(list).and_then(Value::as_array_mut);
            for entry in entries.into_iter().flatten() {
                let is_secret = entry["secret"].as_bool().unwrap_or(secret_by_default);
                if is_secret && entry["value"].is_null() {
                    let name = names.next(slug, entry["name"].as_str().unwrap_or(list));
                    insert(Some(entry), "value", &name);
                }
            }
        }
    }
}

fn insert(place: Option<&mut Value>, member: &str, name: &str) {
    if let Some(members) = place.and_then(Value::as_object_mut) {
        members.insert(member.to_owned(), Value::String(format!("${{{name}}}")));
    }
}

/// The names that are taken.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// A name made of those of a thing and of its secret.
    fn next(&mut self, thing: &str, secret: &str) -> String {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        };
        let mut name: String = format!("{thing}_{secret}").chars().map(plain).collect();
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            name.insert(0, '_');
        }
        name.truncate(MOST_NAME);
        let mut found = name.clone();
        let mut number = 2;
        while !self.0.insert(found.clone()) {
            found = format!("{name}_{number}");
            number += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_variables_and_none_is_there_twice() {
        let mut names = Names::default();
        let long = "x".repeat(63);
        for (thing, secret, expected) in [
            ("sales-mail", "secret", "sales_mail_secret".to_owned()),
            ("sales", "X-Mail-Secret", "sales_x_mail_secret".to_owned()),
            ("sales", "x.mail.secret", "sales_x_mail_secret_2".to_owned()),
            ("1st", "secret", "_1st_secret".to_owned()),
            (&long, "secret", "x".repeat(56)),
            (&long, "other", format!("{}_2", "x".repeat(56))),
        ] {
            assert_eq!(names.next(thing, secret), expected);
        }
    }
}
