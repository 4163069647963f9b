//! nginx as a proxy: two workers, 128 connections of each to the upstream kept, a token in its configuration.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::certificates::{self, Certificates};
use super::{stage, upstream};
use crate::bench::nginx::Server;

/// Where it listens.
pub(super) const PORT: u16 = 18_738;

/// As long as one of the sandbox: a mark, and 32 bytes in base64.
const TOKEN_LENGTH: usize = 47;

/// Starts it, with consumers of its own beside those that all of them have.
pub(super) fn start(folder: &Path, user: &str, certificates: &Certificates) -> Result<Server> {
    let prefix = folder.join("nginx");
    let mut locations = String::new();
    for number in 0..stage::MANY {
        let name = stage::nth(number);
        let token = format!("{number:x>TOKEN_LENGTH$}");
        // to set one field is to set all of them
        writeln!(
            locations,
            "location /consumers/{name}/ {{
               proxy_set_header Connection \"\"; proxy_set_header Authorization \"Bearer {token}\";
               proxy_pass http://plain/;
             }}"
        )?;
    }
    let configuration = format!(
        "user {user}; daemon off; worker_processes 2; pid {prefix}/pid; error_log stderr crit;
         events {{ worker_connections 16384; }}
         http {{
           access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
           client_body_temp_path {prefix}/client; proxy_temp_path {prefix}/proxy;
           proxy_max_temp_file_size 0; proxy_http_version 1.1;
           proxy_set_header Connection \"\"; proxy_set_header Authorization \"Bearer {token}\";
           proxy_ssl_verify on; proxy_ssl_trusted_certificate {authority};
           proxy_ssl_name {name}; proxy_ssl_server_name on;
           upstream plain {{
             server 127.0.0.1:{plain}; keepalive 128; keepalive_requests 1000000000;
           }}
           upstream tls {{
             server 127.0.0.1:{tls}; keepalive 128; keepalive_requests 1000000000;
           }}
           server {{
             listen 127.0.0.1:{PORT} reuseport;
             location /consumers/plain/ {{ proxy_pass http://plain/; }}
             location /consumers/tls/ {{ proxy_pass https://tls/; }}
             {locations}
           }}
         }}",
        prefix = prefix.display(),
        token = "x".repeat(TOKEN_LENGTH),
        authority = certificates.authority.display(),
        name = certificates::NAME,
        plain = upstream::PLAIN,
        tls = upstream::TLS,
    );
    Server::start(&prefix, &configuration, PORT)
}
