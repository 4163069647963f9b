//! A form that is sent twice does its work once: the second answer is that of the first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grantd_model::{Secret, Timestamp};

/// How long it is remembered that a form was sent.
const KEPT: Duration = Duration::from_mins(10);

/// The most forms that are remembered.
const MOST: usize = 10_000;

/// What became of a form.
#[derive(Debug, Clone)]
pub(super) enum Became {
    /// The browser was sent on to this address.
    SentOn(String),
    /// This page was shown, which can not be made again.
    Page(Secret<String>),
}

type Place = Arc<tokio::sync::Mutex<Option<Became>>>;

/// The forms that were sent.
#[derive(Default)]
pub(super) struct Once(Mutex<HashMap<String, (Timestamp, Place)>>);

/// A form whose turn it is.
pub(super) struct Turn {
    place: tokio::sync::OwnedMutexGuard<Option<Became>>,
}

impl Turn {
    /// What became of it when it was sent before.
    pub(super) fn became(&self) -> Option<&Became> {
        self.place.as_ref()
    }

    /// Notes what became of it. Without it, it may be sent again: it was not right.
    pub(super) fn note(mut self, became: Became) {
        *self.place = Some(became);
    }
}

impl Once {
    /// Waits until nobody else is at work on the same form.
    pub(super) async fn take(&self, form: &str, now: Timestamp) -> Turn {
        let place = {
            let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if forms.len() >= MOST {
                forms.clear();
            }
            forms.retain(|_, (at, _)| now.since(*at) < KEPT);
            let (_, place) = forms.entry(form.to_owned()).or_insert_with(|| {
                let place: Place = Arc::default();
                (now, place)
            });
            Arc::clone(place)
        };
        Turn {
            place: place.lock_owned().await,
        }
    }
}
