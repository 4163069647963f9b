//! Every class of address in every notation: refused, and allowed by the right rule alone.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use grantd_net::{
    AddressClass, EgressPolicy, LocalAddresses, NetError, Outbound, Refusal, RefusalReason,
};
use url::{Host, Url};

use crate::support::{get, net, policy};

/// Host in a URL, the class it has, a rule that allows it.
const REFUSED: &[(&str, AddressClass, &str)] = {
    use AddressClass as C;
    &[
        // Loopback: dotted, short, decimal, octal, hexadecimal, mixed, with a dot, in other scripts.
        ("127.0.0.1", C::Loopback, "127.0.0.1/32"),
        ("127.1", C::Loopback, "127.0.0.1"),
        ("127.0.1", C::Loopback, "127.0.0.0/8"),
        ("2130706433", C::Loopback, "127.0.0.1/32"),
        ("017700000001", C::Loopback, "127.0.0.1/32"),
        ("0177.0.0.1", C::Loopback, "127.0.0.1/32"),
        ("0x7f000001", C::Loopback, "127.0.0.1/32"),
        ("0x7f.0.0.1", C::Loopback, "127.0.0.1/32"),
        ("0X7F.1", C::Loopback, "127.0.0.1/32"),
        ("127.0.0.1.", C::Loopback, "127.0.0.1/32"),
        ("127.255.255.254", C::Loopback, "127.0.0.0/8"),
        ("１２７.０.０.１", C::Loopback, "127.0.0.1/32"),
        ("①②⑦.⓪.⓪.①", C::Loopback, "127.0.0.1/32"),
        ("127。0。0。1", C::Loopback, "127.0.0.1/32"),
        ("%31%32%37.0.0.1", C::Loopback, "127.0.0.1/32"),
        ("[::1]", C::Loopback, "::1/128"),
        ("[0:0:0:0:0:0:0:1]", C::Loopback, "[::1]"),
        (
            "[0000:0000:0000:0000:0000:0000:0000:0001]",
            C::Loopback,
            "::1",
        ),
        ("[::ffff:127.0.0.1]", C::Loopback, "127.0.0.1/32"),
        ("[::FFFF:7F00:1]", C::Loopback, "127.0.0.1/32"),
        ("[0:0:0:0:0:ffff:7f00:0001]", C::Loopback, "127.0.0.1/32"),
        ("[::127.0.0.1]", C::Loopback, "::127.0.0.1/128"),
        ("[64:ff9b::127.0.0.1]", C::Loopback, "64:ff9b::/96"),
        ("[64:ff9b::7f00:1]", C::Loopback, "64:ff9b::7f00:1"),
        ("[2002:7f00:1::]", C::Loopback, "2002::/16"),
        ("[2001:0:808:808:0:0:80ff:fffe]", C::Loopback, "2001::/32"),
        // Private.
        ("10.0.0.5", C::Private, "10.0.0.0/8"),
        ("10.5", C::Private, "10.0.0.5"),
        ("167772165", C::Private, "10.0.0.5/32"),
        ("012.0.0.5", C::Private, "10.0.0.5/32"),
        ("0xa000005", C::Private, "10.0.0.5/32"),
        ("172.16.0.1", C::Private, "172.16.0.0/12"),
        ("172.31.255.255", C::Private, "172.16.0.0/12"),
        ("192.168.1.1", C::Private, "192.168.1.0/24"),
        ("192.168.257", C::Private, "192.168.1.1/32"),
        ("[::ffff:10.0.0.5]", C::Private, "10.0.0.5/32"),
        ("[::10.0.0.5]", C::Private, "::a00:5"),
        ("[64:ff9b::10.0.0.5]", C::Private, "64:ff9b::a00:5"),
        ("[64:ff9b:1::808:808]", C::Private, "64:ff9b:1::/48"),
        ("[2002:a00:5::1]", C::Private, "2002:a00:5::/48"),
        ("[2001::f5ff:fffa]", C::Private, "2001::f5ff:fffa"),
        ("[fc00::1]", C::Private, "fc00::/7"),
        ("[fd12:3456:789a::1]", C::Private, "fd12:3456:789a::/48"),
        (
            "[FDFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF]",
            C::Private,
            "fc00::/7",
        ),
        // Link-local and the rest.
        ("169.254.1.1", C::LinkLocal, "169.254.0.0/16"),
        ("[fe80::1]", C::LinkLocal, "fe80::/10"),
        ("[febf::1]", C::LinkLocal, "fe80::/10"),
        ("[::ffff:169.254.1.1]", C::LinkLocal, "169.254.1.1"),
        ("100.64.0.1", C::SharedCgn, "100.64.0.0/10"),
        ("100.127.255.255", C::SharedCgn, "100.64.0.0/10"),
        ("192.0.2.1", C::Documentation, "192.0.2.0/24"),
        ("198.51.100.1", C::Documentation, "198.51.100.0/24"),
        ("203.0.113.1", C::Documentation, "203.0.113.0/24"),
        ("[2001:db8::1]", C::Documentation, "2001:db8::/32"),
        ("[3fff::1]", C::Documentation, "3fff::/20"),
        ("198.18.0.1", C::Benchmarking, "198.18.0.0/15"),
        ("198.19.255.255", C::Benchmarking, "198.18.0.0/15"),
        ("[2001:2::1]", C::Benchmarking, "2001:2::/48"),
        ("240.0.0.1", C::Reserved, "240.0.0.0/4"),
        ("255.255.255.254", C::Reserved, "240.0.0.0/4"),
        ("192.0.0.1", C::Reserved, "192.0.0.0/24"),
        ("192.88.99.1", C::Reserved, "192.88.99.0/24"),
        ("[2001:100::1]", C::Reserved, "2001:100::/24"),
        ("[4000::1]", C::Reserved, "4000::/3"),
        ("[5f00::1]", C::Reserved, "5f00::/16"),
        ("[::ffff:0:127.0.0.1]", C::Reserved, "::ffff:0:0:0/96"),
        ("[fec0::1]", C::SiteLocal, "fec0::/10"),
        ("[2001:10::1]", C::Orchid, "2001:10::/28"),
        ("[2001:20::1]", C::Orchid, "2001:20::/28"),
        ("[100::1]", C::Discard, "100::/64"),
        ("[::8.8.8.8]", C::Tunnel, "::808:808"),
        ("[2002:808:808::1]", C::Tunnel, "2002::/16"),
        ("[2001::f7f7:f7f7]", C::Tunnel, "2001::/32"),
    ]
};

