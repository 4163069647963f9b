//! Names: all answers count, and the checked address is the one that is connected to.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::ErrorKind;
use grantd_net::{
    AddressClass, ConnectionChoice, EgressPolicy, Net, NetConfig, NetError, Outbound, Outcome,
    Phase, RefusalReason, ResolveError, Resolver,
};
use url::Url;

use crate::support::{OK, Script, Server, answer_all, get, net_resolving, outline};

#[tokio::test]
async fn one_private_answer_among_public_ones_refuses_the_name() {
    for answers in [
        ["8.8.8.8", "10.0.0.5"],
        ["10.0.0.5", "8.8.8.8"],
        ["2606:4700:4700::1111", "::ffff:10.0.0.5"],
    ] {
        let resolver = Script::new(&[&answers]);
        let net = net_resolving(&[], &resolver);
        let failure = net
            .send(get("https://login.example.com/token?key=canary"
                .parse()
                .unwrap()))
            .await
            .unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Policy);
        assert_eq!(
            failure.to_string(),
            "login.example.com has the address 10.0.0.5, which is a private address and not \
             listed in `egress.allow`"
        );
        assert_eq!(
            failure.error.remedy(),
            "If grantd shall reach it, an operator adds \"login.example.com:443\" to the setting \
             `egress.allow`."
        );
        assert_eq!(
            outline(&failure.phases),
            [
                (Phase::Dns, Outcome::Done),
                (Phase::EgressPolicy, Outcome::Failed)
            ]
        );
        assert_eq!(resolver.asked(), ["login.example.com"]);
    }
}

#[tokio::test]
async fn a_second_answer_is_never_connected_to() {
    let good = Server::answering(OK).await;
    let bad_address = format!("127.0.0.2:{}", good.address.port())
        .parse()
        .unwrap();
    let bad = Server::start_at(bad_address, |stream| answer_all(stream, OK)).await;
    let resolver = Script::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let net = net_resolving(&["127.0.0.1/32"], &resolver);
    let url: Url = format!("http://rebind.example:{}/", good.address.port())
        .parse()
        .unwrap();

    let response = net.send(get(url.clone())).await.unwrap();
    assert_eq!(response.peer, good.address);
    assert_eq!(resolver.asked().len(), 1, "one look-up per connection");

    let mut fresh = get(url);
    fresh.connection = ConnectionChoice::Fresh;
    let NetError::Refused(refusal) = net.send(fresh).await.unwrap_err().error else {
        panic!("the second address was not refused");
    };
    assert_eq!(refusal.address, Some("127.0.0.2".parse().unwrap()));
    assert_eq!(resolver.asked().len(), 2);
    assert_eq!((good.accepted(), bad.accepted()), (1, 0));
}

#[tokio::test]
async fn names_of_this_machine_need_a_rule_in_every_spelling() {
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ｌｏｃａｌｈｏｓｔ",
        "a.localhost",
    ] {
        let resolver = Script::new(&[&["127.0.0.1", "::1"]]);
        let net = net_resolving(&["10.0.0.0/8"], &resolver);
        let url: Url = format!("http://{host}/").parse().unwrap();
        let NetError::Refused(refusal) = net.send(get(url)).await.unwrap_err().error else {
            panic!("{host} was not refused");
        };
        assert_eq!(
            refusal.reason,
            RefusalReason::NotAllowed(AddressClass::Loopback),
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_host_rule_allows_the_name_wherever_it_leads_but_to_metadata() {
    let server = Server::answering(OK).await;
    let port = server.address.port();
    for (rule, host) in [
        ("auth.internal", "auth.internal"),
        ("auth.internal", "AUTH.Internal."),
        ("*.internal", "a.b.internal"),
    ] {
        let net = net_resolving(&[rule], &Script::new(&[&["127.0.0.1"]]));
        let url: Url = format!("http://{host}:{port}/").parse().unwrap();
        assert_eq!(net.send(get(url)).await.unwrap().status, 200, "{host}");
    }
    let net = net_resolving(&["auth.internal"], &Script::new(&[&["169.254.169.254"]]));
    let failure = net
        .send(get("https://auth.internal/".parse().unwrap()))
        .await
        .unwrap_err();
    assert_eq!(
        failure.to_string(),
        "auth.internal has the address 169.254.169.254, which is a cloud metadata address, which \
         `egress.allow` can not allow"
    );
}

#[tokio::test]
async fn an_idle_connection_is_checked_against_the_policy_of_the_moment() {
    let server = Server::answering(OK).await;
    let resolver = Script::new(&[&["127.0.0.1"]]);
    let net = net_resolving(&["auth.internal"], &resolver);
    let url: Url = format!("http://auth.internal:{}/", server.address.port())
        .parse()
        .unwrap();
    net.send(get(url.clone())).await.unwrap();
    net.replace_egress(EgressPolicy::new(Vec::new()));
    assert_eq!(
        net.send(get(url)).await.unwrap_err().kind(),
        ErrorKind::Policy
    );
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn names_without_addresses_are_told_apart_from_silence() {
    for (fault, text) in [
        (
            ResolveError::NotFound,
            "the name nowhere.example does not exist",
        ),
        (
            ResolveError::Failed("temporary failure".to_owned()),
            "the name nowhere.example could not be looked up: temporary failure",
        ),
    ] {
        let net = net_resolving(&[], &Script::failing(fault));
        let url = "https://nowhere.example/".parse().unwrap();
        let failure = net.send(get(url)).await.unwrap_err();
        assert_eq!(failure.to_string(), text);
        assert_eq!(outline(&failure.phases), [(Phase::Dns, Outcome::Failed)]);
    }
    let net = net_resolving(&[], &Script::new(&[&[]]));
    let failure = net
        .send(get("https://nowhere.example/".parse().unwrap()))
        .await;
    assert!(matches!(
        failure.unwrap_err().error,
        NetError::NameNotFound { .. }
    ));
}

#[tokio::test]
async fn a_resolver_that_hangs_is_left_in_time() {
    struct Hanging;
    #[async_trait]
    impl Resolver for Hanging {
        async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, ResolveError> {
            std::future::pending().await
        }
    }
    let mut config = NetConfig::new(EgressPolicy::new(Vec::new()));
    config.resolver = Arc::new(Hanging);
    let net = Net::new(config).unwrap();
    let short = Duration::from_millis(100);
    for (connect, total) in [(short, short * 100), (short * 100, short)] {
        let mut request = get("https://slow.example/".parse().unwrap());
        (request.limits.connect, request.limits.total) = (connect, total);
        let failure = net.send(request).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "the name slow.example could not be looked up: no answer within 0.1 s"
        );
        assert_eq!(outline(&failure.phases), [(Phase::Dns, Outcome::Failed)]);
    }
}
