//! Faults of the token endpoint that are switched on and off while the sandbox runs.

use std::num::NonZeroU32;
use std::time::Duration;

use grantd_model::{ClientId, Secret};

use crate::odd_answer::Odd;

/// What is wrong with the token endpoint, for whom, and for how long. One at a time: the next one
/// takes the place of the last.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What happens.
    pub effect: Effect,
    /// The only client that meets it; all clients if absent.
    pub client_id: Option<ClientId>,
    /// How many token requests meet it before it is over; until it is switched off if absent.
    pub remaining: Option<NonZeroU32>,
}

/// What happens to a token request.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Nothing.
    None,
    /// It is answered properly, but late.
    Slow {
        /// How late.
        delay: Duration,
    },
    /// 429.
    RateLimited {
        /// The Retry-After header, in whole seconds.
        retry_after: Duration,
    },
    /// 500.
    ServerError {
        /// The Retry-After header, in whole seconds.
        retry_after: Option<Duration>,
    },
    /// 200 with a sign-in page, as a captive portal answers.
    Html,
    /// 200 with an error of RFC 6749 section 5.2 in it.
    ErrorIn200,
    /// While it lasts, this secret is the right one and the registered one is refused.
    RotatedSecret {
        /// The secret that counts.
        new_secret: Secret<String>,
    },
    /// No answer until the server stops.
    Hang,
    /// 200 with nothing in it.
    Empty,
    /// 307 to another place of the same server.
    Redirect,
    /// 200 that says JSON and holds none.
    Garbage,
    /// 200 with a token response of 10 MiB.
    Huge,
    /// 200 whose body begins and never ends.
    StalledBody,
    /// 200 with a token response that is odd.
    Odd(Odd),
}

impl Fault {
    /// No fault.
    #[must_use]
    pub const fn none() -> Self {
        Self::new(Effect::None)
    }

    /// This effect for all clients until it is switched off.
    #[must_use]
    pub const fn new(effect: Effect) -> Self {
        Self {
            effect,
            client_id: None,
            remaining: None,
        }
    }

    /// What a token request that claims to be this client's meets; it counts as one.
    pub(crate) fn strike(&mut self, client_id: Option<&str>) -> Effect {
        let Some(effect) = self.effect_on(client_id).cloned() else {
            return Effect::None;
        };
        if let Some(remaining) = self.remaining {
            match NonZeroU32::new(remaining.get() - 1) {
                Some(fewer) => self.remaining = Some(fewer),
                None => *self = Self::none(),
            }
        }
        effect
    }

    /// The secret that counts for this client instead of its registered one.
    pub(crate) fn rotated_secret(&self, client_id: &str) -> Option<&Secret<String>> {
        match self.effect_on(Some(client_id)) {
            Some(Effect::RotatedSecret { new_secret }) => Some(new_secret),
            _ => None,
        }
    }

    fn effect_on(&self, client_id: Option<&str>) -> Option<&Effect> {
        let meant = match &self.client_id {
            Some(only) => client_id == Some(only.as_str()),
            None => true,
        };
        meant.then_some(&self.effect)
    }
}

impl Effect {
    /// Its name in fault documents.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Slow { .. } => "slow",
            Self::RateLimited { .. } => "rate_limited",
            Self::ServerError { .. } => "server_error",
            Self::Html => "html",
            Self::ErrorIn200 => "error_in_200",
            Self::RotatedSecret { .. } => "rotated_secret",
            Self::Hang => "hang",
            Self::Empty => "empty",
            Self::Redirect => "redirect",
            Self::Garbage => "garbage",
            Self::Huge => "huge",
            Self::StalledBody => "stalled_body",
            Self::Odd(odd) => odd.kind(),
        }
    }

    /// How a request ends that meets it, where the effect is the answer.
    pub(crate) const fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::None | Self::Slow { .. } | Self::RotatedSecret { .. } => None,
            Self::RateLimited { .. } => Some("fault_rate_limited"),
            Self::ServerError { .. } => Some("fault_server_error"),
            Self::Html => Some("fault_html"),
            Self::ErrorIn200 => Some("fault_error_in_200"),
            Self::Hang => Some("fault_hang"),
            Self::Empty => Some("fault_empty"),
            Self::Redirect => Some("fault_redirect"),
            Self::Garbage => Some("fault_garbage"),
            Self::Huge => Some("fault_huge"),
            Self::StalledBody => Some("fault_stalled_body"),
            Self::Odd(odd) => Some(odd.outcome()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_ends_by_itself() {
        let mut fault = Fault {
            remaining: NonZeroU32::new(2),
            ..Fault::new(Effect::Empty)
        };
        let kinds = [(); 3].map(|()| fault.strike(None).kind());
        assert_eq!(kinds, ["empty", "empty", "none"]);
    }

    #[test]
    fn other_clients_do_not_meet_or_use_up_a_fault_of_one() {
        let mut fault = Fault {
            client_id: ClientId::try_from("a").ok(),
            remaining: NonZeroU32::new(1),
            ..Fault::new(Effect::Hang)
        };
        let kinds = [Some("b"), None, Some("a"), Some("a")].map(|id| fault.strike(id).kind());
        assert_eq!(kinds, ["none", "none", "hang", "none"]);
    }
}
