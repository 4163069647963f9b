//! `GetAttachment`: one attachment, its content apart.

use super::super::xml::escape;

/// Elements whose text is the content: of a file, or of a mail as MIME.
pub const CONTENT: &[&str] = &["Content", "MimeContent"];

/// Asks for one; a mail comes as MIME.
#[must_use]
pub fn request(id: &str) -> String {
    format!(
        "<m:GetAttachment><m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent>\
         </m:AttachmentShape><m:AttachmentIds><t:AttachmentId Id=\"{}\"/></m:AttachmentIds>\
         </m:GetAttachment>",
        escape(id)
    )
}
