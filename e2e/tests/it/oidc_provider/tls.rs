//! The token endpoint's certificate is checked, against the system's roots or a CA bundle.

use anyhow::Result;
use e2e::certificate::{Authority, Validity};
use e2e::grantd::Grantd;
use e2e::http::Response;
use e2e::peer::{OidcProvider, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{clients, draft, expected};

#[test]
fn an_unknown_authority_is_refused() -> Result<()> {
    let setting = Setting::new(&["127.0.0.1"], Validity::Current)?;
    expected::UNKNOWN_ISSUER.check(&setting.token(&json!({}))?)?;
    setting.assert_untouched()
}

#[test]
fn another_ca_bundle_is_refused() -> Result<()> {
    let setting = Setting::new(&["127.0.0.1"], Validity::Current)?;
    let stranger = Authority::new("another authority")?.pem();
    expected::UNKNOWN_ISSUER.check(&setting.token(&json!({"ca_bundle": stranger}))?)?;
    setting.assert_untouched()
}

#[test]
fn the_ca_bundle_makes_it_known() -> Result<()> {
    let setting = Setting::new(&["127.0.0.1"], Validity::Current)?;
    let answer = setting.token(&setting.bundle())?.expect(200)?.json()?;
    let token = answer["access_token"].as_str().unwrap_or_default();
    assert_eq!(setting.provider.introspect(token)?["active"], true);
    Ok(())
}

#[test]
fn a_certificate_for_another_host_is_refused() -> Result<()> {
    let setting = Setting::new(&["other.example"], Validity::Current)?;
    expected::OTHER_HOST.check(&setting.token(&setting.bundle())?)?;
    setting.assert_untouched()
}

#[test]
fn an_expired_certificate_is_refused() -> Result<()> {
    let setting = Setting::new(&["127.0.0.1"], Validity::Expired)?;
    expected::EXPIRED_CERTIFICATE.check(&setting.token(&setting.bundle())?)?;
    setting.assert_untouched()
}

struct Setting {
    authority: Authority,
    provider: OidcProvider,
    grantd: Grantd,
    _folder: TempDir,
}

impl Setting {
    fn new(names: &[&str], validity: Validity) -> Result<Self> {
        let (folder, authority) = (TempDir::new()?, Authority::new("e2e authority")?);
        let certificate = authority.issue(folder.path(), names, validity)?;
        let settings = Settings {
            tls: Some(certificate),
            ..Settings::default()
        };
        let provider = OidcProvider::start(&[clients::ordinary()], settings)?;
        Ok(Self {
            authority,
            provider,
            grantd: Grantd::start()?,
            _folder: folder,
        })
    }

    fn bundle(&self) -> Value {
        json!({"ca_bundle": self.authority.pem()})
    }

    fn token(&self, members: &Value) -> Result<Response> {
        let api = self.grantd.api()?;
        let endpoint = self.provider.https_token_endpoint()?;
        let draft = draft::credential("Mail Reader", &clients::ordinary(), &endpoint);
        api.post_token(&api.add(&draft::with(draft, members))?)
    }

    /// No token request may have come through a connection that is not trusted.
    fn assert_untouched(&self) -> Result<()> {
        assert_eq!(self.provider.grants()?, []);
        Ok(())
    }
}
