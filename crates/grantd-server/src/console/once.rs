//! A form that is sent twice does its work once: the second answer is that of the first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
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

/// Whose form for what, which, and what was in it: another person's link or another name is other work.
type Key = (UserId, &'static str, String, [u8; 32]);
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
    pub(super) async fn take(
        &self,
        visit: &Visit,
        what: &'static str,
        about: &str,
        form: &Form,
    ) -> Turn {
        let content = digest(about, form);
        let user = visit.person.user.id;
        let place = self.place(
            (user, what, form.get("form_id").to_owned(), content),
            visit.now,
        );
        Turn {
            place: place.lock_owned().await,
        }
    }

    fn place(&self, key: Key, now: Timestamp) -> Place {
        let (_, _, id, _) = &key;
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
        let (_, place) = forms.entry(key).or_insert_with(|| (now, Place::default()));
        Arc::clone(place)
    }

    /// Forgets what is over, so that no page with a key stays in memory.
    pub(super) fn forget(&self, now: Timestamp) {
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forms.retain(|_, (at, _)| now.since(*at) < KEPT);
    }
}

/// Of what was sent, and what it is about; secrets stand in it, so it is not kept itself.
fn digest(about: &str, form: &Form) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(about.as_bytes());
    context.update(&[0]);
    context.update(form.to_text().as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
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
    (what, about): (&'static str, &str),
    form: &Form,
    work: impl AsyncFnOnce() -> Result<Made, Failed>,
) -> Result<Response, Failed> {
    let turn = visit.app.console.once.take(visit, what, about, form).await;
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

    fn key(user: UserId, what: &'static str, id: &str, content: u8) -> Key {
        (user, what, id.to_owned(), [content; 32])
    }

    #[test]
    fn each_person_and_each_form_has_a_place_of_its_own() {
        let (forms, fixtures) = (Once::default(), Fixtures::default());
        let [one, two] = ["one", "two"].map(|name| fixtures.user(name).id);
        let at = Timestamp::from_seconds(0);
        let place = |key| forms.place(key, at);
        let first = place(key(one, "key", ID, 0));
        assert!(Arc::ptr_eq(&first, &place(key(one, "key", ID, 0))));
        for other in [
            key(two, "key", ID, 0),
            key(one, "user", ID, 0),
            key(one, "key", ID, 1),
        ] {
            assert!(!Arc::ptr_eq(&first, &place(other)));
        }
    }

    #[test]
    fn what_a_form_says_and_is_about_makes_it_another_one() {
        let form = |text: &str| Form::parse(text.as_bytes());
        let one = digest("a", &form("name=x"));
        assert_eq!(one, digest("a", &form("name=x")));
        assert_ne!(one, digest("b", &form("name=x")));
        assert_ne!(one, digest("a", &form("name=y")));
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
            forms.place(key(user, "key", id, 0), at(0));
        }
        assert!(forms.0.lock().unwrap().is_empty());
        for n in 0..=MOST {
            let second = i64::try_from(n).unwrap() / 100;
            forms.place(key(user, "key", &format!("{n:024}"), 0), at(second));
        }
        let left = forms.0.lock().unwrap().len();
        assert!(left > MOST / 3 && left < MOST, "{left}");
        forms.forget(at(10_000));
        assert!(forms.0.lock().unwrap().is_empty());
    }
}
