//! Flags of the form NAME=VALUE, and NAME=@FILE for what is secret.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::one_secret::read_one_secret;
use crate::failure::Failure;

/// Labels of `--label`.
///
/// # Errors
/// When one is no pair, or a key is given twice.
pub(in crate::cli) fn labels(pairs: &[String]) -> Result<Option<Value>, Failure> {
    let mut labels = Map::new();
    for pair in pairs {
        let (key, value) = split("--label", pair, "KEY=VALUE")?;
        if labels.insert(key.to_owned(), json!(value)).is_some() {
            return Err(Failure::usage(format!("--label: `{key}` is given twice")));
        }
    }
    Ok((!labels.is_empty()).then_some(Value::Object(labels)))
}

/// Extra parameters or headers: readable ones, then secret ones from files.
///
/// # Errors
/// When one is no pair, or a file can not be read.
pub(in crate::cli) fn parameters(
    (plain_flag, plain): (&str, &[String]),
    (secret_flag, secret): (&str, &[String]),
) -> Result<Option<Value>, Failure> {
    let mut parameters = Vec::new();
    for pair in plain {
        let (name, value) = split(plain_flag, pair, "NAME=VALUE")?;
        parameters.push(json!({"name": name, "value": value, "secret": false}));
    }
    for pair in secret {
        let (name, file) = split(secret_flag, pair, "NAME=@FILE")?;
        let Some(file) = file.strip_prefix('@') else {
            return Err(Failure::usage(format!(
                "{secret_flag}: NAME=@FILE is expected, as a secret in the command line could be \
                 seen by others"
            )));
        };
        let value = read_one_secret(secret_flag, Path::new(file))?;
        parameters.push(json!({"name": name, "value": value.expose(), "secret": true}));
    }
    Ok((!parameters.is_empty()).then_some(Value::Array(parameters)))
}

/// The flag and the name of the parameter at this position of [`parameters`]; what stands behind
/// the name is not repeated, it may be a secret.
pub(in crate::cli) fn at(
    position: usize,
    (plain_flag, plain): (&str, &[String]),
    (secret_flag, secret): (&str, &[String]),
) -> Option<String> {
    let plain = plain.iter().map(|pair| (plain_flag, pair));
    let secret = secret.iter().map(|pair| (secret_flag, pair));
    let (flag, pair) = plain.chain(secret).nth(position)?;
    let (name, _) = pair.split_once('=')?;
    Some(format!("{flag} {name}"))
}

/// Both sides of a pair.
///
/// # Errors
/// When it is none.
pub(in crate::cli) fn split<'a>(
    flag: &str,
    pair: &'a str,
    expected: &str,
) -> Result<(&'a str, &'a str), Failure> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        // what was typed is not repeated, it may be a secret
        _ => Err(Failure::usage(format!("{flag}: {expected} is expected"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_value_may_hold_further_equals_signs() {
        let labels = labels(&owned(&["team=sales", "note=a=b"])).unwrap();
        assert_eq!(labels, Some(json!({"team": "sales", "note": "a=b"})));
    }

    #[test]
    fn what_is_no_pair_is_refused_without_repeating_it() {
        let secret = owned(&["X-Key=hunter2"]);
        let fault = parameters(("--header", &[]), ("--secret-header", &secret)).unwrap_err();
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
        for pairs in [&["hunter2"][..], &["=hunter2"], &["a=1", "a=2"]] {
            let fault = labels(&owned(pairs)).unwrap_err();
            assert!(!fault.to_string().contains("hunter2"), "{fault}");
        }
    }

    #[test]
    fn a_position_is_named_by_flag_and_name_alone() {
        let (plain, secret) = (owned(&["a=1"]), owned(&["X-Key=@hunter2"]));
        let named = |position| at(position, ("--header", &plain), ("--secret-header", &secret));
        assert_eq!(named(0).as_deref(), Some("--header a"));
        assert_eq!(named(1).as_deref(), Some("--secret-header X-Key"));
        assert_eq!(named(2), None);
    }
}
