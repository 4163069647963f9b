//! Addresses, from a mail or from what a server says of it.

use mail_parser::{Addr, Address as Parsed};

use super::Address;

/// Everybody of a list, groups taken apart.
pub(super) fn list(parsed: Option<&Parsed<'_>>) -> Vec<Address> {
    let mut all = Vec::new();
    match parsed {
        Some(Parsed::List(list)) => all.extend(list.iter().filter_map(one)),
        Some(Parsed::Group(groups)) => {
            for group in groups {
                all.extend(group.addresses.iter().filter_map(one));
            }
        }
        None => {}
    }
    all
}

fn one(parsed: &Addr<'_>) -> Option<Address> {
    let text = |text: Option<&str>| {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    let (mut name, mut address) = (
        text(parsed.name.as_deref()),
        text(parsed.address.as_deref()),
    );
    if let Some(text) = &address {
        let route = text.strip_prefix('@').and_then(|rest| rest.split_once(':'));
        let domain_alone = text.starts_with('@').then(|| name.take()).flatten();
        let whole = match (route, domain_alone) {
            // the way that a mail took in former times (RFC 5322, section 4.4)
            (Some((_, behind)), it) => {
                name = it;
                behind.to_owned()
            }
            // a quoted local part is no name
            (None, Some(local)) => format!("\"{local}\"{text}"),
            (None, None) => text.clone(),
        };
        address = Some(without_blanks(&whole));
    }
    (name.is_some() || address.is_some()).then_some(Address { name, address })
}

/// Blanks may stand between the words of an address and mean nothing, outside of quotes.
fn without_blanks(address: &str) -> String {
    let mut is_quoted = false;
    address
        .chars()
        .filter(|c| {
            is_quoted ^= *c == '"';
            is_quoted || !c.is_whitespace()
        })
        .collect()
}

/// Names and addresses as a server tells them.
pub(super) fn told(told: &[(Option<String>, String)]) -> Vec<Address> {
    let one = |(name, address): &(Option<String>, String)| Address {
        name: name.clone(),
        address: Some(address.clone()).filter(|address| !address.is_empty()),
    };
    told.iter().map(one).collect()
}
