//! `grantd kubectl-credential`: a credential plugin of kubectl and whatever reads a kubeconfig.

use clap::Args;
use grantd_model::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Context;
use super::access_token::{self, AccessToken, TokenFlags};
use crate::failure::Failure;
use crate::output;

/// The variable that says what is asked for.
const ASKED: &str = "KUBERNETES_EXEC_INFO";
/// The forms that are known; the first one where nobody asks for one.
const VERSIONS: [&str; 2] = [
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
];

/// Answer kubectl with an access token
///
/// A credential plugin that a kubeconfig names as `exec` of a user. It prints an `ExecCredential` of
/// client.authentication.k8s.io, v1 or v1beta1 as `KUBERNETES_EXEC_INFO` asks, and needs no terminal
/// (`interactiveMode: Never`). kubectl keeps the token in memory until it ends.
#[derive(Debug, Args)]
pub(crate) struct KubectlCredential {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = super::named::credential)]
    credential: String,
    #[command(flatten)]
    wanted: TokenFlags,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "apiVersion")]
    api_version: String,
}

impl KubectlCredential {
    /// Gets a token and prints it as it was asked for.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let version = version(context.environment.get(ASKED))?;
        let token = access_token::fetch(context, &self.credential, &self.wanted)?;
        token.check_bearer("kubectl")?;
        token.tell_warnings();
        output::print_json(&document(version, &token))
    }
}

/// The form that is asked for.
fn version(asked: Option<&str>) -> Result<&'static str, Failure> {
    let Some(asked) = asked else {
        return Ok(VERSIONS[0]);
    };
    let Ok(Asked { api_version }) = serde_json::from_str(asked) else {
        return Err(Failure::usage(format!(
            "{ASKED} holds no ExecCredential, expected is one of {}",
            VERSIONS.join(" or ")
        )));
    };
    let known = VERSIONS.into_iter().find(|version| *version == api_version);
    known.ok_or_else(|| {
        Failure::usage(format!(
            "{ASKED} asks for `{api_version}`, expected is {}",
            VERSIONS.join(" or ")
        ))
    })
}

fn document(version: &str, token: &AccessToken) -> Value {
    // whole seconds, as Kubernetes itself writes times
    let end = Timestamp::from_seconds(token.expires_at.as_seconds());
    json!({
        "apiVersion": version,
        "kind": "ExecCredential",
        "status": {
            "expirationTimestamp": end,
            "token": token.value.expose(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_is_asked_for() {
        assert_eq!(version(None).unwrap(), VERSIONS[0]);
        for known in VERSIONS {
            let asked = json!({"kind": "ExecCredential", "apiVersion": known, "spec": {}});
            assert_eq!(version(Some(&asked.to_string())).unwrap(), known);
        }
        for (asked, part) in [
            (
                r#"{"apiVersion": "client.authentication.k8s.io/v1alpha1"}"#,
                "asks for `client.authentication.k8s.io/v1alpha1`, expected is",
            ),
            ("{}", "holds no ExecCredential"),
            ("canary", "holds no ExecCredential"),
        ] {
            let fault = version(Some(asked)).unwrap_err().to_string();
            assert!(fault.contains(part), "{fault}");
            assert!(!fault.contains("canary"), "{fault}");
        }
    }
}
