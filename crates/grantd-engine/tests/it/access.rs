//! Every method of the engine asks who may: the methods are read from the sources, and one that is
//! not in the table below fails.
#![expect(clippy::disallowed_methods, reason = "it reads the sources")]

use std::collections::BTreeSet;
use std::path::Path;

use grantd_engine::{
    AuditFilter, AuditSpan, ConsumerFilter, ConsumerRef, CredentialFilter, CredentialRef,
    EngineError, ImportMode, KeyDraft, ListenerFilter, ListenerRef, MailProgress, TestSubject,
    UserChange, ValidationRequest, ValidationSubject, Visitor, WantedThings,
};
use grantd_model::{
    Action, Actor, ErrorKind, Grant, KeyId, Revision, Role, Secret, SecretInput, SessionId,
    Timestamp, UserName,
};
use grantd_testkit::fixtures::{HOST, actor, grant, labels, minimal};
use grantd_testkit::{Answer, TestEngine};

use crate::consumers::{caller, consumer, request};
use crate::listeners::{key, letter, listener, mailer};
use crate::{alerts, created, kind, sources};

/// Methods without an actor, each with its reason.
const EXEMPT: &[(&str, &str)] = &[
    ("authenticate", "it finds out who the actor is"),
    ("authenticate_key", "it finds out who the actor is"),
    (
        "token_at_hand",
        "the actor is the one whose key is shown; compared with `token` below",
    ),
    ("authenticate_session", "it finds out who the actor is"),
    ("look_up_session", "it finds out who the actor is"),
    ("to_the_end", "what it runs checks access itself"),
    ("aside", "what it runs checks access itself"),
    ("sign_in", "it finds out who the actor is"),
    (
        "sign_in_second_factor",
        "it goes on with a session that waits for it",
    ),
    ("end_session", "whoever shows a session may end it"),
    (
        "needs_setup",
        "whether anybody can sign in is told to everybody",
    ),
    ("open_link", "whoever has a link may see what it is for"),
    ("use_link", "whoever has a link may use it"),
    ("key_at_hand", "it finds out who the actor is"),
    (
        "consumer_token",
        "the caller is checked, as `consumers` tests with every action",
    ),
    (
        "consumer_token_at_hand",
        "compared with `consumer_token` in `consumers`",
    ),
    (
        "refuse_consumer_token",
        "for who runs consumers: a token is dropped at most once a minute",
    ),
    ("count_consumer_tokens", "for who runs consumers: it counts"),
    ("now", "it tells the time"),
    ("moment", "it tells the time"),
    ("since_boot", "it tells the time"),
    ("unguessable", "it draws a text"),
    ("open_sources", "the program itself begins, nobody asks"),
    ("standing", "whether it works is told to whoever watches it"),
    ("count_kept", "numbers alone are told to whoever watches it"),
    (
        "served_consumers",
        "for who runs them: each request is checked by itself",
    ),
    ("consumers_changed", "that something changed alone is told"),
    ("start", "the program itself begins, nobody asks"),
    ("close", "the program itself ends, nobody asks"),
];

/// Methods that a grant on anything at all is enough for, each with its reason.
const SOMEWHERE: &[(&str, &str)] = &[
    (
        "list_sources",
        "names and kinds alone, for whoever picks one for a credential",
    ),
    (
        "test_reference",
        "that there is a secret alone, within the bounds of its source",
    ),
    (
        "browse_source",
        "names alone, within the bounds of the source",
    ),
    (
        "list_spools",
        "names alone, for whoever picks one for a listener",
    ),
    (
        "check_planner",
        "each thing is checked by itself, see `plans`",
    ),
    ("plan", "each thing is checked by itself, see `plans`"),
    ("apply_plan", "each thing is checked by itself, see `plans`"),
    (
        "import_credentials",
        "each row is checked by itself, see `plans`",
    ),
    ("export", "it holds what may be read, see `plans`"),
];

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Done,
    /// Done, and the list is empty.
    Empty,
    Forbidden,
    /// As if there were no such thing.
    NotFound,
}