/// Hosts that nothing allows.
const NEVER: &[(&str, AddressClass)] = {
    use AddressClass as C;
    &[
        ("169.254.169.254", C::Metadata),
        ("2852039166", C::Metadata),
        ("0xa9fea9fe", C::Metadata),
        ("0xa9.0xfe.0xa9.0xfe", C::Metadata),
        ("0251.0376.0251.0376", C::Metadata),
        ("169.254.43518", C::Metadata),
        ("169.254.169.254.", C::Metadata),
        ("[::ffff:169.254.169.254]", C::Metadata),
        ("[::ffff:a9fe:a9fe]", C::Metadata),
        ("[::a9fe:a9fe]", C::Metadata),
        ("[64:ff9b::a9fe:a9fe]", C::Metadata),
        ("[64:ff9b:1::a9fe:a9fe]", C::Metadata),
        ("[2002:a9fe:a9fe::]", C::Metadata),
        ("[2001::5601:5601]", C::Metadata),
        ("[fd00:ec2::254]", C::Metadata),
        ("[fd00:0ec2:0:0:0:0:0:0254]", C::Metadata),
        ("[fd20:ce::254]", C::Metadata),
        ("168.63.129.16", C::Metadata),
        ("100.100.100.200", C::Metadata),
        ("169.254.170.2", C::Metadata),
        ("0.0.0.0", C::Unspecified),
        ("0", C::Unspecified),
        ("0x0", C::Unspecified),
        ("0.1.2.3", C::Unspecified),
        ("[::]", C::Unspecified),
        ("[::ffff:0.0.0.0]", C::Unspecified),
        ("[64:ff9b::]", C::Unspecified),
        ("224.0.0.1", C::Multicast),
        ("239.255.255.255", C::Multicast),
        ("[ff02::1]", C::Multicast),
        ("255.255.255.255", C::Broadcast),
        ("0xffffffff", C::Broadcast),
        ("[::ffff:255.255.255.255]", C::Broadcast),
    ]
};

