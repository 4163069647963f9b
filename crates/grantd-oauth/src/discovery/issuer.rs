//! An issuer identifier (RFC 8414 section 2) and where its metadata is.

use std::fmt;

use grantd_model::{Invalid, TokenEndpoint};
use url::Url;

/// An authorization server's issuer identifier (RFC 8414 section 2): an https URL, or http on
/// loopback, without query and fragment. It is compared letter by letter (section 4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// The identifier as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) const fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<&str> for Issuer {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        if text.contains(['?', '#']) {
            return Err(Invalid::new(
                "query_or_fragment",
                "an issuer without `?…` and `#…` is expected (RFC 8414 section 2)",
            ));
        }
        // An issuer decides where the secret goes, so the rules of that place are its rules.
        let url = TokenEndpoint::try_from(text)?.url().clone();
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }
}

impl TryFrom<String> for Issuer {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::try_from(text.as_str())
    }
}

/// Where the metadata of an issuer may be, in the order to try: RFC 8414 section 3.1 inserts the
/// well-known path before that of the issuer, OpenID Connect Discovery 1.0 section 4.1 appends
/// it. A slash at the end of the issuer counts for neither.
#[must_use]
pub fn metadata_urls(issuer: &Issuer) -> [Url; 2] {
    let path = issuer.url.path().trim_end_matches('/');
    let at = |path: &str| {
        let mut url = issuer.url.clone();
        url.set_path(path);
        url
    };
    [
        at(&format!("/.well-known/oauth-authorization-server{path}")),
        at(&format!("{path}/.well-known/openid-configuration")),
    ]
}
