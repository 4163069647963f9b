//! The authentication method and the secret of a form.

use grantd_model::secret_reference::SourceName;
use grantd_model::{
    AuthenticationMethod, BasicEncoding, Credential, Invalid, Secret, SecretInput, SecretReference,
    SecretValue,
};

use super::fields::Fields;
use super::{CredentialForm, SecretReferenceForm};

/// The longest client secret, in bytes.
const MOST_SECRET_BYTES: usize = 8192;

/// What secret is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// None: the credential is new.
    Nothing,
    /// A sealed one.
    Internal,
    /// A reference.
    External,
    /// Whoever keeps it looks.
    Whatever,
}

impl Kept {
    /// What a credential keeps.
    pub(crate) const fn of(credential: &Credential) -> Self {
        match credential.authentication.secret().current.value {
            SecretValue::Internal(_) => Self::Internal,
            SecretValue::External(_) => Self::External,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Internal,
    External,
}

/// The method, Basic if none is named.
pub(super) fn method(
    fields: &mut Fields,
    form: &mut CredentialForm,
) -> Option<AuthenticationMethod> {
    let names = [("client_secret_basic", true), ("client_secret_post", false)];
    let basic = match form.token_endpoint_auth_method.take() {
        None => Some(true),
        name => fields.word("/token_endpoint_auth_method", name, &names),
    }?;
    let encodings = [
        ("percent", BasicEncoding::Percent),
        ("raw", BasicEncoding::Raw),
    ];
    let given = form.basic_encoding.is_some();
    let encoding = fields.word("/basic_encoding", form.basic_encoding.take(), &encodings);
    if !basic && given {
        let detail = "no value is expected with `client_secret_post`, which has no encoding";
        fields.fault(
            "/basic_encoding",
            Invalid::new("not_with_this_method", detail),
        );
    }
    Some(if basic {
        AuthenticationMethod::ClientSecretBasic(encoding.unwrap_or_default())
    } else {
        AuthenticationMethod::ClientSecretPost
    })
}

/// The secret: a value, a reference, or the one that is kept.
pub(super) fn secret(
    fields: &mut Fields,
    form: &mut CredentialForm,
    kept: Kept,
) -> Option<SecretInput> {
    let words = [
        ("internal", Source::Internal),
        ("external", Source::External),
    ];
    let named = form.secret_source.is_some();
    let source = fields.word("/secret_source", form.secret_source.take(), &words);
    if named && source.is_none() {
        return None;
    }
    match (
        form.client_secret.take(),
        form.client_secret_reference.take(),
        source,
    ) {
        (Some(_), Some(_), _) => {
            let detail = "either a secret or a reference to one is expected, not both";
            fields.fault("/client_secret_reference", Invalid::new("not_both", detail));
            None
        }
        (Some(_), None, Some(Source::External)) => {
            let detail = "no value is expected with the secret source `external`, but `client_secret_reference`";
            fields.fault(
                "/client_secret",
                Invalid::new("not_with_this_source", detail),
            );
            None
        }
        (None, Some(_), Some(Source::Internal)) => {
            let detail =
                "no value is expected with the secret source `internal`, but `client_secret`";
            fields.fault(
                "/client_secret_reference",
                Invalid::new("not_with_this_source", detail),
            );
            None
        }
        (Some(secret), None, _) => internal(fields, secret),
        (None, Some(reference), _) => external(fields, reference).map(SecretInput::External),
        (None, None, source) => nothing_given(fields, source, kept),
    }
}

fn nothing_given(fields: &mut Fields, source: Option<Source>, kept: Kept) -> Option<SecretInput> {
    match (source, kept) {
        (_, Kept::Whatever)
        | (None, Kept::Internal | Kept::External)
        | (Some(Source::Internal), Kept::Internal)
        | (Some(Source::External), Kept::External) => Some(SecretInput::Keep),
        (Some(Source::External), _) => {
            let detail = "where the secret is, is expected: source and path";
            fields.fault("/client_secret_reference", Invalid::new("required", detail));
            None
        }
        _ => {
            fields.fault(
                "/client_secret",
                Invalid::new("required", "the client secret is expected"),
            );
            None
        }
    }
}

fn internal(fields: &mut Fields, secret: Secret<String>) -> Option<SecretInput> {
    let pointer = "/client_secret";
    let text = secret.expose();
    if text.is_empty() {
        fields.fault(
            pointer,
            Invalid::new("required", "the client secret is expected, it is empty"),
        );
        return None;
    }
    if text.len() > MOST_SECRET_BYTES {
        let detail = format!("a secret of at most {MOST_SECRET_BYTES} bytes is expected");
        fields.fault(pointer, Invalid::new("too_long", detail));
        return None;
    }
    if text.contains('\0') {
        fields.fault(
            pointer,
            Invalid::new("control_character", "a secret without NUL is expected"),
        );
        return None;
    }
    if text.trim().len() != text.len() {
        let detail = "the secret begins or ends with white space, which was kept";
        fields.notice(pointer, "white_space_kept", detail);
    }
    Some(SecretInput::Internal(secret))
}

fn external(fields: &mut Fields, form: SecretReferenceForm) -> Option<SecretReference> {
    let pointer = "/client_secret_reference";
    let source = fields.required(
        &format!("{pointer}/source"),
        form.source,
        SourceName::try_from,
    );
    let path = fields.required(&format!("{pointer}/path"), form.path, Ok);
    let reference = SecretReference {
        source: source?,
        path: path?,
        key: form.key.filter(|key| !key.is_empty()),
        version: form.version.filter(|version| !version.is_empty()),
    };
    match reference.check() {
        Ok(()) => Some(reference),
        Err((member, fault)) => {
            fields.fault(&format!("{pointer}{member}"), fault);
            None
        }
    }
}
