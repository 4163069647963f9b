//! A service that gives a secret by one GET.

use url::Url;

use super::vault::is_safe;
use crate::{Invalid, Origin};

/// What stands for the path of a secret in a template.
pub const PATH: &str = "{path}";

/// What stands for its version.
pub const VERSION: &str = "{version}";

/// How a service is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsSettings {
    /// The URL, in which `{path}`, and `{version}` where there are versions, are filled in.
    pub url: String,
    /// The header that holds grantd's own secret, and what stands before the secret, such as `Bearer `.
    pub header: Option<(String, String)>,
    /// PEM certificates of the only authorities trusted.
    pub ca_bundle: Option<String>,
    origin: Origin,
}

impl HttpsSettings {
    /// A service at the URL of this template.
    ///
    /// # Errors
    /// When it is no URL of https, or what is filled in could decide about the host.
    pub fn new(
        url: String,
        header: Option<(String, String)>,
        ca_bundle: Option<String>,
    ) -> Result<Self, Invalid> {
        Ok(Self {
            origin: check_template(&url)?,
            url,
            header,
            ca_bundle,
        })
    }

    /// The origin that what grantd signs in with is sent to.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin.clone()
    }
}

fn filled(template: &str) -> Option<Url> {
    template
        .replace(PATH, "p")
        .replace(VERSION, "1")
        .parse()
        .ok()
}

/// The origin that a template leads to.
fn check_template(template: &str) -> Result<Origin, Invalid> {
    let wrong = |detail: &'static str| Err(Invalid::new("invalid_template", detail));
    let Some(url) = filled(template) else {
        return wrong("a URL such as `https://secrets.example.com/v1/{path}` is expected");
    };
    if !is_safe(&url) {
        return wrong("a URL of https is expected; http is for loopback alone");
    }
    if !template.contains(PATH) {
        return wrong("`{path}` is expected in it, where the path of the secret goes");
    }
    // a parser of URLs forgives `https:/{path}` and `https:\\{path}`, in which the path would be the host
    let begins = format!("{}://", url.scheme());
    let behind_scheme = template.get(begins.len()..).unwrap_or_default();
    let host = behind_scheme
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let is_plain = !template.contains('\\')
        && template.to_ascii_lowercase().starts_with(&begins)
        && !host.is_empty();
    if !is_plain || host.contains(['{', '@']) || url.fragment().is_some() {
        return wrong(
            "`{path}` and `{version}` are expected behind the host, without user and fragment",
        );
    }
    Ok(Origin::of(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_filled_in_decides_about_the_host() {
        for good in [
            "https://secrets.example.com/v1/{path}",
            "HTTPS://secrets.example.com/{path}?v={version}",
            "http://127.0.0.1:8080/{path}",
            "https://secrets.example.com?p={path}",
        ] {
            assert!(check_template(good).is_ok(), "{good}");
        }
        for wrong in [
            "https://{path}/v1",
            "https:/{path}",
            "https:///{path}",
            "https:{path}",
            "https:\\\\{path}",
            "https:\\\\secrets.example.com/{path}",
            "https://secrets.example.com\\@{path}",
            "https://u@{path}",
            "https://{version}.example.com/{path}",
            "https://secrets.example.com/v1",
            "https://secrets.example.com/{path}#x",
            "http://secrets.example.com/{path}",
            "ftp://secrets.example.com/{path}",
            "{path}",
        ] {
            assert!(check_template(wrong).is_err(), "{wrong}");
        }
    }
}
