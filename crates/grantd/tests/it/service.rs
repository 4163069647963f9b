//! A server as a service: what systemd is told, what SIGHUP takes up, and the end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Home, Running, between};

/// A server with this configuration, and where it listens.
fn serve(home: &Home, configuration: &str, more: impl FnOnce(&mut Command)) -> (Running, String) {
    let file = home.write("grantd.toml", configuration);
    let mut command = home.serve_command(&["--config", file.to_str().unwrap()]);
    more(&mut command);
    let served = home.start(command);
    served.wait_for(|served| served.err().contains("listening on http"));
    let address = between(&served.err(), "listening on http://", " ").to_owned();
    (served, address)
}

/// Status and whole answer of a request, or nothing where nobody answers.
fn answered(address: &str, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn get(address: &str, path: &str, host: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    answered(address, &request).unwrap_or_default()
}

/// What systemd would be told until a line comes that holds this.
fn told(socket: &UnixDatagram, until: &str) -> String {
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut all = String::new();
    let mut buffer = [0; 4096];
    while !all.contains(until) {
        let received = socket.recv(&mut buffer);
        assert!(received.is_ok(), "{received:?}: {all}");
        let length = received.unwrap();
        all.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    all
}

#[test]
fn systemd_is_told_of_the_beginning_a_reload_the_watchdog_and_the_end() {
    use std::os::linux::net::SocketAddrExt;
    let home = Home::new();
    let path = home.path("notify");
    let by_path = (
        UnixDatagram::bind(&path).unwrap(),
        path.display().to_string(),
    );
    let name = format!("grantd-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let by_name = (
        UnixDatagram::bind_addr(&address).unwrap(),
        format!("@{name}"),
    );
    for (socket, name) in [by_path, by_name] {
        let home = Home::new();
        let (mut served, _) = serve(&home, "", |command| {
            command
                .env("NOTIFY_SOCKET", name)
                .env("WATCHDOG_USEC", "400000");
        });
        assert!(
            told(&socket, "STATUS=").contains("READY=1\nSTATUS=listening on http://127.0.0.1:")
        );
        told(&socket, "WATCHDOG=1\n");
        told(&socket, "WATCHDOG=1\n");
        served.signal(Signal::HUP);
        let reloaded = told(&socket, "READY=1\n");
        assert!(
            reloaded.contains("RELOADING=1\nMONOTONIC_USEC="),
            "{reloaded}"
        );
        served.signal(Signal::TERM);
        told(&socket, "STOPPING=1\nEXTEND_TIMEOUT_USEC=30000000\n");
        assert_eq!(served.wait(), 0);
    }
}

#[test]
fn systemd_is_asked_for_more_time_while_a_start_waits() {
    let home = Home::new();
    let socket = UnixDatagram::bind(home.path("notify")).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let token = home.write("token", "t");
    let file = home.write(
        "grantd.toml",
        &format!(
            "[egress]\nallow = [\"127.0.0.1\"]\n[keyring]\nkind = \"transit\"\nkey = \"grantd\"\n\
             address = \"http://{}\"\nsecret_file = \"{}\"\n",
            nobody.local_addr().unwrap(),
            token.display()
        ),
    );
    let mut command = home.serve_command(&["--config", file.to_str().unwrap()]);
    command.env("NOTIFY_SOCKET", home.path("notify"));
    let mut served = home.start(command);
    for _ in 0..2 {
        let asked = told(&socket, "\n");
        assert_eq!(asked, "EXTEND_TIMEOUT_USEC=30000000\n");
    }
    assert_eq!(served.end_by(Signal::TERM), 0);
}

#[test]
fn a_hangup_during_the_start_does_not_end_it() {
    let home = Home::new();
    // whoever looks whether the folder is held makes the start wait
    std::fs::create_dir(home.state()).unwrap();
    crate::support::set_mode(&home.state(), 0o700);
    let lock = std::fs::File::create(home.state().join("lock")).unwrap();
    lock.lock().unwrap();
    let mut served = home.start(home.serve_command(&[]));
    std::thread::sleep(Duration::from_millis(100));
    served.signal(Signal::HUP);
    drop(lock);
    served.wait_for(|served| served.err().contains("configuration loaded again"));
    assert_eq!(served.end_by(Signal::TERM), 0);
}

#[test]
fn a_watchdog_of_another_process_is_not_told() {
    let home = Home::new();
    let path = home.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let (mut served, _) = serve(&home, "", |command| {
        command
            .env("NOTIFY_SOCKET", path)
            .env("WATCHDOG_USEC", "100000")
            .env("WATCHDOG_PID", "1");
    });
    std::thread::sleep(Duration::from_millis(500));
    served.signal(Signal::TERM);
    let all = told(&socket, "STOPPING=1\n");
    assert!(!all.contains("WATCHDOG"), "{all}");
    assert_eq!(served.wait(), 0);
}

#[test]
fn a_hangup_takes_up_lists_and_level_and_names_what_needs_a_restart() {
    let home = Home::new();
    let (served, address) = serve(&home, "[history]\nkeep_days = 3\n", |_| {});
    assert!(get(&address, "/openapi.json", "grantd.example").contains("host_not_allowed"));
    home.write(
        "grantd.toml",
        "[history]\nkeep_days = 4\n[server]\nallowed_hosts = [\"grantd.example\"]\n\
         [egress]\nallow = [\"10.0.0.0/8\"]\n[log]\nlevel = \"debug\"\n",
    );
    served.signal(Signal::HUP);
    served.wait_for(|served| served.err().contains("configuration loaded again"));
    let log = served.err();
    let line = log
        .lines()
        .find(|line| line.contains("loaded again"))
        .unwrap();
    for key in ["server.allowed_hosts", "egress.allow", "log.level"] {
        assert!(line.contains(key), "{line}");
    }
    assert!(!line.contains("history.keep_days"), "{line}");
    assert!(
        log.contains("a changed setting needs a restart setting=\"history.keep_days\""),
        "{log}"
    );
    assert!(get(&address, "/openapi.json", "grantd.example").starts_with("HTTP/1.1 200"));
    get(&address, "/healthz", "x");
    served.wait_for(|served| served.err().contains("DEBUG"));
}

#[test]
fn a_configuration_that_is_wrong_is_refused_as_a_whole() {
    let home = Home::new();
    let (mut served, address) = serve(
        &home,
        "[server]\nallowed_hosts = [\"old.example\"]\n",
        |_| {},
    );
    home.write(
        "grantd.toml",
        "[server]\nallowed_hosts = [\"new.example\"]\n[log]\nlevel = \"bogus\"\ncolour = 1\n",
    );
    served.signal(Signal::HUP);
    served.wait_for(|served| served.err().matches("what held before goes on").count() == 2);
    let log = served.err();
    assert!(
        log.contains("grantd.toml:4: log.level: `bogus` is no level"),
        "{log}"
    );
    assert!(log.contains("grantd.toml:5: log.colour"), "{log}");
    assert!(get(&address, "/openapi.json", "new.example").contains("host_not_allowed"));
    assert!(get(&address, "/openapi.json", "old.example").starts_with("HTTP/1.1 200"));
    assert_eq!(served.end_by(Signal::TERM), 0);
}

#[test]
fn before_the_end_it_says_that_it_is_not_ready_and_serves_on() {
    let home = Home::new();
    let (mut served, address) = serve(&home, "[server]\ndrain_delay_s = 2\n", |_| {});
    assert!(get(&address, "/readyz", "probe").starts_with("HTTP/1.1 200"));
    let begin = Instant::now();
    served.signal(Signal::TERM);
    served.wait_for(|served| served.err().contains("ending: "));
    let answer = get(&address, "/readyz", "probe");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("\"ready\":false"), "{answer}");
    assert!(get(&address, "/healthz", "probe").starts_with("HTTP/1.1 200"));
    assert_eq!(served.wait(), 0);
    assert!(begin.elapsed() >= Duration::from_secs(2));
    assert!(TcpStream::connect(&address).is_err());
}

/// Asks for a token of a credential whose authorization server says nothing.
fn hanging_request(
    home: &Home,
    address: &str,
) -> (TcpListener, std::thread::JoinHandle<Option<String>>) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/token", silent.local_addr().unwrap());
    let secret = home.write("secret", "a-secret");
    home.run(&[
        "credential",
        "add",
        "--name",
        "Mine",
        "--client-id",
        "c",
        "--token-endpoint",
        &endpoint,
        "--scope",
        "a",
        "--secret-file",
        secret.to_str().unwrap(),
    ])
    .succeeded();
    let key = std::fs::read_to_string(home.state().join("admin.key")).unwrap();
    let request = format!(
        "GET /v1/credentials/mine/token HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
        key.trim()
    );
    let address = address.to_owned();
    let asking = std::thread::spawn(move || answered(&address, &request));
    (silent, asking)
}

