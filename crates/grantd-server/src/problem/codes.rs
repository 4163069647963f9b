//! The registry of problem codes: each with its status and its title, and a page in the book.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:literal, $title:literal;)*) => {
        /// What kind of problem it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemCode { $($(#[$doc])* $variant,)* }

        /// All codes.
        pub const CODES: &[ProblemCode] = &[$(ProblemCode::$variant,)*];

        impl ProblemCode {
            /// The last part of its `type`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status code that it comes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// What it is called.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// The body can not be read, or holds a member that is not known.
    UnreadableRequest = "unreadable_request", 400, "The request can not be read";
    /// No valid API key.
    Unauthenticated = "unauthenticated", 401, "No valid API key was shown";
    /// A grant is missing.
    Forbidden = "forbidden", 403, "A grant is missing";
    /// Nothing there, or nothing that the caller may see.
    NotFound = "not_found", 404, "There is no such thing";
    /// Not possible at this address.
    MethodNotAllowed = "method_not_allowed", 405, "Not possible at this address";
    /// The credential is disabled.
    CredentialDisabled = "credential_disabled", 409, "The credential is disabled";
    /// Changed while its token was requested.
    ChangedMeanwhile = "changed_meanwhile", 409, "The credential was changed in between";
    /// A first admin is not wanted any more.
    AlreadySetUp = "already_set_up", 409, "Somebody can administer already";
    /// Something else needs it.
    InUse = "in_use", 409, "Something else uses it";
    /// Another revision than the current one was given.
    Stale = "stale", 412, "The revision is not the current one";
    /// The plan is not the one that was shown.
    PlanOutdated = "plan_outdated", 412, "The plan is out of date";
    /// The body is too large.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The body is not JSON by its Content-Type.
    UnsupportedMediaType = "unsupported_media_type", 415, "The Content-Type is not supported";
    /// The request came for a host that is not served.
    HostNotAllowed = "host_not_allowed", 421, "The host is not allowed";
    /// Values are wrong.
    ValidationFailed = "validation_failed", 422, "Values are wrong";
    /// If-Match is missing.
    PreconditionRequired = "precondition_required", 428, "If-Match is expected";
    /// A limit of grantd is reached.
    TooManyRequests = "too_many_requests", 429, "A limit is reached";
    /// The sealed secret can not be opened.
    SealBroken = "seal_broken", 500, "A sealed value can not be opened";
    /// A fault of grantd.
    Internal = "internal", 500, "grantd failed";
    /// The authorization server refused.
    AuthorizationServerRefused =
        "authorization_server_refused", 502, "The authorization server refused";
    /// The authorization server answered something that is no token response.
    AuthorizationServerMisbehaved =
        "authorization_server_misbehaved", 502, "The authorization server gave no token response";
    /// The egress guard forbids the address.
    EgressRefused = "egress_refused", 502, "The egress policy does not allow the address";
    /// The external secret was not read.
    SecretSourceFailed = "secret_source_failed", 502, "The external secret was not read";
    /// No connection, no TLS or no answer in time.
    Unreachable = "unreachable", 503, "The authorization server was not reached";
    /// The authorization server asks to wait.
    RateLimited = "rate_limited", 503, "The authorization server asks to wait";
    /// The store can not be used now.
    StoreFailed = "store_failed", 503, "The store can not be used now";
}
