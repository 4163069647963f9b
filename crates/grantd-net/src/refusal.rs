//! What the egress guard refused and which setting decides.

use std::fmt;
use std::net::IpAddr;

use crate::address::AddressClass;

/// A target that the egress policy does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The host that was asked for.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The address it has, where one was looked at.
    pub address: Option<IpAddr>,
    /// Why it is refused.
    pub reason: RefusalReason,
}

/// Why a target is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// The address is of a class that needs a rule, and none covers it.
    NotAllowed(AddressClass),
    /// The address is of a class that no rule can allow.
    Never(AddressClass),
    /// grantd itself listens there, or keeps its database there.
    OwnListener,
    /// Plain http to something other than a loopback address: the target, or the proxy on the way.
    PlainHttp,
    /// The proxy would resolve a name that belongs to an internal network, and no rule covers it.
    InternalName,
    /// The name is that of a metadata service.
    MetadataName,
}

impl Refusal {
    /// What people can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self.reason {
            RefusalReason::NotAllowed(_) => format!(
                "If grantd shall reach it, an operator adds \"{}\" to the setting `egress.allow`.",
                self.rule()
            ),
            RefusalReason::InternalName => format!(
                "If the proxy shall reach it, an operator adds \"{}\" to the setting \
                 `egress.allow`.",
                self.rule()
            ),
            RefusalReason::Never(_) | RefusalReason::MetadataName => {
                "No entry of the setting `egress.allow` can allow it: such addresses give away \
                 the identity of the machine or are no single machine. Use another endpoint."
                    .to_owned()
            }
            RefusalReason::OwnListener => {
                "grantd does not call itself or its database, whatever `egress.allow` says. Use \
                 the address of the other server."
                    .to_owned()
            }
            RefusalReason::PlainHttp => {
                "Use https. Plain http is sent to loopback addresses alone, and only to those \
                 that the setting `egress.allow` lists."
                    .to_owned()
            }
        }
    }

    /// The narrowest line that would allow it: the name if there is one, else the address.
    fn rule(&self) -> String {
        match self.address {
            Some(address) if self.host_is_literal() => {
                if address.is_ipv6() {
                    format!("[{address}]:{}", self.port)
                } else {
                    format!("{address}:{}", self.port)
                }
            }
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    fn host_is_literal(&self) -> bool {
        self.host.starts_with('[') || self.host.parse::<IpAddr>().is_ok()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        if let Some(address) = self.address
            && !self.host_is_literal()
        {
            write!(f, " has the address {address}, which")?;
        }
        match self.reason {
            RefusalReason::NotAllowed(AddressClass::Public) => {
                write!(f, " is not listed in `egress.allow`")
            }
            RefusalReason::NotAllowed(class) => {
                write!(f, " is {class} and not listed in `egress.allow`")
            }
            RefusalReason::Never(class) => {
                write!(f, " is {class}, which `egress.allow` can not allow")
            }
            RefusalReason::OwnListener => {
                write!(f, " at port {} is grantd itself", self.port)
            }
            RefusalReason::PlainHttp => {
                write!(
                    f,
                    " is not a loopback address, and plain http goes nowhere else"
                )
            }
            RefusalReason::InternalName => write!(
                f,
                " is a name of an internal network, which the proxy would resolve, and not \
                 listed in `egress.allow`"
            ),
            RefusalReason::MetadataName => write!(
                f,
                " is a cloud metadata service, which `egress.allow` can not allow"
            ),
        }
    }
}

impl std::error::Error for Refusal {}
