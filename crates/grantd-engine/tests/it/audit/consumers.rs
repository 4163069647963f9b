//! What is done to HTTP consumers.

use grantd_engine::{ConsumerRef, EngineError, TestSubject};
use grantd_model::{AuditAction, Consumer, ObjectId};
use grantd_testkit::TestEngine;

use super::World;
use crate::consumers::{QUERY_SECRET, caller, consumer, request};

/// Two consumers, the second one disabled.
pub(super) async fn two(engine: &TestEngine) -> (Consumer, Consumer) {
    let admin = &engine.as_admin();
    caller(engine).await;
    let one = engine.create_consumer(admin, None, &consumer("one")).await;
    let two = engine.create_consumer(admin, None, &consumer("two")).await;
    let wanted = ConsumerRef::Id(two.unwrap().id);
    let disabled = engine.set_consumer_enabled(admin, &wanted, false).await;
    (one.unwrap(), disabled.unwrap())
}

impl World {
    /// Does it to a consumer.
    pub(super) async fn make_to_consumer(
        &self,
        change: AuditAction,
    ) -> Result<ObjectId, EngineError> {
        let engine = &self.engine;
        let admin = &engine.as_admin();
        let wanted = &ConsumerRef::Id(self.consumer.id);
        let revision = self.consumer.revision;
        match change {
            AuditAction::ConsumerCreate => {
                let made = engine
                    .create_consumer(admin, None, &consumer("new"))
                    .await?;
                return Ok(made.id.into());
            }
            AuditAction::ConsumerUpdate => {
                let draft = consumer("renamed");
                let update = engine.update_consumer(admin, wanted, revision, &draft);
                update.await?;
            }
            AuditAction::ConsumerDelete => {
                engine.delete_consumer(admin, wanted, revision).await?;
            }
            AuditAction::ConsumerEnable => {
                let wanted = ConsumerRef::Id(self.disabled_consumer.id);
                let enable = engine.set_consumer_enabled(admin, &wanted, true).await;
                return Ok(enable?.id.into());
            }
            AuditAction::ConsumerDisable => {
                engine.set_consumer_enabled(admin, wanted, false).await?;
            }
            AuditAction::ConsumerTest => {
                let subject = TestSubject::Kept(wanted.clone());
                let request = request(&format!("/orders?key={QUERY_SECRET}"));
                engine.test_consumer(admin, subject, request).await?;
            }
            _ => panic!("{change} is not done to a consumer"),
        }
        Ok(self.consumer.id.into())
    }
}
