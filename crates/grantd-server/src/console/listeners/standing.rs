//! How a listener fares, in words and colour.

use grantd_engine::{ListedListener, ListenerStanding};

use crate::console::show::Clock;

/// A standing as it is shown: always an icon, words and a colour.
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
    /// The standing of a listener.
    pub(crate) fn of(clock: Clock<'_>, listed: &ListedListener) -> Self {
        let t = clock.t;
        let standing = listed.standing();
        let (colour, icon, key) = match standing {
            ListenerStanding::Paused => ("", "pause", "listener.paused"),
            ListenerStanding::Starting => ("", "wait", "listener.starting"),
            ListenerStanding::Failing => ("bad", "bad", "listener.failing"),
            ListenerStanding::GivenUp => ("warn", "warn", "listener.given_up"),
            ListenerStanding::Working => ("ok", "ok", "listener.working"),
        };
        let more = match (standing, &listed.state.failing) {
            (ListenerStanding::Failing, Some(failing)) => class(clock, &failing.class),
            (ListenerStanding::Paused, _) => clock.words(listed.listener.updated.at),
            (ListenerStanding::GivenUp, _) => t.count("listener.mails", listed.waiting.given_up),
            _ => String::new(),
        };
        Self {
            colour,
            icon,
            words: t.say(key).to_owned(),
            more,
        }
    }
}

/// What a class of failure is called; its name where there are no words for it.
pub(super) fn class(clock: Clock<'_>, class: &str) -> String {
    let of_mail = clock.t.find(&format!("mail_class.{class}"));
    let of_any = || clock.t.find(&format!("failure_class.{class}"));
    let words = of_mail.or_else(of_any).unwrap_or(class);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
