//! Those who ask for tokens all the time, and what they are told.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::grantd::Api;
use e2e::http::Response;
use serde_json::json;

/// Between two requests of one that asks for tokens.
const ASKS: Duration = Duration::from_millis(15);
/// Between two of one that renews them.
const RENEWS: Duration = Duration::from_millis(50);
/// Between two keys.
const MAKES_KEYS: Duration = Duration::from_millis(250);

/// What a caller was told.
pub(super) struct Call {
    pub(super) slug: String,
    /// Whether a renewal was forced.
    pub(super) forced: bool,
    pub(super) begun: Instant,
    /// Code and detail of the problem document; none of a success.
    pub(super) problem: Option<(String, String)>,
}

/// What callers were told since it was looked at last: all of forced renewals, and failures of the others.
#[derive(Default)]
pub(super) struct Calls {
    told: Mutex<Vec<Call>>,
    /// Why a caller has ended before its time.
    broken: Mutex<Option<String>>,
    pub(super) requests: AtomicU64,
    pub(super) failures: AtomicU64,
    /// Keys that were made, used and revoked.
    pub(super) keys: AtomicU64,
    pub(super) over: AtomicBool,
}

impl Calls {
    /// What was told since the last look.
    pub(super) fn take(&self) -> Result<Vec<Call>> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(broken.is_none(), "a caller ended: {broken:?}");
        let mut calls = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut *calls))
    }

    /// Asks for a token of each, again and again.
    pub(super) fn ask(&self, api: &Api, slugs: &[String]) {
        self.go_on(ASKS, |turn| {
            let slug = &slugs[turn % slugs.len()];
            self.call(api, slug, false)
        });
    }

    /// Renews the token of each, again and again, whatever is at hand.
    pub(super) fn renew(&self, admin: &Api, slugs: &[String]) {
        self.go_on(RENEWS, |turn| {
            let slug = &slugs[turn % slugs.len()];
            self.call(admin, slug, true)
        });
    }

    /// Makes a key, asks for a token with it, and revokes it, again and again.
    pub(super) fn change_keys(&self, admin: &Api, slugs: &[String]) {
        self.go_on(MAKES_KEYS, |turn| {
            let wanted = json!({
                "name": format!("soak {turn}"), "grants": [{"action": "token", "on": "all"}],
            });
            let made = admin.post("/v1/keys", &wanted)?.expect(201)?.json()?;
            let id = made["id"].as_str().context("no id")?;
            let key = admin.with_key(made["key"].as_str().context("no key")?);
            let slug = &slugs[turn % slugs.len()];
            self.call(&key, slug, false)?;
            admin.delete(&format!("/v1/keys/{id}"), None)?.expect(204)?;
            let (code, detail) = problem(&key.post_empty(&path(slug, false))?.expect(401)?)?;
            ensure!(
                code == "unauthenticated" && detail.contains("has been revoked"),
                "{code}: {detail}"
            );
            self.keys.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
    }

    fn go_on(&self, pause: Duration, mut work: impl FnMut(usize) -> Result<()>) {
        let mut turn = 0;
        while !self.over.load(Ordering::Relaxed) {
            if let Err(error) = work(turn) {
                let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
                broken.get_or_insert(format!("{error:#}"));
                return;
            }
            turn += 1;
            std::thread::sleep(pause);
        }
    }

    fn call(&self, api: &Api, slug: &str, forced: bool) -> Result<()> {
        let begun = Instant::now();
        let answer = api.post_empty(&path(slug, forced))?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let problem = match answer.status {
            200 => None,
            _ => Some(problem(&answer)?),
        };
        if problem.is_some() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        if forced || problem.is_some() {
            let mut calls = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let slug = slug.to_owned();
            calls.push(Call {
                slug,
                forced,
                begun,
                problem,
            });
        }
        Ok(())
    }
}

fn path(slug: &str, forced: bool) -> String {
    let what = if forced { "renew" } else { "token" };
    format!("/v1/credentials/{slug}/{what}")
}

/// Code and detail.
fn problem(answer: &Response) -> Result<(String, String)> {
    let problem = answer.json()?;
    let code = problem["type"]
        .as_str()
        .and_then(|name| name.strip_prefix("urn:grantd:problem:"));
    let code = code.with_context(|| format!("no problem: {answer:?}"))?;
    let detail = problem["detail"].as_str().unwrap_or_default();
    Ok((code.to_owned(), detail.to_owned()))
}
