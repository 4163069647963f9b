//! `POST /v1/users`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use grantd_model::{FieldError, Invalid, Role, UserName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::representation::{LinkOut, UserOut, role};
use crate::app::App;
use crate::authenticate::Caller;
use crate::json_body::JsonBody;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// A user as one is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "jane", "role": "editor"}))]
pub(crate) struct UserForm {
    /// What the person types to sign in: 1 to 64 characters without white space, unique without
    /// regard to case.
    #[schema(example = "jane", min_length = 1, max_length = 64)]
    name: Option<String>,
    /// `admin`, `editor` or `viewer`.
    #[schema(example = "editor")]
    role: Option<String>,
}

/// A user who was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewUserOut {
    /// The user.
    #[serde(flatten)]
    user: UserOut,
    /// By which the person chooses a password.
    #[serde(flatten)]
    link: LinkOut,
}

/// Make a user, who chooses a password by the link in the answer.
#[utoipa::path(
    post, path = "/v1/users", tag = "users", operation_id = "create_user", request_body = UserForm,
    responses(
        (status = 201, description = "Made", body = NewUserOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values are wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    JsonBody(form): JsonBody<UserForm>,
) -> Result<(StatusCode, Json<NewUserOut>), Problem> {
    let (name, role) = parse(form).map_err(Problem::fields)?;
    let (user, link) = app.engine.create_user(&actor, name, role).await?;
    let made = NewUserOut {
        user: (&user).into(),
        link: LinkOut::new(&app.settings, &link),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

fn parse(form: UserForm) -> Result<(UserName, Role), Vec<FieldError>> {
    let required = || Invalid::new("required", "a value is expected");
    let name = form.name.ok_or_else(required).and_then(UserName::try_from);
    let name = name.map_err(|fault| fault.at("/name"));
    let wanted = form.role.ok_or_else(|| required().at("/role"));
    let role = wanted.and_then(|text| role(&text));
    match (name, role) {
        (Ok(name), Ok(role)) => Ok((name, role)),
        (name, role) => Err(name.err().into_iter().chain(role.err()).collect()),
    }
}
