//! TLS for the harness' own requests: one private certificate authority, nothing else trusted.

use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};

/// The certificate, in DER, that the server at this address and port shows.
pub fn certificate_shown(host: &str, authority: &str) -> Result<Vec<u8>> {
    let mut stream = connect(TcpStream::connect(host)?, host, authority)?;
    stream.conn.complete_io(&mut stream.sock)?;
    let chain = stream.conn.peer_certificates();
    let certificate = chain.and_then(<[_]>::first).context("no certificate")?;
    Ok(certificate.to_vec())
}

pub(super) fn connect(
    stream: TcpStream,
    host: &str,
    authority: &str,
) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = host.rsplit_once(':').context("the URL names no port")?.0;
    let name = ServerName::try_from(name.to_owned())?;
    let connection = ClientConnection::new(Arc::new(config), name)?;
    Ok(StreamOwned::new(connection, stream))
}
