//! Plans: what they show, and that they are done as they were shown, all of it or nothing.

mod imports;

use std::sync::Arc;

use grantd_engine::{
    CredentialFilter, CredentialRef, EngineError, KeptSecret, Plan, PlanOutcome, ThingKind, Wanted,
    WantedCredential, WantedListener, WantedSource, WantedThings,
};
use grantd_model::{
    Action, Actor, AuditAction, CredentialDraft, ListenerDraft, ParameterInput, Revision, Secret,
    SecretInput, Slug, SourceDraft,
};
use grantd_secrets::Sources;
use grantd_testkit::fixtures::{
    CLIENT_SECRET, HEADER_SECRET, PARAMETER_SECRET, actor, full, grant, labels, minimal, parameter,
};
use grantd_testkit::{FailingStore, MemoryStore, TestEngine};

use crate::listeners::listener;
use crate::sources::{credential as external, name, reference, service, service_with_header};
use crate::{created, fields, keeping};

fn slug(text: &str) -> Slug {
    Slug::try_from(text).unwrap()
}

/// A credential as a document names it.
pub(crate) fn wanted(of: &str, draft: CredentialDraft) -> Wanted<WantedCredential> {
    Wanted {
        name: of.to_owned(),
        thing: Ok(WantedCredential {
            slug: slug(of),
            draft,
            kept: KeptSecret::Any,
        }),
    }
}

fn wanted_listener(of: &str, draft: ListenerDraft) -> Wanted<WantedListener> {
    Wanted {
        name: of.to_owned(),
        thing: Ok(WantedListener {
            slug: slug(of),
            draft,
            paused: None,
        }),
    }
}

fn wanted_source(
    of: &str,
    draft: SourceDraft,
    secret: Option<SecretInput>,
) -> Wanted<WantedSource> {
    Wanted {
        name: of.to_owned(),
        thing: Ok(WantedSource {
            name: name(of),
            draft,
            secret,
        }),
    }
}

fn credentials(wanted: Vec<Wanted<WantedCredential>>) -> WantedThings {
    WantedThings {
        credentials: wanted,
        ..WantedThings::default()
    }
}

async fn planned(engine: &TestEngine, actor: &Actor, things: WantedThings) -> Plan {
    engine.plan(actor, things).await.unwrap()
}

/// What becomes of each thing, in a word.
fn outcomes(plan: &Plan) -> Vec<(String, &'static str)> {
    let word = |outcome: &PlanOutcome| match outcome {
        PlanOutcome::Create(_) => "create",
        PlanOutcome::Update(_) => "update",
        PlanOutcome::Unchanged => "unchanged",
        PlanOutcome::Refused(_) => "refused",
    };
    let items = plan.items.iter();
    items.map(|it| (it.place(), word(&it.outcome))).collect()
}

fn outcome<'a>(plan: &'a Plan, place: &str) -> &'a PlanOutcome {
    let item = plan.items.iter().find(|it| it.place() == place);
    &item.unwrap().outcome
}

/// The codes of what is wrong with a thing.
fn refused(plan: &Plan, place: &str) -> Vec<(String, &'static str)> {
    match outcome(plan, place) {
        PlanOutcome::Refused(faults) => faults
            .iter()
            .map(|fault| (fault.pointer.clone(), fault.code))
            .collect(),
        other => panic!("{place}: {other:?}"),
    }
}

async fn slugs(engine: &TestEngine) -> Vec<String> {
    let filter = CredentialFilter {
        limit: 200,
        ..CredentialFilter::default()
    };
    let listed = engine.list_credentials(&engine.as_admin(), &filter).await;
    let listed = listed.unwrap().items.into_iter();
    listed.map(|it| it.credential.slug.to_string()).collect()
}

/// A source, a credential with its secret in it, and a listener that uses the credential.
fn dependent() -> WantedThings {
    let mut draft = external("mailer", reference("vault", "apps/mail"));
    draft.settings.allowed_mailboxes = vec!["orders@example.com".to_owned()];
    draft.settings.bound_hosts = vec!["mail.example.com".to_owned()];
    WantedThings {
        sources: vec![wanted_source("vault", service(), None)],
        credentials: vec![wanted("mailer", draft)],
        listeners: vec![wanted_listener("orders", listener("Orders"))],
    }
}

