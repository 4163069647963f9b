//! The pages of HTTP consumers, as a browser without scripts meets them.

use grantd_engine::{ConsumerFilter, ConsumerRef};
use grantd_model::{Actor, ConsumerDraft, Role};
use serde_json::json;

use super::{Browser, signed_in};
use crate::support::consumers::{FIELD_SECRET, kept, with_consumer};
use crate::support::{TestApp, drafts};

const NEW: &str = "/console/new-consumer";
const CRM: &str = "/console/consumers/crm";

/// What a browser sends of the form; `secret` is the value of a secret header field.
fn record<'a>(name: &'a str, action: &'a str, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("action", action),
        ("name", name),
        ("base_url", "https://api.example.com/v1"),
        ("labels", "team: sales"),
        ("description", ""),
        ("addresses", ""),
        ("ca_bundle", ""),
        ("http", "http1"),
        ("credential", "crm-client"),
        ("scope", ""),
        ("token_header", "authorization"),
        ("token_prefix", "Bearer"),
        ("header_name", "x-api-key"),
        ("header_value", secret),
        ("header_kind", "secret"),
        ("header_name", "accept"),
        ("header_value", "application/json"),
        ("header_kind", "plain"),
        ("header_name", ""),
        ("header_value", ""),
        ("header_kind", "secret"),
        ("callers", "api_key"),
        ("hosts", "crm.internal.example\r\nCRM2.internal.example"),
        ("methods", "GET, POST"),
        ("paths", "/orders\r\n/customers"),
        ("passes", "on"),
        ("upgrades", "on"),
        ("remove_headers", "x-internal"),
        ("statuses", "401, 403"),
        ("rejected_header", "www-authenticate"),
        ("rejected_contains", "invalid_token"),
        ("rejected_body", ""),
        ("replay_bytes", "32 KiB"),
        ("requests_per_second", "50"),
        ("burst", ""),
        ("concurrent", "9"),
        ("connect_s", "5"),
        ("answer_s", "60"),
        ("idle_s", "300"),
        ("test_method", "GET"),
        ("test_path", "/orders"),
    ]
}

fn with<'a>(
    form: Vec<(&'a str, &'a str)>,
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> = form.into_iter().filter(|(it, _)| *it != name).collect();
    form.push((name, value));
    form
}

async fn count(app: &TestApp) -> usize {
    let filter = ConsumerFilter {
        limit: 50,
        ..ConsumerFilter::default()
    };
    let listed = app.engine.list_consumers(&Actor::System, &filter).await;
    listed.unwrap().items.len()
}

