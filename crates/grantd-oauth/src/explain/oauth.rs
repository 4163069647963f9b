//! table: the error codes of the standards: RFC 6749 sections 5.2 and 4.1.2.1, RFC 6750 section 3.1,
//! RFC 8707 section 2, RFC 9396 section 5, and what servers send beside them.

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
    Explanation {
        code: "invalid_client_credentials",
        meaning: "client id or secret are wrong",
        remedy: "copy both again from the application's settings",
    },
    Explanation {
        code: "invalid_client_id",
        meaning: "the authorization server does not know the client id",
        remedy: "copy the client id again from the application's settings; a new client can take minutes to \
                 be known",
    },
    Explanation {
        code: "disabled_client",
        meaning: "the client is disabled",
        remedy: "enable it where it is registered, or ask who disabled it",
    },
    Explanation {
        code: "deleted_client",
        meaning: "the client was deleted",
        remedy: "register it again, and enter the new client id and secret here",
    },
    Explanation {
        code: "too_many_requests",
        meaning: "the authorization server has had too many requests",
        remedy: "wait; see whether something else asks for tokens with the same client",
    },
    Explanation {
        code: "invalid_authorization_details",
        meaning: "`authorization_details` are malformed, unknown or not for this client (RFC 9396)",
        remedy: "correct or remove the extra parameter `authorization_details`",
    },
    Explanation {
        code: "invalid_token",
        meaning: "a token that was shown is expired, revoked or malformed (RFC 6750)",
        remedy: "ask for a new one; of a new one compare issuer and audience with what the API expects",
    },
    Explanation {
        code: "insufficient_scope",
        meaning: "the token lacks a scope that is needed (RFC 6750)",
        remedy: "add the scope that the challenge names, at the authorization server and here",
    },
];
