//! TLS for the harness' own requests, with one private certificate authority and nothing else trusted, and for its
//! own server.

use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use crate::certificate::ServerCertificate;

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

/// How a server with this certificate speaks TLS.
pub(super) fn server_config(files: &ServerCertificate) -> Result<Arc<ServerConfig>> {
    let certificate = CertificateDer::from_pem_file(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    Ok(Arc::new(config))
}
