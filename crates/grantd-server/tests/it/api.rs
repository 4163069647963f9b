//! `/v1`.

mod alert_channels;
mod audit;
mod backups;
mod consumers;
mod credentials;
mod imports;
mod keyring;
mod keys;
mod listeners;
mod plans;
mod sources;
mod users;
mod validations;
