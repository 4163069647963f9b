//! What the system allows: open files, space on the disk, memory and processors.

use std::path::Path;

use rustix::process::{Resource, getrlimit};

use super::Check;
use crate::files;
use crate::state_folder::StatePaths;

/// Connections of clients, those that go out, the database and its side files.
const FILES: u64 = 4096;

/// Less space than this is not enough to go on for long, in bytes.
const SPACE: u64 = 1024 * 1024 * 1024;

/// Less than this is not enough for a transaction and the log beside the database, in bytes.
const LEAST_SPACE: u64 = 64 * 1024 * 1024;

/// Less memory than this is not enough, in bytes.
const MEMORY: u64 = 128 * 1024 * 1024;

/// Looks at the limits of the server that runs, else of this process.
pub(super) fn examine(paths: &StatePaths, server: Option<u32>) -> Vec<Check> {
    let mut checks = vec![open_files(server)];
    checks.extend(space(paths.folder()));
    checks.extend(memory());
    checks.extend(processors());
    checks
}

fn open_files(server: Option<u32>) -> Check {
    let name = "limits: open files";
    let of_server = server.and_then(|process| {
        let limits = files::read_system(Path::new(&format!("/proc/{process}/limits")))?;
        let line = limits
            .lines()
            .find_map(|line| line.strip_prefix("Max open files"))?;
        Some(line.split_whitespace().next()?.parse().unwrap_or(u64::MAX))
    });
    let (whose, limit) = match of_server {
        Some(limit) => ("the server", limit),
        None => (
            "this process",
            getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
        ),
    };
    let told = if limit == u64::MAX {
        format!("{whose} may open any number")
    } else {
        format!("{whose} may open {limit}")
    };
    if limit < FILES {
        return Check::warning(
            name,
            format!("{told}, {FILES} are expected"),
            "Raise it: LimitNOFILE= in the unit, or ulimit -n.",
        );
    }
    Check::ok(name, told)
}

fn space(folder: &Path) -> Option<Check> {
    let name = "limits: disk";
    let stat = rustix::fs::statvfs(folder).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let told = format!(
        "{} MiB are free at {}",
        free / (1024 * 1024),
        folder.display()
    );
    let remedy = "Make room, or move the state folder to a larger disk.";
    Some(if free < LEAST_SPACE {
        Check::failed(name, told, remedy)
    } else if free < SPACE {
        Check::warning(name, told, remedy)
    } else {
        Check::ok(name, told)
    })
}

/// What the control group of this process may use; none where there is no limit.
fn memory() -> Option<Check> {
    let text = files::read_system(Path::new("/sys/fs/cgroup/memory.max"))?;
    let most: u64 = text.trim().parse().ok()?;
    let name = "limits: memory";
    let told = format!("{} MiB at most", most / (1024 * 1024));
    Some(if most < MEMORY {
        Check::warning(name, told, "Allow 128 MiB or more.")
    } else {
        Check::ok(name, told)
    })
}

fn processors() -> Option<Check> {
    let text = files::read_system(Path::new("/sys/fs/cgroup/cpu.max"))?;
    let (quota, period) = text.trim().split_once(' ')?;
    let (quota, period): (u64, u64) = (quota.parse().ok()?, period.parse().ok()?);
    let percent = quota.saturating_mul(100).checked_div(period)?;
    let name = "limits: processors";
    let told = format!("{percent} % of one processor");
    Some(if percent < 50 {
        Check::warning(name, told, "Allow half a processor or more.")
    } else {
        Check::ok(name, told)
    })
}
