//! How a credential fares, in words and colour.

use grantd_model::{Credential, Health, HealthState, Standing};

use crate::console::show::Clock;
use crate::console::texts::Texts;

/// Health as it is shown: always an icon, words and a colour.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// The class that gives the colour.
    pub(crate) colour: &'static str,
    /// The icon.
    pub(crate) icon: &'static str,
    /// The words.
    pub(crate) words: String,
    /// More words, such as the class of the failure; may be empty.
    pub(crate) more: String,
}

impl Shown {
    /// The health of a credential.
    pub(crate) fn of(clock: Clock<'_>, credential: &Credential, health: &Health) -> Self {
        let t = clock.t;
        let standing = health.standing();
        let (colour, icon) = look(standing);
        let (words, more) = match (&health.state, standing) {
            (HealthState::Failing(failing), _) => (
                t.say("standing.failing").to_owned(),
                failure_class(t, &failing.class),
            ),
            (_, Standing::SecretEnds) => {
                let left = health.secret_left.unwrap_or_default();
                let words = if left.is_zero() {
                    t.say("standing.secret_over").to_owned()
                } else {
                    t.count("standing.secret_ends_in", left.as_secs() / 86_400)
                };
                (words, String::new())
            }
            (HealthState::Disabled, _) => {
                let since = clock.words(credential.updated.at);
                (t.say("standing.disabled").to_owned(), since)
            }
            (_, standing) => {
                let key = format!("standing.{}", standing.name());
                (t.say(&key).to_owned(), String::new())
            }
        };
        Self {
            colour,
            icon,
            words,
            more,
        }
    }
}

/// Colour and icon of a standing.
pub(crate) const fn look(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Failing => ("bad", "bad"),
        Standing::SecretEnds => ("warn", "warn"),
        Standing::NeverValidated => ("", "never"),
        Standing::Valid => ("ok", "ok"),
        Standing::Disabled => ("", "off"),
    }
}

/// What a class of failure is called; its name where there are no words for it.
pub(crate) fn failure_class(t: &Texts, class: &str) -> String {
    let words = t.find(&format!("failure_class.{class}"));
    words.unwrap_or(class).to_owned()
}