#[tokio::test]
async fn new_things_may_need_each_other_and_a_plan_changes_nothing() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let entries = engine.audit_log().await.len();
    let plan = planned(&engine, &admin, dependent()).await;
    let create = |place: &str| (place.to_owned(), "create");
    assert_eq!(
        outcomes(&plan),
        ["sources/vault", "credentials/mailer", "listeners/orders"].map(create)
    );
    assert_eq!(slugs(&engine).await, Vec::<String>::new());
    assert_eq!(engine.audit_log().await.len(), entries);
    assert!(engine.source(&admin, &name("vault")).await.is_err());
    assert_eq!(planned(&engine, &admin, dependent()).await, plan);

    let applied = engine.apply_plan(&admin, dependent(), &plan.basis()).await;
    assert_eq!(applied.unwrap(), plan);
    assert_eq!(slugs(&engine).await, ["mailer"]);
    // what is in use is as it is in the store
    assert!(engine.source(&admin, &name("vault")).await.is_ok());
    let mut actions: Vec<AuditAction> = Vec::new();
    for entry in engine.audit_log().await {
        actions.push(entry.action);
    }
    for action in [
        AuditAction::SourceCreate,
        AuditAction::CredentialCreate,
        AuditAction::ListenerCreate,
    ] {
        assert!(actions.contains(&action), "{actions:?}");
    }

    let again = planned(&engine, &admin, dependent()).await;
    assert!(!again.changes_something(), "{again:?}");
    let entries = engine.audit_log().await.len();
    let applied = engine.apply_plan(&admin, dependent(), &again.basis()).await;
    assert!(!applied.unwrap().changes_something());
    assert_eq!(engine.audit_log().await.len(), entries);
}

#[tokio::test]
async fn whether_a_given_secret_is_the_one_that_is_there_is_not_told() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let header = |secret: &str| Some(SecretInput::Internal(Secret::from(secret)));
    // it is another one each time that it is made
    let bundle = full("full").settings.ca_bundle;
    let things = |client: &str, parameter_of: &str, header_of: &str, own: &str| {
        let mut draft = full("full");
        draft.settings.ca_bundle = bundle.clone();
        draft.authentication = draft
            .authentication
            .method()
            .with_secret(SecretInput::Internal(Secret::from(client)));
        let secret = |text: &str| ParameterInput::Secret(Secret::from(text));
        draft.parameters[1] = parameter("assert", secret(parameter_of));
        draft.headers[1] = parameter("x-api-key", secret(header_of));
        WantedThings {
            sources: vec![wanted_source("own", service_with_header(), header(own))],
            ..credentials(vec![wanted("full", draft)])
        }
    };
    let same = || things(CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET, "canary-own");
    let plan = planned(&engine, &admin, same()).await;
    engine
        .apply_plan(&admin, same(), &plan.basis())
        .await
        .unwrap();
    let full = CredentialRef::Slug(slug("full"));
    let there = async || {
        let credential = engine.get_credential(&admin, &full).await.unwrap();
        let source = engine.source(&admin, &name("own")).await.unwrap().source;
        (credential, source, engine.audit_log().await.len())
    };
    let before = there().await;
    let right = planned(&engine, &admin, same()).await;
    for (place, member, told) in [
        ("credentials/full", "client_secret", "internal, given"),
        ("credentials/full", "headers", "x-api-key (secret, given)"),
        ("sources/own", "secret", "given, sealed"),
    ] {
        let PlanOutcome::Update(changes) = outcome(&right, place) else {
            panic!("{member}: {right:?}");
        };
        let change = changes.iter().find(|it| it.member == member).unwrap();
        let after = change.after.as_deref().unwrap();
        assert!(after.ends_with(told), "{after}");
    }
    let guesses = [
        things("other", PARAMETER_SECRET, HEADER_SECRET, "canary-own"),
        things(CLIENT_SECRET, "other", HEADER_SECRET, "canary-own"),
        things(CLIENT_SECRET, PARAMETER_SECRET, "other", "canary-own"),
        things(CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET, "other"),
        things("other", "other", "other", "other"),
    ];
    for guess in guesses {
        let wrong = planned(&engine, &admin, guess).await;
        assert_eq!(wrong.items, right.items);
    }
    let told = format!("{right:?}");
    for secret in [CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET, "canary-own"] {
        assert!(!told.contains(secret), "{told}");
    }
    // what is the same is not set anew
    let applied = engine.apply_plan(&admin, same(), &right.basis()).await;
    assert_eq!(applied.unwrap(), right);
    assert_eq!(there().await, before);
    let other = || things("other", PARAMETER_SECRET, HEADER_SECRET, "canary-own");
    let plan = planned(&engine, &admin, other()).await;
    let applied = engine.apply_plan(&admin, other(), &plan.basis()).await;
    assert_eq!(applied.unwrap().items, right.items);
    let (credential, source, _) = there().await;
    assert_ne!(
        credential.authentication.secret(),
        before.0.authentication.secret()
    );
    assert!(credential.token_generation > before.0.token_generation);
    assert_eq!(credential.parameters, before.0.parameters);
    assert_eq!(credential.headers, before.0.headers);
    assert_eq!(source, before.1);
}

