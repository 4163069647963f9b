//! Tokens: what is asked for, the asking, the keeping and the handing out.

pub(crate) mod at_hand;
pub(crate) mod attempt;
pub(crate) mod failure;
pub(crate) mod flight;
pub(crate) mod for_consumer;
pub(crate) mod hand_out;
pub(crate) mod held;
pub(crate) mod key;
pub(crate) mod material;
pub(crate) mod overview;
pub(crate) mod queue;
pub(crate) mod reject;
pub(crate) mod renew;
pub(crate) mod request;
pub(crate) mod scoped;
pub(crate) mod servers;
pub(crate) mod shown;
pub(crate) mod slot;
mod sync;
pub(crate) mod timing;
