//! A source as it is written down: in the API, in files and in the store, without its secret.
//!
//! Invariant: what [`SourceDraft::of`] writes, [`SourceDraft::parse`] reads as the same.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bounds::leads_away;
use super::vault::address;
use super::{
    HttpsSettings, KvVersion, PathBound, Served, SourceBounds, SourceKind, SourceSettings,
    VaultLogin, VaultSettings,
};
use crate::credential::check_free_text;
use crate::faults::Faults;
use crate::text::check_line;
use crate::{FieldError, Invalid, documented};

/// The most paths or origins.
const MOST: usize = 200;

/// Headers that say where and how a request goes (RFC 9110 and 9112), which no secret stands in.
const OF_THE_CONNECTION: [&str; 12] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "accept",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
];

/// A day, in seconds.
const DAY: u64 = 24 * 3600;

/// A source as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceDraft {
    /// What it is for.
    pub description: String,
    /// `vault` or `https`.
    pub kind: String,
    /// Where and how, if it is a vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault: Option<VaultDraft>,
    /// Where and how, if it is a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub https: Option<HttpsDraft>,
    /// What it may serve: paths, `apps/*` for everything below one, `*` for all.
    pub paths: Vec<String>,
    /// The origins of token endpoints that its secrets may go to, or `*`.
    pub origins: Vec<String>,
    /// Whether credentials with a CA bundle or an egress proxy of their own are served.
    pub own_ca_and_proxy: bool,
    /// How long a secret is used until it is read again, in seconds.
    pub fresh_s: u64,
    /// How much longer it is used while the source can not be asked, in seconds.
    pub stale_s: u64,
    /// How many reads there are in a second, at most.
    pub reads_per_second: u32,
}

impl Default for SourceDraft {
    fn default() -> Self {
        Self {
            description: String::new(),
            kind: "vault".to_owned(),
            vault: None,
            https: None,
            paths: Vec::new(),
            origins: Vec::new(),
            own_ca_and_proxy: false,
            fresh_s: 300,
            stale_s: 3600,
            reads_per_second: 200,
        }
    }
}

/// A vault as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VaultDraft {
    /// Its address.
    pub address: String,
    /// The namespace that everything is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Where the key-value engine is mounted.
    pub mount: String,
    /// Its version: 1 or 2.
    pub kv_version: u8,
    /// How grantd signs in.
    pub login: LoginDraft,
    /// PEM certificates of the only authorities trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<String>,
}

impl Default for VaultDraft {
    fn default() -> Self {
        Self {
            address: String::new(),
            namespace: None,
            mount: "secret".to_owned(),
            kv_version: 2,
            login: LoginDraft::default(),
            ca_bundle: None,
        }
    }
}

documented! {
    /// How grantd signs in, as people write it.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub struct LoginDraft {
        /// `token`, `approle`, `kubernetes`, `jwt`, `userpass` or `cert`. Default: `token`.
        pub method: String,
        /// Where the method is mounted. Default: as it is called.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub mount: Option<String>,
        /// The role. Default: none.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub role: Option<String>,
        /// The role id of `approle`. Default: none.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub role_id: Option<String>,
        /// The user name of `userpass`. Default: none.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub username: Option<String>,
        /// The certificate of `cert`, in PEM. Default: none.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub certificate: Option<String>,
    }
}

impl Default for LoginDraft {
    fn default() -> Self {
        Self {
            method: "token".to_owned(),
            mount: None,
            role: None,
            role_id: None,
            username: None,
            certificate: None,
        }
    }
}

/// A service as people write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpsDraft {
    /// The URL with `{path}`.
    pub url: String,
    /// The header that holds grantd's own secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What stands before the secret, such as `Bearer `.
    pub header_prefix: String,
    /// PEM certificates of the only authorities trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<String>,
}

impl SourceDraft {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong, each at its place.
    pub fn parse(&self) -> Result<SourceSettings, Vec<FieldError>> {
        let mut faults = Faults::default();
        let f = &mut faults;
        f.check("/description", check_free_text(&self.description, 1000));
        let kind = match (self.kind.as_str(), &self.vault, &self.https) {
            ("vault", vault, None) => Self::vault_of(f, vault.as_ref()),
            ("https", None, https) => https_of(f, https.as_ref()),
            ("vault" | "https", ..) => {
                let detail = "the settings of the kind alone are expected";
                f.check("/kind", Err(Invalid::new("too_much", detail)));
                None
            }
            _ => {
                f.named("/kind", &self.kind, &[("vault", ()), ("https", ())]);
                None
            }
        };
        let bounds = self.bounds(f);
        f.range("/fresh_s", self.fresh_s, 1, DAY);
        f.range("/stale_s", self.stale_s, 0, 7 * DAY);
        f.range("/reads_per_second", self.reads_per_second.into(), 1, 10_000);
        let settings = || {
            Some(SourceSettings {
                description: self.description.clone(),
                kind: kind?,
                bounds: bounds?,
                fresh: Duration::from_secs(self.fresh_s),
                stale: Duration::from_secs(self.stale_s),
                reads_per_second: self.reads_per_second,
            })
        };
        faults.or(settings())
    }

