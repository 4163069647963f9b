//! The load generator.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::run;

/// What is asked for again and again.
#[derive(Default)]
pub(super) struct Request {
    pub(super) url: String,
    /// Header fields.
    pub(super) headers: Vec<(String, String)>,
    /// Paths that are asked for in turn in the place of the URL's; that one alone if empty.
    pub(super) paths: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) requests: u64,
    pub(super) requests_per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Answers that were no success, and connections that failed.
    pub(super) faults: u64,
}

/// Asks for as long as this.
pub(super) fn run(
    folder: &Path,
    request: &Request,
    connections: usize,
    time: Duration,
) -> Result<Load> {
    // the header goes by a file: an argument is seen by everybody on the machine
    let script = folder.join("request.lua");
    std::fs::write(&script, lua(request))?;
    let mut command = Command::new("wrk");
    command
        .args(["-t1", &format!("-c{connections}")])
        .arg(format!("-d{}s", time.as_secs()))
        .arg("-s")
        .arg(&script)
        .arg(&request.url);
    let output = run::captured(&mut command)?;
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "))
        .with_context(|| format!("wrk said no result: {output}"))?;
    let mut fields = line.split(' ');
    let mut field = || fields.next().context("a short result of wrk");
    Ok(Load {
        requests: field()?.parse()?,
        requests_per_second: field()?.parse()?,
        p50_ms: field()?.parse()?,
        p99_ms: field()?.parse()?,
        faults: field()?.parse()?,
    })
}

fn lua(request: &Request) -> String {
    let mut header = String::new();
    for (name, value) in &request.headers {
        let _ = writeln!(header, "wrk.headers[\"{name}\"] = \"{value}\"");
    }
    let paths = paths(&request.paths);
    format!(
        "{header}{paths}
done = function(summary, latency, requests)
  local faults = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format(\"RESULT %d %f %f %f %d\\n\", summary.requests,
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, faults))
end
"
    )
}

/// Requests are written once and then sent in turn.
fn paths(paths: &[String]) -> String {
    if paths.is_empty() {
        return String::new();
    }
    let mut script = "local requests, at = {}, 0\ninit = function()\n".to_owned();
    for path in paths {
        let _ = writeln!(
            script,
            "  table.insert(requests, wrk.format(\"GET\", \"{path}\"))"
        );
    }
    script.push_str(
        "end
request = function()
  at = at % #requests + 1
  return requests[at]
end
",
    );
    script
}
