//! Listeners that nobody runs, with one spool folder declared.

use std::time::Duration;

use async_trait::async_trait;
use grantd_engine::{ConnectionReport, ConnectionStep, Engine, MailWorks, StepName};
use grantd_model::listener::SpoolName;
use grantd_model::{Credential, ListenerSettings};

/// Declares the spool `orders`; every test of a connection goes well.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneSpool;

#[async_trait]
impl MailWorks for OneSpool {
    fn spools(&self) -> Vec<SpoolName> {
        vec![SpoolName::try_from("orders").unwrap()]
    }

    async fn test(
        &self,
        _: &Engine,
        settings: &ListenerSettings,
        _: &Credential,
    ) -> ConnectionReport {
        ConnectionReport {
            steps: vec![ConnectionStep {
                name: StepName::Folder,
                ok: Some(true),
                took: Duration::from_millis(5),
                detail: format!("`{}` is there", settings.folder),
                remedy: None,
                newest: Vec::new(),
            }],
        }
    }
}
