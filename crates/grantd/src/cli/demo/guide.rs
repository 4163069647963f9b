//! What the demo prints: what runs where, and commands to copy. Paths stand in it, never a secret;
//! the link to the console works once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use grantd_model::Secret;

use super::consumer::CONSUMER;
use super::mail::{LISTENER, MAILBOX};
use super::seed::{FAILING, WORKING};
use crate::environment;
use crate::state_folder::StatePaths;

/// What runs where.
pub(super) struct Places {
    /// grantd.
    pub(super) server: SocketAddr,
    /// The sandbox.
    pub(super) sandbox: SocketAddr,
    /// Where mail for the sandbox comes in.
    pub(super) smtp: SocketAddr,
    /// Where requests through HTTP consumers come in.
    pub(super) consumers: SocketAddr,
    /// Where mail is delivered.
    pub(super) spool: PathBuf,
    /// Whether the listener runs.
    pub(super) listens: bool,
}

/// The whole text.
pub(super) fn text(
    paths: &StatePaths,
    places: Places,
    kept: bool,
    console: &Secret<String>,
) -> String {
    let working_folder = environment::working_folder();
    let program = environment::own_executable().map_or_else(
        || "grantd".to_owned(),
        |path| program(&path, working_folder.as_deref()),
    );
    render(&Facts {
        grantd: format!("{program} --state-dir {}", quoted(paths.folder())),
        state: paths.folder().to_owned(),
        places,
        kept,
        console: console.expose().clone(),
    })
}

struct Facts {
    /// How the commands begin.
    grantd: String,
    state: PathBuf,
    places: Places,
    kept: bool,
    /// The link that signs in at once.
    console: String,
}

fn render(facts: &Facts) -> String {
    let Facts {
        grantd,
        state,
        places,
        kept,
        console,
    } = facts;
    let Places {
        server,
        sandbox,
        smtp,
        consumers,
        spool,
        listens,
    } = places;
    let resume = if *listens {
        String::new()
    } else {
        format!("     {grantd} listener resume {LISTENER}\n")
    };
    let spool = quoted(spool);
    let end = if *kept { "stays" } else { "removed at the end" };
    let (admin_key, state) = (state.join("admin.key"), state.display());
    let (key_file, admin_key) = (quoted(&admin_key), admin_key.display());
    format!(
        "\
grantd demo: everything runs on this machine, and nothing else is called.

  Console, signed in by a click
                              {console}
  API, with pages to browse   http://{server}/docs
  Authorization server        http://{sandbox}/ (a sandbox; its tokens live 60 s)
  HTTP consumers              http://{consumers}/consumers/ (requests go through, tokens go in)
  Mailbox                     {MAILBOX} (of the sandbox; mail comes in by SMTP at {smtp})
  Spool folder                {spool}
  State folder                {state} ({end})
  API key with all rights     {admin_key}

In another terminal:

  1. List the credentials
     {grantd} credential list

  2. Try them step by step: one works, the other one tells why it does not
     {grantd} credential validate {WORKING}
     {grantd} credential validate {FAILING}

  3. Get a token
     {grantd} token {WORKING}

  4. Run a program with a token in its environment, here to use it on a resource
     {grantd} exec {WORKING} -- sh -c \\
       'printf \"Authorization: Bearer %s\" \"$GRANTD_ACCESS_TOKEN\" | curl -sS -H @- http://{sandbox}/resource'

  5. Or send the plain request through an HTTP consumer, which puts the token in
     curl -sS http://{consumers}/consumers/{CONSUMER}/resource

  6. Get a token as any OAuth client does, with the API key as its client id and secret
     sed 's/^gk_\\(.*\\)_\\(.*\\)$/user = \"\\1:\\2\"/' {key_file} |
       curl -sS -K - -d grant_type=client_credentials -d scope={WORKING} http://{server}/oauth2/token

  7. Have the authorization server refuse the next two requests, and ask for a new token
     curl -sS -X PUT http://{sandbox}/faults -d '{{\"kind\":\"rate_limited\",\"retry_after_s\":5,\"remaining\":2}}'
     {grantd} credential renew {WORKING}

  8. See all token requests of a credential; with --follow, new ones as they come
     {grantd} credential events {WORKING}

  9. Send a mail; two seconds later it is in the console and in the spool folder
{resume}     printf 'From: me@example.org\\nTo: {MAILBOX}\\nSubject: Hello\\n\\nThis is a test.\\n' |
       curl -sS --url smtp://{smtp} --mail-from me@example.org --mail-rcpt {MAILBOX} -T -
     ls {spool}

  10. Get another link to the console, by which a password is chosen
     {grantd} user link demo

  11. See who did what
     {grantd} audit

Ctrl-C ends the demo.
"
    )
}

/// How this program is called from the working folder: by the shorter of its paths.
fn program(path: &Path, working: Option<&Path>) -> String {
    let relative = working
        .and_then(|working| path.strip_prefix(working).ok())
        .map(|below| Path::new(".").join(below));
    quoted(relative.as_deref().unwrap_or(path))
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_laid_out() {
        insta::assert_snapshot!(render(&Facts {
            grantd: "./grantd --state-dir /t/grantd-demo-x".to_owned(),
            state: "/t/grantd-demo-x".into(),
            places: Places {
                server: "127.0.0.1:40001".parse().unwrap(),
                sandbox: "127.0.0.1:40002".parse().unwrap(),
                smtp: "127.0.0.1:40003".parse().unwrap(),
                consumers: "127.0.0.1:40004".parse().unwrap(),
                spool: "/t/grantd-demo-x/spool".into(),
                listens: true,
            },
            kept: false,
            console: "http://127.0.0.1:40001/console/link#gl_x".to_owned(),
        }));
    }

    #[test]
    fn paths_are_words_of_a_shell() {
        let program = |path, working| program(Path::new(path), Some(Path::new(working)));
        assert_eq!(program("/a/b/grantd", "/a"), "./b/grantd");
        assert_eq!(program("/a/b/grantd", "/c"), "/a/b/grantd");
        assert_eq!(program("/a b/it's", "/c"), r"'/a b/it'\''s'");
    }
}
