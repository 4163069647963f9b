//! Secret sources that an admin adds: their bounds, their own secrets, and what becomes of tokens.

mod bounds;
mod cached;
mod changes;

use grantd_engine::{SourceSecretInput, SourceTest};
use grantd_model::secret_reference::SourceName;
use grantd_model::source::{HttpsDraft, LoginDraft, VaultDraft};
use grantd_model::{
    Actor, ClientAuthentication, CredentialDraft, Revision, Secret, SecretInput, SecretReference,
    Source, SourceDraft,
};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::minimal;

/// Where the service of the tests is.
pub(crate) const SERVICE: &str = "secrets.example.com";

pub(crate) fn name(text: &str) -> SourceName {
    SourceName::try_from(text).unwrap()
}

/// A service without a secret of its own, that serves `apps/*` for the token endpoint of the tests.
pub(crate) fn service() -> SourceDraft {
    SourceDraft {
        kind: "https".to_owned(),
        https: Some(HttpsDraft {
            url: format!("https://{SERVICE}/v1/{{path}}"),
            ..HttpsDraft::default()
        }),
        paths: vec!["apps/*".to_owned()],
        origins: vec!["https://login.example.com".to_owned()],
        ..SourceDraft::default()
    }
}

/// A service that knows grantd by a header.
pub(crate) fn service_with_header() -> SourceDraft {
    let mut draft = service();
    draft.https.as_mut().unwrap().header = Some("authorization".to_owned());
    draft
}

/// A vault that grantd signs in to in this way.
pub(crate) fn vault(login: LoginDraft) -> SourceDraft {
    SourceDraft {
        vault: Some(VaultDraft {
            address: "https://vault.example.com:8200".to_owned(),
            login,
            ..VaultDraft::default()
        }),
        kind: "vault".to_owned(),
        https: None,
        ..service()
    }
}

pub(crate) const fn without() -> SourceSecretInput {
    SourceSecretInput {
        secret: None,
        is_wrapped: false,
    }
}

pub(crate) fn with_secret(secret: &str) -> SourceSecretInput {
    SourceSecretInput {
        secret: Some(SecretInput::Internal(Secret::from(secret))),
        is_wrapped: false,
    }
}

pub(crate) fn elsewhere(source: &str, path: &str) -> SourceSecretInput {
    SourceSecretInput {
        secret: Some(SecretInput::External(reference(source, path))),
        is_wrapped: false,
    }
}

pub(crate) const fn kept() -> SourceSecretInput {
    SourceSecretInput {
        secret: Some(SecretInput::Keep),
        is_wrapped: false,
    }
}

pub(crate) fn reference(source: &str, path: &str) -> SecretReference {
    SecretReference {
        source: name(source),
        path: path.to_owned(),
        key: None,
        version: None,
    }
}

/// A credential whose secret is there.
pub(crate) fn credential(of: &str, reference: SecretReference) -> CredentialDraft {
    CredentialDraft {
        authentication: ClientAuthentication::ClientSecretPost {
            secret: SecretInput::External(reference),
        },
        ..minimal(of)
    }
}

pub(crate) async fn added(
    engine: &TestEngine,
    of: &str,
    draft: SourceDraft,
    input: SourceSecretInput,
) -> Source {
    let admin = engine.as_admin();
    let added = engine.create_source(&admin, name(of), &draft, input).await;
    added.unwrap()
}

/// How a try went, as its class.
pub(crate) fn class(test: &SourceTest) -> &'static str {
    match &test.outcome {
        Ok(_) => "ok",
        Err(error) => error.class(),
    }
}

/// Calls a method about sources, of an engine with a source `kept`.
pub(crate) async fn call(
    engine: &TestEngine,
    method: &str,
    actor: &Actor,
) -> Result<(), grantd_engine::EngineError> {
    use grantd_testkit::Answer;
    engine
        .outbound
        .answer_always(SERVICE, Answer::json(200, "s"));
    added(engine, "kept", service(), without()).await;
    let of = name("kept");
    let first = Revision::FIRST;
    match method {
        "list_sources" => engine.list_sources(actor).map(drop),
        "sources" => engine.sources(actor).await.map(drop),
        "source" => engine.source(actor, &of).await.map(drop),
        "create_source" => {
            let draft = service();
            let created = engine.create_source(actor, name("new"), &draft, without());
            created.await.map(drop)
        }
        "update_source" => {
            let draft = SourceDraft {
                description: "changed".to_owned(),
                ..service()
            };
            let updated = engine.update_source(actor, &of, first, &draft, without());
            updated.await.map(drop)
        }
        "delete_source" => engine.delete_source(actor, &of, first).await,
        "test_source" => {
            let draft = service();
            let wanted = Some(reference("kept", "apps/one"));
            let test = engine.test_source(actor, &of, &draft, without(), wanted);
            test.await.map(drop)
        }
        "test_reference" => {
            let destination = bounds::destination("https://login.example.com");
            let wanted = reference("kept", "apps/one");
            let test = engine.test_reference(actor, &wanted, &destination).await?;
            assert_eq!(class(&test), "ok");
            Ok(())
        }
        "browse_source" => match engine.browse_source(actor, &of, "").await {
            // it does not list, for whoever may ask
            Err(grantd_engine::EngineError::Source(error)) if error.class() == "not_listed" => {
                Ok(())
            }
            listed => listed.map(drop),
        },
        _ => panic!("{method} is not called"),
    }
}
