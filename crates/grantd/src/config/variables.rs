//! Variables `GRANTD_<SECTION>_<KEY>`.

use super::keys;
use super::place::Place;
use super::values::{Values, Written};
use crate::environment::Environment;
use crate::failure::{Exit, Failure};
use crate::nearest::suggestion;

/// Variables that are no settings: where the configuration is, and what clients go by.
const OTHERS: [&str; 5] = [
    "GRANTD_API_KEY_FILE",
    "GRANTD_CA_FILE",
    "GRANTD_CONFIG",
    "GRANTD_PROFILE",
    "GRANTD_URL",
];

/// Variables that `grantd exec` sets, so that a command run by it may run grantd.
const OF_EXEC: [&str; 3] = [
    "GRANTD_ACCESS_TOKEN",
    "GRANTD_EXPIRES_AT",
    "GRANTD_TOKEN_TYPE",
];

/// Reads the variables into the values.
pub(super) fn read(environment: &Environment, values: &mut Values) {
    for (name, text) in environment.own() {
        let place = Place::Variable(name.to_owned());
        match keys().find(|key| variable(key) == name) {
            Some(key) => values.set(key, place, Written::Text(text.to_owned())),
            None => {
                if let Some(detail) = unknown(name) {
                    values.fault(place, "", detail);
                }
            }
        }
    }
}

/// Refuses variables that begin with `GRANTD_` and have no meaning, for commands that read no
/// configuration.
///
/// # Errors
/// With every such variable.
pub(crate) fn check_names(environment: &Environment) -> Result<(), Failure> {
    let faults: Vec<String> = environment
        .own()
        .filter_map(|(name, _)| unknown(name).map(|detail| format!("{name}: {detail}")))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::of(Exit::Usage, faults))
    }
}

fn unknown(name: &str) -> Option<String> {
    if OF_EXEC.contains(&name) {
        return None;
    }
    let known: Vec<String> = keys()
        .map(|key| variable(&key))
        .chain(OTHERS.map(str::to_owned))
        .collect();
    if known.iter().any(|known| known == name) {
        return None;
    }
    // a section that was left out is further away than slips of the fingers are
    let tail = name.trim_start_matches("GRANTD");
    let suggestion = match known.iter().find(|known| known.ends_with(tail)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => suggestion(name, known.iter().map(String::as_str)),
    };
    Some(format!(
        "this variable has no meaning for grantd; {suggestion}"
    ))
}

/// The name of the variable of a setting.
pub(super) fn variable(key: &str) -> String {
    format!("GRANTD_{}", key.replace('.', "_").to_ascii_uppercase())
}
