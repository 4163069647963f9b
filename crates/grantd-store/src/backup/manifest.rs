//! The first line of a backup.

use grantd_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::seal::Mac;

/// The longest first line of a backup, in bytes.
pub const MOST_MANIFEST_BYTES: usize = 64 * 1024;

/// The format that is written and read.
const FORMAT: u32 = 1;

/// What a backup is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// The format of the file: 1.
    pub grantd_backup: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// The version of grantd that made it.
    pub version: String,
    /// The installation that it is of.
    pub installation: String,
    /// The keys that values in it are under.
    pub keys: Vec<KeyInUse>,
    /// The number of the newest entry of the audit log.
    pub audit_seq: i64,
    /// The MAC of that entry, in hexadecimal.
    pub audit_mac: String,
    /// The length of the database behind the first line, in bytes.
    pub database_bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub database_sha256: String,
}

/// A key of the keyring that values are under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInUse {
    /// Its id.
    pub id: String,
    /// How many values.
    pub values: u64,
}

/// Why a file is no backup that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupFault {
    /// It does not begin as a backup does.
    #[error("it is no backup of grantd: the first line is not `{{\"grantd_backup\":1,…}}`")]
    NotABackup,
    /// It is of a format that is not known.
    #[error("it is a backup of format {0}, this grantd reads format 1")]
    Format(u32),
    /// It ends too early.
    #[error("it was cut off: {expected} bytes of the database are expected, {found} are there")]
    CutOff {
        /// How many bytes there should be.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// It goes on behind its end.
    #[error("there is more behind the end of the database than there should be")]
    TooLong,
    /// Its digest is another one.
    #[error("the database in it was altered: its SHA-256 is not the one of the first line")]
    Altered,
}

impl BackupManifest {
    /// The manifest of a copy.
    #[must_use]
    pub fn new(created_at: Timestamp, version: &str) -> Self {
        Self {
            grantd_backup: FORMAT,
            created_at,
            version: version.to_owned(),
            installation: String::new(),
            keys: Vec::new(),
            audit_seq: 0,
            audit_mac: Mac::ZERO.to_string(),
            database_bytes: 0,
            database_sha256: String::new(),
        }
    }

    /// As the first line, with the end of line.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Reads the first line, without the end of line.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(line: &[u8]) -> Result<Self, BackupFault> {
        #[derive(Deserialize)]
        struct Format {
            grantd_backup: u32,
        }
        let format: Format = serde_json::from_slice(line).map_err(|_| BackupFault::NotABackup)?;
        if format.grantd_backup != FORMAT {
            return Err(BackupFault::Format(format.grantd_backup));
        }
        serde_json::from_slice(line).map_err(|_| BackupFault::NotABackup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_is_written_and_begins_with_the_format() {
        let manifest = BackupManifest {
            keys: vec![KeyInUse {
                id: "k1".to_owned(),
                values: 3,
            }],
            ..BackupManifest::new(Timestamp::from_seconds(5), "0.1.0")
        };
        let line = manifest.line();
        assert!(line.starts_with(b"{\"grantd_backup\":1,"));
        let line = line.strip_suffix(b"\n").unwrap();
        assert!(!line.contains(&b'\n'));
        assert_eq!(BackupManifest::read(line), Ok(manifest));
    }

    #[test]
    fn what_is_no_backup_is_told_from_one_of_another_format() {
        let read = |text: &str| BackupManifest::read(text.as_bytes()).unwrap_err();
        for text in ["", "SQLite format 3", "{}", "{\"grantd_backup\":1}"] {
            assert_eq!(read(text), BackupFault::NotABackup, "{text}");
        }
        assert_eq!(read("{\"grantd_backup\":2}"), BackupFault::Format(2));
    }
}
