//! What a sealed value is bound to.

use grantd_model::Origin;

/// The place of a sealed value. A value opens only with the place it was sealed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The id of the row.
    pub row: String,
    /// The field in it.
    pub field: String,
    /// The version of the value.
    pub version: u32,
    /// The origin of the token endpoint that the value may be sent to.
    pub origin: Option<Origin>,
}

impl Place {
    /// The bytes that are authenticated beside the ciphertext: each part with its length before it,
    /// so that no two places give the same bytes.
    pub(super) fn associated_data(&self, installation: &str) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let origin = self.origin.as_ref().map_or("", Origin::as_str);
        let parts: [&[u8]; 6] = [
            installation.as_bytes(),
            self.table.as_bytes(),
            self.row.as_bytes(),
            self.field.as_bytes(),
            &version,
            origin.as_bytes(),
        ];
        let mut data = Vec::new();
        for part in parts {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part);
        }
        data
    }
}
