//! An answer that is written away as it comes, whatever its length.

use std::time::Duration;

use grantd_net::Outbound;

use super::{Call, Client, MOST_BYTES, answer};
use crate::failure::Failure;

/// How long a download may take.
const TOTAL: Duration = Duration::from_hours(24);

impl Client {
    /// Sends a request, and tells each piece of the answer as it comes.
    ///
    /// # Errors
    /// Those of `each`; when there is no answer, it says no, or it ends early.
    pub(crate) async fn download(
        &self,
        call: Call<'_>,
        mut each: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut request = self.request(Call {
            accept: "*/*",
            total: TOTAL,
            ..call
        })?;
        request.limits.response_bytes = usize::MAX;
        let opened = self.net.open(request).await;
        let mut opened = opened.map_err(|failure| self.unreachable(&failure.error))?;
        if !opened.status.is_success() {
            let body = opened.body.collect(MOST_BYTES).await;
            let body = body.map_err(|error| self.unreachable(&error))?;
            let refused = answer::parse(&self.base, opened.status, &opened.headers, &body);
            return refused.map(drop);
        }
        while let Some(piece) = opened.body.piece().await.map_err(|error| {
            Failure::refused(format!("the answer of grantd ended early: {error}"))
        })? {
            each(&piece)?;
        }
        Ok(())
    }
}
