//! The engine from outside, over a store in memory and a way out that leads nowhere.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is how a fault is told"
)]
#![expect(clippy::panic, reason = "in a test a panic is how a fault is told")]

mod access;
mod alerts;
mod audit;
mod binding;
mod confidential;
mod consumers;
mod credentials;
mod engine;
mod generations;
mod installation;
mod keyring;
mod keys;
mod labels;
mod listeners;
mod paging;
mod people;
mod plans;
mod sealing;
mod sources;
mod tokens;

use grantd_engine::{CredentialRef, EngineError};
use grantd_model::{Credential, CredentialDraft, ErrorKind, SecretInput};
use grantd_testkit::TestEngine;

/// Adds it as an admin.
async fn created(engine: &TestEngine, draft: CredentialDraft) -> Credential {
    let admin = engine.as_admin();
    engine.create_credential(&admin, draft).await.unwrap()
}

/// The credential by its id.
fn by_id(credential: &Credential) -> CredentialRef {
    CredentialRef::Id(credential.id)
}

/// The draft with the secret that is kept already.
fn keeping(mut draft: CredentialDraft) -> CredentialDraft {
    draft.authentication = draft.authentication.method().with_secret(SecretInput::Keep);
    draft
}

/// Pointers and codes of wrong values.
fn fields(error: &EngineError) -> Vec<(String, &'static str)> {
    let EngineError::Fields(faults) = error else {
        panic!("no field errors: {error}");
    };
    let one = |fault: &grantd_model::FieldError| (fault.pointer.clone(), fault.code);
    faults.iter().map(one).collect()
}

/// Why there is no token.
fn cause(error: &EngineError) -> &EngineError {
    match error {
        EngineError::NoToken { failure, .. } => &failure.cause,
        other => other,
    }
}

/// How it ended, as callers act on it.
fn kind<T>(result: Result<T, EngineError>) -> Result<(), ErrorKind> {
    match result {
        Ok(_) => Ok(()),
        Err(error) => Err(error.kind()),
    }
}
