//! Secret sources against a real file system and a real environment.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests prepare files and stop at a fault"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use grantd_model::secret_reference::SourceName;
use grantd_model::source::{PathBound, Served};
use grantd_model::{Clock, Origin, SecretReference};
use grantd_secrets::{Destination, Freshness, Own, SecretRead, SourceConfig, SourceError, Sources};
use grantd_testkit::TestClock;

mod again;
mod contract;
mod session;

fn origin() -> Origin {
    Origin::try_from("https://login.example.com".to_owned()).unwrap()
}

fn destination() -> Destination {
    Destination {
        origin: origin(),
        own_ca_bundle: false,
        own_egress_proxy: false,
    }
}

fn name(text: &str) -> SourceName {
    SourceName::try_from(text).unwrap()
}

fn reference(source: &str, path: &str) -> SecretReference {
    SecretReference {
        source: name(source),
        path: path.into(),
        key: None,
        version: None,
    }
}

fn declared(sources: BTreeMap<SourceName, SourceConfig>) -> Sources {
    Sources::new(sources, &clock()).unwrap()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(TestClock::default())
}

fn files(folder: &Path) -> Sources {
    let config = SourceConfig::File {
        folder: folder.into(),
        check_mode: true,
        paths: vec![PathBound::everything()],
        keep_line_end: false,
        origins: Served::Everywhere,
        own_ca_and_proxy: false,
    };
    declared(BTreeMap::from([(name("files"), config)]))
}

fn put(path: &Path, content: impl AsRef<[u8]>, mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

async fn read(sources: &Sources, path: &str) -> Result<SecretRead, SourceError> {
    sources
        .read(&reference("files", path), &destination(), Freshness::Cached)
        .await
}

#[tokio::test]
async fn a_file_is_read_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("plain"), " jhyun/ku[ojubbj] ", 0o600);
    let read = read(&files(folder.path()), "plain").await.unwrap();
    assert_eq!(read.value.expose(), " jhyun/ku[ojubbj] ");
    assert!(read.version.is_some());
}

#[tokio::test]
async fn one_line_end_is_no_part_of_the_secret_unless_the_source_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = SourceConfig::File {
        folder: folder.path().into(),
        check_mode: true,
        paths: vec![PathBound::everything()],
        keep_line_end: true,
        origins: Served::Everywhere,
        own_ca_and_proxy: false,
    };
    let keeping = declared(BTreeMap::from([(name("files"), keeping)]));
    let sources = files(folder.path());
    for (content, secret) in [
        ("s\n", "s"),
        ("s\r\n", "s"),
        ("s\n\n", "s\n"),
        ("\ns \n", "\ns "),
        ("s\r", "s\r"),
        ("s", "s"),
    ] {
        put(&folder.path().join("secret"), content, 0o600);
        let value = read(&sources, "secret").await.unwrap().value;
        assert_eq!(value.expose(), secret, "{content:?}");
        let value = read(&keeping, "secret").await.unwrap().value;
        assert_eq!(value.expose(), content, "{content:?}");
    }
    put(&folder.path().join("secret"), "\n", 0o600);
    let path = "secret".to_owned();
    let empty = SourceError::Empty { path };
    assert_eq!(read(&sources, "secret").await.unwrap_err(), empty);
    // inside of a document white space is what its text says
    put(&folder.path().join("j"), "{\"a\": \"s\\n\"}\n", 0o600);
    let inner = SecretReference {
        key: Some("/a".into()),
        ..reference("files", "j")
    };
    let value = sources
        .read(&inner, &destination(), Freshness::Cached)
        .await
        .unwrap()
        .value;
    assert_eq!(value.expose(), "s\n");
}

#[tokio::test]
async fn a_key_picks_a_text_out_of_json() {
    let folder = tempfile::tempdir().unwrap();
    put(
        &folder.path().join("j"),
        r#"{"a": {"b/c": "deep"}, "n": 7}"#,
        0o400,
    );
    let sources = files(folder.path());
    let with = |key: &str| SecretReference {
        key: Some(key.into()),
        ..reference("files", "j")
    };
    let value = sources
        .read(&with("/a/b~1c"), &destination(), Freshness::Cached)
        .await
        .unwrap()
        .value;
    assert_eq!(value.expose(), "deep");
    for missing in ["/a", "/n", "/x"] {
        let error = sources
            .read(&with(missing), &destination(), Freshness::Cached)
            .await
            .unwrap_err();
        assert_eq!(
            error,
            SourceError::KeyMissing {
                path: "j".into(),
                key: missing.into()
            }
        );
    }
    put(&folder.path().join("j"), "no json", 0o400);
    assert_eq!(
        sources
            .read(&with("/a"), &destination(), Freshness::Cached)
            .await
            .unwrap_err(),
        SourceError::NotJson { path: "j".into() }
    );
}

