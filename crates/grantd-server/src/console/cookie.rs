//! The cookie that holds a session (RFC 6265): `__Host-` with TLS, a plain name on loopback.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use grantd_model::Secret;

use crate::app::App;

/// Bound to this host and to TLS by its name.
const SECURE: &str = "__Host-grantd";

/// On loopback there is no TLS to bind it to.
const PLAIN: &str = "grantd";

fn name(app: &App) -> &'static str {
    if app.settings.clients_use_tls {
        SECURE
    } else {
        PLAIN
    }
}

/// What the browser shows, if anything. A browser sends one cookie of a name for one path; the first
/// counts.
pub(super) fn session(app: &App, headers: &HeaderMap) -> Option<Secret<String>> {
    let wanted = name(app);
    let texts = headers.get_all(COOKIE).iter();
    texts
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| Secret::from(value))
}

/// Has the browser show this from now on, until it is closed or the session ends.
pub(super) fn put(app: &App, response: &mut Response, session: &Secret<String>) {
    set(app, response, session.expose(), "");
}

/// Has the browser forget it.
pub(super) fn remove(app: &App, response: &mut Response) {
    set(app, response, "", "; Max-Age=0");
}

fn set(app: &App, response: &mut Response, value: &str, more: &str) {
    let secure = if app.settings.clients_use_tls {
        "; Secure"
    } else {
        ""
    };
    let text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}",
        name(app)
    );
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
    }
}
