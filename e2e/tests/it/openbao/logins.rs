//! Every way to sign in, over HTTP and over TLS.

use std::io::{Read, Write};
use std::net::TcpListener;

use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use e2e::certificate::Authority;
use e2e::grantd::{Api, Grantd};
use e2e::peer::OpenBao;
use rcgen::{KeyPair, PKCS_ED25519, SigningKey};
use serde_json::{Value, json};

use super::{add, class, read, source, token, watched};

const SECRET: &str = "canary-secret-that-openbao-keeps";

/// Adds a source that signs in so, and reads by it.
fn reads(api: &Api, bao: &OpenBao, name: &str, login: &Value, secret: &str) -> Result<()> {
    add(api, &source(bao, name, login, secret))?;
    let test = read(api, name, "apps/one", "/client_secret", None)?;
    assert_eq!(test["class"], "ok", "{name}: {test}");
    assert_eq!(test["found"]["version"], "1", "{name}: {test}");
    assert_eq!(class(api, name, "apps/none")?, "missing", "{name}");
    Ok(())
}

/// A server that takes every service account's token for a good one, as Kubernetes says so.
#[expect(clippy::disallowed_methods, reason = "it goes on as long as the test")]
fn token_reviewer() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // head and body may come in two pieces
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !request.ends_with(b"}") {
                match stream.read(&mut piece) {
                    Ok(read) if read > 0 => request.extend_from_slice(&piece[..read]),
                    _ => break,
                }
            }
            let body = json!({
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                "status": {"authenticated": true, "user": {
                    "username": "system:serviceaccount:default:grantd", "uid": "u1",
                    "groups": ["system:serviceaccounts"],
                }},
            })
            .to_string();
            let answer = format!(
                "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    Ok(address)
}

/// A JWT (RFC 7519) signed by `EdDSA`.
fn jwt(key: &KeyPair, claims: &Value) -> Result<String> {
    let header = json!({"alg": "EdDSA", "typ": "JWT"}).to_string();
    let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let signed = format!("{}.{}", encode(&header), encode(&claims.to_string()));
    let signature = key.sign(signed.as_bytes())?;
    Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a JWT ends by the clock of the system"
)]
fn claims(more: &Value) -> Result<Value> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let now = now.as_secs();
    let mut claims = json!({"iat": now, "nbf": now - 10, "exp": now + 600});
    let members = claims.as_object_mut().context("an object")?;
    members.extend(more.as_object().cloned().unwrap_or_default());
    Ok(claims)
}

/// A vault, and the grantd that signs in to it.
struct Stage<'a> {
    bao: &'a OpenBao,
    api: &'a Api,
    grantd: &'a Grantd,
}

