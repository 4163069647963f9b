//! A form that is sent twice does its work once: the second answer is that of the first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use grantd_model::{Secret, Timestamp, UserId};

use super::failed::Failed;
use super::form::Form;
use super::visit::Visit;

/// How long it is remembered that a form was sent.
const KEPT: Duration = Duration::from_mins(10);

/// The most forms that are remembered; beyond it, the oldest go.
const MOST: usize = 10_000;

/// The length of the ids that forms are given; others are not remembered.
const ID_LENGTH: usize = 24;

/// What became of a form.
#[derive(Debug, Clone)]
pub(super) enum Became {
    /// The browser was sent on to this address.
    SentOn(String),
    /// This page was shown, which can not be made again.
    Page(Secret<String>),
}

/// Whose form for what, and which.
type Key = (UserId, &'static str, String);
type Place = Arc<tokio::sync::Mutex<Option<Became>>>;

/// The forms that were sent.
#[derive(Default)]
pub(super) struct Once(Mutex<HashMap<Key, (Timestamp, Place)>>);

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
    /// Waits until nobody else is at work on the same form of this person.
    pub(super) async fn take(&self, visit: &Visit, what: &'static str, form: &Form) -> Turn {
        let place = self.place(visit.person.user.id, what, form.get("form_id"), visit.now);
        Turn {
            place: place.lock_owned().await,
        }
    }

    fn place(&self, user: UserId, what: &'static str, id: &str, now: Timestamp) -> Place {
        let is_ours = id.len() == ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_ours {
            return Place::default();
        }
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forms.retain(|_, (at, _)| now.since(*at) < KEPT);
        if forms.len() >= MOST {
            let mut times: Vec<Timestamp> = forms.values().map(|(at, _)| *at).collect();
            times.sort_unstable();
            let middle = times.get(MOST / 2).copied().unwrap_or(now);
            forms.retain(|_, (at, _)| *at > middle);
        }
        let (_, place) = forms
            .entry((user, what, id.to_owned()))
            .or_insert_with(|| (now, Place::default()));
        Arc::clone(place)
    }

    /// Forgets what is over, so that no page with a key stays in memory.
    pub(super) fn forget(&self, now: Timestamp) {
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forms.retain(|_, (at, _)| now.since(*at) < KEPT);
    }
}

/// A page that was made: with whether its work was done, and so it is not made again.
pub(super) struct Made {
    pub(super) status: StatusCode,
    pub(super) html: String,
    pub(super) is_done: bool,
}

/// Shows the page that a form leads to; to the same form that is sent again, the same page.
///
/// To be called within [`grantd_engine::Engine::to_the_end`]: a second click takes the first request
/// away, and what it did would be known to nobody.
pub(super) async fn once(
    visit: &Visit,
    what: &'static str,
    form: &Form,
    work: impl AsyncFnOnce() -> Result<Made, Failed>,
) -> Result<Response, Failed> {
    let turn = visit.app.console.once.take(visit, what, form).await;
    if let Some(Became::Page(html)) = turn.became() {
        return Ok(Html(html.expose().clone()).into_response());
    }
    let made = work().await?;
    if made.is_done {
        turn.note(Became::Page(Secret::from(made.html.as_str())));
    }
    Ok((made.status, Html(made.html)).into_response())
}

#[cfg(test)]
mod tests {
    use grantd_testkit::fixtures::Fixtures;

    use super::*;

    const ID: &str = "abcdefghijklmnopqrstuvwx";

    #[test]
    fn each_person_and_each_form_has_a_place_of_its_own() {
        let (forms, fixtures) = (Once::default(), Fixtures::default());
        let [one, two] = ["one", "two"].map(|name| fixtures.user(name).id);
        let at = Timestamp::from_seconds(0);
        let place = forms.place(one, "key", ID, at);
        assert!(Arc::ptr_eq(&place, &forms.place(one, "key", ID, at)));
        assert!(!Arc::ptr_eq(&place, &forms.place(two, "key", ID, at)));
        assert!(!Arc::ptr_eq(&place, &forms.place(one, "user", ID, at)));
    }

    #[test]
    fn what_is_no_id_of_ours_takes_no_room_and_what_is_over_goes() {
        let (forms, fixtures) = (Once::default(), Fixtures::default());
        let user = fixtures.user("one").id;
        let at = Timestamp::from_seconds;
        for id in [
            "",
            "short",
            &"x".repeat(100_000),
            "abcdefghijklmnopqrstuv-x",
        ] {
            forms.place(user, "key", id, at(0));
        }
        assert!(forms.0.lock().unwrap().is_empty());
        for n in 0..=MOST {
            forms.place(
                user,
                "key",
                &format!("{n:024}"),
                at(i64::try_from(n).unwrap() / 100),
            );
        }
        let left = forms.0.lock().unwrap().len();
        assert!(left > MOST / 3 && left < MOST, "{left}");
        forms.forget(at(10_000));
        assert!(forms.0.lock().unwrap().is_empty());
    }
}
