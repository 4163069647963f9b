//! What holds for the whole process, before anything else runs.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// Allows this process as many open files as it may have: each connection is one.
pub(crate) fn allow_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // where it is not allowed, there are as many connections as there are files
    let _ = setrlimit(Resource::Nofile, most);
}

/// How many connections HTTP consumers may have, so that enough files are left for everything else: each may need
/// one to its service as well.
pub(crate) fn connections_of_consumers() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let left = files.saturating_sub(RESERVED_FILES).max(files / 4);
    usize::try_from(left / 2)
        .unwrap_or(usize::MAX)
        .clamp(16, MOST_CONSUMER_CONNECTIONS)
}

/// Files of API and console, the database, mailboxes and authorization servers.
const RESERVED_FILES: u64 = 5120;

/// More callers than this at once are not served by one grantd.
const MOST_CONSUMER_CONNECTIONS: usize = 65_536;

/// Takes memory in small pages: a huge one is resident as a whole for a few bytes of it, which doubles what a
/// grantd takes that has little to do.
pub(crate) fn take_small_pages() {
    // where it is not allowed, it takes more
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Chooses the cryptographic provider, and keeps secrets out of core dumps and debuggers.
pub(crate) fn begin() {
    // an error says that one is chosen already, which is this one
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // where a sandbox forbids either, the other still holds; neither is a reason not to run
    let _ = setrlimit(Resource::Core, none);
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
