//! grantd as a token endpoint, a file for each section of a standard.

mod rfc6749_2_3_1_client_password;
mod rfc6749_3_2_token_endpoint;
mod rfc6749_3_3_scope;
mod rfc6749_4_4_client_credentials;
mod rfc6749_5_1_successful_response;
mod rfc6749_5_2_error_response;
mod rfc8414_3_metadata;
mod stage;
mod upstream;

use stage::{PATH, Stage};
