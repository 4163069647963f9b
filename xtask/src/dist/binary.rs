//! What a binary needs of the system that runs it.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run;

/// What may be linked at run time; everything else is in the binary.
const LIBRARIES: [&str; 3] = ["libc.so.6", "libgcc_s.so.1", "libm.so.6"];
/// The loader has the name of the machine.
const LOADER: &str = "ld-linux";
/// The C library of Debian 12: what is packed runs there.
const NEWEST_LIBC: Version = Version(2, 36);

/// A version of the C library.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

/// What a binary is linked to, within what is allowed.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Linked {
    libraries: Vec<String>,
    libc: Version,
}

impl fmt::Display for Linked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let libraries = self.libraries.join(", ");
        write!(
            formatter,
            "needs {libraries} and glibc {} or newer",
            self.libc
        )
    }
}

/// Reads the binary, and fails if it needs more than Debian 12 has by itself.
pub(super) fn inspect(binary: &Path) -> Result<Linked> {
    let mut readelf = Command::new("readelf");
    readelf.args(["--wide", "--dynamic", "--version-info"]);
    judge(&run::captured(readelf.arg(binary))?)
}

fn judge(readelf: &str) -> Result<Linked> {
    let named = |line: &str| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    let of = |tag: &str| {
        let lines = readelf.lines().filter(|line| line.contains(tag));
        lines.filter_map(named).collect::<Vec<_>>()
    };
    let mut libraries = of("(NEEDED)");
    libraries.sort();
    let is_allowed =
        |name: &&String| LIBRARIES.contains(&name.as_str()) || name.starts_with(LOADER);
    if let Some(other) = libraries.iter().find(|name| !is_allowed(name)) {
        bail!(
            "the binary is linked to {other}, expected are {} alone",
            LIBRARIES.join(", ")
        );
    }
    if let Some(path) = of("(RUNPATH)").first().or(of("(RPATH)").first()) {
        bail!("the binary looks for libraries in {path}, expected is no such path");
    }
    let Some(libc) = libc_versions(readelf).max() else {
        bail!("the binary is not linked to a C library, expected is libc.so.6");
    };
    if libc > NEWEST_LIBC {
        bail!(
            "the binary needs glibc {libc}, expected is {NEWEST_LIBC} or older: build it on Debian 12"
        );
    }
    Ok(Linked { libraries, libc })
}

/// What stands behind each `GLIBC_`.
fn libc_versions(readelf: &str) -> impl Iterator<Item = Version> {
    readelf.split("GLIBC_").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let mut numbers = rest[..end.unwrap_or(rest.len())].split('.');
        let (major, minor) = (numbers.next()?, numbers.next()?);
        Some(Version(major.parse().ok()?, minor.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
 0x01 (NEEDED)             Shared library: [libgcc_s.so.1]
 0x01 (NEEDED)             Shared library: [libc.so.6]
 0x01 (NEEDED)             Shared library: [ld-linux-x86-64.so.2]
 0x0010:   Name: GLIBC_2.9  Flags: none  Version: 5
 0x0020:   Name: GLIBC_2.34  Flags: none  Version: 4
 0x0030:   Name: GLIBC_2.2.5  Flags: none  Version: 3
 0x0040:   Name: GCC_4.2.0  Flags: none  Version: 2
";

    #[test]
    fn what_is_needed_is_told() {
        let told = judge(GOOD).unwrap().to_string();
        let expected =
            "needs ld-linux-x86-64.so.2, libc.so.6, libgcc_s.so.1 and glibc 2.34 or newer";
        assert_eq!(told, expected);
    }

    #[test]
    fn another_library_a_path_and_a_newer_libc_fail() {
        for (line, expected) in [
            (
                "0x01 (NEEDED)  Shared library: [libssl.so.3]",
                "the binary is linked to libssl.so.3",
            ),
            (
                "0x1d (RUNPATH)  Library runpath: [/opt/lib]",
                "the binary looks for libraries in /opt/lib",
            ),
            (
                "Name: GLIBC_2.38  Flags: none",
                "the binary needs glibc 2.38, expected is 2.36",
            ),
        ] {
            let error = judge(&format!("{GOOD}{line}\n")).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(judge("").is_err());
    }
}
