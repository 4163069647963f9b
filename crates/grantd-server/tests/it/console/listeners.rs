//! The pages of email listeners, as a browser without scripts meets them.

use grantd_model::Role;
use serde_json::json;

use super::{Browser, signed_in};
use crate::support::TestApp;
use crate::support::mail::{DELIVERED, GIVEN_UP, has_worked, with_listener};

const NEW: &str = "/console/new-listener";
const ORDERS: &str = "/console/listeners/orders";

fn record<'a>(name: &'a str, action: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("action", action),
        ("name", name),
        ("credential", "mailer"),
        ("mailbox", "orders@example.com"),
        ("folder", "inbox/Orders"),
        ("endpoint", "https://mail.example.com/EWS/Exchange.asmx"),
        ("start", "unread"),
        ("since", ""),
        ("interval_s", "30"),
        ("filter_not", ""),
        ("filter_field", "subject"),
        ("filter_test", "contains"),
        ("filter_value", "order"),
        ("filter_not", ""),
        ("filter_field", ""),
        ("filter_test", "contains"),
        ("filter_value", ""),
        ("spool", "orders"),
        ("layout", "files"),
        ("content", "on"),
        ("body", "on"),
        ("mime", "on"),
        ("afterwards", "on"),
        ("mark_read", "on"),
        ("then", "move"),
        ("move_to", "inbox/Done"),
        ("delete_to", "deleted_items"),
        ("category", ""),
        ("batch", "20"),
        ("most_body", "1 MiB"),
        ("most_attachment", "25 MB"),
        ("most_mime", "150 MiB"),
        ("attempts", "5"),
        ("failed_folder", ""),
        ("order", "oldest_first"),
        ("version", "exchange2016"),
        ("impersonate_by", "smtp_address"),
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

