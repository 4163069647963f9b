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

#[test]
fn a_check_names_everything_and_touches_nothing() {
    let home = Home::new();
    let file = home.write(
        "c.toml",
        "[server]\nlistn = 1\nlisten = 2\n[log]\nlevel = \"warn\"\n",
    );
    let file = file.to_str().unwrap();
    let told = home.run(&["config", "check", "--config", file]).failed(2);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].contains("c.toml:2: server.listn: "), "{told}");
    assert!(
        lines[1].contains("c.toml:3: server.listen: a text is expected"),
        "{told}"
    );

    let ended = home.run(&["config", "check", "--config", file, "--output", "json"]);
    assert_eq!(ended.code, 2);
    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(document["ok"], false);
    let faults = document["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 2);
    assert_eq!(
        (&faults[1]["line"], &faults[1]["setting"]),
        (&3.into(), &"server.listen".into())
    );
    assert_eq!(faults[1]["file"], file);

    home.write("c.toml", "[log]\nlevel = \"warn\"\n");
    let told = home.run(&["config", "check", "--config", file]).succeeded();
    assert!(told.contains(file), "{told}");
    assert!(!home.state().exists());
}

#[test]
fn what_is_shown_tells_where_each_setting_is_from_and_no_secret() {
    let home = Home::new();
    let file = home.write(
        "c.toml",
        "[log]\nlevel = \"warn\"\n[server]\nlisten = \"127.0.0.1:1\"\n[sources.a]\nkind = \"command\"\n\
         program = \"/bin/p\"\narguments = [\"{path}\"]\npaths = [\"*\"]\norigins = [\"*\"]\n\
         environment = { TOKEN = \"canary-of-a-command\" }\n",
    );
    let mut command = home.command(&[
        "config",
        "show",
        "--listen",
        "127.0.0.1:2",
        "--output",
        "json",
    ]);
    command
        .arg("--config")
        .arg(&file)
        .env("GRANTD_HISTORY_KEEP_DAYS", "7");
    let out = home.to_end(command).succeeded();
    assert!(!out.contains("canary"), "{out}");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let setting = |name: &str| {
        let settings = document["settings"].as_array().unwrap().iter();
        let mut found = settings.filter(|it| it["setting"] == name);
        let found = found
            .next()
            .unwrap_or_else(|| panic!("{name}: {out}"))
            .clone();
        (
            found["value"].clone(),
            found["from"].as_str().unwrap().to_owned(),
        )
    };
    let file = file.display();
    for (name, value, from) in [
        ("log.level", "warn".into(), format!("{file}:2")),
        ("server.listen", "127.0.0.1:2".into(), "--listen".to_owned()),
        (
            "history.keep_days",
            7.into(),
            "GRANTD_HISTORY_KEEP_DAYS".to_owned(),
        ),
        ("mail.keep_days", 90.into(), "default".to_owned()),
        (
            "egress.proxy",
            serde_json::Value::Null,
            "default".to_owned(),
        ),
        ("sources.a.program", "/bin/p".into(), format!("{file}:7")),
        ("keyring.kind", "file".into(), "default".to_owned()),
    ] {
        assert_eq!(setting(name), (value, from), "{name}");
    }
}

#[test]
fn a_check_looks_at_what_the_configuration_names_on_this_machine() {
    let home = Home::new();
    let check = |text: &str, variables: &[(&str, &str)]| {
        let file = home.write("c.toml", text);
        let mut command = home.command(&["config", "check", "--config", file.to_str().unwrap()]);
        command.envs(variables.iter().copied());
        home.to_end(command)
    };
    let variable = "[keyring]\nkind = \"environment\"\nvariable = \"KEYS\"\n";
    for (text, variables, expected) in [
        (
            "[server]\nlisten = \"127.0.0.1:8710\"\n[metrics]\nlisten = \"127.0.0.1:8710\"\n",
            &[][..],
            "c.toml:4: metrics.listen: another port is expected than that of server.listen",
        ),
        (
            "[keyring]\nkind = \"file\"\npath = \"/tmp\"\n",
            &[],
            "keyring.path: /tmp is a folder, a file is expected",
        ),
        (variable, &[], "keyring.variable: KEYS is not set"),
        (variable, &[("KEYS", "canary")], "keyring.variable: KEYS: "),
    ] {
        let fault = check(text, variables).failed(2);
        assert!(fault.contains(expected), "{expected}: {fault}");
        assert!(!fault.contains("canary"), "{fault}");
    }
    let ended = check("[spools.a]\nfolder = \"/nowhere/spool\"\n", &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended
            .err
            .contains("warning: spools.a.folder: /nowhere/spool: "),
        "{ended:?}"
    );
}
