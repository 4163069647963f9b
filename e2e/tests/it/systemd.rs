//! The unit file of the package, as systemd itself judges it.

use std::path::Path;
use std::process::Command;

/// The most exposure that is accepted, in tenths: `systemd-analyze security` counts 0 to 100.
const MOST_EXPOSURE: &str = "20";

/// A copy of the unit that starts a program which is there.
fn unit(folder: &Path) -> std::path::PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/grantd.service");
    let text = std::fs::read_to_string(source).unwrap();
    assert!(text.contains("ExecStart=/usr/bin/grantd serve\n"), "{text}");
    let path = folder.join("grantd.service");
    let binary = std::env::var("GRANTD_BIN").unwrap_or_else(|_| "/bin/true".to_owned());
    std::fs::write(&path, text.replace("/usr/bin/grantd", &binary)).unwrap();
    path
}

fn judged(arguments: &[&str], unit: &Path) -> String {
    let mut command = Command::new("systemd-analyze");
    let ended = command.args(arguments).arg(unit).output().unwrap();
    let text = [ended.stdout, ended.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(ended.status.success(), "{arguments:?}: {text}");
    text
}

#[test]
fn the_unit_file_is_understood_whole() {
    let folder = tempfile::tempdir().unwrap();
    let text = judged(&["verify", "--man=no"], &unit(folder.path()));
    assert!(!text.contains("grantd.service"), "{text}");
}

#[test]
fn the_unit_is_well_hardened() {
    let folder = tempfile::tempdir().unwrap();
    let threshold = format!("--threshold={MOST_EXPOSURE}");
    let text = judged(
        &["security", "--offline=true", "--no-pager", &threshold],
        &unit(folder.path()),
    );
    assert!(text.contains("Overall exposure level"), "{text}");
}