#[tokio::test]
async fn a_listener_is_added_by_its_form_and_edited() {
    let app = TestApp::start().await;
    with_listener(&app, "First").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let added = browser
        .post(NEW, &record("Orders", "add"))
        .await
        .expect(303);
    assert_eq!(
        added.header("location"),
        Some("/console/listeners/orders?done=listener_added")
    );
    let shown = app
        .as_viewer()
        .get("/v1/listeners/orders")
        .await
        .expect(200)
        .json();
    assert_eq!(shown["start"], "unread");
    assert_eq!(shown["filters"][0]["value"], "order");
    assert_eq!(shown["filters"].as_array().unwrap().len(), 1);
    assert_eq!(shown["content"]["attachments"], false);
    assert_eq!(shown["content"]["most_attachment_bytes"], 25_000_000);
    assert_eq!(shown["afterwards"]["folder"], "inbox/Done");
    let page = browser.get(ORDERS).await.expect(200).text();
    for words in [
        "inbox/Orders",
        "every 30 s",
        "subject contains order",
        "move it to inbox/Done",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let form = browser
        .get(&format!("{ORDERS}/edit"))
        .await
        .expect(200)
        .text();
    assert!(form.contains("value=\"25 MB\"") && form.contains("value=\"150 MiB\""));
    let edited = with(
        with(record("Orders", "update"), "revision", "1"),
        "interval_s",
        "5",
    );
    browser
        .post(&format!("{ORDERS}/edit"), &edited)
        .await
        .expect(303);
    let list = browser
        .get("/console/listeners?q=orders")
        .await
        .expect(200)
        .text();
    assert!(list.contains("Orders") && list.contains("Starting"));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    with_listener(&app, "First").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    for (field, value, id, words) in [
        (
            "mailbox",
            "other@example.com",
            "mailbox-err",
            "orders@example.com",
        ),
        ("interval_s", "often", "interval_s-err", "1 to 86400"),
        ("filter_value", "", "filters-err", "Filter 1"),
        ("spool", "", "spool-err", "spool is expected"),
        ("most_mime", "much", "most_mime-err", "number"),
        ("credential", "none", "credential-err", "slug or id"),
        ("move_to", "", "move_to-err", "expected"),
    ] {
        let form = if field == "filter_value" {
            let mut form = record("Orders", "add");
            let test = form.iter_mut().find(|(name, _)| *name == "filter_test");
            test.unwrap().1 = "at_most";
            form
        } else {
            with(record("Orders", "add"), field, value)
        };
        let page = browser.post(NEW, &form).await.expect(422).text();
        let told = page.split(&format!("id=\"{id}\"")).nth(1);
        let told = told.unwrap_or_else(|| panic!("{field}: no {id}"));
        let told = told.split("</p>").next().unwrap();
        assert!(told.contains(words), "{field}: {told}");
        assert!(page.contains("value=\"Orders\""), "{field}");
    }
    let first = app
        .as_viewer()
        .get("/v1/listeners")
        .await
        .expect(200)
        .json();
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_sent_twice_adds_one_and_a_test_adds_none() {
    let app = TestApp::start().await;
    with_listener(&app, "First").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let tested = browser
        .post(NEW, &record("Orders", "test"))
        .await
        .expect(200)
        .text();
    assert!(tested.contains("The connection works") && tested.contains("value=\"Orders\""));
    let form = with(
        record("Orders", "add"),
        "form_id",
        "abcdefghijklmnopqrstuvwx",
    );
    for _ in 0..2 {
        let added = browser.post(NEW, &form).await.expect(303);
        assert_eq!(
            added.header("location"),
            Some("/console/listeners/orders?done=listener_added")
        );
    }
    let all = app
        .as_viewer()
        .get("/v1/listeners")
        .await
        .expect(200)
        .json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn two_who_edit_at_once_lose_nothing_unseen() {
    let app = TestApp::start().await;
    with_listener(&app, "Orders").await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let edit = format!("{ORDERS}/edit");
    let opened = browser.get(&edit).await.expect(200).text();
    let base = opened.split("name=\"base\" value=\"").nth(1).unwrap();
    let base = base
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let patch = json!({"interval_s": 7, "batch": 3});
    app.as_editor()
        .patch("/v1/listeners/orders", "\"r1\"")
        .json(&patch)
        .await
        .expect(200);
    // left alone: the batch; changed: the interval, as the other did
    let mine = with(
        with(record("Orders", "update"), "revision", "1"),
        "base",
        &base,
    );
    let page = browser.post(&edit, &mine).await.expect(409).text();
    assert!(page.contains("Somebody changed this") && page.contains("changed by both"));
    assert!(
        page.contains("name=\"batch\" dir=\"auto\" value=\"3\""),
        "theirs"
    );
    assert!(page.contains("inputmode=\"numeric\" value=\"30\""), "mine");
    let kept = app
        .as_viewer()
        .get("/v1/listeners/orders")
        .await
        .expect(200)
        .json();
    assert_eq!(kept["interval_s"], 7);
    // deleted meanwhile
    app.as_editor()
        .delete("/v1/listeners/orders")
        .header("if-match", "\"r2\"")
        .await
        .expect(204);
    let page = browser.post(&edit, &mine).await.expect(404).text();
    assert!(page.contains("was deleted while") && page.contains("inbox/Orders"));
}

#[tokio::test]
async fn a_session_that_ends_while_typing_gives_the_form_back() {
    let app = TestApp::start().await;
    with_listener(&app, "Orders").await;
    signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, "");
    let door = browser
        .post(NEW, &record("Typed", "add"))
        .await
        .expect(401)
        .text();
    assert!(door.contains("name=\"held\"") && door.contains("Typed"));
}

#[tokio::test]
async fn the_page_tells_what_happened_and_mails_come_again_by_a_button() {
    let app = TestApp::start().await;
    let added = with_listener(&app, "Orders").await;
    has_worked(&app, &added).await;
    let cookie = signed_in(&app, "ops", Role::Editor).await;
    let browser = Browser::new(&app, &cookie);
    let page = browser.get(ORDERS).await.expect(200).text();
    for words in [
        "Mails given up",
        "at try 3",
        "84 kB",
        "1 attachment",
        "The server can not read this mail",
        "(no subject)",
        "Mails delivered per hour over the last 24 hours, 1 in all.",
        "Failed tries per hour over the last 24 hours, 2 in all.",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<b>4711</b>"), "a subject is text");
    for key in [DELIVERED, GIVEN_UP] {
        let path = format!("{ORDERS}/mails/{key}/deliver");
        let answer = browser.post(&path, &[]).await.expect(303);
        assert!(
            answer
                .header("location")
                .unwrap()
                .ends_with("done=mail_again")
        );
    }
    let path = format!("{ORDERS}/letters/{GIVEN_UP}/discard");
    browser.post(&path, &[]).await.expect(303);
    browser.post(&path, &[]).await.expect(303);
    for (verb, words) in [
        ("pause", "This listener is paused"),
        ("resume", "Pause</button>"),
    ] {
        browser
            .post(&format!("{ORDERS}/{verb}"), &[])
            .await
            .expect(303);
        assert!(
            browser.get(ORDERS).await.expect(200).text().contains(words),
            "{verb}"
        );
    }
    let tested = browser
        .post(&format!("{ORDERS}/test"), &[])
        .await
        .expect(200)
        .text();
    assert!(tested.contains("The connection works"));
    // the pages of its credential say who needs it
    for verb in ["disable", "delete"] {
        let cookie = signed_in(&app, &format!("ops-{verb}"), Role::Admin).await;
        let path = format!("/console/credentials/mailer/{verb}");
        let page = Browser::new(&app, &cookie)
            .get(&path)
            .await
            .expect(200)
            .text();
        assert!(page.contains("/console/listeners/orders"), "{verb}");
    }
    let asked = browser
        .get(&format!("{ORDERS}/delete"))
        .await
        .expect(200)
        .text();
    assert!(asked.contains("1 mail was not delivered yet"));
    for _ in 0..2 {
        let deleted = browser
            .post(&format!("{ORDERS}/delete"), &[("revision", "3")])
            .await;
        assert_eq!(
            deleted.expect(303).header("location"),
            Some("/console/listeners?done=listener_deleted")
        );
    }
}
