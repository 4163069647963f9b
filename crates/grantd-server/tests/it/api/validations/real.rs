//! Validations over real sockets, against whatever may be wrong: which step fails, what it means
//! and what to do, asserted by snapshot.

mod answers;
mod odd;
mod places;
mod settings;
mod slow;
mod tls;
