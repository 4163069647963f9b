//! Files that hold an API key.

use std::io::ErrorKind;
use std::path::Path;

use grantd_model::{ApiKeySecret, Secret};

use crate::failure::Failure;
use crate::files;

/// Reads the API key of a file, which others must not be able to read.
///
/// # Errors
/// When there is none, others may read it, or it holds no key.
pub(crate) fn read_key_file(path: &Path) -> Result<Secret<String>, Failure> {
    let shown = path.display();
    let (text, mode) = match files::read_secret(path) {
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(
                Failure::usage(format!("there is no API key file {shown}")).with_remedy(
                    "Start grantd with `grantd serve`, which writes one into its state folder, or \
                     name another with --api-key-file.",
                ),
            );
        }
        Err(error) => {
            return Err(Failure::usage(format!("the API key file {shown}: {error}")));
        }
    };
    if mode & 0o027 != 0 {
        return Err(Failure::usage(format!(
            "the API key file {shown} has mode {mode:04o}, expected is 0600; others may have read \
             or changed it"
        ))
        .with_remedy(format!(
            "Make it owner-only: chmod 600 {shown}; if others did read it, revoke the key."
        )));
    }
    let key = Secret::new(text.expose().trim().to_owned());
    match ApiKeySecret::parse(key.expose()) {
        Ok(_) => Ok(key),
        Err(_) => Err(Failure::usage(format!(
            "the API key file {shown} holds no API key of the form gk_…_…"
        ))
        .with_remedy(
            "Name the file of a key with --api-key-file. The admin.key of a state folder is made \
             anew when the file is deleted and grantd is started again.",
        )),
    }
}
