//! The API key of whoever may read the state folder.

use grantd_engine::{Engine, EngineError, KeyDraft};
use grantd_model::{Actor, ActorRef, Name, Role};

use crate::client::read_key_file;
use crate::failure::Failure;
use crate::files;
use crate::state_folder::StatePaths;

/// What people see it called.
const NAME: &str = "local admin";

/// Whether a key stands in the state folder, which is written when everything else is made.
///
/// # Errors
/// When that can not be seen.
pub(crate) fn stands(paths: &StatePaths) -> Result<bool, Failure> {
    let path = paths.admin_key();
    match files::standing(&path) {
        Ok(standing) => Ok(standing.is_some()),
        Err(error) => Err(Failure::refused(format!("{}: {error}", path.display()))),
    }
}

/// How many keys are read at once.
const PAGE: u32 = 200;

/// Makes the key and writes it into the state folder, if there is none, in place of the one that was made for it
/// before; one that others may read is refused, and one that is not valid is told of.
///
/// # Errors
/// When the file that stands there is of no use, or none can be made.
pub(crate) async fn ensure(engine: &Engine, paths: &StatePaths) -> Result<(), Failure> {
    let path = paths.admin_key();
    let refused =
        |error: &dyn std::fmt::Display| Failure::refused(format!("{}: {error}", path.display()));
    if stands(paths)? {
        let key = read_key_file(&path)?;
        return match engine.authenticate_key(key.expose()).await {
            Ok(_) => Ok(()),
            Err(EngineError::Unauthenticated(reason)) => {
                tracing::warn!(
                    path = %path.display(),
                    "of the key in the state folder: {reason}; commands with it are refused. To \
                     get a new one, delete the file and start grantd again"
                );
                Ok(())
            }
            Err(error) => Err(refused(&error)),
        };
    }
    revoke_earlier(engine)
        .await
        .map_err(|error| refused(&error))?;
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

/// Revokes the keys that grantd made for this folder before: whoever has the file of one that was lost, or of
/// before a backup was restored, has no more right than that.
async fn revoke_earlier(engine: &Engine) -> Result<(), EngineError> {
    let mut cursor = None;
    loop {
        let page = engine
            .list_keys(&Actor::System, PAGE, cursor.as_deref())
            .await?;
        for key in page.items {
            let is_ours = key.created.by == ActorRef::System && key.name.as_str() == NAME;
            if is_ours && key.revoked_at.is_none() {
                engine.revoke_key(&Actor::System, key.id).await?;
                tracing::info!(key = %key.id, "the earlier API key of the state folder was revoked");
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(());
        }
    }
}
