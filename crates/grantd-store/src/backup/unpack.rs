//! Takes a backup apart, and checks it on the way.

use std::io::{self, BufRead, Read, Write};

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

use super::{BackupFault, BackupManifest, MOST_MANIFEST_BYTES};

/// How much is copied at once, in bytes.
const PIECE: usize = 256 * 1024;

/// Why a backup was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is of no use.
    #[error(transparent)]
    Backup(#[from] BackupFault),
    /// It can not be read.
    #[error("it can not be read: {0}")]
    Read(io::Error),
    /// The database in it can not be written.
    #[error("the database can not be written: {0}")]
    Write(io::Error),
}

/// Reads a backup and writes the database in it. What was written is of use only if this says so.
///
/// # Errors
/// When it is no backup, was cut off or altered; when it can not be read or written.
pub fn unpack(
    mut backup: impl BufRead,
    mut database: impl Write,
) -> Result<BackupManifest, UnpackError> {
    let mut line = Vec::new();
    let limit = MOST_MANIFEST_BYTES as u64;
    backup
        .by_ref()
        .take(limit)
        .read_until(b'\n', &mut line)
        .map_err(UnpackError::Read)?;
    let line = line.strip_suffix(b"\n").ok_or(BackupFault::NotABackup)?;
    let manifest = BackupManifest::read(line)?;
    let mut digest = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    let mut found = 0_u64;
    loop {
        let read = match backup.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(UnpackError::Read(error)),
        };
        found += read as u64;
        if found > manifest.database_bytes {
            return Err(BackupFault::TooLong.into());
        }
        let bytes = piece.get(..read).unwrap_or_default();
        digest.update(bytes);
        database.write_all(bytes).map_err(UnpackError::Write)?;
    }
    if found < manifest.database_bytes {
        let expected = manifest.database_bytes;
        return Err(BackupFault::CutOff { expected, found }.into());
    }
    if HEXLOWER.encode(digest.finish().as_ref()) != manifest.database_sha256 {
        return Err(BackupFault::Altered.into());
    }
    database.flush().map_err(UnpackError::Write)?;
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::digest;
    use grantd_model::Timestamp;

    use super::*;

    const DATABASE: &[u8] = b"a database\nof two lines";

    fn backup() -> Vec<u8> {
        let manifest = BackupManifest {
            database_bytes: DATABASE.len() as u64,
            database_sha256: HEXLOWER.encode(digest(&SHA256, DATABASE).as_ref()),
            ..BackupManifest::new(Timestamp::from_seconds(5), "1")
        };
        [manifest.line(), DATABASE.to_vec()].concat()
    }

    fn fault(backup: &[u8]) -> BackupFault {
        match unpack(backup, io::sink()).unwrap_err() {
            UnpackError::Backup(fault) => fault,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_database_comes_out_as_it_went_in() {
        let mut out = Vec::new();
        let manifest = unpack(backup().as_slice(), &mut out).unwrap();
        assert_eq!((out.as_slice(), manifest.version.as_str()), (DATABASE, "1"));
    }

    #[test]
    fn wherever_it_is_cut_off_that_is_told() {
        let whole = backup();
        let head = whole.len() - DATABASE.len();
        for length in 0..whole.len() {
            let fault = fault(&whole[..length]);
            if length < head {
                assert_eq!(fault, BackupFault::NotABackup, "{length}");
            } else {
                let (expected, found) = (DATABASE.len() as u64, (length - head) as u64);
                assert_eq!(fault, BackupFault::CutOff { expected, found });
            }
        }
    }

    #[test]
    fn what_was_altered_or_added_is_told() {
        let mut altered = backup();
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(fault(&altered), BackupFault::Altered);
        let longer = [backup(), b"x".to_vec()].concat();
        assert_eq!(fault(&longer), BackupFault::TooLong);
        let endless = vec![b'{'; 2 * MOST_MANIFEST_BYTES];
        assert_eq!(fault(&endless), BackupFault::NotABackup);
    }

    #[test]
    fn a_disk_that_is_full_is_told_apart() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = unpack(backup().as_slice(), Full).unwrap_err();
        assert!(matches!(error, UnpackError::Write(_)), "{error}");
    }
}
