//! HTTP consumers: who may have one for which service, and what those who run them are told.

mod bounds;
mod change;
mod fields;
pub(crate) mod find;
mod list;
mod serve;
mod test;
mod told;

pub use find::ConsumerRef;
pub use list::{ConsumerFilter, ConsumerStanding, ListedConsumer};
pub use serve::{NotServed, ServedConsumer};
pub use test::{
    ConsumerWorks, NoConsumers, TestReport, TestRequest, TestStep, TestStepName, TestSubject,
};
