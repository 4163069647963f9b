//! Asks for a resource with the token, to see that it is good for something.

use std::time::Duration;

use grantd_model::bound_host::is_bound;
use grantd_model::{Credential, Invalid};
use grantd_net::{Limits, NetError, ProxyChoice, Request};
use grantd_oauth::{TokenResponse, parse_challenges};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method};
use std::sync::Arc;
use url::Url;

use super::steps::StepKind;
use super::watch::Watch;
use crate::{Engine, EngineError};

/// The largest answer that is read, in bytes; nothing of it is shown.
const MOST_BYTES: usize = 1024 * 1024;

/// How long the resource may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Checks that the token may be sent there.
pub(super) fn check(bound_hosts: &[String], url: &Url) -> Result<(), Invalid> {
    let host = url.host_str().unwrap_or_default();
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        let detail = "a URL that begins with `https://` is expected";
        return Err(Invalid::new("https_required", detail));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let detail = "a URL without user name and password is expected";
        return Err(Invalid::new("user_information", detail));
    }
    if is_bound(bound_hosts, host) {
        return Ok(());
    }
    let bound = if bound_hosts.is_empty() {
        "none is".to_owned()
    } else {
        format!("these are: {}", bound_hosts.join(", "))
    };
    Err(Invalid::new(
        "host_not_bound",
        format!("a host that an admin has bound to the credential is expected; {bound}"),
    ))
}

impl Engine {
    /// Tells whether the resource took the token.
    pub(super) async fn probe(
        &self,
        credential: &Credential,
        response: &TokenResponse,
        url: &Url,
        watch: &Arc<Watch>,
    ) -> bool {
        watch.begin(StepKind::Probe);
        let token = &response.access_token;
        let mut request = Request::new(Method::GET, url.clone());
        let header = format!("{} {}", token.token_type, token.value.expose());
        if let Ok(mut value) = HeaderValue::from_str(&header) {
            value.set_sensitive(true);
            request.headers.push((AUTHORIZATION, value));
        }
        request.limits = Limits {
            connect: credential.settings.timeouts.connect,
            total: TIMEOUT,
            response_bytes: MOST_BYTES,
            ..Limits::default()
        };
        if let Some(proxy) = &credential.settings.egress_proxy {
            request.proxy = ProxyChoice::Through(proxy.clone());
        }
        let (status, headers) = match self.parts().outbound.send(request).await {
            Ok(answer) => (answer.status, answer.headers),
            Err(failure) => {
                let NetError::TooLarge { status, .. } = failure.error else {
                    watch.fail(&EngineError::Send(failure));
                    return false;
                };
                // its status says enough
                (status, HeaderMap::new())
            }
        };
        let is_success = status.is_success();
        let status = status.as_u16();
        if is_success {
            watch.done(status.to_string());
            return true;
        }
        let challenges: Vec<&str> = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let said = parse_challenges(&challenges)
            .iter()
            .find_map(|challenge| challenge.shown("error"));
        let detail = match said {
            Some(error) => format!("status {status}, {error}"),
            None => format!("status {status}"),
        };
        watch.fail_with("resource_refused", detail, remedy(status));
        false
    }
}

const fn remedy(status: u16) -> &'static str {
    match status {
        401 => {
            "The resource does not take the token: check that its audience and issuer are those \
             that the resource expects."
        }
        403 => {
            "The token is taken but is not enough: give the client the role or permission that the \
             resource asks for."
        }
        404 | 405 => "Check the URL of the resource.",
        300..=399 => "The resource redirects, which is not followed; give the URL it leads to.",
        _ => "The token was got; the resource has a fault of its own, or the URL is another's.",
    }
}
