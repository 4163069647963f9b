//! A served grantd, and the sandbox of a demo beside it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Ended, Home, Running, SECRET, between};

/// A served grantd, and the sandbox of a demo beside it.
pub(crate) struct Stage {
    pub(crate) home: Home,
    pub(crate) served: Running,
    pub(crate) sandbox: String,
    configuration: PathBuf,
    _demo: Running,
    _demo_home: Home,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let demo_home = Home::new();
        let demo = demo_home.start(demo_home.command(&["demo", "--no-traffic"]));
        demo.wait_for(|demo| demo.out().contains("Ctrl-C ends"));
        let sandbox = between(&demo.out(), "Authorization server", "/ (")
            .trim()
            .to_owned();
        let home = Home::new();
        home.write("secrets/sales", &format!("{{\"secret\": \"{SECRET}\"}}"));
        let address = sandbox.strip_prefix("http://").unwrap();
        let folder = home.path("secrets");
        let configuration = home.write(
            "grantd.toml",
            &format!(
                "[egress]\nallow = [\"{address}\"]\n\n[sources.files]\nkind = \"file\"\norigins = [\"*\"]\nfolder = \"{}\"\n",
                folder.display()
            ),
        );
        let served = home.serve(&["--config", configuration.to_str().unwrap()]);
        Self {
            home,
            served,
            sandbox,
            configuration,
            _demo: demo,
            _demo_home: demo_home,
        }
    }

    /// Adds the documented example under this name.
    pub(crate) fn add_named(&self, name: &str) {
        self.add(&["--name", name, "--secret-file", "-"], SECRET)
            .succeeded();
    }

    /// Serves again on a free port, after the last one has ended.
    pub(crate) fn serve_again(&mut self) {
        let configuration = self.configuration.to_str().unwrap();
        self.served = self.home.serve(&["--config", configuration]);
    }

    /// A command on the state folder of the served grantd.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let folder = self.home.state();
        let mut command = self.home.command(arguments);
        command.args(["--state-dir".as_ref(), folder.as_os_str()]);
        command
    }

    /// Starts such a command.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.home.start(self.command(arguments))
    }

    /// Sends a request to the sandbox, and returns the whole answer.
    pub(crate) fn ask_sandbox(&self, line: &str, body: &str) -> String {
        let address = self.sandbox.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }

    pub(crate) fn switch_fault(&self, fault: &str) {
        self.ask_sandbox("PUT /faults", fault);
    }

    pub(crate) fn wait_for_token_requests(&self, count: u32) {
        let wanted = format!("\"token_requests\":{count}");
        self.served
            .wait_for(|_| self.ask_sandbox("GET /stats", "").contains(&wanted));
    }

    /// Adds the documented example with these flags besides.
    pub(crate) fn add(&self, flags: &[&str], input: &str) -> Ended {
        let endpoint = format!("{}/tenant/oauth2/authorize-service", self.sandbox);
        let basic = [
            "credential",
            "add",
            "--client-id",
            "sales-email-listener",
            "--token-endpoint",
            &endpoint,
            "--scope",
            "https://outlook.office365.com/.default",
        ];
        self.home.run_with_input(&[&basic, flags].concat(), input)
    }
}
