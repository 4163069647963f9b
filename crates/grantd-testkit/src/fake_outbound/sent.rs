//! What was sent.

use grantd_net::{Body, Request};

/// A request as it left, secrets included.
#[derive(Debug, Clone)]
pub struct Sent(pub Request);

impl Sent {
    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> &str {
        self.0.url.as_str()
    }

    /// The header fields in order, names in lower case.
    #[must_use]
    pub fn headers(&self) -> Vec<(&str, &str)> {
        self.0
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect()
    }

    /// The value of a header field.
    #[must_use]
    pub fn header(&self, wanted: &str) -> Option<&str> {
        let mut headers = self.headers().into_iter();
        headers
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    }

    /// The body as text.
    #[must_use]
    pub fn body(&self) -> &str {
        let bytes: &[u8] = match &self.0.body {
            Body::Empty => &[],
            Body::Plain(bytes) => bytes,
            Body::Secret(secret) => secret.expose(),
        };
        std::str::from_utf8(bytes).unwrap()
    }
}
