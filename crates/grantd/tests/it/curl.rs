//! `grantd curl`: where the token goes, and where it does not.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::stand_in::{KEY, StandIn};
#[cfg(feature = "demo")]
use crate::support::between;
use crate::support::{Ended, Home};

/// With the signs that a configuration of curl must not take for its own.
const TOKEN: &str = r#"canary-"to\ken"-~+/="#;

/// A home, and a grantd that hands out this token for hosts of this machine.
struct Stage {
    home: Home,
    grantd: StandIn,
}

impl Stage {
    fn new(members: &Value) -> Self {
        let mut answer = json!({
            "access_token": TOKEN, "token_type": "Bearer", "expires_in": 60,
            "expires_at": "2027-01-31T09:00:00Z", "bound_hosts": ["127.0.0.1", "*.example.com"],
        });
        let members = members.as_object().unwrap().clone();
        answer.as_object_mut().unwrap().extend(members);
        let home = Home::new();
        home.write("key", KEY);
        Self {
            home,
            grantd: StandIn::grantd(&answer),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let url = self.grantd.url();
        let mut command =
            self.home
                .command(&["--url", &url, "--api-key-file", "key", "curl", "sales"]);
        command.args(arguments);
        command
    }

    fn curl(&self, arguments: &[&str]) -> Ended {
        self.home.to_end(self.command(arguments))
    }
}

fn resource() -> StandIn {
    StandIn::start("200 OK", "it answers\n", Duration::ZERO)
}

#[test]
fn a_bound_host_gets_the_token() {
    let (stage, resource) = (Stage::new(&json!({})), resource());
    let url = format!("{}/a?b={{c}}", resource.url());
    let ended = stage.curl(&[&url, "--", "-sS", "-H", "X-Odd: it's \"odd\" $HOME"]);
    assert_eq!(ended.err, "");
    assert_eq!(ended.succeeded(), "it answers\n");
    let requests = resource.requests();
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].starts_with("GET /a?b={c} HTTP/1.1\r\n"),
        "{requests:?}"
    );
    for line in [
        format!("\r\nAuthorization: Bearer {TOKEN}\r\n"),
        "\r\nX-Odd: it's \"odd\" $HOME\r\n".to_owned(),
    ] {
        assert!(requests[0].contains(&line), "{requests:?}");
    }
}

#[cfg(feature = "demo")]
#[test]
fn the_resource_of_the_sandbox_knows_the_token() {
    let home = Home::new();
    let demo = home.start(home.command(&["demo", "--keep", "state"]));
    demo.wait_for(|demo| demo.out().contains("Ctrl-C ends"));
    let text = demo.out();
    let sandbox = between(&text, "Authorization server", "/ (").trim();
    let token = home.run(&["token", "sales-email-credentials"]).succeeded();
    let stage = Stage::new(&json!({"access_token": token.trim()}));
    let greeting = stage
        .curl(&[&format!("{sandbox}/resource"), "--", "-s"])
        .succeeded();
    assert!(greeting.contains("\"hello\":\"sales-email-"), "{greeting}");
}

#[test]
fn standard_input_stays_free_for_what_is_sent() {
    let (stage, resource) = (Stage::new(&json!({})), resource());
    let body = stage.home.write("body", "{\"a\": 1}");
    let mut command = stage.command(&[&resource.url(), "--", "-s", "--data-binary", "@-"]);
    command.stdin(fs::File::open(body).unwrap());
    stage.home.to_end(command).succeeded();
    let request = resource.requests().remove(0);
    assert!(request.starts_with("POST / "), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"a\": 1}"), "{request}");
}

