//! Names of a listener's world: addresses, folders, endpoints, spools.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::text::{check_line, text};
use crate::{Invalid, TokenEndpoint};

text!(
    /// An SMTP address, `local@domain`: at most 254 characters. It is compared without regard to case.
    MailAddress,
    check_address
);
text!(
    /// A folder of a mailbox: names from the top down, divided by `/`. The first may be one of the
    /// distinguished names, such as `inbox`; otherwise it stands beside the inbox.
    FolderPath,
    check_folder
);
text!(
    /// The name of a spool folder, as the configuration declares it: 1 to 63 of `a-z 0-9 -`.
    SpoolName,
    check_spool
);

impl MailAddress {
    /// The part behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.as_str().rsplit_once('@').map_or("", |(_, it)| it)
    }
}

impl FolderPath {
    /// The names from the top down; never empty.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.as_str().split('/')
    }
}

fn check_address(text: &str) -> Result<(), Invalid> {
    check_line(text, 254)?;
    let fault = || {
        Invalid::new(
            "invalid_address",
            "an address such as `sales@example.com` is expected",
        )
    };
    let (local, domain) = text.rsplit_once('@').ok_or_else(fault)?;
    let odd = |c: char| c.is_whitespace() || "<>()[],;:\\\"@".contains(c);
    if local.is_empty() || domain.is_empty() || text.len() > 254 || local.contains(odd) {
        return Err(fault());
    }
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if domain
        .split('.')
        .any(|label| label.is_empty() || !label.chars().all(plain))
    {
        return Err(fault());
    }
    Ok(())
}

fn check_folder(text: &str) -> Result<(), Invalid> {
    check_line(text, 1024)?;
    if text.split('/').any(|name| name.trim().is_empty()) {
        return Err(Invalid::new(
            "invalid_folder",
            "names of folders divided by `/` are expected, such as `inbox/Orders`",
        ));
    }
    Ok(())
}

fn check_spool(text: &str) -> Result<(), Invalid> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.starts_with(plain) && text.len() <= 63 && text.chars().all(|c| plain(c) || c == '-') {
        return Ok(());
    }
    Err(Invalid::new(
        "invalid_spool_name",
        "the name of a spool is expected: 1 to 63 of a-z, 0-9 and `-`",
    ))
}

/// Whether one of the allowed mailboxes is this one: itself, or `*@` with its domain. None is where
/// none is named.
#[must_use]
pub fn is_allowed_mailbox(allowed: &[String], mailbox: &MailAddress) -> bool {
    allowed
        .iter()
        .any(|allowed| match allowed.strip_prefix("*@") {
            Some(domain) => mailbox.domain().to_lowercase() == domain.to_lowercase(),
            None => allowed.to_lowercase() == mailbox.as_str().to_lowercase(),
        })
}

/// Where a mailbox is asked: https, or http on this machine, without query.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailEndpoint(Url);

impl MailEndpoint {
    /// The whole URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Its host, as bound hosts name it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl TryFrom<String> for MailEndpoint {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        // the same rules, and one more
        let url = TokenEndpoint::try_from(text)?.url().clone();
        if url.query().is_some() {
            return Err(Invalid::new("query", "a URL without `?…` is expected"));
        }
        Ok(Self(url))
    }
}

impl From<MailEndpoint> for String {
    fn from(endpoint: MailEndpoint) -> Self {
        endpoint.0.into()
    }
}

impl fmt::Display for MailEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for MailEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_local_part_and_a_domain() {
        for good in [
            "sales@example.com",
            "a.b+c@mail.example.com",
            "o'neil@x",
            "jö@exämple.com",
        ] {
            assert!(MailAddress::try_from(good).is_ok(), "{good}");
        }
        for bad in [
            "", "sales", "@x", "a@", "a@b@c", "a b@x", "<a@x>", "a@x..y", "a@x\r\nb", "a@x y",
        ] {
            assert!(MailAddress::try_from(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_mailbox_is_allowed_by_itself_or_by_its_domain() {
        let allowed = ["Sales@Example.com", "*@orders.example.com"].map(str::to_owned);
        for (mailbox, expected) in [
            ("sales@example.com", true),
            ("SALES@EXAMPLE.COM", true),
            ("any@orders.example.com", true),
            ("any@x.orders.example.com", false),
            ("other@example.com", false),
        ] {
            let mailbox = MailAddress::try_from(mailbox).unwrap();
            assert_eq!(
                is_allowed_mailbox(&allowed, &mailbox),
                expected,
                "{mailbox}"
            );
            assert!(!is_allowed_mailbox(&[], &mailbox));
        }
    }

    #[test]
    fn folders_are_names_divided_by_slashes() {
        let path = FolderPath::try_from("inbox/Orders/2026").unwrap();
        assert_eq!(
            path.names().collect::<Vec<_>>(),
            ["inbox", "Orders", "2026"]
        );
        for bad in ["", "/inbox", "inbox/", "a//b", "a/ /b"] {
            assert!(FolderPath::try_from(bad).is_err(), "{bad:?}");
        }
    }
}
