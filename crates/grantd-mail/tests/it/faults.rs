//! What servers do wrong, row by row: what the listener says of it, and that nothing is lost or comes
//! twice.

use std::time::Duration;

use grantd_model::{Actor, ListenerPhase};
use grantd_sandbox::MailFaultKind;

use crate::rig::{MAILBOX, Rig, plain};

fn fault(code: &str, back_off_ms: Option<u64>) -> MailFaultKind {
    MailFaultKind::Fault {
        code: code.to_owned(),
        back_off_ms,
    }
}

fn code(code: &str) -> MailFaultKind {
    MailFaultKind::Code {
        code: code.to_owned(),
        inner: None,
        back_off_ms: None,
    }
}

fn status(status: u16, body: &str) -> MailFaultKind {
    MailFaultKind::Status {
        status,
        retry_after_s: None,
        body: body.to_owned(),
    }
}

/// Faults that pass, each with the operation that it strikes and its class.
fn passing() -> Vec<(&'static str, MailFaultKind, &'static str)> {
    let inner = MailFaultKind::Code {
        code: "ErrorInternalServerError".to_owned(),
        inner: Some("ErrorServerBusy".to_owned()),
        back_off_ms: Some(1200),
    };
    let retry_after = |status| MailFaultKind::Status {
        status,
        retry_after_s: Some(1),
        body: String::new(),
    };
    vec![
        (
            "SyncFolderItems",
            fault("ErrorServerBusy", Some(1200)),
            "busy",
        ),
        ("GetItem", inner, "busy"),
        ("SyncFolderItems", retry_after(503), "busy"),
        ("SyncFolderItems", retry_after(429), "busy"),
        (
            "SyncFolderItems",
            code("ErrorTooManyObjectsOpened"),
            "server_fault",
        ),
        (
            "GetItem",
            code("ErrorInternalServerTransientError"),
            "server_fault",
        ),
        (
            "SyncFolderItems",
            code("ErrorMailboxStoreUnavailable"),
            "server_fault",
        ),
        (
            "SyncFolderItems",
            code("ErrorMailboxFailover"),
            "server_fault",
        ),
        (
            "SyncFolderItems",
            code("ErrorMailboxMoveInProgress"),
            "server_fault",
        ),
        ("GetItem", code("ErrorADUnavailable"), "server_fault"),
        (
            "SyncFolderItems",
            code("ErrorConnectionFailed"),
            "server_fault",
        ),
        (
            "SyncFolderItems",
            code("ErrorNoRespondingCASInDestinationSite"),
            "server_fault",
        ),
        (
            "SyncFolderItems",
            code("ErrorNotEnoughMemory"),
            "server_fault",
        ),
        (
            "SyncFolderItems",
            MailFaultKind::Code {
                code: "ErrorExceededConnectionCount".to_owned(),
                inner: None,
                back_off_ms: Some(1200),
            },
            "busy",
        ),
        ("SyncFolderItems", code("ErrorTimeoutExpired"), "timed_out"),
        ("SyncFolderItems", status(302, ""), "redirected"),
        (
            "SyncFolderItems",
            status(200, "<html>Sign in</html>"),
            "no_soap",
        ),
        ("SyncFolderItems", status(507, ""), "http_status"),
        ("SyncFolderItems", status(500, "oops"), "http_status"),
        ("SyncFolderItems", MailFaultKind::Truncated, "closed_early"),
        (
            "SyncFolderItems",
            code("ErrorNobodyEverHeardOf"),
            "unknown_code",
        ),
    ]
}

/// What holds up the whole listener for a while, with its class. Each strikes once, at the operation.
#[tokio::test]
async fn what_passes_is_waited_for_and_nothing_is_lost() {
    let rows = passing();
    let mut tasks = tokio::task::JoinSet::new();
    let local = tokio::task::LocalSet::new();
    for (operation, kind, class) in rows {
        let row = async move {
            let rig = Rig::start().await;
            let listener = rig.listen(|_| {}).await;
            rig.works_again(&listener).await;
            rig.fault(Some(operation), Some(1), kind.clone());
            rig.mail(plain("one"));
            let (told, detail, _) = rig.failing(&listener).await;
            assert_eq!(told, class, "{operation} {kind:?}: {detail}");
            assert_eq!(rig.delivered(1).await, ["one"], "{operation} {kind:?}");
            rig.works_again(&listener).await;
            rig.settled(&listener).await;
            let mails = rig.sandbox.mails(MAILBOX, "inbox");
            assert!(mails[0].is_read, "{operation} {kind:?}");
        };
        tasks.spawn_local_on(row, &local);
    }
    local
        .run_until(async {
            while let Some(done) = tasks.join_next().await {
                done.unwrap();
            }
        })
        .await;
}

