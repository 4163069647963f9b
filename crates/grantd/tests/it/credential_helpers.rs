//! What kubectl, git and docker are answered: exactly what their protocols say, and nothing else.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::stand_in::{KEY, StandIn};
use crate::support::{Ended, Home};

const TOKEN: &str = r#"canary-"to\ken"-~+/="#;
/// In seconds since 1970, with the end below.
const END: u64 = 1_801_386_000;
const V1: &str = "client.authentication.k8s.io/v1";
const CLI: &str = "\
[registries.\"registry.example.com\"]
credential = \"sales\"
username = \"robot\"

[registries.\"127.0.0.1:5000\"]
credential = \"sales\"
scope = \"pull push\"
";

/// A home, and a grantd that hands out this token.
struct Stage {
    home: Home,
    grantd: StandIn,
}

impl Stage {
    fn new() -> Self {
        Self::answering(&json!({}))
    }

    fn answering(members: &Value) -> Self {
        let mut answer = json!({
            "access_token": TOKEN, "token_type": "Bearer", "expires_in": 60,
            "expires_at": "2027-01-31T09:00:00.25Z",
        });
        let members = members.as_object().unwrap().clone();
        answer.as_object_mut().unwrap().extend(members);
        Self::with(StandIn::grantd(&answer))
    }

    fn with(grantd: StandIn) -> Self {
        let home = Home::new();
        home.write("key", KEY);
        home.write(".config/grantd/cli.toml", CLI);
        Self { home, grantd }
    }

    fn run(&self, mut command: Command, input: &str) -> Ended {
        let path = self.home.write("input", input);
        command
            .stdin(File::open(path).unwrap())
            .env("GRANTD_URL", self.grantd.url())
            .env("GRANTD_API_KEY_FILE", self.home.path("key"));
        self.home.to_end(command)
    }

    fn kubectl(&self, asked: &str) -> Ended {
        let mut command = self.home.command(&["kubectl-credential", "sales"]);
        command.env("KUBERNETES_EXEC_INFO", asked);
        self.run(command, "")
    }

    fn git(&self, arguments: &[&str], input: &str) -> Ended {
        let before = ["git-credential", "--credential", "sales"];
        let command = self.home.command(&[&before, arguments].concat());
        self.run(command, input)
    }

    /// By the link of its own name.
    fn docker(&self, operation: &str, input: &str) -> Ended {
        let link = self.home.path("docker-credential-grantd");
        // it is there from the second time on
        let _ = symlink(env!("CARGO_BIN_EXE_grantd"), &link);
        let mut command = Command::new(link);
        command
            .arg(operation)
            .env_clear()
            .env("HOME", self.home.path(""))
            .current_dir(self.home.path(""));
        self.run(command, input)
    }
}

#[test]
fn kubectl_is_answered_in_the_form_that_it_asks_for() {
    let stage = Stage::new();
    for (asked, version) in [
        (String::new(), V1.to_owned()),
        (asked(V1), V1.to_owned()),
        (asked(&format!("{V1}beta1")), format!("{V1}beta1")),
    ] {
        let ended = stage.kubectl(&asked);
        assert_eq!(ended.err, "");
        let printed: Value = serde_json::from_str(&ended.succeeded()).unwrap();
        let expected = json!({
            "apiVersion": version,
            "kind": "ExecCredential",
            "status": {"token": TOKEN, "expirationTimestamp": "2027-01-31T09:00:00Z"},
        });
        assert_eq!(printed, expected);
    }
    let fault = stage.kubectl(&asked(&format!("{V1}alpha1"))).failed(2);
    assert!(fault.contains("v1alpha1`, expected is client."), "{fault}");
    assert_eq!(stage.grantd.requests().len(), 3, "nothing was asked for");
}

fn asked(version: &str) -> String {
    json!({"kind": "ExecCredential", "apiVersion": version, "spec": {"interactive": false}})
        .to_string()
}

#[test]
fn git_is_answered_for_the_hosts_that_are_named() {
    let stage = Stage::new();
    let hosts = ["--host", "git.example.com", "--host", "*.forge.example"];
    let get = [&hosts[..], &["get"]].concat();
    for host in ["git.example.com:8443", "a.forge.example"] {
        let ended = stage.git(
            &get,
            &format!("capability[]=authtype\nprotocol=https\nhost={host}\n\n"),
        );
        assert_eq!(ended.err, "");
        assert_eq!(
            ended.succeeded(),
            format!("username=oauth2\npassword={TOKEN}\npassword_expiry_utc={END}\n")
        );
    }
    let asked = stage.grantd.requests().len();
    let named = "protocol=https\nhost=git.example.com\nusername=me\npassword=canary-old\n";
    for (arguments, input) in [
        (&get[..], "protocol=https\nhost=evil.example\n"),
        (&get, "protocol=https\nhost=forge.example\n"),
        (&get, ""),
        (&[&hosts[..], &["--username", "bot", "get"]].concat(), named),
        (&[&hosts[..], &["store"]].concat(), named),
        (&[&hosts[..], &["erase"]].concat(), named),
        (&[&hosts[..], &["not-known-yet"]].concat(), named),
    ] {
        let ended = stage.git(arguments, input);
        assert_eq!(ended.err, "", "{input}");
        assert_eq!(ended.succeeded(), "", "{input}");
    }
    let ended = stage.git(&get, "protocol=http\nhost=git.example.com\n");
    assert_eq!(
        ended.err,
        "grantd: git gets no token for git.example.com by http, expected is https, where the network \
         does not see it\n"
    );
    assert_eq!(ended.succeeded(), "");
    assert_eq!(
        stage.grantd.requests().len(),
        asked,
        "nothing was asked for"
    );

    let fault = stage.git(&["get"], named).failed(2);
    assert!(fault.contains("--host"), "{fault}");
}

#[test]
fn docker_is_answered_by_the_name_that_it_calls() {
    let stage = Stage::new();
    for (server, name, query) in [
        ("registry.example.com", "robot", " "),
        ("https://registry.example.com/v2/\n", "robot", " "),
        ("127.0.0.1:5000", "oauth2", "?scope=pull+push "),
    ] {
        let ended = stage.docker("get", server);
        assert_eq!(ended.err, "");
        let printed: Value = serde_json::from_str(&ended.succeeded()).unwrap();
        let expected = json!({"ServerURL": server.trim(), "Username": name, "Secret": TOKEN});
        assert_eq!(printed, expected);
        let request = stage.grantd.requests().pop().unwrap();
        let line = format!("GET /v1/credentials/sales/token{query}HTTP/1.1");
        assert!(request.starts_with(&line), "{request}");
    }
    let asked = stage.grantd.requests().len();
    for server in [
        "other.example.com",
        "registry.example.com:5000",
        "http://registry.example.com",
        "",
    ] {
        let ended = stage.docker("get", server);
        assert_eq!(ended.code, 1, "{ended:?}");
        assert_eq!(
            ended.out, "credentials not found in native keychain\n",
            "{server}"
        );
        assert_eq!(ended.err, "", "{server}");
    }
    let listed: Value = serde_json::from_str(&stage.docker("list", "").succeeded()).unwrap();
    assert_eq!(
        listed,
        json!({"127.0.0.1:5000": "oauth2", "registry.example.com": "robot"})
    );
    let given =
        json!({"ServerURL": "registry.example.com", "Username": "me", "Secret": "canary-old"});
    let ended = stage.docker("store", &given.to_string());
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    assert_eq!(
        ended.out,
        "grantd: no password of a registry is kept; the credential of each is named in cli.toml\n"
    );
    let ended = stage.docker("erase", "registry.example.com");
    assert_eq!(
        (ended.err.as_str(), ended.code, ended.out.as_str()),
        ("", 0, "")
    );
    assert_eq!(
        stage.grantd.requests().len(),
        asked,
        "nothing was asked for"
    );
}

#[test]
fn without_a_token_nobody_is_answered() {
    let head = "403 Forbidden\r\nContent-Type: application/problem+json";
    let problem =
        json!({"code": "forbidden", "detail": "the key gets no tokens of it", "status": 403});
    let stage = Stage::with(StandIn::start(head, &problem.to_string(), Duration::ZERO));
    for ended in [
        stage.kubectl(&asked(V1)),
        stage.git(
            &["--host", "a.example", "get"],
            "protocol=https\nhost=a.example\n",
        ),
    ] {
        let fault = ended.failed(1);
        assert!(
            fault.starts_with("grantd: the key gets no tokens of it"),
            "{fault}"
        );
    }
    let ended = stage.docker("get", "registry.example.com");
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    assert!(
        ended
            .out
            .starts_with("grantd: the key gets no tokens of it"),
        "{ended:?}"
    );
}

#[test]
fn what_could_not_be_shown_as_a_password_is_refused() {
    for (members, part) in [
        (
            json!({"token_type": "DPoP"}),
            "the token is of the type `DPoP`",
        ),
        (
            json!({"access_token": "canary\nhost=evil.example"}),
            "the token holds control characters",
        ),
    ] {
        let stage = Stage::answering(&members);
        let question = "protocol=https\nhost=a.example\n";
        let fault = stage
            .git(&["--host", "a.example", "get"], question)
            .failed(1);
        assert!(fault.contains(part), "{fault}");
        assert!(!fault.contains("canary"), "{fault}");
    }
    let stage = Stage::answering(&json!({"token_type": "DPoP"}));
    assert!(stage.kubectl("").failed(1).contains("sent by kubectl"));
    assert!(
        stage
            .docker("get", "registry.example.com")
            .out
            .contains("sent by docker")
    );
}

#[test]
fn a_wrong_name_in_the_configuration_is_told_to_docker() {
    let stage = Stage::new();
    for (cli, part) in [
        (
            "[registries.\"a.example\"]\ncredential = \"No Slug\"\n",
            "the credential of `a.example` in cli.toml: ",
        ),
        (
            "[registries.\"http://a.example\"]\ncredential = \"a\"\n",
            "cli.toml:1: `http://a.example` is no host",
        ),
    ] {
        stage.home.write(".config/grantd/cli.toml", cli);
        let ended = stage.docker("get", "a.example");
        assert_eq!((ended.code, ended.err.as_str()), (2, ""));
        assert!(
            ended.out.starts_with("grantd: ") && ended.out.contains(part),
            "{ended:?}"
        );
    }
}
