//! The grantd of a state folder of this machine, where nobody names a server.
//!
//! Invariant: an address that the folder tells, and the key that lies in it, are used only while a
//! grantd holds the folder: after a crash anybody may have taken its port.

use std::net::IpAddr;
use std::path::PathBuf;

use url::Url;

use super::server_url::parse;
use crate::announcement::Told;
use crate::environment;
use crate::failure::Failure;
use crate::state_folder::StatePaths;

/// Where grantd is if nothing says otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8710";

/// Server, the address to connect to where its name need not lead there, and key file: those of the state folder, or
/// the key file that is named.
///
/// # Errors
/// When no grantd holds the folder, and its key or an address it tells would be used.
pub(super) fn server_and_key(
    paths: &StatePaths,
    named: Option<PathBuf>,
) -> Result<(Url, Option<IpAddr>, PathBuf), Failure> {
    let own_key = named.as_ref().is_none_or(|file| {
        let working = environment::working_folder().unwrap_or_default();
        working.join(file) == paths.admin_key()
    });
    let held = paths.is_held();
    let (url, address) = match (held, Told::read(paths)) {
        (Ok(true), Some(told)) => (parse(&told.url)?, told.address),
        (_, None) if !own_key => (parse(DEFAULT_URL)?, None),
        (Ok(true), None) => return Err(without_address(paths)),
        (Ok(false), _) => return Err(nobody(paths)),
        (Err(failure), _) => return Err(failure),
    };
    Ok((url, address, named.unwrap_or_else(|| paths.admin_key())))
}

fn nobody(paths: &StatePaths) -> Failure {
    let shown = paths.folder().display();
    Failure::refused(format!("no grantd runs on the state folder {shown}")).with_remedy(format!(
        "Start it with `grantd serve --state-dir {shown}`, or say which one is meant with \
         --state-dir, --url or --profile."
    ))
}

fn without_address(paths: &StatePaths) -> Failure {
    Failure::refused(format!(
        "the grantd that runs on the state folder {} tells no address there: it begins or ends, or \
         this machine can not reach it by loopback",
        paths.folder().display()
    ))
    .with_remedy("Try again, or say where it is with --url.")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::environment::Environment;
    use crate::files;
    use crate::state_folder::StateFolder;

    #[test]
    fn the_key_of_a_folder_goes_to_its_holder_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let paths = StatePaths::find(Some(&path), &Environment::default()).unwrap();
        let found = |named: Option<&Path>| {
            server_and_key(&paths, named.map(Path::to_owned))
                .map(|(url, ..)| url.to_string())
                .map_err(|failure| failure.faults[0].detail.clone())
        };
        let own = paths.admin_key();
        let other = Path::new("/other.key");
        let nobody = format!(
            "no grantd runs on the state folder {}",
            paths.folder().display()
        );
        for named in [None, Some(own.as_path())] {
            assert_eq!(found(named).unwrap_err(), nobody);
        }
        assert_eq!(found(Some(other)).unwrap(), "http://127.0.0.1:8710/");

        let held = StateFolder::hold(paths.clone()).unwrap();
        assert!(found(None).unwrap_err().contains("tells no address"));
        assert_eq!(found(Some(other)).unwrap(), "http://127.0.0.1:8710/");
        files::create_private(&paths.address(), "http://127.0.0.1:7\n").unwrap();
        for named in [None, Some(other)] {
            assert_eq!(found(named).unwrap(), "http://127.0.0.1:7/");
        }

        drop(held);
        for named in [None, Some(other)] {
            assert_eq!(found(named).unwrap_err(), nobody);
        }
        let _again = StateFolder::hold(paths.clone()).unwrap();
        assert!(found(None).unwrap_err().contains("tells no address"));
    }
}