/// What somebody has to mend, with its class and a word of what to do.
#[tokio::test]
async fn what_somebody_has_to_mend_is_told_with_what_to_do() {
    let rows = [
        (
            fault("ErrorAccessDenied", None),
            "access_denied",
            "full_access_as_app",
        ),
        (
            fault("ErrorImpersonateUserDenied", None),
            "impersonation_denied",
            "impersonate",
        ),
        (
            fault("ErrorImpersonationDenied", None),
            "impersonation_denied",
            "impersonate",
        ),
        (
            fault("ErrorImpersonationFailed", None),
            "impersonation_denied",
            "impersonate",
        ),
        (
            fault("ErrorNonExistentMailbox", None),
            "no_such_mailbox",
            "address",
        ),
        (fault("ErrorInvalidLicense", None), "no_licence", "licence"),
        (
            fault("ErrorMailboxConfiguration", None),
            "mailbox_configuration",
            "administrator",
        ),
        (
            fault("ErrorSchemaValidation", None),
            "schema_violation",
            "fault of grantd",
        ),
        (status(403, ""), "ews_blocked", "EwsAllowedAppIDs"),
        (status(404, "EWS is disabled"), "no_service", "mail-client"),
        (status(456, ""), "account_locked", "unlock"),
        (status(401, ""), "token_refused", "full_access_as_app"),
    ];
    let mut tasks = tokio::task::JoinSet::new();
    let local = tokio::task::LocalSet::new();
    for (kind, class, remedy) in rows {
        let row = async move {
            let rig = Rig::start().await;
            rig.fault(None, None, kind.clone());
            let listener = rig.listen(|_| {}).await;
            let (told, detail, todo) = rig.failing(&listener).await;
            assert_eq!(told, class, "{kind:?}: {detail}");
            let todo = todo.unwrap_or_default();
            assert!(todo.contains(remedy), "{kind:?}: {todo}");
            let before = rig.sandbox.mail_counts();
            rig.a_while().await;
            // no hot loop: it is tried again in half a minute
            assert_eq!(rig.sandbox.mail_counts(), before, "{kind:?}");
        };
        tasks.spawn_local_on(row, &local);
    }
    local
        .run_until(async {
            while let Some(done) = tasks.join_next().await {
                done.unwrap();
            }
        })
        .await;
}

#[tokio::test]
async fn a_mail_that_is_gone_is_passed_over_and_the_others_are_delivered() {
    let rig = Rig::start().await;
    for name in ["one", "gone", "two"] {
        rig.mail(plain(name));
    }
    rig.fault_at("gone", "GetItem", Some(1), code("ErrorItemNotFound"));
    let listener = rig.listen(|_| {}).await;
    assert_eq!(rig.delivered(2).await, ["one", "two"]);
    // its summary could be had, and then it went
    rig.fault_later(("goes", "GetItem"), (1, 2), code("ErrorItemNotFound"));
    rig.mail(plain("goes"));
    rig.mail(plain("three"));
    assert_eq!(rig.delivered(3).await, ["one", "three", "two"]);
    rig.settled(&listener).await;
    rig.a_while().await;
    // neither is asked for again, though both could be had by now
    assert_eq!(rig.subjects(), ["one", "three", "two"]);
    let standing = rig.standing(&listener).await;
    assert!(standing.state.failing.is_none());
    let waiting = (standing.waiting.retrying, standing.waiting.given_up);
    assert_eq!(waiting, (0, 0));
}

