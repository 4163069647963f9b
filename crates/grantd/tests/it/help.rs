//! Help of every command, man pages and completions.

use std::fs;

use crate::support::Home;

/// Every command.
const COMMANDS: &[&str] = &[
    "",
    "serve",
    "demo",
    "credential",
    "credential add",
    "credential list",
    "credential show",
    "credential update",
    "credential validate",
    "credential rotate",
    "credential promote",
    "credential renew",
    "credential drop-tokens",
    "credential events",
    "credential usage",
    "credential delete",
    "credential enable",
    "credential disable",
    "token",
    "exec",
    "curl",
    "kubectl-credential",
    "git-credential",
    "docker-credential",
    "sandbox",
    "listener",
    "listener add",
    "listener test",
    "listener list",
    "listener show",
    "listener update",
    "listener pause",
    "listener resume",
    "listener tail",
    "listener deliveries",
    "listener letters",
    "listener deliver",
    "listener discard",
    "listener delete",
    "consumer",
    "consumer add",
    "consumer test",
    "consumer list",
    "consumer show",
    "consumer update",
    "consumer enable",
    "consumer disable",
    "consumer delete",
    "key",
    "key create",
    "key list",
    "key show",
    "key revoke",
    "user",
    "user setup",
    "user create",
    "user list",
    "user show",
    "user update",
    "user enable",
    "user disable",
    "user link",
    "user remove-factor",
    "user delete",
    "audit",
    "audit list",
    "alert",
    "alert add",
    "alert test",
    "alert list",
    "alert show",
    "alert deliveries",
    "alert update",
    "alert rotate",
    "alert delete",
    "source",
    "source list",
    "export",
    "plan",
    "apply",
    "import",
    "config",
    "config check",
    "config show",
    "config reference",
    "doctor",
    "completions",
    "man",
];

#[cfg(feature = "demo")]
#[test]
fn every_command_has_help() {
    let home = Home::new();
    for command in COMMANDS {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let text = home.to_end(home.command(&arguments)).succeeded();
        let name = format!("help {command}").trim().replace(' ', "-");
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn every_command_has_a_man_page() {
    let home = Home::new();
    let text = home.to_end(home.command(&["man", "--dir", "pages/man1"]));
    assert_eq!(text.succeeded(), "");
    for command in COMMANDS {
        if cfg!(not(feature = "demo")) && *command == "demo" {
            continue;
        }
        let name = format!("grantd {command}").trim().replace(' ', "-");
        let page = home.path("pages/man1").join(format!("{name}.1"));
        let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
        assert!(!page.contains("NEVER"), "{name} names what is refused");
    }
}

#[test]
fn completions_know_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home
            .to_end(home.command(&["completions", shell]))
            .succeeded();
        assert!(script.contains("credential"), "{shell}");
        assert!(script.contains("secret-file"), "{shell}");
    }
}

#[test]
fn nothing_typed_and_something_unknown_end_with_2() {
    let home = Home::new();
    for arguments in [&[][..], &["credentail"], &["token"], &["token", "a", "b"]] {
        let fault = home.to_end(home.command(arguments)).failed(2);
        assert!(fault.contains("Usage: grantd"), "{arguments:?}: {fault}");
    }
}
