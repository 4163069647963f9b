//! `grantd user enable` and `grantd user disable`.

use clap::Args;
use http::Method;
use serde_json::json;

use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Let a user sign in again
#[derive(Debug, Args)]
pub(crate) struct Enable {
    /// Name or id of the user
    #[arg(value_name = "USER")]
    user: String,
}

/// Let a user sign in no more; all sessions end
#[derive(Debug, Args)]
pub(crate) struct Disable {
    /// Name or id of the user
    #[arg(value_name = "USER")]
    user: String,
}

impl Enable {
    /// Lets the user in.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        set(context, &self.user, true)?;
        output::note(&format!("user `{}` may sign in", self.user));
        Ok(())
    }
}

impl Disable {
    /// Keeps the user out.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        set(context, &self.user, false)?;
        output::note(&format!("user `{}` may sign in no more", self.user));
        Ok(())
    }
}

fn set(context: &Context, user: &str, enabled: bool) -> Result<(), Failure> {
    let call = Call::new(Method::PATCH, &["users", user]).merge_patch(json!({"enabled": enabled}));
    context.call(call).map(|_| ())
}