    fn vault_of(f: &mut Faults, draft: Option<&VaultDraft>) -> Option<SourceKind> {
        let missing = VaultDraft::default();
        let draft = draft.unwrap_or(&missing);
        let address = f.take("/vault/address", address(draft.address.trim()));
        if let Some(namespace) = &draft.namespace {
            f.check("/vault/namespace", check_path(namespace));
        }
        f.check("/vault/mount", check_path(&draft.mount));
        let versions = [("1", KvVersion::One), ("2", KvVersion::Two)];
        let kv = f.named(
            "/vault/kv_version",
            &draft.kv_version.to_string(),
            &versions,
        );
        check_bundle(f, "/vault/ca_bundle", draft.ca_bundle.as_deref());
        let login = login_of(f, &draft.login);
        Some(SourceKind::Vault(VaultSettings {
            address: address?,
            namespace: draft.namespace.clone(),
            mount: draft.mount.trim_matches('/').to_owned(),
            kv: kv?,
            login: login?,
            ca_bundle: draft.ca_bundle.clone(),
        }))
    }

    fn bounds(&self, f: &mut Faults) -> Option<SourceBounds> {
        if self.paths.is_empty() {
            let detail = "at least one path such as `apps/*` is expected, or `*` for all";
            f.check("/paths", Err(Invalid::new("required", detail)));
        }
        if self.paths.len() > MOST || self.origins.len() > MOST {
            let detail = format!("at most {MOST} are expected");
            f.check("/paths", Err(Invalid::new("too_many", detail)));
        }
        let mut paths = Vec::with_capacity(self.paths.len());
        for (number, path) in self.paths.iter().enumerate() {
            let path = PathBound::try_from(path.trim().to_owned());
            paths.extend(f.take(&format!("/paths/{number}"), path));
        }
        let origins: Vec<String> = self.origins.iter().map(|it| it.trim().to_owned()).collect();
        Some(SourceBounds {
            paths,
            origins: f.take("/origins", Served::try_from(origins))?,
            own_ca_and_proxy: self.own_ca_and_proxy,
        })
    }

    /// Writes settings down.
    #[must_use]
    pub fn of(settings: &SourceSettings) -> Self {
        let (vault, https) = match &settings.kind {
            SourceKind::Vault(vault) => (Some(vault_draft(vault)), None),
            SourceKind::Https(https) => (None, Some(https_draft(https))),
        };
        let paths = settings.bounds.paths.iter();
        Self {
            description: settings.description.clone(),
            kind: settings.kind.name().to_owned(),
            vault,
            https,
            paths: paths.map(|it| it.as_str().to_owned()).collect(),
            origins: settings.bounds.origins.texts(),
            own_ca_and_proxy: settings.bounds.own_ca_and_proxy,
            fresh_s: settings.fresh.as_secs(),
            stale_s: settings.stale.as_secs(),
            reads_per_second: settings.reads_per_second,
        }
    }
}

fn login_of(f: &mut Faults, draft: &LoginDraft) -> Option<VaultLogin> {
    let place = |name: &str| format!("/vault/login/{name}");
    let method = draft.method.as_str();
    let mount = draft.mount.as_deref().unwrap_or(method);
    f.check(&place("mount"), check_path(mount));
    let mount = mount.trim_matches('/').to_owned();
    let given = [
        (
            "role",
            draft.role.is_some(),
            &["kubernetes", "jwt", "cert"][..],
        ),
        ("role_id", draft.role_id.is_some(), &["approle"]),
        ("username", draft.username.is_some(), &["userpass"]),
        ("certificate", draft.certificate.is_some(), &["cert"]),
        (
            "mount",
            draft.mount.is_some(),
            &["approle", "kubernetes", "jwt", "userpass", "cert"],
        ),
    ];
    for (name, is_given, of) in given {
        if is_given && !of.contains(&method) {
            let detail = format!("it is not expected with the method `{method}`");
            f.check(&place(name), Err(Invalid::new("unexpected", detail)));
        }
    }
    let must = |f: &mut Faults, name: &str, value: &Option<String>| {
        let text = value.as_deref().unwrap_or_default().trim().to_owned();
        f.check(&place(name), check_line(&text, 256));
        text
    };
    Some(match method {
        "token" => VaultLogin::Token,
        "approle" => VaultLogin::AppRole {
            mount,
            role_id: must(f, "role_id", &draft.role_id),
        },
        "kubernetes" => VaultLogin::Kubernetes {
            mount,
            role: must(f, "role", &draft.role),
        },
        "jwt" => VaultLogin::Jwt {
            mount,
            role: draft.role.clone(),
        },
        "userpass" => VaultLogin::Userpass {
            mount,
            username: must(f, "username", &draft.username),
        },
        "cert" => {
            let certificate = draft.certificate.clone().unwrap_or_default();
            if !certificate.contains("-----BEGIN CERTIFICATE-----") {
                let detail = "a certificate in PEM is expected, with its chain if it has one";
                f.check(
                    &place("certificate"),
                    Err(Invalid::new("no_certificate", detail)),
                );
            }
            VaultLogin::Certificate {
                mount,
                role: draft.role.clone(),
                certificate,
            }
        }
        _ => {
            let methods = ["token", "approle", "kubernetes", "jwt", "userpass", "cert"];
            f.named(&place("method"), method, &methods.map(|it| (it, ())));
            return None;
        }
    })
}

