//! table: the error codes of the standards: RFC 6749 sections 5.2 and 4.1.2.1, RFC 8707 section 2,
//! and what servers send beside them.

use super::Explanation;

/// By `error`.
pub(super) const CODES: &[Explanation] = &[
    Explanation {
        code: "invalid_client",
        meaning: "the authorization server does not know the client, or its secret is wrong, or it \
                  wants another authentication method",
        remedy: "compare client id and secret; then try the other of Basic and body; a server that \
                 never decodes Basic needs it raw",
    },
    Explanation {
        code: "unauthorized_client",
        meaning: "the client is known and may not use the client credentials grant",
        remedy: "allow this grant in the client's registration at the authorization server",
    },
    Explanation {
        code: "unsupported_grant_type",
        meaning: "the authorization server does not offer the client credentials grant here",
        remedy: "check the token endpoint, and whether the server offers this grant at all",
    },
    Explanation {
        code: "invalid_grant",
        meaning: "the authorization server does not accept the grant",
        remedy: "look at the description; often the client has no account to run as",
    },
    Explanation {
        code: "invalid_scope",
        meaning: "a scope is unknown, malformed, or more than the client may have",
        remedy: "compare each scope with the client's registration; upper and lower case count",
    },
    Explanation {
        code: "invalid_target",
        meaning: "the resource or audience is unknown, malformed or not for this client (RFC 8707)",
        remedy: "compare resource and audience with what the API is registered as, letter by letter",
    },
    Explanation {
        code: "invalid_resource",
        meaning: "the resource does not exist, or is not known in this tenant",
        remedy: "compare the resource, or what the scope begins with, with how the API is registered",
    },
    Explanation {
        code: "invalid_request",
        meaning: "a parameter is missing, not known, repeated or malformed",
        remedy: "look at the description; often the server wants the credentials in the body in \
                 place of Basic, or a `resource` or `audience`",
    },
    Explanation {
        code: "access_denied",
        meaning: "a rule of the authorization server denies the token",
        remedy: "ask its administrator which policy applies to this client",
    },
    Explanation {
        code: "temporarily_unavailable",
        meaning: "the authorization server is overloaded or under maintenance",
        remedy: "wait, then ask again",
    },
    Explanation {
        code: "server_error",
        meaning: "the authorization server met a fault of its own",
        remedy: "wait, then ask again",
    },
    Explanation {
        code: "slow_down",
        meaning: "the authorization server asks for fewer requests",
        remedy: "wait, then ask again",
    },
    Explanation {
        code: "use_dpop_nonce",
        meaning: "the authorization server wants a proof of possession (RFC 9449)",
        remedy: "switch off the demand for DPoP in the client's registration",
    },
    Explanation {
        code: "invalid_dpop_proof",
        meaning: "the authorization server wants a proof of possession (RFC 9449)",
        remedy: "switch off the demand for DPoP in the client's registration",
    },
    Explanation {
        code: "incorrect_client_credentials",
        meaning: "client id or secret are wrong",
        remedy: "copy both again from the application's settings",
    },
];
