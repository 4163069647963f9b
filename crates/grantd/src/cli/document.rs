//! A document with its variables, as files: read, sent, and what is wrong named by file and line.

mod told;

use std::path::{Path, PathBuf};

use clap::Args;
use grantd_model::Secret;
use grantd_server::document_text::{DocumentText, TextForm, secret_variables};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::files;

pub(super) use told::told;

/// Where the document and its variables stand in the body of a request.
const DOCUMENT: &str = "/document";
const VARIABLES: &str = "/variables";

/// The document and its variables.
#[derive(Debug, Args)]
pub(super) struct DocumentFlags {
    /// The document: JSON if its name ends in `.json`, else TOML; `-` is standard input, JSON if it begins with `{`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File with the values of its variables, TOML or JSON, or `-` for standard input; may be repeated. A file
    /// that holds secrets has to be readable by its owner alone
    #[arg(long, value_name = "FILE")]
    variables: Vec<PathBuf>,
}

/// A document that was read, with where its parts came from.
pub(super) struct Sent {
    file: PathBuf,
    text: DocumentText,
    variables: Vec<(PathBuf, DocumentText)>,
}

impl DocumentFlags {
    /// Reads the files.
    ///
    /// # Errors
    /// When they can not be read, a variable has two values, or others may read a secret.
    pub(super) fn read(&self) -> Result<Sent, Failure> {
        let given = std::iter::once(&self.file).chain(&self.variables);
        if given.filter(|path| files::is_standard(path)).count() > 1 {
            return Err(Failure::usage(
                "`-` is given more than once; standard input can be read once",
            ));
        }
        let (text, _) = read(&self.file)?;
        let text = parse(&self.file, text.expose())?;
        let secret = secret_variables(&text.document);
        let mut variables: Vec<(PathBuf, DocumentText)> = Vec::new();
        for path in &self.variables {
            let (text, mode) = read(path)?;
            let read = parse(path, text.expose())?;
            let names = names(path, &read)?;
            for name in &names {
                if let Some((other, text)) = variables
                    .iter()
                    .find(|(_, other)| other.document.get(name).is_some())
                {
                    let line = text.line(&format!("/{name}"));
                    return Err(Failure::usage(format!(
                        "{}:{}: the variable `{name}` has a value already, at {}:{line}",
                        path.display(),
                        read.line(&format!("/{name}")),
                        other.display(),
                    )));
                }
            }
            let holds_secret = names.iter().any(|name| secret.contains(*name));
            if let Some(mode) = mode.filter(|mode| holds_secret && mode & 0o077 != 0) {
                return Err(readable_by_others(path, mode));
            }
            variables.push((path.clone(), read));
        }
        Ok(Sent {
            file: self.file.clone(),
            text,
            variables,
        })
    }
}

impl Sent {
    /// What is sent.
    pub(super) fn body(&self) -> Map<String, Value> {
        let mut values = Map::new();
        for (_, text) in &self.variables {
            let members = text.document.as_object().into_iter().flatten();
            values.extend(members.map(|(name, value)| (name.clone(), value.clone())));
        }
        let mut body = Map::new();
        body.insert("document".to_owned(), self.text.document.clone());
        body.insert("variables".to_owned(), json!(values));
        body
    }

    /// Names what is wrong by file and line.
    pub(super) fn placed(&self, mut failure: Failure) -> Failure {
        for (place, _) in failure.fields_mut() {
            *place = self.place(place);
        }
        failure
    }

    /// File, line and member of a place in the body.
    pub(super) fn place(&self, pointer: &str) -> String {
        if let Some(place) = pointer.strip_prefix(DOCUMENT) {
            let line = self.text.line(place);
            let member = in_words(place);
            let file = self.file.display();
            return if member.is_empty() {
                format!("{file}:{line}")
            } else {
                format!("{file}:{line}: {member}")
            };
        }
        let Some(place) = pointer.strip_prefix(VARIABLES) else {
            return pointer.to_owned();
        };
        let name = in_words(place);
        let mut files = self.variables.iter();
        match files.find(|(_, text)| text.document.get(&name).is_some()) {
            Some((path, text)) => format!("{}:{}: {name}", path.display(), text.line(place)),
            None => name,
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        for (_, text) in &mut self.variables {
            let members = text.document.as_object_mut().into_iter().flatten();
            for (_, value) in members {
                if let Value::String(text) = value {
                    drop(Secret::new(std::mem::take(text)));
                }
            }
        }
    }
}

/// A file with its permission bits, or standard input, which has none.
fn read(path: &Path) -> Result<(Secret<String>, Option<u32>), Failure> {
    let read = if files::is_standard(path) {
        files::read_standard_input().map(|text| (text, None))
    } else {
        files::read_secret(path).map(|(text, mode)| (text, Some(mode)))
    };
    read.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn parse(path: &Path, text: &str) -> Result<DocumentText, Failure> {
    let form = if files::is_standard(path) && text.trim_start().starts_with('{') {
        TextForm::Json
    } else {
        TextForm::of_file(&path.to_string_lossy())
    };
    DocumentText::read(text, form).map_err(|fault| {
        Failure::usage(format!(
            "{}:{}: {}",
            path.display(),
            fault.line,
            fault.detail
        ))
    })
}

fn names<'a>(path: &Path, read: &'a DocumentText) -> Result<Vec<&'a str>, Failure> {
    match &read.document {
        Value::Object(members) => Ok(members.keys().map(String::as_str).collect()),
        _ => Err(Failure::usage(format!(
            "{}:1: names with their values are expected",
            path.display()
        ))),
    }
}

fn readable_by_others(path: &Path, mode: u32) -> Failure {
    let shown = path.display();
    Failure::usage(format!(
        "{shown} holds secrets and has mode {mode:04o}, expected is 0600; others may have read them"
    ))
    .with_remedy(format!(
        "Make it owner-only: chmod 600 {shown}; if others did read it, change the secrets. Variables that \
         are none may stand in a file of their own."
    ))
}

/// A JSON pointer as the members that TOML would name.
fn in_words(pointer: &str) -> String {
    let parts = pointer.split('/').skip(1);
    let parts: Vec<String> = parts
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    parts.join(".")
}
