//! What the tests send to add a credential.

use e2e::peer::Client;
use serde_json::{Value, json};

/// A credential of this client at this token endpoint, for the scope `mail.read`.
pub(crate) fn credential(name: &str, client: &Client, token_endpoint: &str) -> Value {
    json!({
        "name": name,
        "client_id": client.id,
        "secret_source": "internal",
        "client_secret": client.secret,
        "token_endpoint": token_endpoint,
        "scope": "mail.read",
        "token_endpoint_auth_method": client.method.name(),
    })
}

/// The same with more or other members.
pub(crate) fn with(mut draft: Value, members: &Value) -> Value {
    if let (Some(draft), Some(members)) = (draft.as_object_mut(), members.as_object()) {
        draft.extend(members.clone());
    }
    draft
}
