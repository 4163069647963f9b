//! Envoy as it is, with two workers and its injector of tokens.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::certificates::{self, Certificates};
use super::{stage, upstream};
use crate::bench::process::{self, Running};

/// Where it listens.
pub(super) const PORT: u16 = 18_739;

/// What its types are named by.
const TYPES: &str = "type.googleapis.com/envoy.extensions";

/// Starts it; it has no token yet.
pub(super) fn start(program: &Path, folder: &Path, certificates: &Certificates) -> Result<Running> {
    let folder = folder.join("envoy");
    std::fs::create_dir_all(&folder)?;
    let secret = folder.join("secret.json");
    std::fs::write(&secret, client_secret().to_string())?;
    let configuration = folder.join("envoy.json");
    let text = bootstrap(&secret, &certificates.authority).to_string();
    std::fs::write(&configuration, text)?;
    let child = Command::new(program)
        .arg("-c")
        .arg(&configuration)
        .args(["--concurrency", "2", "--disable-hot-restart"])
        // its first try is made before it has read the secret, which it tells as an error
        .args(["--log-level", "critical"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("Envoy does not start")?;
    let running = Running(child);
    process::listening(PORT)?;
    Ok(running)
}

fn client_secret() -> Value {
    json!({"resources": [{
        "@type": format!("{TYPES}.transport_sockets.tls.v3.Secret"),
        "name": "client_secret",
        "generic_secret": {"secret": {"inline_string": stage::CLIENT_SECRET}},
    }]})
}

fn bootstrap(secret: &Path, authority: &Path) -> Value {
    let routes = ["plain", "tls", "http2"].map(route);
    let manager = json!({
        "@type": format!("{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "bench",
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"], "routes": routes,
        }]},
        "http_filters": [injector(secret), {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": format!("{TYPES}.filters.http.router.v3.Router")},
        }],
    });
    json!({
        // what reads a secret from a file must say who it is
        "node": {"id": "bench", "cluster": "bench"},
        "static_resources": {
            "listeners": [{
                "name": "consumers",
                "address": address(PORT),
                "filter_chains": [{"filters": [{
                    "name": "envoy.filters.network.http_connection_manager",
                    "typed_config": manager,
                }]}],
            }],
            "clusters": [
                cluster("plain", upstream::PLAIN, &json!({})),
                cluster("tls", upstream::TLS, &json!({
                    "transport_socket": tls(authority, "http/1.1"),
                })),
                cluster("http2", upstream::HTTP2, &json!({
                    "transport_socket": tls(authority, "h2"),
                    "typed_extension_protocol_options": {
                        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                            "@type": format!("{TYPES}.upstreams.http.v3.HttpProtocolOptions"),
                            "explicit_http_config": {"http2_protocol_options": {}},
                        },
                    },
                })),
                cluster("tokens", stage::SANDBOX, &json!({})),
            ],
        },
    })
}

fn route(cluster: &str) -> Value {
    json!({
        "match": {"prefix": format!("/consumers/{cluster}/")},
        "route": {"cluster": cluster, "prefix_rewrite": "/"},
    })
}

fn injector(secret: &Path) -> Value {
    json!({
        "name": "envoy.filters.http.credential_injector",
        "typed_config": {
            "@type": format!("{TYPES}.filters.http.credential_injector.v3.CredentialInjector"),
            "overwrite": true,
            "credential": {
                "name": "envoy.http.injected_credentials.oauth2",
                "typed_config": {
                    "@type": format!("{TYPES}.http.injected_credentials.oauth2.v3.OAuth2"),
                    "token_endpoint": {
                        "uri": stage::token_endpoint(), "cluster": "tokens", "timeout": "3s",
                    },
                    "scopes": [stage::SCOPE],
                    "client_credentials": {
                        "client_id": stage::CLIENT_ID,
                        "client_secret": {
                            "name": "client_secret",
                            "sds_config": {"path_config_source": {"path": secret}},
                        },
                    },
                },
            },
        },
    })
}

/// A cluster with what else is told of it.
fn cluster(name: &str, port: u16, more: &Value) -> Value {
    let mut cluster = json!({
        "name": name, "type": "STATIC", "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}],
        },
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        cluster[key] = value.clone();
    }
    cluster
}

fn tls(authority: &Path, protocol: &str) -> Value {
    json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": format!("{TYPES}.transport_sockets.tls.v3.UpstreamTlsContext"),
            "sni": certificates::NAME,
            "common_tls_context": {
                "alpn_protocols": [protocol],
                "validation_context": {
                    "trusted_ca": {"filename": authority},
                    "match_typed_subject_alt_names": [
                        {"san_type": "DNS", "matcher": {"exact": certificates::NAME}},
                    ],
                },
            },
        },
    })
}

fn address(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}
