//! The authorization server, the proxy in front of it, and the credentials.

use anyhow::{Context, Result};
use e2e::grantd::{Api, Grantd};
use e2e::peer::{Client, Method, Mitmproxy, OidcProvider, Settings};
use serde_json::json;

use super::fault::{Fault, How, MOVED, RENEWED, TAKEN};
use crate::draft;

/// How many credentials are renewed by force, and how many are only asked for.
const COUNTS: [(&str, usize); 2] = [(RENEWED, 4), (TAKEN, 6)];

/// Short, so that tokens are renewed all the time.
const LIFETIME_S: u32 = 3;

pub(super) struct Stage {
    provider: OidcProvider,
    proxy: Mitmproxy,
    /// Each credential's slug and its client.
    clients: Vec<(String, Client)>,
    /// How often secrets were replaced.
    replaced: u32,
}

impl Stage {
    /// Sets it for this grantd.
    pub(super) fn set(grantd: &Grantd) -> Result<Self> {
        let counted = COUNTS
            .into_iter()
            .flat_map(|(way, count)| (1..=count).map(move |number| format!("{way}-{number}")));
        let clients: Vec<(String, Client)> = counted
            .chain([MOVED.to_owned()])
            .map(|slug| (slug.clone(), client(&slug, 0)))
            .collect();
        let registered: Vec<Client> = clients.iter().map(|(_, client)| client.clone()).collect();
        let settings = Settings {
            token_lifetime_s: LIFETIME_S,
            ..Settings::default()
        };
        let provider = OidcProvider::start(&registered, settings)?;
        let proxy = Mitmproxy::start(&provider.url(""))?;
        let members = json!({
            "ca_bundle": proxy.authority(), "connect_timeout_s": 5, "request_timeout_s": 5,
        });
        for (slug, client) in &clients {
            let draft = draft::credential(slug, client, &proxy.token_endpoint(way(slug)));
            grantd.api()?.add(&draft::with(draft, &members))?;
        }
        Ok(Self {
            provider,
            proxy,
            clients,
            replaced: 0,
        })
    }

    /// The slugs of all credentials.
    pub(super) fn all(&self) -> Vec<String> {
        self.those(|_| true)
    }

    /// Those that are renewed by force.
    pub(super) fn renewed(&self) -> Vec<String> {
        self.those(|slug| way(slug) == RENEWED)
    }

    /// Those that are only asked for.
    pub(super) fn taken(&self) -> Vec<String> {
        self.those(|slug| way(slug) != RENEWED)
    }

    fn those(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let slugs = self.clients.iter().map(|(slug, _)| slug.clone());
        slugs.filter(|slug| is_wanted(slug)).collect()
    }

    /// Lets a fault come.
    pub(super) fn inject(&mut self, fault: &Fault, grantd: &Grantd) -> Result<()> {
        match fault.how {
            How::Answer(answer) => self.proxy.inject(answer, fault.of, "good"),
            How::Certificate(name) => self.proxy.inject("", &[], name),
            How::Gone => {
                self.proxy.stop();
                Ok(())
            }
            How::Revoked => {
                self.replaced += 1;
                for (slug, replaced) in self
                    .clients
                    .iter_mut()
                    .filter(|(slug, _)| fault.meets(slug))
                {
                    *replaced = client(slug, self.replaced);
                    grantd
                        .canaries()
                        .watch_client(&replaced.id, &replaced.secret);
                    self.provider.register(replaced)?;
                }
                Ok(())
            }
        }
    }

    /// Lets it go.
    pub(super) fn take_away(&mut self, fault: &Fault, admin: &Api) -> Result<()> {
        match fault.how {
            How::Answer(_) | How::Certificate(_) => self.proxy.inject("", &[], "good"),
            How::Gone => self.proxy.start_again(),
            How::Revoked => {
                for (slug, client) in self.clients.iter().filter(|(slug, _)| fault.meets(slug)) {
                    let path = format!("/v1/credentials/{slug}");
                    let secret = json!({"client_secret": client.secret});
                    admin.patch(&path, Some("*"), &secret)?.expect(200)?;
                }
                Ok(())
            }
        }
    }
}

/// The name of a credential's way to the server.
pub(super) fn way(slug: &str) -> &str {
    slug.split('-').next().unwrap_or(slug)
}

fn client(slug: &str, replaced: u32) -> Client {
    let secret = format!("canary-secret-{replaced}-of-{slug}");
    Client::new(&format!("client-of-{slug}"), &secret, Method::Basic)
}

/// The API with a key that may only get tokens.
pub(super) fn workload(grantd: &Grantd) -> Result<Api> {
    let wanted = json!({"name": "load", "grants": [{"action": "token", "on": "all"}]});
    let api = grantd.api()?;
    let made = api.post("/v1/keys", &wanted)?.expect(201)?.json()?;
    let key = made["key"].as_str().context("no key in the answer")?;
    grantd.canaries().watch("API key", key);
    Ok(api.with_key(key))
}
