//! What the state folder tells of the server that holds it: where it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use url::Url;

use crate::failure::Failure;
use crate::files;
use crate::state_folder::StatePaths;

/// Says in the state folder where the server is, as long as this is kept; the commands find it so.
#[derive(Debug)]
pub(crate) struct Announcement(PathBuf);

impl Announcement {
    /// Writes it down, in the place of what a process left there that was killed.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn write(
        paths: &StatePaths,
        local: SocketAddr,
        public_url: Option<&Url>,
    ) -> Result<Self, Failure> {
        let path = paths.address();
        let written = match local_url(local, public_url) {
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

/// Where programs on this machine reach the server: by loopback, or by the URL that is set.
fn local_url(local: SocketAddr, public_url: Option<&Url>) -> Option<String> {
    let ip = match local.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip if ip.is_loopback() => ip,
        _ => return public_url.map(ToString::to_string),
    };
    Some(format!("http://{}", SocketAddr::new(ip, local.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_on_this_machine_are_told_an_address_they_can_reach() {
        let public = Url::parse("https://grantd.example.com").unwrap();
        for (local, url) in [
            ("127.0.0.1:8710", "http://127.0.0.1:8710"),
            ("0.0.0.0:1", "http://127.0.0.1:1"),
            ("[::]:1", "http://[::1]:1"),
            ("[::1]:1", "http://[::1]:1"),
            ("10.0.0.1:1", "https://grantd.example.com/"),
        ] {
            let found = local_url(local.parse().unwrap(), Some(&public));
            assert_eq!(found.as_deref(), Some(url));
        }
        assert_eq!(local_url("10.0.0.1:1".parse().unwrap(), None), None);
    }
}
