//! An answer whose body is read piece by piece, for bodies that are not to be held in memory.
//!
//! Invariant: the connection goes back to the pool only after the last piece; an answer that is
//! dropped before closes it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

use crate::connect::Connection;
use crate::error::NetError;
use crate::exchange::classify;
use crate::pool::{Key, Pool};

/// An answer, whatever its status, with its body still to come.
#[derive(Debug)]
pub struct OpenAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Whether the target is surely public or listed by the operator, so that its words may be shown
    /// to people.
    pub quotable: bool,
    /// Its body.
    pub body: AnswerBody,
}

/// The body of an answer.
pub struct AnswerBody(Source);

enum Source {
    Whole(Option<Bytes>),
    Connection(Box<FromConnection>),
}

struct FromConnection {
    body: Incoming,
    host: String,
    status: StatusCode,
    read: usize,
    limit: usize,
    stalled: Duration,
    deadline: Instant,
    total: Duration,
    /// Taken when the body has ended.
    connection: Option<(Key, Connection)>,
    pool: Arc<Pool>,
}

/// How far a body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) limit: usize,
    pub(crate) stalled: Duration,
    pub(crate) deadline: Instant,
    pub(crate) total: Duration,
}

impl AnswerBody {
    /// One that is there as a whole; what tests and small answers are made of.
    #[must_use]
    pub const fn whole(bytes: Bytes) -> Self {
        Self(Source::Whole(Some(bytes)))
    }

    pub(crate) fn of_connection(
        body: Incoming,
        (host, status): (String, StatusCode),
        bounds: Bounds,
        connection: (Key, Connection),
        pool: Arc<Pool>,
    ) -> Self {
        Self(Source::Connection(Box::new(FromConnection {
            body,
            host,
            status,
            read: 0,
            limit: bounds.limit,
            stalled: bounds.stalled,
            deadline: bounds.deadline,
            total: bounds.total,
            connection: Some(connection),
            pool,
        })))
    }

    /// The next piece, none after the last one.
    ///
    /// # Errors
    /// When the connection fails, when nothing comes for as long as the limits of the request say,
    /// when more comes than they allow.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, NetError> {
        match &mut self.0 {
            Source::Whole(bytes) => Ok(bytes.take().filter(|bytes| !bytes.is_empty())),
            Source::Connection(source) => source.piece().await,
        }
    }

    /// All of it, for answers that are known to be short.
    ///
    /// # Errors
    /// As [`AnswerBody::piece`]; also beyond so many bytes.
    pub async fn collect(&mut self, limit: usize) -> Result<Vec<u8>, NetError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            if whole.len() + piece.len() > limit {
                let (host, status) = match &self.0 {
                    Source::Whole(_) => (String::new(), StatusCode::OK),
                    Source::Connection(source) => (source.host.clone(), source.status),
                };
                return Err(NetError::TooLarge {
                    host,
                    status,
                    limit,
                });
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}

impl FromConnection {
    async fn piece(&mut self) -> Result<Option<Bytes>, NetError> {
        let too_large = || NetError::TooLarge {
            host: self.host.clone(),
            status: self.status,
            limit: self.limit,
        };
        let limit = u64::try_from(self.limit).unwrap_or(u64::MAX);
        if self.read == 0 && self.body.size_hint().lower() > limit {
            return Err(too_large());
        }
        loop {
            let stalled = Instant::now() + self.stalled;
            let (until, after) = if stalled < self.deadline {
                (stalled, self.stalled)
            } else {
                (self.deadline, self.total)
            };
            let frame = timeout_at(until, self.body.frame()).await.map_err(|_| {
                NetError::RequestTimeout {
                    host: self.host.clone(),
                    after,
                }
            })?;
            let Some(frame) = frame else {
                if let Some((key, connection)) = self.connection.take() {
                    self.pool.put(key, connection);
                }
                return Ok(None);
            };
            let frame = frame.map_err(|fault| classify(&fault, &self.host))?;
            // trailers are read over
            let Ok(piece) = frame.into_data() else {
                continue;
            };
            if piece.is_empty() {
                continue;
            }
            self.read += piece.len();
            if self.read > self.limit {
                return Err(too_large());
            }
            return Ok(Some(piece));
        }
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerBody(…)")
    }
}