#[tokio::test]
async fn a_consumer_is_added_by_its_form_shown_and_edited() {
    let app = TestApp::start()
        .await
        .served(|settings| settings.consumers_url = Some("http://127.0.0.1:8711".to_owned()));
    with_consumer(&app, "First").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let added = browser
        .post(NEW, &record("CRM", "add", FIELD_SECRET))
        .await
        .expect(303);
    assert_eq!(
        added.header("location"),
        Some("/console/consumers/crm?done=consumer_added")
    );
    let draft = ConsumerDraft::of(&kept(&app, "crm").await);
    assert_eq!(
        draft.hosts,
        ["crm.internal.example", "crm2.internal.example"]
    );
    assert_eq!(draft.paths, ["/orders", "/customers"]);
    assert_eq!(draft.rejected.statuses, [401, 403]);
    assert_eq!(draft.replay_bytes, 32 * 1024);
    assert_eq!(draft.limits.burst, None);
    assert_eq!(draft.http, "http1");
    assert!(draft.upgrades && !draft.cookies);
    assert_eq!(draft.headers.len(), 2);
    let page = browser.get(CRM).await.expect(200).text();
    for words in [
        "http://127.0.0.1:8711/consumers/crm/orders",
        "Host: crm2.internal.example",
        "/console/credentials/crm-client",
        "GET, POST",
        "upgrades, as for WebSocket",
        "An answer with the status 401 or 403, whose header field",
        "50 requests each second, 9 under way",
        "5 s to connect, 1 min until the answer begins, 5 min between",
        "a body of up to",
        "Serving",
    ] {
        assert!(page.contains(words), "{words}");
    }
    // the secret that is not typed stays
    let form = browser.get(&format!("{CRM}/edit")).await.expect(200).text();
    assert!(form.contains("kept as it is") && form.contains("value=\"32 KiB\""));
    let edited = with(record("CRM", "update", ""), "revision", "1");
    let edited = with(edited, "callers", "loopback");
    browser
        .post(&format!("{CRM}/edit"), &edited)
        .await
        .expect(303);
    let after = kept(&app, "crm").await;
    assert_eq!(after.secret_counter, 1);
    assert_eq!(ConsumerDraft::of(&after).callers, "loopback");
    let list = browser
        .get("/console/consumers?q=crm")
        .await
        .expect(200)
        .text();
    assert!(list.contains("no key on this machine") && list.contains("Crm client"));
    assert!(!list.contains("/console/consumers/first\""));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    with_consumer(&app, "First").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    for (field, value, id, words) in [
        ("name", "first", "name-err", "no other HTTP consumer"),
        (
            "base_url",
            "https://evil.example.com",
            "base_url-err",
            "bound to",
        ),
        (
            "base_url",
            "http://api.example.com",
            "base_url-err",
            "https",
        ),
        (
            "addresses",
            "api.example.com:443, 10.1.2.3:443",
            "addresses-err",
            "10.1.2.3:443: ",
        ),
        ("credential", "none", "credential-err", "slug or id"),
        (
            "scope",
            "another",
            "scope-err",
            "of the credential are expected",
        ),
        (
            "hosts",
            "a.example first.internal.example",
            "hosts-err",
            "first.internal.example: ",
        ),
        ("methods", "GET CONNECT", "methods-err", "CONNECT: "),
        ("paths", "/a /../b", "paths-err", "/../b: "),
        ("statuses", "401, all", "statuses-err", "200"),
        ("rejected_header", "", "rejected_header-err", "expected"),
        ("replay_bytes", "much", "replay_bytes-err", "1048576"),
        ("burst", "0", "burst-err", "1 to 1000000"),
        ("connect_s", "soon", "connect_s-err", "1 to 60"),
        ("token_header", "x-api-key", "headers-err", "x-api-key: "),
        ("slug", "Not One", "slug-err", "expected"),
    ] {
        let form = with(record("CRM", "add", FIELD_SECRET), field, value);
        let page = browser.post(NEW, &form).await.expect(422).text();
        let told = page.split(&format!("id=\"{id}\"")).nth(1);
        let told = told.unwrap_or_else(|| panic!("{field}: no {id}"));
        let told = told.split("</p>").next().unwrap();
        assert!(told.contains(words), "{field}: {told}");
        assert!(page.contains(&format!("href=\"#{}\"", id.trim_end_matches("-err"))));
        assert!(page.contains("value=\"application/json\""), "{field}");
        // a secret does not come back, and that is told
        assert!(page.contains("type it again"), "{field}");
    }
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_form_sent_twice_adds_one_and_a_test_request_adds_none() {
    let app = TestApp::start().await;
    with_consumer(&app, "First").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let tested = browser
        .post(NEW, &record("CRM", "test", FIELD_SECRET))
        .await
        .expect(200)
        .text();
    assert!(tested.contains("The service answered with 200"));
    assert!(tested.contains("value=\"CRM\"") && tested.contains("type it again"));
    assert_eq!(count(&app).await, 1);
    for (field, value, id) in [
        ("test_path", "orders", "test_path-err"),
        ("test_method", "A B", "test_method-err"),
        ("base_url", "https://evil.example.com", "base_url-err"),
    ] {
        let form = with(record("CRM", "test", FIELD_SECRET), field, value);
        let page = browser.post(NEW, &form).await.expect(422).text();
        assert!(page.contains(&format!("id=\"{id}\"")), "{field}");
    }
    let form = with(
        record("CRM", "add", FIELD_SECRET),
        "form_id",
        "abcdefghijklmnopqrstuvwx",
    );
    for _ in 0..2 {
        let added = browser.post(NEW, &form).await.expect(303);
        assert_eq!(
            added.header("location"),
            Some("/console/consumers/crm?done=consumer_added")
        );
    }
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn who_sends_it_elsewhere_types_the_secret_again() {
    let app = TestApp::start().await;
    with_consumer(&app, "CRM").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let moved = |secret| {
        let form = with(record("CRM", "update", secret), "revision", "1");
        with(form, "base_url", "https://other.example.com/")
    };
    let edit = format!("{CRM}/edit");
    let page = browser.post(&edit, &moved("")).await.expect(422).text();
    assert!(page.contains("x-api-key: ") && page.contains("expected again"));
    assert!(page.contains("https://other.example.com/"));
    let tested = with(moved(""), "action", "test");
    browser.post(&edit, &tested).await.expect(422);
    browser.post(&edit, &moved(FIELD_SECRET)).await.expect(303);
    assert_eq!(kept(&app, "crm").await.secret_counter, 2);
}

#[tokio::test]
async fn two_who_edit_at_once_lose_nothing_unseen() {
    let app = TestApp::start().await;
    let before = with_consumer(&app, "CRM").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let edit = format!("{CRM}/edit");
    let mine = with(record("CRM", "update", ""), "revision", "1");
    browser.post(&edit, &mine).await.expect(303);
    let opened = browser.get(&edit).await.expect(200).text();
    let base = opened.split("name=\"base\" value=\"").nth(1).unwrap();
    let base = base
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let theirs = ConsumerDraft {
        methods: vec!["GET".to_owned()],
        replay_bytes: 0,
        ..ConsumerDraft::of(&kept(&app, "crm").await)
    };
    let wanted = ConsumerRef::Id(before.id);
    let revision = kept(&app, "crm").await.revision;
    app.engine
        .update_consumer(&Actor::System, &wanted, revision, &theirs)
        .await
        .unwrap();
    // left alone: what is kept to be sent again; changed: the methods, as the other did
    let mine = with(record("CRM", "update", FIELD_SECRET), "revision", "2");
    let mine = with(with(mine, "base", &base), "methods", "PUT");
    let page = browser.post(&edit, &mine).await.expect(409).text();
    assert!(page.contains("Somebody changed this") && page.contains("changed by both"));
    assert!(page.contains("A secret has to be typed again"));
    assert!(page.contains("value=\"PUT\""), "mine");
    assert!(page.contains("value=\"0\""), "theirs");
    assert_eq!(kept(&app, "crm").await.revision.0, 3);
    // deleted meanwhile
    let revision = kept(&app, "crm").await.revision;
    app.engine
        .delete_consumer(&Actor::System, &wanted, revision)
        .await
        .unwrap();
    let page = browser.post(&edit, &mine).await.expect(404).text();
    assert!(page.contains("was deleted while") && page.contains("/customers"));
}

#[tokio::test]
async fn a_session_that_ends_while_typing_gives_the_form_back_without_its_secret() {
    let app = TestApp::start().await;
    with_consumer(&app, "CRM").await;
    let browser = Browser::new(&app, "");
    for address in [NEW, "/console/consumers/crm/edit"] {
        let door = browser
            .post(address, &record("Typed", "add", FIELD_SECRET))
            .await
            .expect(401)
            .text();
        assert!(door.contains("name=\"held\"") && door.contains("Typed"));
    }
}

#[tokio::test]
async fn its_page_has_what_can_be_done_to_it() {
    let app = TestApp::start().await;
    with_consumer(&app, "CRM").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let page = browser.get(CRM).await.expect(200).text();
    assert!(page.contains("Nothing listens for HTTP consumers here"));
    for (verb, words) in [
        ("disable", "This consumer is disabled"),
        ("enable", "Disable</button>"),
    ] {
        browser
            .post(&format!("{CRM}/{verb}"), &[])
            .await
            .expect(303);
        let page = browser.get(CRM).await.expect(200).text();
        assert!(page.contains(words), "{verb}");
    }
    let test = format!("{CRM}/test");
    let sent = [("test_method", "GET"), ("test_path", "/orders?a=b")];
    let tested = browser.post(&test, &sent).await.expect(200).text();
    assert!(tested.contains("The service answered with 200") && tested.contains("content-type"));
    assert!(tested.contains("value=\"/orders?a=b\""));
    let wrong = [("test_method", "GET"), ("test_path", "orders")];
    let page = browser.post(&test, &wrong).await.expect(200).text();
    assert!(page.contains("The request was not sent"));
    // a copy has neither what is secret nor what is its own
    let copy = browser
        .get(&format!("{NEW}?like=crm"))
        .await
        .expect(200)
        .text();
    assert!(copy.contains("CRM copy") && copy.contains("type it again"));
    assert!(!copy.contains("first.internal.example"));
    let asked = browser
        .get(&format!("{CRM}/delete"))
        .await
        .expect(200)
        .text();
    assert!(asked.contains("first.internal.example"));
    let stale = browser
        .post(&format!("{CRM}/delete"), &[("revision", "1")])
        .await
        .expect(303);
    assert!(stale.header("location").unwrap().ends_with("?changed"));
    for _ in 0..2 {
        let deleted = browser
            .post(&format!("{CRM}/delete"), &[("revision", "3")])
            .await;
        assert_eq!(
            deleted.expect(303).header("location"),
            Some("/console/consumers?done=consumer_deleted")
        );
    }
}

#[tokio::test]
async fn its_credential_says_who_needs_it_and_stops_it() {
    let app = TestApp::start().await;
    with_consumer(&app, "CRM").await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    for path in ["", "/disable", "/delete"] {
        let path = format!("/console/credentials/crm-client{path}");
        let page = browser.get(&path).await.expect(200).text();
        assert!(page.contains("href=\"/console/consumers/crm\""), "{path}");
    }
    // a key to use it is a link away
    let page = browser.get(CRM).await.expect(200).text();
    let make = "/console/access/keys/new?use=crm";
    assert!(page.contains(&format!("href=\"{make}\"")));
    let page = browser.get(make).await.expect(200).text();
    for field in [
        "name=\"may\" value=\"use\" checked",
        "name=\"on\" value=\"these\" checked",
    ] {
        assert!(page.contains(field), "{field}");
    }
    let id = kept(&app, "crm").await.id;
    assert!(page.contains(&format!("name=\"consumer\" value=\"{id}\" checked")));
    let disable = "/console/credentials/crm-client/disable";
    browser
        .post(disable, &[("revision", "1")])
        .await
        .expect(303);
    let page = browser.get(CRM).await.expect(200).text();
    assert!(page.contains("Its credential is disabled"));
    let list = browser.get("/console/consumers").await.expect(200).text();
    assert!(list.contains("Credential disabled"));
    // an admin takes the host away
    let call = app.as_admin().patch("/v1/credentials/crm-client", "\"r2\"");
    call.json(&json!({"bound_hosts": ["other.example.com"]}))
        .await
        .expect(200);
    let page = browser.get(CRM).await.expect(200).text();
    assert!(page.contains("Nothing is sent to this service"));
}

#[tokio::test]
async fn the_list_says_what_it_is_for_and_whom_it_is_narrowed_to() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let empty = browser.get("/console/consumers").await.expect(200).text();
    assert!(empty.contains("No HTTP consumer yet") && empty.contains(NEW));
    with_consumer(&app, "CRM").await;
    app.add(&drafts::minimal("Other")).await;
    for (query, is_there) in [
        ("", true),
        ("?credential=crm-client", true),
        ("?credential=other", false),
        ("?q=api.example", true),
        ("?q=nothing", false),
        ("?cursor=x", true),
        ("?credential=gone", true),
    ] {
        let path = format!("/console/consumers{query}");
        let page = browser.get(&path).await.expect(200).text();
        assert_eq!(
            page.contains("href=\"/console/consumers/crm\""),
            is_there,
            "{query}"
        );
    }
    // who may not manage is offered nothing
    let cookie = signed_in(&app, "vera", Role::Viewer).await;
    let browser = Browser::new(&app, &cookie);
    let page = browser.get(CRM).await.expect(200).text();
    assert!(page.contains("api.example.com"));
    assert!(!page.contains("<form method=\"post\" action=\"/console/consumers"));
    assert!(!page.contains(NEW));
    browser.get(NEW).await.expect(403);
    browser
        .post(&format!("{CRM}/test"), &[("test_method", "GET")])
        .await
        .expect(403);
}