#[tokio::test]
async fn each_fault_of_a_file_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let outer = tempfile::tempdir().unwrap();
    put(&outer.path().join("other"), "outside", 0o600);
    let at = |path: &str| folder.path().join(path);
    put(&at("open"), "x", 0o644);
    put(&at("group-writable"), "x", 0o660);
    put(&at("empty"), "", 0o600);
    put(&at("large"), vec![b'x'; 65537], 0o600);
    put(&at("binary"), [0xff, 0xfe], 0o600);
    put(&at("nul"), "a\0b", 0o600);
    fs::create_dir(at("folder")).unwrap();
    symlink(outer.path().join("other"), at("link")).unwrap();
    let sources = files(folder.path());
    let path = |p: &str| p.to_owned();
    let cases = [
        (
            "missing",
            SourceError::NotFound {
                path: path("missing"),
            },
        ),
        (
            "open",
            SourceError::Exposed {
                path: path("open"),
                mode: 0o644,
            },
        ),
        (
            "group-writable",
            SourceError::Exposed {
                path: path("group-writable"),
                mode: 0o660,
            },
        ),
        (
            "empty",
            SourceError::Empty {
                path: path("empty"),
            },
        ),
        (
            "large",
            SourceError::TooLarge {
                path: path("large"),
                limit: 65536,
            },
        ),
        (
            "binary",
            SourceError::NotText {
                path: path("binary"),
            },
        ),
        ("nul", SourceError::NotText { path: path("nul") }),
    ];
    for (file, expected) in cases {
        assert_eq!(read(&sources, file).await.unwrap_err(), expected);
    }
    for outside in [
        "../other",
        "/etc/hostname",
        "a/../../x",
        "link",
        "folder",
        ".",
    ] {
        let error = read(&sources, outside).await.unwrap_err();
        assert!(
            matches!(error, SourceError::Outside { .. }),
            "{outside}: {error}"
        );
    }
    let versioned = SecretReference {
        version: Some("3".into()),
        ..reference("files", "open")
    };
    assert_eq!(
        sources
            .read(&versioned, &destination(), Freshness::Cached)
            .await
            .unwrap_err(),
        SourceError::NoVersions
    );
}

#[tokio::test]
async fn a_mounted_secret_is_followed_when_its_link_is_swapped() {
    let folder = tempfile::tempdir().unwrap();
    for (version, value) in [("v1", "first"), ("v2", "second")] {
        fs::create_dir(folder.path().join(version)).unwrap();
        put(&folder.path().join(version).join("secret"), value, 0o440);
    }
    let data = folder.path().join("data");
    symlink("v1", &data).unwrap();
    symlink("data/secret", folder.path().join("secret")).unwrap();
    let sources = files(folder.path());
    assert_eq!(
        read(&sources, "secret").await.unwrap().value.expose(),
        "first"
    );
    fs::remove_file(&data).unwrap();
    symlink("v2", &data).unwrap();
    assert_eq!(
        read(&sources, "secret").await.unwrap().value.expose(),
        "second"
    );
}

#[tokio::test]
async fn the_environment_serves_its_prefix_alone() {
    // cargo sets these for every test
    let config = SourceConfig::Environment {
        prefix: "CARGO_PKG_".into(),
        origins: Served::Everywhere,
        own_ca_and_proxy: false,
    };
    let sources = declared(BTreeMap::from([(name("env"), config)]));
    let read = |path: &str| {
        let reference = reference("env", path);
        let sources = &sources;
        async move {
            sources
                .read(&reference, &destination(), Freshness::Cached)
                .await
        }
    };
    assert_eq!(
        read("CARGO_PKG_NAME").await.unwrap().value.expose(),
        "grantd-secrets"
    );
    assert_eq!(
        read("CARGO_PKG_NONE").await.unwrap_err(),
        SourceError::NotFound {
            path: "CARGO_PKG_NONE".into()
        }
    );
    for outside in ["PATH", "CARGO_PKG_A=B", ""] {
        assert!(
            matches!(
                read(outside).await.unwrap_err(),
                SourceError::Outside { .. }
            ),
            "{outside}"
        );
    }
}