#[tokio::test]
async fn a_kept_secret_goes_nowhere_else_and_a_given_one_may() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    created(&engine, minimal("mail")).await;
    let moved = |mut draft: CredentialDraft| {
        let endpoint = "https://other.example.com/token".to_owned();
        draft.settings.token_endpoint = endpoint.try_into().unwrap();
        credentials(vec![wanted("mail", draft)])
    };
    let plan = planned(&engine, &admin, moved(keeping(minimal("mail")))).await;
    let expected = ("/client_secret".to_owned(), "secret_required_again");
    assert_eq!(refused(&plan, "credentials/mail"), [expected]);
    let plan = planned(&engine, &admin, moved(minimal("mail"))).await;
    let update = ("credentials/mail".to_owned(), "update");
    assert_eq!(outcomes(&plan), [update]);
    // and a new one has none that is kept
    let new = credentials(vec![wanted("new", keeping(minimal("new")))]);
    let plan = planned(&engine, &admin, new).await;
    let expected = ("/client_secret".to_owned(), "required");
    assert_eq!(refused(&plan, "credentials/new"), [expected]);
}

#[tokio::test]
async fn one_thing_that_is_wrong_stops_all() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    created(&engine, minimal("Taken")).await;
    let mut listener_of_bad = listener("Orders");
    listener_of_bad.credential = "bad".to_owned();
    let things = || WantedThings {
        credentials: vec![
            wanted("good", minimal("good")),
            wanted("bad", minimal("taken")),
        ],
        listeners: vec![wanted_listener("orders", listener_of_bad.clone())],
        ..WantedThings::default()
    };
    let plan = planned(&engine, &admin, things()).await;
    assert!(plan.is_refused());
    let taken = ("/name".to_owned(), "taken");
    assert_eq!(refused(&plan, "credentials/bad"), [taken]);
    let waits = ("/credential".to_owned(), "refused_credential");
    assert_eq!(refused(&plan, "listeners/orders"), [waits]);
    let applied = engine.apply_plan(&admin, things(), &plan.basis()).await;
    assert_eq!(
        fields(&applied.unwrap_err()),
        [
            ("/credentials/bad/name".to_owned(), "taken"),
            (
                "/listeners/orders/credential".to_owned(),
                "refused_credential"
            )
        ]
    );
    assert_eq!(slugs(&engine).await, ["taken"]);
}

#[tokio::test]
async fn a_store_that_fails_half_way_keeps_nothing() {
    let store = FailingStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::with(Arc::new(store.clone()), Sources::default());
    let admin = engine.as_admin();
    let plan = planned(&engine, &admin, dependent()).await;
    store.refuse_audit(true);
    let applied = engine.apply_plan(&admin, dependent(), &plan.basis()).await;
    assert!(matches!(applied, Err(EngineError::Store(_))), "{applied:?}");
    store.refuse_audit(false);
    assert_eq!(slugs(&engine).await, Vec::<String>::new());
    assert!(engine.source(&admin, &name("vault")).await.is_err());
}

