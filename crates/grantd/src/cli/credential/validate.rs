//! `grantd credential validate`.

mod report;

use clap::Args;
use http::Method;
use serde_json::{Map, Value, json};

use super::draft::DraftFlags;
use super::field_names::Origins;
use super::patch::{clearable, patch};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{self, OutputFormat};
use report::Steps;

/// Try settings at the real token endpoint, step by step
///
/// With a CREDENTIAL alone, it is tried as it is. With flags besides, it is tried as they would make
/// it; without a CREDENTIAL, flags and --from-file are a whole draft, as of `grantd credential add`.
/// Nothing of either is kept, and the token is never shown.
///
/// Each step is printed as it ends, with its time and, where it failed, with what it means and what
/// to do. With --output json, the whole is printed at the end.
///
/// The exit code is 0 if every step was done, 1 if one failed, and 2 if what was typed is wrong.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential, conflicts_with_all = ["slug", "from_file"])]
    credential: Option<String>,
    /// Try it with the secret that was added as the next one
    #[arg(long, requires = "credential")]
    next_secret: bool,
    /// Resource on a bound host that is asked for with the token (GET)
    #[arg(long, value_name = "URL")]
    probe_url: Option<String>,
    #[command(flatten)]
    draft: DraftFlags,
    /// Setting to clear, such as `audience`; may be repeated
    #[arg(long, value_name = "SETTING", value_parser = clearable, requires = "credential", help_heading = "Change")]
    clear: Vec<String>,
}

impl Validate {
    /// Validates.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        self.draft.secret.refuse_value()?;
        let client = context.client()?;
        let (mut body, of_file) = self.body()?;
        if let Some(url) = &self.probe_url {
            body.insert("probe_url".to_owned(), json!(url));
        }
        let call = Call::new(Method::POST, &["validations"])
            .json(Value::Object(body))
            .patient();
        let name_faults = |failure| in_words_of_the_command(failure, &self.draft.origins(&of_file));
        let document = if context.output == OutputFormat::Json {
            let answer = crate::lifecycle::run_briefly(client.send(call)).map_err(name_faults)?;
            output::print_json(&answer.document)?;
            answer.document
        } else {
            let mut steps = Steps::default();
            let validated =
                crate::lifecycle::run_briefly(client.stream(call, |event| steps.tell(event)));
            let document = validated.map_err(name_faults)?;
            steps.conclude(&document)?;
            document
        };
        report::outcome(&document)
    }

    /// What is to be validated, and the members that the file gives and no flag.
    fn body(&self) -> Result<(Map<String, Value>, Vec<String>), Failure> {
        let mut body = Map::new();
        let DraftFlags {
            settings, secret, ..
        } = &self.draft;
        let Some(credential) = &self.credential else {
            if self.draft.is_empty()? {
                return Err(Failure::usage("nothing to validate is given").with_remedy(
                    "Name a credential, or give a draft: --from-file FILE, or the flags of \
                         `grantd credential add`.",
                ));
            }
            let (members, of_file) = self.draft.collect()?;
            body.insert("draft".to_owned(), members);
            return Ok((body, of_file));
        };
        body.insert("credential".to_owned(), json!(credential));
        if self.next_secret {
            body.insert("next_secret".to_owned(), json!(true));
        }
        let overrides = patch(settings, secret, &self.clear)?;
        if !overrides.is_empty() {
            body.insert("overrides".to_owned(), Value::Object(overrides));
        }
        Ok((body, Vec::new()))
    }
}

fn in_words_of_the_command(mut failure: Failure, origins: &Origins<'_>) -> Failure {
    for (place, _) in failure.fields_mut() {
        let words = match place.as_str() {
            "/probe_url" => "--probe-url".to_owned(),
            "/credential" => "CREDENTIAL".to_owned(),
            "/next_secret" => "--next-secret".to_owned(),
            other => ["/draft/", "/overrides/"]
                .iter()
                .find_map(|part| other.strip_prefix(part))
                .map_or_else(|| other.to_owned(), |rest| format!("/{rest}")),
        };
        *place = words;
    }
    origins.name_faults(failure)
}
