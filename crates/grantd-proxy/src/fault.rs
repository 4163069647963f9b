//! What it means that sending failed.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::body::Sending;
use crate::problem::Problem;

/// What the caller is told of a request that got no answer.
pub(crate) fn fault_of(fault: &hyper::Error, sending: Option<&Sending>) -> Problem {
    if sending.is_some_and(|sending| sending.broken.get()) || (fault.is_user() && !is_reset(fault))
    {
        Problem::BodyBroken
    } else if fault.is_parse_too_large() {
        Problem::BadAnswer("the header of the answer is too large")
    } else if fault.is_parse() {
        Problem::BadAnswer("it is no answer of HTTP")
    } else {
        Problem::ClosedEarly
    }
}

/// Whether the connection had ended before the request got anywhere, as idle ones do.
pub(crate) fn is_dead(fault: &hyper::Error) -> bool {
    fault.is_incomplete_message() || fault.is_closed() || fault.is_canceled() || is_reset(fault)
}

/// Whether the other side has thrown the connection away.
fn is_reset(fault: &hyper::Error) -> bool {
    let mut source = fault.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return matches!(
                io.kind(),
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
            );
        }
        source = cause.source();
    }
    false
}
