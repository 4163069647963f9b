//! A sealed value that was moved or redirected in the store by hand opens nowhere, and nothing is
//! sent.

use grantd_engine::{CredentialRef, EngineError};
use grantd_model::{
    AuditAction, Credential, ErrorKind, Parameter, ParameterValue, Sealed, SecretList, SecretValue,
};
use grantd_store::SealError;
use grantd_testkit::fixtures::{HOST, full, minimal};
use grantd_testkit::{Answer, TestEngine};

use crate::{by_id, cause, created};

/// Two credentials with secrets of every kind, to the same origin.
async fn two(engine: &TestEngine) -> (Credential, Credential) {
    (
        created(engine, full("one")).await,
        created(engine, full("two")).await,
    )
}

/// Puts a credential into the store as it is, past the engine, which reads it when it is started
/// anew.
async fn overwrite(engine: &TestEngine, credential: &Credential) {
    let mut unit = engine.store.write().await.unwrap();
    let done = unit
        .credentials()
        .update(credential, credential.revision)
        .await;
    done.unwrap();
    unit.commit().await.unwrap();
}

fn list(credential: &Credential) -> SecretList {
    credential.authentication.secret().clone()
}

fn with_secret(credential: &Credential, value: &Sealed, version: u32) -> Credential {
    let mut secrets = list(credential);
    secrets.current.value = SecretValue::Internal(value.clone());
    secrets.current.version = version;
    Credential {
        authentication: credential.authentication.method().with_secret(secrets),
        ..credential.clone()
    }
}

fn sealed_secret(credential: &Credential) -> Sealed {
    match &credential.authentication.secret().current.value {
        SecretValue::Internal(sealed) => sealed.clone(),
        SecretValue::External(_) => panic!("an external secret"),
    }
}

fn sealed_value(parameter: &Parameter<ParameterValue>) -> Sealed {
    match &parameter.value {
        ParameterValue::Secret { sealed, .. } => sealed.clone(),
        ParameterValue::Plain(_) => panic!("a plain value"),
    }
}

fn set_value(parameter: &mut Parameter<ParameterValue>, to: Sealed) {
    match &mut parameter.value {
        ParameterValue::Secret { sealed, .. } => *sealed = to,
        ParameterValue::Plain(_) => panic!("a plain value"),
    }
}

/// Fetches a token of what stands in the store now: refused, and nothing leaves.
async fn refused(engine: &TestEngine, wanted: &CredentialRef, what: &str) {
    let before = engine.outbound.sent().len();
    let restarted = engine.restarted();
    let error = restarted.fetch_token(&engine.as_admin(), wanted).await;
    let error = error.err().unwrap_or_else(|| panic!("{what}: a token"));
    assert_eq!(error.kind(), ErrorKind::SealBroken, "{what}: {error}");
    assert!(
        matches!(cause(&error), EngineError::Seal(SealError::Refused)),
        "{what}: {error}"
    );
    assert_eq!(engine.outbound.sent().len(), before, "{what}: sent");
    let failed = engine
        .audit_log()
        .await
        .into_iter()
        .filter(|entry| entry.action == AuditAction::TokenFetch);
    assert!(failed.count() > 0, "{what}: not recorded");
}

#[tokio::test]
async fn untouched_they_open() {
    let engine = TestEngine::start();
    let (one, _) = two(&engine).await;
    engine.outbound.answer(HOST, Answer::token("t"));
    let admin = engine.as_admin();
    engine.fetch_token(&admin, &by_id(&one)).await.unwrap();
    // written back by hand without a change, too
    overwrite(&engine, &one).await;
    engine.outbound.answer(HOST, Answer::token("t"));
    let restarted = engine.restarted();
    restarted.fetch_token(&admin, &by_id(&one)).await.unwrap();
}

#[tokio::test]
async fn a_value_of_another_row_is_refused() {
    let engine = TestEngine::start();
    let (one, two) = two(&engine).await;
    overwrite(&engine, &with_secret(&two, &sealed_secret(&one), 1)).await;
    refused(&engine, &by_id(&two), "client secret").await;
    for kind in ["parameter", "header"] {
        let mut moved = two.clone();
        let (from, to) = match kind {
            "parameter" => (&one.parameters[1], &mut moved.parameters[1]),
            _ => (&one.headers[1], &mut moved.headers[1]),
        };
        set_value(to, sealed_value(from));
        overwrite(&engine, &moved).await;
        refused(&engine, &by_id(&two), kind).await;
    }
}

