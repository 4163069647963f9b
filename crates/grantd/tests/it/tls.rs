//! A server that speaks TLS, and commands that trust it.

use std::path::PathBuf;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::support::{Home, Running, set_mode};

/// A home with an authority in `ca.pem`, and with a certificate of it for these names.
struct Secured {
    home: Home,
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Secured {
    fn by_names(names: &[&str]) -> Self {
        let home = Home::new();
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = home.write("ca.pem", &params.self_signed(&authority_key).unwrap().pem());
        let issuer = Issuer::new(params, authority_key);
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        Self {
            authority,
            certificate: home.write("tls/server.pem", &certificate.pem()),
            key: home.write("tls/server.key", &key.serialize_pem()),
            home,
        }
    }

    fn serve_command(&self) -> Command {
        let mut command = self.home.serve_command(&[]);
        command
            .env("GRANTD_SERVER_TLS_CERTIFICATE", &self.certificate)
            .env("GRANTD_SERVER_TLS_KEY", &self.key);
        command
    }

    fn serve(&self) -> Running {
        let running = self.home.start(self.serve_command());
        running.wait_for(|running| running.err().contains("listening on https://127.0.0.1:"));
        running
    }

    fn list(&self, arguments: &[&str]) -> Command {
        let state = self.home.state();
        let mut command = self.home.command(&["credential", "list"]);
        command
            .args(["--state-dir".as_ref(), state.as_os_str()])
            .args(arguments);
        command
    }

    fn url(&self) -> String {
        let text = std::fs::read_to_string(self.home.state().join("server.url")).unwrap();
        text.trim().to_owned()
    }
}

#[test]
fn commands_reach_a_server_whose_authority_they_are_told() {
    let secured = Secured::by_names(&["127.0.0.1"]);
    let _served = secured.serve();
    let home = &secured.home;
    let authority = secured.authority.to_str().unwrap();
    assert!(secured.url().starts_with("https://127.0.0.1:"));

    let fault = home.to_end(secured.list(&[])).failed(1);
    assert!(
        fault.contains("from an authority that is not trusted"),
        "{fault}"
    );
    assert!(fault.contains("--ca-file"), "{fault}");

    home.to_end(secured.list(&["--ca-file", authority]))
        .succeeded();
    let mut command = secured.list(&[]);
    command.env("GRANTD_CA_FILE", authority);
    home.to_end(command).succeeded();

    let profile = format!(
        "[profiles.work]\nurl = \"{}\"\napi_key_file = \"{}\"\nca_file = \"../../ca.pem\"\n",
        secured.url(),
        home.state().join("admin.key").display(),
    );
    home.write(".config/grantd/cli.toml", &profile);
    let command = home.command(&["credential", "list", "--profile", "work"]);
    home.to_end(command).succeeded();
}

#[test]
fn commands_are_told_a_name_that_the_certificate_is_for() {
    let secured = Secured::by_names(&["localhost"]);
    let _served = secured.serve();
    assert!(secured.url().starts_with("https://localhost:"));
    let authority = secured.authority.to_str().unwrap();
    let command = secured.list(&["--ca-file", authority]);
    secured.home.to_end(command).succeeded();
}

#[test]
fn a_certificate_for_another_name_is_told() {
    let secured = Secured::by_names(&["grantd.example.com"]);
    let _served = secured.serve();
    let command = secured.list(&["--ca-file", secured.authority.to_str().unwrap()]);
    let fault = secured.home.to_end(command).failed(1);
    assert!(fault.contains("for another name"), "{fault}");
    assert!(fault.contains("--url"), "{fault}");
}

#[test]
fn commands_reach_a_server_by_its_address_and_its_public_name() {
    let secured = Secured::by_names(&["grantd.example.com"]);
    let mut command = secured.serve_command();
    command.env("GRANTD_SERVER_PUBLIC_URL", "https://grantd.example.com");
    let running = secured.home.start(command);
    running.wait_for(|running| running.err().contains("listening on https://"));
    let told = secured.url();
    assert!(told.starts_with("https://grantd.example.com:"), "{told}");
    assert!(told.ends_with("\n127.0.0.1"), "{told}");
    let authority = secured.authority.to_str().unwrap();
    let home = &secured.home;
    home.to_end(secured.list(&["--ca-file", authority]))
        .succeeded();
    let examined = home.run(&["doctor", "--ca-file", authority]);
    let server = examined.out.lines().find(|line| line.contains("is ready"));
    assert!(server.is_some(), "{examined:?}");
}

#[test]
fn a_ca_file_of_no_use_is_told() {
    let secured = Secured::by_names(&["127.0.0.1"]);
    let _served = secured.serve();
    for (file, expected) in [
        ("absent.pem", "the CA file absent.pem: No such file"),
        (
            "tls/server.key",
            "the CA file tls/server.key: PEM text with at least one",
        ),
    ] {
        let fault = secured
            .home
            .to_end(secured.list(&["--ca-file", file]))
            .failed(2);
        assert!(fault.contains(expected), "{fault}");
    }
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let secured = Secured::by_names(&["127.0.0.1"]);
    set_mode(&secured.key, 0o644);
    let fault = secured.home.to_end(secured.serve_command()).failed(2);
    assert!(fault.contains("server.tls_key: "), "{fault}");
    assert!(fault.contains("mode 0644, expected is 0600"), "{fault}");
    assert!(!fault.contains("PRIVATE KEY"), "{fault}");
}

#[test]
fn a_hangup_shows_the_certificate_that_stands_there_now_and_one_of_no_use_never() {
    let (secured, renewed) = (
        Secured::by_names(&["127.0.0.1"]),
        Secured::by_names(&["127.0.0.1"]),
    );
    let mut served = secured.serve();
    let home = &secured.home;
    let authority = home.write(
        "new-ca.pem",
        &std::fs::read_to_string(&renewed.authority).unwrap(),
    );
    let trusting_new = || {
        home.to_end(secured.list(&["--ca-file", authority.to_str().unwrap()]))
            .code
    };
    assert_eq!(trusting_new(), 1);
    // a key of another certificate
    std::fs::copy(&renewed.key, &secured.key).unwrap();
    served.signal(rustix::process::Signal::HUP);
    served.wait_for(|served| served.err().contains("does not belong to the certificate"));
    assert_eq!(trusting_new(), 1);
    std::fs::copy(&renewed.certificate, &secured.certificate).unwrap();
    served.signal(rustix::process::Signal::HUP);
    served.wait_for(|served| served.err().contains("configuration loaded again"));
    let log = served.err();
    assert!(
        log.contains("the certificate has changed") || log.contains("server.tls_certificate"),
        "{log}"
    );
    assert_eq!(trusting_new(), 0);
    assert_eq!(served.end_by(rustix::process::Signal::TERM), 0);
}
