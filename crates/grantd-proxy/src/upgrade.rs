//! Connections that become something else than HTTP (RFC 9110 section 7.8): once both sides agree, bytes go
//! through as they are.

use std::rc::Rc;
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::request::Parts;
use http::{Response, Version};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::time::timeout;

use crate::activity::OpenRequest;
use crate::client::Counted;
use crate::limit::Permit;
use crate::sanitise;

/// How much is taken at once, in bytes.
const PIECE: usize = 16 * 1024;

/// Both ends of a connection that becomes something else.
pub(crate) struct Ends {
    caller: OnUpgrade,
    service: OnUpgrade,
}

/// What both sides agreed on.
pub(crate) struct Agreed {
    pub(crate) ends: Ends,
    pub(crate) answer: Response<()>,
}

/// The answer for the caller; none unless the service switches to what the caller has asked for.
pub(crate) fn agree(
    caller: &Parts,
    answer: &mut Response<Incoming>,
    upgrade: Option<OnUpgrade>,
) -> Option<Agreed> {
    let wanted = caller.headers.get(UPGRADE)?;
    let protocol = answer.headers().get(UPGRADE)?.clone();
    let is_wanted = wanted.to_str().ok()?.split(',').any(|it| {
        let it = it.trim().as_bytes();
        it.eq_ignore_ascii_case(protocol.as_bytes())
    });
    if !is_wanted {
        return None;
    }
    let service = hyper::upgrade::on(&mut *answer);
    let mut headers = std::mem::take(answer.headers_mut());
    sanitise::strip(&mut headers);
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
    let mut response = Response::new(());
    *response.status_mut() = answer.status();
    *response.version_mut() = Version::HTTP_11;
    *response.headers_mut() = headers;
    Some(Agreed {
        ends: Ends {
            caller: upgrade?,
            service,
        },
        answer: response,
    })
}

/// Lets bytes through in both directions until both ends have ended, one breaks, or nothing has come from either
/// for so long. The request counts as open meanwhile.
pub(crate) async fn run(
    ends: Ends,
    idle: Duration,
    open: (Option<Permit>, OpenRequest, Rc<Counted>),
) {
    let (Ok(caller), Ok(service)) = (ends.caller.await, ends.service.await) else {
        return;
    };
    copy(caller, service, idle).await;
    drop(open);
}

async fn copy(caller: Upgraded, service: Upgraded, idle: Duration) {
    let (mut from_caller, mut to_caller) = split(TokioIo::new(caller));
    let (mut from_service, mut to_service) = split(TokioIo::new(service));
    // a side that says nothing does not end what the other one says
    let heard = std::cell::Cell::new(0_u64);
    let there = one_way(&mut from_caller, &mut to_service, &heard);
    let back = one_way(&mut from_service, &mut to_caller, &heard);
    let both = async { tokio::try_join!(there, back).map(drop) };
    let mut both = std::pin::pin!(both);
    loop {
        let before = heard.get();
        if timeout(idle, both.as_mut()).await.is_ok() || heard.get() == before {
            return;
        }
    }
}

async fn one_way(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    heard: &std::cell::Cell<u64>,
) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = from.read(&mut piece).await?;
        heard.set(heard.get() + 1);
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(piece.get(..read).unwrap_or_default()).await?;
        to.flush().await?;
    }
}
