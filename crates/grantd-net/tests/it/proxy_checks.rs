//! Through an HTTP proxy: which targets and which proxies are refused before a byte is sent.

use std::time::Duration;

use grantd_model::{ErrorKind, ProxyUrl};
use grantd_net::{NetError, Outbound, Outcome, Phase, ProxyChoice, RefusalReason};

use crate::proxy::{Proxy, TUNNEL, net, through};
use crate::support::{OK, Script, Server, get, net_resolving, outline, policy};

fn reason(error: NetError) -> RefusalReason {
    match error {
        NetError::Refused(refusal) => refusal.reason,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_address_of_a_chosen_proxy_is_checked_and_that_of_the_operators_is_not() {
    let proxy = Proxy::start("127.0.0.1:9".parse().unwrap(), TUNNEL).await;
    let (strict, _) = net(&[], None);
    let request = through(&proxy, "https://login.example.com/");
    let failure = strict.send(request.clone()).await.unwrap_err();
    assert_eq!(failure.kind(), ErrorKind::Policy);
    assert_eq!(proxy.server.accepted(), 0);

    let (allowing, _) = net(&["127.0.0.1"], None);
    let own = policy(&["127.0.0.1"]).with_own_listeners([proxy.server.address]);
    allowing.replace_egress(own);
    let failure = allowing.send(request).await.unwrap_err();
    assert_eq!(reason(failure.error), RefusalReason::OwnListener);
    assert_eq!(proxy.server.accepted(), 0);
}

#[tokio::test]
async fn targets_are_checked_by_what_is_known_of_them_without_a_look_up() {
    let proxy = Proxy::start("127.0.0.1:9".parse().unwrap(), b"HTTP/1.1 502 x\r\n\r\n").await;
    let (net, _) = net(&["127.0.0.1", "*.corp.internal"], Some(&proxy));
    for host in [
        "10.0.0.5",
        "[::ffff:10.0.0.5]",
        "169.254.169.254",
        "metadata.google.internal",
        "intranet",
        "db.local",
        "auth.internal",
        "auth.internal.",
    ] {
        let url = format!("https://{host}/").parse().unwrap();
        let failure = net.send(get(url)).await.unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Policy, "{host}");
    }
    let plain = net
        .send(get("http://login.example.com/".parse().unwrap()))
        .await;
    assert_eq!(reason(plain.unwrap_err().error), RefusalReason::PlainHttp);
    assert_eq!(proxy.server.accepted(), 0);

    for host in ["auth.corp.internal", "8.8.8.8", "login.example.com"] {
        let url = format!("https://{host}/").parse().unwrap();
        let failure = net.send(get(url)).await.unwrap_err();
        assert!(
            matches!(failure.error, NetError::ProxyRefused { .. }),
            "{host}: {failure}"
        );
    }
    let listed = policy(&["login.example.com"]).listed_only();
    assert_eq!(
        listed.check_proxied(&"https://login.example.com/".parse().unwrap()),
        Ok(())
    );
    assert!(
        listed
            .check_proxied(&"https://other.example.com/".parse().unwrap())
            .is_err()
    );
}

#[tokio::test]
async fn the_operators_proxy_is_not_asked_for_this_machine() {
    let proxy = Proxy::start("127.0.0.1:9".parse().unwrap(), OK).await;
    let server = Server::answering(OK).await;
    let (net, _) = net(&["127.0.0.1"], Some(&proxy));
    assert_eq!(
        net.send(get(server.url("/"))).await.unwrap().peer,
        server.address
    );
    assert_eq!(proxy.server.accepted(), 0);
}

#[tokio::test]
async fn plain_http_leaves_this_machine_through_no_proxy() {
    let allow = &[
        "127.0.0.1",
        "localhost",
        "10.0.0.0/8",
        "fd00::/8",
        "proxy.corp",
    ];
    for (proxy, addresses, address) in [
        ("http://10.0.0.5:3128", "", "10.0.0.5"),
        ("http://[fd00::5]:3128", "", "fd00::5"),
        ("http://[::ffff:10.0.0.5]:3128", "", "10.0.0.5"),
        ("http://proxy.corp:3128", "10.0.0.5", "10.0.0.5"),
        ("http://proxy.corp:3128", "127.0.0.1 10.0.0.5", "10.0.0.5"),
        ("http://proxy.corp:3128", "::1 fd00::5", "fd00::5"),
    ] {
        for target in ["http://127.0.0.1:8080/", "http://localhost:8080/"] {
            let found: Vec<&str> = addresses.split_whitespace().collect();
            let net = net_resolving(allow, &Script::new(&[&found]));
            let mut request = get(target.parse().unwrap());
            request.limits.connect = Duration::from_millis(100);
            request.proxy = ProxyChoice::Through(ProxyUrl::try_from(proxy.to_owned()).unwrap());
            let failure = net.send(request).await.unwrap_err();
            assert_eq!(
                outline(&failure.phases).last(),
                Some(&(Phase::EgressPolicy, Outcome::Failed)),
                "{target} through {proxy}: {failure}"
            );
            let NetError::Refused(refusal) = failure.error else {
                panic!("{target} through {proxy}: {}", failure.error);
            };
            assert_eq!(refusal.reason, RefusalReason::PlainHttp, "{refusal}");
            assert_eq!(refusal.address, Some(address.parse().unwrap()));
            assert_eq!(refusal.port, 3128);
        }
    }
}

#[tokio::test]
async fn plain_http_goes_through_a_proxy_by_name_on_this_machine() {
    let proxy = Proxy::start("127.0.0.1:9".parse().unwrap(), OK).await;
    let (net, _) = net(&["127.0.0.1", "localhost"], None);
    let by_name = format!("http://localhost:{}", proxy.server.address.port());
    let mut request = through(&proxy, "http://127.0.0.1:8080/");
    request.proxy = ProxyChoice::Through(ProxyUrl::try_from(by_name).unwrap());
    assert_eq!(net.send(request).await.unwrap().status, 200);
}
