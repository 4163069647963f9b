//! Address classes against a table of their own: the IANA special-purpose registries as networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use grantd_net::AddressClass;
use ipnet::{Ipv4Net, Ipv6Net};
use proptest::prelude::*;

const SPECIAL_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

const SPECIAL_V6: &[&str] = &[
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn an_ipv4_address_is_public_if_no_registry_lists_it(address in any_v4()) {
        let class = AddressClass::of(address.into());
        prop_assert_eq!(class == AddressClass::Public, !is_special_v4(address));
    }

    #[test]
    fn a_public_ipv6_address_is_global_unicast(address in any_v6()) {
        if AddressClass::of(address.into()) == AddressClass::Public {
            prop_assert!(is_global_v6(address), "{}", address);
        }
    }

    #[test]
    fn an_ipv4_address_keeps_its_class_inside_ipv6(inner in any_v4()) {
        let class = AddressClass::of(inner.into());
        let mapped = IpAddr::from(inner.to_ipv6_mapped());
        prop_assert_eq!(AddressClass::of(mapped), class);
        let bits = u128::from(inner.to_bits());
        let nat64 = Ipv6Addr::from_bits(0x64_ff9b << 96 | bits);
        prop_assert_eq!(AddressClass::of(nat64.into()), class);
        let six_to_four = Ipv6Addr::from_bits(0x2002 << 112 | bits << 80);
        let compatible = Ipv6Addr::from_bits(bits);
        for tunnel in [six_to_four, compatible] {
            let outer = AddressClass::of(tunnel.into());
            prop_assert_ne!(outer, AddressClass::Public);
            if class != AddressClass::Public && bits > 1 {
                prop_assert_eq!(outer, class);
            }
        }
    }
}

/// Any address, with the edges of the special networks more often.
fn any_v4() -> impl Strategy<Value = Ipv4Addr> {
    let edges: Vec<Ipv4Addr> = SPECIAL_V4
        .iter()
        .map(|net| net.parse::<Ipv4Net>().unwrap())
        .flat_map(|net| [net.network(), net.broadcast()])
        .collect();
    let near = (prop::sample::select(edges), -2_i32..=2)
        .prop_map(|(edge, by)| Ipv4Addr::from_bits(edge.to_bits().wrapping_add_signed(by)));
    prop_oneof![any::<u32>().prop_map(Ipv4Addr::from_bits), near]
}

fn any_v6() -> impl Strategy<Value = Ipv6Addr> {
    let nets: Vec<Ipv6Net> = SPECIAL_V6
        .iter()
        .copied()
        .chain(["64:ff9b::/96", "2000::/3", "2001::/16"])
        .map(|net| net.parse().unwrap())
        .collect();
    let edges: Vec<Ipv6Addr> = nets
        .iter()
        .flat_map(|net| [net.network(), net.broadcast()])
        .collect();
    let near = (prop::sample::select(edges), -2_i128..=2)
        .prop_map(|(edge, by)| Ipv6Addr::from_bits(edge.to_bits().wrapping_add_signed(by)));
    let inside = (prop::sample::select(nets), any::<u128>()).prop_map(|(net, bits)| {
        let hosts = u128::from(net.hostmask());
        Ipv6Addr::from_bits(net.network().to_bits() | (bits & hosts))
    });
    prop_oneof![any::<u128>().prop_map(Ipv6Addr::from_bits), near, inside]
}

fn is_special_v4(address: Ipv4Addr) -> bool {
    let inside = |net: &str| net.parse::<Ipv4Net>().unwrap().contains(&address);
    SPECIAL_V4.iter().any(|net| inside(net)) || address == Ipv4Addr::new(100, 100, 100, 200)
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let inside = |net: &str| net.parse::<Ipv6Net>().unwrap().contains(&address);
    if let Some(inner) = address.to_ipv4_mapped() {
        return !is_special_v4(inner);
    }
    if inside("64:ff9b::/96") {
        let low = u32::try_from(address.to_bits() & u128::from(u32::MAX)).unwrap();
        return !is_special_v4(Ipv4Addr::from_bits(low));
    }
    inside("2000::/3") && !SPECIAL_V6.iter().any(|net| inside(net))
}
