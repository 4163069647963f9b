//! What a browser sends when a form is submitted (WHATWG URL, `application/x-www-form-urlencoded`).

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use grantd_model::Secret;
use url::form_urlencoded;
use zeroize::Zeroize;

use super::failed::Failed;
use crate::app::App;

/// The fields of a form, in order; wiped, for a password or a secret may be among them.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Drop for Form {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            value.zeroize();
        }
    }
}

impl Form {
    /// Reads fields from text.
    pub(super) fn parse(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text);
        Self(pairs.into_owned().collect())
    }

    /// A form of these fields.
    pub(super) fn of<const N: usize>(fields: [(&str, &str); N]) -> Self {
        Self(
            fields
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        )
    }

    /// The value of a field; empty where it was not sent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of a field that was sent.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let fields = self.0.iter();
        fields
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a field in a form that is parsed on, absent where it is empty.
    pub(super) fn some(&self, name: &str) -> Option<String> {
        let value = self.find(name).filter(|value| !value.is_empty())?;
        Some(value.to_owned())
    }

    /// A secret, absent where it is empty.
    pub(super) fn secret(&self, name: &str) -> Option<Secret<String>> {
        let value = self.find(name).filter(|value| !value.is_empty())?;
        Some(Secret::from(value))
    }

    /// Whether a box is ticked.
    pub(super) fn is_ticked(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Adds a value of a field.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Sets a field.
    pub(super) fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(field, _)| field != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// The same without what must not be sent back.
    pub(super) fn without(&self, secrets: impl Fn(&str) -> bool) -> Self {
        let fields = self.0.iter();
        Self(fields.filter(|(name, _)| !secrets(name)).cloned().collect())
    }

    /// The same with some values of a field empty, by their position among those of this field.
    pub(super) fn emptied(mut self, name: &str, which: impl Fn(usize) -> bool) -> Self {
        let values = self.0.iter_mut().filter(|(field, _)| field == name);
        for (position, (_, value)) in values.enumerate() {
            if which(position) {
                value.zeroize();
            }
        }
        self
    }

    /// As text that [`Form::parse`] reads.
    pub(super) fn to_text(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            text.append_pair(name, value);
        }
        text.finish()
    }
}

impl FromRequest<App> for Form {
    type Rejection = Failed;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failed> {
        let media_type = request.headers().get(CONTENT_TYPE);
        let is_form = media_type
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.split(';').next())
            .is_some_and(|text| {
                text.trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        let bytes = Bytes::from_request(request, app).await;
        match bytes {
            Ok(bytes) if is_form || bytes.is_empty() => Ok(Self::parse(&bytes)),
            Err(BytesRejection::FailedToBufferBody(rejection))
                if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE =>
            {
                Err(Failed::TooLarge)
            }
            _ => Err(Failed::NoForm),
        }
    }
}
