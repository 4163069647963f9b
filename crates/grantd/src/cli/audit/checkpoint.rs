//! `grantd audit checkpoint`.

use clap::Args;
use http::Method;

use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Print how far the log goes, as JSON, to be kept where grantd can not change it
///
/// `grantd audit verify --checkpoint FILE` shows later that the log still holds what it held.
#[derive(Debug, Args)]
pub(crate) struct Checkpoint;

impl Checkpoint {
    /// Prints it.
    pub(super) fn run(context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["audit", "checkpoint"]))?;
        output::print_json(&answer.document)
    }
}
