//! Addresses as they are told: without a query or user information, which may hold a secret.

use url::Url;

/// The address up to its query; of one that is a URL also without `user:password@`.
pub(crate) fn without_query(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.has_host() => {
            format!("{}{}", url.origin().ascii_serialization(), url.path())
        }
        _ => address
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_and_user_information_go() {
        for (address, told) in [
            ("https://u:p@a.example/t?code=x#y", "https://a.example/t"),
            ("/login?next=x", "/login"),
            ("mailto:a@b.example?subject=x", "mailto:a@b.example"),
        ] {
            assert_eq!(without_query(address), told);
        }
    }
}
