//! table: answers without an error code, told by their kind.

use super::Explanation;

/// By kind of answer; the codes are grantd's own.
pub(super) const ANSWERS: &[Explanation] = &[
    Explanation {
        code: "empty_refusal",
        meaning: "the authorization server refused without a reason; most often the secret is wrong",
        remedy: "compare client id and secret; then try Basic raw in place of percent-encoded, or \
                 the credentials in the body",
    },
    Explanation {
        code: "page_refusal",
        meaning: "a page for people came back; a gateway or firewall in between may have refused",
        remedy: "check the token endpoint, and whether a gateway lets this machine through",
    },
    Explanation {
        code: "page",
        meaning: "a page for people came back where a token was expected",
        remedy: "check the token endpoint: a sign-in page means another address, an error page a \
                 gateway or firewall in between",
    },
    Explanation {
        code: "empty_body",
        meaning: "the answer is a success without any content",
        remedy: "check the token endpoint, and whether a gateway in between answers for it",
    },
    Explanation {
        code: "invalid_client",
        meaning: "the authorization server did not accept the client",
        remedy: "compare client id and secret; then try the other of Basic and body",
    },
    Explanation {
        code: "access_denied",
        meaning: "the authorization server, or a gateway before it, denies access",
        remedy: "ask its administrator whether this client and this machine's address are allowed",
    },
    Explanation {
        code: "no_such_endpoint",
        meaning: "there is no token endpoint at this address",
        remedy: "copy the token endpoint again from the provider's documentation or its metadata \
                 document, tenant and realm included",
    },
    Explanation {
        code: "redirected",
        meaning: "the token endpoint redirects; following would send the secret elsewhere",
        remedy: "enter the address that it leads to if that is the token endpoint; a sign-in page \
                 means a wrong address",
    },
    Explanation {
        code: "unsupported_token_type",
        meaning: "the token is of a type that grantd does not know how to use (RFC 6749 section 7.1)",
        remedy: "configure the client at the authorization server for Bearer tokens",
    },
    Explanation {
        code: "no_access_token",
        meaning: "the answer is a success without `access_token`",
        remedy: "check the token endpoint; some providers name the token otherwise, which the \
                 member names in the answer show",
    },
    Explanation {
        code: "unsendable_token",
        meaning: "the token has control characters or letters that no token has; in a header it \
                  would be cut off, or begin another field",
        remedy: "do not use it; check the token endpoint, and whether a gateway in between answers \
                 for it",
    },
    Explanation {
        code: "repeated_member",
        meaning: "the answer says something twice, so that programs may read it in different ways",
        remedy: "check the token endpoint, and whether a gateway in between alters its answers",
    },
    Explanation {
        code: "unreadable_body",
        meaning: "the answer is neither JSON nor a form",
        remedy: "check the token endpoint, and whether a gateway in between answers for it",
    },
    Explanation {
        code: "too_large",
        meaning: "the answer is larger than any token response, 1 MiB",
        remedy: "check the token endpoint; a download or a page has been reached",
    },
    Explanation {
        code: "rate_limited",
        meaning: "the authorization server has had too many requests",
        remedy: "wait, then ask again, not before the time that the server names",
    },
    Explanation {
        code: "server_error",
        meaning: "the authorization server, or a gateway before it, is in trouble",
        remedy: "wait, then ask again; some servers also answer so to a wrong secret",
    },
];