const PUBLIC: &[&str] = &[
    "8.8.8.8",
    "134744072",
    "1.1.1.1",
    "100.63.255.255",
    "172.32.0.1",
    "[2606:4700:4700::1111]",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::8.8.8.8]",
];

#[tokio::test]
async fn every_class_in_every_notation_is_refused_by_default() {
    let net = net(&[]);
    for (host, class, _) in REFUSED {
        for scheme in ["https", "http"] {
            let refusal = refused(&net, &format!("{scheme}://{host}/token")).await;
            assert_eq!(refusal.reason, RefusalReason::NotAllowed(*class), "{host}");
            let text = refusal.to_string() + &refusal.remedy();
            assert!(text.contains("egress.allow"), "{text}");
            assert!(text.contains(&class.to_string()), "{text}");
        }
    }
}

#[test]
fn each_is_allowed_by_its_own_rule_and_not_by_another() {
    for (host, _, rule) in REFUSED {
        let (url, address) = target(host);
        assert_eq!(policy(&[rule]).check(&url, &[address]), Ok(()), "{host}");
        let elsewhere = policy(&[
            "198.51.101.0/24",
            "fd99::/16",
            "other.internal",
            "*.internal",
        ]);
        assert!(elsewhere.check(&url, &[address]).is_err(), "{host}");
    }
    let unrestricted = EgressPolicy::unrestricted();
    for (host, ..) in REFUSED {
        let (url, address) = target(host);
        assert_eq!(unrestricted.check(&url, &[address]), Ok(()), "{host}");
    }
}

#[tokio::test]
async fn what_is_never_allowed_passes_no_rule() {
    let net = net(&["0.0.0.0/0", "::/0"]);
    for (host, class) in NEVER {
        let refusal = refused(&net, &format!("https://{host}/token")).await;
        assert_eq!(refusal.reason, RefusalReason::Never(*class), "{host}");
        let (url, address) = target(host);
        let fault = EgressPolicy::unrestricted().check(&url, &[address]);
        assert_eq!(fault.unwrap_err().reason, RefusalReason::Never(*class));
    }
}

#[test]
fn public_addresses_pass_over_https_unless_only_the_list_counts() {
    for host in PUBLIC {
        let (url, address) = target(host);
        assert_eq!(policy(&[]).check(&url, &[address]), Ok(()), "{host}");
        let fault = policy(&[]).listed_only().check(&url, &[address]);
        assert_eq!(
            fault.unwrap_err().reason,
            RefusalReason::NotAllowed(AddressClass::Public)
        );
    }
}

