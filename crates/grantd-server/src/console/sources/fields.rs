//! The fields of the form: from a source's settings and back, and which one a fault is of.

use grantd_engine::SourceSecretInput;
use grantd_model::secret_reference::SourceName;
use grantd_model::source::{HttpsDraft, LoginDraft, VaultDraft};
use grantd_model::{
    FieldError, Invalid, SecretInput, SecretReference, SecretValue, Source, SourceDraft,
};

use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::merge::Fields;
use crate::console::texts::Texts;

/// Ways to sign in to a vault.
pub(super) const LOGINS: [(&str, &str); 6] = [
    ("token", "source_login.token"),
    ("approle", "source_login.approle"),
    ("kubernetes", "source_login.kubernetes"),
    ("jwt", "source_login.jwt"),
    ("userpass", "source_login.userpass"),
    ("cert", "source_login.cert"),
];

/// The fields of the form, apart from the secret, which is never given back.
pub(super) const FIELDS: Fields = Fields {
    single: &[
        "kind",
        "description",
        "address",
        "namespace",
        "mount",
        "kv_version",
        "login",
        "login_mount",
        "role",
        "role_id",
        "username",
        "certificate",
        "url",
        "header",
        "header_prefix",
        "paths",
        "origins",
        "fresh_s",
        "stale_s",
        "reads_per_second",
        "ca_bundle",
    ],
    groups: &[("own_ca_and_proxy", &["bounds", "own_ca_and_proxy"])],
    label: label_key,
    words,
};

/// The text of a field's label.
pub(super) fn label_key(field: &str) -> &'static str {
    match field {
        "name" => "field.name",
        "description" => "field.description",
        "ca_bundle" => "field.ca_bundle",
        "kind" => "source_field.kind",
        "address" => "source_field.address",
        "namespace" => "source_field.namespace",
        "mount" => "source_field.mount",
        "kv_version" => "source_field.kv_version",
        "login" => "source_field.login",
        "login_mount" => "source_field.login_mount",
        "role" => "source_field.role",
        "role_id" => "source_field.role_id",
        "username" => "source_field.username",
        "certificate" => "source_field.certificate",
        "url" => "source_field.url",
        "header" => "source_field.header",
        "header_prefix" => "source_field.header_prefix",
        "paths" => "source_field.paths",
        "origins" => "source_field.origins",
        "own_ca_and_proxy" => "source_field.own_ca_and_proxy",
        "fresh_s" => "source_field.fresh_s",
        "stale_s" => "source_field.stale_s",
        "reads_per_second" => "source_field.reads_per_second",
        "ref_source" => "field.ref_source",
        "ref_path" => "field.ref_path",
        "ref_key" => "field.ref_key",
        _ => "source_field.secret",
    }
}

/// The fields of a source that is not there yet.
pub(super) fn defaults() -> Form {
    let draft = SourceDraft {
        vault: Some(VaultDraft::default()),
        ..SourceDraft::default()
    };
    let mut form = of_draft(&draft);
    form.put("secret_in", "here");
    form
}

/// The fields of a source as it is kept.
pub(super) fn of_source(source: &Source) -> Form {
    let mut form = of_draft(&SourceDraft::of(&source.settings));
    form.put("name", source.name.as_str());
    match source.secret.as_ref().map(|entry| &entry.value) {
        Some(SecretValue::External(reference)) => {
            form.put("secret_in", "elsewhere");
            form.put("ref_source", reference.source.as_str());
            form.put("ref_path", reference.path.as_str());
            form.put("ref_key", reference.key.as_deref().unwrap_or_default());
        }
        _ => form.put("secret_in", "here"),
    }
    form
}

fn of_draft(draft: &SourceDraft) -> Form {
    let mut form = Form::default();
    form.put("kind", draft.kind.as_str());
    form.put("description", draft.description.as_str());
    let vault = draft.vault.clone().unwrap_or_default();
    let https = draft.https.clone().unwrap_or_default();
    let login = vault.login;
    let text = |text: Option<String>| text.unwrap_or_default();
    for (name, value) in [
        ("address", vault.address),
        ("namespace", text(vault.namespace)),
        ("mount", vault.mount),
        ("kv_version", vault.kv_version.to_string()),
        (
            "login_mount",
            text(login.mount.filter(|it| *it != login.method)),
        ),
        ("login", login.method),
        ("role", text(login.role)),
        ("role_id", text(login.role_id)),
        ("username", text(login.username)),
        ("certificate", text(login.certificate)),
        ("url", https.url),
        ("header", text(https.header)),
        ("header_prefix", https.header_prefix),
        ("ca_bundle", text(vault.ca_bundle.or(https.ca_bundle))),
        ("paths", draft.paths.join("\n")),
        ("origins", draft.origins.join("\n")),
        ("fresh_s", draft.fresh_s.to_string()),
        ("stale_s", draft.stale_s.to_string()),
        ("reads_per_second", draft.reads_per_second.to_string()),
    ] {
        form.put(name, value);
    }
    if draft.own_ca_and_proxy {
        form.put("own_ca_and_proxy", "on");
    }
    form
}

