//! `cargo xtask bench`: a cached token over the API beside nginx, which answers as many bytes from
//! its configuration. Both run with as many threads, and take turns, so that a machine whose speed
//! drifts is as fast for one as for the other.
//!
//! The figure that survives a noisy machine is processor time for each request; requests per second
//! depend on what else runs, the load generator included.

pub(crate) mod console;
mod grantd;
pub(crate) mod mail;
mod nginx;
mod process;
pub(crate) mod proxy;
pub(crate) mod sources;
pub(crate) mod start;
mod wrk;

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::figures::{self, Figure};
use crate::workspace::Workspace;
use crate::{debian, run};
use process::Cpu;

/// How often each is measured.
const RUNS: usize = 7;

/// How long one run lasts.
const SECONDS: u64 = 5;

/// Connections of the load generator.
const CONNECTIONS: usize = 64;

/// Of nginx's requests per second, at least.
const LEAST_RATE: f64 = 0.55;

/// Of nginx's processor time for each request, at most.
const MOST_CPU: f64 = 1.8;

/// One run.
#[derive(Debug, Clone, Copy)]
struct Figures {
    requests_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us_per_request: f64,
}

/// Measures and prints; true when the figures are within their bounds.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    debian::require(&[&debian::WRK, &debian::NGINX])?;
    let build = "build --release --locked -p grantd";
    run::must_succeed(&mut workspace.cargo(build), "the release binary")?;
    let folder = workspace.target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let grantd = grantd::Grantd::start(&workspace.target().join("release/grantd"), &folder)?;
    let body = grantd.token_answer()?;
    let nginx = nginx::Nginx::start(&folder, &body)?;
    println!(
        "\n{} bytes of body; {RUNS} runs of {SECONDS} s each, {CONNECTIONS} connections, in turn",
        body.len()
    );
    show_head();
    // the first run of each warms up and does not count
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let seconds = if run == 0 { 1 } else { SECONDS };
        let of_nginx = measure(&folder, &nginx.request(), &nginx.processes()?, seconds)?;
        let of_grantd = measure(&folder, &grantd.request(), &grantd.processes(), seconds)?;
        if run > 0 {
            show("nginx", &of_nginx);
            show("grantd", &of_grantd);
            theirs.push(of_nginx);
            ours.push(of_grantd);
        }
    }
    let (ours, theirs) = (medians(&ours), medians(&theirs));
    println!("\nmedians");
    show("nginx", &theirs);
    show("grantd", &ours);
    let rate = ours.requests_per_second / theirs.requests_per_second;
    let cpu = ours.cpu_us_per_request / theirs.cpu_us_per_request;
    println!("\nrequests per second: {rate:.2} of nginx's, at least {LEAST_RATE} is wanted");
    println!("CPU per request: {cpu:.2} of nginx's, at most {MOST_CPU} is wanted");
    let figure = |name: &str, value, wanted| Figure {
        name: format!("a cached token: {name}"),
        value,
        wanted,
    };
    let per_second = figure(
        "requests per second",
        format!("{:.0}, {rate:.2} of nginx's", ours.requests_per_second),
        format!("at least {LEAST_RATE} of nginx's"),
    );
    let per_request = figure(
        "processor time for each",
        format!("{:.1} µs, {cpu:.2} of nginx's", ours.cpu_us_per_request),
        format!("at most {MOST_CPU} of nginx's"),
    );
    let p99 = figure(
        "time at p99",
        format!("{:.2} ms, nginx {:.2} ms", ours.p99_ms, theirs.p99_ms),
        String::new(),
    );
    figures::record(workspace, "bench", &[per_second, per_request, p99])?;
    Ok(rate >= LEAST_RATE && cpu <= MOST_CPU)
}

fn measure(
    folder: &std::path::Path,
    request: &wrk::Request,
    processes: &[u32],
    seconds: u64,
) -> Result<Figures> {
    let before = Cpu::of(processes)?;
    let load = wrk::run(folder, request, CONNECTIONS, Duration::from_secs(seconds))?;
    let used = Cpu::of(processes)?.since(before);
    ensure!(
        load.faults == 0,
        "{} of {} answers were no success",
        load.faults,
        load.requests
    );
    let requests = f64::from(u32::try_from(load.requests)?);
    Ok(Figures {
        requests_per_second: load.requests_per_second,
        p50_ms: load.p50_ms,
        p99_ms: load.p99_ms,
        cpu_us_per_request: used.as_secs_f64() * 1e6 / requests,
    })
}

fn medians(runs: &[Figures]) -> Figures {
    let median = |of: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Figures {
        requests_per_second: median(|run| run.requests_per_second),
        p50_ms: median(|run| run.p50_ms),
        p99_ms: median(|run| run.p99_ms),
        cpu_us_per_request: median(|run| run.cpu_us_per_request),
    }
}

fn show_head() {
    println!(
        "{:<22} {:>12} {:>10} {:>10} {:>14}",
        "server", "requests/s", "p50 ms", "p99 ms", "CPU us/request"
    );
}

fn show(name: &str, figures: &Figures) {
    println!(
        "{name:<22} {:>12.0} {:>10.2} {:>10.2} {:>14.1}",
        figures.requests_per_second, figures.p50_ms, figures.p99_ms, figures.cpu_us_per_request
    );
}
