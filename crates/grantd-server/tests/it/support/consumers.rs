//! HTTP consumers.

use grantd_engine::ConsumerRef;
use grantd_model::consumer::HeaderDraft;
use grantd_model::{Actor, Consumer, ConsumerDraft};
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

/// The value of the secret header field that every consumer here sets.
pub(crate) const FIELD_SECRET: &str = "canary-field-of-a-consumer";

/// Adds the credential `crm-client`, which is bound to the service, and a consumer called so.
pub(crate) async fn with_consumer(app: &TestApp, name: &str) -> Consumer {
    app.watch("a header field of a consumer", FIELD_SECRET);
    let bounds = json!({"bound_hosts": ["api.example.com", "other.example.com"]});
    app.add(&drafts::with("Crm client", bounds)).await;
    let draft = ConsumerDraft {
        name: name.to_owned(),
        credential: "crm-client".to_owned(),
        base_url: "https://api.example.com/v1".to_owned(),
        hosts: vec!["first.internal.example".to_owned()],
        headers: vec![HeaderDraft {
            name: "x-api-key".to_owned(),
            value: Some(FIELD_SECRET.into()),
            secret: true,
        }],
        ..ConsumerDraft::default()
    };
    let added = app.engine.create_consumer(&Actor::System, None, &draft);
    added.await.unwrap()
}

/// The consumer as it is kept.
pub(crate) async fn kept(app: &TestApp, slug: &str) -> Consumer {
    let wanted: ConsumerRef = slug.parse().unwrap();
    let found = app.engine.get_consumer(&Actor::System, &wanted).await;
    found.unwrap()
}
