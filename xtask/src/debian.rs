//! System packages: installed as root, otherwise named in the one line to run.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::run;

/// A need of the system, how to see it is met, and the Debian packages that meet it.
pub(crate) struct Need {
    what: &'static str,
    /// A command that succeeds when the need is met.
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

/// For the crates that compile C.
pub(crate) const C_COMPILER: Need = Need {
    what: "a C compiler",
    probe: &["cc", "--version"],
    packages: &["gcc", "libc6-dev"],
};

/// Names the files of the tree.
pub(crate) const GIT: Need = Need {
    what: "git",
    probe: &["git", "--version"],
    packages: &["git"],
};

/// For libFuzzer.
pub(crate) const CPP_COMPILER: Need = Need {
    what: "a C++ compiler",
    probe: &["c++", "--version"],
    packages: &["g++"],
};

/// For the peers that pip brings: Node of oidc-provider, and Schemathesis.
pub(crate) const PYTHON: Need = Need {
    what: "python3 with venv",
    probe: &["python3", "-c", "import ensurepip, venv"],
    packages: &["python3", "python3-venv"],
};

/// Holds XML against schemas.
pub(crate) const XMLLINT: Need = Need {
    what: "xmllint",
    probe: &["sh", "-c", "command -v xmllint"],
    packages: &["libxml2-utils"],
};

/// The tests of Python, with the mails among them.
pub(crate) const PYTHON_TESTS: Need = Need {
    what: "the tests of Python",
    probe: &["/usr/bin/python3", "-c", "import test.test_email"],
    packages: &["libpython3.11-testsuite"],
};

/// An HTTP/2 client that nobody here wrote, many requests at once.
pub(crate) const H2LOAD: Need = Need {
    what: "h2load",
    probe: &["sh", "-c", "command -v h2load"],
    packages: &["nghttp2-client"],
};

/// The browser for the console, with a font for its pictures that has Latin and Hebrew letters.
pub(crate) const CHROMIUM: Need = Need {
    what: "chromium with a font",
    probe: &[
        "sh",
        "-c",
        "test -x /usr/bin/chromium && test -d /usr/share/fonts/truetype/dejavu",
    ],
    packages: &["chromium", "fonts-dejavu-core"],
};

/// Reads binaries, finds out which packages they need, packs.
pub(crate) const PACKAGING: Need = Need {
    what: "binutils, dpkg-dev and tar",
    probe: &[
        "sh",
        "-c",
        "command -v readelf && command -v strip && command -v dpkg-shlibdeps && command -v tar",
    ],
    packages: &["binutils", "dpkg-dev", "tar"],
};

/// The judge of Debian packages.
pub(crate) const LINTIAN: Need = Need {
    what: "lintian",
    probe: &["sh", "-c", "command -v lintian"],
    packages: &["lintian"],
};

/// Makes the user of the package and reads its unit; nothing of it is started.
pub(crate) const SYSTEMD: Need = Need {
    what: "systemd-sysusers and systemd-analyze",
    probe: &[
        "sh",
        "-c",
        "command -v systemd-sysusers && command -v systemd-analyze",
    ],
    packages: &["systemd"],
};

/// The load generator of the benchmarks.
pub(crate) const WRK: Need = Need {
    what: "wrk",
    probe: &["sh", "-c", "command -v wrk"],
    packages: &["wrk"],
};

/// What the benchmarks compare with, and the client of their first request.
pub(crate) const NGINX: Need = Need {
    what: "nginx and curl",
    probe: &["sh", "-c", "test -x /usr/sbin/nginx && command -v curl"],
    packages: &["nginx-light", "curl"],
};

/// Makes the certificates of the benchmarks.
pub(crate) const OPENSSL: Need = Need {
    what: "openssl",
    probe: &["sh", "-c", "command -v openssl"],
    packages: &["openssl"],
};

/// The authorization server among the peers that Debian has; its schema comes by dbconfig.
pub(crate) const GLEWLWYD: Need = Need {
    what: "glewlwyd",
    probe: &[
        "sh",
        "-c",
        "command -v glewlwyd && command -v sqlite3 && \
         test -f /usr/share/dbconfig-common/data/glewlwyd/install/sqlite3",
    ],
    packages: &["glewlwyd", "dbconfig-sqlite3", "sqlite3"],
};

/// A client that takes a credential plugin.
pub(crate) const KUBECTL: Need = Need {
    what: "kubectl",
    probe: &["kubectl", "version", "--client"],
    packages: &["kubernetes-client"],
};

/// A client that takes credential helpers as docker does, and needs no daemon.
pub(crate) const SKOPEO: Need = Need {
    what: "skopeo",
    probe: &["skopeo", "--version"],
    packages: &["skopeo"],
};

/// Makes sure of all needs, or fails with the line that would meet them.
pub(crate) fn require(needs: &[&Need]) -> Result<()> {
    let missing = unmet(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages)
        .copied()
        .collect();
    if !is_root() {
        bail!(
            "{} missing; run: sudo apt-get install -y --no-install-recommends {}",
            names(&missing),
            packages.join(" ")
        );
    }
    run::must_succeed(&mut apt_get(&["update"]), "apt-get update")?;
    let mut install = apt_get(&["install", "-y", "--no-install-recommends"]);
    run::must_succeed(install.args(&packages), "apt-get install")?;
    let missing = unmet(&missing);
    if !missing.is_empty() {
        bail!(
            "{} missing even with {}",
            names(&missing),
            packages.join(" ")
        );
    }
    Ok(())
}

fn unmet<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs.iter().copied().filter(|need| !is_met(need)).collect()
}

fn names(needs: &[&Need]) -> String {
    needs
        .iter()
        .map(|need| need.what)
        .collect::<Vec<_>>()
        .join(" and ")
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_met(need: &Need) -> bool {
    let [program, arguments @ ..] = need.probe else {
        return true;
    };
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    run::captured(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_met_when_its_probe_succeeds() {
        let need = |probe| Need {
            what: "it",
            probe,
            packages: &[],
        };
        assert!(is_met(&need(&["true"])));
        assert!(!is_met(&need(&["false"])));
        assert!(!is_met(&need(&["no-such-program-here"])));
        assert_eq!(unmet(&[&need(&["true"]), &need(&["false"])]).len(), 1);
    }
}
