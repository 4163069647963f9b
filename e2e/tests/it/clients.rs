//! The clients that the peers register.

use e2e::peer::{Client, Method};

/// The client of the documented example: an id that is no GUID and a secret of every kind of sign.
const DOCUMENTED: (&str, &str) = (
    "sales-email-client",
    "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg",
);

/// Ids and secrets that clients get wrong when they build a token request.
const SPECIAL: [(&str, &str); 8] = [
    ("plain-client", "plain-secret-0123456789"),
    ("client:with:colons", "secret:with:colons"),
    ("client%20with%41percent", "secret%20with%2Fpercent%"),
    ("client+with+plus", "secret+with+plus"),
    ("client with spaces", "secret with spaces  inside"),
    ("client&id=x?y#z", "secret&client_id=x=y?#;"),
    ("all:of%41+them at once", "a:l%6C +of& t\"h'e\\m at %once"),
    DOCUMENTED,
];

/// Every special client, all with one method.
pub(crate) fn special(method: Method) -> Vec<Client> {
    SPECIAL
        .iter()
        .map(|(id, secret)| Client::new(id, secret, method))
        .collect()
}

/// The special clients whose id Basic can carry raw: none holds a colon (RFC 7617 section 2).
pub(crate) fn special_raw() -> Vec<Client> {
    let clients = special(Method::Basic).into_iter();
    clients.filter(|client| !client.id.contains(':')).collect()
}

/// The documented example as its help page has it: credentials in the body.
pub(crate) fn documented() -> Client {
    Client::new(DOCUMENTED.0, DOCUMENTED.1, Method::Post)
}

/// A client without any sign that needs care.
pub(crate) fn ordinary() -> Client {
    Client::new("mail-reader", "ordinary-secret-0123456789", Method::Basic)
}

/// A client whose secret raw and percent-encoded Basic send differently.
pub(crate) fn delicate() -> Client {
    Client::new("mail-reader", "secret%2Fwith:100%+signs", Method::Basic)
}
