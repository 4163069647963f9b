//! Everything as a document, to be kept.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::console::failed::Failed;
use crate::console::visit::Visit;
use crate::document::{self, LeftOut};
use crate::document_text::to_toml;

/// `GET /console/export`
pub(super) async fn download(visit: Visit) -> Result<Response, Failed> {
    let exported = visit.app.engine.export(visit.actor()).await?;
    let as_json = visit.query.get("form") == "json";
    let document = document::written(&exported, LeftOut::Nothing);
    let (kind, name, text) = if as_json {
        (
            "application/json",
            "attachment; filename=\"grantd.json\"",
            format!("{document:#}\n"),
        )
    } else {
        (
            "application/toml",
            "attachment; filename=\"grantd.toml\"",
            to_toml(&document),
        )
    };
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], text).into_response())
}
