//! table: Keycloak, by what its token endpoint writes.

use super::{Explanation, Wording};

/// By what the authorization server writes.
pub(super) const WORDINGS: &[Wording] = &[
    Wording {
        error: "unauthorized_client",
        words: "not enabled to retrieve service account",
        explanation: Explanation {
            code: "unauthorized_client",
            meaning: "the client has no service account",
            remedy: "switch on Client authentication and Service accounts roles in the client's \
                     settings",
        },
    },
    Wording {
        error: "unauthorized_client",
        words: "invalid client or invalid client credentials",
        explanation: Explanation {
            code: "unauthorized_client",
            meaning: "client id or secret are wrong",
            remedy: "copy the secret again from the client's Credentials, and check the realm in \
                     the token endpoint",
        },
    },
    Wording {
        error: "invalid_client",
        words: "invalid client or invalid client credentials",
        explanation: Explanation {
            code: "invalid_client",
            meaning: "client id or secret are wrong",
            remedy: "copy the secret again from the client's Credentials, and check the realm in \
                     the token endpoint",
        },
    },
];
