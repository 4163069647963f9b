//! Each change writes one entry, in its own transaction; filters and secrets.

mod consumers;

use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{
    AuditFilter, AuditSpan, ChannelSecretInput, CredentialRef, EngineError, KeyDraft, ListenerRef,
    MailProgress, UserChange, ValidationRequest, ValidationSubject,
};
use grantd_model::{
    Action, AlertChannel, AlertId, AuditAction, AuditEntry, ChannelDraft, Consumer, Credential,
    ErrorKind, Grant, KeyId, Listener, ObjectId, Role, ScopeSetting, Secret, SecretInput, Source,
    UserId,
};
use grantd_secrets::Sources;
use grantd_store::StoreError;
use grantd_testkit::contract::{everything, first};
use grantd_testkit::fixtures::{
    CLIENT_SECRET, HEADER_SECRET, HOST, PARAMETER_SECRET, full, minimal,
};
use grantd_testkit::{Answer, FailingStore, MemoryStore, TestEngine};

use crate::consumers::{FIELD_SECRET, QUERY_SECRET};
use crate::listeners::{key, letter, listener, mailer};
use crate::{alerts, by_id, cause, created, keeping, sources};

/// Every change that somebody makes of something else; those of one's own account are in `people`.
const CHANGES: [AuditAction; 44] = [
    AuditAction::KeyringRotate,
    AuditAction::KeyringForget,
    AuditAction::AuditCheck,
    AuditAction::AuditExport,
    AuditAction::BackupCreate,
    AuditAction::ChannelCreate,
    AuditAction::ChannelUpdate,
    AuditAction::ChannelDelete,
    AuditAction::ChannelTest,
    AuditAction::ChannelReplay,
    AuditAction::SourceCreate,
    AuditAction::SourceUpdate,
    AuditAction::SourceDelete,
    AuditAction::SourceTest,
    AuditAction::ListenerCreate,
    AuditAction::ListenerUpdate,
    AuditAction::ListenerDelete,
    AuditAction::ListenerPause,
    AuditAction::ListenerResume,
    AuditAction::ListenerTest,
    AuditAction::MailReplay,
    AuditAction::MailDiscard,
    AuditAction::ConsumerCreate,
    AuditAction::ConsumerUpdate,
    AuditAction::ConsumerDelete,
    AuditAction::ConsumerEnable,
    AuditAction::ConsumerDisable,
    AuditAction::ConsumerTest,
    AuditAction::CredentialCreate,
    AuditAction::CredentialUpdate,
    AuditAction::CredentialDisable,
    AuditAction::CredentialEnable,
    AuditAction::CredentialDelete,
    AuditAction::CredentialValidate,
    AuditAction::SecretAdd,
    AuditAction::SecretPromote,
    AuditAction::TokenFetch,
    AuditAction::TokenDrop,
    AuditAction::KeyCreate,
    AuditAction::KeyRevoke,
    AuditAction::UserCreate,
    AuditAction::UserUpdate,
    AuditAction::UserDelete,
    AuditAction::UserLink,
];

/// An engine with a credential, a disabled one and a key, and a log that can be made to refuse.
struct World {
    engine: TestEngine,
    store: FailingStore,
    credential: Credential,
    disabled: Credential,
    rotating: Credential,
    listener: Listener,
    paused: Listener,
    consumer: Consumer,
    disabled_consumer: Consumer,
    source: Source,
    channel: AlertChannel,
    alert: AlertId,
    key: KeyId,
    user: UserId,
    /// A key that nothing is under.
    spare_key: String,
}

