//! A line of `egress.allow`: an address, a network or a host, each with an optional port.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use grantd_model::Invalid;
use ipnet::IpNet;

use crate::address::AddressClass;

/// Allows what the egress guard would refuse: `10.1.0.0/16`, `[::1]:9443`, `auth.internal`,
/// `*.corp.example:443`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AllowRule {
    pattern: Pattern,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Pattern {
    Network(IpNet),
    Host(String),
    Subdomains(String),
}

impl AllowRule {
    /// Whether it speaks of this address at this port.
    #[must_use]
    pub fn covers_address(&self, address: IpAddr, port: u16) -> bool {
        self.covers_port(port)
            && matches!(&self.pattern, Pattern::Network(net) if net.contains(&address.to_canonical()))
    }

    /// Whether it speaks of this name (lower case, without a dot at the end) at this port.
    #[must_use]
    pub fn covers_name(&self, name: &str, port: u16) -> bool {
        self.covers_port(port)
            && match &self.pattern {
                Pattern::Network(_) => false,
                Pattern::Host(host) => host == name,
                Pattern::Subdomains(parent) => name
                    .strip_suffix(parent.as_str())
                    .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            }
    }

    fn covers_port(&self, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
    }
}

impl fmt::Display for AllowRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.pattern, self.port) {
            (Pattern::Network(net @ IpNet::V6(_)), Some(_)) => write!(f, "[{net}]")?,
            (Pattern::Network(net), _) => write!(f, "{net}")?,
            (Pattern::Host(host), _) => f.write_str(host)?,
            (Pattern::Subdomains(parent), _) => write!(f, "*.{parent}")?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl FromStr for AllowRule {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (place, port) = split_port(text)?;
        Ok(Self {
            pattern: parse_place(place)?,
            port: port.map(parse_port).transpose()?,
        })
    }
}

/// Takes the port off the end, and the brackets off the address.
fn split_port(text: &str) -> Result<(&str, Option<&str>), Invalid> {
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, after) = rest.split_once(']').ok_or_else(expected)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((inside, Some(port))),
            None if after.is_empty() => Ok((inside, None)),
            None => Err(expected()),
        };
    }
    match text.rsplit_once(':') {
        Some((place, port)) if !place.contains(':') => Ok((place, Some(port))),
        _ => Ok((text, None)),
    }
}

fn parse_port(text: &str) -> Result<u16, Invalid> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(Invalid::new(
            "invalid_port",
            "a port from 1 to 65535 is expected after the colon",
        )),
    }
}

fn parse_place(text: &str) -> Result<Pattern, Invalid> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return network(IpNet::from(address.to_canonical()));
    }
    if text.contains('/') {
        let net = text.parse::<IpNet>().map_err(|_| expected())?;
        return network(net);
    }
    match text.strip_prefix("*.") {
        Some(parent) => host(parent).map(Pattern::Subdomains),
        None => host(text).map(Pattern::Host),
    }
}

fn network(net: IpNet) -> Result<Pattern, Invalid> {
    if net.trunc() != net {
        return Err(Invalid::new(
            "invalid_network",
            format!(
                "a network without host bits is expected, such as {}",
                net.trunc()
            ),
        ));
    }
    if matches!(net, IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some()) {
        return Err(Invalid::new(
            "invalid_network",
            "the IPv4 network itself is expected, not its IPv6 form",
        ));
    }
    let class = AddressClass::of(net.addr());
    if net.prefix_len() == net.max_prefix_len() && class.is_never_allowed() {
        return Err(Invalid::new(
            "never_allowed",
            format!("{} is {class}; no rule can allow it", net.addr()),
        ));
    }
    Ok(Pattern::Network(net))
}

fn host(text: &str) -> Result<String, Invalid> {
    if text.contains(['*', '[', ']']) {
        return Err(expected());
    }
    match url::Host::parse(text) {
        Ok(url::Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            if name.split('.').any(str::is_empty) {
                return Err(expected());
            }
            Ok(name.to_owned())
        }
        Ok(url::Host::Ipv4(address)) => Err(Invalid::new(
            "invalid_address",
            format!("the address in its usual form is expected: {address}"),
        )),
        Ok(url::Host::Ipv6(_)) | Err(_) => Err(expected()),
    }
}

fn expected() -> Invalid {
    Invalid::new(
        "invalid_rule",
        "an address, a network, a host or `*.` and a host is expected, with or without a port: \
         `10.1.0.0/16`, `[::1]:9443`, `auth.internal`, `*.corp.example:443`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_written_back() {
        for (text, written) in [
            ("127.0.0.1", "127.0.0.1/32"),
            ("127.0.0.1:80", "127.0.0.1/32:80"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/8:443", "10.0.0.0/8:443"),
            ("::1", "::1/128"),
            ("[::1]", "::1/128"),
            ("[::1]:9443", "[::1/128]:9443"),
            ("[::1/128]:9443", "[::1/128]:9443"),
            ("fd00::/8", "fd00::/8"),
            ("[fd00::/8]:443", "[fd00::/8]:443"),
            ("::ffff:10.0.0.1", "10.0.0.1/32"),
            ("Auth.Internal", "auth.internal"),
            ("auth.internal.:8443", "auth.internal:8443"),
            ("*.corp.example", "*.corp.example"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            let rule: AllowRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), written, "{text}");
            assert_eq!(rule.to_string().parse(), Ok(rule), "{written}");
        }
    }

    #[test]
    fn wrong_rules_are_refused_with_their_reason() {
        for (text, code) in [
            ("", "invalid_rule"),
            ("*", "invalid_rule"),
            ("a.*.example", "invalid_rule"),
            ("https://a.example", "invalid_port"),
            ("a.example/24", "invalid_rule"),
            ("a..example", "invalid_rule"),
            ("[::1", "invalid_rule"),
            ("[::1]x", "invalid_rule"),
            ("[auth.internal]x:1", "invalid_rule"),
            ("10.0.0.0/33", "invalid_rule"),
            ("10.0.0.1/8", "invalid_network"),
            ("::ffff:0.0.0.0/96", "invalid_network"),
            ("127.1", "invalid_address"),
            ("2130706433", "invalid_address"),
            ("a.example:0", "invalid_port"),
            ("a.example:99999", "invalid_port"),
            ("169.254.169.254", "never_allowed"),
            ("168.63.129.16/32", "never_allowed"),
            ("[fd00:ec2::254]", "never_allowed"),
            ("0.0.0.0", "never_allowed"),
        ] {
            assert_eq!(text.parse::<AllowRule>().unwrap_err().code, code, "{text}");
        }
    }

    #[test]
    fn a_wildcard_covers_what_is_below_it_alone() {
        let rule: AllowRule = "*.corp.example:443".parse().unwrap();
        assert!(rule.covers_name("a.corp.example", 443));
        assert!(rule.covers_name("a.b.corp.example", 443));
        assert!(!rule.covers_name("corp.example", 443));
        assert!(!rule.covers_name("evilcorp.example", 443));
        assert!(!rule.covers_name(".corp.example", 443));
        assert!(!rule.covers_name("a.corp.example", 8443));
    }
}
