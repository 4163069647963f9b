//! skopeo, which asks docker's credential helpers as docker, podman and buildah do.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use e2e::grantd::Finished;
use e2e::http::{Asked, Reply, Server};
use e2e::{encoding, environment};
use serde_json::{Value, json};

use super::{Person, block};

/// How a registry wants to be shown who asks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wants {
    /// User and password at every call.
    Basic,
    /// A token of its own, for user and password.
    Token,
}

/// What it gives for them.
const OWN_TOKEN: &str = "token-of-the-registry";

#[test]
fn a_registry_of_the_configuration_gets_the_token() -> Result<()> {
    let person = Person::new()?;
    for wants in [Wants::Basic, Wants::Token] {
        let registry = registry(&person, wants)?;
        configure(&person, &registry.place())?;
        let listed: Value =
            serde_json::from_str(&tags(&person, &registry.place())?.expect(0)?.stdout)?;
        assert_eq!(listed["Tags"], json!(["one"]), "{wants:?}");
        let basic = basic(&person);
        let asked = registry.take_asked();
        let with = |path: &str| {
            asked
                .iter()
                .any(|it| it.path() == path && shows(it, &basic))
        };
        assert_eq!(with("/token"), wants == Wants::Token);
        assert_eq!(with("/v2/sales/orders/tags/list"), wants == Wants::Basic);
    }
    person.has_a_token()
}

#[test]
fn a_registry_that_does_not_stand_there_is_asked_without() -> Result<()> {
    let person = Person::new()?;
    let registry = registry(&person, Wants::Basic)?;
    configure(&person, &registry.place())?;
    person.knows("")?;
    let ended = tags(&person, &registry.place())?.expect(1)?;
    ensure!(
        !ended.stderr.contains("credential helper") && !ended.stderr.contains("grantd"),
        "{ended:?}"
    );
    let asked = registry.take_asked();
    // without a password skopeo shows an empty one
    let nobody = encoding::basic_raw("", "");
    let mut shown = asked.iter().filter_map(|it| it.header("authorization"));
    ensure!(
        !asked.is_empty() && shown.all(|it| it == nobody),
        "{asked:?}"
    );
    Ok(())
}

#[test]
fn what_is_wrong_stands_in_the_error_and_nothing_is_kept() -> Result<()> {
    let person = Person::new()?;
    let registry = registry(&person, Wants::Basic)?;
    let place = registry.place();
    configure(&person, &place)?;
    let login = ["login", "--username", "oauth2", "--password-stdin"];
    let at = ["--authfile", ".docker/config.json", "--cert-dir", "ca"];
    let login = [&login[..], &at, &[&place]].concat();
    let ended = person
        .run_with(&skopeo()?, &login, &person.token)?
        .expect(1)?;
    ensure!(
        ended
            .stderr
            .contains("grantd: no password of a registry is kept"),
        "{ended:?}"
    );
    person.spoils_the_credential()?;
    let _ = registry.take_asked();
    let ended = tags(&person, &place)?.expect(1)?;
    ensure!(
        ended.stderr.contains("grantd: the credential is disabled"),
        "{ended:?}"
    );
    let asked = registry.take_asked();
    ensure!(
        asked.iter().all(|it| !shows(it, &basic(&person))),
        "{asked:?}"
    );
    Ok(())
}

fn skopeo() -> Result<PathBuf> {
    environment::client_of_helper("skopeo", "skopeo")
}

fn tags(person: &Person, place: &str) -> Result<Finished> {
    let image = format!("docker://{place}/sales/orders");
    person.run(&skopeo()?, &["list-tags", "--cert-dir", "ca", &image])
}

/// Both files of the book, for this registry.
fn configure(person: &Person, place: &str) -> Result<()> {
    let name = "registry.example.com";
    let helpers = block("\"credHelpers\"")?.replace(name, place);
    person.write(".docker/config.json", &helpers)?;
    person.knows(&block("[registries.")?.replace(name, place))
}

/// What a registry is shown with the token.
fn basic(person: &Person) -> String {
    encoding::basic_raw("oauth2", &person.token)
}

fn shows(asked: &Asked, value: &str) -> bool {
    asked.header("authorization") == Some(value)
}

/// A registry with one image of one tag.
fn registry(person: &Person, wants: Wants) -> Result<Server> {
    let (certificate, _) = person.certificate()?;
    let basic = basic(person);
    Server::start(Some(&certificate), move |place, asked| {
        if asked.path() == "/token" && shows(asked, &basic) {
            return Reply::json(200, &json!({"token": OWN_TOKEN}));
        }
        let (challenge, expected) = match wants {
            Wants::Basic => ("Basic realm=\"images\"".to_owned(), basic.clone()),
            Wants::Token => (
                format!("Bearer realm=\"https://{place}/token\",service=\"images\""),
                format!("Bearer {OWN_TOKEN}"),
            ),
        };
        if !shows(asked, &expected) {
            let errors =
                json!({"errors": [{"code": "UNAUTHORIZED", "message": "no", "detail": null}]});
            return Reply::json(401, &errors).header("www-authenticate", &challenge);
        }
        match asked.path() {
            "/v2/" => Reply::json(200, &json!({})),
            "/v2/sales/orders/tags/list" => {
                Reply::json(200, &json!({"name": "sales/orders", "tags": ["one"]}))
            }
            _ => Reply::json(404, &json!({"errors": []})),
        }
    })
}
