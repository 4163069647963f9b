//! Names in routes.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use std::str::FromStr;

use crate::app::App;
use crate::problem::{Problem, ProblemCode};

/// The one name in a route; one that has not the form of a name belongs to nothing.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: FromStr + Send> FromRequestParts<App> for Named<T>
where
    T::Err: std::fmt::Display,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let nothing = |detail: String| Problem::of(ProblemCode::NotFound).detail(detail);
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, app).await;
        let Path(name) = path.map_err(|error| nothing(error.body_text()))?;
        name.parse()
            .map(Self)
            .map_err(|error: T::Err| nothing(error.to_string()))
    }
}

/// Two names in a route.
pub(crate) struct NamedPair(pub(crate) String, pub(crate) String);

impl FromRequestParts<App> for NamedPair {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let path: Result<Path<(String, String)>, PathRejection> =
            Path::from_request_parts(parts, app).await;
        let Path((first, second)) =
            path.map_err(|error| Problem::of(ProblemCode::NotFound).detail(error.body_text()))?;
        Ok(Self(first, second))
    }
}
