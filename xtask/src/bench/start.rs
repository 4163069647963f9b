//! `cargo xtask bench start`: how long a start takes until grantd is ready, and how much memory it takes, with
//! so many credentials in its database. The first start, which makes the database, is not counted.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::process::{self, Running};
use crate::figures::{self, Figure};
use crate::run;
use crate::workspace::Workspace;

const PORT: u16 = 18_712;

/// How many credentials.
const COUNT: u32 = 1000;

/// How often it is started.
const STARTS: usize = 7;

/// At most, from its start until it says that it is ready.
const MOST_MS: f64 = 150.0;

/// At most, resident two seconds later.
const MOST_MB: f64 = 40.0;

/// Measures and prints; true when the figures are within their bounds.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let build = "build --release --locked -p grantd";
    run::must_succeed(&mut workspace.cargo(build), "the release binary")?;
    let program = workspace.target().join("release/grantd");
    let folder = workspace.target().join("bench/start");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let state = folder.join("state");
    let running = serve(&program, &state)?;
    process::listening(PORT)?;
    ready_after(Instant::now())?;
    let rows = folder.join("credentials.csv");
    std::fs::write(&rows, csv(COUNT)?)?;
    let mut import = Command::new(&program);
    import
        .arg("--state-dir")
        .arg(&state)
        .arg("import")
        .arg(&rows);
    run::captured(&mut import)?;
    drop(running);
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let begin = Instant::now();
        let running = serve(&program, &state)?;
        times.push(ready_after(begin)?.as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_secs(2));
        sizes.push(process::resident_mb(running.0.id())?);
    }
    let (time, size) = (median(&mut times), median(&mut sizes));
    println!(
        "{COUNT} credentials, {STARTS} starts: ready after {time:.0} ms ({times:.0?}), {size:.1} MB resident"
    );
    let figure = |name: &str, value: String, wanted: String| Figure {
        name: format!("{name}, {COUNT} credentials"),
        value,
        wanted,
    };
    figures::record(
        workspace,
        "bench start",
        &[
            figure(
                "second start until ready",
                format!("{time:.0} ms"),
                format!("at most {MOST_MS} ms"),
            ),
            figure(
                "memory after a start",
                format!("{size:.1} MB"),
                format!("at most {MOST_MB} MB"),
            ),
        ],
    )?;
    Ok(time <= MOST_MS && size <= MOST_MB)
}

fn serve(program: &Path, state: &Path) -> Result<Running> {
    let child = Command::new(program)
        .args([
            "serve",
            "--listen",
            &format!("127.0.0.1:{PORT}"),
            "--state-dir",
        ])
        .arg(state)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("grantd does not start")?;
    Ok(Running(child))
}

/// How long after this moment it says that it is ready.
fn ready_after(begin: Instant) -> Result<Duration> {
    while begin.elapsed() < Duration::from_secs(30) {
        if is_ready().unwrap_or(false) {
            return Ok(begin.elapsed());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    anyhow::bail!("it is not ready within 30 s")
}

fn is_ready() -> Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", PORT))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

fn csv(count: u32) -> Result<String> {
    let mut text = String::from(
        "name,client_id,client_secret,token_endpoint,scope,token_endpoint_auth_method\n",
    );
    for number in 0..count {
        writeln!(
            text,
            "Number {number},client-{number},secret-of-{number},https://login.example.com/{number}/token,a,client_secret_post"
        )?;
    }
    Ok(text)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
