//! `/v1/validations`

mod access;
mod bodies;
mod draft;
mod edited;
mod limits;
mod next;
mod probe;
mod real;
mod saved;
mod stream;
mod traces;

use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp, drafts};

const PATH: &str = "/v1/validations";

/// An API with the credential `mail`, which an admin has bound to a host.
async fn app() -> TestApp {
    let app = TestApp::start().await;
    let draft = drafts::with(
        "Mail",
        json!({"scope": "a b", "bound_hosts": ["api.example.com"]}),
    );
    app.add(&draft).await;
    app
}

async fn validate(caller: Caller<'_>, body: Value) -> Answer {
    caller.post(PATH).json(&body).await
}

/// Each step with its outcome.
fn outline(validation: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = validation["steps"].as_array().unwrap().iter();
    steps
        .map(|step| (text(&step["step"]), text(&step["outcome"])))
        .collect()
}

/// The last step, if it is the one that failed.
#[track_caller]
fn failed(validation: &Value) -> &Value {
    assert_eq!(validation["result"], "failed", "{validation}");
    let last = validation["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["outcome"], "failed", "{validation}");
    last
}

/// What the audit log says of validations, newest first.
async fn audited(app: &TestApp) -> Vec<Value> {
    let path = "/v1/audit?action=credential.validate";
    let log = app.as_admin().get(path).await.expect(200).json();
    log["items"].as_array().unwrap().clone()
}
