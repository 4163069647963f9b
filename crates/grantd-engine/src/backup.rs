//! Backups of the whole store, without the keyring.

use std::io::Read;

use grantd_model::{Action, Actor, AuditAction, ObjectId};
use grantd_store::StoreError;
use grantd_store::backup::{BackupManifest, Snapshot};
use tokio::sync::OwnedMutexGuard;

use crate::{Engine, EngineError, access};

/// How much is handed out at once, in bytes.
const PIECE: usize = 64 * 1024;

/// A backup on its way out. Nothing is left of it here when it is dropped.
pub struct Backup {
    /// What it is of.
    pub manifest: BackupManifest,
    /// The length of the whole file, in bytes.
    pub bytes: u64,
    /// The first line, until it is handed out.
    line: Option<Vec<u8>>,
    content: Option<Box<dyn Read + Send>>,
    /// Another one waits until this one is gone: copies take space.
    _turn: OwnedMutexGuard<()>,
}

impl Backup {
    /// The next piece of the file; none at its end.
    ///
    /// # Errors
    /// When the copy can not be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, EngineError> {
        if let Some(line) = self.line.take() {
            return Ok(Some(line));
        }
        let Some(mut content) = self.content.take() else {
            return Ok(None);
        };
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = content.read(&mut piece)?;
            piece.truncate(read);
            Ok::<_, std::io::Error>((content, piece))
        });
        let read = read.await.map_err(|_| EngineError::CutOff)?;
        let (content, piece) = read
            .map_err(|error| StoreError::Database(format!("the copy of the database: {error}")))?;
        if piece.is_empty() {
            return Ok(None);
        }
        self.content = Some(content);
        Ok(Some(piece))
    }
}

impl Engine {
    /// Copies the whole store as it is now, while everything goes on. It holds no key of the keyring, and
    /// names those that its values are under.
    ///
    /// # Errors
    /// Without a grant to administer everything; while another one is made; when there is no space.
    pub async fn create_backup(&self, actor: &Actor, version: &str) -> Result<Backup, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let turn = self.backup_turn().try_lock_owned().map_err(|_| {
            EngineError::InUse("another backup is being made; one is made at a time".to_owned())
        })?;
        let (engine, by, version) = (self.clone(), actor.clone(), version.to_owned());
        // to its end also when whoever asked has left: nothing of the copy is left behind then
        self.to_the_end(async move { engine.copy(&by, &version, turn).await })
            .await
    }

    async fn copy(
        &self,
        actor: &Actor,
        version: &str,
        turn: OwnedMutexGuard<()>,
    ) -> Result<Backup, EngineError> {
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let object = (ObjectId::installation(), "backup");
        let action = AuditAction::BackupCreate;
        self.record(unit.as_mut(), now, actor, action, object, Vec::new())
            .await?;
        unit.commit().await?;
        let Snapshot {
            facts,
            bytes,
            sha256,
            content,
        } = self.parts().snapshots.snapshot().await?;
        let manifest = BackupManifest {
            installation: facts.installation,
            keys: facts.keys,
            audit_seq: facts.audit.seq,
            audit_mac: facts.audit.mac.to_string(),
            database_bytes: bytes,
            database_sha256: sha256,
            ..BackupManifest::new(now, version)
        };
        let line = manifest.line();
        Ok(Backup {
            bytes: bytes + line.len() as u64,
            manifest,
            line: Some(line),
            content: Some(content),
            _turn: turn,
        })
    }
}
