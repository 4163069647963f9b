//! Bodies that are larger than any memory for them: what grantd has resident while they go through.

mod sink;

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Measured;
use super::grantd;
use super::stage::{Proxy, Stage};
use crate::bench::{self, process};
use crate::figures::Figure;
use sink::Sink;

/// Where the service is that sends and takes such bodies.
pub(super) const SINK: u16 = 18_740;

/// 1 GiB.
const BYTES: u64 = 1 << 30;

/// By how much memory grows at most, in MiB.
const MOST_MB: f64 = 8.0;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// One body on its way.
struct Way {
    name: &'static str,
    path: &'static str,
    is_up: bool,
    /// What curl is told besides.
    arguments: &'static [&'static str],
}

const WAYS: [Way; 4] = [
    Way {
        name: "down",
        path: "",
        is_up: false,
        arguments: &[],
    },
    Way {
        name: "down, to a caller that reads slowly",
        path: "",
        is_up: false,
        arguments: &["--limit-rate", "200M"],
    },
    Way {
        name: "up",
        path: "",
        is_up: true,
        arguments: &[],
    },
    Way {
        name: "up, to a service that reads slowly",
        path: sink::SLOW,
        is_up: true,
        arguments: &[],
    },
];

/// Measures each by itself.
pub(super) fn measure(stage: &mut Stage) -> Result<Measured> {
    stage.grantd.restart()?;
    let plain = stage.contender(Proxy::Grantd, "plain", "")?;
    // what is only made with the first requests is there then
    bench::measure(&stage.folder, &plain.request, &plain.processes, 1)?;
    let base_url = format!("http://127.0.0.1:{SINK}");
    stage.grantd.add(&grantd::draft("streams", &base_url))?;
    let _sink = Sink::start(SINK, BYTES)?;
    let process = *plain.processes.first().context("grantd has ended")?;
    let body = stage.folder.join("gibibyte");
    File::create(&body)?.set_len(BYTES)?;
    println!("\n1 GiB through grantd");
    let mut figures = Vec::new();
    let mut is_good = true;
    for way in &WAYS {
        let before = process::resident_mb(process)?;
        let mut curl = Command::new("curl");
        curl.args(way.arguments);
        for (name, value) in &plain.request.headers {
            curl.arg("--header").arg(format!("{name}: {value}"));
        }
        if way.is_up {
            curl.arg("--upload-file").arg(&body);
        }
        curl.arg(format!(
            "http://127.0.0.1:{}/consumers/streams/{}",
            grantd::PORT,
            way.path
        ));
        let begun = Instant::now();
        let most = sent(&mut curl, way, process).with_context(|| format!("1 GiB {}", way.name))?;
        let seconds = begun.elapsed().as_secs_f64();
        let more = most - before;
        println!(
            "{:<36} {seconds:>6.1} s, {most:.1} MiB at most, {more:.1} more than before",
            way.name
        );
        is_good &= more <= MOST_MB;
        figures.push(Figure {
            name: format!("consumers, 1 GiB {}: memory", way.name),
            value: format!("{most:.1} MiB at most, {more:.1} more than before, in {seconds:.1} s"),
            wanted: format!("at most {MOST_MB} MiB more"),
        });
    }
    std::fs::remove_file(body)?;
    Ok(Measured { figures, is_good })
}

/// The most that the process has resident, in MiB, until curl has sent or got the whole body.
fn sent(curl: &mut Command, way: &Way, process: u32) -> Result<f64> {
    let count = if way.is_up {
        "%{size_upload}"
    } else {
        "%{size_download}"
    };
    let mut child = curl
        .args(["--silent", "--show-error", "--output", "/dev/null"])
        .args(["--write-out", &format!("%{{http_code}} {count}")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("curl does not start")?;
    let mut most = 0.0_f64;
    while child.try_wait()?.is_none() {
        most = most.max(process::resident_mb(process)?);
        std::thread::sleep(LOOK);
    }
    let output = child.wait_with_output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && told == format!("200 {BYTES}"),
        "200 and {BYTES} bytes are expected: {told}"
    );
    Ok(most)
}
