//! Credentials as they are sent.

use grantd_testkit::fixtures::{
    CLIENT_SECRET, DOCUMENTED_SECRET, HEADER_SECRET, PARAMETER_SECRET, ca_bundle,
};
use serde_json::{Value, json};

/// The secret that comes after [`CLIENT_SECRET`].
pub(crate) const SECOND_SECRET: &str = "canary-second-secret-Nw9";

/// Nothing but what is mandatory.
pub(crate) fn minimal(name: &str) -> Value {
    json!({
        "name": name,
        "client_id": "client-1",
        "client_secret": CLIENT_SECRET,
        "token_endpoint": "https://login.example.com/oauth2/token",
        "scope": "mail.read",
    })
}

/// The example of the documentation.
pub(crate) fn documented() -> Value {
    json!({
        "name": "Sales Email Credentials",
        "client_id": "sales-mail-registration",
        "secret_source": "internal",
        "client_secret": DOCUMENTED_SECRET,
        "token_endpoint": "https://login.example.com/oauth2/authorize-service",
        "scope": "https://outlook.office365.com/.default",
        "token_endpoint_auth_method": "client_secret_basic",
    })
}

/// Every member set, but those that exclude others.
pub(crate) fn full() -> Value {
    json!({
        "name": "Everything",
        "slug": "every-thing",
        "description": "Reads the sales mailbox.\nAsk before changing \u{1f4ec}.",
        "owner": "Mail team <mail@example.com>",
        "labels": {"env": "test", "team/x": "sales"},
        "provider": "okta",
        "client_id": "client-7",
        "secret_source": "internal",
        "client_secret": CLIENT_SECRET,
        "token_endpoint": "https://login.example.com/oauth2/token?tenant=7",
        "scope": "mail.send mail.read",
        "no_scope": false,
        "token_endpoint_auth_method": "client_secret_basic",
        "basic_encoding": "raw",
        "secret_expires_at": "2027-06-30T10:00:00+02:00",
        "audience": "https://api.example.com",
        "resources": ["https://mail.example.com/", "urn:example:files"],
        "parameters": [
            {"name": "tenant", "value": "acme"},
            {"name": "assert", "value": PARAMETER_SECRET, "secret": true},
        ],
        "headers": [
            {"name": "X-Tenant", "value": "acme", "secret": false},
            {"name": "x-api-key", "value": HEADER_SECRET},
        ],
        "connect_timeout_s": 5,
        "request_timeout_s": 20,
        "ca_bundle": ca_bundle("Example Root"),
        "egress_proxy": "http://proxy.example.com:3128",
        "bound_hosts": ["Mail.example.com", "*.files.example.com"],
        "allowed_mailboxes": ["sales@example.com"],
    })
}

/// [`minimal`] with other members; null takes one out.
pub(crate) fn with(name: &str, changes: Value) -> Value {
    let mut draft = minimal(name);
    let (Value::Object(members), Value::Object(changes)) = (&mut draft, changes) else {
        panic!("an object is expected");
    };
    for (name, value) in changes {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    draft
}
