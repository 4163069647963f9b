//! Configurations that are wrong: each fault one line, exit code 2, nothing started.

use crate::support::Home;

#[test]
fn wrong_files_variables_and_flags_are_named() {
    for (file, variable, listen, expected) in [
        (
            "[server]\nlisten = \"nowhere\"\n",
            None,
            None,
            "grantd.toml:2: server.listen: `nowhere` is no address with a port",
        ),
        (
            "[server]\nlistn = \"127.0.0.1:1\"\n",
            None,
            None,
            "grantd.toml:2: server.listn: there is no such setting; did you mean `listen`?",
        ),
        (
            "[egress]\nallow = [\"*\"]\n",
            None,
            None,
            "grantd.toml:2: egress.allow: entry 1 `*`: an address, a network",
        ),
        (
            "[egress]\nproxy = \"socks5://proxy\"\n",
            None,
            None,
            "grantd.toml:2: egress.proxy: a URL that begins with `http://`",
        ),
        (
            "[sources.a]\nkind = \"fil\"\nfolder = \"/a\"\n",
            None,
            None,
            "sources.a: unknown variant `fil`",
        ),
        ("[log\n", None, None, "grantd.toml:1: "),
        (
            "",
            Some(("GRANTD_LOG_LEVL", "info")),
            None,
            "GRANTD_LOG_LEVL: this variable has no meaning for grantd; did you mean `GRANTD_LOG_LEVEL`?",
        ),
        (
            "",
            Some(("GRANTD_LOG_LEVEL", "inof")),
            None,
            "GRANTD_LOG_LEVEL: log.level: `inof` is no level; did you mean `info`?",
        ),
        (
            "[log]\nlevel = \"bogus\"\n",
            None,
            None,
            "grantd.toml:2: log.level: `bogus` is no level; known are: error, warn, info,",
        ),
        (
            "",
            Some(("GRANTD_LOG_FORMAT", "xml")),
            None,
            "GRANTD_LOG_FORMAT: log.format: `human` or `json` is expected, it is `xml`",
        ),
        (
            "",
            Some(("GRANTD_SERVER_TLS_TERMINATED_BY_PROXY", "yes")),
            None,
            "server.tls_terminated_by_proxy: `true` or `false` is expected, it is `yes`",
        ),
        (
            "",
            None,
            Some("0.0.0.0:0"),
            "--listen: server.listen: 0.0.0.0:0 is no loopback address",
        ),
    ] {
        let home = Home::new();
        home.write(".config/grantd/grantd.toml", file);
        let mut command = home.command(&["serve"]);
        command.envs(variable);
        command.args(listen.map(|listen| format!("--listen={listen}")));
        let fault = home.to_end(command).failed(2);
        assert!(fault.contains(expected), "{expected}: {fault}");
        assert_eq!(fault.lines().count(), 1, "{fault}");
        assert!(!home.path(".local").exists(), "{expected}: it began");
    }
}

#[test]
fn a_file_that_is_named_has_to_be_there() {
    let home = Home::new();
    let fault = home
        .to_end(home.command(&["serve", "--config", "absent.toml"]))
        .failed(2);
    assert_eq!(
        fault,
        "grantd: the configuration absent.toml: No such file or directory (os error 2)\n"
    );
}

#[test]
fn variables_whose_names_are_no_text_are_refused_as_well() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    for arguments in [&["serve"][..], &["credential", "list"]] {
        let mut command = home.command(arguments);
        command.env(std::ffi::OsStr::from_bytes(b"GRANTD_UR\xff"), "x");
        let fault = home.to_end(command).failed(2);
        assert!(
            fault.contains("this variable has no meaning for grantd"),
            "{fault}"
        );
    }
}

#[test]
fn commands_tell_of_variables_without_meaning_as_well() {
    let home = Home::new();
    let mut command = home.command(&["credential", "list"]);
    command.env("GRANTD_ULR", "http://127.0.0.1:1");
    let fault = home.to_end(command).failed(2);
    assert!(fault.contains("did you mean `GRANTD_URL`?"), "{fault}");
}

#[test]
fn a_source_that_reaches_what_is_grantds_own_is_refused() {
    let home = Home::new();
    let file = |more: &str| {
        let origins = "origins = [\"*\"]";
        std::fs::write(home.path("own.toml"), format!("{more}\n{origins}\n")).unwrap();
        home.path("own.toml")
    };
    let state = home.state().display().to_string();
    for (more, expected) in [
        (
            format!("[sources.a]\nkind = \"file\"\nfolder = \"{state}\""),
            format!("sources.a: it reaches {state}, which is grantd's own"),
        ),
        (
            "[sources.a]\nkind = \"file\"\nfolder = \"/\"".to_owned(),
            format!("sources.a: it reaches {state}"),
        ),
        (
            "[keyring]\nkind = \"environment\"\nvariable = \"APP_KEYRING\"\n[sources.a]\nkind = \"environment\"\n\
             prefix = \"APP_\""
                .to_owned(),
            "sources.a: it reaches the variable APP_KEYRING".to_owned(),
        ),
    ] {
        let file = file(&more);
        let mut command = home.serve_command(&["--config"]);
        command.arg(&file);
        let fault = home.to_end(command).failed(2);
        assert!(fault.contains(&expected), "{fault}");
        assert!(!home.state().join("keyring.json").exists());
    }
}
