//! An alert as it is told, for the document of the API; `docs/schemas/alert-v1.json` says the same of webhooks.

use utoipa::ToSchema;

/// An alert.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of AlertMessage")]
pub(crate) struct AlertMessageOut {
    /// What happened.
    #[schema(example = "credential.failing")]
    r#type: String,
    /// When it was noticed.
    timestamp: String,
    /// The rest.
    data: AlertDataOut,
}

/// What an alert tells; what does not apply is left out.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of AlertData")]
pub(crate) struct AlertDataOut {
    /// One line for people.
    summary: String,
    /// Whose alert it is.
    installation: AlertInstallationOut,
    /// What it is of.
    #[schema(required = false)]
    object: AlertedObjectOut,
    /// Since when it does not work, or did not work.
    #[schema(required = false)]
    since: String,
    /// What kind of failure it is.
    #[schema(required = false, example = "invalid_client")]
    class: String,
    /// What happened, for people.
    #[schema(required = false)]
    detail: String,
    /// What can be done.
    #[schema(required = false)]
    remedy: String,
    /// How often in a row it failed.
    #[schema(required = false)]
    times: u64,
    /// How often it began to fail since the last alert of this cause without being told.
    untold: u64,
    /// When the secret ends.
    #[schema(required = false)]
    secret_expires_at: String,
    /// How long mail waits, in seconds.
    #[schema(required = false)]
    lag_s: u64,
    /// How many mails were given up and wait for somebody.
    #[schema(required = false)]
    given_up: u64,
    /// How many alerts this one stands for.
    #[schema(required = false)]
    many: u64,
    /// One line for each of the first of them.
    #[schema(required = false)]
    summaries: Vec<String>,
}

/// Whose alert it is.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of InstallationTold")]
pub(crate) struct AlertInstallationOut {
    /// What the operator calls it.
    #[schema(required = false, example = "production")]
    badge: String,
    /// Where its console is.
    #[schema(required = false)]
    url: String,
}

/// What an alert is of.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of AlertedObject")]
pub(crate) struct AlertedObjectOut {
    /// `credential`, `listener` or `source`.
    #[schema(example = "credential")]
    kind: String,
    /// Its id; absent for a secret source.
    #[schema(required = false)]
    id: String,
    /// Its slug; of a secret source its name.
    slug: String,
    /// What people call it.
    name: String,
    /// Its page in the console.
    #[schema(required = false)]
    url: String,
}
