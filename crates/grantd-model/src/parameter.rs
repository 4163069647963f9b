//! Extra form parameters and headers of the token request.

use crate::text::{check_line, is_one_of};
use crate::{Invalid, Sealed};

/// The most extra parameters, and the most extra headers, of one credential.
pub const MOST_PARAMETERS: usize = 32;

/// Form parameters that have their own setting or that the protocol owns.
const OWNED_PARAMETERS: [&str; 9] = [
    "assertion",
    "audience",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "grant_type",
    "resource",
    "scope",
];

/// Headers that the protocol or the connection owns.
const OWNED_HEADERS: [&str; 15] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A name with its value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter<V> {
    /// The name on the wire; headers in lower case.
    pub name: String,
    /// The value.
    pub value: V,
}

/// The value of an extra parameter or header as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterValue {
    /// Readable.
    Plain(String),
    /// Sealed and write-only.
    Secret {
        /// From the credential's counter of secret values; never used twice.
        version: u32,
        /// The value.
        sealed: Sealed,
    },
}

/// Checks the name of an extra form parameter.
///
/// # Errors
/// When it is empty, long, or one that has a setting of its own.
pub fn check_parameter_name(name: &str) -> Result<(), Invalid> {
    check_line(name, 128)?;
    if is_one_of(name, &OWNED_PARAMETERS) {
        return Err(Invalid::new(
            "reserved_name",
            format!(
                "a parameter that grantd does not set itself is expected, `{name}` has its own setting"
            ),
        ));
    }
    Ok(())
}

/// Checks the name of an extra header (RFC 9110 section 5.1); it is in lower case.
///
/// # Errors
/// When it is no token of RFC 9110, or one that the protocol or the connection owns.
pub fn check_header_name(name: &str) -> Result<(), Invalid> {
    check_line(name, 128)?;
    let token =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.chars().all(token) {
        return Err(Invalid::new(
            "invalid_header_name",
            "a header name is expected (RFC 9110 section 5.1)",
        ));
    }
    if OWNED_HEADERS.contains(&name) {
        return Err(Invalid::new(
            "reserved_name",
            format!("a header that grantd does not set itself is expected, `{name}` is one"),
        ));
    }
    Ok(())
}

/// Checks the value of an extra parameter.
///
/// # Errors
/// When it is longer than 4096 characters or holds NUL.
pub fn check_parameter_value(value: &str) -> Result<(), Invalid> {
    if value.chars().count() > 4096 {
        return Err(Invalid::new(
            "too_long",
            "at most 4096 characters are expected",
        ));
    }
    if value.contains('\0') {
        return Err(Invalid::new(
            "control_character",
            "a value without NUL is expected",
        ));
    }
    Ok(())
}

/// Checks the value of an extra header (RFC 9110 section 5.5).
///
/// # Errors
/// When it is longer than 4096 characters or holds what a header must not hold.
pub fn check_header_value(value: &str) -> Result<(), Invalid> {
    if value.len() > 4096 {
        return Err(Invalid::new(
            "too_long",
            "at most 4096 characters are expected",
        ));
    }
    if !value.chars().all(|c| matches!(c, ' '..='~' | '\t')) || value.trim() != value {
        return Err(Invalid::new(
            "invalid_header_value",
            "printable ASCII without white space around it is expected",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owned_parameters_are_refused_in_any_case() {
        for name in [
            "client_secret",
            "Client_Secret",
            "Grant_Type",
            "SCOPE",
            "Client_Assertion",
        ] {
            let fault = check_parameter_name(name).unwrap_err();
            assert_eq!(fault.code, "reserved_name", "{name}");
            assert!(fault.detail.contains(name), "{}", fault.detail);
        }
        for name in ["client_secret_2", "Tenant", "scopes"] {
            assert!(check_parameter_name(name).is_ok(), "{name}");
        }
    }
}
