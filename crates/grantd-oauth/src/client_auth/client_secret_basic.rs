//! `client_secret_basic`: id and secret in the Authorization header (RFC 6749 section 2.3.1).

use data_encoding::BASE64;
use grantd_model::{BasicEncoding, ClientId, Secret};

use crate::form::{encode_into, encoded_len};
use crate::token_request::BuildError;

const SCHEME: &str = "Basic ";

/// The value of the header.
pub(crate) fn authorization(
    client_id: &ClientId,
    secret: &Secret<String>,
    encoding: BasicEncoding,
) -> Result<Secret<String>, BuildError> {
    let credentials = credentials(client_id.as_str(), secret.expose(), encoding)?;
    let length = BASE64.encode_len(credentials.expose().len());
    // Filled without growing: a buffer that moves leaves a copy behind.
    let mut value = String::with_capacity(SCHEME.len() + length);
    value.push_str(SCHEME);
    BASE64.encode_append(credentials.expose(), &mut value);
    Ok(Secret::new(value))
}

/// `id:secret`, each encoded.
fn credentials(
    id: &str,
    secret: &str,
    encoding: BasicEncoding,
) -> Result<Secret<Vec<u8>>, BuildError> {
    let mut buffer = Vec::with_capacity(encoded_len(id) + 1 + encoded_len(secret));
    match encoding {
        BasicEncoding::Percent => {
            encode_into(id, &mut buffer);
            buffer.push(b':');
            encode_into(secret, &mut buffer);
        }
        BasicEncoding::Raw => {
            if id.contains(':') {
                return Err(BuildError::ColonInClientId);
            }
            buffer.extend_from_slice(id.as_bytes());
            buffer.push(b':');
            buffer.extend_from_slice(secret.as_bytes());
        }
    }
    Ok(Secret::new(buffer))
}