#[test]
fn the_command_line_and_the_environment_hold_no_token() {
    let stage = Stage::new(&json!({}));
    // far longer than it is looked at; the end of the test ends curl
    let slow = StandIn::start("200 OK", "", Duration::from_mins(1));
    let mut command = stage.command(&[&slow.url()]);
    command.env("GRANTD_API_KEY_FILE", stage.home.path("key"));
    let running = stage.home.start(command);
    slow.wait_for_requests(1);
    let of_process = |name: &str| {
        let bytes = fs::read(format!("/proc/{}/{name}", running.id())).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let line = of_process("cmdline");
    assert!(line.starts_with("curl\0"), "{line:?}");
    let environment = of_process("environ");
    assert!(environment.contains("HOME="), "{environment:?}");
    assert!(!environment.contains("GRANTD_API_KEY"), "{environment:?}");
    for text in [&line, &environment] {
        assert!(!text.contains(TOKEN), "{text:?}");
    }
    for entry in fs::read_dir("/proc").unwrap() {
        // some end while they are looked at
        let Ok(line) = fs::read(entry.unwrap().path().join("cmdline")) else {
            continue;
        };
        assert!(!String::from_utf8_lossy(&line).contains(TOKEN));
    }
}

#[test]
fn hosts_that_are_not_bound_are_refused() {
    let resource = resource();
    let other = format!("http://localhost:{}/", resource.port());
    let stage = Stage::new(&json!({}));
    for urls in [
        &[other.as_str()][..],
        &[&resource.url(), &other],
        &["https://example.com/?canary-query"],
        &["https://127.0.0.1.example.org/"],
    ] {
        let fault = stage.curl(urls).failed(2);
        assert!(
            fault.contains("bound to it are 127.0.0.1, *.example.com"),
            "{fault}"
        );
        assert!(
            fault.contains("an admin sets them by `grantd credential update sales --bound-host"),
            "{fault}"
        );
        assert_eq!(fault.lines().count(), 1, "{fault}");
        assert!(!fault.contains("canary"), "{fault}");
    }
    let fault = Stage::new(&json!({"bound_hosts": []}))
        .curl(&[&resource.url()])
        .failed(2);
    assert!(fault.contains("no host is bound to it"), "{fault}");
    assert_eq!(resource.requests(), [""; 0]);
}

#[test]
fn what_can_not_be_meant_is_refused_before_a_token_is_asked_for() {
    let (stage, resource) = (Stage::new(&json!({})), resource());
    let url = resource.url();
    for (arguments, part) in [
        (&["http://example.com/"][..], "https is expected"),
        (&[&url, "--", "-v"], "it shows the token"),
        (&[&url, "--", "--config", "x"], "any other option"),
        (&[&url, "--", "http://localhost/"], "URLs before it"),
        (&[&url, "--", "-H", "Authorization: x"], "holds the token"),
        (&[], "<URL>"),
    ] {
        let fault = stage.curl(arguments).failed(2);
        assert!(fault.contains(part), "{arguments:?}: {fault}");
    }
    assert_eq!(stage.grantd.requests(), [""; 0]);
    assert_eq!(resource.requests(), [""; 0]);
}

#[test]
fn a_token_that_is_no_bearer_token_is_refused() {
    let (stage, resource) = (Stage::new(&json!({"token_type": "DPoP"})), resource());
    let fault = stage.curl(&[&resource.url()]).failed(1);
    assert!(fault.contains("of the type `DPoP`"), "{fault}");
    assert_eq!(resource.requests(), [""; 0]);
}

#[test]
fn a_redirect_is_not_followed_unless_wanted_and_never_by_http() {
    let (stage, other) = (Stage::new(&json!({})), resource());
    let head = format!("302 Found\r\nLocation: http://localhost:{}/", other.port());
    let redirecting = StandIn::start(&head, "", Duration::ZERO);
    let url = redirecting.url();
    let shown = stage.curl(&[&url, "--", "-s", "-w", "%{http_code}"]);
    assert_eq!(shown.succeeded(), "302");
    let ended = stage.curl(&[&url, "--", "-sS", "-L"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("Protocol \"http\""), "{ended:?}");
    assert_eq!(other.requests(), [""; 0]);
}

#[test]
fn neither_curlrc_nor_a_proxy_gets_the_token() {
    let (stage, resource, proxy) = (Stage::new(&json!({})), resource(), resource());
    let more = format!("verbose\nproxy = {}\n", proxy.url());
    stage.home.write(".curlrc", &more);
    let (url, proxied) = (resource.url(), proxy.url());
    let mut command = stage.command(&[&url, "--", "-s", "--proxy", &proxied, "--noproxy", ""]);
    command
        .env("http_proxy", &proxied)
        .env("ALL_PROXY", &proxied);
    let ended = stage.home.to_end(command);
    assert_eq!(ended.err, "");
    ended.succeeded();
    assert_eq!(resource.requests().len(), 1);
    assert_eq!(proxy.requests(), [""; 0]);
}

#[test]
fn the_exit_code_is_that_of_curl() {
    let stage = Stage::new(&json!({}));
    let refusing = StandIn::start("403 Forbidden", "no\n", Duration::ZERO);
    let ended = stage.curl(&[&refusing.url(), "--", "-sS", "--fail-with-body"]);
    assert_eq!((ended.code, ended.out.as_str()), (22, "no\n"));
    let mut command = stage.command(&[&refusing.url()]);
    command.env("PATH", stage.home.path("empty"));
    let fault = stage.home.to_end(command).failed(127);
    assert_eq!(fault, "grantd: `curl` can not be run: it was not found\n");
}

#[test]
fn scope_and_lifetime_are_asked_for() {
    let (stage, resource) = (Stage::new(&json!({})), resource());
    let arguments = ["--scope", "a b", "--min-lifetime", "90", &resource.url()];
    stage.curl(&arguments).succeeded();
    let asked = stage.grantd.requests().remove(0);
    let line = asked.lines().next().unwrap();
    assert!(
        line.contains(" /v1/credentials/sales/token?scope=a+b&min_lifetime_s=90 "),
        "{line}"
    );
}