#[tokio::test]
async fn a_value_of_another_field_is_refused() {
    let engine = TestEngine::start();
    let (one, _) = two(&engine).await;
    let wanted = by_id(&one);
    for from in [&one.parameters[1], &one.headers[1]] {
        overwrite(&engine, &with_secret(&one, &sealed_value(from), 1)).await;
        refused(&engine, &wanted, "sent as the client secret").await;
    }
    let values = [
        sealed_secret(&one),
        sealed_value(&one.parameters[1]),
        sealed_value(&one.headers[1]),
    ];
    for (number, value) in values.iter().enumerate() {
        let mut moved = one.clone();
        if number != 1 {
            set_value(&mut moved.parameters[1], value.clone());
            overwrite(&engine, &moved).await;
            refused(&engine, &wanted, "sent as a parameter").await;
        }
        let mut moved = one.clone();
        if number != 2 {
            set_value(&mut moved.headers[1], value.clone());
            overwrite(&engine, &moved).await;
            refused(&engine, &wanted, "sent as a header").await;
        }
    }
    let mut renamed = one.clone();
    renamed.parameters[1].name = "other".to_owned();
    overwrite(&engine, &renamed).await;
    refused(&engine, &wanted, "a parameter of another name").await;
    let mut renamed = one.clone();
    renamed.headers[1].name = "x-other".to_owned();
    overwrite(&engine, &renamed).await;
    refused(&engine, &wanted, "a header of another name").await;
}

#[tokio::test]
async fn a_value_of_another_version_is_refused() {
    let engine = TestEngine::start();
    let (one, _) = two(&engine).await;
    overwrite(&engine, &with_secret(&one, &sealed_secret(&one), 2)).await;
    refused(&engine, &by_id(&one), "version").await;
    let mut older = one.clone();
    older.parameters[1].value = ParameterValue::Secret {
        version: 7,
        sealed: sealed_value(&one.parameters[1]),
    };
    overwrite(&engine, &older).await;
    refused(&engine, &by_id(&one), "version of a parameter").await;
}

#[tokio::test]
async fn an_endpoint_that_was_redirected_by_hand_gets_nothing() {
    for (number, url) in [
        "https://evil.example.net/oauth2/token",
        "https://login.example.com:8443/oauth2/token",
        "https://login.example.com.evil.example.net/oauth2/token",
        "http://127.0.0.1/oauth2/token",
    ]
    .into_iter()
    .enumerate()
    {
        let engine = TestEngine::start();
        let made = created(&engine, minimal("a")).await;
        let mut redirected = made.clone();
        redirected.settings.token_endpoint = url.try_into().unwrap();
        overwrite(&engine, &redirected).await;
        refused(&engine, &by_id(&made), &format!("{number} {url}")).await;
    }
}

#[tokio::test]
async fn an_altered_or_cut_value_is_refused() {
    let engine = TestEngine::start();
    let made = created(&engine, minimal("a")).await;
    let bytes = sealed_secret(&made).as_bytes().to_vec();
    let admin = engine.as_admin();
    for position in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[position] ^= 1;
        let altered = with_secret(&made, &Sealed::from_bytes(altered), 1);
        overwrite(&engine, &altered).await;
        let error = engine.fetch_token(&admin, &by_id(&made)).await;
        let error = error.err().unwrap_or_else(|| panic!("byte {position}"));
        assert_eq!(error.kind(), ErrorKind::SealBroken, "byte {position}");
    }
    for length in 0..bytes.len() {
        let cut = Sealed::from_bytes(bytes[..length].to_vec());
        overwrite(&engine, &with_secret(&made, &cut, 1)).await;
        let error = engine.fetch_token(&admin, &by_id(&made)).await;
        let error = error.err().unwrap_or_else(|| panic!("{length} bytes"));
        assert_eq!(error.kind(), ErrorKind::SealBroken, "{length} bytes");
    }
    assert!(engine.outbound.sent().is_empty());
}
