//! `/v1/listeners` and what belongs to them.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mail::{DELIVERED, GIVEN_UP, has_worked, listener, with_listener};

const ORDERS: &str = "/v1/listeners/orders";

#[tokio::test]
async fn a_listener_is_added_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let added = with_listener(&app, "Orders").await;
    assert_eq!(added["slug"], "orders");
    assert_eq!(added["folder"], "inbox");
    assert_eq!(added["interval_s"], 60);
    let read = app.as_viewer().get(ORDERS).await.expect(200);
    assert_eq!(read.header("etag"), Some("\"r1\""));
    assert_eq!(read.json()["state"]["standing"], "starting");
    let patch = json!({"interval_s": 5, "afterwards": {"then": "move", "folder": "inbox/Done"}});
    let call = app.as_editor().patch(ORDERS, "\"r1\"").json(&patch);
    let changed = call.await.expect(200).json();
    assert_eq!(changed["interval_s"], 5);
    assert_eq!(changed["mailbox"], "orders@example.com");
    assert_eq!(changed["afterwards"]["mark_read"], true);
    let stale = app
        .as_editor()
        .patch(ORDERS, "\"r1\"")
        .json(&json!({"batch": 5}));
    stale.await.expect(412).detail("stale");
    let list = app
        .as_viewer()
        .get("/v1/listeners?q=ORD")
        .await
        .expect(200)
        .json();
    assert_eq!(list["items"][0]["slug"], "orders");
    // the credential stays while a listener needs it
    let call = app
        .as_admin()
        .delete("/v1/credentials/mailer")
        .header("if-match", "\"r1\"")
        .await;
    let detail = call.expect(409).detail("in_use");
    assert!(detail.contains("`orders`"), "{detail}");
    let deleted = app
        .as_editor()
        .delete(ORDERS)
        .header("if-match", "\"r2\"")
        .await;
    deleted.expect(204);
    app.as_viewer().get(ORDERS).await.expect(404);
    let call = app
        .as_admin()
        .delete("/v1/credentials/mailer")
        .header("if-match", "\"r1\"")
        .await;
    call.expect(204);
}

#[tokio::test]
async fn a_listener_may_be_added_paused() {
    let app = TestApp::start().await;
    with_listener(&app, "Orders").await;
    let mut later = listener("Later");
    later["paused"] = json!(true);
    let added = app.as_editor().post("/v1/listeners").json(&later).await;
    assert_eq!(added.expect(201).json()["state"]["standing"], "paused");
    later["paused"] = json!("yes");
    let wrong = app.as_editor().post("/v1/listeners").json(&later).await;
    assert!(wrong.expect(400).text().contains("/paused"));
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_its_place() {
    let app = TestApp::start().await;
    with_listener(&app, "Orders").await;
    let mut wrong = listener("Wrong");
    wrong["interval_s"] = json!(0);
    wrong["filters"] = json!([{"field": "subject", "test": "matches", "value": "("}]);
    wrong["folder"] = json!("/");
    let answer = app.as_editor().post("/v1/listeners").json(&wrong).await;
    let answer = answer.expect(422).json();
    let places: Vec<&str> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["/folder", "/interval_s", "/filters/0/value"]);
    for (member, value, place) in [
        ("mailbox", json!("other@example.com"), "/mailbox"),
        (
            "endpoint",
            json!("https://elsewhere.example.com/EWS"),
            "/endpoint",
        ),
        ("credential", json!("nothing"), "/credential"),
        ("name", json!("ORDERS"), "/name"),
        ("delivery", json!({"spool": "none"}), "/delivery/spool"),
    ] {
        let mut wrong = listener("Wrong");
        wrong[member] = value;
        let answer = app.as_editor().post("/v1/listeners").json(&wrong).await;
        let answer = answer.expect(422).json();
        assert_eq!(answer["errors"][0]["pointer"], place, "{answer}");
    }
    let mut unknown = listener("Wrong");
    unknown["colour"] = json!("red");
    let answer = app.as_editor().post("/v1/listeners").json(&unknown).await;
    assert!(answer.expect(400).text().contains("colour"));
}

