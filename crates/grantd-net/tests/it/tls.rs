//! TLS: whom it trusts, and what it says when it does not.

use std::sync::Arc;
use std::time::Duration;

use grantd_net::{Net, NetConfig, NetError, Outbound, Outcome, Phase, TlsFault, check_ca_bundle};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::support::{OK, Script, Server, answer_all, get, outline, policy};

/// An authority of the test.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: Arc<str>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem().into();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A server for these names, with a certificate as the caller changes it.
    pub(crate) async fn server(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Server {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let acceptor = acceptor(certificate.der().clone(), &key);
        Server::start(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer_all(stream, OK).await;
                }
            }
        })
        .await
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn net_to(extra: Option<&Authority>) -> Net {
    let mut config = NetConfig::new(policy(&["127.0.0.0/8", "auth.internal", "other.internal"]));
    config.resolver = Script::new(&[&["127.0.0.1"]]);
    config.extra_ca_bundle = extra.map(|authority| authority.pem.to_string());
    Net::new(config).unwrap()
}

fn url(host: &str, server: &Server) -> Url {
    format!("https://{host}:{}/token", server.address.port())
        .parse()
        .unwrap()
}

/// The fault of a request that trusts the authority.
async fn fault(authority: &Authority, server: &Server, host: &str) -> TlsFault {
    let mut request = get(url(host, server));
    request.ca_bundle = Some(Arc::clone(&authority.pem));
    let failure = net_to(None).send(request).await.unwrap_err();
    assert_eq!(
        outline(&failure.phases).last(),
        Some(&(Phase::Tls, Outcome::Failed))
    );
    match failure.error {
        NetError::Tls(fault) => fault,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_until_its_bundle_is_given() {
    let authority = Authority::new();
    let server = authority
        .server(&["auth.internal", "127.0.0.1"], |_| ())
        .await;
    let net = net_to(None);

    let failure = net
        .send(get(url("auth.internal", &server)))
        .await
        .unwrap_err();
    assert_eq!(failure.error, NetError::Tls(TlsFault::UnknownIssuer));
    assert!(failure.error.remedy().contains("CA bundle"));

    for host in ["auth.internal", "auth.internal.", "127.0.0.1"] {
        let mut request = get(url(host, &server));
        request.ca_bundle = Some(Arc::clone(&authority.pem));
        let response = net.send(request).await.unwrap();
        assert_eq!(response.body, "ok", "{host}");
        let tls = response
            .phases
            .iter()
            .find(|it| it.phase == Phase::Tls)
            .unwrap();
        assert!(
            tls.outcome == Outcome::Reused || tls.detail == "TLS 1.3, 1 certificate",
            "{tls:?}"
        );
    }
    assert_eq!(
        server.accepted(),
        3,
        "the name with a dot shares the connection"
    );
}

#[tokio::test]
async fn a_bundle_of_the_request_replaces_and_one_of_the_operator_adds() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = ours.server(&["auth.internal"], |_| ()).await;
    let net = net_to(Some(&ours));
    net.send(get(url("auth.internal", &server))).await.unwrap();

    let mut request = get(url("auth.internal", &server));
    request.ca_bundle = Some(Arc::clone(&theirs.pem));
    let failure = net.send(request).await.unwrap_err();
    assert_eq!(
        failure.error,
        NetError::Tls(TlsFault::UnknownIssuer),
        "neither the operator's authority nor its idle connection counts"
    );
}

#[tokio::test]
async fn wrong_times_and_names_are_named() {
    let authority = Authority::new();
    let expired = authority
        .server(&["auth.internal"], |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        })
        .await;
    assert_eq!(
        fault(&authority, &expired, "auth.internal")
            .await
            .to_string(),
        "the certificate has expired (2021-01-01T00:00:00Z)"
    );
    let early = authority
        .server(&["auth.internal"], |params| {
            params.not_before = date_time_ymd(3000, 1, 1);
            params.not_after = date_time_ymd(3001, 1, 1);
        })
        .await;
    assert_eq!(
        fault(&authority, &early, "auth.internal").await.to_string(),
        "the certificate is not valid yet (3000-01-01T00:00:00Z)"
    );
    let named = authority
        .server(&["auth.internal", "b.example"], |_| ())
        .await;
    let mismatch = fault(&authority, &named, "other.internal")
        .await
        .to_string();
    assert!(
        mismatch.starts_with("the certificate is for another name (")
            && mismatch.contains("auth.internal")
            && mismatch.contains("b.example")
            && !mismatch.contains(['"', ':']),
        "{mismatch}"
    );
    let mismatch = fault(&authority, &named, "127.0.0.1").await;
    assert!(matches!(mismatch, TlsFault::NameMismatch(_)), "{mismatch}");
}

