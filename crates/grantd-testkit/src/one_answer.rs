//! Consumers that nobody runs.

use std::time::Duration;

use async_trait::async_trait;
use grantd_engine::{
    ConsumerWorks, Engine, ServedConsumer, TestReport, TestRequest, TestStep, TestStepName,
};
use grantd_model::Credential;

/// Every test request is answered with 200.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneAnswer;

#[async_trait]
impl ConsumerWorks for OneAnswer {
    async fn test(
        &self,
        _: &Engine,
        consumer: &ServedConsumer,
        _: &Credential,
        request: TestRequest,
    ) -> TestReport {
        let took = Duration::from_millis(5);
        let base_url = &consumer.consumer.settings.base_url;
        TestReport {
            status: Some(200),
            took,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            steps: vec![TestStep {
                name: TestStepName::Answer,
                ok: Some(true),
                took,
                detail: format!("{} {base_url} was answered", request.method),
                remedy: None,
            }],
        }
    }
}
