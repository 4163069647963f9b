//! HTTP consumers.

use grantd_testkit::fixtures::HEADER_SECRET;
use serde_json::{Value, json};

use super::{TestApp, drafts};

/// A consumer of the credential `caller`, with a secret header and one that can be read.
pub(crate) fn consumer(name: &str) -> Value {
    json!({
        "name": name, "credential": "caller", "base_url": "https://api.example.com/v1",
        "headers": [
            {"name": "x-api-key", "value": HEADER_SECRET},
            {"name": "accept", "value": "application/json", "secret": false},
        ],
    })
}

/// The consumer with some members changed.
pub(crate) fn with(name: &str, changes: Value) -> Value {
    let (mut consumer, Value::Object(changes)) = (consumer(name), changes) else {
        panic!("the changes are no object");
    };
    consumer.as_object_mut().unwrap().extend(changes);
    consumer
}

/// An API with the credential `caller`, whose tokens may go to two hosts.
pub(crate) async fn with_credential() -> TestApp {
    let app = TestApp::start().await;
    let bounds = json!({"bound_hosts": ["api.example.com", "*.internal.example"]});
    app.add(&drafts::with("Caller", bounds)).await;
    app
}

/// The same with a consumer `orders`.
pub(crate) async fn with_orders() -> TestApp {
    let app = with_credential().await;
    let added = app.as_editor().post("/v1/consumers");
    added.json(&consumer("Orders")).await.expect(201);
    app
}
