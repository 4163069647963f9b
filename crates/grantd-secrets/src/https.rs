//! A service that gives a secret by one GET over HTTPS.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::source::HttpsSettings;
use grantd_model::source::bounds::leads_away;
use grantd_model::source::https::{PATH, VERSION};
use grantd_model::{Secret, SecretReference};
use grantd_net::{Limits, Outbound, Request};
use http::header::{ACCEPT, ETAG, LAST_MODIFIED, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use url::Url;

use crate::{Browsed, Freshness, LIMIT, OwnSecret, SecretRead, SecretSource, SourceError, percent};

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks a service.
pub struct HttpsSource {
    settings: HttpsSettings,
    ca_bundle: Option<Arc<str>>,
    own: Arc<dyn OwnSecret>,
    outbound: Arc<dyn Outbound>,
}

impl HttpsSource {
    /// A service that knows grantd by this secret, where it has a header for one.
    #[must_use]
    pub fn new(
        settings: HttpsSettings,
        own: Arc<dyn OwnSecret>,
        outbound: Arc<dyn Outbound>,
    ) -> Self {
        Self {
            ca_bundle: settings.ca_bundle.as_deref().map(Arc::from),
            settings,
            own,
            outbound,
        }
    }

    fn url(&self, reference: &SecretReference) -> Result<Url, SourceError> {
        let version = reference.version.as_deref().unwrap_or_default();
        // both are written so that nothing in them is a `{` any more
        let filled = self
            .settings
            .url
            .replace(VERSION, &percent::segment(version))
            .replace(PATH, &percent::path(&reference.path));
        filled.parse().map_err(|_| SourceError::Outside {
            path: reference.path.clone(),
            expected: "a path that makes a URL".to_owned(),
        })
    }

    fn request(
        &self,
        reference: &SecretReference,
        own: Option<&Secret<String>>,
    ) -> Result<Request, SourceError> {
        let mut request = Request::new(Method::GET, self.url(reference)?);
        request.limits = Limits {
            total: TIMEOUT,
            response_bytes: usize::try_from(LIMIT).unwrap_or(usize::MAX),
            ..Limits::default()
        };
        request.ca_bundle.clone_from(&self.ca_bundle);
        let any = HeaderValue::from_static("application/json, text/plain;q=0.9, */*;q=0.1");
        request.headers.push((ACCEPT, any));
        if let (Some((name, before)), Some(secret)) = (&self.settings.header, own) {
            let wrong = |what: &str| SourceError::LoginRefused {
                detail: format!("{what} can not stand in a header"),
            };
            let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong("the name"))?;
            let text = Secret::new(format!("{before}{}", secret.expose().trim_end()));
            let mut value = HeaderValue::try_from(text.expose().as_str())
                .map_err(|_| wrong("grantd's own secret for it"))?;
            value.set_sensitive(true);
            request.headers.push((name, value));
        }
        Ok(request)
    }
}

#[async_trait]
impl SecretSource for HttpsSource {
    fn check(&self, reference: &SecretReference) -> Result<(), SourceError> {
        if leads_away(&reference.path) {
            return Err(SourceError::Outside {
                path: reference.path.clone(),
                expected: "a path without empty parts, `.` and `..`".to_owned(),
            });
        }
        match &reference.version {
            Some(_) if !self.settings.url.contains(VERSION) => return Err(SourceError::NoVersions),
            // it is one part of the URL, and leads nowhere else
            Some(version) if version.contains('/') || leads_away(version) => {
                return Err(SourceError::NotAVersion {
                    version: version.clone(),
                    expected: "one that is no part of a path such as `..`, without `/`",
                });
            }
            _ => {}
        }
        self.url(reference).map(drop)
    }

    async fn read(&self, reference: &SecretReference) -> Result<SecretRead, SourceError> {
        if self.settings.header.is_none() {
            return self.ask(reference, None).await;
        }
        let before = self.own.secret(Freshness::Cached).await?;
        let refused = match self.ask(reference, Some(&before)).await {
            Err(refused @ SourceError::Unauthenticated { .. }) => refused,
            read => return read,
        };
        // what grantd is known by may be another one now
        let now = self.own.secret(Freshness::PastCache).await?;
        if before.expose() == now.expose() {
            return Err(refused);
        }
        self.ask(reference, Some(&now)).await
    }

    fn lists(&self) -> bool {
        false
    }

    async fn browse(&self, _: &str) -> Result<Vec<Browsed>, SourceError> {
        Err(SourceError::NotListed)
    }
}

impl HttpsSource {
    async fn ask(
        &self,
        reference: &SecretReference,
        own: Option<&Secret<String>>,
    ) -> Result<SecretRead, SourceError> {
        let request = self.request(reference, own)?;
        let answer = self.outbound.send(request).await;
        let path = || reference.path.clone();
        let mut answer = answer.map_err(|failure| match failure.error {
            grantd_net::NetError::TooLarge { .. } => SourceError::TooLarge {
                path: path(),
                limit: LIMIT,
            },
            error => SourceError::of_network(&error),
        })?;
        let header = |name: HeaderName| {
            let value = answer.headers.get(name)?.to_str().ok()?;
            Some(value.trim_matches('"').to_owned())
        };
        match answer.status.as_u16() {
            200 => {}
            401 => return Err(SourceError::Unauthenticated { path: path() }),
            403 => return Err(SourceError::Denied { path: path() }),
            404 | 410 => return Err(SourceError::NotFound { path: path() }),
            429 | 502..=504 => {
                let after = header(RETRY_AFTER).and_then(|it| it.parse().ok());
                return Err(SourceError::Busy {
                    after: after.map(Duration::from_secs),
                });
            }
            300..=399 => {
                return Err(SourceError::Strange {
                    detail: "the service sends elsewhere, which is not followed".to_owned(),
                });
            }
            // of this path alone, as far as anybody knows
            status => {
                return Err(SourceError::Strange {
                    detail: format!("the service answers status {status}"),
                });
            }
        }
        let version = header(ETAG).or_else(|| header(LAST_MODIFIED));
        let value = std::str::from_utf8(&answer.body);
        let value = value
            .map(Secret::from)
            .map_err(|_| SourceError::NotText { path: path() });
        answer.wipe();
        Ok(SecretRead {
            value: value?,
            version,
            changed_at: None,
        })
    }
}