impl World {
    async fn new() -> Self {
        let store = FailingStore::around(Arc::new(MemoryStore::default()));
        let engine = TestEngine::with(Arc::new(store.clone()), Sources::default());
        let admin = engine.as_admin();
        let credential = created(&engine, minimal("one")).await;
        let disabled = created(&engine, minimal("two")).await;
        let disabled = engine
            .set_credential_enabled(&admin, &by_id(&disabled), false)
            .await;
        let disabled = disabled.unwrap();
        let rotating = created(&engine, minimal("rotating")).await;
        let rotating = engine
            .add_secret(&admin, &by_id(&rotating), rotating.revision, new_secret())
            .await;
        let rotating = rotating.unwrap();
        let (kept, paused) = listeners(&engine).await;
        let (consumer, disabled_consumer) = consumers::two(&engine).await;
        let source = sources::added(&engine, "one", sources::service(), sources::without()).await;
        let channel = alerts::added(&engine, "one", &alerts::webhook()).await;
        let alert = alerts::tested(&engine, &channel.name).await;
        let key = engine.create_key(&admin, key_draft()).await.unwrap();
        let name = "ops".try_into().unwrap();
        let user = engine.create_user(&admin, name, Role::Viewer).await;
        engine.outbound.answer_always(HOST, Answer::token("t"));
        engine.clock.advance(Duration::from_secs(1));
        Self {
            spare_key: engine.with_spare_key(),
            key: key.key.id,
            user: user.unwrap().0.id,
            engine,
            store,
            credential,
            disabled,
            rotating,
            listener: kept,
            paused,
            consumer,
            disabled_consumer,
            source,
            channel,
            alert,
        }
    }

    fn listener_ref(&self) -> ListenerRef {
        ListenerRef::Id(self.listener.id)
    }

    /// Does it as an admin, and tells to what.
    #[expect(clippy::too_many_lines, reason = "every action is named")]
    async fn make(&self, change: AuditAction) -> Result<ObjectId, EngineError> {
        let engine = &self.engine;
        let admin = &engine.as_admin();
        let wanted = &by_id(&self.credential);
        let revision = self.credential.revision;
        let object = ObjectId::from(self.credential.id);
        match change {
            AuditAction::CredentialCreate => {
                let made = engine.create_credential(admin, minimal("three")).await?;
                return Ok(made.id.into());
            }
            AuditAction::CredentialUpdate => {
                let draft = keeping(minimal("renamed"));
                let update = engine
                    .update_credential(admin, wanted, revision, draft)
                    .await;
                update?;
            }
            AuditAction::CredentialDisable => {
                let disable = engine.set_credential_enabled(admin, wanted, false).await;
                disable?;
            }
            AuditAction::CredentialEnable => {
                let wanted = CredentialRef::Id(self.disabled.id);
                let enable = engine.set_credential_enabled(admin, &wanted, true).await;
                return Ok(enable?.id.into());
            }
            AuditAction::CredentialDelete => {
                engine.delete_credential(admin, wanted, revision).await?;
            }
            AuditAction::SecretAdd => {
                let add = engine
                    .add_secret(admin, wanted, revision, new_secret())
                    .await;
                add?;
            }
            AuditAction::SecretPromote => {
                let wanted = by_id(&self.rotating);
                let revision = self.rotating.revision;
                engine.promote_secret(admin, &wanted, revision).await?;
                return Ok(self.rotating.id.into());
            }
            AuditAction::CredentialValidate => {
                let request = ValidationRequest {
                    subject: ValidationSubject::Saved(wanted.clone()),
                    probe: None,
                };
                engine.validate(admin, request, None).await?;
            }
            AuditAction::TokenFetch => {
                engine.fetch_token(admin, wanted).await?;
            }
            AuditAction::TokenDrop => {
                engine.drop_tokens(admin, wanted).await?;
            }
            AuditAction::KeyCreate => {
                let made = engine.create_key(admin, key_draft()).await?;
                return Ok(made.key.id.into());
            }
            AuditAction::KeyRevoke => {
                engine.revoke_key(admin, self.key).await?;
                return Ok(self.key.into());
            }
            AuditAction::ListenerCreate
            | AuditAction::ListenerUpdate
            | AuditAction::ListenerDelete
            | AuditAction::ListenerPause
            | AuditAction::ListenerResume
            | AuditAction::ListenerTest
            | AuditAction::MailReplay
            | AuditAction::MailDiscard => return self.make_to_listener(change).await,
            AuditAction::ConsumerCreate
            | AuditAction::ConsumerUpdate
            | AuditAction::ConsumerDelete
            | AuditAction::ConsumerEnable
            | AuditAction::ConsumerDisable
            | AuditAction::ConsumerTest => return self.make_to_consumer(change).await,
            AuditAction::SourceCreate
            | AuditAction::SourceUpdate
            | AuditAction::SourceDelete
            | AuditAction::SourceTest => return self.make_to_source(change).await,
            AuditAction::ChannelCreate
            | AuditAction::ChannelUpdate
            | AuditAction::ChannelDelete
            | AuditAction::ChannelTest
            | AuditAction::ChannelReplay => return self.make_to_channel(change).await,
            AuditAction::UserCreate
            | AuditAction::UserUpdate
            | AuditAction::UserDelete
            | AuditAction::UserLink => return self.make_to_user(change).await,
            AuditAction::KeyringRotate
            | AuditAction::KeyringForget
            | AuditAction::AuditCheck
            | AuditAction::AuditExport
            | AuditAction::BackupCreate => return self.make_to_installation(change).await,
            AuditAction::PasswordSet
            | AuditAction::SecondFactorAdd
            | AuditAction::SecondFactorRemove
            | AuditAction::RecoveryCodes
            | AuditAction::SessionBegin
            | AuditAction::SessionRefuse
            | AuditAction::SessionEnd => panic!("{change} is of one's own account"),
        }
        Ok(object)
    }