#[tokio::test]
async fn what_was_not_reached_of_a_batch_is_asked_for_again() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.fault(
        Some("GetItem"),
        Some(1),
        code("ErrorBatchProcessingStopped"),
    );
    for name in ["one", "two"] {
        rig.mail(plain(name));
    }
    assert_eq!(rig.delivered(2).await, ["one", "two"]);
    // the rest of a batch alone, of summaries and of contents
    for after in [0, 1] {
        rig.settled(&listener).await;
        rig.fault_later(
            (&format!("rest {after}"), "GetItem"),
            (after, 1),
            code("ErrorBatchProcessingStopped"),
        );
        rig.mail(plain(&format!("first {after}")));
        rig.mail(plain(&format!("rest {after}")));
        let count = 4 + 2 * usize::try_from(after).unwrap();
        assert_eq!(rig.delivered(count).await.len(), count);
    }
    rig.works_again(&listener).await;
    assert_eq!(rig.standing(&listener).await.waiting.retrying, 0);
}

/// After a time-out half as much is asked for at once.
#[tokio::test]
async fn a_server_that_runs_out_of_time_is_asked_for_less() {
    let rig = Rig::start().await;
    let listener = rig
        .listen(|draft| {
            draft.batch = 10;
            draft.afterwards.mark_read = false;
        })
        .await;
    rig.works_again(&listener).await;
    // held back, so that they come in one look
    rig.fault(
        Some("SyncFolderItems"),
        Some(1),
        MailFaultKind::Slow { ms: 700 },
    );
    rig.fault(Some("GetItem"), Some(1), code("ErrorTimeoutExpired"));
    let before = rig.asked("SyncFolderItems");
    let asked = async || rig.asked("SyncFolderItems") > before;
    rig.until("a slow look", asked).await;
    for number in 0..8 {
        rig.mail(plain(&format!("{number}")));
    }
    let before = rig.asked("GetItem");
    rig.delivered(8).await;
    // eight that fail, then twice five at most: what they are, and their contents
    assert_eq!(rig.asked("GetItem") - before, 1 + 4);
}

/// What a careless server repeats is told to nobody.
#[tokio::test]
async fn a_token_that_comes_back_is_told_to_nobody() {
    let rig = Rig::start().await;
    rig.fault(None, None, MailFaultKind::EchoToken);
    let listener = rig.listen(|_| {}).await;
    let (class, detail, _) = rig.failing(&listener).await;
    assert_eq!(class, "http_status");
    let said = detail.split("Bearer ").nth(1).unwrap();
    assert!(said.len() < 20, "{detail}");
}

/// Whatever cannot be had of a mail, the rest is delivered.
#[tokio::test]
async fn a_mail_without_mime_and_without_body_comes_as_what_is_left() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.fault_later(
        ("odd", "GetItem"),
        (1, 2),
        code("ErrorContentConversionFailed"),
    );
    rig.mail(plain("odd"));
    assert_eq!(rig.delivered(1).await, ["odd"]);
    let envelope = &rig.envelopes()[0];
    assert_eq!(envelope["faults"][0], "no_mime_unreadable_at_the_server");
    assert!(envelope["text"].is_null(), "{envelope}");
    assert_eq!(envelope["from"][0]["address"], "ann@example.org");
}

#[tokio::test]
async fn a_poisoned_mail_is_set_aside_and_given_up_in_the_end() {
    for poison in [
        "ErrorCorruptData",
        "ErrorItemCorrupt",
        "ErrorVirusDetected",
        "ErrorMessageSizeExceeded",
    ] {
        let rig = Rig::start().await;
        let listener = rig.listen(|draft| draft.retries.attempts = 1).await;
        rig.works_again(&listener).await;
        // the summary can be had, nothing else
        rig.sandbox.add_mail_fault(grantd_sandbox::MailFault {
            fault: code(poison),
            operation: Some("GetItem".to_owned()),
            mailbox: None,
            subject: None,
            after: 1,
            times: Some(3),
        });
        rig.mail(plain("poisoned"));
        let given_up = async || rig.standing(&listener).await.waiting.given_up == 1;
        rig.until("a letter", given_up).await;
        rig.mail(plain("good"));
        assert_eq!(rig.delivered(1).await, ["good"], "{poison}");
        let wanted = grantd_engine::ListenerRef::Id(listener.id);
        let letters = rig.engine.list_letters(&Actor::System, &wanted, true).await;
        let letter = &letters.unwrap()[0];
        assert_eq!(letter.subject, "poisoned");
        assert!(letter.detail.contains(poison), "{}", letter.detail);
        // once it can be read, it is delivered by a word
        let replay = rig.engine.replay_mail(&Actor::System, &wanted, &letter.key);
        replay.await.unwrap();
        assert_eq!(rig.delivered(2).await, ["good", "poisoned"]);
        let none = async || rig.standing(&listener).await.waiting.given_up == 0;
        rig.until("no letter", none).await;
    }
}

