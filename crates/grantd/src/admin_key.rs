//! The API key of whoever may read the state folder.

use grantd_engine::{Engine, KeyDraft};
use grantd_model::{Actor, Name, Role};

use crate::client::read_key_file;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::state_folder::StatePaths;

/// What people see it called.
const NAME: &str = "local admin";

/// Makes the key and writes it into the state folder, if there is none; one that others may read
/// is refused.
///
/// # Errors
/// When the file that stands there is of no use, or none can be made.
pub(crate) async fn ensure(engine: &Engine, paths: &StatePaths) -> Result<(), Failure> {
    let path = paths.admin_key();
    let refused =
        |error: &dyn std::fmt::Display| Failure::refused(format!("{}: {error}", path.display()));
    if files::standing(&path)
        .map_err(|error| refused(&error))?
        .is_some()
    {
        return match read_key_file(&path) {
            Ok(_) => Ok(()),
            // nobody typed this path, the state folder does not stand as it should
            Err(failure) => Err(Failure {
                exit: Exit::Refused,
                ..failure
            }),
        };
    }
    let draft = KeyDraft {
        name: Name::try_from(NAME).map_err(|fault| refused(&fault))?,
        grants: Role::Admin.grants(),
        expires_at: None,
    };
    let key = engine
        .create_key(&Actor::System, draft)
        .await
        .map_err(|error| refused(&error))?;
    let content = grantd_model::Secret::new(format!("{}\n", key.text.expose()));
    files::write_private(&path, content.expose()).map_err(|error| refused(&error))?;
    tracing::info!(path = %path.display(), "an API key with all rights was written");
    Ok(())
}
