//! How a channel and what went there stand, in words and colour.

use grantd_engine::ShownChannel;
use grantd_model::AlertDelivery;
use grantd_model::alert::DeliveryEnd;

use crate::api::alert_channels::standing;
use crate::console::show::{Clock, Markup};

/// How something stands.
pub(super) struct Standing {
    pub(super) colour: &'static str,
    pub(super) icon: &'static str,
    pub(super) words: String,
    /// When, or of which class.
    pub(super) more: Markup,
}

impl Standing {
    /// How a channel stands.
    pub(super) fn of(clock: Clock<'_>, shown: &ShownChannel) -> Self {
        let (colour, icon, key) = match standing(shown) {
            "working" => ("ok", "ok", "alert_standing.working"),
            "failing" => ("bad", "bad", "alert_standing.failing"),
            "disabled" => ("", "off", "alert_standing.disabled"),
            _ => ("", "never", "alert_standing.unknown"),
        };
        let last = shown.last.as_ref().and_then(|it| it.last.as_ref());
        Self {
            colour,
            icon,
            words: clock.t.say(key).to_owned(),
            more: last.map_or_else(Markup::default, |end| clock.when(end.at)),
        }
    }

    /// How a delivery stands.
    pub(super) fn of_delivery(clock: Clock<'_>, delivery: &AlertDelivery) -> Self {
        let last = delivery.last.as_ref();
        let (colour, icon, key, at) = match (delivery.due_at, last) {
            (Some(due), _) => ("warn", "wait", "alert_standing.waits", Some(due)),
            (None, Some(end)) if end.is_delivered() => {
                ("ok", "ok", "alert_standing.delivered", Some(end.at))
            }
            (None, end) => (
                "bad",
                "bad",
                "alert_standing.given_up",
                end.map(|end| end.at),
            ),
        };
        Self {
            colour,
            icon,
            words: clock.t.say(key).to_owned(),
            more: at.map_or_else(Markup::default, |at| clock.when(at)),
        }
    }
}

/// Whether it is over and did not arrive.
pub(super) fn is_given_up(delivery: &AlertDelivery) -> bool {
    let last = delivery.last.as_ref();
    delivery.due_at.is_none() && !last.is_some_and(DeliveryEnd::is_delivered)
}

/// The key of a kind's name.
pub(super) fn kind_key(kind: &str) -> &'static str {
    match kind {
        "email" => "alert_kind.email",
        "chat" => "alert_kind.chat",
        _ => "alert_kind.webhook",
    }
}
