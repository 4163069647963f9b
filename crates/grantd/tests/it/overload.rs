//! Many who connect and ask for nothing, and heads that are too large or do not end: others are served.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{Home, Running, between};

/// How many connect and ask for nothing.
const IDLE: usize = 10_000;

/// How long anybody else may wait for an answer meanwhile.
const PATIENCE: Duration = Duration::from_secs(8);

/// The most memory that grantd takes with all of them, in KiB, in a debug build.
const MOST_KIB: u64 = 300_000;

fn address(served: &Running) -> SocketAddr {
    let log = served.err();
    between(&log, "listening on http://", " ")
        .trim()
        .parse()
        .unwrap()
}

/// The status line of the answer to this head; empty if there is none within the time.
fn answer(address: SocketAddr, head: &[u8]) -> String {
    let Ok(mut stream) = TcpStream::connect_timeout(&address, PATIENCE) else {
        return String::new();
    };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // the server may have said no before all of it was sent
    let _ = stream.write_all(head);
    let mut answer = [0; 12];
    match stream.read_exact(&mut answer) {
        Ok(()) => String::from_utf8_lossy(&answer).into_owned(),
        Err(_) => String::new(),
    }
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[test]
fn ten_thousand_idle_connections_do_not_keep_others_out() {
    let most = getrlimit(Resource::Nofile).maximum;
    assert!(
        most.is_none_or(|most| most > 12_000),
        "the system allows {most:?} open files"
    );
    let limit = Rlimit {
        current: most,
        maximum: most,
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    let home = Home::new();
    let served = home.serve(&[]);
    let address = address(&served);
    let done = AtomicBool::new(false);
    let (mut idle, slowest) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            while !done.load(Ordering::SeqCst) {
                let begin = Instant::now();
                assert_eq!(answer(address, HEALTH), "HTTP/1.1 200");
                slowest = slowest.max(begin.elapsed());
                std::thread::sleep(Duration::from_millis(100));
            }
            slowest
        });
        let mut idle = Vec::with_capacity(IDLE);
        let begin = Instant::now();
        while idle.len() < IDLE && begin.elapsed() < Duration::from_mins(1) {
            // the queue of those who wait is full at times
            match TcpStream::connect_timeout(&address, Duration::from_millis(500)) {
                Ok(stream) => idle.push(stream),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        done.store(true, Ordering::SeqCst);
        (idle, asking.join().unwrap())
    });
    assert_eq!(idle.len(), IDLE);
    let peak = served.status("VmHWM");
    assert!(peak < MOST_KIB, "{peak} KiB");
    eprintln!("{IDLE} idle connections: {peak} KiB at most, the slowest answer {slowest:?}");
    idle.clear();
    assert_eq!(answer(address, HEALTH), "HTTP/1.1 200");
}

#[test]
fn a_head_that_is_too_large_is_refused_and_one_that_does_not_end_holds_nobody_up() {
    let home = Home::new();
    let served = home.serve(&[]);
    let address = address(&served);
    let large = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: {}\r\n\r\n",
        "x".repeat(100_000)
    );
    assert_eq!(answer(address, large.as_bytes()), "HTTP/1.1 431");
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").unwrap();
            stream
        })
        .collect();
    for _ in 0..20 {
        for mut stream in &slow {
            let _ = stream.write_all(b"x");
        }
        assert_eq!(answer(address, HEALTH), "HTTP/1.1 200");
    }
}