impl Stage<'_> {
    fn reads(&self, name: &str, login: &Value, secret: &str) -> Result<()> {
        reads(self.api, self.bao, name, login, secret)
    }

    fn by_approle(&self) -> Result<Value> {
        let (bao, api) = (self.bao, self.api);
        bao.post("sys/auth/approle", &json!({"type": "approle"}))?;
        let role = json!({"token_policies": "grantd", "token_ttl": "1h"});
        bao.post("auth/approle/role/grantd", &role)?;
        let id = bao.get("auth/approle/role/grantd/role-id")?;
        let id = id["data"]["role_id"].as_str().context("a role id")?;
        let secret_id = bao.post("auth/approle/role/grantd/secret-id", &json!({}))?;
        let secret_id = secret_id["data"]["secret_id"]
            .as_str()
            .context("a secret id")?;
        self.grantd.canaries().watch("a secret id", secret_id);
        let approle = json!({"method": "approle", "role_id": id});
        self.reads("by-approle", &approle, secret_id)?;
        let wrapping = bao.wrapped("auth/approle/role/grantd/secret-id")?;
        let mut wrapped = source(bao, "by-wrapped", &approle, &wrapping);
        wrapped["secret_is_wrapped"] = json!(true);
        add(api, &wrapped)?;
        assert_eq!(class(api, "by-wrapped", "apps/one")?, "ok");
        // a wrapping token is good for one time, and one of something else is none
        wrapped["name"] = json!("again");
        let again = api.post("/v1/sources", &wrapped)?.expect(422)?.json()?;
        assert_eq!(again["errors"][0]["code"], "not_unwrapped", "{again}");
        wrapped["secret"] = json!(bao.wrapped("auth/token/create")?);
        let other = api.post("/v1/sources", &wrapped)?.expect(422)?.json()?;
        assert!(other.to_string().contains("holds no secret id"), "{other}");
        Ok(approle)
    }

    fn by_userpass(&self) -> Result<Value> {
        self.bao
            .post("sys/auth/userpass", &json!({"type": "userpass"}))?;
        let user = json!({"password": "a-password", "token_policies": "grantd"});
        self.bao.post("auth/userpass/users/grantd", &user)?;
        let userpass = json!({"method": "userpass", "username": "grantd"});
        self.reads("by-userpass", &userpass, "a-password")?;
        Ok(userpass)
    }

    fn by_jwt(&self) -> Result<Value> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        self.bao.post("sys/auth/jwt", &json!({"type": "jwt"}))?;
        let config = json!({
            "jwt_validation_pubkeys": [key.public_key_pem()], "jwt_supported_algs": ["EdDSA"],
        });
        self.bao.post("auth/jwt/config", &config)?;
        let role = json!({
            "role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"],
            "token_policies": ["grantd"],
        });
        self.bao.post("auth/jwt/role/grantd", &role)?;
        let signed = jwt(&key, &claims(&json!({"sub": "grantd", "aud": "vault"}))?)?;
        let by_jwt = json!({"method": "jwt", "role": "grantd"});
        self.reads("by-jwt", &by_jwt, &signed)?;
        Ok(by_jwt)
    }

    fn by_kubernetes(&self) -> Result<()> {
        self.bao
            .post("sys/auth/kubernetes", &json!({"type": "kubernetes"}))?;
        let config = json!({
            "kubernetes_host": token_reviewer()?, "disable_local_ca_jwt": true,
            "disable_iss_validation": true, "kubernetes_ca_cert": Authority::new("k8s")?.pem(),
        });
        self.bao.post("auth/kubernetes/config", &config)?;
        let role = json!({
            "bound_service_account_names": "grantd",
            "bound_service_account_namespaces": "default", "token_policies": "grantd",
        });
        self.bao.post("auth/kubernetes/role/grantd", &role)?;
        let account = claims(&json!({
            "iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:default:grantd",
            "kubernetes.io/serviceaccount/namespace": "default",
            "kubernetes.io/serviceaccount/service-account.name": "grantd",
            "kubernetes.io/serviceaccount/service-account.uid": "u1",
        }))?;
        // it is the reviewer who says whether the signature is good
        let header = json!({"alg": "RS256", "typ": "JWT"}).to_string();
        let encode = |text: &[u8]| BASE64URL_NOPAD.encode(text);
        let account = account.to_string();
        let account = [header.as_bytes(), account.as_bytes(), &[7; 256]].map(encode);
        let kubernetes = json!({"method": "kubernetes", "role": "grantd"});
        self.reads("by-kubernetes", &kubernetes, &account.join("."))
    }

    fn by_certificate(&self, by_token: &str) -> Result<()> {
        let (bao, api) = (self.bao, self.api);
        let clients = Authority::new("e2e clients")?;
        let (certificate, private_key) = clients.issue_for_client("grantd")?;
        bao.post("sys/auth/cert", &json!({"type": "cert"}))?;
        let role = json!({"certificate": clients.pem(), "token_policies": "grantd"});
        bao.post("auth/cert/certs/grantd", &role)?;
        let cert = json!({"method": "cert", "role": "grantd", "certificate": certificate});
        self.reads("by-cert", &cert, &private_key)?;
        // another authority does not vouch for it
        let mut wrong = source(bao, "wrong-ca", &json!({"method": "token"}), by_token);
        wrong["vault"]["ca_bundle"] = json!(clients.pem());
        add(api, &wrong)?;
        let test = read(api, "wrong-ca", "apps/one", "/client_secret", None)?;
        assert_eq!(test["class"], "unreachable", "{test}");
        let detail = test["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("certificate"), "{test}");
        Ok(())
    }
}

fn every_login(tls: bool) -> Result<()> {
    let bao = OpenBao::start(tls)?;
    bao.write("apps/one", &json!({"client_secret": SECRET}))?;
    let grantd = watched(&[SECRET])?;
    let api = grantd.api()?;
    let stage = Stage {
        bao: &bao,
        api: &api,
        grantd: &grantd,
    };
    let by_token = token(&bao, "1h")?;
    grantd.canaries().watch("a token", &by_token);
    stage.reads("by-token", &json!({"method": "token"}), &by_token)?;
    let approle = stage.by_approle()?;
    let userpass = stage.by_userpass()?;
    let by_jwt = stage.by_jwt()?;
    stage.by_kubernetes()?;
    if tls {
        stage.by_certificate(&by_token)?;
    }
    let no_mount = json!({"method": "jwt", "role": "grantd", "mount": "none"});
    for (name, login, secret) in [
        ("no-token", json!({"method": "token"}), "s.wrong"),
        ("no-password", userpass, "wrong"),
        ("no-secret-id", approle, "wrong"),
        ("no-jwt", by_jwt, "a.b.c"),
        ("no-mount", no_mount, "a.b.c"),
    ] {
        let form = source(&bao, name, &login, secret);
        let test = api.post("/v1/source_tests", &form)?.expect(200)?.json()?;
        assert_eq!(test["class"], "login_refused", "{name}: {test}");
    }
    grantd.assert_no_leak()
}

#[test]
fn every_login_over_http() -> Result<()> {
    every_login(false)
}

#[test]
fn every_login_over_tls() -> Result<()> {
    every_login(true)
}