    /// The same for what is done to the installation.
    async fn make_to_installation(&self, change: AuditAction) -> Result<ObjectId, EngineError> {
        let engine = &self.engine;
        let admin = &engine.as_admin();
        match change {
            AuditAction::KeyringRotate => {
                engine.rotate_keyring(admin).await?;
            }
            AuditAction::KeyringForget => {
                engine.forget_key(admin, &self.spare_key).await?;
            }
            AuditAction::AuditCheck => {
                engine.check_audit(admin, None).await?;
            }
            AuditAction::AuditExport => {
                let all = AuditSpan::default();
                engine.begin_audit_export(admin, &all).await?;
            }
            AuditAction::BackupCreate => {
                engine.create_backup(admin, "1").await?;
            }
            _ => panic!("{change} is not done to the installation"),
        }
        Ok(ObjectId::installation())
    }

    /// The same for what is done to users.
    async fn make_to_user(&self, change: AuditAction) -> Result<ObjectId, EngineError> {
        let engine = &self.engine;
        let admin = &engine.as_admin();
        match change {
            AuditAction::UserCreate => {
                let name = "new".try_into().unwrap();
                let made = engine.create_user(admin, name, Role::Viewer).await?;
                Ok(made.0.id.into())
            }
            AuditAction::UserUpdate => {
                engine
                    .update_user(admin, self.user, UserChange::role(Role::Editor))
                    .await?;
                Ok(self.user.into())
            }
            AuditAction::UserDelete => {
                engine.delete_user(admin, self.user).await?;
                Ok(self.user.into())
            }
            AuditAction::UserLink => {
                engine.create_password_link(admin, self.user).await?;
                Ok(self.user.into())
            }
            _ => panic!("{change} is not done to a user"),
        }
    }