#[tokio::test]
async fn a_source_serves_only_the_origins_it_is_declared_for() {
    let config = SourceConfig::Environment {
        prefix: "CARGO_PKG_".into(),
        origins: Served::Origins(vec![origin()]),
        own_ca_and_proxy: false,
    };
    let sources = declared(BTreeMap::from([(name("env"), config)]));
    let other = Origin::try_from("https://evil.example".to_owned()).unwrap();
    let asked = reference("env", "CARGO_PKG_NAME");
    assert!(
        sources
            .read(&asked, &destination(), Freshness::Cached)
            .await
            .is_ok()
    );
    let elsewhere = Destination {
        origin: other.clone(),
        ..destination()
    };
    assert_eq!(
        sources
            .read(&asked, &elsewhere, Freshness::Cached)
            .await
            .unwrap_err(),
        SourceError::OriginNotServed {
            name: name("env"),
            origin: other
        }
    );
    let unknown = sources
        .read(&reference("nope", "x"), &destination(), Freshness::Cached)
        .await
        .unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "there is no secret source `nope`; there are: env"
    );
}

#[tokio::test]
async fn a_source_serves_own_authorities_and_proxies_only_where_it_is_declared_to() {
    let asked = reference("env", "CARGO_PKG_NAME");
    for (own_ca_bundle, own_egress_proxy, own) in [
        (true, false, Own::CaBundle),
        (false, true, Own::EgressProxy),
        (true, true, Own::Both),
    ] {
        let impersonated = Destination {
            own_ca_bundle,
            own_egress_proxy,
            ..destination()
        };
        for origins in [Served::Everywhere, Served::Origins(vec![origin()])] {
            let declared = |own_ca_and_proxy| {
                let config = SourceConfig::Environment {
                    prefix: "CARGO_PKG_".into(),
                    origins: origins.clone(),
                    own_ca_and_proxy,
                };
                declared(BTreeMap::from([(name("env"), config)]))
            };
            let refused = SourceError::OwnCaOrProxy {
                name: name("env"),
                own,
            };
            let sources = declared(false);
            assert_eq!(
                sources.check(&asked, &impersonated),
                Err(refused.clone()),
                "{own:?}"
            );
            let read = sources.read(&asked, &impersonated, Freshness::Cached).await;
            assert_eq!(read.unwrap_err(), refused, "{own:?}");
            assert!(refused.remedy().contains("`own_ca_and_proxy`"));
            let sources = declared(true);
            assert_eq!(sources.check(&asked, &impersonated), Ok(()), "{own:?}");
            assert!(
                sources
                    .read(&asked, &impersonated, Freshness::Cached)
                    .await
                    .is_ok(),
                "{own:?}"
            );
        }
    }
}

#[test]
fn wrong_declarations_are_named() {
    for prefix in ["", "GRANTD_", "GRANTD_SECRET_", "G", "a-b", "1A"] {
        let config = SourceConfig::Environment {
            prefix: prefix.into(),
            origins: Served::Everywhere,
            own_ca_and_proxy: false,
        };
        let fault = Sources::new(BTreeMap::from([(name("env"), config)]), &clock())
            .err()
            .unwrap();
        assert_eq!(fault.0, name("env"), "{prefix}");
    }
    let config = SourceConfig::File {
        folder: "relative".into(),
        check_mode: true,
        paths: vec![PathBound::everything()],
        keep_line_end: false,
        origins: Served::Everywhere,
        own_ca_and_proxy: false,
    };
    assert!(Sources::new(BTreeMap::from([(name("files"), config)]), &clock()).is_err());
}

#[test]
fn which_origins_a_source_serves_is_said() {
    let served = |texts: &[&str]| {
        Served::try_from(texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(served(&["*"]), Ok(Served::Everywhere));
    assert_eq!(
        served(&["https://login.example.com"]),
        Ok(Served::Origins(vec![origin()]))
    );
    assert_eq!(served(&[]).unwrap_err().code, "required");
    assert!(served(&["*", "https://login.example.com"]).is_err());
    assert!(served(&["https://login.example.com/token"]).is_err());
}
