//! `/v1/credentials`.

mod binding;
mod create;
mod create_faults;
mod delete;
mod documented;
mod enable;
mod external;
mod get;
mod list;
mod merge;
mod paging;
mod secrecy;
mod token;
mod token_faults;
mod unreadable;
mod update;
