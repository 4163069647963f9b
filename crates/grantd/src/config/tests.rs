use std::path::Path;

use super::*;

pub(super) fn load(
    text: &str,
    variables: &[(&str, &str)],
    listen: Option<&str>,
) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grantd.toml");
    write(&path, text);
    let flags = Flags {
        config: Some(path.clone()),
        listen: listen.map(str::to_owned),
    };
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::load(&flags, &environment).map_err(|failure| {
        assert_eq!(failure.exit, Exit::Usage);
        failure
            .to_string()
            .replace(&path.display().to_string(), "F")
            .replace(&folder.path().display().to_string(), "D")
    })
}

fn write(path: &Path, text: &str) {
    files::create_private(path, text).unwrap();
}

#[test]
fn flag_stands_over_variable_over_file_over_default() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n";
    let variable = [("GRANTD_SERVER_LISTEN", "127.0.0.1:2")];
    let port = |config: Result<Config, String>| config.unwrap().server.listen.port();
    assert_eq!(port(load("", &[], None)), 8710);
    assert_eq!(port(load(file, &[], None)), 1);
    assert_eq!(port(load(file, &variable, None)), 2);
    assert_eq!(port(load(file, &variable, Some("127.0.0.1:3"))), 3);
    assert_eq!(port(load(file, &variable, Some("localhost:4"))), 4);
}

#[test]
fn every_setting_is_read_from_file_and_variable() {
    let config = load(
        r#"
[server]
public_url = "https://grantd.example.com"
allowed_hosts = ["Grantd.Internal", "10.0.0.1"]
trusted_proxies = ["10.0.0.0/8", "::1"]
tls_terminated_by_proxy = true
listen = "0.0.0.0:8710"

[egress]
allow = ["10.1.0.0/16", "*.corp.example:443"]
proxy = "http://proxy.example:3128"

[log]
level = "warn,grantd_net=debug"
format = "json"

[sources.vault-files]
kind = "file"
folder = "/run/secrets"
origins = ["*"]
own_ca_and_proxy = true
keep_line_end = true

[sources.environment]
kind = "environment"
prefix = "APP_"
origins = ["https://login.example.com"]
"#,
        &[
            ("GRANTD_EGRESS_ALLOW", "127.0.0.1:9000, auth.internal,"),
            ("GRANTD_SERVER_TLS_TERMINATED_BY_PROXY", "true"),
        ],
        None,
    )
    .unwrap();
    assert_eq!(config.server.allowed_hosts, ["grantd.internal", "10.0.0.1"]);
    assert!(config.server.tls_terminated_by_proxy);
    let allow: Vec<String> = config
        .egress
        .allow
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(allow, ["127.0.0.1/32:9000", "auth.internal"]);
    assert_eq!(config.log.format, Some(LogFormat::Json));
    let own_routes: Vec<bool> = config
        .sources
        .values()
        .map(SourceConfig::own_ca_and_proxy)
        .collect();
    assert_eq!(own_routes, [false, true]);
}

#[test]
fn everything_wrong_is_named_at_once_with_its_line() {
    let faults = load(
        r#"[server]
lisen = "127.0.0.1:1"
listen = 8710
allowed_hosts = ["good.example", "https://bad.example"]

[egres]
allow = []

[egress]
allow = ["10.0.0.1/8"]
ca_bundle = "absent.pem"

[log]
level = "loud=noise=x"
colour = true

[sources.UP]
kind = "environment"
prefix = "APP_"

[sources.files]
kind = "file"
folder = "relative"
origins = ["*"]

[sources.typo]
kind = "file"
foldr = "/a"
"#,
        &[
            ("GRANTD_SERVER_PUBLIC_URL", "grantd.example.com"),
            ("GRANTD_SERVER_LISEN", "x"),
            ("GRANTD_LISTEN", "x"),
            ("GRANTD_URL", "http://127.0.0.1:1"),
        ],
        None,
    )
    .unwrap_err();
    insta::assert_snapshot!(faults);
}

#[test]
fn text_that_is_no_toml_is_named_by_its_line() {
    let fault = load("[server]\nlisten = \n", &[], None).unwrap_err();
    assert!(fault.starts_with("grantd: F:2: "), "{fault}");
}

