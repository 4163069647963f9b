//! Finds out who asks, from `Authorization: Bearer <API key>`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use grantd_model::Actor;

use crate::app::App;
use crate::observe::note_actor;
use crate::problem::{Problem, ProblemCode};

/// Who asks. A handler without it serves everybody.
pub(crate) struct Caller(pub(crate) Arc<Actor>);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let expected = || {
            Problem::of(ProblemCode::Unauthenticated)
                .detail("one header `Authorization: Bearer gk_…` with an API key is expected")
        };
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return Err(expected());
        };
        let key = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key.trim())
            .ok_or_else(expected)?;
        let actor = app.engine.authenticate_key(key).await?;
        note_actor(&actor);
        Ok(Self(actor))
    }
}

/// Who asks, if it may plan and import. Stands before the body, of which nothing is read for anybody else.
pub(crate) struct Planner(pub(crate) Arc<Actor>);

impl FromRequestParts<App> for Planner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Caller(actor) = Caller::from_request_parts(parts, app).await?;
        app.engine.check_planner(&actor)?;
        Ok(Self(actor))
    }
}
