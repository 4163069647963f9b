//! The client side against the standards, section by section, and against what servers do.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod explanations;
mod fuzz_corpus;
mod provider_quirks;
mod quoting;
mod redaction;
mod rfc6749_2_3_1_client_password;
mod rfc6749_3_2_token_endpoint;
mod rfc6749_3_3_scope;
mod rfc6749_4_4_client_credentials;
mod rfc6749_5_1_successful_response;
mod rfc6749_5_2_error_response;
mod rfc6749_7_1_access_token_types;
mod rfc6750_3_authenticate_field;
mod rfc7519_4_1_claims;
mod rfc8414_2_metadata;
mod rfc8414_3_1_metadata_urls;
mod rfc8414_3_3_validation;
mod rfc8707_2_resource;
mod rfc9110_10_2_3_retry_after;
mod rfc9110_11_6_1_www_authenticate;
mod rfc9449_7_1_dpop_challenge;
mod support;
