//! grantd's own token endpoint, over TLS: any OAuth client gets a token there as it gets one
//! elsewhere, with an API key for id and secret and the credential's slug for the scope.

use std::slice;

use anyhow::{Context, Result, anyhow, bail};
use e2e::grantd::{Grantd, Settings};
use e2e::peer::{self, OidcProvider};
use e2e::standard_client::{Demand, Library, Told};
use serde_json::json;

use crate::{clients, draft};

const SLUG: &str = "mail-reader";
const BODY: [(&str, &str); 1] = [("CLIENT_AUTH", "body")];

#[test]
fn requests_oauthlib_gets_a_token() -> Result<()> {
    let stage = Stage::new()?;
    stage.check(Library::RequestsOauthlib, &[])?;
    stage.check(Library::RequestsOauthlib, &BODY)
}

#[test]
fn authlib_gets_a_token() -> Result<()> {
    let stage = Stage::new()?;
    stage.check(Library::Authlib, &[])?;
    stage.check(Library::Authlib, &BODY)
}

#[test]
fn msal_gets_a_token() -> Result<()> {
    Stage::new()?.check(Library::Msal, &[])
}

#[test]
fn openid_client_gets_a_token_by_both_discoveries() -> Result<()> {
    let stage = Stage::new()?;
    for discovery in ["oidc", "oauth2"] {
        let discovery = ("DISCOVERY", discovery);
        stage.check(Library::OpenidClient, &[discovery])?;
        stage.check(Library::OpenidClient, &[discovery, BODY[0]])?;
    }
    Ok(())
}

#[test]
fn go_gets_a_token() -> Result<()> {
    let stage = Stage::new()?;
    stage.check(Library::GoStyle, &[])?;
    stage.check(Library::GoStyle, &BODY)
}

#[test]
fn the_whole_key_is_taken_for_the_secret() -> Result<()> {
    let stage = Stage::new()?;
    let whole = Stage {
        secret: stage.key.clone(),
        ..stage
    };
    whole.check(Library::RequestsOauthlib, &[])?;
    whole.check(Library::GoStyle, &BODY)
}

#[test]
fn a_wrong_secret_is_told_in_the_words_of_each() -> Result<()> {
    let mut stage = Stage::new()?;
    stage.secret = "0".repeat(stage.secret.len());
    for (library, words) in [
        (Library::RequestsOauthlib, "invalid_client"),
        (Library::Authlib, "invalid_client"),
        (Library::Msal, "invalid_client"),
        // it reads no body where a header says it all
        (Library::OpenidClient, "WWWAuthenticateChallengeError"),
        (Library::GoStyle, "invalid_client"),
    ] {
        stage.check_refused(library, SLUG, words)?;
    }
    assert_eq!(stage.provider.grants()?, []);
    Ok(())
}

#[test]
fn an_unknown_credential_is_no_scope() -> Result<()> {
    let stage = Stage::new()?;
    for library in [Library::Authlib, Library::Msal, Library::OpenidClient] {
        stage.check_refused(library, "no-such-credential", "invalid_scope")?;
    }
    assert_eq!(stage.provider.grants()?, []);
    Ok(())
}

/// A grantd that speaks TLS, a credential in it, and a key that may have tokens of it.
struct Stage {
    provider: OidcProvider,
    grantd: Grantd,
    id: String,
    key: String,
    secret: String,
}

impl Stage {
    fn new() -> Result<Self> {
        let client = clients::ordinary();
        let provider = OidcProvider::start(slice::from_ref(&client), peer::Settings::default())?;
        let grantd = Grantd::start_with(&Settings {
            tls: true,
            ..Settings::default()
        })?;
        let api = grantd.api()?;
        let draft = draft::credential("Mail Reader", &client, &provider.token_endpoint());
        assert_eq!(api.add(&draft)?, SLUG);
        let workload = json!({"name": "Workload", "grants": [{"action": "token", "on": "all"}]});
        let made = api.post("/v1/keys", &workload)?.expect(201)?.json()?;
        let text = |name: &str| {
            let text = made[name].as_str().map(str::to_owned);
            text.with_context(|| format!("no {name} in the answer"))
        };
        let (id, key) = (text("id")?, text("key")?);
        let secret = key.rsplit_once('_').context("the key has no parts")?.1;
        grantd.canaries().watch("API key", &key);
        grantd.canaries().watch_client(&id, secret);
        Ok(Self {
            secret: secret.to_owned(),
            provider,
            grantd,
            id,
            key,
        })
    }

    /// The client gets a token, and it is a good one of the authorization server.
    fn check(&self, library: Library, more: &[(&str, &str)]) -> Result<()> {
        let told = self.ask(library, SLUG, more)?;
        let told = told.map_err(|said| anyhow!("{library:?}, {more:?}: {said}"))?;
        assert_eq!(told.token_type, "bearer");
        assert!((1..=600).contains(&told.expires_in), "{told:?}");
        let token = self.provider.token_of(&told.token_sha256)?;
        self.grantd.canaries().watch("access token", &token);
        let token = self.provider.introspect(&token)?;
        assert_eq!(
            (&token["active"], &token["client_id"], &token["scope"]),
            (
                &true.into(),
                &clients::ordinary().id.into(),
                &"mail.read".into()
            )
        );
        Ok(())
    }

    /// The client gets no token, and says so in these words among others.
    fn check_refused(&self, library: Library, scope: &str, words: &str) -> Result<()> {
        let said = match self.ask(library, scope, &[])? {
            Ok(told) => bail!("{library:?} got a token: {told:?}"),
            Err(said) => said,
        };
        assert!(said.contains(words), "{library:?}: {said}");
        self.grantd.canaries().assert_absent("its error", &said);
        Ok(())
    }

    fn ask(
        &self,
        library: Library,
        scope: &str,
        more: &[(&str, &str)],
    ) -> Result<Result<Told, String>> {
        library.token(&Demand {
            issuer: &self.grantd.url(),
            ca_file: &self.grantd.ca_file(),
            client_id: &self.id,
            client_secret: &self.secret,
            scope,
            more,
        })
    }
}
