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
    let (name, address) = (
        text(parsed.name.as_deref()),
        text(parsed.address.as_deref()),
    );
    (name.is_some() || address.is_some()).then_some(Address { name, address })
}

/// Names and addresses as a server tells them.
pub(super) fn told(told: &[(Option<String>, String)]) -> Vec<Address> {
    let one = |(name, address): &(Option<String>, String)| Address {
        name: name.clone(),
        address: Some(address.clone()).filter(|address| !address.is_empty()),
    };
    told.iter().map(one).collect()
}
