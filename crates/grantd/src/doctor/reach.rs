//! Whether what grantd talks to can be reached, by the way and under the rules that grantd itself goes by.

use std::sync::Arc;
use std::time::Duration;

use grantd_net::{
    EgressPolicy, Limits, Net, NetConfig, Outbound, PhaseReport, ProxyChoice, Request,
};
use http::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use url::Url;

use super::Check;
use super::database::Target;
use crate::announcement::{Pinned, Told};
use crate::config::{Config, KeyringConfig};
use crate::files;
use crate::state_folder::StatePaths;
use crate::wiring;

/// How long each of them may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most hosts that are tried, all at once.
const MOST: usize = 40;

/// The grantd that holds the state folder.
#[derive(Debug)]
pub(super) struct Running {
    /// Why that can not be seen.
    hidden: Option<String>,
    /// Its process, where one runs.
    pub(super) process: Option<u32>,
    /// Where it is, as it tells.
    told: Option<Told>,
}

/// Finds the grantd that holds the state folder.
pub(super) fn server(paths: &StatePaths) -> Running {
    let held = paths.is_held();
    if !matches!(held, Ok(true)) {
        let failure = held.err();
        return Running {
            hidden: failure.and_then(|it| Some(it.faults.into_iter().next()?.detail)),
            process: None,
            told: None,
        };
    }
    let lock = files::read_text(&paths.folder().join("lock")).ok();
    Running {
        hidden: None,
        process: lock.and_then(|text| text.trim().parse().ok()),
        told: Told::read(paths),
    }
}

/// Tries all of them.
pub(super) async fn examine(
    config: &Config,
    running: &Running,
    authorities: Option<&str>,
    mut targets: Vec<Target>,
) -> Vec<Check> {
    let mut checks = answers(config, running, authorities).await;
    if let KeyringConfig::Transit(transit) = &config.keyring.current
        && let Ok(url) = Url::parse(&transit.address)
    {
        targets.push(Target {
            what: "keyring vault",
            origin: grantd_model::Origin::of(&url),
            ca_bundle: transit
                .ca_bundle
                .as_ref()
                .and_then(|path| files::read_text(path).ok()),
            proxy: None,
        });
    }
    let net = match Net::new(wiring::outgoing(config, [config.server.listen])) {
        Ok(net) => Arc::new(net),
        Err(fault) => {
            checks.push(Check::failed(
                "reach: egress.ca_bundle",
                fault.to_string(),
                "Correct the file.",
            ));
            return checks;
        }
    };
    if let Some(proxy) = &config.egress.proxy {
        let mut request = Request::new(Method::GET, proxy.url().clone());
        request.limits = limits();
        // the proxy itself is no target of the rules for what is called
        let bare = Net::new(NetConfig::new(EgressPolicy::unrestricted()));
        if let Ok(bare) = bare {
            let result = bare.reach(request).await.map(|reports| told(&reports));
            let result = result.map_err(|failure| failure.error.to_string());
            checks.push(reached(
                "reach: egress proxy".to_owned(),
                proxy.url().as_str(),
                result,
            ));
            bare.close().await;
        }
    }
    let left = targets.len().saturating_sub(MOST);
    targets.truncate(MOST);
    let mut trying = JoinSet::new();
    for (number, target) in targets.into_iter().enumerate() {
        let net = Arc::clone(&net);
        trying.spawn(async move { (number, one(&net, target).await) });
    }
    let mut tried = trying.join_all().await;
    tried.sort_by_key(|(number, _)| *number);
    checks.extend(tried.into_iter().map(|(_, check)| check));
    if left > 0 {
        checks.push(Check::ok(
            "reach: others",
            format!("{left} more were not tried"),
        ));
    }
    net.close().await;
    checks
}

async fn one(net: &Net, target: Target) -> Check {
    let name = format!("reach: {}", target.what);
    let Ok(url) = Url::parse(target.origin.as_str()) else {
        return Check::failed(name, "it is no URL", "Correct the address.");
    };
    let mut request = Request::new(Method::GET, url);
    request.limits = limits();
    request.ca_bundle = target.ca_bundle.map(Into::into);
    if let Some(proxy) = target.proxy {
        request.proxy = ProxyChoice::Through(proxy);
    }
    match net.reach(request).await {
        Ok(reports) => reached(name, target.origin.as_str(), Ok(told(&reports))),
        Err(failure) => Check::failed(
            name,
            format!("{}: {}", target.origin.as_str(), failure.error),
            failure.error.remedy(),
        ),
    }
}

