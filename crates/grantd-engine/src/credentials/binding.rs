//! What a stored secret is bound to: where and how it may be sent.
//!
//! Changing one of these demands the secret again, so that nobody who does not know it can have it
//! sent elsewhere.

use grantd_model::{
    AuthenticationMethod, ClientAuthentication, Origin, Parameter, ParameterInput, ParameterValue,
    ProxyUrl, Settings,
};

/// Where and how a secret may be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Binding<'a> {
    origin: Origin,
    ca_bundle: Option<&'a str>,
    egress_proxy: Option<&'a ProxyUrl>,
    method: AuthenticationMethod,
    headers: Vec<(&'a str, HeaderValue<'a>)>,
}

/// What is known of the value of a header.
#[derive(Debug, PartialEq, Eq)]
enum HeaderValue<'a> {
    Plain(&'a str),
    /// The secret one that is kept.
    Kept,
    /// A secret one that comes in, which is taken for another one.
    New,
}

impl<'a> Binding<'a> {
    /// Of a credential as it is kept.
    pub(crate) fn kept<S>(
        settings: &'a Settings,
        authentication: &ClientAuthentication<S>,
        headers: &'a [Parameter<ParameterValue>],
    ) -> Self {
        let headers = headers
            .iter()
            .map(|header| {
                let value = match &header.value {
                    ParameterValue::Plain(text) => HeaderValue::Plain(text),
                    ParameterValue::Secret { .. } => HeaderValue::Kept,
                };
                (header.name.as_str(), value)
            })
            .collect();
        Self::of(settings, authentication, headers)
    }

    /// Of a credential as somebody wants it.
    pub(crate) fn wanted<S>(
        settings: &'a Settings,
        authentication: &ClientAuthentication<S>,
        headers: &'a [Parameter<ParameterInput>],
    ) -> Self {
        let headers = headers
            .iter()
            .map(|header| {
                let value = match &header.value {
                    ParameterInput::Plain(text) => HeaderValue::Plain(text),
                    ParameterInput::Secret(_) => HeaderValue::New,
                    ParameterInput::Keep => HeaderValue::Kept,
                };
                (header.name.as_str(), value)
            })
            .collect();
        Self::of(settings, authentication, headers)
    }

    fn of<S>(
        settings: &'a Settings,
        authentication: &ClientAuthentication<S>,
        headers: Vec<(&'a str, HeaderValue<'a>)>,
    ) -> Self {
        Self {
            origin: settings.token_endpoint.origin(),
            ca_bundle: settings.ca_bundle.as_deref(),
            egress_proxy: settings.egress_proxy.as_ref(),
            method: authentication.method(),
            headers,
        }
    }

    /// What differs, in the words of the settings; empty where nothing does.
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        [
            (
                self.origin != other.origin,
                "the origin of the token endpoint",
            ),
            (self.ca_bundle != other.ca_bundle, "the CA bundle"),
            (self.egress_proxy != other.egress_proxy, "the egress proxy"),
            (self.method != other.method, "the authentication method"),
            (self.headers != other.headers, "the extra headers"),
        ]
        .into_iter()
        .filter_map(|(differs, name)| differs.then_some(name))
        .collect()
    }
}
