//! What a connection takes that was used and rests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::Measured;
use super::stage::{Contender, Proxy, Stage};
use crate::bench::{self, process};
use crate::figures::Figure;

/// How many connections.
const COUNT: u32 = 10_000;

/// Of each, at most, in kB.
const MOST_KB: f64 = 20.0;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures the three, one after the other: they do not disturb each other.
pub(super) fn measure(stage: &mut Stage) -> Result<Measured> {
    stage.grantd.restart()?;
    println!("\n{COUNT} connections that rest, kB of each");
    let mut told = Vec::new();
    let mut ours = f64::NAN;
    for proxy in [Proxy::Grantd, Proxy::Nginx, Proxy::Envoy] {
        let contender = stage.contender(proxy, "plain", "")?;
        // whatever is only made with the first requests is there then
        bench::measure(&stage.folder, &contender.request, &contender.processes, 1)?;
        let each = held(&contender)?;
        println!("{:<22} {each:>8.1}", contender.name);
        match proxy {
            Proxy::Grantd => {
                ours = each;
                told.push(format!("{each:.1} kB"));
            }
            _ => told.push(format!("{} {each:.1} kB", contender.name)),
        }
    }
    Ok(Measured {
        figures: vec![Figure {
            name: format!("consumers, {COUNT} connections that rest: memory of each"),
            value: told.join(", "),
            wanted: format!("at most {MOST_KB} kB"),
        }],
        is_good: ours <= MOST_KB,
    })
}

/// By how much memory grows for each connection that had a request and is held, in kB.
fn held(contender: &Contender) -> Result<f64> {
    std::thread::sleep(Duration::from_secs(2));
    let before = resident_kb(contender)?;
    let request = head(contender);
    let mut connections = Vec::new();
    for number in 0..COUNT {
        let mut connection = TcpStream::connect(("127.0.0.1", contender.port))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        ask(&mut connection, &request)
            .with_context(|| format!("{}: connection {number}", contender.name))?;
        connections.push(connection);
    }
    std::thread::sleep(Duration::from_secs(2));
    let after = resident_kb(contender)?;
    for (number, connection) in connections.iter_mut().enumerate() {
        ask(connection, &request)
            .with_context(|| format!("{}: connection {number} was not held", contender.name))?;
    }
    Ok((after - before) / f64::from(COUNT))
}

/// All its processes, in kB.
fn resident_kb(contender: &Contender) -> Result<f64> {
    let mut sum = 0.0;
    for id in &contender.processes {
        sum += process::resident_mb(*id)? * 1024.0 * 1.024;
    }
    Ok(sum)
}

fn head(contender: &Contender) -> Vec<u8> {
    let url = &contender.request.url;
    let host = format!("127.0.0.1:{}", contender.port);
    let path = url.split_once(&host).map_or("/", |(_, path)| path);
    let mut text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in &contender.request.headers {
        text = format!("{text}{name}: {value}\r\n");
    }
    (text + "\r\n").into_bytes()
}

/// Sends a request and reads the whole answer, which must be a success of known length.
fn ask(connection: &mut TcpStream, request: &[u8]) -> Result<()> {
    connection.write_all(request)?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if is_whole(&answer)? {
            return Ok(());
        }
        let read = connection.read(&mut buffer)?;
        ensure!(read > 0, "it is closed");
        answer.extend_from_slice(&buffer[..read]);
    }
}

fn is_whole(answer: &[u8]) -> Result<bool> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    ensure!(head.starts_with("http/1.1 200"), "another answer: {head}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let Some(length) = length else {
        bail!("an answer without a length: {head}");
    };
    let length: usize = length.trim().parse()?;
    Ok(answer.len() >= end + 4 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_last_byte() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        for length in 0..answer.len() {
            assert!(!is_whole(&answer[..length]).unwrap(), "{length}");
        }
        assert!(is_whole(answer).unwrap());
        assert!(is_whole(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").is_err());
    }
}
