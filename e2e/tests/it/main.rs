//! grantd beside authorization servers nobody here wrote, by its API and its command line.

mod alert_receivers;
mod canary;
mod chromium;
mod cli;
mod clients;
mod crash;
mod credential;
mod draft;
mod egress;
mod expected;
mod glewlwyd;
mod key;
mod mail_judges;
mod oidc_provider;
mod openbao;
mod packages;
mod peers;
mod refusal;
mod schemathesis;
mod small_disk;
mod systemd;