/// What was typed, as a draft. What belongs to another kind or way to sign in is left out.
pub(super) fn to_draft(form: &Form) -> SourceDraft {
    let some = |name: &str| {
        let text = form.get(name).trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let lines = |name: &str| -> Vec<String> {
        let lines = form.get(name).lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    // one that can not be read is out of range
    let number = |name: &str| form.get(name).trim().parse::<u64>().unwrap_or(u64::MAX);
    let is_vault = form.get("kind") != "https";
    let method = form.get("login").trim().to_owned();
    let of =
        |name: &str, methods: &[&str]| some(name).filter(|_| methods.contains(&method.as_str()));
    let login = LoginDraft {
        mount: some("login_mount").filter(|_| method != "token"),
        role: of("role", &["kubernetes", "jwt", "cert"]),
        role_id: of("role_id", &["approle"]),
        username: of("username", &["userpass"]),
        certificate: of("certificate", &["cert"]),
        method: method.clone(),
    };
    let vault = || VaultDraft {
        address: form.get("address").trim().to_owned(),
        namespace: some("namespace"),
        mount: form.get("mount").trim().to_owned(),
        kv_version: form.get("kv_version").parse().unwrap_or(0),
        login,
        ca_bundle: some("ca_bundle"),
    };
    let https = || HttpsDraft {
        url: form.get("url").trim().to_owned(),
        header: some("header"),
        header_prefix: form.get("header_prefix").to_owned(),
        ca_bundle: some("ca_bundle"),
    };
    SourceDraft {
        description: form.get("description").trim().to_owned(),
        kind: form.get("kind").to_owned(),
        vault: is_vault.then(vault),
        https: (!is_vault).then(https),
        paths: lines("paths"),
        origins: lines("origins"),
        own_ca_and_proxy: form.is_ticked("own_ca_and_proxy"),
        fresh_s: number("fresh_s"),
        stale_s: number("stale_s"),
        reads_per_second: u32::try_from(number("reads_per_second")).unwrap_or(u32::MAX),
    }
}

/// What was typed of the secret; what is kept where nothing was.
///
/// # Errors
/// When the reference has no source.
pub(super) fn to_input(
    form: &Form,
    before: Option<&Source>,
) -> Result<SourceSecretInput, FieldError> {
    let takes = form.get("kind") != "https" || !form.get("header").trim().is_empty();
    if !takes {
        return Ok(SourceSecretInput {
            secret: None,
            is_wrapped: false,
        });
    }
    if form.get("secret_in") == "elsewhere" {
        let source = SourceName::try_from(form.get("ref_source")).map_err(|_| {
            Invalid::new("required", "a secret source is expected").at("/secret_reference/source")
        })?;
        let key = form.get("ref_key").trim();
        let reference = SecretReference {
            source,
            path: form.get("ref_path").trim().to_owned(),
            key: (!key.is_empty()).then(|| key.to_owned()),
            version: None,
        };
        let kept = before.and_then(|it| it.secret.as_ref()).map(|it| &it.value);
        let is_same = matches!(kept, Some(SecretValue::External(kept)) if *kept == reference);
        return Ok(SourceSecretInput {
            secret: Some(if is_same {
                SecretInput::Keep
            } else {
                SecretInput::External(reference)
            }),
            is_wrapped: false,
        });
    }
    let secret = match form.secret("secret") {
        Some(secret) => Some(SecretInput::Internal(secret)),
        None => Some(SecretInput::Keep),
    };
    let is_given = matches!(secret, Some(SecretInput::Internal(_)));
    Ok(SourceSecretInput {
        secret,
        is_wrapped: is_given && form.get("login") == "approle" && form.is_ticked("wrapped"),
    })
}

fn words(t: &Texts, form: &Form, label: &str) -> String {
    match label {
        "own_ca_and_proxy" => {
            let key = if form.is_ticked("own_ca_and_proxy") {
                "source.yes"
            } else {
                "source.no"
            };
            t.say(key).to_owned()
        }
        name => form.get(name).replace("\r\n", "\n").trim().to_owned(),
    }
}

/// Faults by their fields, in the order of the form.
pub(super) fn faults(errors: &[FieldError]) -> Vec<Fault> {
    fault::faults(errors, field_of)
}

fn field_of(pointer: &str) -> &'static str {
    const PLACES: [(&str, &str); 27] = [
        ("/name", "name"),
        ("/kind", "kind"),
        ("/description", "description"),
        ("/vault/address", "address"),
        ("/vault/namespace", "namespace"),
        ("/vault/mount", "mount"),
        ("/vault/kv_version", "kv_version"),
        ("/vault/login/method", "login"),
        ("/vault/login/mount", "login_mount"),
        ("/vault/login/role_id", "role_id"),
        ("/vault/login/role", "role"),
        ("/vault/login/username", "username"),
        ("/vault/login/certificate", "certificate"),
        ("/vault/ca_bundle", "ca_bundle"),
        ("/https/url", "url"),
        ("/https/header_prefix", "header_prefix"),
        ("/https/header", "header"),
        ("/https/ca_bundle", "ca_bundle"),
        ("/paths", "paths"),
        ("/origins", "origins"),
        ("/fresh_s", "fresh_s"),
        ("/stale_s", "stale_s"),
        ("/reads_per_second", "reads_per_second"),
        ("/secret_reference/path", "ref_path"),
        ("/secret_reference/key", "ref_key"),
        ("/secret_reference", "ref_source"),
        ("/reference", "try_path"),
    ];
    fault::field_at(&PLACES, pointer).unwrap_or("secret")
}