/// The connection that comes soon.
fn accepted(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let begin = Instant::now();
    loop {
        if let Ok((stream, _)) = listener.accept() {
            return stream;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "nobody comes");
        std::thread::sleep(Duration::from_millis(10));
    }
}

const SILENT: &str = "[egress]\nallow = [\"127.0.0.1\"]\n";

#[test]
fn requests_that_hang_hold_up_the_end_for_a_bounded_time() {
    let home = Home::new();
    let (mut served, address) = serve(&home, SILENT, |_| {});
    let (silent, _asking) = hanging_request(&home, &address);
    let _flight = accepted(&silent);
    let begin = Instant::now();
    assert_eq!(served.end_by(Signal::TERM), 0);
    let took = begin.elapsed().as_secs();
    assert!((10..=12).contains(&took), "{took} s: {}", served.err());
    assert!(!is_left_open(&home.state()), "the database was not closed");
}

#[test]
fn a_second_signal_ends_at_once() {
    let home = Home::new();
    let (mut served, address) = serve(&home, SILENT, |_| {});
    let (silent, _asking) = hanging_request(&home, &address);
    let _flight = accepted(&silent);
    served.signal(Signal::TERM);
    served.wait_for(|served| served.err().contains("ending: "));
    let begin = Instant::now();
    assert_eq!(served.end_by(Signal::TERM), 0);
    assert!(
        begin.elapsed() < Duration::from_secs(3),
        "{:?}",
        begin.elapsed()
    );
    assert!(!is_left_open(&home.state()), "the database was not closed");
}

/// Whether the write-ahead log stands there, as it does after a process that did not close the database.
fn is_left_open(state: &Path) -> bool {
    state.join("grantd.db-wal").exists()
}