    /// The same for what is done to listeners and their mails.
    async fn make_to_listener(&self, change: AuditAction) -> Result<ObjectId, EngineError> {
        let engine = &self.engine;
        let admin = &engine.as_admin();
        match change {
            AuditAction::ListenerCreate => {
                let made = engine
                    .create_listener(admin, None, &listener("another"))
                    .await?;
                return Ok(made.id.into());
            }
            AuditAction::ListenerUpdate => {
                let (wanted, revision) = (self.listener_ref(), self.listener.revision);
                let draft = listener("renamed");
                engine
                    .update_listener(admin, &wanted, revision, &draft)
                    .await?;
            }
            AuditAction::ListenerDelete => {
                let (wanted, revision) = (self.listener_ref(), self.listener.revision);
                engine.delete_listener(admin, &wanted, revision).await?;
            }
            AuditAction::ListenerPause => {
                engine
                    .pause_listener(admin, &self.listener_ref(), true)
                    .await?;
            }
            AuditAction::ListenerResume => {
                let wanted = ListenerRef::Id(self.paused.id);
                engine.pause_listener(admin, &wanted, false).await?;
                return Ok(self.paused.id.into());
            }
            AuditAction::ListenerTest => {
                engine.test_listener(admin, &listener("tested")).await?;
                let wanted = CredentialRef::Slug("mailer".try_into().unwrap());
                return Ok(engine.get_credential(admin, &wanted).await?.id.into());
            }
            AuditAction::MailReplay => {
                engine
                    .replay_mail(admin, &self.listener_ref(), &key())
                    .await?;
            }
            AuditAction::MailDiscard => {
                engine
                    .discard_mail(admin, &self.listener_ref(), &key())
                    .await?;
            }
            _ => panic!("{change} is not done to a listener"),
        }
        Ok(self.listener.id.into())
    }

    /// The same for what is done to a secret source.
    async fn make_to_source(&self, change: AuditAction) -> Result<ObjectId, EngineError> {
        let engine = &self.engine;
        let admin = &engine.as_admin();
        let (of, first) = (&self.source.name, self.source.revision);
        match change {
            AuditAction::SourceCreate => {
                let name = sources::name("another");
                let made = engine
                    .create_source(admin, name, &sources::service(), sources::without())
                    .await?;
                return Ok(made.id.into());
            }
            AuditAction::SourceUpdate => {
                let mut draft = sources::service();
                draft.fresh_s = 7;
                engine
                    .update_source(admin, of, first, &draft, sources::without())
                    .await?;
            }
            AuditAction::SourceDelete => engine.delete_source(admin, of, first).await?,
            AuditAction::SourceTest => {
                let wanted = sources::reference(of.as_str(), "outside");
                let to = grantd_engine::Destination::of(&minimal("a").settings);
                engine.test_reference(admin, &wanted, &to).await?;
            }
            _ => panic!("{change} is not done to a source"),
        }
        Ok(self.source.id.into())
    }

    /// The same for what is done to an alert channel.
    async fn make_to_channel(&self, change: AuditAction) -> Result<ObjectId, EngineError> {
        let engine = &self.engine;
        let admin = &engine.as_admin();
        let keep = ChannelSecretInput::Keep;
        let (of, first) = (&self.channel.name, self.channel.revision);
        match change {
            AuditAction::ChannelCreate => {
                let name = alerts::name("another");
                let made = engine
                    .create_channel(admin, name, &alerts::webhook(), keep)
                    .await?;
                return Ok(made.channel.id.into());
            }
            AuditAction::ChannelUpdate => {
                let draft = ChannelDraft {
                    description: "changed".to_owned(),
                    ..alerts::webhook()
                };
                engine
                    .update_channel(admin, of, first, &draft, keep)
                    .await?;
            }
            AuditAction::ChannelDelete => engine.delete_channel(admin, of, first).await?,
            AuditAction::ChannelTest => {
                engine
                    .outbound
                    .answer_always(alerts::RECEIVER, Answer::json(200, "ok"));
                engine.test_channel(admin, of).await?;
            }
            AuditAction::ChannelReplay => {
                engine.replay_alert(admin, of, self.alert).await?;
            }
            _ => panic!("{change} is not done to a channel"),
        }
        Ok(self.channel.id.into())
    }

