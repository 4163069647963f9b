//! `/v1/consumers`.

mod create;
mod delete;
mod enable;
mod get;
mod list;
mod test;
mod update;

/// The address of the consumer that is there.
const ORDERS: &str = "/v1/consumers/orders";
