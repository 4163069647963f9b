//! `DeleteItem`.

use grantd_model::listener::{DeleteTo, ExchangeVersion};

/// Asks for it; their senders get no receipt where the server knows how.
#[must_use]
pub fn request(items: &[String], to: DeleteTo, version: ExchangeVersion) -> String {
    let kind = match to {
        DeleteTo::DeletedItems => "MoveToDeletedItems",
        DeleteTo::Recoverable => "SoftDelete",
        DeleteTo::Nowhere => "HardDelete",
    };
    let receipts = if version >= ExchangeVersion::Exchange2013 {
        " SuppressReadReceipts=\"true\""
    } else {
        ""
    };
    format!(
        "<m:DeleteItem DeleteType=\"{kind}\"{receipts}><m:ItemIds>{}</m:ItemIds></m:DeleteItem>",
        super::item_ids(items)
    )
}