#[tokio::test]
async fn an_authoritys_own_certificate_is_no_servers() {
    let authority = Authority::new();
    let server = authority
        .server(&["auth.internal"], |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        })
        .await;
    assert_eq!(
        fault(&authority, &server, "auth.internal")
            .await
            .to_string(),
        "the certificate is not acceptable: it is marked as an authority's, not as a server's"
    );
}

#[tokio::test]
async fn what_is_not_tls_is_named() {
    let authority = Authority::new();
    let plain = Server::start(|mut stream| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut some = [0; 16];
        let _ = stream.read(&mut some).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    })
    .await;
    assert_eq!(
        fault(&authority, &plain, "auth.internal").await,
        TlsFault::NotTls
    );
    let closing = Server::start(|stream| async move { drop(stream) }).await;
    assert_eq!(
        fault(&authority, &closing, "auth.internal").await,
        TlsFault::Closed
    );
}

#[tokio::test]
async fn a_handshake_that_hangs_ends_in_time() {
    let silent = Server::start(|stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let mut request = get(url("auth.internal", &silent));
    request.limits.connect = Duration::from_millis(200);
    let failure = net_to(None).send(request).await.unwrap_err();
    let fault = TlsFault::TimedOut(Duration::from_millis(200));
    assert_eq!(failure.error, NetError::Tls(fault));
    assert_eq!(
        outline(&failure.phases).last(),
        Some(&(Phase::Tls, Outcome::Failed))
    );
}

#[tokio::test]
async fn a_wrong_bundle_is_the_callers_fault() {
    let mut request = get("https://auth.internal/".parse().unwrap());
    request.ca_bundle = Some("no certificate".into());
    let failure = net_to(None).send(request).await.unwrap_err();
    assert_eq!(failure.kind(), grantd_model::ErrorKind::Invalid);
    assert!(failure.phases.is_empty());

    let mut config = NetConfig::new(policy(&[]));
    config.extra_ca_bundle = Some(String::new());
    assert_eq!(Net::new(config).unwrap_err().code, "no_certificate");

    let two = format!(
        "# ours\n{}\ntext\n{}",
        Authority::new().pem,
        Authority::new().pem
    );
    assert_eq!(check_ca_bundle(&two), Ok(2));
    let cut = two
        .trim_end()
        .strip_suffix("-----END CERTIFICATE-----")
        .unwrap();
    assert!(
        check_ca_bundle(cut)
            .unwrap_err()
            .detail
            .contains("certificate 2")
    );
}

#[tokio::test]
async fn authorities_are_replaced_for_what_is_connected_from_then_on() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = authority.server(&["auth.internal"], |_| ()).await;
    let net = net_to(Some(&authority));
    net.send(get(url("auth.internal", &server))).await.unwrap();
    assert_eq!(server.accepted(), 1);

    assert!(net.replace_authorities(Some("no bundle")).is_err());
    net.send(get(url("auth.internal", &server))).await.unwrap();
    assert_eq!(server.accepted(), 1, "the idle connection is used on");

    net.replace_authorities(Some(&other.pem)).unwrap();
    let refused = net.send(get(url("auth.internal", &server))).await;
    let fault = refused.unwrap_err().error;
    assert_eq!(fault, NetError::Tls(TlsFault::UnknownIssuer));

    net.replace_authorities(Some(&authority.pem)).unwrap();
    net.send(get(url("auth.internal", &server))).await.unwrap();
}

#[tokio::test]
async fn what_is_reached_is_told_by_its_phases_and_gets_no_request() {
    let authority = Authority::new();
    let server = authority.server(&["auth.internal"], |_| ()).await;
    let reports = net_to(Some(&authority))
        .reach(get(url("auth.internal", &server)))
        .await
        .unwrap();
    let done = |phase| (phase, Outcome::Done);
    assert_eq!(
        outline(&reports),
        [Phase::Dns, Phase::EgressPolicy, Phase::Tcp, Phase::Tls].map(done)
    );
    let failure = net_to(None).reach(get(url("auth.internal", &server))).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.error, NetError::Tls(TlsFault::UnknownIssuer));
    assert_eq!(
        outline(&failure.phases).last(),
        Some(&(Phase::Tls, Outcome::Failed))
    );
    let refused = net_to(None)
        .reach(get("https://10.0.0.1/".parse().unwrap()))
        .await;
    assert!(matches!(refused.unwrap_err().error, NetError::Refused(_)));
}
