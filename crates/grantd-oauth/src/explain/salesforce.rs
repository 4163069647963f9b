//! table: Salesforce, by what its token endpoint writes.

use super::{Explanation, Wording};

/// By what the authorization server writes.
pub(super) const WORDINGS: &[Wording] = &[
    Wording {
        error: "invalid_grant",
        words: "no client credentials user enabled",
        explanation: Explanation {
            code: "invalid_grant",
            meaning: "the app has no user to run as",
            remedy: "set Run As under Client Credentials Flow in the app's policies",
        },
    },
    Wording {
        error: "invalid_grant",
        words: "request not supported on this domain",
        explanation: Explanation {
            code: "invalid_grant",
            meaning: "this host does not serve the client credentials grant",
            remedy: "use your own domain, `https://MYDOMAIN.my.salesforce.com/services/oauth2/token`, \
                     not login or test",
        },
    },
];
