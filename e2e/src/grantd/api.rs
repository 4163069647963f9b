//! The JSON API as a client with a key sees it.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::canary::Canaries;
use crate::http::{Request, Response};

/// An API client. Every answer is searched for watched values, except those that hand out a token.
#[derive(Debug, Clone)]
pub struct Api {
    url: String,
    authority: Option<String>,
    key: Option<String>,
    canaries: Canaries,
}

impl Api {
    pub(super) fn new(
        url: String,
        authority: Option<String>,
        key: &str,
        canaries: Canaries,
    ) -> Self {
        Self {
            url,
            authority,
            key: Some(key.to_owned()),
            canaries,
        }
    }

    /// The same with another key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..self.clone()
        }
    }

    /// The same without a key.
    #[must_use]
    pub fn without_key(&self) -> Self {
        Self {
            key: None,
            ..self.clone()
        }
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Result<Response> {
        self.send(path, &self.request("GET", path))
    }

    /// `POST path` with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Result<Response> {
        self.send(path, &self.request("POST", path).json(body))
    }

    /// `POST path` without a body.
    pub fn post_empty(&self, path: &str) -> Result<Response> {
        self.send(path, &self.request("POST", path))
    }

    /// `POST path` without a body, for this revision.
    pub fn post_if_match(&self, path: &str, revision: &str) -> Result<Response> {
        self.send(
            path,
            &self.request("POST", path).header("if-match", revision),
        )
    }

    /// `POST path` with JSON, for this revision if there is one.
    pub fn post_matching(
        &self,
        path: &str,
        if_match: Option<&str>,
        body: &Value,
    ) -> Result<Response> {
        let request = conditional(self.request("POST", path), if_match);
        self.send(path, &request.json(body))
    }

    /// `PATCH path` with a JSON merge patch (RFC 7396), for this revision if there is one.
    pub fn patch(&self, path: &str, if_match: Option<&str>, body: &Value) -> Result<Response> {
        let request = conditional(self.request("PATCH", path), if_match);
        self.send(path, &request.json_as("application/merge-patch+json", body))
    }

    /// `DELETE path`, for this revision if there is one.
    pub fn delete(&self, path: &str, if_match: Option<&str>) -> Result<Response> {
        self.send(path, &conditional(self.request("DELETE", path), if_match))
    }

    /// Adds a credential, watches its secret and returns the slug.
    pub fn add(&self, draft: &Value) -> Result<String> {
        let added = self.post_credential(draft)?.expect(201)?.json()?;
        Ok(added["slug"]
            .as_str()
            .with_context(|| format!("no slug: {added}"))?
            .to_owned())
    }

    /// `POST /v1/credentials`; the secret is watched from here on.
    pub fn post_credential(&self, draft: &Value) -> Result<Response> {
        if let (Some(id), Some(secret)) =
            (draft["client_id"].as_str(), draft["client_secret"].as_str())
        {
            self.canaries.watch_client(id, secret);
        }
        self.post("/v1/credentials", draft)
    }

    /// The answer to a demand for a token; a token in it is watched.
    pub fn post_token(&self, slug: &str) -> Result<Response> {
        let answer = self.post_empty(&format!("/v1/credentials/{slug}/token"))?;
        if answer.status == 200 {
            let token = answer.json()?["access_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            self.canaries.watch("access token", &token);
        }
        Ok(answer)
    }

    /// The credential's access token.
    pub fn token(&self, slug: &str) -> Result<String> {
        let answer = self.post_token(slug)?.expect(200)?.json()?;
        Ok(answer["access_token"]
            .as_str()
            .context("no access_token")?
            .to_owned())
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, &format!("{}{path}", self.url));
        let request = request.header("accept", "application/json");
        let request = match &self.authority {
            Some(authority) => request.trusting(authority),
            None => request,
        };
        match &self.key {
            Some(key) => request.header("authorization", &format!("Bearer {key}")),
            None => request,
        }
    }

    fn send(&self, path: &str, request: &Request) -> Result<Response> {
        let answer = request.send()?;
        let hands_out = path.ends_with("/token") && answer.status == 200;
        if !hands_out {
            self.canaries
                .assert_absent(&format!("the answer of {path}"), &answer.body);
        }
        Ok(answer)
    }
}

fn conditional(request: Request, if_match: Option<&str>) -> Request {
    match if_match {
        Some(revision) => request.header("if-match", revision),
        None => request,
    }
}
