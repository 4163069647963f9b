//! table: Active Directory Federation Services, by what its servers answer at the token endpoint.

use super::Explanation;

/// By number.
pub(super) const CODES: &[Explanation] = &[
    Explanation {
        code: "MSIS9692",
        meaning: "the credentials in the Authorization header are not encoded as expected",
        remedy: "choose percent-encoded Basic, not raw, or send the credentials in the body",
    },
    Explanation {
        code: "MSIS9622",
        meaning: "the client's credentials were not accepted",
        remedy: "compare the secret with that of the server application in its application group, \
                 or reset it there",
    },
    Explanation {
        code: "MSIS9607",
        meaning: "no client with this id is registered",
        remedy: "compare the client id with the client identifier in the application group",
    },
    Explanation {
        code: "MSIS9605",
        meaning: "the client may not access the resource",
        remedy: "grant it with Grant-AdfsApplicationPermission, or under Client Permissions of the \
                 Web API in the application group",
    },
    Explanation {
        code: "MSIS9321",
        meaning: "the client is forbidden to access the resource",
        remedy: "grant it with Grant-AdfsApplicationPermission, or under Client Permissions of the \
                 Web API in the application group",
    },
    Explanation {
        code: "MSIS9602",
        meaning: "no resource with this identifier is registered",
        remedy: "set the resource to an identifier of the Web API in the application group, letter \
                 by letter",
    },
    Explanation {
        code: "MSIS9329",
        meaning: "the resource is no registered relying party",
        remedy: "set the resource to an identifier of the relying party, letter by letter",
    },
    Explanation {
        code: "MSIS9604",
        meaning: "the server could not fulfil the request, for a fault of its own or of its rules",
        remedy: "let its administrator look at the AD FS event log, most often at a rule that issues \
                 claims for this client",
    },
    Explanation {
        code: "MSIS9611",
        meaning: "the server supports other grants only",
        remedy: "the client credentials grant needs AD FS of Windows Server 2016 or newer, and a \
                 server application in an application group",
    },
];
