//! Names of things as they are typed: checked before anything is sent, so that what is wrong is
//! named as it was typed.

use grantd_engine::{ConsumerRef, CredentialRef, ListenerRef};
use grantd_model::secret_reference::SourceName;
use grantd_model::{Invalid, KeyId, Slug, UserName};

/// Slug or id of a credential.
///
/// # Errors
/// Says what is expected.
pub(super) fn credential(typed: &str) -> Result<String, String> {
    let read: Result<CredentialRef, Invalid> = typed.parse();
    as_typed(typed, read)
}

/// Slug or id of an email listener.
///
/// # Errors
/// Says what is expected.
pub(super) fn listener(typed: &str) -> Result<String, String> {
    let read: Result<ListenerRef, Invalid> = typed.parse();
    as_typed(typed, read)
}

/// Slug or id of an HTTP consumer.
///
/// # Errors
/// Says what is expected.
pub(super) fn consumer(typed: &str) -> Result<String, String> {
    let read: Result<ConsumerRef, Invalid> = typed.parse();
    as_typed(typed, read)
}

/// Name of a secret source.
///
/// # Errors
/// Says what is expected.
pub(super) fn source(typed: &str) -> Result<String, String> {
    as_typed(typed, SourceName::try_from(typed))
}

/// Name of an alert channel.
///
/// # Errors
/// Says what is expected.
pub(super) fn channel(typed: &str) -> Result<String, String> {
    as_typed(typed, Slug::try_from(typed))
}

/// Id of an API key.
///
/// # Errors
/// Says what is expected.
pub(super) fn key(typed: &str) -> Result<String, String> {
    let read: Result<KeyId, Invalid> = typed.parse();
    as_typed(typed, read)
}

/// What a person types to sign in.
///
/// # Errors
/// Says what is expected.
pub(super) fn user_name(typed: &str) -> Result<String, String> {
    as_typed(typed, UserName::try_from(typed))
}

fn as_typed<T>(typed: &str, read: Result<T, Invalid>) -> Result<String, String> {
    match read {
        Ok(_) => Ok(typed.to_owned()),
        Err(fault) => Err(fault.detail),
    }
}