fn https_of(f: &mut Faults, draft: Option<&HttpsDraft>) -> Option<SourceKind> {
    let missing = HttpsDraft::default();
    let draft = draft.unwrap_or(&missing);
    check_bundle(f, "/https/ca_bundle", draft.ca_bundle.as_deref());
    if let Some(header) = &draft.header {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_name = !header.is_empty() && header.len() <= 100 && header.chars().all(plain);
        if !is_name || OF_THE_CONNECTION.contains(&header.to_ascii_lowercase().as_str()) {
            let detail = "the name of a header such as `authorization` is expected, and none of the connection";
            f.check("/https/header", Err(Invalid::new("invalid_header", detail)));
        }
    }
    let printable = draft.header_prefix.chars().all(|c| matches!(c, ' '..='~'));
    if !printable || draft.header_prefix.len() > 100 {
        let detail = "text such as `Bearer ` is expected";
        f.check(
            "/https/header_prefix",
            Err(Invalid::new("invalid_header", detail)),
        );
    }
    let header = draft.header.as_ref();
    let header = header.map(|name| (name.to_ascii_lowercase(), draft.header_prefix.clone()));
    let url = draft.url.trim().to_owned();
    let settings = HttpsSettings::new(url, header, draft.ca_bundle.clone());
    f.take("/https/url", settings).map(SourceKind::Https)
}

fn check_bundle(f: &mut Faults, place: &str, bundle: Option<&str>) {
    if let Some(bundle) = bundle {
        f.check(place, check_free_text(bundle, 200_000));
    }
}

fn check_path(text: &str) -> Result<(), Invalid> {
    check_line(text, 256)?;
    if leads_away(text.trim_matches('/')) || text.contains(['?', '#', '%']) {
        let detail = "a path such as `secret` or `teams/one` is expected";
        return Err(Invalid::new("invalid_path", detail));
    }
    Ok(())
}

fn vault_draft(vault: &VaultSettings) -> VaultDraft {
    let mut login = LoginDraft {
        method: vault.login.name().to_owned(),
        ..LoginDraft::default()
    };
    match vault.login.clone() {
        VaultLogin::Token => {}
        VaultLogin::AppRole { mount, role_id } => {
            (login.mount, login.role_id) = (Some(mount), Some(role_id));
        }
        VaultLogin::Kubernetes { mount, role } => {
            (login.mount, login.role) = (Some(mount), Some(role));
        }
        VaultLogin::Jwt { mount, role } => (login.mount, login.role) = (Some(mount), role),
        VaultLogin::Userpass { mount, username } => {
            (login.mount, login.username) = (Some(mount), Some(username));
        }
        VaultLogin::Certificate {
            mount,
            role,
            certificate,
        } => {
            (login.mount, login.role) = (Some(mount), role);
            login.certificate = Some(certificate);
        }
    }
    let address = vault.address.as_str();
    VaultDraft {
        address: address.strip_suffix('/').unwrap_or(address).to_owned(),
        namespace: vault.namespace.clone(),
        mount: vault.mount.clone(),
        kv_version: match vault.kv {
            KvVersion::One => 1,
            KvVersion::Two => 2,
        },
        login,
        ca_bundle: vault.ca_bundle.clone(),
    }
}

fn https_draft(https: &HttpsSettings) -> HttpsDraft {
    let (header, prefix) = https.header.clone().unzip();
    HttpsDraft {
        url: https.url.clone(),
        header,
        header_prefix: prefix.unwrap_or_default(),
        ca_bundle: https.ca_bundle.clone(),
    }
}