    /// Everything that is kept.
    async fn kept(&self) -> String {
        let mut unit = self.engine.store.read().await.unwrap();
        let credentials = unit.credentials().page(&everything()).await.unwrap();
        let keys = unit.keys().page(&first(200)).await.unwrap();
        let users = unit.users().page(&first(200)).await.unwrap();
        drop(unit);
        let mut unit = self.engine.store.read().await.unwrap();
        let listeners = unit.listeners().all().await.unwrap();
        let consumers = unit.consumers().all().await.unwrap();
        let sources = unit.sources().all().await.unwrap();
        let channels = unit.channels().all().await.unwrap();
        let deliveries = unit.alerts().deliveries(self.channel.id, 9).await.unwrap();
        let letters = unit.mail().letter(self.listener.id, &key()).await.unwrap();
        drop(unit);
        let log = self.engine.audit_log().await;
        let ring = (self.engine.sealer.key_ids(), self.engine.keyring.ids());
        format!(
            "{credentials:?} {keys:?} {users:?} {listeners:?} {consumers:?} {sources:?} {channels:?} \
             {deliveries:?} {letters:?} {log:?} {ring:?}"
        )
    }
}

/// Two listeners, the second one paused; the first one holds a mail that could not be delivered.
async fn listeners(engine: &TestEngine) -> (Listener, Listener) {
    let admin = &engine.as_admin();
    mailer(engine).await;
    let made = engine.create_listener(admin, None, &listener("one")).await;
    let one = made.unwrap();
    let made = engine.create_listener(admin, None, &listener("two")).await;
    let wanted = ListenerRef::Id(made.unwrap().id);
    let paused = engine.pause_listener(admin, &wanted, true).await.unwrap();
    let memory = engine.listener_memory(admin).unwrap();
    let progress = MailProgress {
        letters: vec![letter(one.id)],
        ..MailProgress::default()
    };
    memory.keep(one.id, progress).await.unwrap();
    (one, paused)
}

fn new_secret() -> SecretInput {
    SecretInput::Internal(Secret::from("canary-next-secret-Lw4"))
}

fn key_draft() -> KeyDraft {
    KeyDraft {
        name: "key".try_into().unwrap(),
        grants: vec![Grant::everywhere(Action::Read)],
        expires_at: None,
    }
}

#[tokio::test]
async fn each_change_writes_exactly_one_entry() {
    for change in CHANGES {
        let world = World::new().await;
        let before = world.engine.audit_log().await;
        let object = world.make(change).await.unwrap();
        let after = world.engine.audit_log().await;
        assert_eq!(after.len(), before.len() + 1, "{change}");
        let entry = &after[0];
        assert_eq!(entry.action, change);
        assert_eq!(entry.object, object, "{change}");
        assert_eq!(entry.actor, world.engine.as_admin().reference());
        assert!(!entry.object_name.is_empty(), "{change}");
        assert_eq!(after[1..], before, "{change}");
    }
}

#[tokio::test]
async fn what_can_not_be_recorded_is_not_done() {
    for change in CHANGES {
        let world = World::new().await;
        let before = world.kept().await;
        world.store.refuse_audit(true);
        let error = world.make(change).await.expect_err(change.name());
        assert!(
            matches!(cause(&error), EngineError::Store(StoreError::Full)),
            "{change}: {error}"
        );
        assert_eq!(error.kind(), ErrorKind::StoreFailed);
        assert_eq!(world.kept().await, before, "{change}");
        world.store.refuse_audit(false);
        world.engine.clock.advance(Duration::from_secs(1));
        world.make(change).await.unwrap();
        assert_ne!(world.kept().await, before, "{change}");
    }
}

#[tokio::test]
async fn what_is_refused_writes_nothing() {
    let world = World::new().await;
    let before = world.kept().await;
    let engine = &world.engine;
    let admin = engine.as_admin();
    let taken = engine.create_credential(&admin, minimal("ONE")).await;
    taken.unwrap_err();
    let taken = keeping(minimal("TWO"));
    let wanted = by_id(&world.credential);
    let update = engine
        .update_credential(&admin, &wanted, world.credential.revision, taken)
        .await;
    update.unwrap_err();
    let viewer = engine.as_viewer();
    let delete = engine
        .delete_credential(&viewer, &wanted, world.credential.revision)
        .await;
    delete.unwrap_err();
    assert_eq!(world.kept().await, before);
}

