//! table: Google, by what its token endpoint writes.

use super::{Explanation, Wording};

const NO_CLIENT_CREDENTIALS: Explanation = Explanation {
    code: "unsupported_grant_type",
    meaning: "Google's token endpoint has no client credentials grant",
    remedy: "Google's service accounts authenticate with a signed assertion (RFC 7523), which needs \
             another kind of credential",
};

/// By what the authorization server writes.
pub(super) const WORDINGS: &[Wording] = &[
    Wording {
        error: "unsupported_grant_type",
        words: "invalid grant_type",
        explanation: NO_CLIENT_CREDENTIALS,
    },
    Wording {
        error: "invalid_client",
        words: "the oauth client was not found",
        explanation: Explanation {
            code: "invalid_client",
            meaning: "no client with this id exists",
            remedy: "copy the client id again from the Google Cloud console, and see that it was \
                     not deleted",
        },
    },
];
