//! `/v1/sources`.

mod life;
mod list;
