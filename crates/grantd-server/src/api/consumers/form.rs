//! A consumer as the API takes one.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use crate::credential_form::ParameterForm;

/// An HTTP consumer. What is left out has its default.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of ConsumerDraft")]
#[schema(example = json!({"name": "CRM", "credential": "crm", "base_url": "https://api.crm.example/v2",
    "headers": [{"name": "x-api-key", "value": "the key that the service gave"}],
    "methods": ["GET", "POST"], "paths": ["/customers"]}))]
pub(crate) struct ConsumerForm {
    /// What people call it: 1 to 120 characters, unique without regard to case.
    #[schema(example = "CRM")]
    name: String,
    /// What it is for.
    #[schema(required = false)]
    description: String,
    /// What it is sorted and granted by.
    #[schema(required = false)]
    labels: BTreeMap<String, String>,
    /// Slug or id of the credential whose tokens it sends.
    #[schema(example = "crm")]
    credential: String,
    /// A part of the credential's scopes, divided by spaces; all of them if empty.
    #[schema(required = false)]
    scope: String,
    /// Where the service is: https, or http on this machine. The credential has to be bound to its host.
    #[schema(example = "https://api.crm.example/v2")]
    base_url: String,
    /// Where it is connected to instead, as `host:port`: at most 32. The credential has to be bound to
    /// these hosts too.
    #[schema(required = false, max_items = 32)]
    addresses: Vec<String>,
    /// PEM certificates of the only authorities trusted for the service.
    ca_bundle: Option<String>,
    /// `negotiated`, `http1` or `http2`.
    #[schema(required = false, example = "negotiated")]
    http: String,
    /// The header that the token goes into.
    #[schema(required = false, example = "authorization")]
    token_header: String,
    /// What stands before the token; empty for the token alone.
    #[schema(required = false, example = "Bearer")]
    token_prefix: String,
    /// Headers that are set in each request: at most 32; secret unless said otherwise.
    #[schema(required = false, max_items = 32)]
    headers: Vec<ParameterForm>,
    /// Headers of the caller that do not travel on: at most 32.
    #[schema(required = false, max_items = 32)]
    remove_headers: Vec<String>,
    /// Names by which it is reached, besides its path: at most 32, each of one consumer.
    #[schema(required = false, max_items = 32)]
    hosts: Vec<String>,
    /// Who may send requests: `api_key`, or `loopback` for programs on this machine too, without a key.
    #[schema(required = false, example = "api_key")]
    callers: String,
    /// The methods that are let through: at most 32; all if empty.
    #[schema(required = false, max_items = 32)]
    methods: Vec<String>,
    /// What the path behind the base URL begins with, in whole segments: at most 32; anything if empty.
    #[schema(required = false, max_items = 32)]
    paths: Vec<String>,
    /// Whether cookies travel on.
    #[schema(required = false)]
    cookies: bool,
    /// Whether connections may be upgraded, as for WebSocket.
    #[schema(required = false)]
    upgrades: bool,
    /// By what an answer is known to say that the token is of no use; all that is set must fit.
    #[schema(required = false)]
    rejected: RejectedForm,
    /// The largest body that is kept to be sent again, in bytes.
    #[schema(required = false, maximum = 1_048_576, example = 65536)]
    replay_bytes: u64,
    /// How long things may take.
    #[schema(required = false)]
    timeouts: ConsumerTimeoutsForm,
    /// How much may go through; without a limit where none is set.
    #[schema(required = false)]
    limits: ConsumerLimitsForm,
}

/// By what a token of no use is known.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of RejectedDraft")]
pub(crate) struct RejectedForm {
    /// The statuses of the answer: 1 to 8.
    #[schema(required = false, min_items = 1, max_items = 8, example = json!([401]))]
    statuses: Vec<u16>,
    /// A header of the answer.
    header: Option<RejectedHeaderForm>,
    /// What the body, of at most 64 KiB, holds.
    body: Option<String>,
}

/// A header of an answer.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of RejectedHeaderDraft")]
pub(crate) struct RejectedHeaderForm {
    /// Its name.
    #[schema(example = "www-authenticate")]
    name: String,
    /// What it holds, without regard to case.
    #[schema(example = "invalid_token")]
    contains: String,
}

/// How long things may take, in seconds.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    clippy::struct_field_names,
    reason = "documents the JSON form of TimeoutsDraft"
)]
pub(crate) struct ConsumerTimeoutsForm {
    /// Until the connection stands, TLS included.
    #[schema(required = false, minimum = 1, maximum = 60, example = 5)]
    connect_s: u64,
    /// From the request until the header of the answer.
    #[schema(required = false, minimum = 1, maximum = 3600, example = 60)]
    answer_s: u64,
    /// Between two pieces of a body, and of an upgraded connection.
    #[schema(required = false, minimum = 1, maximum = 86400, example = 300)]
    idle_s: u64,
}

/// How much may go through.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of LimitsDraft")]
pub(crate) struct ConsumerLimitsForm {
    /// Requests each second over a while.
    #[schema(minimum = 1, maximum = 1_000_000)]
    requests_per_second: Option<u64>,
    /// Requests that may come at once beyond that; a second's worth if absent.
    #[schema(minimum = 1, maximum = 1_000_000)]
    burst: Option<u64>,
    /// Requests that are under way at once.
    #[schema(minimum = 1, maximum = 1_000_000)]
    concurrent: Option<u64>,
}