#[tokio::test]
async fn who_may_not_is_refused_and_nothing_changes() {
    let app = TestApp::start().await;
    with_listener(&app, "Orders").await;
    let post = |path: &'static str| app.as_viewer().post(path);
    post("/v1/listeners")
        .json(&listener("Mine"))
        .await
        .expect(403);
    post("/v1/listeners/orders/pause").await.expect(403);
    post("/v1/listener_tests")
        .json(&listener("Mine"))
        .await
        .expect(403);
    app.as_viewer().get("/v1/spools").await.expect(403);
    app.as_viewer()
        .delete(ORDERS)
        .header("if-match", "\"r1\"")
        .await
        .expect(403);
    app.as_workload().get(ORDERS).await.expect(404);
    let again = format!("{ORDERS}/mails/{DELIVERED}/deliver");
    app.as_viewer().post(&again).await.expect(403);
    let list = app
        .as_workload()
        .get("/v1/listeners")
        .await
        .expect(200)
        .json();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn it_is_paused_and_resumed() {
    let app = TestApp::start().await;
    with_listener(&app, "Orders").await;
    for (verb, standing) in [
        ("pause", "paused"),
        ("pause", "paused"),
        ("resume", "starting"),
    ] {
        let call = app.as_editor().post(&format!("{ORDERS}/{verb}")).await;
        assert_eq!(call.expect(200).json()["state"]["standing"], standing);
    }
}

#[tokio::test]
async fn deliveries_letters_and_hours_are_told_and_mails_come_again() {
    let app = TestApp::start().await;
    let added = with_listener(&app, "Orders").await;
    has_worked(&app, &added).await;
    let get = async |path: &str| -> Value {
        let path = format!("{ORDERS}{path}");
        app.as_viewer().get(&path).await.expect(200).json()
    };
    assert_eq!(get("").await["state"]["standing"], "given_up");
    let delivery = &get("/deliveries").await["items"][0];
    assert_eq!(delivery["key"], DELIVERED);
    assert_eq!(delivery["subject"], "Order <b>4711</b>");
    assert_eq!(delivery["attempt"], 3);
    let letter = &get("/letters").await["items"][0];
    assert_eq!(letter["key"], GIVEN_UP);
    assert_eq!(letter["class"], "unreadable_at_the_server");
    assert_eq!(letter["due_at"], Value::Null);
    let hours = get("/hours").await;
    let hours = hours["items"].as_array().unwrap();
    let sum = |member: &str| -> u64 { hours.iter().map(|it| it[member].as_u64().unwrap()).sum() };
    assert_eq!((sum("delivered"), sum("failed")), (1, 2));
    for key in [DELIVERED, GIVEN_UP] {
        let again = format!("{ORDERS}/mails/{key}/deliver");
        app.as_editor().post(&again).await.expect(202);
    }
    let letters = get("/letters").await;
    let due = letters["items"].as_array().unwrap().iter();
    assert!(due.clone().all(|it| it["due_at"].is_string()), "{letters}");
    assert_eq!(due.count(), 2);
    let discard = format!("{ORDERS}/letters/{GIVEN_UP}");
    app.as_editor()
        .delete(&discard)
        .header("if-match", "*")
        .await
        .expect(204);
    app.as_editor()
        .delete(&discard)
        .header("if-match", "*")
        .await
        .expect(404);
    for key in ["short", &"x".repeat(32)] {
        let again = format!("{ORDERS}/mails/{key}/deliver");
        app.as_editor().post(&again).await.expect(404);
    }
}

#[tokio::test]
async fn a_connection_is_tested_before_the_listener_is_added() {
    let app = TestApp::start().await;
    with_listener(&app, "Orders").await;
    let call = app.as_editor().post("/v1/listener_tests");
    let report = call.json(&listener("New one")).await.expect(200).json();
    assert_eq!(report["ok"], true);
    assert_eq!(report["steps"][0]["name"], "folder");
    let spools = app.as_editor().get("/v1/spools").await.expect(200).json();
    assert_eq!(spools["items"][0]["name"], "orders");
}
