//! table: Okta, from its list of error codes <https://developer.okta.com/docs/reference/error-codes/>
//! and what its authorization servers answer.

use super::{Explanation, Wording};

/// By number; these come from Okta's API layer, with `errorCode` in place of `error`.
pub(super) const CODES: &[Explanation] = &[
    Explanation {
        code: "E0000001",
        meaning: "Okta's check of the request failed",
        remedy: "look at the description, and at extra parameters",
    },
    Explanation {
        code: "E0000003",
        meaning: "the body of the request was not understood",
        remedy: "see that the address is a token endpoint, `/oauth2/AUTHORIZATION_SERVER/v1/token`",
    },
    Explanation {
        code: "E0000004",
        meaning: "authentication failed",
        remedy: "compare client id and secret with the app in the admin console",
    },
    Explanation {
        code: "E0000006",
        meaning: "the client may not do this",
        remedy: "let an administrator grant the app what it needs",
    },
    Explanation {
        code: "E0000007",
        meaning: "there is no such authorization server",
        remedy: "check the authorization server's id in the token endpoint, such as `default`",
    },
    Explanation {
        code: "E0000008",
        meaning: "there is nothing at this path",
        remedy: "use a token endpoint, `/oauth2/AUTHORIZATION_SERVER/v1/token`",
    },
    Explanation {
        code: "E0000009",
        meaning: "a fault of Okta itself",
        remedy: "wait, then ask again",
    },
    Explanation {
        code: "E0000010",
        meaning: "Okta is in read-only mode",
        remedy: "wait, then ask again",
    },
    Explanation {
        code: "E0000015",
        meaning: "the organization has not this feature",
        remedy: "custom authorization servers need API Access Management; ask Okta's administrator",
    },
    Explanation {
        code: "E0000022",
        meaning: "the address does not take POST",
        remedy: "use a token endpoint, `/oauth2/AUTHORIZATION_SERVER/v1/token`",
    },
    Explanation {
        code: "E0000047",
        meaning: "too many requests",
        remedy: "wait; see whether something else uses the same organization's limit",
    },
];

/// By what the authorization server writes.
pub(super) const WORDINGS: &[Wording] = &[
    Wording {
        error: "invalid_request",
        words: "cannot supply multiple client credentials",
        explanation: Explanation {
            code: "multiple_client_credentials",
            meaning: "client credentials came in more than one place",
            remedy: "remove extra parameters and headers that repeat the client id or secret; \
                     grantd itself sends them once",
        },
    },
    Wording {
        error: "invalid_client",
        words: "private_key_jwt",
        explanation: Explanation {
            code: "private_key_jwt",
            meaning: "Okta's org authorization server takes no client secret for this grant",
            remedy: "use a custom authorization server, `/oauth2/default/v1/token`, or register a \
                     public key for the app",
        },
    },
    Wording {
        error: "invalid_scope",
        words: "not configured for the authorization server",
        explanation: Explanation {
            code: "invalid_scope",
            meaning: "the authorization server does not know one of the scopes",
            remedy: "add the scope under Security, API, the authorization server, Scopes; `openid` \
                     and the like are not for this grant",
        },
    },
    Wording {
        error: "access_denied",
        words: "policy evaluation failed",
        explanation: Explanation {
            code: "access_denied",
            meaning: "no access policy of the authorization server lets this client have the scopes",
            remedy: "add a policy and a rule with the grant Client Credentials for this app",
        },
    },
];
