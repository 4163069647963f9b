//! Folders that are gone when the command is.

use grantd_model::Randomness;

use crate::environment;
use crate::failure::Failure;
use crate::files::TemporaryFolder;
use crate::system::SystemRandomness;

/// A new folder for its owner alone whose name begins so; removed with everything in it when it is dropped.
///
/// # Errors
/// When the system refuses.
pub(crate) fn temporary_folder(prefix: &str) -> Result<TemporaryFolder, Failure> {
    let mut bytes = [0; 5];
    SystemRandomness.fill(&mut bytes);
    let name = format!("{prefix}-{}", grantd_model::base32::encode(&bytes));
    let path = environment::temporary_folder().join(name);
    TemporaryFolder::create(path.clone())
        .map_err(|error| Failure::refused(format!("{}: {error}", path.display())))
}
