//! Names of members that may be told: those that servers are known to use.
//!
//! A server may put anything into a name, so one that is not known is only counted.

/// The most names that are kept.
const MOST: usize = 12;

/// In lower case, without what divides their words.
const KNOWN: [&str; 52] = [
    "accesstoken",
    "authtoken",
    "bearertoken",
    "body",
    "code",
    "content",
    "createdat",
    "data",
    "detail",
    "details",
    "error",
    "errorcode",
    "errordescription",
    "errors",
    "exp",
    "expiration",
    "expires",
    "expiresat",
    "expiresin",
    "expireson",
    "expiry",
    "id",
    "idtoken",
    "instanceurl",
    "issuedat",
    "jwt",
    "kind",
    "message",
    "meta",
    "name",
    "ok",
    "path",
    "payload",
    "refreshtoken",
    "requestid",
    "response",
    "result",
    "results",
    "scope",
    "scopes",
    "session",
    "sessionid",
    "status",
    "statuscode",
    "success",
    "timestamp",
    "title",
    "token",
    "tokentype",
    "type",
    "user",
    "value",
];

/// Names of the first members.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: Vec<String>,
    others: usize,
}

impl Names {
    pub(super) fn push(&mut self, name: String) {
        let letters = name.replace(['_', '-'], "").to_ascii_lowercase();
        if self.known.len() < MOST && KNOWN.contains(&letters.as_str()) {
            self.known.push(name);
        } else {
            self.others += 1;
        }
    }

    /// For people; None if there is no member.
    pub(super) fn told(&self) -> Option<String> {
        let mut names = self.known.clone();
        match self.others {
            0 => {}
            1 => names.push("1 other".to_owned()),
            others => names.push(format!("{others} others")),
        }
        (!names.is_empty()).then(|| format!("the answer has: {}", names.join(", ")))
    }
}