fn reached(name: String, place: &str, result: Result<String, String>) -> Check {
    match result {
        Ok(told) => Check::ok(name, format!("{place}: {told}")),
        Err(fault) => Check::failed(
            name,
            format!("{place}: {fault}"),
            "See that it runs, and that the network between lets grantd through.",
        ),
    }
}

fn told(reports: &[PhaseReport]) -> String {
    let phases = reports
        .iter()
        .map(|report| format!("{} {} ms", report.phase, report.duration.as_millis()));
    phases.collect::<Vec<_>>().join(", ")
}

fn limits() -> Limits {
    Limits {
        total: PATIENCE,
        connect: PATIENCE,
        ..Limits::default()
    }
}

/// Whether the server answers, whether it is ready, and which version it is.
async fn answers(config: &Config, running: &Running, authorities: Option<&str>) -> Vec<Check> {
    let name = "server";
    if let Some(fault) = &running.hidden {
        return vec![Check::failed(
            name,
            format!("whether one runs can not be seen: {fault}"),
            "Run this as the user that grantd runs as.",
        )];
    }
    let Some(told) = &running.told else {
        let detail = match running.process {
            None => "no grantd runs on the state folder",
            Some(_) => "a grantd holds the state folder and tells no address there",
        };
        let remedy = "Start it with `grantd serve`, or wait until it has begun.";
        return vec![Check::warning(name, detail, remedy)];
    };
    let address = &told.url;
    let mut net = NetConfig::new(EgressPolicy::unrestricted());
    // an own certificate may be from an own authority
    let bundles = [config.egress.ca_bundle.as_deref(), authorities];
    let bundles: Vec<&str> = bundles.into_iter().flatten().collect();
    net.extra_ca_bundle = (!bundles.is_empty()).then(|| bundles.join("\n"));
    if let Some(address) = told.address {
        net.resolver = Arc::new(Pinned(address));
    }
    let Ok(net) = Net::new(net) else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    match get(&net, address, "/readyz").await {
        Ok(document) => checks.extend(readiness(address, &document)),
        Err(fault) => checks.push(Check::failed(
            name,
            format!("{address}: {fault}"),
            "See its log: journalctl -u grantd.",
        )),
    }
    if let Ok(document) = get(&net, address, "/openapi.json").await {
        let (own, its) = (env!("CARGO_PKG_VERSION"), &document["info"]["version"]);
        checks.push(if its == own {
            Check::ok("versions: server", format!("{own}, as this program"))
        } else {
            Check::warning(
                "versions: server",
                format!(
                    "it runs {}, this program is {own}",
                    its.as_str().unwrap_or("?")
                ),
                "Restart it: systemctl restart grantd.",
            )
        });
    }
    net.close().await;
    checks
}

fn readiness(address: &str, document: &Value) -> Vec<Check> {
    if document["ready"] == true {
        return vec![Check::ok("server", format!("{address} is ready"))];
    }
    let found = document["checks"].as_array().into_iter().flatten();
    let wrong = found.filter(|check| check["ok"] == false).map(|check| {
        let text = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
        Check::failed(
            format!("server: {}", text("name")),
            text("detail"),
            "See its log: journalctl -u grantd.",
        )
    });
    wrong.collect()
}

async fn get(net: &Net, base: &str, path: &str) -> Result<Value, String> {
    let url = Url::parse(base).and_then(|base| base.join(path));
    let url = url.map_err(|error| error.to_string())?;
    let mut request = Request::new(Method::GET, url);
    request.limits = Limits {
        response_bytes: 4 * 1024 * 1024,
        ..limits()
    };
    let answer = net.send(request).await;
    let answer = answer.map_err(|failure| failure.error.to_string())?;
    serde_json::from_slice(&answer.body).map_err(|_| format!("{} and no JSON", answer.status))
}
