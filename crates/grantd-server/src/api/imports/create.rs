//! `POST /v1/imports`

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use grantd_engine::{ImportMode, ImportObserver};
use grantd_model::Invalid;
use serde_json::json;

use super::body::CsvBody;
use super::representation::ImportOut;
use crate::app::App;
use crate::authenticate::Planner;
use crate::csv::{CsvFault, credentials};
use crate::event_accept::wants_events;
use crate::event_stream::{self, Teller};
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// After how many rows it is told how far the work is.
const STEP: usize = 50;

/// Add the credentials of a CSV text, all of them or nothing. The first line names the columns, which are
/// members of a credential; one within a member is named with a point, such as `labels.team` or
/// `client_secret_reference.path`. Lists are divided by spaces. A row whose credential is there already
/// is left alone if it is the same, its secrets aside, and wrong if not. That rows are wrong is an answer, not
/// an error. With `Accept: text/event-stream` events `progress` tell how far it is, then `result`.
#[utoipa::path(
    post, path = "/v1/imports", tag = "documents", operation_id = "import_credentials",
    params(
        ("skip_bad_rows" = Option<bool>, Query, description = "Import the other rows where some are wrong")
    ),
    request_body(content = String, content_type = "text/csv", description = "At most 16 MiB and 10000 rows, in UTF-8"),
    responses(
        (status = 200, description = "What became of each row", content(
            (ImportOut = "application/json"),
            (String = "text/event-stream")
        )),
        (status = 400, description = "It is no such CSV", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "The body is not CSV", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Planner(actor): Planner,
    mut query: Query,
    headers: HeaderMap,
    body: CsvBody,
) -> Result<Response, Problem> {
    let truth = |text: &str| {
        text.parse::<bool>()
            .map_err(|_| Invalid::new("unknown_value", "`true` or `false` is expected"))
    };
    let skip = query.optional("skip_bad_rows", truth).unwrap_or(false);
    query.finish()?;
    let rows = credentials::read(body.bytes()).map_err(|fault| unreadable(&fault))?;
    drop(body);
    let mode = if skip {
        ImportMode::SkipBadRows
    } else {
        ImportMode::AllOrNothing
    };
    if !wants_events(&headers) {
        let report = app
            .engine
            .import_credentials(&actor, rows, mode, None)
            .await?;
        return Ok(Json(ImportOut::from(report)).into_response());
    }
    let engine = app.engine.clone();
    let streamed = event_stream::answer(&app.engine, move |teller| async move {
        let observer = Told {
            teller,
            of: rows.len(),
        };
        let imported = engine.import_credentials(&actor, rows, mode, Some(&observer));
        let report = imported.await?;
        Ok(serde_json::to_value(ImportOut::from(report)).unwrap_or_default())
    });
    Ok(streamed.await)
}

/// Tells how far an import is.
struct Told {
    teller: Teller,
    of: usize,
}

impl ImportObserver for Told {
    fn looked_at(&self, rows: usize) {
        if rows.is_multiple_of(STEP) || rows == self.of {
            let far = json!({"rows": rows, "of": self.of});
            self.teller.tell("progress", far);
        }
    }
}

/// A text that is no such CSV, by its line.
fn unreadable(fault: &CsvFault) -> Problem {
    Problem::unreadable(&format!("/{}", fault.line), &fault.detail)
}
