//! What the state folder tells of the server that holds it: where it is. A line with its URL, and one with the address
//! to connect to where the name in the URL need not lead here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use async_trait::async_trait;
use grantd_net::{ResolveError, Resolver};
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
    fn told(&self) -> Option<Told> {
        let public_url = self.public_url.map(ToString::to_string).map(Told::of);
        let ip = match self.local.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
            ip if ip.is_loopback() || self.tls.is_some() => ip,
            _ => return public_url,
        };
        let by_address = format!(
            "{}://{}",
            self.scheme(),
            SocketAddr::new(ip, self.local.port())
        );
        let Some(identity) = self.tls else {
            return Some(Told::of(by_address));
        };
        let has_name = ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
        if identity.is_for(&ip.to_string()) {
            Some(Told::of(by_address))
        } else if has_name && identity.is_for("localhost") {
            Some(Told::of(format!("https://localhost:{}", self.local.port())))
        } else if let Some(host) = self.public_url.and_then(Url::host_str)
            && identity.is_for(host)
        {
            // the name may lead elsewhere, or nowhere on this machine
            Some(Told {
                url: format!("https://{host}:{}", self.local.port()),
                address: Some(ip),
            })
        } else {
            // where it is for no such name at all, the command that calls says so
            public_url.or(Some(Told::of(by_address)))
        }
    }
}

/// What the folder tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The URL of the server.
    pub(crate) url: String,
    /// The address to connect to, whatever the name in the URL leads to.
    pub(crate) address: Option<IpAddr>,
}

impl Told {
    const fn of(url: String) -> Self {
        Self { url, address: None }
    }

    /// Reads it, if a server tells anything.
    pub(crate) fn read(paths: &StatePaths) -> Option<Self> {
        let text = files::read_text(&paths.address()).ok()?;
        let mut lines = text.lines();
        let url = lines.next().unwrap_or_default().trim().to_owned();
        let address = lines.next().and_then(|line| line.trim().parse().ok());
        Some(Self { url, address })
    }
}

/// Answers every name with one address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pinned(pub(crate) IpAddr);

#[async_trait]
impl Resolver for Pinned {
    async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, ResolveError> {
        Ok(vec![self.0])
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
        let written = match address.told() {
            Some(told) => {
                let address = told.address.map(|address| format!("{address}\n"));
                let address = address.unwrap_or_default();
                files::write_private(&path, &format!("{}\n{address}", told.url))
            }
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
        let told = address.told()?;
        let address = told.address.map(|address| format!(" at {address}"));
        Some(told.url + &address.unwrap_or_default())
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
            (
                v4,
                &["grantd.example.com"],
                "https://grantd.example.com:8710 at 127.0.0.1",
            ),
            (
                "[::]:8710",
                &["*.example.com"],
                "https://grantd.example.com:8710 at ::1",
            ),
            (
                "10.0.0.1:1",
                &["grantd.example.com"],
                "https://grantd.example.com:1 at 10.0.0.1",
            ),
            ("10.0.0.1:1", &["localhost"], PUBLIC),
        ] {
            let found = found(local, Some(PUBLIC), Some(names));
            assert_eq!(found.as_deref(), Some(url));
        }
        let found = found(v4, None, Some(&["grantd.example.com"]));
        assert_eq!(found.as_deref(), Some("https://127.0.0.1:8710"));
    }
}
