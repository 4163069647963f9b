//! What all of them forward to: nginx with one worker, over HTTP/1.1, TLS, and HTTP/2 over TLS.

use std::fs::File;
use std::path::Path;

use anyhow::Result;

use super::certificates::Certificates;
use crate::bench::nginx::Server;

/// HTTP/1.1 without TLS.
pub(super) const PLAIN: u16 = 18_735;
/// HTTP/1.1 over TLS.
pub(super) const TLS: u16 = 18_736;
/// HTTP/2 over TLS.
pub(super) const HTTP2: u16 = 18_737;

/// Where an answer of 1 MB is.
pub(super) const LARGE: &str = "large";
/// Where the answer tells what arrived: the fields that grantd sets, removes and puts the token into.
pub(super) const ECHO: &str = "echo";

/// Bytes of the large answer.
const LARGE_BYTES: u64 = 1_000_000;

/// Bytes of every other one.
const SMALL_BYTES: usize = 230;

/// Starts it; `user` may read the folder.
pub(super) fn start(folder: &Path, user: &str, certificates: &Certificates) -> Result<Server> {
    let prefix = folder.join("upstream");
    std::fs::create_dir_all(&prefix)?;
    File::create(prefix.join(LARGE))?.set_len(LARGE_BYTES)?;
    let frame = r#"{"answer":""}"#.len();
    let answer = format!(r#"{{"answer":"{}"}}"#, "x".repeat(SMALL_BYTES - frame));
    let configuration = format!(
        "user {user}; daemon off; worker_processes 1; pid {prefix}/pid; error_log stderr crit;
         events {{ worker_connections 8192; }}
         http {{
           access_log off; default_type application/json; sendfile on; server_tokens off;
           keepalive_requests 1000000000; keepalive_timeout 300s;
           client_body_temp_path {prefix}/client; proxy_temp_path {prefix}/proxy;
           ssl_certificate {certificate}; ssl_certificate_key {key};
           server {{
             listen 127.0.0.1:{PLAIN}; listen 127.0.0.1:{TLS} ssl; listen 127.0.0.1:{HTTP2} ssl http2;
             location / {{ return 200 '{answer}'; }}
             location = /{LARGE} {{ root {prefix}; }}
             location = /{ECHO} {{
               return 200 '{{\"token\":\"$http_authorization\",\"removed\":\"$http_x_removed\",\
                           \"set\":\"$http_x_set_one $http_x_set_two\"}}';
             }}
           }}
         }}",
        prefix = prefix.display(),
        certificate = certificates.certificate.display(),
        key = certificates.key.display(),
    );
    Server::start(&prefix, &configuration, HTTP2)
}
