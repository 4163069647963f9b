//! The reference of the configuration, made of the sections and the types that read it: as a page of the book, as a
//! file to begin from, and as a document.

mod page;
mod sample;

use grantd_mail::SpoolConfig;
use grantd_model::documented::{Describes, Documented, Field, Form};
use grantd_secrets::SourceConfig;
use serde_json::{Value, json};

use super::values::{Effective, Expected};
use super::{KeyringConfig, defaults, sections, variables};

/// What a reload takes up; everything else needs a restart.
pub(crate) const RELOADED: [&str; 7] = [
    "egress.allow",
    "egress.ca_bundle",
    "log.level",
    "server.allowed_hosts",
    "server.tls_certificate",
    "server.tls_key",
    "server.trusted_proxies",
];

/// Everything that can be set.
#[derive(Debug)]
pub(crate) struct Reference {
    sections: Vec<Section>,
    declared: Vec<Declared>,
}

/// A section whose settings have names.
#[derive(Debug)]
struct Section {
    name: &'static str,
    about: String,
    settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug)]
struct Setting {
    name: &'static str,
    about: String,
    expected: String,
    default: Value,
    variable: String,
    is_reloaded: bool,
}

/// A table that is read as a whole, such as `[sources.NAME]`.
#[derive(Debug)]
struct Declared {
    name: &'static str,
    about: String,
    kinds: Vec<Kind>,
}

/// One form of such a table.
#[derive(Debug)]
struct Kind {
    /// What stands in `kind`; none where there is one form alone.
    name: Option<String>,
    about: String,
    fields: Vec<DeclaredField>,
}

/// One value of such a form.
#[derive(Debug)]
struct DeclaredField {
    name: String,
    about: String,
    expected: &'static str,
    is_needed: bool,
}

impl Reference {
    /// Reads it from the types.
    pub(crate) fn new() -> Self {
        let defaults = defaults();
        let sections = sections().into_iter().map(|section| Section {
            name: section.name,
            about: flowing(section.about),
            settings: section
                .settings
                .iter()
                .filter_map(|setting| {
                    let key = format!("{}.{}", section.name, setting.name);
                    let default = defaults.iter().find(|default| default.key == key)?;
                    Some(self::setting(setting.name, setting.about, default))
                })
                .collect(),
        });
        Self {
            sections: sections.collect(),
            declared: vec![
                declared("keyring", &KeyringConfig::documented(), true),
                declared("sources.NAME", &SourceConfig::documented(), true),
                declared("spools.NAME", &SpoolConfig::documented(), false),
            ],
        }
    }

    /// As a document.
    pub(crate) fn json(&self) -> Value {
        let sections = self.sections.iter().map(|section| {
            let settings = section.settings.iter().map(|setting| {
                json!({
                    "name": setting.name,
                    "about": setting.about,
                    "expected": setting.expected,
                    "default": setting.default,
                    "variable": setting.variable,
                    "reloaded": setting.is_reloaded,
                })
            });
            let settings: Vec<Value> = settings.collect();
            json!({ "name": section.name, "about": section.about, "settings": settings })
        });
        let declared = self.declared.iter().map(|declared| {
            let kinds = declared.kinds.iter().map(|kind| {
                let fields = kind.fields.iter().map(|field| {
                    json!({
                        "name": field.name,
                        "about": field.about,
                        "expected": field.expected,
                        "needed": field.is_needed,
                    })
                });
                let fields: Vec<Value> = fields.collect();
                json!({ "kind": kind.name, "about": kind.about, "settings": fields })
            });
            let kinds: Vec<Value> = kinds.collect();
            json!({ "name": declared.name, "about": declared.about, "kinds": kinds })
        });
        json!({
            "sections": sections.collect::<Vec<_>>(),
            "declared": declared.collect::<Vec<_>>(),
        })
    }
}

fn setting(name: &'static str, about: &[&str], default: &Effective) -> Setting {
    Setting {
        name,
        about: flowing(about),
        expected: match &default.expected {
            Expected::Text => "text".to_owned(),
            Expected::Texts => "list of texts".to_owned(),
            Expected::Path => "path".to_owned(),
            Expected::YesNo => "`true` or `false`".to_owned(),
            Expected::Number(range) => {
                format!("number from {} to {}", range.start(), range.end())
            }
        },
        default: default.value.clone(),
        variable: variables::variable(&default.key),
        is_reloaded: RELOADED.contains(&default.key.as_str()),
    }
}

fn declared(name: &'static str, documented: &Documented, has_kinds: bool) -> Declared {
    let kinds = documented.forms.iter().map(|form| Kind {
        name: has_kinds.then(|| form.name.to_ascii_lowercase()),
        about: flowing(form.about),
        fields: fields(form, ""),
    });
    Declared {
        name,
        about: flowing(documented.about),
        kinds: kinds.collect(),
    }
}

/// The fields of a form; those of a type within it stand behind its name and a point.
fn fields(form: &Form, prefix: &str) -> Vec<DeclaredField> {
    let fields = form.fields.iter().flat_map(|field| {
        let name = format!("{prefix}{}", field.name);
        let Some(inner) = field.inner else {
            return vec![DeclaredField {
                name,
                about: flowing(field.about),
                expected: expected(field),
                is_needed: !form.is_optional(field),
            }];
        };
        let prefix = if name.is_empty() {
            String::new()
        } else {
            format!("{name}.")
        };
        let documented = inner();
        let forms = documented.forms.iter();
        forms.flat_map(|form| fields(form, &prefix)).collect()
    });
    fields.collect()
}

/// What a field is to be, in the words of the file.
fn expected(field: &Field) -> &'static str {
    let of_type = field.of_type;
    let inner = of_type
        .strip_prefix("Option<")
        .and_then(|rest| rest.strip_suffix('>'));
    match inner.unwrap_or(of_type) {
        "String" => "text",
        "PathBuf" => "path",
        "bool" => "`true` or `false`",
        "u64" => "number",
        "Vec<String>" | "Vec<PathBound>" | "Served" => "list of texts",
        "BTreeMap<String, String>" => "table of texts",
        _ => "value",
    }
}

/// The lines of a doc comment as one text.
fn flowing(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests;
