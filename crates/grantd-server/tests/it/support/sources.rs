//! A secret source in a folder of its own.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use grantd_model::Clock;
use grantd_model::source::{PathBound, Served};
use grantd_secrets::{SourceConfig, Sources};
use grantd_testkit::{MemoryStore, TestClock};
use tempfile::TempDir;

use super::TestApp;

/// An API with the source `team-files`, which serves `https://login.example.com` alone. The folder
/// lives as long as what is returned with it.
pub(crate) async fn app_with_files() -> (TestApp, TempDir) {
    let folder = TempDir::new().unwrap();
    let config = SourceConfig::File {
        folder: folder.path().to_owned(),
        check_mode: true,
        paths: vec![PathBound::everything()],
        keep_line_end: false,
        origins: Served::try_from(vec!["https://login.example.com".to_owned()]).unwrap(),
        own_ca_and_proxy: false,
    };
    let sources = BTreeMap::from([("team-files".try_into().unwrap(), config)]);
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    let sources = Sources::new(sources, &clock).unwrap();
    let app = TestApp::with(Arc::new(MemoryStore::default()), sources).await;
    (app, folder)
}

/// Writes a secret as the source demands it.
pub(crate) fn write(folder: &Path, name: &str, secret: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the file is what the source reads"
    )]
    {
        let path = folder.join(name);
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
}
