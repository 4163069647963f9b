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
    Wording {
        error: "invalid_client",
        words: "client secret is invalid",
        explanation: Explanation {
            code: "invalid_client",
            meaning: "the client secret is wrong",
            remedy: "copy the client secret again from the Google Cloud console",
        },
    },
    Wording {
        error: "unauthorized_client",
        words: "unauthorized to retrieve access tokens",
        explanation: Explanation {
            code: "unauthorized_client",
            meaning: "the service account may not act for users of this domain, or not with these \
                      scopes",
            remedy: "add its client id with each scope, letter by letter, under domain-wide delegation \
                     in the Admin console",
        },
    },
    Wording {
        error: "invalid_grant",
        words: "invalid jwt signature",
        explanation: Explanation {
            code: "invalid_grant",
            meaning: "the assertion's signature is not valid; often the service account's key was \
                      deleted or disabled",
            remedy: "make a new key for the service account, and enter it here",
        },
    },
    Wording {
        error: "invalid_grant",
        words: "must be a short-lived token",
        explanation: Explanation {
            code: "invalid_grant",
            meaning: "the assertion's times are not acceptable; most often a clock is wrong",
            remedy: "set this machine's clock right",
        },
    },
    Wording {
        error: "invalid_grant",
        words: "account not found",
        explanation: Explanation {
            code: "invalid_grant",
            meaning: "the service account does not exist, or is deleted",
            remedy: "compare its address with the Google Cloud console",
        },
    },
];
