//! The settings of a source as they are typed: flags over a file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::credential::draft_file;
use crate::cli::one_secret::read_one_secret;
use crate::failure::Failure;
use crate::files;

/// Settings of a secret source.
#[derive(Debug, Args)]
pub(super) struct Settings {
    /// TOML or JSON file with settings, as the API has them; flags go over it
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Address of the vault, such as `https://vault.example.com:8200`
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "service_url",
        help_heading = "Vault"
    )]
    address: Option<String>,
    /// Namespace that everything is in
    #[arg(long, value_name = "NAMESPACE", help_heading = "Vault")]
    namespace: Option<String>,
    /// Where the key-value engine is mounted [default: secret]
    #[arg(long, value_name = "PATH", help_heading = "Vault")]
    mount: Option<String>,
    /// Version of the key-value engine: 1 or 2 [default: 2]
    #[arg(long, value_name = "NUMBER", help_heading = "Vault")]
    kv_version: Option<u8>,
    /// How grantd signs in: token, approle, kubernetes, jwt, userpass or cert [default: token]
    #[arg(long, value_name = "METHOD", help_heading = "Signing in")]
    login: Option<String>,
    /// Where the method is mounted [default: as it is called]
    #[arg(
        long,
        value_name = "PATH",
        requires = "login",
        help_heading = "Signing in"
    )]
    login_mount: Option<String>,
    /// Role of kubernetes, jwt and cert
    #[arg(
        long,
        value_name = "ROLE",
        requires = "login",
        help_heading = "Signing in"
    )]
    role: Option<String>,
    /// Role id of approle
    #[arg(
        long,
        value_name = "ID",
        requires = "login",
        help_heading = "Signing in"
    )]
    role_id: Option<String>,
    /// User name of userpass
    #[arg(
        long,
        value_name = "NAME",
        requires = "login",
        help_heading = "Signing in"
    )]
    username: Option<String>,
    /// PEM file of the certificate of cert
    #[arg(
        long,
        value_name = "FILE",
        requires = "login",
        help_heading = "Signing in"
    )]
    certificate_file: Option<PathBuf>,
    /// File with what grantd signs in with: the token, secret id, JWT, password, private key or value of the
    /// header; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Signing in")]
    secret_file: Option<PathBuf>,
    /// The secret is a wrapping token that holds the secret id of approle
    #[arg(long, requires = "secret_file", help_heading = "Signing in")]
    wrapped: bool,
    /// Other source that holds what grantd signs in with
    #[arg(
        long,
        value_name = "SOURCE",
        conflicts_with = "secret_file",
        requires = "secret_path",
        help_heading = "Signing in"
    )]
    secret_source: Option<String>,
    /// Path in that source
    #[arg(
        long,
        value_name = "PATH",
        requires = "secret_source",
        help_heading = "Signing in"
    )]
    secret_path: Option<String>,
    /// JSON pointer into what is at that path
    #[arg(
        long,
        value_name = "POINTER",
        requires = "secret_source",
        help_heading = "Signing in"
    )]
    secret_key: Option<String>,
    /// URL of a service with `{path}`, such as `https://secrets.example.com/v1/{path}`
    #[arg(long, value_name = "URL", help_heading = "HTTPS service")]
    service_url: Option<String>,
    /// Header that holds the secret, such as `authorization`
    #[arg(long, value_name = "NAME", help_heading = "HTTPS service")]
    header: Option<String>,
    /// What stands before the secret in the header, such as `Bearer `
    #[arg(
        long,
        value_name = "TEXT",
        requires = "header",
        help_heading = "HTTPS service"
    )]
    header_prefix: Option<String>,
    /// PEM file of the only authorities trusted
    #[arg(long, value_name = "FILE")]
    ca_bundle_file: Option<PathBuf>,
    /// Path that it serves, `apps/*` for everything below one, `*` for all; may be repeated
    #[arg(long, value_name = "PATH", help_heading = "Bounds")]
    path: Vec<String>,
    /// Origin of token endpoints that its secrets may go to, or `*`; may be repeated
    #[arg(long, value_name = "ORIGIN", help_heading = "Bounds")]
    origin: Vec<String>,
    /// Whether credentials with a CA bundle or an egress proxy of their own are served [default: false]
    #[arg(long, value_name = "true|false", help_heading = "Bounds")]
    own_ca_and_proxy: Option<bool>,
    /// How long a secret is used until it is read again [default: 300]
    #[arg(long, value_name = "SECONDS", help_heading = "Cache")]
    fresh: Option<u64>,
    /// How much longer it is used while the source can not be asked [default: 3600]
    #[arg(long, value_name = "SECONDS", help_heading = "Cache")]
    stale: Option<u64>,
    /// How many reads there are in a second, at most [default: 200]
    #[arg(long, value_name = "NUMBER", help_heading = "Cache")]
    reads_per_second: Option<u32>,
}

