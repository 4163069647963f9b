//! The URL that a webhook is posted to.

use std::fmt;

use url::Url;

use crate::endpoint::{is_loopback, parse};
use crate::{Invalid, Origin};

/// Where a message is posted: https, or http on loopback, without fragment and user information. With a
/// chat, whoever knows it can post: it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl(Url);

impl HookUrl {
    /// The whole URL, query included: for sending.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The whole URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of(&self.0)
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/…", self.origin())
    }
}

impl TryFrom<&str> for HookUrl {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        let url = parse(text, &["https", "http"])?;
        if url.fragment().is_some() {
            let detail = "a URL without `#…` is expected";
            return Err(Invalid::new("fragment", detail));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            let detail = "an https URL is expected; plain http is for this machine only";
            return Err(Invalid::new("https_required", detail));
        }
        Ok(Self(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_over_https_and_is_not_shown() {
        let url = HookUrl::try_from("https://hooks.example.com/T0/canary?k=canary").unwrap();
        assert_eq!(format!("{url:?}"), "https://hooks.example.com/…");
        assert!(HookUrl::try_from("http://localhost:8080/x").is_ok());
        for wrong in [
            "http://hooks.example.com/x",
            "https://hooks.example.com/#x",
            "https://me:pw@hooks.example.com/",
            "mailto:me@example.com",
            "",
        ] {
            assert!(HookUrl::try_from(wrong).is_err(), "{wrong}");
        }
    }
}
