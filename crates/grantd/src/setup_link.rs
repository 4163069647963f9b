//! The link by which the first admin gets into the console: in a file that whoever may read the state
//! folder can open, and in no log.

use std::time::Duration;

use grantd_engine::Engine;
use grantd_model::{Actor, ErrorKind, Secret};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::files;
use crate::state_folder::StatePaths;

/// How often it is looked whether there is an admin by now.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Removes the file once the link in it is of no use, or grantd ends: the next start writes another one.
pub(crate) async fn remove_when_over(
    engine: &Engine,
    code: Option<&Secret<String>>,
    paths: &StatePaths,
    shutdown: &CancellationToken,
) {
    let path = paths.setup_link();
    let Some(code) = code else { return };
    let is_over = async {
        loop {
            // used, followed by another one, or at its end; what can not be read now is looked at again
            match engine.open_link(code.expose()).await {
                Err(error) if error.kind() == ErrorKind::Unauthenticated => return,
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = is_over => {}
    }
    if let Err(error) = files::remove_if_present(&path) {
        tracing::warn!(path = %path.display(), %error, "a link that is over stays there");
    }
}

/// Writes a link where nobody can sign in and administer yet, and returns its code; removes an earlier one
/// else.
///
/// # Errors
/// When none can be made, or the file can not be written or removed.
pub(crate) async fn ensure(
    engine: &Engine,
    paths: &StatePaths,
    base: &str,
) -> Result<Option<Secret<String>>, Failure> {
    let path = paths.setup_link();
    let refused =
        |error: &dyn std::fmt::Display| Failure::refused(format!("{}: {error}", path.display()));
    let link = engine.create_setup_link(&Actor::System).await;
    let Some(link) = link.map_err(|error| refused(&error))? else {
        files::remove_if_present(&path).map_err(|error| refused(&error))?;
        return Ok(None);
    };
    let base = base.trim_end_matches('/');
    let text = Secret::new(format!("{base}/console/link#{}\n", link.code.expose()));
    files::write_private(&path, text.expose()).map_err(|error| refused(&error))?;
    tracing::info!(
        path = %path.display(),
        "nobody can sign in at the console yet; the file holds a link for the first admin, good for \
         15 minutes. `grantd user setup` prints another one"
    );
    Ok(Some(link.code))
}