impl Settings {
    /// The members of the API.
    ///
    /// # Errors
    /// When a file can not be read.
    pub(super) fn members(&self) -> Result<Map<String, Value>, Failure> {
        let mut members = match &self.from_file {
            Some(path) => draft_file::read(path)?,
            None => Map::new(),
        };
        let mut put = |name: &str, value: Value| match (members.get_mut(name), value) {
            // flags go over what the file says of the same kind
            (Some(Value::Object(kept)), Value::Object(new))
                if ["vault", "https"].contains(&name) =>
            {
                kept.extend(new);
            }
            (_, value) => {
                members.insert(name.to_owned(), value);
            }
        };
        if let Some(text) = &self.description {
            put("description", text.as_str().into());
        }
        if !self.path.is_empty() {
            put("paths", self.path.clone().into());
        }
        if !self.origin.is_empty() {
            put("origins", self.origin.clone().into());
        }
        if let Some(serves) = self.own_ca_and_proxy {
            put("own_ca_and_proxy", serves.into());
        }
        for (name, value) in [("fresh_s", self.fresh), ("stale_s", self.stale)] {
            if let Some(seconds) = value {
                put(name, seconds.into());
            }
        }
        if let Some(number) = self.reads_per_second {
            put("reads_per_second", number.into());
        }
        if let Some(path) = &self.secret_file {
            let secret = read_secret(path)?;
            put("secret", secret.into());
            put("secret_is_wrapped", self.wrapped.into());
        }
        if let (Some(source), Some(path)) = (&self.secret_source, &self.secret_path) {
            let reference = json!({"source": source, "path": path, "key": self.secret_key});
            put("secret_reference", reference);
        }
        let bundle = pem("--ca-bundle-file", self.ca_bundle_file.as_deref())?;
        let vault = self.vault(bundle.as_ref())?;
        let https = self.https(bundle.as_ref());
        if let Some(vault) = vault {
            if self.address.is_some() {
                put("kind", "vault".into());
            }
            put("vault", vault);
        }
        if let Some(https) = https {
            if self.service_url.is_some() {
                put("kind", "https".into());
            }
            put("https", https);
        }
        Ok(members)
    }

    /// Gives a CA bundle to the kind that a source is of, where nothing else in the flags says which that is.
    pub(super) fn fit(members: &mut Map<String, Value>, kind: &Value) {
        if kind != "https" || members.contains_key("https") || members.contains_key("kind") {
            return;
        }
        let bundle = members.get_mut("vault").and_then(Value::as_object_mut);
        if let Some(bundle) = bundle
            && bundle.len() == 1
            && let Some(bundle) = bundle.remove("ca_bundle")
        {
            members.remove("vault");
            members.insert("https".to_owned(), json!({"ca_bundle": bundle}));
        }
    }