#[test]
fn plain_http_goes_to_allowed_loopback_alone() {
    let url = |text: &str| -> Url { text.parse().unwrap() };
    let open = policy(&["0.0.0.0/0", "::/0"]);
    let check = |policy: &EgressPolicy, host: &str, address: &str| {
        policy
            .check(
                &url(&format!("http://{host}/")),
                &[address.parse().unwrap()],
            )
            .map_err(|refusal| refusal.reason)
    };
    assert_eq!(check(&open, "127.0.0.1", "127.0.0.1"), Ok(()));
    assert_eq!(
        check(&open, "[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        Ok(())
    );
    assert_eq!(check(&open, "localhost", "::1"), Ok(()));
    for (host, address) in [
        ("10.0.0.5", "10.0.0.5"),
        ("8.8.8.8", "8.8.8.8"),
        ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
        ("[::127.0.0.1]", "::127.0.0.1"),
        ("localhost", "10.0.0.5"),
    ] {
        assert_eq!(check(&open, host, address), Err(RefusalReason::PlainHttp));
        assert_eq!(
            check(&EgressPolicy::unrestricted(), host, address),
            Err(RefusalReason::PlainHttp)
        );
    }
}

#[test]
fn a_rule_with_a_port_is_for_that_port() {
    let policy = policy(&["10.0.0.5:8443", "auth.internal:9443"]);
    let check = |url: &str| policy.check(&url.parse().unwrap(), &["10.0.0.5".parse().unwrap()]);
    assert_eq!(check("https://10.0.0.5:8443/"), Ok(()));
    assert!(check("https://10.0.0.5/").is_err());
    assert_eq!(check("https://auth.internal:9443/"), Ok(()));
    assert_eq!(check("https://auth.internal.:9443/"), Ok(()));
    assert!(check("https://auth.internal/").is_err());
}

#[test]
fn own_listeners_are_refused_whatever_is_allowed() {
    struct Machine;
    impl LocalAddresses for Machine {
        fn is_local(&self, address: IpAddr) -> bool {
            ["127.0.0.1", "10.0.0.5", "2001:4860::5"].contains(&address.to_string().as_str())
        }
    }
    let sockets = ["127.0.0.1:8710", "0.0.0.0:8711", "[::]:8712"];
    let sockets: Vec<SocketAddr> = sockets.iter().map(|it| it.parse().unwrap()).collect();
    for policy in [
        policy(&["0.0.0.0/0", "::/0", "self.example"]),
        EgressPolicy::unrestricted(),
    ] {
        let policy = policy
            .with_own_listeners(sockets.clone())
            .with_local_addresses(Arc::new(Machine));
        let check = |host: &str, address: &str| {
            let url = format!("https://{host}/").parse().unwrap();
            policy
                .check(&url, &[address.parse().unwrap()])
                .map_err(|refusal| refusal.reason)
        };
        for (host, address) in [
            ("127.0.0.1:8710", "127.0.0.1"),
            ("[::ffff:127.0.0.1]:8710", "::ffff:127.0.0.1"),
            ("self.example:8710", "127.0.0.1"),
            ("10.0.0.5:8711", "10.0.0.5"),
            ("self.example:8712", "10.0.0.5"),
            ("self.example:8712", "2001:4860::5"),
        ] {
            assert_eq!(
                check(host, address),
                Err(RefusalReason::OwnListener),
                "{host}"
            );
        }
        assert_eq!(check("10.0.0.5:8710", "10.0.0.5"), Ok(()));
        assert_eq!(check("10.0.0.6:8711", "10.0.0.6"), Ok(()));
    }
}

#[test]
fn the_system_knows_its_own_addresses() {
    let policy = EgressPolicy::unrestricted().with_own_listeners(["0.0.0.0:8710".parse().unwrap()]);
    let check = |host: &str| {
        let url: Url = format!("https://{host}:8710/").parse().unwrap();
        policy.check(&url, &[host.parse().unwrap()]).is_ok()
    };
    assert!(!check("127.0.0.1"));
    assert!(!check("127.3.2.1"));
    assert!(check("203.0.113.77"));
}

async fn refused(net: &impl Outbound, url: &str) -> Refusal {
    match net.send(get(url.parse().unwrap())).await.unwrap_err().error {
        NetError::Refused(refusal) => *refusal,
        other => panic!("{url}: {other}"),
    }
}

fn target(host: &str) -> (Url, IpAddr) {
    let url: Url = format!("https://{host}/token").parse().unwrap();
    let address = match url.host().unwrap() {
        Host::Ipv4(address) => address.into(),
        Host::Ipv6(address) => address.into(),
        Host::Domain(name) => panic!("{name} is no literal address"),
    };
    (url, address)
}
