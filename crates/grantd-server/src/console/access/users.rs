//! What an admin does about users.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{EngineError, UserChange};
use grantd_model::{Role, UserId, UserName};

use super::page::{Around, html, page, shown};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::once::{Made, once};
use crate::console::show::sentence;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// `POST /console/access/users`
pub(super) async fn add(visit: Visit, form: Form) -> Result<Response, Failed> {
    let engine = visit.app.engine.clone();
    engine.to_the_end(add_once(visit, form)).await
}

async fn add_once(visit: Visit, form: Form) -> Result<Response, Failed> {
    visit.app.engine.list_users(visit.actor(), 1, None).await?;
    once(&visit, ("user", ""), &form, async || {
        made(&visit, &form).await
    })
    .await
}

async fn made(visit: &Visit, form: &Form) -> Result<Made, Failed> {
    let typed = form.get("name").trim();
    let Ok(role) = Role::try_from(form.get("role")) else {
        return Err(Failed::NoForm);
    };
    let again = async |fault: String| {
        let around = Around {
            name: typed.to_owned(),
            role: Some(role),
            name_fault: Some(sentence(&fault)),
            ..Around::default()
        };
        Ok(Made {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            html: html(visit, around).await?,
            is_done: false,
        })
    };
    let name = match UserName::try_from(typed) {
        Ok(name) => name,
        Err(fault) => return again(fault.detail).await,
    };
    match visit
        .app
        .engine
        .create_user(visit.actor(), name, role)
        .await
    {
        Ok((user, link)) => {
            let around = Around {
                link: Some(shown(visit, &user, &link)),
                ..Around::default()
            };
            Ok(Made {
                status: StatusCode::OK,
                html: html(visit, around).await?,
                is_done: true,
            })
        }
        Err(EngineError::Fields(errors)) => {
            let fault = errors.into_iter().next().map(|error| error.detail);
            again(fault.unwrap_or_default()).await
        }
        Err(error) => Err(error.into()),
    }
}

fn id(text: &str) -> Result<UserId, Failed> {
    text.parse().map_err(|_| Failed::NoPage)
}

fn done(what: &str) -> Response {
    Redirect::to(&format!("/console/access?done={what}")).into_response()
}

/// The page with why it was not done, or the way back.
async fn ended<T>(
    visit: &Visit,
    result: Result<T, EngineError>,
    what: &str,
) -> Result<Response, Failed> {
    match result {
        Ok(_) => Ok(done(what)),
        Err(EngineError::Fields(errors)) => {
            let around = Around {
                problem: errors.into_iter().next().map(|error| error.detail),
                ..Around::default()
            };
            page(visit, around, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/access/users/{user}/role`
pub(super) async fn set_role(
    visit: Visit,
    Path(user): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let Ok(role) = Role::try_from(form.get("role")) else {
        return Err(Failed::NoForm);
    };
    let set = visit
        .app
        .engine
        .update_user(visit.actor(), id(&user)?, UserChange::role(role));
    let set = set.await;
    ended(&visit, set, "user_changed").await
}

/// `POST /console/access/users/{user}/enable`
pub(super) async fn enable(visit: Visit, Path(user): Path<String>) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let set = engine
        .update_user(visit.actor(), id(&user)?, UserChange::enabled(true))
        .await;
    ended(&visit, set, "user_changed").await
}

/// `POST /console/access/users/{user}/disable`
pub(super) async fn disable(visit: Visit, Path(user): Path<String>) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let set = engine
        .update_user(visit.actor(), id(&user)?, UserChange::enabled(false))
        .await;
    ended(&visit, set, "user_changed").await
}

/// `POST /console/access/users/{user}/link`
pub(super) async fn link(
    visit: Visit,
    Path(user): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let engine = visit.app.engine.clone();
    engine.to_the_end(link_once(visit, user, form)).await
}

async fn link_once(visit: Visit, user: String, form: Form) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let found = engine.get_user(visit.actor(), &user).await?;
    once(&visit, ("link", &user), &form, async || {
        let link = engine.create_password_link(visit.actor(), found.id).await?;
        let around = Around {
            link: Some(shown(&visit, &found, &link)),
            ..Around::default()
        };
        Ok(Made {
            status: StatusCode::OK,
            html: html(&visit, around).await?,
            is_done: true,
        })
    })
    .await
}

/// `GET /console/access/users/{user}`: all users stand on one page.
pub(super) async fn one() -> Redirect {
    Redirect::to("/console/access")
}

/// `POST /console/access/users/{user}/remove-factor`
pub(super) async fn remove_factor(
    visit: Visit,
    Path(user): Path<String>,
) -> Result<Response, Failed> {
    let engine = &visit.app.engine;
    let removed = engine.remove_second_factor(visit.actor(), id(&user)?).await;
    ended(&visit, removed, "factor_removed").await
}

#[derive(Template)]
#[template(path = "console/access/confirm.html", whitespace = "minimize")]
pub(super) struct Confirm<'a> {
    pub(super) t: &'a Texts,
    pub(super) frame: Frame<'a>,
    pub(super) what: String,
    pub(super) button: &'a str,
    pub(super) address: String,
}

/// `GET /console/access/users/{user}/delete`
pub(super) async fn ask_delete(visit: Visit, Path(user): Path<String>) -> Result<Response, Failed> {
    let found = visit.app.engine.get_user(visit.actor(), &user).await?;
    let t = visit.t();
    let page = Confirm {
        frame: visit
            .frame(Here::Access, t.say1("access.delete_title", &found.name))
            .await?,
        t,
        what: t.say("access.delete_what").to_owned(),
        button: t.say("access.delete"),
        address: format!("/console/access/users/{}/delete", found.id),
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /console/access/users/{user}/delete`
pub(super) async fn delete(visit: Visit, Path(user): Path<String>) -> Result<Response, Failed> {
    let deleted = visit
        .app
        .engine
        .delete_user(visit.actor(), id(&user)?)
        .await;
    ended(&visit, deleted, "user_deleted").await
}
