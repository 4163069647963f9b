//! Whether a consumer lets requests through, in words and colour.

use grantd_engine::{ConsumerStanding, ListedConsumer};

use crate::console::texts::Texts;

/// A standing as it is shown: always an icon, words and a colour.
pub(super) struct Shown {
    /// The class that gives the colour.
    pub(super) colour: &'static str,
    /// The icon.
    pub(super) icon: &'static str,
    /// The words.
    pub(super) words: String,
}

impl Shown {
    /// The standing of a consumer.
    pub(super) fn of(t: &Texts, listed: &ListedConsumer) -> Self {
        let (colour, icon, key) = match listed.standing() {
            ConsumerStanding::Disabled => ("", "off", "consumer.disabled"),
            ConsumerStanding::CredentialDisabled => ("warn", "warn", "consumer.credential_off"),
            ConsumerStanding::Serving => ("ok", "ok", "consumer.serving"),
        };
        Self {
            colour,
            icon,
            words: t.say(key).to_owned(),
        }
    }
}