#[tokio::test]
async fn a_plan_that_was_overtaken_is_not_applied() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let before = created(&engine, minimal("mail")).await;
    let things = |owner: &str| {
        let mut draft = minimal("mail");
        draft.settings.owner = owner.to_owned();
        credentials(vec![wanted("mail", draft), wanted("new", minimal("new"))])
    };
    let plan = planned(&engine, &admin, things("me")).await;
    // another document than was planned
    let applied = engine
        .apply_plan(&admin, things("you"), &plan.basis())
        .await;
    assert!(matches!(applied, Err(EngineError::PlanOutdated(_))));
    // somebody else was faster
    let mut draft = minimal("mail");
    draft.settings.description = "Changed.".to_owned();
    engine
        .update_credential(&admin, &crate::by_id(&before), Revision::FIRST, draft)
        .await
        .unwrap();
    created(&engine, minimal("new")).await;
    let applied = engine.apply_plan(&admin, things("me"), &plan.basis()).await;
    assert_eq!(
        applied.unwrap_err().to_string(),
        "the plan is out of date: the credential `mail` was r1 and is r2 now; the credential `new` was added"
    );
    let found = engine.get_credential(&admin, &crate::by_id(&before)).await;
    assert_eq!(found.unwrap().settings.owner, "");
}

#[tokio::test]
async fn the_plan_that_is_applied_is_that_of_the_same_secrets_queries_and_authorities() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let bundles = [0, 1].map(|_| full("full").settings.ca_bundle);
    let things = |secret: &str, parameter_of: &str, query: &str, bundle: usize, own: &str| {
        let mut draft = full("full");
        let settings = &mut draft.settings;
        let endpoint = format!("https://login.example.com/token?{query}");
        settings.token_endpoint = endpoint.try_into().unwrap();
        settings.ca_bundle = bundles[bundle].clone();
        let secret = SecretInput::Internal(Secret::from(secret));
        draft.authentication = draft.authentication.method().with_secret(secret);
        let secret = ParameterInput::Secret(Secret::from(parameter_of));
        draft.parameters[1] = parameter("assert", secret);
        let own = Some(SecretInput::Internal(Secret::from(own)));
        WantedThings {
            sources: vec![wanted_source("own", service_with_header(), own)],
            ..credentials(vec![wanted("full", draft)])
        }
    };
    let plan = planned(&engine, &admin, things("a", "a", "a=1", 0, "a")).await;
    for other in [
        things("b", "a", "a=1", 0, "a"),
        things("a", "b", "a=1", 0, "a"),
        things("a", "a", "a=2", 0, "a"),
        things("a", "a", "a=1", 1, "a"),
        things("a", "a", "a=1", 0, "b"),
    ] {
        let applied = engine.apply_plan(&admin, other, &plan.basis()).await;
        assert!(matches!(applied, Err(EngineError::PlanOutdated(_))));
    }
    let same = things("a", "a", "a=1", 0, "a");
    let applied = engine.apply_plan(&admin, same, &plan.basis()).await;
    applied.unwrap();
}

