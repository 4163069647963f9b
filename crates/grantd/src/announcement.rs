//! What the state folder tells of the server that holds it: where it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use grantd_server::TlsIdentity;
use url::Url;

use crate::failure::Failure;
use crate::files;
use crate::state_folder::StatePaths;

/// Where a server is.
#[derive(Debug)]
pub(crate) struct Address<'a> {
    /// Where it listens.
    pub(crate) local: SocketAddr,
    /// How people reach it, where that is set.
    pub(crate) public_url: Option<&'a Url>,
    /// What it shows if it speaks TLS.
    pub(crate) tls: Option<&'a TlsIdentity>,
}

impl Address<'_> {
    /// That of a server of this machine alone, without TLS.
    #[cfg(feature = "demo")]
    pub(crate) const fn plain(local: SocketAddr) -> Self {
        Self {
            local,
            public_url: None,
            tls: None,
        }
    }

    /// What its URLs begin with.
    pub(crate) const fn scheme(&self) -> &'static str {
        match self.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Where programs on this machine reach it: by loopback, or by the URL that is set. With TLS,
    /// by a name that its certificate is for, if there is one.
    fn local_url(&self) -> Option<String> {
        let public_url = self.public_url.map(ToString::to_string);
        let ip = match self.local.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
            ip if ip.is_loopback() => ip,
            _ => return public_url,
        };
        let by_address = format!(
            "{}://{}",
            self.scheme(),
            SocketAddr::new(ip, self.local.port())
        );
        let Some(identity) = self.tls else {
            return Some(by_address);
        };
        let has_name = ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
        if identity.is_for(&ip.to_string()) {
            Some(by_address)
        } else if has_name && identity.is_for("localhost") {
            Some(format!("https://localhost:{}", self.local.port()))
        } else {
            // where it is for no such name at all, the command that calls says so
            public_url.or(Some(by_address))
        }
    }
}

/// Says in the state folder where the server is, as long as this is kept; the commands find it so.
#[derive(Debug)]
pub(crate) struct Announcement(PathBuf);

impl Announcement {
    /// Writes it down, in the place of what a process left there that was killed.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn write(paths: &StatePaths, address: &Address<'_>) -> Result<Self, Failure> {
        let path = paths.address();
        let written = match address.local_url() {
            Some(url) => files::write_private(&path, &format!("{url}\n")),
            None => files::remove_if_present(&path),
        };
        match written {
            Ok(()) => Ok(Self(path)),
            Err(error) => Err(Failure::refused(format!("{}: {error}", path.display()))),
        }
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        if let Err(error) = files::remove_if_present(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "a file stays behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use grantd_model::Secret;

    use super::*;

    const PUBLIC: &str = "https://grantd.example.com/";

    fn found(local: &str, public_url: Option<&str>, names: Option<&[&str]>) -> Option<String> {
        let public_url = public_url.map(|url| Url::parse(url).unwrap());
        let tls = names.map(|names| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let made = rcgen::generate_simple_self_signed(names).unwrap();
            let key = Secret::new(made.signing_key.serialize_pem());
            TlsIdentity::from_pem(&made.cert.pem(), &key).unwrap()
        });
        let address = Address {
            local: local.parse().unwrap(),
            public_url: public_url.as_ref(),
            tls: tls.as_ref(),
        };
        address.local_url()
    }

    #[test]
    fn programs_on_this_machine_are_told_an_address_they_can_reach() {
        for (local, url) in [
            ("127.0.0.1:8710", "http://127.0.0.1:8710"),
            ("0.0.0.0:1", "http://127.0.0.1:1"),
            ("[::]:1", "http://[::1]:1"),
            ("[::1]:1", "http://[::1]:1"),
            ("10.0.0.1:1", PUBLIC),
        ] {
            assert_eq!(found(local, Some(PUBLIC), None).as_deref(), Some(url));
        }
        assert_eq!(found("10.0.0.1:1", None, None), None);
    }

    #[test]
    fn with_tls_they_are_told_a_name_of_the_certificate() {
        let (v4, v6) = ("127.0.0.1:8710", "[::1]:8710");
        for (local, names, url) in [
            (
                v4,
                &["127.0.0.1", "localhost"][..],
                "https://127.0.0.1:8710",
            ),
            (v6, &["::1"], "https://[::1]:8710"),
            ("0.0.0.0:8710", &["localhost"], "https://localhost:8710"),
            (v6, &["localhost"], "https://localhost:8710"),
            ("127.0.0.2:8710", &["localhost"], PUBLIC),
            (v4, &["grantd.example.com"], PUBLIC),
            ("10.0.0.1:1", &["localhost"], PUBLIC),
        ] {
            let found = found(local, Some(PUBLIC), Some(names));
            assert_eq!(found.as_deref(), Some(url));
        }
        let found = found(v4, None, Some(&["grantd.example.com"]));
        assert_eq!(found.as_deref(), Some("https://127.0.0.1:8710"));
    }
}
