//! A backup, as a download.

use axum::response::Response;

use crate::api::backups;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::visit::Visit;

/// `POST /console/backup`
pub(super) async fn create(visit: Visit, _: Form) -> Result<Response, Failed> {
    let app = &visit.app;
    let version = &app.settings.installation.version;
    let backup = app.engine.create_backup(visit.actor(), version).await?;
    Ok(backups::create::answer(backup))
}
