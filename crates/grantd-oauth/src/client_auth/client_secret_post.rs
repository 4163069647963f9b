//! `client_secret_post`: id and secret in the body (RFC 6749 section 2.3.1).

use grantd_model::{ClientId, Secret};

use crate::form::Form;

/// Puts both into the form, never into the URL.
pub(crate) fn push<'a>(form: &mut Form<'a>, client_id: &'a ClientId, secret: &'a Secret<String>) {
    form.push("client_id", client_id.as_str());
    form.push("client_secret", secret.expose());
}
