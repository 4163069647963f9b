//! Where the program under test and the installed peers stand. Both come from the environment and
//! are set by `cargo xtask test`; without them the tests fail, they never skip.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// The folder with `bin/node` and `node/node_modules`, for a test in a module `oidc_provider`.
pub fn oidc_provider() -> Result<PathBuf> {
    named_by_this_test("oidc_provider")?;
    let folder = peers()?;
    for part in ["bin/node", "node/node_modules/oidc-provider"] {
        installed(folder.join(part))?;
    }
    Ok(folder)
}

/// The folder with what the clients of [`crate::standard_client`] need, for a test in a module
/// `standard_clients`.
pub fn standard_clients() -> Result<PathBuf> {
    named_by_this_test("standard_clients")?;
    let folder = peers()?;
    for part in [
        "clients-venv/bin/python",
        "bin/node",
        "node/node_modules/openid-client",
    ] {
        installed(folder.join(part))?;
    }
    Ok(folder)
}

/// The folder with `bin/node`, playwright-core and axe-core, for a test in a module `chromium`.
pub fn chromium() -> Result<PathBuf> {
    named_by_this_test("chromium")?;
    let folder = peers()?;
    for part in [
        "bin/node",
        "node/node_modules/playwright-core",
        "node/node_modules/axe-core",
    ] {
        installed(folder.join(part))?;
    }
    program("chromium", "chromium")?;
    Ok(folder)
}

/// The program, for a test in a module `glewlwyd`.
pub fn glewlwyd() -> Result<PathBuf> {
    named_by_this_test("glewlwyd")?;
    program("glewlwyd", "glewlwyd")
}

/// The program, for a test in a module `schemathesis`.
pub fn schemathesis() -> Result<PathBuf> {
    named_by_this_test("schemathesis")?;
    installed(peers()?.join("venv/bin/schemathesis"))
}

/// The program, for a test in a module `openbao`.
pub fn openbao() -> Result<PathBuf> {
    named_by_this_test("openbao")?;
    installed(peers()?.join("bao-venv/bin/bao"))
}

/// The folder with the receivers of alerts, for a test in a module `alert_receivers`.
pub fn alert_receivers() -> Result<PathBuf> {
    named_by_this_test("alert_receivers")?;
    let folder = peers()?;
    for part in [
        "alerts-venv/bin/python",
        "bin/node",
        "node/node_modules/standardwebhooks",
    ] {
        installed(folder.join(part))?;
    }
    Ok(folder)
}

/// The program, for a test in a module `mitmproxy`.
pub fn mitmproxy() -> Result<PathBuf> {
    named_by_this_test("mitmproxy")?;
    installed(peers()?.join("mitmproxy-venv/bin/mitmdump"))
}

/// The folder with exchangelib and the mails of others, for a test in a module `mail_judges`.
pub fn mail_judges() -> Result<PathBuf> {
    named_by_this_test("mail_judges")?;
    let folder = peers()?;
    for part in ["mail-venv/bin/python", "mails/mail-parser", "mails/cpython"] {
        installed(folder.join(part))?;
    }
    program("xmllint", "libxml2-utils")?;
    Ok(folder)
}

/// That disks may be mounted, for a test in a module `small_disk`.
pub fn small_disk() -> Result<()> {
    named_by_this_test("small_disk")
}

/// The folder with what `cargo xtask dist` made of the binary, for a test in a module `packages`.
pub fn packages() -> Result<PathBuf> {
    named_by_this_test("packages")?;
    let what = "the folder with what `cargo xtask dist` made";
    let folder = required("GRANTD_PACKAGES", what)?;
    ensure!(
        folder.join("SHA256SUMS").exists(),
        "{} is no folder with packages: run `cargo xtask test`, it makes them",
        folder.display()
    );
    Ok(folder)
}

/// The one package among them whose name ends so.
pub fn package(ending: &str) -> Result<PathBuf> {
    let folder = packages()?;
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    ensure!(
        found.len() == 1,
        "not one package ends in {ending}: {found:?}"
    );
    found.pop().context("no package")
}

/// The text of a file of the source tree.
pub fn document(path: &str) -> Result<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// How often a listener is killed: `GRANTD_KILLS`, else as often as in every test run.
#[must_use]
pub fn kills() -> u64 {
    let told = std::env::var("GRANTD_KILLS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// How long faults are injected at least: `GRANTD_SOAK_SECONDS`, else until there was each of them once.
#[must_use]
pub fn soak() -> Duration {
    let told = std::env::var("GRANTD_SOAK_SECONDS").ok();
    let seconds = told.and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or_default())
}

/// A figure that a test has measured.
#[derive(Debug)]
pub struct Figure {
    /// What it is.
    pub name: &'static str,
    /// With its unit.
    pub value: String,
    /// The bound; empty where there is none.
    pub wanted: String,
}

/// Hands figures to the command that runs the test, if it wants any: a line of the file `GRANTD_FIGURES` for each,
/// with name, value and bound, divided by tabs.
pub fn hand_over(figures: &[Figure]) -> Result<()> {
    let Some(path) = std::env::var_os("GRANTD_FIGURES") else {
        return Ok(());
    };
    let mut file = fs::File::create(path)?;
    for it in figures {
        writeln!(file, "{}\t{}\t{}", it.name, it.value, it.wanted)?;
    }
    Ok(())
}

/// The built `grantd` binary.
pub fn binary() -> Result<PathBuf> {
    let binary = required("GRANTD_BIN", "the path of the built grantd binary")?;
    ensure!(
        binary.exists(),
        "{} is missing: run `cargo xtask test`, it builds it",
        binary.display()
    );
    Ok(binary)
}

/// The folder of the peers' own scripts in the source tree.
#[must_use]
pub fn scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The folder of the standard clients' scripts in the source tree.
#[must_use]
pub fn client_scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// A program of a Debian package, found on the search path.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/bin".into()])
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.exists())
        .with_context(|| {
            format!("{name} of the Debian package {package} is missing: run `cargo xtask test`, it installs it")
        })
}

/// h2load, for tests in a module of its name.
pub fn h2load() -> Result<PathBuf> {
    named_by_this_test("h2load")?;
    program("h2load", "nghttp2-client")
}

/// A client that takes a credential helper, for a test in a module `credential_helpers`.
pub fn client_of_helper(name: &str, package: &str) -> Result<PathBuf> {
    named_by_this_test("credential_helpers")?;
    program(name, package)
}

fn peers() -> Result<PathBuf> {
    required("GRANTD_PEERS", "the folder of the installed peers")
}

fn installed(path: PathBuf) -> Result<PathBuf> {
    ensure!(
        path.exists(),
        "{} is missing: run `cargo xtask peers`, it installs the peers",
        path.display()
    );
    Ok(path)
}

/// Where a peer cannot be installed, `cargo xtask test` leaves out the tests in modules of its name;
/// a test elsewhere would fail there, so it fails everywhere.
fn named_by_this_test(peer: &str) -> Result<()> {
    let thread = std::thread::current();
    // A test runs on a thread of its name, or with one test thread on the main one.
    let test = thread.name().unwrap_or("main");
    ensure!(
        test == "main" || test.split("::").any(|module| module == peer),
        "{test} needs the peer {peer}: it must stand in a module `{peer}`"
    );
    Ok(())
}

fn required(name: &str, what: &str) -> Result<PathBuf> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .with_context(|| format!("{name} ({what}) is not set: run the tests by `cargo xtask test`"))
}
