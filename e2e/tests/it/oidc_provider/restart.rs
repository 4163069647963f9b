//! grantd is killed and started again while workloads go on asking.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use e2e::grantd::{Api, Grantd};
use e2e::peer::{self, OidcProvider};

use crate::{clients, draft};

/// How long the provider takes for a token, in milliseconds: all callers are there before it ends.
const DELAY_MS: u32 = 1000;

/// Callers of each credential.
const CALLERS: usize = 16;

/// How often it is looked whether they are served, and how many times at most.
const PAUSE: Duration = Duration::from_millis(20);
const LOOKS: usize = 1500;

/// What callers of one credential got.
#[derive(Default)]
struct Served {
    tokens: AtomicUsize,
    /// Answers that were no token.
    refused: AtomicUsize,
    /// Connections that failed.
    cut_off: AtomicUsize,
}

impl Served {
    fn tokens(&self) -> usize {
        self.tokens.load(Ordering::Relaxed)
    }

    /// Asks again and again, on a new connection each time, until told to end.
    fn ask(&self, api: &Api, slug: &str, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            let counter = match api.post_token(slug) {
                Ok(answer) if answer.status == 200 => &self.tokens,
                Ok(_) => &self.refused,
                Err(_) => &self.cut_off,
            };
            counter.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Waits until each of them got this many more tokens than it had.
fn wait_for_more(all: &[Served], had: &[usize], more: usize) -> Result<()> {
    for _ in 0..LOOKS {
        if all
            .iter()
            .zip(had)
            .all(|(it, had)| it.tokens() >= had + more)
        {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    bail!("callers are not served")
}

#[test]
fn a_restart_under_load_makes_one_token_request_for_each_credential() -> Result<()> {
    let client = clients::ordinary();
    let settings = peer::Settings {
        token_delay_ms: DELAY_MS,
        ..peer::Settings::default()
    };
    let provider = OidcProvider::start(std::slice::from_ref(&client), settings)?;
    let mut grantd = Grantd::start()?;
    let api = grantd.api()?;
    let mut slugs = Vec::new();
    for name in ["One", "Two", "Three"] {
        let credential = draft::credential(name, &client, &provider.token_endpoint());
        slugs.push(api.add(&credential)?);
    }
    let served: Vec<Served> = slugs.iter().map(|_| Served::default()).collect();
    let over = AtomicBool::new(false);
    let (before, after) = thread::scope(|scope| {
        for (slug, served) in slugs.iter().zip(&served) {
            for _ in 0..CALLERS {
                scope.spawn(|| served.ask(&api, slug, &over));
            }
        }
        let outcome = (|| {
            wait_for_more(&served, &vec![0; slugs.len()], 10 * CALLERS)?;
            let before = provider.grants()?.len();
            grantd.restart()?;
            let had: Vec<usize> = served.iter().map(Served::tokens).collect();
            wait_for_more(&served, &had, 10 * CALLERS)?;
            Ok((before, provider.grants()?.len()))
        })();
        over.store(true, Ordering::Relaxed);
        outcome
    })
    .map_err(|error: anyhow::Error| error.context("the restart"))?;
    ensure!(before == slugs.len(), "{before} token requests before");
    let made = after - before;
    ensure!(made == slugs.len(), "{made} token requests after the start");
    for it in &served {
        let refused = it.refused.load(Ordering::Relaxed);
        ensure!(refused == 0, "{refused} answers were no token");
    }
    let cut_off = served.iter().map(|it| it.cut_off.load(Ordering::Relaxed));
    ensure!(cut_off.sum::<usize>() > 0, "the restart was not under load");
    Ok(())
}
