//! `grantd keyring forget`.

use clap::Args;
use http::Method;

use super::show::shown;
use crate::cli::{Context, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Take a key out of the keyring that nothing is under any more
///
/// Backups that hold values under it can not be used without it from then on: export the keyring first.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Id of the key, as `grantd keyring` shows it
    #[arg(value_name = "KEY")]
    key: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Forget {
    /// Forgets it.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        if !self.yes && !confirmed(&self.key)? {
            output::note("nothing was changed");
            return Ok(());
        }
        let call = Call::new(Method::DELETE, &["keyring", "keys", &self.key]);
        let answer = context.call(call)?;
        context.print(&answer.document, shown)
    }
}

fn confirmed(key: &str) -> Result<bool, Failure> {
    if !terminal::somebody_is_there() {
        return Err(
            Failure::usage("forgetting asks first, and there is no terminal to ask at")
                .with_remedy("Give --yes to forget without being asked."),
        );
    }
    terminal::ask_yes(&format!(
        "Take the key `{key}` out of the keyring, for ever?"
    ))
}
