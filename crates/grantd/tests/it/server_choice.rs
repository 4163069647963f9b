//! How the commands find server and key, and what they say when that is wrong.

use std::io::{Read, Write};
use std::net::TcpListener;

use rustix::process::Signal;

use crate::support::{Home, set_mode};

#[test]
fn servers_and_keys_that_can_not_be_used_are_told_on_one_line() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let open = home.write("open.key", "gk_x_y\n");
    set_mode(&open, 0o644);
    home.write("no.key", "a password\n");
    let url = std::fs::read_to_string(home.state().join("server.url")).unwrap();
    let admin = home.state().join("admin.key");
    let admin = admin.to_str().unwrap();
    for (arguments, code, expected) in [
        (&["--url", "nowhere"][..], 2, "the URL `nowhere` is wrong"),
        (
            &["--url", "http://grantd.example"],
            2,
            "expected is https, as plain http would show the API key",
        ),
        (
            &["--url", "https://grantd.example"],
            2,
            "no API key is named for https://grantd.example/",
        ),
        (
            &["--url", "http://127.0.0.1:1", "--api-key-file", admin],
            1,
            "no answer of grantd at http://127.0.0.1:1/: 127.0.0.1:1 refused the connection",
        ),
        (
            &["--url", url.trim(), "--api-key-file", "absent.key"],
            2,
            "there is no API key file absent.key",
        ),
        (
            &["--url", url.trim(), "--api-key-file", "open.key"],
            2,
            "the API key file open.key has mode 0644, expected is 0600",
        ),
        (
            &["--url", url.trim(), "--api-key-file", "no.key"],
            2,
            "the API key file no.key holds no API key",
        ),
        (&["--profile", "work"], 2, "there is no profile `work`"),
        (&["--profile", "a", "--url", "b"], 2, "cannot be used with"),
    ] {
        let mut command = home.command(arguments);
        command.args(["credential", "list"]);
        let fault = home.to_end(command).failed(code);
        assert!(fault.contains(expected), "{arguments:?}: {fault}");
        assert!(!fault.contains("a password"), "{fault}");
    }
}

#[test]
fn a_key_that_is_not_known_there_is_refused() {
    let (home, other) = (Home::new(), Home::new());
    let (_served, _other_served) = (home.serve(&[]), other.serve(&[]));
    let key = other.state().join("admin.key");
    let fault = home
        .run(&[
            "credential",
            "list",
            "--api-key-file",
            key.to_str().unwrap(),
        ])
        .failed(1);
    assert!(
        fault.starts_with("grantd: the API key is not valid\n"),
        "{fault}"
    );
}

#[test]
fn profiles_and_variables_lead_to_the_server() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let url = std::fs::read_to_string(home.state().join("server.url")).unwrap();
    let (url, key) = (url.trim(), home.state().join("admin.key"));
    let profile = format!(
        "[profiles.work]\nurl = \"{url}\"\napi_key_file = \"{}\"\n",
        key.display()
    );
    home.write(".config/grantd/cli.toml", &profile);
    home.to_end(home.command(&["source", "list", "--profile", "work"]))
        .succeeded();
    let mut command = home.command(&["source", "list"]);
    command.env("GRANTD_PROFILE", "work");
    home.to_end(command).succeeded();
    let mut command = home.command(&["source", "list"]);
    command
        .env("GRANTD_URL", url)
        .env("GRANTD_API_KEY_FILE", &key);
    home.to_end(command).succeeded();
}

/// Something that takes a port, and gives this answer to one request.
struct Impostor {
    url: String,
    answering: std::thread::JoinHandle<()>,
}

impl Impostor {
    fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        Self { url, answering }
    }
}

#[test]
fn something_else_that_answers_is_told_apart() {
    let home = Home::new();
    let _served = home.serve(&[]);
    for (answer, expected) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>",
            "answered with status 200, and not as grantd does",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
            "the answer of grantd holds no list",
        ),
    ] {
        let impostor = Impostor::answering(answer);
        let fault = home
            .run(&["credential", "list", "--url", &impostor.url])
            .failed(1);
        impostor.answering.join().unwrap();
        assert!(fault.contains(expected), "{fault}");
    }
}

#[test]
fn the_admin_key_is_not_shown_to_who_takes_the_port_of_a_server_that_was_killed() {
    let home = Home::new();
    home.serve(&[]).end_by(Signal::KILL);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}\n", listener.local_addr().unwrap());
    home.write("state/server.url", &url);
    let admin = home.state().join("admin.key");
    for arguments in [
        &["credential", "list"][..],
        &[
            "credential",
            "list",
            "--api-key-file",
            admin.to_str().unwrap(),
        ],
    ] {
        let fault = home.run(arguments).failed(1);
        assert!(
            fault.contains("no grantd runs on the state folder"),
            "{fault}"
        );
        assert!(fault.contains("grantd serve --state-dir "), "{fault}");
    }
    let asked = listener.accept().unwrap_err();
    assert_eq!(asked.kind(), std::io::ErrorKind::WouldBlock);

    std::fs::remove_file(home.state().join("server.url")).unwrap();
    let fault = home.run(&["credential", "list"]).failed(1);
    assert!(
        fault.contains("no grantd runs on the state folder"),
        "{fault}"
    );
}