use Ended::{Done, Empty, Forbidden, NotFound};

/// Each method with how it ends for: nobody, a viewer, an editor, an admin, and one who may only get
/// tokens.
const TABLE: &[(&str, [Ended; 5])] = &[
    (
        "create_credential",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    (
        "check_planner",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    ("plan", [Forbidden, Forbidden, Done, Done, Forbidden]),
    ("apply_plan", [Forbidden, Forbidden, Done, Done, Forbidden]),
    (
        "import_credentials",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    ("export", [Forbidden, Done, Done, Done, Forbidden]),
    ("get_credential", [NotFound, Done, Done, Done, NotFound]),
    (
        "update_credential",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    (
        "delete_credential",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    (
        "set_credential_enabled",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    ("list_credentials", [Empty, Done, Done, Done, Empty]),
    ("add_secret", [NotFound, Forbidden, Done, Done, NotFound]),
    (
        "promote_secret",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    ("token", [NotFound, Forbidden, Forbidden, Done, Done]),
    ("renew_token", [NotFound, Forbidden, Done, Done, NotFound]),
    ("drop_tokens", [NotFound, Forbidden, Done, Done, NotFound]),
    ("validate", [NotFound, Forbidden, Done, Done, NotFound]),
    ("list_events", [NotFound, Done, Done, Done, NotFound]),
    ("list_usage", [NotFound, Done, Done, Done, NotFound]),
    ("health_of", [NotFound, Done, Done, Done, NotFound]),
    (
        "list_sources",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    (
        "sources",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    ("source", [Forbidden, Forbidden, Forbidden, Done, Forbidden]),
    (
        "create_source",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "update_source",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "delete_source",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "test_source",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "test_reference",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    (
        "browse_source",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    ("channels", [Forbidden, Done, Done, Done, Forbidden]),
    ("channel", [Forbidden, Done, Done, Done, Forbidden]),
    ("alert_deliveries", [Forbidden, Done, Done, Done, Forbidden]),
    (
        "create_channel",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "update_channel",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "delete_channel",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "replay_alert",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "test_channel",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "create_key",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "get_key",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "list_keys",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "revoke_key",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "list_audit",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "list_credential_audit",
        [NotFound, Done, Done, Done, NotFound],
    ),
    (
        "list_listener_audit",
        [NotFound, Done, Done, Done, NotFound],
    ),
    ("tokens_at_hand", [NotFound, Done, Done, Done, NotFound]),
    ("list_usage_hours", [NotFound, Done, Done, Done, NotFound]),
    ("list_hours", [Forbidden, Done, Done, Done, Forbidden]),
    ("installation", [Forbidden, Done, Done, Done, Forbidden]),
    ("sealing_key", [Forbidden, Done, Done, Done, Forbidden]),
    ("credential_names", [Empty, Done, Done, Done, Empty]),
    (
        "rotate_keyring",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "forget_key",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "audit_checkpoint",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "check_audit",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "begin_audit_export",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "audit_rows",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "create_backup",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    ("count_standings", [Empty, Done, Done, Done, Empty]),
    (
        "create_listener",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    (
        "create_paused_listener",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    ("get_listener", [NotFound, Done, Done, Done, NotFound]),
    (
        "update_listener",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    (
        "pause_listener",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    (
        "delete_listener",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    ("list_listeners", [Empty, Done, Done, Done, Empty]),
    ("listener_standing", [NotFound, Done, Done, Done, NotFound]),
    ("list_mail_hours", [NotFound, Done, Done, Done, NotFound]),
    (
        "listeners_of_credential",
        [NotFound, Done, Done, Done, NotFound],
    ),
    ("troubled_listeners", [Empty, Done, Done, Done, Empty]),
    ("list_deliveries", [NotFound, Done, Done, Done, NotFound]),
    ("list_letters", [NotFound, Done, Done, Done, NotFound]),
    ("replay_mail", [NotFound, Forbidden, Done, Done, NotFound]),
    ("discard_mail", [NotFound, Forbidden, Done, Done, NotFound]),
    (
        "listener_memory",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "test_listener",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    (
        "create_consumer",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    ("get_consumer", [NotFound, Done, Done, Done, NotFound]),
    (
        "update_consumer",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    (
        "set_consumer_enabled",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    (
        "delete_consumer",
        [NotFound, Forbidden, Done, Done, NotFound],
    ),
    ("list_consumers", [Empty, Done, Done, Done, Empty]),
    ("consumer_standing", [NotFound, Done, Done, Done, NotFound]),
    (
        "consumers_of_credential",
        [NotFound, Done, Done, Done, NotFound],
    ),
    (
        "list_consumer_audit",
        [NotFound, Done, Done, Done, NotFound],
    ),
    (
        "test_consumer",
        [Forbidden, Forbidden, Done, Done, Forbidden],
    ),
    ("list_spools", [Forbidden, Forbidden, Done, Done, Forbidden]),
    ("reject_token", [NotFound, Forbidden, Forbidden, Done, Done]),
    ("list_labels", [Empty, Done, Done, Done, Empty]),
    ("list_secret_ends", [Empty, Done, Done, Done, Empty]),
    (
        "create_user",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "get_user",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "list_users",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "update_user",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "delete_user",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "remove_second_factor",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "create_setup_link",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "create_password_link",
        [Forbidden, Forbidden, Forbidden, Done, Forbidden],
    ),
    (
        "create_sign_in_link",
        [Forbidden, Forbidden, Forbidden, Forbidden, Forbidden],
    ),
];

/// Methods by which a user acts for itself, whatever the role: in `people/` they are tried with
/// users of their own, and here with one that is not in the store.
const OWN: &[&str] = &[
    "list_own_sessions",
    "end_own_session",
    "end_other_sessions",
    "change_own_password",
    "begin_second_factor",
    "unconfirmed_second_factor",
    "confirm_second_factor",
    "renew_recovery_codes",
    "remove_own_second_factor",
];

/// Methods about listeners whose names do not say so.
const LISTENED: &[&str] = &["list_deliveries", "list_letters"];

/// An engine with one credential and one key.
struct World {
    engine: TestEngine,
    credential: CredentialRef,
    revision: Revision,
    key: KeyId,
}

impl World {
    async fn new() -> Self {
        let engine = TestEngine::start();
        let credential = created(&engine, minimal("kept")).await;
        let key = engine.create_key(&engine.as_admin(), key_draft()).await;
        Self {
            credential: CredentialRef::Id(credential.id),
            revision: credential.revision,
            key: key.unwrap().key.id,
            engine,
        }
    }

    #[expect(clippy::too_many_lines, reason = "a row for each method")]
    async fn call(&self, method: &str, actor: &Actor) -> Ended {
        let (engine, wanted) = (&self.engine, &self.credential);
        match method {
            "create_credential" => ended(engine.create_credential(actor, minimal("new")).await),
            "check_planner" => ended(engine.check_planner(actor)),
            "plan" => ended(engine.plan(actor, WantedThings::default()).await),
            "apply_plan" => {
                let admin = engine.as_admin();
                let plan = engine.plan(&admin, WantedThings::default()).await.unwrap();
                let things = WantedThings::default();
                ended(engine.apply_plan(actor, things, &plan.basis()).await)
            }
            "import_credentials" => {
                let mode = ImportMode::AllOrNothing;
                ended(
                    engine
                        .import_credentials(actor, Vec::new(), mode, None)
                        .await,
                )
            }
            "export" => ended(engine.export(actor).await),
            "get_credential" => ended(engine.get_credential(actor, wanted).await),
            "update_credential" => {
                let draft = minimal("renamed");
                let update = engine
                    .update_credential(actor, wanted, self.revision, draft)
                    .await;
                ended(update)
            }
            "delete_credential" => {
                let delete = engine.delete_credential(actor, wanted, self.revision).await;
                ended(delete)
            }
            "set_credential_enabled" => {
                ended(engine.set_credential_enabled(actor, wanted, false).await)
            }
            "list_credentials" => {
                let filter = CredentialFilter {
                    limit: 10,
                    ..CredentialFilter::default()
                };
                list(engine.list_credentials(actor, &filter).await)
            }
            "add_secret" => {
                let secret = SecretInput::Internal(Secret::from("next"));
                let revision = self.revision;
                ended(engine.add_secret(actor, wanted, revision, secret).await)
            }
            "promote_secret" => {
                let secret = SecretInput::Internal(Secret::from("next"));
                let admin = engine.as_admin();
                let revision = self.revision;
                let added = engine.add_secret(&admin, wanted, revision, secret).await;
                let revision = added.unwrap().revision;
                ended(engine.promote_secret(actor, wanted, revision).await)
            }
            "validate" => {
                engine.outbound.answer_always(HOST, Answer::token("t"));
                let request = ValidationRequest {
                    subject: ValidationSubject::Saved(wanted.clone()),
                    probe: None,
                };
                let ended = ended(engine.validate(actor, request, None).await);
                let sent = !engine.outbound.sent().is_empty();
                assert_eq!(sent, ended == Done, "sent, or not, for {actor:?}");
                ended
            }
            "drop_tokens" => ended(engine.drop_tokens(actor, wanted).await),
            "list_events" => ended(engine.list_events(actor, wanted, 10, None).await),
            "list_usage" => {
                let ever = (Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX));
                ended(engine.list_usage(actor, wanted, ever).await)
            }
            "health_of" => {
                let credential = engine.get_credential(&engine.as_admin(), wanted).await;
                ended(engine.health_of(actor, &[credential.unwrap()]).await)
            }
            "token" | "renew_token" => {
                engine.outbound.answer_always(HOST, Answer::token("t"));
                let ended = match method {
                    "token" => ended(engine.fetch_token(actor, wanted).await),
                    _ => ended(engine.renew_token(actor, wanted).await),
                };
                let sent = !engine.outbound.sent().is_empty();
                assert_eq!(sent, ended == Done, "sent, or not, for {actor:?}");
                ended
            }
            _ if method.contains("source") || method == "test_reference" => {
                ended(sources::call(engine, method, actor).await)
            }
            _ if method.contains("channel") || method.contains("alert") => {
                ended(alerts::call(engine, method, actor).await)
            }
            "list_spools" => ended(engine.list_spools(actor)),
            "create_key" => ended(engine.create_key(actor, key_draft()).await),
            "get_key" => ended(engine.get_key(actor, self.key).await),
            "list_keys" => list(engine.list_keys(actor, 10, None).await),
            "revoke_key" => ended(engine.revoke_key(actor, self.key).await),
            "list_audit" => {
                let filter = AuditFilter {
                    limit: 10,
                    ..AuditFilter::default()
                };
                list(engine.list_audit(actor, &filter).await)
            }
            "list_credential_audit" => {
                let listed = engine.list_credential_audit(actor, wanted, 10);
                list(listed.await)
            }
            "tokens_at_hand" => {
                let credential = engine.get_credential(&engine.as_admin(), wanted).await;
                ended(engine.tokens_at_hand(actor, &[&credential.unwrap()]))
            }
            "list_usage_hours" => {
                let ever = (Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX));
                ended(engine.list_usage_hours(actor, wanted, ever).await)
            }
            "list_hours" => {
                let ever = (Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX));
                ended(engine.list_hours(actor, ever).await)
            }
            "installation" => ended(engine.installation(actor).await),
            "sealing_key" => ended(engine.sealing_key(actor)),
            "credential_names" => {
                let credential = engine.get_credential(&engine.as_admin(), wanted).await;
                let names = engine
                    .credential_names(actor, &[credential.unwrap().id])
                    .await;
                some(names.map(|names| names.into_iter().collect()))
            }
            "rotate_keyring" => ended(engine.rotate_keyring(actor).await),
            "forget_key" => {
                let spare = engine.with_spare_key();
                ended(engine.forget_key(actor, &spare).await)
            }
            "audit_checkpoint" => ended(engine.audit_checkpoint(actor).await),
            "check_audit" => ended(engine.check_audit(actor, None).await),
            "begin_audit_export" => {
                let all = AuditSpan::default();
                ended(engine.begin_audit_export(actor, &all).await)
            }
            "audit_rows" => ended(engine.audit_rows(actor, 0, 10).await),
            "create_backup" => ended(engine.create_backup(actor, "1").await),
            "count_standings" => some(engine.count_standings(actor).await),
            "list_labels" => {
                let admin = engine.as_admin();
                let mut draft = minimal("labelled");
                draft.settings.labels = labels(&[("a", "b")]);
                engine.create_credential(&admin, draft).await.unwrap();
                some(engine.list_labels(actor).await)
            }
            "list_secret_ends" => {
                let admin = engine.as_admin();
                let mut draft = minimal("ending");
                let end = engine.now().plus(std::time::Duration::from_hours(24));
                draft.settings.secret_expires_at = Some(end);
                engine.create_credential(&admin, draft).await.unwrap();
                some(engine.list_secret_ends(actor).await)
            }
            "reject_token" => {
                engine.outbound.answer_always(HOST, Answer::token("t"));
                let admin = engine.as_admin();
                let token = engine.fetch_token(&admin, wanted).await.unwrap().token;
                ended(engine.reject_token(actor, wanted, &token).await)
            }
            _ if method.contains("listener")
                || method.contains("mail")
                || LISTENED.contains(&method) =>
            {
                self.call_of_listeners(method, actor).await
            }
            _ if method.contains("consumer") => self.call_of_consumers(method, actor).await,
            _ => self.call_of_people(method, actor).await,
        }
    }

    async fn call_of_consumers(&self, method: &str, actor: &Actor) -> Ended {
        let engine = &self.engine;
        let admin = engine.as_admin();
        caller(engine).await;
        let made = engine
            .create_consumer(&admin, None, &consumer("kept"))
            .await;
        let kept = made.unwrap();
        let wanted = &ConsumerRef::Id(kept.id);
        match method {
            "create_consumer" => {
                unless_hidden(engine.create_consumer(actor, None, &consumer("new")).await)
            }
            "get_consumer" => ended(engine.get_consumer(actor, wanted).await),
            "update_consumer" => {
                let draft = consumer("renamed");
                let update = engine.update_consumer(actor, wanted, kept.revision, &draft);
                ended(update.await)
            }
            "set_consumer_enabled" => {
                ended(engine.set_consumer_enabled(actor, wanted, false).await)
            }
            "delete_consumer" => ended(engine.delete_consumer(actor, wanted, kept.revision).await),
            "list_consumers" => {
                let filter = ConsumerFilter {
                    limit: 10,
                    ..ConsumerFilter::default()
                };
                list(engine.list_consumers(actor, &filter).await)
            }
            "consumer_standing" => ended(engine.consumer_standing(actor, wanted).await),
            "consumers_of_credential" => {
                let credential = CredentialRef::Slug("caller".try_into().unwrap());
                ended(engine.consumers_of_credential(actor, &credential).await)
            }
            "list_consumer_audit" => {
                let listed = engine.list_consumer_audit(actor, wanted, 10);
                list(listed.await)
            }
            "test_consumer" => {
                let subject = TestSubject::Draft(Box::new(consumer("kept")));
                unless_hidden(engine.test_consumer(actor, subject, request("/")).await)
            }
            other => panic!("{other} is not in the table"),
        }
    }

    async fn call_of_listeners(&self, method: &str, actor: &Actor) -> Ended {
        let engine = &self.engine;
        let admin = engine.as_admin();
        mailer(engine).await;
        let made = engine
            .create_listener(&admin, None, &listener("kept"))
            .await;
        let kept = made.unwrap();
        let memory = engine.listener_memory(&admin).unwrap();
        let progress = MailProgress {
            letters: vec![letter(kept.id)],
            ..MailProgress::default()
        };
        memory.keep(kept.id, progress).await.unwrap();
        let wanted = &ListenerRef::Id(kept.id);
        let from = Timestamp::from_micros(0);
        match method {
            "create_paused_listener" => {
                let draft = listener("new");
                unless_hidden(engine.create_paused_listener(actor, None, &draft).await)
            }
            "create_listener" => {
                unless_hidden(engine.create_listener(actor, None, &listener("new")).await)
            }
            "troubled_listeners" => some(engine.troubled_listeners(actor).await),
            "get_listener" => ended(engine.get_listener(actor, wanted).await),
            "list_listener_audit" => {
                let listed = engine.list_listener_audit(actor, wanted, 10);
                list(listed.await)
            }
            "update_listener" => {
                let draft = listener("renamed");
                let update = engine.update_listener(actor, wanted, kept.revision, &draft);
                ended(update.await)
            }
            "pause_listener" => ended(engine.pause_listener(actor, wanted, true).await),
            "delete_listener" => ended(engine.delete_listener(actor, wanted, kept.revision).await),
            "list_listeners" => {
                let filter = ListenerFilter {
                    limit: 10,
                    ..ListenerFilter::default()
                };
                list(engine.list_listeners(actor, &filter).await)
            }
            "listener_standing" => ended(engine.listener_standing(actor, wanted).await),
            "list_mail_hours" => ended(engine.list_mail_hours(actor, wanted, from).await),
            "listeners_of_credential" => {
                let credential = CredentialRef::Slug("mailer".try_into().unwrap());
                ended(engine.listeners_of_credential(actor, &credential).await)
            }
            "list_deliveries" => ended(engine.list_deliveries(actor, wanted, 10, None).await),
            "list_letters" => ended(engine.list_letters(actor, wanted, false).await),
            "replay_mail" => ended(engine.replay_mail(actor, wanted, &key()).await),
            "discard_mail" => ended(engine.discard_mail(actor, wanted, &key()).await),
            "listener_memory" => ended(engine.listener_memory(actor)),
            "test_listener" => unless_hidden(engine.test_listener(actor, &listener("kept")).await),
            other => panic!("{other} is not in the table"),
        }
    }

    async fn call_of_people(&self, method: &str, actor: &Actor) -> Ended {
        let engine = &self.engine;
        let name = |name: &str| UserName::try_from(name).unwrap();
        let made = engine.create_user(&Actor::System, name("ops"), Role::Viewer);
        let id = made.await.unwrap().0.id;
        match method {
            "create_user" => {
                let made = engine.create_user(actor, name("new"), Role::Viewer);
                ended(made.await)
            }
            "get_user" => ended(engine.get_user(actor, "ops").await),
            "list_users" => list(engine.list_users(actor, 10, None).await),
            "update_user" => {
                let change = UserChange {
                    role: Some(Role::Editor),
                    enabled: Some(false),
                };
                ended(engine.update_user(actor, id, change).await)
            }
            "delete_user" => ended(engine.delete_user(actor, id).await),
            "remove_second_factor" => ended(engine.remove_second_factor(actor, id).await),
            "create_setup_link" => ended(engine.create_setup_link(actor).await),
            "create_password_link" => ended(engine.create_password_link(actor, id).await),
            "create_sign_in_link" => {
                let lasts = std::time::Duration::from_mins(1);
                ended(engine.create_sign_in_link(actor, id, lasts).await)
            }
            _ => panic!("`{method}` has no call: add one here, and its row to the table"),
        }
    }
}

fn key_draft() -> KeyDraft {
    KeyDraft {
        name: "key".try_into().unwrap(),
        grants: vec![Grant::everywhere(Action::Read)],
        expires_at: None,
    }
}

fn ended<T>(result: Result<T, EngineError>) -> Ended {
    match kind(result) {
        Ok(()) => Done,
        Err(ErrorKind::Forbidden) => Forbidden,
        Err(ErrorKind::NotFound) => NotFound,
        Err(other) => panic!("neither done nor refused: {other:?}"),
    }
}

/// A credential that the actor may not use is, in a draft, a value that is wrong.
fn unless_hidden<T>(result: Result<T, EngineError>) -> Ended {
    match result {
        Err(EngineError::Fields(faults)) if faults[0].code == "unknown_credential" => Forbidden,
        result => ended(result),
    }
}

fn some<T>(result: Result<Vec<T>, EngineError>) -> Ended {
    match result {
        Ok(rows) if rows.is_empty() => Empty,
        result => ended(result),
    }
}

fn list<T>(result: Result<grantd_engine::Listing<T>, EngineError>) -> Ended {
    match result {
        Ok(listing) if listing.items.is_empty() => Empty,
        result => ended(result),
    }
}

/// The public methods of `impl Engine` blocks, from the sources.
fn methods(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(methods(&path));
        } else {
            found.extend(methods_in(&std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn methods_in(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "impl Engine {" => inside = true,
            "}" => inside = false,
            _ => {}
        }
        let code = line.trim_start();
        let method = code
            .strip_prefix("pub async fn ")
            .or_else(|| code.strip_prefix("pub fn "));
        if let (true, Some(method)) = (inside, method) {
            let name = method.split(['(', '<']).next().unwrap();
            found.insert(name.to_owned());
        }
    }
    // it makes an engine, it is no use case
    found.remove("new");
    found
}

#[test]
fn methods_are_found() {
    let text = "impl Engine {\n    pub async fn one(\n    pub(crate) async fn two(\n    \
                async fn three(\n    pub fn four<T>(&self) {\n    }\n}\nimpl Other {\n    \
                pub async fn five(\n}\nimpl Engine {\n    pub async fn six(&self) {\n    }\n}\n";
    let expected = ["four", "one", "six"].map(str::to_owned);
    assert_eq!(methods_in(text), BTreeSet::from(expected));
}

#[test]
fn every_method_is_in_the_table_and_the_table_has_no_other() {
    let found = methods(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let exempt = EXEMPT.iter().map(|(name, _)| *name);
    let table = TABLE.iter().map(|(name, _)| *name);
    let own = OWN.iter().copied();
    let known = table.chain(exempt).chain(own);
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    let unchecked: Vec<_> = found.difference(&known).collect();
    assert!(
        unchecked.is_empty(),
        "no access check is tested for {unchecked:?}: add a row to the table"
    );
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "there is no method {gone:?}");
}

#[tokio::test]
async fn every_method_ends_as_the_table_says() {
    for (method, expected) in TABLE {
        for (who, expected) in expected.iter().enumerate() {
            let world = World::new().await;
            let actor = match who {
                0 => world.engine.as_nobody(),
                1 => world.engine.as_viewer(),
                2 => world.engine.as_editor(),
                3 => world.engine.as_admin(),
                _ => actor("workload", vec![Grant::everywhere(Action::Token)]),
            };
            let ended = world.call(method, &actor).await;
            assert_eq!(ended, *expected, "{method} for {actor:?}");
        }
    }
}

#[tokio::test]
async fn nobody_but_a_user_has_an_account() {
    for method in OWN {
        let engine = TestEngine::start();
        let key = Actor::Key {
            id: KeyId::new(
                Timestamp::from_micros(0),
                &grantd_testkit::TestRandom::default(),
            ),
            name: "key".to_owned(),
            grants: Role::Admin.grants(),
            expires_at: None,
        };
        let session = SessionId::new(
            Timestamp::from_micros(0),
            &grantd_testkit::TestRandom::default(),
        );
        for actor in [&Actor::System, &key] {
            let word = || Secret::from("correct horse battery");
            let ended = match *method {
                "list_own_sessions" => ended(engine.list_own_sessions(actor).await),
                "end_own_session" => ended(engine.end_own_session(actor, session).await),
                "end_other_sessions" => ended(engine.end_other_sessions(actor, session).await),
                "change_own_password" => ended(
                    engine
                        .change_own_password(actor, (word(), word()), &Visitor::default())
                        .await,
                ),
                "begin_second_factor" => ended(engine.begin_second_factor(actor, "g").await),
                "unconfirmed_second_factor" => {
                    ended(engine.unconfirmed_second_factor(actor, "g").await)
                }
                "confirm_second_factor" => ended(engine.confirm_second_factor(actor, "1").await),
                "renew_recovery_codes" => ended(
                    engine
                        .renew_recovery_codes(actor, "1", &Visitor::default())
                        .await,
                ),
                "remove_own_second_factor" => ended(
                    engine
                        .remove_own_second_factor(actor, "1", &Visitor::default())
                        .await,
                ),
                _ => panic!("`{method}` has no call"),
            };
            assert_eq!(ended, Forbidden, "{method}");
        }
    }
}

#[tokio::test]
async fn grants_on_other_things_are_no_grants() {
    for (method, of_nobody) in TABLE.iter().map(|(method, ended)| (method, ended[0])) {
        let world = World::new().await;
        let all = [Action::Read, Action::Token, Action::Manage, Action::Admin];
        let elsewhere = all.map(|action| grant(action, &[("team", "other")]));
        let stranger = actor("stranger", elsewhere.into());
        let ended = world.call(method, &stranger).await;
        let enough = SOMEWHERE.iter().any(|(name, _)| name == method);
        let expected = if enough { Done } else { of_nobody };
        assert_eq!(ended, expected, "{method}");
    }
}

#[tokio::test]
async fn grantd_itself_may_do_everything() {
    for (method, _) in TABLE {
        let ended = World::new().await.call(method, &Actor::System).await;
        assert_eq!(ended, Done, "{method}");
    }
}

#[tokio::test]
async fn the_short_way_gives_whom_the_long_way_gives() {
    let world = World::new().await;
    let (engine, admin) = (&world.engine, world.engine.as_admin());
    engine.outbound.answer_always(HOST, Answer::token("t"));
    let slug = engine.get_credential(&admin, &world.credential).await;
    let slug = slug.unwrap().slug;
    let by_slug = CredentialRef::Slug(slug.clone());
    engine.fetch_token(&admin, &by_slug).await.unwrap();
    let elsewhere = grant(Action::Token, &[("team", "other")]);
    let narrow = grantd_testkit::fixtures::with_scopes(Grant::everywhere(Action::Token), "other");
    for grants in [
        vec![Grant::everywhere(Action::Token)],
        vec![Grant::everywhere(Action::Admin)],
        vec![Grant::everywhere(Action::Manage)],
        vec![Grant::everywhere(Action::Read)],
        vec![elsewhere],
        vec![narrow],
    ] {
        let draft = KeyDraft {
            grants,
            ..key_draft()
        };
        let made = engine.create_key(&admin, draft).await.unwrap();
        let shown = grantd_model::ApiKeySecret::parse(made.text.expose()).unwrap();
        // read into memory, as it is by the first request
        let actor = engine.authenticate(&shown).await.unwrap();
        let long = engine.fetch_token(&actor, &world.credential).await;
        let short = engine.token_at_hand(&shown, slug.as_str());
        assert_eq!(short.is_some(), long.is_ok(), "{:?}", made.key.grants);
    }
}
