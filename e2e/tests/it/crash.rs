//! grantd is killed as `kill -9` does, at random moments of its work. What it acknowledged is there afterwards,
//! nothing is half done, and the audit log is whole.

mod restore;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use e2e::environment;
use e2e::grantd::{Api, Grantd};
use serde_json::{Value, json};

/// How many write at once.
const WRITERS: u64 = 3;

/// What was asked for when the kill came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Asked {
    /// Nothing: everything was answered.
    #[default]
    Nothing,
    /// That there be a credential with this description.
    Written(String),
    /// That there be none.
    Deleted,
}

/// What a writer knows of its credential: what was acknowledged, and what was sent and not answered.
#[derive(Debug, Clone, Default)]
struct Known {
    /// The description that was acknowledged last; none while there is no credential.
    acknowledged: Option<String>,
    asked: Asked,
}

impl Known {
    /// Whether the credential may be found so.
    fn allows(&self, found: Option<&str>) -> bool {
        let asked = match (&self.asked, found) {
            (Asked::Nothing, _) | (Asked::Deleted, Some(_)) | (Asked::Written(_), None) => false,
            (Asked::Deleted, None) => true,
            (Asked::Written(asked), Some(found)) => asked == found,
        };
        asked || self.acknowledged.as_deref() == found
    }

    /// What was asked for was answered with success.
    fn acknowledge(&mut self) {
        self.acknowledged = match std::mem::take(&mut self.asked) {
            Asked::Written(description) => Some(description),
            Asked::Nothing | Asked::Deleted => None,
        };
    }
}

fn draft(name: &str, description: &str) -> Value {
    json!({
        "name": name, "description": description, "client_id": "id", "client_secret": "canary-of-a-crash",
        "token_endpoint": "https://login.example.test/token", "scope": "a",
        "token_endpoint_auth_method": "client_secret_post",
    })
}

/// Adds, changes and deletes one credential until told to stop or not answered any more.
fn write(api: &Api, name: &str, mut known: Known, stop: &AtomicBool) -> Result<(Known, u64)> {
    let (mut turn, mut written) = (0_u64, 0);
    while !stop.load(Ordering::SeqCst) {
        turn += 1;
        let description = format!("turn {turn}");
        let there = known.acknowledged.is_some();
        let deletes = there && turn.is_multiple_of(7);
        known.asked = if deletes {
            Asked::Deleted
        } else {
            Asked::Written(description.clone())
        };
        let path = format!("/v1/credentials/{name}");
        let sent = if !there {
            api.post("/v1/credentials", &draft(name, &description))
        } else if deletes {
            api.get(&path).and_then(|found| {
                let revision = found.header("etag").map(str::to_owned);
                api.delete(&path, revision.as_deref())
            })
        } else {
            api.get(&path).and_then(|found| {
                let revision = found.header("etag").map(str::to_owned);
                api.patch(
                    &path,
                    revision.as_deref(),
                    &json!({ "description": description }),
                )
            })
        };
        match sent {
            Ok(answer) if answer.status < 300 => {
                known.acknowledge();
            }
            Ok(answer) => bail!("{name} turn {turn}: {answer:?}"),
            // not answered: the kill has come
            Err(_) => break,
        }
        written += 1;
    }
    Ok((known, written))
}

/// What is kept of a credential: its description.
fn found(api: &Api, name: &str) -> Result<Option<String>> {
    let answer = api.get(&format!("/v1/credentials/{name}"))?;
    if answer.status == 404 {
        return Ok(None);
    }
    let shown = answer.expect(200)?.json()?;
    // a half-written one would lack what is written in other tables
    ensure!(shown["scope"] == "a", "{shown}");
    ensure!(
        shown["secrets"].as_array().is_some_and(|it| it.len() == 1),
        "{shown}"
    );
    Ok(shown["description"].as_str().map(str::to_owned))
}

fn checked(api: &Api) -> Result<()> {
    let check = api
        .post("/v1/audit/checks", &json!({}))?
        .expect(200)?
        .json()?;
    ensure!(check["intact"] == true, "{check}");
    Ok(())
}

#[test]
fn every_acknowledged_change_is_there_after_a_kill_and_the_audit_log_is_whole() -> Result<()> {
    let rounds = environment::kills();
    let mut grantd = Grantd::start()?;
    let mut all: BTreeMap<String, Known> = (0..WRITERS)
        .map(|number| (format!("writer-{number}"), Known::default()))
        .collect();
    let (mut struck, mut written) = (0, 0);
    for round in 0..rounds {
        let (api, stop) = (grantd.api()?, AtomicBool::new(false));
        all = std::thread::scope(|scope| -> Result<BTreeMap<String, Known>> {
            let mut writers = Vec::new();
            let (api, stop) = (&api, &stop);
            for (name, known) in all.clone() {
                let named = name.clone();
                let writer = scope.spawn(move || write(api, &named, known, stop));
                writers.push((name, writer));
            }
            // beside them a keyring is rotated, and the whole is copied
            let rotates = round % 5 == 1;
            let copies = round % 5 == 3;
            let others = scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) && (rotates || copies) {
                    let path = if rotates {
                        "/v1/keyring/rotations"
                    } else {
                        "/v1/backups"
                    };
                    if api.post_empty(path).is_err() {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            std::thread::sleep(Duration::from_micros(30_000 + round * 7_919_003 % 400_000));
            grantd.kill();
            stop.store(true, Ordering::SeqCst);
            let mut known = BTreeMap::new();
            for (name, writer) in writers {
                let (ended, number) = writer.join().ok().context("a writer panicked")??;
                struck += u64::from(ended.asked != Asked::Nothing);
                written += number;
                known.insert(name, ended);
            }
            others.join().ok().context("a thread panicked")?;
            Ok(known)
        })?;
        grantd.start_again()?;
        let api = grantd.api()?;
        for (name, known) in &mut all {
            let found = found(&api, name)?;
            ensure!(
                known.allows(found.as_deref()),
                "round {round}: {name} is {found:?}, known is {known:?}"
            );
            *known = Known {
                acknowledged: found,
                asked: Asked::Nothing,
            };
        }
        checked(&api)?;
    }
    println!("{rounds} kills struck {struck} changes under way, {written} were acknowledged");
    ensure!(struck > 0, "no kill struck a change");
    ensure!(written > rounds, "hardly anything was written");
    let keyring = grantd.api()?.get("/v1/keyring")?.expect(200)?.json()?;
    println!("the keyring has {} keys now", keyring["keys"]);
    Ok(())
}
