//! `/v1`.

mod audit;
mod backups;
mod credentials;
mod keyring;
mod imports;
mod keys;
mod listeners;
mod plans;
mod sources;
mod users;
mod validations;
