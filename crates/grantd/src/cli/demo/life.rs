//! Programs that use the examples while the demo runs, so that its pages move.

use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{CredentialRef, Engine, TokenWish};
use grantd_model::{Actor, Credential};
use tokio_util::sync::CancellationToken;

use super::seed::Past;

/// How long each program waits between two requests.
const PAUSE: Duration = Duration::from_secs(5);

/// Asks for tokens of the examples that work until the demo ends. One that fails or was deleted by
/// then is what somebody tries out.
pub(super) async fn live(
    engine: &Engine,
    programs: &[Arc<Actor>],
    examples: &[(Credential, Past)],
    shutdown: &CancellationToken,
) {
    let wish = TokenWish {
        scope: None,
        left: Duration::ZERO,
    };
    let working: Vec<CredentialRef> = examples
        .iter()
        .filter(|(_, past)| *past == Past::Works)
        .map(|(credential, _)| CredentialRef::Id(credential.id))
        .collect();
    let round = async {
        loop {
            for program in programs {
                for wanted in &working {
                    let _ = engine.token(program, wanted, &wish).await;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = round => {}
    }
}
