//! A consumer as requests see it: everything that can be made once is made once, when it changes.

use std::sync::Arc;

use bytes::Bytes;
use grantd_engine::UsedConsumer;
use grantd_model::consumer::{ConsumerSettings, FieldName, PathPrefix};
use grantd_model::{Consumer, Secret};
use http::header::{HeaderName, HeaderValue};
use http::uri::{PathAndQuery, Scheme};
use http::{Method, StatusCode};
use zeroize::Zeroizing;

use crate::caller::OWN_FIELD;
use crate::limit::Limiter;
use crate::metrics::ConsumerMetrics;
use crate::origin::Origin;
use crate::path;
use crate::problem::Problem;

/// A consumer that requests can be sent through.
#[derive(Debug)]
pub(crate) struct Route {
    /// Tells it from others and from itself at another revision.
    pub(crate) number: u64,
    pub(crate) used: UsedConsumer,
    pub(crate) origin: Arc<Origin>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) metrics: Arc<ConsumerMetrics>,
    /// Fields that are set; none if one of them does not open.
    pub(crate) fields: Option<Vec<(HeaderName, HeaderValue)>>,
    pub(crate) remove: Vec<HeaderName>,
    /// Where the token goes.
    pub(crate) token_field: HeaderName,
    pub(crate) host: HeaderValue,
    pub(crate) rejected_field: Option<(HeaderName, String)>,
    /// The path before that of a request, without a slash at its end.
    base: String,
    methods: Vec<Method>,
}

impl Route {
    pub(crate) fn new(
        number: u64,
        consumer: &Arc<Consumer>,
        fields: Option<&[(FieldName, Secret<String>)]>,
        (origin, limiter, metrics): (Arc<Origin>, Arc<Limiter>, Arc<ConsumerMetrics>),
    ) -> Option<Self> {
        let settings = &consumer.settings;
        let name = |name: &FieldName| HeaderName::from_bytes(name.as_str().as_bytes()).ok();
        let fields = fields.and_then(|fields| {
            let field = |(field, value): &(FieldName, Secret<String>)| {
                Some((name(field)?, sensitive(value.expose().as_bytes())?))
            };
            fields.iter().map(field).collect()
        });
        let rejected_field = match &settings.rejected.field {
            Some((field, text)) => Some((name(field)?, text.to_lowercase())),
            None => None,
        };
        let methods = settings.methods.iter();
        Some(Self {
            number,
            fields,
            remove: settings.remove_fields.iter().filter_map(name).collect(),
            token_field: name(&settings.placement.field)?,
            host: HeaderValue::from_str(&origin.authority).ok()?,
            rejected_field,
            base: settings.base_url.path().to_owned(),
            methods: methods
                .filter_map(|method| Method::from_bytes(method.as_str().as_bytes()).ok())
                .collect(),
            used: UsedConsumer::new(Arc::clone(consumer)),
            origin,
            limiter,
            metrics,
        })
    }

    pub(crate) fn settings(&self) -> &ConsumerSettings {
        &self.used.consumer().settings
    }

    pub(crate) fn scheme(&self) -> Scheme {
        if self.origin.is_tls {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        }
    }

    /// Whether methods or paths are let through by rules.
    pub(crate) fn has_rules(&self) -> bool {
        !self.methods.is_empty() || !self.settings().paths.is_empty()
    }

    /// Whether a field is the token's, the caller's key's, or one that is set or removed. Some servers take `_` for
    /// `-` in names.
    pub(crate) fn owns(&self, name: &HeaderName) -> bool {
        let is_owned = |name: &HeaderName| {
            let set = self.fields.as_deref().unwrap_or_default();
            *name == self.token_field
                || *name == OWN_FIELD
                || set.iter().any(|(field, _)| field == name)
                || self.remove.contains(name)
        };
        if is_owned(name) {
            return true;
        }
        let text = name.as_str();
        memchr::memchr(b'_', text.as_bytes()).is_some()
            && HeaderName::try_from(text.replace('_', "-")).is_ok_and(|name| is_owned(&name))
    }

    /// Checks method and path against the rules.
    pub(crate) fn check(&self, method: &Method, path: &str) -> Result<(), Problem> {
        if !self.methods.is_empty() && !self.methods.contains(method) {
            return Err(Problem::Method);
        }
        let prefixes = &self.settings().paths;
        path::check(path, !prefixes.is_empty()).map_err(Problem::Path)?;
        let held = |prefix: &PathPrefix| prefix.holds(path);
        if prefixes.is_empty() || prefixes.iter().any(held) {
            Ok(())
        } else {
            Err(Problem::PathRule)
        }
    }

    /// The target at the service: its base, then what the request has behind the consumer.
    pub(crate) fn target(&self, path: &str, query: Option<&str>) -> Option<PathAndQuery> {
        let path = match path {
            "" if self.base.is_empty() => "/",
            path => path,
        };
        let length = self.base.len() + path.len() + query.map_or(0, |query| query.len() + 1);
        let mut text = Vec::with_capacity(length);
        text.extend_from_slice(self.base.as_bytes());
        text.extend_from_slice(path.as_bytes());
        if let Some(query) = query {
            text.push(b'?');
            text.extend_from_slice(query.as_bytes());
        }
        PathAndQuery::from_maybe_shared(Bytes::from(text)).ok()
    }

    /// Whether an answer of this status may say that the token is of no use.
    pub(crate) fn may_be_rejection(&self, status: StatusCode) -> bool {
        status == StatusCode::UNAUTHORIZED
            || self.settings().rejected.statuses.contains(&status.as_u16())
    }

    /// The value of the token's field; made anew for each token.
    pub(crate) fn token_value(&self, token: &str) -> Option<HeaderValue> {
        let prefix = &self.settings().placement.prefix;
        let mut text = Zeroizing::new(String::with_capacity(prefix.len() + 1 + token.len()));
        if !prefix.is_empty() {
            text.push_str(prefix);
            text.push(' ');
        }
        text.push_str(token);
        sensitive(text.as_bytes())
    }
}

/// A value that is wiped when it is dropped, shows itself nowhere, and is kept out of tables of HTTP/2 (RFC 7541
/// section 7.1.3).
fn sensitive(bytes: &[u8]) -> Option<HeaderValue> {
    let bytes = Bytes::from_owner(Zeroizing::new(bytes.to_vec()));
    let mut value = HeaderValue::from_maybe_shared(bytes).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The slug of a path below `/consumers/`, and what is behind it.
pub(crate) fn behind_slug(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/consumers/")?;
    match memchr::memchr(b'/', rest.as_bytes()) {
        Some(at) => Some(rest.split_at(at)),
        None => Some((rest, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slug_ends_at_the_next_slash() {
        for (path, expected) in [
            ("/consumers/crm/v1/x", Some(("crm", "/v1/x"))),
            ("/consumers/crm/", Some(("crm", "/"))),
            ("/consumers/crm", Some(("crm", ""))),
            ("/consumers/crm//x", Some(("crm", "//x"))),
            ("/consumers/", Some(("", ""))),
            ("/consumers", None),
            ("/x/consumers/crm", None),
        ] {
            assert_eq!(behind_slug(path), expected, "{path}");
        }
    }
}
