//! Export, plan, apply and import by command, as the book shows them, and with the server killed meanwhile.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Home, set_mode};

/// The files of the book's example, by the name in their first line.
fn of_the_book(name: &str) -> String {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/import-export.md");
    let text = fs::read_to_string(book).unwrap();
    let (_, block) = text.split_once(&format!("```toml\n# {name}\n")).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn exported(home: &Home) -> Value {
    let text = home.run(&["export", "--output", "json"]).succeeded();
    serde_json::from_str(&text).unwrap()
}

fn count(home: &Home) -> usize {
    let credentials = &exported(home)["credentials"];
    credentials.as_object().map_or(0, serde_json::Map::len)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn one_document_serves_test_and_production() {
    for environment in ["test", "production"] {
        let home = Home::new();
        let _server = home.serve(&[]);
        let file = |name: &str| home.write(name, &of_the_book(name));
        let (document, secrets) = (file("grantd.toml"), file("secrets.toml"));
        let variables = file(&format!("{environment}.toml"));
        set_mode(&variables, 0o644);
        let flags = [
            text(&document),
            "--variables",
            text(&variables),
            "--variables",
            text(&secrets),
        ];
        let run = |command: &str, more: &[&str]| home.run(&[&[command], &flags[..], more].concat());
        let plan = run("plan", &["--exit-code"]);
        assert_eq!(plan.code, 3, "{plan:?}");
        for line in [
            "+ source vault",
            "+ credential sales-email-credentials",
            "3 to add, 0 to change, 0 as they are, 0 refused",
        ] {
            assert!(plan.out.contains(line), "{line}: {}", plan.out);
        }
        let asked = run("apply", &[]);
        assert_eq!(asked.code, 2, "nobody is there to ask: {asked:?}");
        let applied = run("apply", &["--yes"]).succeeded();
        assert!(
            applied.ends_with("applied: 3 added, 0 changed\n"),
            "{applied}"
        );
        // secrets that are given may be others, and are the same
        let revisions = || home.run(&["audit", "--output", "json"]).succeeded();
        let before = revisions();
        let plan = run("plan", &["--exit-code"]);
        assert_eq!(plan.code, 3, "{plan:?}");
        assert!(plan.out.contains("internal, given"), "{}", plan.out);
        run("apply", &["--yes"]).succeeded();
        assert_eq!(revisions(), before);

        let document = exported(&home);
        let billing = &document["credentials"]["billing"];
        assert_eq!(billing["client_id"], format!("billing-{environment}"));
        let patience = if environment == "test" { Some(5) } else { None };
        assert_eq!(billing["request_timeout_s"].as_u64(), patience);
        // what is exported is what is there, in both forms
        let toml = home.run(&["export"]).succeeded();
        for secret in ["the secret that", "the token of"] {
            assert!(!toml.contains(secret) && !plan.out.contains(secret));
        }
        for (name, text_of) in [("e.toml", toml), ("e.json", document.to_string())] {
            let path = home.write(name, &text_of);
            let told = home.run(&["plan", text(&path), "--exit-code"]).succeeded();
            assert_eq!(told, "0 to add, 0 to change, 3 as they are, 0 refused\n");
        }
        let show = home.run(&["audit", "--output", "json"]).succeeded();
        assert!(show.contains("source.create"), "{show}");
    }
}

#[test]
fn a_mistake_is_named_by_file_line_and_what_is_expected() {
    let home = Home::new();
    let _server = home.serve(&[]);
    let document = of_the_book("grantd.toml")
        .replace("https://${login_host}/oauth2/token", "ftp://${login_host}")
        .replace("${sales_secret}", "hunter2");
    let document = home.write("wrong.toml", &document);
    let variables = of_the_book("test.toml") + "colour = \"red\"\nvault_token = \"t\"\n";
    let variables = home.write("some.toml", &variables);
    let flags = [text(&document), "--variables", text(&variables)];
    let plan = home.run(&[&["plan"], &flags[..]].concat());
    assert_eq!(plan.code, 2, "{plan:?}");
    let line = |needle: &str| {
        let text = fs::read_to_string(&document).unwrap();
        text.lines().position(|line| line.contains(needle)).unwrap() + 1
    };
    for (needle, member) in [
        (
            "hunter2",
            "credentials.sales-email-credentials.client_secret: a variable",
        ),
        ("ftp://", "credentials.billing.token_endpoint: "),
    ] {
        let at = if needle == "ftp://" {
            let text = fs::read_to_string(&document).unwrap();
            let lines = text.lines().enumerate();
            lines
                .filter(|(_, it)| it.contains(needle))
                .last()
                .unwrap()
                .0
                + 1
        } else {
            line(needle)
        };
        let expected = format!("{}:{at}: {member}", document.display());
        assert!(plan.out.contains(&expected), "{expected}: {}", plan.out);
    }
    let unused = format!(
        "{}:4: colour: the document does not use",
        variables.display()
    );
    assert!(plan.err.contains(&unused), "{unused}: {}", plan.err);
    assert!(!plan.out.contains("hunter2") && !plan.err.contains("hunter2"));
    let applied = home.run(&[&["apply", "--yes"], &flags[..]].concat());
    assert_eq!(applied.code, 2, "{applied:?}");
    assert_eq!(count(&home), 0);

    // what can not be read at all, and secrets that others may read
    let broken = home.write("broken.toml", "version = 1\nname = \"hunter2\nx = 1\n");
    let fault = home.run(&["plan", text(&broken)]).failed(2);
    assert!(fault.contains("broken.toml:2: this is no TOML"), "{fault}");
    assert!(!fault.contains("hunter2"), "{fault}");
    let document = home.write("right.toml", &of_the_book("grantd.toml"));
    let secrets = home.write("secrets.toml", &of_the_book("secrets.toml"));
    set_mode(&secrets, 0o640);
    let fault = home.run(&["plan", text(&document), "--variables", text(&secrets)]);
    let fault = fault.failed(2);
    assert!(fault.contains("has mode 0640, expected is 0600"), "{fault}");
}

fn csv(rows: std::ops::Range<usize>) -> String {
    let mut text = "name,client_id,client_secret,token_endpoint,scope\n".to_owned();
    for row in rows {
        let _ = writeln!(
            text,
            "Row {row:05},c{row},s{row},https://login.example.com/token,mail.read"
        );
    }
    text
}

#[test]
fn rows_are_reported_by_line_and_column() {
    let home = Home::new();
    let _server = home.serve(&[]);
    let good = csv(0..3);
    let text_of = good.replace("Row 00001,c1,s1,https", "Row 00001,c1,,ftp");
    let path = home.write("rows.csv", &text_of);
    let refused = home.run(&["import", text(&path)]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.out.contains("rows.csv:3: token_endpoint: "),
        "{}",
        refused.out
    );
    assert!(
        refused
            .out
            .ends_with("3 rows: 0 added, 0 as they are, 1 refused\n")
    );
    assert_eq!(count(&home), 0);
    let skipped = home.run(&["import", text(&path), "--skip-bad-rows"]);
    assert_eq!(skipped.code, 1, "{skipped:?}");
    assert_eq!(count(&home), 2);
    let path = home.write("good.csv", &good);
    set_mode(&path, 0o644);
    let done = home.run(&["import", text(&path)]);
    assert!(done.err.contains("has mode 0644"), "{done:?}");
    let done = done.succeeded();
    assert_eq!(done, "3 rows: 1 added, 2 as they are, 0 refused\n");
    let path = home.write("again.csv", &good);
    let done = home.run(&["import", text(&path)]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let path = home.write("colours.csv", "name,colour\n");
    let fault = home.run(&["import", text(&path)]).failed(2);
    assert!(fault.contains("colours.csv:1"), "{fault}");
    assert!(fault.contains("there is no column `colour`"), "{fault}");
}

/// A document of these credentials, with its variables.
fn document(rows: std::ops::Range<usize>) -> (String, String) {
    let mut text = "version = 1\n".to_owned();
    for row in rows {
        let _ = write!(
            text,
            "[credentials.c{row:05}]\nname = \"Thing {row:05}\"\nclient_id = \"c\"\nclient_secret = \"${{s}}\"\n\
             token_endpoint = \"https://login.example.com/token\"\nscope = \"a\"\n"
        );
    }
    (text, "s = \"canary\"\n".to_owned())
}

#[test]
fn a_server_that_is_killed_meanwhile_has_done_all_or_nothing() {
    const ROWS: usize = 250;
    let home = Home::new();
    let state: PathBuf = home.state();
    let mut before = 0;
    let mut cut_off = 0;
    let waits = [20, 60, 120, 200, 300, 450, 700, 1000];
    for (round, wait) in waits.into_iter().enumerate() {
        // others in each round, so that each has something to do
        let these = || round * ROWS..(round + 1) * ROWS;
        let rows = home.write("rows.csv", &csv(these()));
        let (things, values) = document(these());
        let things = home.write("things.toml", &things);
        let values = home.write("values.toml", &values);
        let import = ["import", text(&rows)];
        let apply = [
            "apply",
            text(&things),
            "--variables",
            text(&values),
            "--yes",
        ];
        let commands: [&[&str]; 2] = [&import, &apply];
        for command in commands {
            let mut server = home.serve(&[]);
            let mut typed = home.command(&["--state-dir", text(&state)]);
            typed.args(command);
            let mut running = home.start(typed);
            std::thread::sleep(Duration::from_millis(wait));
            server.end_by(Signal::KILL);
            let code = running.wait();
            cut_off += usize::from(code != 0);
            let server = home.serve(&[]);
            let after = count(&home);
            let told = format!("round {round}, {command:?}: {before} and then {after}");
            assert!(after == before || after == before + ROWS, "{told}");
            // what was acknowledged is there
            assert!(code != 0 || after == before + ROWS, "{told}");
            // and what was cut off is done by doing it again
            home.run(command).succeeded();
            before += ROWS;
            assert_eq!(count(&home), before, "{told}");
            drop(server);
        }
    }
    assert!(cut_off > 0, "no command was cut off");
}

#[cfg(feature = "demo")]
#[test]
fn document_variables_and_rows_come_from_standard_input_as_well() {
    let home = Home::new();
    let _server = home.serve(&[]);
    let of = |name: &str| home.write(name, &of_the_book(name));
    let (document, variables) = (of("grantd.toml"), of("test.toml"));
    let secrets = of_the_book("secrets.toml");
    let plan = [
        "plan",
        text(&document),
        "--variables",
        text(&variables),
        "--variables",
        "-",
    ];
    let told = home.run_with_input(&plan, &secrets).succeeded();
    assert!(told.contains("3 to add"), "{told}");

    let twice = home
        .run_with_input(&["plan", "-", "--variables", "-"], "")
        .failed(2);
    assert!(twice.contains("standard input can be read once"), "{twice}");
    for document in ["{\"format\": ", "format = "] {
        let fault = home.run_with_input(&["plan", "-"], document).failed(2);
        assert!(fault.starts_with("grantd: -:1: "), "{fault}");
    }
    let rows =
        "name,client_id,client_secret,token_endpoint,scope\nA,a,s,https://login.example.com/t,x\n";
    let told = home.run_with_input(&["import", "-"], rows).succeeded();
    assert!(told.starts_with("1 row: 1 added"), "{told}");
}
