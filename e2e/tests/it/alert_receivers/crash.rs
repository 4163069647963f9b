//! grantd is killed as `kill -9` does while it delivers alerts. Each of them arrives, and what comes again comes
//! under the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::peer::AlertReceivers;
use serde_json::{Value, json};

use super::{ARRIVES, broken, delivered, started, webhook};

/// As many as are told one by one.
const CREDENTIALS: usize = 30;

/// The channels: to each of them one goes after the other.
const CHANNELS: usize = 4;

/// How long the receiver takes with each: longer than a start does.
const EACH: Duration = Duration::from_millis(400);

/// The most kills of one installation, so that something is on its way at each.
const KILLS: u64 = 20;

#[test]
fn every_alert_arrives_and_comes_again_under_its_id_alone() -> Result<()> {
    let mut left = environment::kills();
    while left > 0 {
        let now = left.min(KILLS);
        check(now)?;
        left -= now;
    }
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "what a run has found is for whoever runs it"
)]
fn check(kills: u64) -> Result<()> {
    let receivers = AlertReceivers::start("starttls")?;
    let mut grantd = started()?;
    let mut channels = vec!["hook".to_owned()];
    let secret = webhook(&grantd, &receivers)?;
    let api = grantd.api()?;
    for number in 1..CHANNELS {
        let (name, url) = (format!("hook-{number}"), receivers.webhook());
        let channel = json!({"name": name, "webhook": {"url": url}, "secret": secret});
        api.post("/v1/alert_channels", &channel)?.expect(201)?;
        channels.push(name);
    }
    receivers.takes(EACH)?;
    for number in 0..CREDENTIALS {
        let slug = api.add(&broken(&format!("c {number}")))?;
        api.get(&format!("/v1/credentials/{slug}/token"))?;
    }
    for round in 0..kills {
        let came = receivers.received()?;
        let before = came.len();
        let arrived: BTreeSet<_> = came.iter().filter_map(|it| it["id"].as_str()).collect();
        if arrived.len() == CHANNELS * CREDENTIALS {
            break;
        }
        let begun = Instant::now();
        while receivers.received()?.len() == before {
            ensure!(
                begun.elapsed() < ARRIVES,
                "nothing comes after kill {round}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_micros(round * 7_919_003 % 60_000));
        grantd.kill();
        grantd.start_again()?;
    }
    receivers.takes(Duration::ZERO)?;
    let mut listed = BTreeSet::new();
    for name in &channels {
        let told = delivered(&grantd, name, CREDENTIALS)?;
        let text = |it: &Value| it.as_str().map(str::to_owned);
        let of = |it: &Value| text(&it["message"]["data"]["object"]["slug"]);
        let credentials: BTreeSet<_> = told.iter().filter_map(of).collect();
        ensure!(credentials.len() == CREDENTIALS, "{name}: {credentials:?}");
        listed.extend(told.iter().filter_map(|it| text(&it["id"])));
    }
    let received = receivers.received()?;
    let mut bodies: BTreeMap<&str, &Value> = BTreeMap::new();
    for came in &received {
        ensure!(came["verdict"] == "good", "{came}");
        let id = came["id"].as_str().context("no id")?;
        let first = bodies.entry(id).or_insert(&came["body"]);
        ensure!(**first == came["body"], "{id} is two messages");
    }
    let arrived: BTreeSet<String> = bodies.keys().map(|id| (*id).to_owned()).collect();
    ensure!(arrived == listed, "{arrived:?} of {listed:?}");
    let again = received.len() - arrived.len();
    println!(
        "{kills} kills: {} alerts arrived, {again} came again",
        arrived.len()
    );
    ensure!(again > 0, "no kill struck a delivery");
    Ok(())
}