    fn vault(&self, bundle: Option<&String>) -> Result<Option<Value>, Failure> {
        let mut vault = Map::new();
        for (name, value) in [
            ("address", &self.address),
            ("namespace", &self.namespace),
            ("mount", &self.mount),
        ] {
            if let Some(text) = value {
                vault.insert(name.to_owned(), text.as_str().into());
            }
        }
        if let Some(version) = self.kv_version {
            vault.insert("kv_version".to_owned(), version.into());
        }
        if let Some(method) = &self.login {
            let certificate = pem("--certificate-file", self.certificate_file.as_deref())?;
            // what another method had goes with it
            let login = json!({
                "method": method, "mount": self.login_mount, "role": self.role, "role_id": self.role_id,
                "username": self.username, "certificate": certificate,
            });
            vault.insert("login".to_owned(), login);
        }
        if self.service_url.is_none()
            && let Some(bundle) = bundle
        {
            vault.insert("ca_bundle".to_owned(), bundle.as_str().into());
        }
        Ok((!vault.is_empty()).then_some(Value::Object(vault)))
    }

    fn https(&self, bundle: Option<&String>) -> Option<Value> {
        let mut https = Map::new();
        for (name, value) in [
            ("url", &self.service_url),
            ("header", &self.header),
            ("header_prefix", &self.header_prefix),
        ] {
            if let Some(text) = value {
                https.insert(name.to_owned(), text.as_str().into());
            }
        }
        if self.service_url.is_some()
            && let Some(bundle) = bundle
        {
            https.insert("ca_bundle".to_owned(), bundle.as_str().into());
        }
        (!https.is_empty()).then_some(Value::Object(https))
    }
}

fn read_secret(path: &Path) -> Result<String, Failure> {
    let secret = read_one_secret("--secret-file", path)?;
    Ok(secret.expose().clone())
}

fn pem(flag: &str, path: Option<&Path>) -> Result<Option<String>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let read = files::read_text(path);
    read.map(Some)
        .map_err(|error| Failure::usage(format!("{flag}: {}: {error}", path.display())))
}

/// Each member of the API has a flag of its own name, or one of these.
pub(super) fn in_words_of_the_command(mut failure: Failure) -> Failure {
    for (place, _) in failure.fields_mut() {
        *place = flag(place);
    }
    failure
}

fn flag(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let name = match parts.as_slice() {
        ["vault", "login", "method"] => "login",
        ["vault", "login", "mount"] => "login-mount",
        ["vault", "login", "certificate"] => "certificate-file",
        ["vault" | "https", "ca_bundle"] => "ca-bundle-file",
        ["paths", ..] => "path",
        ["origins", ..] => "origin",
        ["fresh_s"] => "fresh",
        ["stale_s"] => "stale",
        ["https", "url"] => "service-url",
        ["secret"] => "secret-file",
        ["secret_is_wrapped"] => "wrapped",
        ["secret_reference", "key"] => "secret-key",
        ["secret_reference", "path"] => "secret-path",
        ["secret_reference", ..] => "secret-source",
        ["reference", "key"] => "key",
        ["reference", ..] => "read",
        ["vault", "login", name] | ["vault" | "https", name] | [name] => name,
        _ => return pointer.to_owned(),
    };
    format!("--{}", name.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_as_flags() {
        for (pointer, expected) in [
            ("/vault/login/method", "--login"),
            ("/vault/login/role_id", "--role-id"),
            ("/vault/kv_version", "--kv-version"),
            ("/https/ca_bundle", "--ca-bundle-file"),
            ("/https/url", "--service-url"),
            ("/paths/3", "--path"),
            ("/secret_reference/key", "--secret-key"),
            ("/reference/path", "--read"),
            ("/reads_per_second", "--reads-per-second"),
        ] {
            assert_eq!(flag(pointer), expected);
        }
    }
    #[test]
    fn a_bundle_goes_to_the_kind_that_is_there() {
        let fitted = |members: Value, kind: &str| {
            let Value::Object(mut members) = members else {
                panic!("an object is expected");
            };
            Settings::fit(&mut members, &kind.into());
            Value::Object(members)
        };
        let bundle = json!({"vault": {"ca_bundle": "x"}});
        assert_eq!(fitted(bundle.clone(), "vault"), bundle);
        let expected = json!({"https": {"ca_bundle": "x"}});
        assert_eq!(fitted(bundle, "https"), expected);
        let both = json!({"kind": "vault", "vault": {"address": "y", "ca_bundle": "x"}});
        assert_eq!(fitted(both.clone(), "https"), both);
    }
}
