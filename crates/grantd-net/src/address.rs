//! What an address is for, after the IANA special-purpose registries (RFC 6890).
//!
//! Invariant: only what is surely a global unicast address is [`AddressClass::Public`]; an address
//! that carries an IPv4 address inside is what that one is.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The kind of an IP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressClass {
    /// Global unicast.
    Public,
    /// This machine: 127.0.0.0/8, `::1`.
    Loopback,
    /// RFC 1918, `fc00::/7` (RFC 4193), and the local NAT64 prefix `64:ff9b:1::/48` (RFC 8215).
    Private,
    /// 169.254.0.0/16 (RFC 3927), `fe80::/10`.
    LinkLocal,
    /// Where a cloud gives its machines their identity, such as 169.254.169.254.
    Metadata,
    /// 100.64.0.0/10, between a provider and its customers (RFC 6598).
    SharedCgn,
    /// "This network", 0.0.0.0/8 and `::`; systems connect it to themselves.
    Unspecified,
    /// 224.0.0.0/4, `ff00::/8`.
    Multicast,
    /// 255.255.255.255.
    Broadcast,
    /// For examples in texts (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// For measuring devices (RFC 2544, RFC 5180).
    Benchmarking,
    /// `fec0::/10`, retired (RFC 3879).
    SiteLocal,
    /// Cryptographic identifiers in the shape of addresses (RFC 4843, RFC 7343).
    Orchid,
    /// `100::/64`, a black hole (RFC 6666).
    Discard,
    /// Teredo, 6to4 and IPv4-compatible addresses around a public IPv4 address.
    Tunnel,
    /// Everything else that is not given out as global unicast.
    Reserved,
}

impl AddressClass {
    /// The class of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }

    /// Whether no rule of an operator can allow it.
    #[must_use]
    pub const fn is_never_allowed(self) -> bool {
        matches!(
            self,
            Self::Metadata | Self::Unspecified | Self::Multicast | Self::Broadcast
        )
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "a cloud metadata address",
            Self::SharedCgn => "an address shared inside a provider's network",
            Self::Unspecified => "an address that means this machine",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Documentation => "an address for documentation",
            Self::Benchmarking => "an address for benchmarks",
            Self::SiteLocal => "a site-local address",
            Self::Orchid => "a cryptographic identifier, not an address",
            Self::Discard => "an address that discards everything",
            Self::Tunnel => "an address of a retired IPv6 tunnel",
            Self::Reserved => "a reserved address",
        })
    }
}

/// Metadata and identity services: AWS, Azure, Google, most others at 169.254.169.254; ECS and
/// EKS; Azure's wire server; Alibaba; Oracle Classic; Tencent; Scaleway.
const METADATA_V4: [Ipv4Addr; 8] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(169, 254, 0, 23),
    Ipv4Addr::new(169, 254, 42, 42),
];

/// The same over IPv6: AWS, EKS, Google, Scaleway.
const METADATA_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

fn of_v4(address: Ipv4Addr) -> AddressClass {
    if METADATA_V4.contains(&address) {
        return AddressClass::Metadata;
    }
    match address.octets() {
        [0, ..] => AddressClass::Unspecified,
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private,
        [100, 64..=127, ..] => AddressClass::SharedCgn,
        [169, 254, ..] => AddressClass::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => AddressClass::Documentation,
        [198, 18..=19, ..] => AddressClass::Benchmarking,
        [224..=239, ..] => AddressClass::Multicast,
        [255, 255, 255, 255] => AddressClass::Broadcast,
        [192, 0, 0, _] | [192, 88, 99, _] | [240..=255, ..] => AddressClass::Reserved,
        _ => AddressClass::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> AddressClass {
    if METADATA_V6.contains(&address) {
        return AddressClass::Metadata;
    }
    let [.., sixth, seventh] = address.segments();
    let last = joined(sixth, seventh);
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => of_v4(last),
        [0, 0, 0, 0, 0, 0, ..] => tunnel_to(last),
        [0x64, 0xff9b, 1, ..] if of_v4(last) == AddressClass::Metadata => AddressClass::Metadata,
        [0x100, 0, 0, 0, ..] => AddressClass::Discard,
        [0x2001, 0, ..] => tunnel_to(Ipv4Addr::from_bits(!last.to_bits())),
        [0x2001, 2, 0, ..] => AddressClass::Benchmarking,
        [0x2001, 0x10..=0x2f, ..] => AddressClass::Orchid,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => AddressClass::Documentation,
        [0x2001, 0..=0x1ff, ..] => AddressClass::Reserved,
        [0x2002, second, third, ..] => tunnel_to(joined(second, third)),
        [0x64, 0xff9b, 1, ..] | [0xfc00..=0xfdff, ..] => AddressClass::Private,
        [0xfe80..=0xfebf, ..] => AddressClass::LinkLocal,
        [0xfec0..=0xfeff, ..] => AddressClass::SiteLocal,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

/// The class of what is at the end of a tunnel; never public itself.
fn tunnel_to(inner: Ipv4Addr) -> AddressClass {
    match of_v4(inner) {
        AddressClass::Public => AddressClass::Tunnel,
        other => other,
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_the_ranges() {
        use AddressClass as C;
        for (text, class) in [
            ("0.255.255.255", C::Unspecified),
            ("1.0.0.0", C::Public),
            ("100.63.255.255", C::Public),
            ("100.64.0.0", C::SharedCgn),
            ("100.128.0.0", C::Public),
            ("172.15.255.255", C::Public),
            ("172.31.255.255", C::Private),
            ("172.32.0.0", C::Public),
            ("168.63.129.15", C::Public),
            ("168.63.129.16", C::Metadata),
            ("169.253.255.255", C::Public),
            ("192.0.0.8", C::Reserved),
            ("192.0.1.0", C::Public),
            ("198.17.255.255", C::Public),
            ("198.20.0.0", C::Public),
            ("223.255.255.255", C::Public),
            ("255.255.255.254", C::Reserved),
            ("2001:1ff::", C::Reserved),
            ("2001:200::", C::Public),
            ("2001:2:1::", C::Reserved),
            ("3fff:1000::", C::Public),
            ("4000::", C::Reserved),
            ("::ffff:0:808:808", C::Reserved),
            ("64:ff9b::808:808", C::Public),
            ("64:ff9b::a9fe:a9fe", C::Metadata),
            ("64:ff9b:1::808:808", C::Private),
            ("64:ff9b:1::a9fe:a9fe", C::Metadata),
            ("2002:808:808::", C::Tunnel),
            ("2002:a00:1::", C::Private),
            ("2001::f7f7:f7f7", C::Tunnel),
            ("2001::5601:5601", C::Metadata),
            ("::8.8.8.8", C::Tunnel),
            ("fec0::", C::SiteLocal),
            ("fd00:ec2::254", C::Metadata),
            ("fd00:ec2::255", C::Private),
        ] {
            assert_eq!(AddressClass::of(text.parse().unwrap()), class, "{text}");
        }
    }
}
