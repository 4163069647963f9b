//! What the book tells receivers of webhooks to do works as it stands there.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::grantd::Finished;
use e2e::peer::AlertReceivers;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{started, webhook};

const BOOK: &str = include_str!("../../../../docs/book/alerts.md");

/// What each language is told to read first: the body and the headers of a webhook.
const PYTHON: &str = "import json, sys\nbody, headers = json.load(sys.stdin)\n";
const NODE: &str = "import { readFileSync } from \"node:fs\";\n\
                    const [body, headers] = JSON.parse(readFileSync(0, \"utf8\"));\n";

/// The one example of a language, with a signing secret.
fn example(language: &str, secret: &str) -> Result<String> {
    let begin = format!("```{language}\n");
    let mut parts = BOOK.split(&begin);
    let (Some(_), Some(rest), None) = (parts.next(), parts.next(), parts.next()) else {
        anyhow::bail!("one example in {language} is expected");
    };
    let (example, _) = rest.split_once("```").context("it does not end")?;
    ensure!(example.contains("whsec_…"), "{example}");
    Ok(example.replace("whsec_…", secret))
}

#[test]
fn the_examples_take_what_is_signed_and_nothing_else() -> Result<()> {
    let receivers = AlertReceivers::start("starttls")?;
    let grantd = started()?;
    let secret = webhook(&grantd, &receivers)?;
    grantd.cli(&["alert", "test", "hook"], "")?.expect(0)?;
    let came = receivers.wait_for(1)?.remove(0);
    let body = came["body"].as_str().context("no body")?;
    let others = body.replace("test", "tost");

    let peers = environment::alert_receivers()?;
    let folder = TempDir::new()?;
    symlink(
        peers.join("node/node_modules"),
        folder.path().join("node_modules"),
    )?;
    for (program, name, head, language) in [
        ("alerts-venv/bin/python", "it.py", PYTHON, "python"),
        ("bin/node", "it.mjs", NODE, "js"),
    ] {
        let script = folder.path().join(name);
        fs::write(&script, format!("{head}{}", example(language, &secret)?))?;
        let told = |body: &str| {
            let given: Value = json!([body, came["headers"]]);
            let mut command = Command::new(peers.join(program));
            Finished::of(command.arg(&script), &given.to_string())
        };
        let good = told(body)?.expect(0)?;
        ensure!(
            good.stdout == "alerts.test this is a test of the alert channel\n",
            "{language}: {good:?}"
        );
        let bad = told(&others)?;
        ensure!(
            bad.code != 0 && bad.stdout.is_empty(),
            "{language}: {bad:?}"
        );
    }
    Ok(())
}