#[tokio::test]
async fn an_update_tells_what_it_changed() {
    let world = World::new().await;
    let engine = &world.engine;
    let mut draft = minimal("renamed");
    draft.settings.scope = ScopeSetting::NotTaken;
    draft.settings.token_endpoint = "https://login.example.com/v2?key=hidden"
        .try_into()
        .unwrap();
    let wanted = by_id(&world.credential);
    let revision = world.credential.revision;
    let update = engine
        .update_credential(&engine.as_admin(), &wanted, revision, draft)
        .await;
    update.unwrap();
    let entry = engine.audit_log().await.remove(0);
    let detail: Vec<(&str, &str)> = entry
        .detail
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        detail,
        [
            ("name", "one \u{2192} renamed"),
            (
                "token_endpoint",
                "https://login.example.com/oauth2/token \u{2192} https://login.example.com/v2"
            ),
            ("token_endpoint_query", "none \u{2192} set"),
            ("scope", "mail.read \u{2192} none"),
            (
                "client_secret",
                "internal, version 1 \u{2192} internal, version 2"
            ),
        ]
    );
    assert_eq!(entry.object_name, "renamed");
}

#[tokio::test]
async fn no_entry_holds_a_secret() {
    let world = World::new().await;
    let engine = &world.engine;
    let admin = engine.as_admin();
    let mut made = created(engine, full("full")).await;
    for name in ["full 2", "full 3"] {
        let update = engine
            .update_credential(&admin, &by_id(&made), made.revision, full(name))
            .await;
        made = update.unwrap();
    }
    let token = "canary-access-token-Pb2";
    engine.outbound.answer(HOST, Answer::token(token));
    engine.fetch_token(&admin, &by_id(&made)).await.unwrap();
    let repeats = format!(
        r#"{{"error": "{CLIENT_SECRET}", "error_description": "{PARAMETER_SECRET} {HEADER_SECRET}"}}"#
    );
    engine.outbound.answer(HOST, Answer::json(400, &repeats));
    engine.clock.advance(Duration::from_hours(1));
    let refused = engine.fetch_token(&admin, &by_id(&made)).await;
    refused.unwrap_err();
    for change in CHANGES {
        world.make(change).await.ok();
    }
    let log = engine.audit_log().await;
    assert!(log.len() > 10, "{} entries", log.len());
    for entry in log {
        let text = format!("{entry:?}");
        for canary in [
            CLIENT_SECRET,
            PARAMETER_SECRET,
            HEADER_SECRET,
            FIELD_SECRET,
            QUERY_SECRET,
            token,
        ] {
            assert!(!text.contains(canary), "{text}");
        }
    }
}

#[tokio::test]
async fn the_log_is_filtered_by_thing_and_by_action() {
    let world = World::new().await;
    for change in [AuditAction::TokenFetch, AuditAction::CredentialUpdate] {
        world.engine.clock.advance(Duration::from_secs(1));
        world.make(change).await.unwrap();
    }
    let about = |object: Option<ObjectId>, action: Option<AuditAction>| AuditFilter {
        object,
        action,
        limit: 50,
        ..AuditFilter::default()
    };
    let id = ObjectId::from(world.credential.id);
    let found = entries(&world, about(Some(id.clone()), None)).await;
    let actions: Vec<_> = found.iter().map(|entry| entry.action).collect();
    let expected = [
        AuditAction::CredentialUpdate,
        AuditAction::TokenFetch,
        AuditAction::CredentialCreate,
    ];
    assert_eq!(actions, expected);
    let fetches = about(Some(id), Some(AuditAction::TokenFetch));
    assert_eq!(entries(&world, fetches).await.len(), 1);
    let creations = about(None, Some(AuditAction::CredentialCreate));
    assert_eq!(entries(&world, creations).await.len(), 5);
}

async fn entries(world: &World, filter: AuditFilter) -> Vec<AuditEntry> {
    let engine = &world.engine;
    let page = engine.list_audit(&engine.as_admin(), &filter).await;
    page.unwrap().items
}
