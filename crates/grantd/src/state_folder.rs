//! The state folder: owner-only, and held by one process at a time.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::files::{self, Lock};

/// The name of a database that is being restored.
const RESTORING: &str = "grantd.db.restoring";

/// The names in it, which are the same for whoever reads and whoever writes.
#[derive(Debug, Clone)]
pub(crate) struct StatePaths(PathBuf);

impl StatePaths {
    /// Those of the folder of a flag, else of the one that the environment gives.
    ///
    /// # Errors
    /// When neither names one.
    pub(crate) fn find(flag: Option<&Path>, environment: &Environment) -> Result<Self, Failure> {
        let found = match flag {
            Some(path) => Some(path.to_owned()),
            None => environment.state_folder(),
        };
        // what is printed is copied to where other folders are the working one
        let absolute = |path: PathBuf| match environment::working_folder() {
            Some(working) => working.join(path),
            None => path,
        };
        found.map(absolute).map(Self).ok_or_else(|| {
            Failure::usage(
                "there is no state folder: neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set",
            )
            .with_remedy("Name one with --state-dir.")
        })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("grantd.db")
    }

    /// The keys that open what is sealed in the database.
    pub(crate) fn keyring(&self) -> PathBuf {
        self.0.join("keyring.json")
    }

    /// The database of a backup, until all of it is there and was checked.
    pub(crate) fn restoring(&self) -> PathBuf {
        self.0.join(RESTORING)
    }

    /// What stands in the folder beside what a restored backup is put next to: its keyring.
    ///
    /// # Errors
    /// When the folder can not be read.
    pub(crate) fn in_the_way(&self) -> Result<Vec<String>, Failure> {
        let beside = [
            "lock",
            "keyring.json",
            "keyring.transit.json",
            RESTORING,
            "lost+found",
        ];
        let names = files::names(&self.0).map_err(|error| refused(&self.0, &error))?;
        let names = names.into_iter();
        Ok(names
            .filter(|name| !beside.contains(&name.as_str()))
            .collect())
    }

    /// Whether a backup was begun to be restored, and not to its end.
    ///
    /// # Errors
    /// When that can not be seen.
    pub(crate) fn is_half_restored(&self) -> io::Result<bool> {
        let half = self.restoring();
        // both names of one file: killed between the last two steps, it is whole
        Ok(files::standing(&half)?.is_some() && !files::is_same(&half, &self.database()))
    }

    /// The API key of whoever may read this folder.
    pub(crate) fn admin_key(&self) -> PathBuf {
        self.0.join("admin.key")
    }

    /// The link by which the first admin gets into the console.
    pub(crate) fn setup_link(&self) -> PathBuf {
        self.0.join("setup.link")
    }

    /// Where the server that holds the folder listens, while it does.
    pub(crate) fn address(&self) -> PathBuf {
        self.0.join("server.url")
    }

    /// Whether a grantd holds the folder.
    ///
    /// # Errors
    /// When that can not be seen.
    pub(crate) fn is_held(&self) -> Result<bool, Failure> {
        files::is_locked(&self.lock()).map_err(|error| match error.kind() {
            ErrorKind::NotADirectory => refused(&self.0, &error),
            _ => refused(&self.lock(), &error),
        })
    }

    fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }
}

/// A state folder that this process holds.
#[derive(Debug)]
pub(crate) struct StateFolder {
    paths: StatePaths,
    _lock: Lock,
}

impl StateFolder {
    /// Makes the folder if it is absent, checks it, takes its lock, and removes the address that
    /// a process left there that was killed.
    ///
    /// # Errors
    /// When others may read it, another process holds it, or the system refuses.
    pub(crate) fn hold(paths: StatePaths) -> Result<Self, Failure> {
        let folder = paths.folder();
        files::make_private_folder(folder).map_err(|error| refused(folder, &error))?;
        check(folder)?;
        let note = format!("{}\n", std::process::id());
        let lock = paths.lock();
        match files::lock(&lock, &note).map_err(|error| refused(&lock, &error))? {
            Ok(lock) => {
                let address = paths.address();
                files::remove_if_present(&address).map_err(|error| refused(&address, &error))?;
                Ok(Self { paths, _lock: lock })
            }
            Err(holder) => Err(Failure::refused(format!(
                "the state folder {} is in use by another grantd{}",
                folder.display(),
                match holder.trim() {
                    "" => String::new(),
                    process => format!(", process {process}"),
                }
            ))
            .with_remedy("Stop it, or choose another folder with --state-dir.")),
        }
    }

    /// Refuses a folder in which a backup is restored, and that was not done: a new installation would be
    /// begun there.
    ///
    /// # Errors
    /// When it is so.
    pub(crate) fn refuse_half_restored(&self) -> Result<(), Failure> {
        let half = self.paths.restoring();
        match files::standing(&half) {
            Ok(None) => Ok(()),
            // killed between the last two steps: both are names of the one file, which is whole
            Ok(Some(_)) if files::is_same(&half, &self.paths.database()) => {
                files::remove_if_present(&half).map_err(|error| refused(&half, &error))
            }
            Ok(Some(_)) => Err(Failure::usage(format!(
                "the state folder {} holds a backup that was not restored to its end",
                self.paths.folder().display()
            ))
            .with_remedy(format!(
                "Run `grantd backup restore` again, or remove {}.",
                half.display()
            ))),
            Err(error) => Err(refused(&half, &error)),
        }
    }

    /// The names in it.
    pub(crate) const fn paths(&self) -> &StatePaths {
        &self.paths
    }
}

fn check(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    let standing = files::standing(folder)
        .map_err(|error| refused(folder, &error))?
        .ok_or_else(|| Failure::refused(format!("the state folder {shown} is gone")))?;
    if !standing.is_folder {
        return Err(Failure::usage(format!("{shown} is no folder")));
    }
    let own = rustix::process::geteuid().as_raw();
    if standing.owner != own {
        return Err(Failure::usage(format!(
            "the state folder {shown} belongs to user {}, and grantd runs as user {own}",
            standing.owner
        ))
        .with_remedy(format!("Give it to the user: chown -R {own} {shown}")));
    }
    if standing.mode & 0o077 != 0 {
        return Err(Failure::usage(format!(
            "the state folder {shown} has mode {:04o}, expected is 0700; others may read it",
            standing.mode
        ))
        .with_remedy(format!("Make it owner-only: chmod 700 {shown}")));
    }
    Ok(())
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    let shown = path.display();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::usage(format!("the state folder {shown} is no folder"))
                .with_remedy("Name a folder with --state-dir.")
        }
        ErrorKind::NotADirectory => Failure::usage(format!(
            "the state folder {shown}: it, or one above it, is no folder"
        ))
        .with_remedy("Name a folder with --state-dir."),
        _ => Failure::refused(format!("the state folder: {shown}: {error}")),
    }
}
