//! Pipes, devices and folders where a file is expected: told at once, and never waited for.

use std::path::PathBuf;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;

use crate::support::Home;

/// A pipe that nobody writes to, a device that never ends, and a folder.
fn odd_files(home: &Home) -> [PathBuf; 3] {
    [
        pipe(home, "pipe"),
        PathBuf::from("/dev/zero"),
        home.path(""),
    ]
}

fn pipe(home: &Home, name: &str) -> PathBuf {
    let path = home.path(name);
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    path
}

fn assert_told(fault: &str) {
    assert!(fault.contains("it is no plain file"), "{fault}");
    assert!(fault.lines().count() <= 2, "{fault}");
}

#[test]
fn of_commands() {
    let home = Home::new();
    let _served = home.serve(&[]);
    for odd in odd_files(&home) {
        let odd = odd.to_str().unwrap();
        for arguments in [
            &["source", "list", "--api-key-file", odd][..],
            &["source", "list", "--ca-file", odd],
            &["credential", "add", "--name", "n", "--secret-file", odd],
            &["credential", "add", "--from-file", odd],
            &["credential", "add", "--name", "n", "--ca-bundle-file", odd],
        ] {
            assert_told(&home.run(arguments).failed(2));
        }
    }
    pipe(&home, ".config");
    let command = home.command(&["source", "list", "--profile", "a"]);
    home.to_end(command).failed(2);
}

#[test]
fn of_the_server() {
    let home = Home::new();
    for odd in odd_files(&home) {
        let odd = odd.to_str().unwrap();
        let command = home.serve_command(&["--config", odd]);
        assert_told(&home.to_end(command).failed(2));
        let mut command = home.serve_command(&[]);
        command.env("GRANTD_EGRESS_CA_BUNDLE", odd);
        assert_told(&home.to_end(command).failed(2));
        let mut command = home.serve_command(&[]);
        command
            .env("GRANTD_SERVER_TLS_CERTIFICATE", odd)
            .env("GRANTD_SERVER_TLS_KEY", odd);
        assert_told(&home.to_end(command).failed(2));
    }
    home.serve(&[]).end_by(Signal::TERM);
    for (name, code) in [
        ("admin.key", 2),
        ("keyring.json", 2),
        ("grantd.db", 1),
        ("lock", 1),
    ] {
        let path = home.state().join(name);
        let kept = home.path("kept");
        std::fs::rename(&path, &kept).unwrap();
        pipe(&home, &format!("state/{name}"));
        let fault = home.to_end(home.serve_command(&[])).failed(code);
        assert!(fault.contains("plain file"), "{name}: {fault}");
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(&kept, &path).unwrap();
    }
    home.serve(&[]);
}
