//! How the commands find server and key, and what they say when that is wrong.

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

#[test]
fn something_else_that_answers_is_told_apart() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer).unwrap();
        let page = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
        stream.write_all(page.as_bytes()).unwrap();
    });
    let home = Home::new();
    let served = home.serve(&[]);
    let fault = home
        .run(&["source", "list", "--url", &format!("http://{address}")])
        .failed(1);
    drop(served);
    answering.join().unwrap();
    assert!(
        fault.contains("answered with status 200, and not as grantd does"),
        "{fault}"
    );
}