#[test]
fn a_public_address_needs_tls_or_a_proxy_that_terminates_it() {
    let fault = load("", &[], Some("0.0.0.0:8710")).unwrap_err();
    assert!(
        fault.contains("--listen: server.listen: 0.0.0.0:8710 is no loopback address"),
        "{fault}"
    );
    let file = "[server]\ntls_terminated_by_proxy = true\n";
    assert!(load(file, &[], Some("0.0.0.0:8710")).is_ok());
    assert!(load("", &[], Some("[::1]:8710")).is_ok());
}

/// A folder with `server.pem` and `server.key`, and with `other.key` of another certificate.
fn tls_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::KeyPair::generate().unwrap();
    for (name, text) in [
        ("server.pem", made.cert.pem()),
        ("server.key", made.signing_key.serialize_pem()),
        ("other.key", other.serialize_pem()),
        ("empty", String::new()),
    ] {
        write(&folder.path().join(name), &text);
    }
    folder
}

/// Variables that name files of the folder.
fn tls(folder: &Path, certificate: &str, key: &str) -> Result<Config, String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let variables = [
        ("GRANTD_SERVER_TLS_CERTIFICATE", path(certificate)),
        ("GRANTD_SERVER_TLS_KEY", path(key)),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, path)| (*name, path.as_str()));
    load("", &variables, Some("0.0.0.0:8710"))
        .map_err(|fault| fault.replace(&folder.display().to_string(), "T"))
}

#[test]
fn with_tls_a_public_address_may_be_listened_on() {
    let folder = tls_folder();
    let config = tls(folder.path(), "server.pem", "server.key").unwrap();
    assert!(config.server.tls_files().unwrap().read().is_ok());

    let path = folder.path().join("grantd.toml");
    write(
        &path,
        "[server]\nlisten = \"0.0.0.0:1\"\ntls_certificate = \"server.pem\"\ntls_key = \"server.key\"\n",
    );
    let flags = Flags {
        config: Some(path),
        listen: None,
    };
    let config = Config::load(&flags, &Environment::default()).unwrap();
    assert!(config.server.tls_files().is_some());
}

#[test]
fn files_of_tls_that_are_of_no_use_are_named() {
    let folder = tls_folder();
    let (certificate, key) = ("server.tls_certificate", "server.tls_key");
    for (files, setting, expected) in [
        (
            ("absent", "server.key"),
            certificate,
            "T/absent: No such file",
        ),
        (("server.pem", "absent"), key, "T/absent: No such file"),
        (
            ("empty", "server.key"),
            certificate,
            "T/empty: there is no certificate",
        ),
        (
            ("server.pem", "empty"),
            key,
            "T/empty: there is no private key",
        ),
        (
            ("server.pem", "other.key"),
            certificate,
            "T/server.pem: the private key does not belong to the certificate",
        ),
    ] {
        let fault = tls(folder.path(), files.0, files.1).unwrap_err();
        assert!(fault.contains(&format!("{setting}: {expected}")), "{fault}");
        assert_eq!(fault.lines().count(), 1, "{fault}");
    }
}

#[test]
fn certificate_and_key_go_together() {
    for (present, absent) in [
        ("tls_certificate", "tls_key"),
        ("tls_key", "tls_certificate"),
    ] {
        let fault = load(&format!("[server]\n{present} = \"a\"\n"), &[], None).unwrap_err();
        assert_eq!(
            fault,
            format!(
                "grantd: F:2: server.{absent}: a path is expected as well, as `server.{present}` \
                 is set\n"
            )
        );
    }
    let fault = load(
        "[server]\ntls_certificate = 1\ntls_key = \"a\"\n",
        &[],
        None,
    )
    .unwrap_err();
    assert_eq!(
        fault,
        "grantd: F:2: server.tls_certificate: a text is expected, it is a number\n"
    );
}

#[test]
fn the_file_is_searched_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("grantd");
    files::make_private_folder(&below).unwrap();
    write(
        &below.join("grantd.toml"),
        "[server]\nlisten = \"[::1]:5\"\n",
    );
    let xdg = (
        "XDG_CONFIG_HOME".to_owned(),
        folder.path().display().to_string(),
    );
    let environment: Environment = [xdg.clone()].into_iter().collect();
    let config = Config::load(&Flags::default(), &environment).unwrap();
    assert_eq!(config.server.listen.port(), 5);
    let named = (
        "GRANTD_CONFIG".to_owned(),
        "/nowhere/grantd.toml".to_owned(),
    );
    let environment: Environment = [xdg, named].into_iter().collect();
    let failure = Config::load(&Flags::default(), &environment).unwrap_err();
    assert!(
        failure.to_string().contains("/nowhere/grantd.toml"),
        "{failure}"
    );
}
