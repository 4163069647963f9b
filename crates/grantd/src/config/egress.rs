//! Section `[egress]`: where requests may go, and through what.

use std::path::Path;

use grantd_model::ProxyUrl;
use grantd_net::{AllowRule, check_ca_bundle};

use super::section::section;
use crate::files;

section! {
    /// Where requests may go, and through what.
    Egress = "egress" {
        /// What may be reached besides public addresses: addresses, networks, hosts, and `*.` with
        /// a host, each with or without a port. Default: none.
        allow: Vec<AllowRule> = |setting| setting.many(rule),
        /// The HTTP proxy that everything beyond this machine leaves through, as
        /// `http://host:port`. Default: none; the proxy variables of the environment are not read.
        proxy: Option<ProxyUrl> = |setting| setting.optional(proxy),
        /// The path of a PEM file with authorities that are trusted besides those of the system.
        /// A relative path begins at the folder of the configuration file. Default: none.
        ca_bundle: Option<String> = |setting| setting.file(bundle),
    }
}

fn rule(text: &str) -> Result<AllowRule, String> {
    text.parse()
        .map_err(|fault: grantd_model::Invalid| fault.detail)
}

fn proxy(text: &str) -> Result<ProxyUrl, String> {
    ProxyUrl::try_from(text.to_owned()).map_err(|fault| fault.detail)
}

fn bundle(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let text = files::read_text(path).map_err(|error| format!("{shown}: {error}"))?;
    match check_ca_bundle(&text) {
        Ok(_) => Ok(text),
        Err(fault) => Err(format!("{shown}: {fault}")),
    }
}