#[tokio::test]
async fn each_thing_needs_the_grants_that_changing_it_needs() {
    let engine = TestEngine::start();
    created(&engine, minimal("mail")).await;
    let mut theirs = minimal("theirs");
    theirs.settings.labels = labels(&[("team", "red")]);
    created(&engine, theirs).await;

    let editor = engine.as_editor();
    let plan = planned(&engine, &editor, dependent()).await;
    let forbidden = (String::new(), "forbidden");
    assert_eq!(
        refused(&plan, "sources/vault"),
        std::slice::from_ref(&forbidden)
    );
    // bounds are an admin's
    assert_eq!(
        refused(&plan, "credentials/mailer"),
        std::slice::from_ref(&forbidden)
    );

    let red = actor("red", vec![grant(Action::Manage, &[("team", "red")])]);
    let mut mine = minimal("mine");
    mine.settings.labels = labels(&[("team", "red")]);
    let mut theirs = minimal("theirs");
    theirs.settings.owner = "red".to_owned();
    theirs.settings.labels = labels(&[("team", "red")]);
    let mut taken_over = minimal("mail");
    taken_over.settings.labels = labels(&[("team", "red")]);
    let things = credentials(vec![
        wanted("mail", taken_over),
        wanted("theirs", theirs),
        wanted("mine", mine),
        wanted("free", minimal("free")),
    ]);
    let plan = planned(&engine, &red, things).await;
    // one that is not seen is not told apart from a slug that is taken
    let taken = (String::new(), "taken");
    assert_eq!(refused(&plan, "credentials/mail"), [taken]);
    assert_eq!(refused(&plan, "credentials/free"), [forbidden]);
    let is = |place: &str| outcomes(&plan).iter().find(|it| it.0 == place).unwrap().1;
    assert_eq!(is("credentials/theirs"), "update");
    assert_eq!(is("credentials/mine"), "create");
    let of = |place: &str| plan.items.iter().find(|it| it.place() == place).unwrap();
    assert_eq!(of("credentials/mail").revision, None);
    assert_eq!(of("credentials/theirs").revision, Some(Revision::FIRST));

    let exported = engine.export(&red).await.unwrap();
    let seen: Vec<&str> = exported
        .credentials
        .iter()
        .map(|it| it.slug.as_str())
        .collect();
    assert_eq!(seen, ["theirs"]);
    assert!(exported.sources.is_empty());
}

#[tokio::test]
async fn a_credential_that_is_not_seen_is_not_named_by_a_listener_that_is() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    crate::listeners::mailer(&engine).await;
    let mailer = CredentialRef::Slug(slug("mailer"));
    let hidden = engine.get_credential(&admin, &mailer).await.unwrap();
    let mut mine = minimal("mine");
    mine.settings.labels = labels(&[("team", "red")]);
    mine.settings.allowed_mailboxes = hidden.settings.allowed_mailboxes.clone();
    mine.settings.bound_hosts = hidden.settings.bound_hosts.clone();
    created(&engine, mine).await;
    let mut draft = listener("Orders");
    draft.labels.insert("team".to_owned(), "red".to_owned());
    let added = engine.create_listener(&admin, None, &draft).await;
    added.unwrap();
    draft.credential = "mine".to_owned();
    let things = WantedThings {
        listeners: vec![wanted_listener("orders", draft)],
        ..WantedThings::default()
    };
    let editor = actor("red", vec![grant(Action::Manage, &[("team", "red")])]);
    let plan = planned(&engine, &editor, things).await;
    let PlanOutcome::Update(changes) = outcome(&plan, "listeners/orders") else {
        panic!("{plan:?}");
    };
    let before = changes.iter().find_map(|it| it.before.as_deref());
    assert_eq!(before, Some(hidden.id.to_string().as_str()));
}

#[tokio::test]
async fn a_name_that_is_given_up_is_free_for_another() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    created(&engine, minimal("mail")).await;
    let things = || {
        credentials(vec![
            wanted("another", minimal("mail")),
            wanted("mail", minimal("old mail")),
        ])
    };
    let plan = planned(&engine, &admin, things()).await;
    engine
        .apply_plan(&admin, things(), &plan.basis())
        .await
        .unwrap();
    assert_eq!(slugs(&engine).await, ["another", "mail"]);
}

#[tokio::test]
async fn a_listener_is_paused_where_that_is_said_and_left_alone_where_not() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    crate::listeners::mailer(&engine).await;
    let things = |paused: Option<bool>| WantedThings {
        listeners: vec![Wanted {
            name: "orders".to_owned(),
            thing: Ok(WantedListener {
                slug: slug("orders"),
                draft: listener("Orders"),
                paused,
            }),
        }],
        ..WantedThings::default()
    };
    for (paused, expected) in [
        (Some(true), "create"),
        (None, "unchanged"),
        (Some(true), "unchanged"),
        (Some(false), "update"),
        (None, "unchanged"),
    ] {
        let plan = planned(&engine, &admin, things(paused)).await;
        assert_eq!(outcomes(&plan), [("listeners/orders".to_owned(), expected)]);
        let applied = engine
            .apply_plan(&admin, things(paused), &plan.basis())
            .await;
        applied.unwrap();
    }
    assert_eq!(ThingKind::Listener.section(), "listeners");
}
