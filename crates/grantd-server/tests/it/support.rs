//! What the tests of the API share.

mod answer;
mod app;
mod call;
mod canaries;
pub(crate) mod consumers;
mod document;
pub(crate) mod drafts;
mod faulty_store;
mod logs;
pub(crate) mod mail;
pub(crate) mod open_metrics;
pub(crate) mod real;
mod schema;
pub(crate) mod socket;
pub(crate) mod sources;

pub(crate) use answer::Answer;
pub(crate) use app::{TOKEN, TestApp};
pub(crate) use call::{Call, Caller};
pub(crate) use drafts::SECOND_SECRET as SECOND;
pub(crate) use faulty_store::{FaultyStore, Mood};
