//! table: Auth0, by what its token endpoint writes.

use super::{Explanation, Wording};

/// By what the authorization server writes.
pub(super) const WORDINGS: &[Wording] = &[
    Wording {
        error: "access_denied",
        words: "client is not authorized to access",
        explanation: Explanation {
            code: "access_denied",
            meaning: "the application is not authorized for the API that the audience names",
            remedy: "authorize it under Applications, APIs, the API, Machine to Machine \
                     Applications, with the scopes it needs",
        },
    },
    Wording {
        error: "access_denied",
        words: "service not enabled within domain",
        explanation: Explanation {
            code: "access_denied",
            meaning: "no API with this audience exists in the tenant",
            remedy: "set the audience to the API's identifier, letter by letter, a slash at the end \
                     included",
        },
    },
    Wording {
        error: "access_denied",
        words: "service not found",
        explanation: Explanation {
            code: "access_denied",
            meaning: "no API with this audience exists in the tenant",
            remedy: "set the audience to the API's identifier, letter by letter, a slash at the end \
                     included",
        },
    },
    Wording {
        error: "access_denied",
        words: "client has not been granted scopes",
        explanation: Explanation {
            code: "access_denied",
            meaning: "the application is authorized for the API, not for all of the scopes",
            remedy: "choose the scopes under Applications, APIs, the API, Machine to Machine \
                     Applications, or ask for fewer",
        },
    },
    Wording {
        error: "access_denied",
        words: "no audience parameter was provided",
        explanation: Explanation {
            code: "access_denied",
            meaning: "no audience was sent, and the tenant has no default",
            remedy: "set the audience to the API's identifier",
        },
    },
    Wording {
        error: "access_denied",
        words: "unauthorized",
        explanation: Explanation {
            code: "access_denied",
            meaning: "most likely client id or secret are wrong",
            remedy: "copy both again from the application's settings, and see that it is of the type \
                     Machine to Machine",
        },
    },
    Wording {
        error: "unauthorized_client",
        words: "grant type 'client_credentials' not allowed",
        explanation: Explanation {
            code: "unauthorized_client",
            meaning: "the application may not use the client credentials grant",
            remedy: "enable it under the application's Advanced Settings, Grant Types",
        },
    },
];