#[tokio::test]
async fn a_mail_without_mime_comes_in_parts() {
    for conversion in [
        "ErrorMimeContentConversionFailed",
        "ErrorContentConversionFailed",
    ] {
        let rig = Rig::start().await;
        let listener = rig.listen(|_| {}).await;
        rig.works_again(&listener).await;
        rig.sandbox.add_mail_fault(grantd_sandbox::MailFault {
            fault: code(conversion),
            operation: Some("GetItem".to_owned()),
            mailbox: None,
            subject: None,
            after: 1,
            times: Some(1),
        });
        rig.mail(plain("odd"));
        assert_eq!(rig.delivered(1).await, ["odd"]);
        let envelope = &rig.envelopes()[0];
        assert_eq!(envelope["faults"][0], "no_mime_unreadable_at_the_server");
        assert_eq!(envelope["text"].as_str().unwrap().trim(), "Hello.");
    }
}

#[tokio::test]
async fn a_revoked_token_is_replaced_by_one_request_for_another() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    // a token that was just issued is not worth a second request
    tokio::time::sleep(Duration::from_secs(6)).await;
    let before = rig.sandbox.stats().token_requests;
    rig.fault(None, Some(1), MailFaultKind::RevokeTokens);
    rig.mail(plain("one"));
    assert_eq!(rig.delivered(1).await, ["one"]);
    rig.settled(&listener).await;
    assert_eq!(rig.sandbox.stats().token_requests, before + 1);
    assert!(rig.standing(&listener).await.state.failing.is_none());
}

#[tokio::test]
async fn a_throttling_storm_makes_no_token_request() {
    let rig = Rig::start().await;
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    let before = rig.sandbox.stats().token_requests;
    rig.fault(None, Some(4), fault("ErrorServerBusy", Some(300)));
    rig.mail(plain("one"));
    assert_eq!(rig.delivered(1).await, ["one"]);
    assert_eq!(rig.sandbox.stats().token_requests, before);
}

#[tokio::test]
async fn a_refused_sync_state_delivers_nothing_twice_and_loses_nothing() {
    for refusal in [
        MailFaultKind::ForgetSyncStates,
        code("ErrorInvalidSyncStateData"),
        code("ErrorSyncFolderNotFound"),
    ] {
        let rig = Rig::start().await;
        rig.mail(plain("before"));
        rig.seconds_pass().await;
        let listener = rig.listen(|draft| draft.start = "now".to_owned()).await;
        rig.works_again(&listener).await;
        rig.mail(plain("one"));
        rig.mail(plain("two"));
        assert_eq!(rig.delivered(2).await, ["one", "two"]);
        rig.settled(&listener).await;
        rig.fault(Some("SyncFolderItems"), Some(1), refusal);
        rig.mail(plain("three"));
        assert_eq!(rig.delivered(3).await, ["one", "three", "two"]);
        rig.settled(&listener).await;
        rig.a_while().await;
        assert_eq!(rig.subjects(), ["one", "three", "two"]);
        let state = rig.standing(&listener).await.state;
        assert_eq!(state.phase, ListenerPhase::Following);
        assert!(state.failing.is_none());
    }
}

#[tokio::test]
async fn an_older_server_is_asked_in_its_version() {
    for refusal in [
        "ErrorInvalidServerVersion",
        "ErrorIncorrectSchemaVersion",
        "ErrorInvalidRequest",
        "ErrorInvalidSchemaVersionForMailboxVersion",
    ] {
        let rig = Rig::start().await;
        rig.fault(None, Some(2), fault(refusal, None));
        rig.mail(plain("one"));
        let listener = rig.listen(|_| {}).await;
        assert_eq!(rig.delivered(1).await, ["one"]);
        assert!(
            rig.standing(&listener).await.state.failing.is_none(),
            "{refusal}"
        );
    }
}
