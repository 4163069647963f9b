//! `GET /v1/credentials`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use grantd_engine::{CredentialFilter, CredentialSort};
use grantd_model::secret_reference::SourceName;
use grantd_model::{Health, Invalid, LabelKey, LabelSelector, LabelValue, Labels, Standing};
use serde::Serialize;
use utoipa::ToSchema;

use super::representation::CredentialOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::problem::{Problem, ProblemDocument};
use crate::query::Query;

/// A page of credentials.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialList {
    /// The credentials.
    items: Vec<CredentialOut>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// The credentials that the caller may read.
#[utoipa::path(
    get, path = "/v1/credentials", tag = "credentials", operation_id = "list_credentials",
    params(
        ("q" = Option<String>, Query, description = "A part of name, slug or client id, without regard to case"),
        ("enabled" = Option<bool>, Query, description = "Only enabled ones, or only disabled ones"),
        ("standing" = Option<String>, Query, description = "Only those that stand so: `failing`, `secret_ends` (within 60 days), `never_validated`, `valid` or `disabled`"),
        ("label" = Option<Vec<String>>, Query, description = "Only those with this label, `key=value`; may be repeated"),
        ("source" = Option<String>, Query, description = "Only those with a secret in this secret source"),
        ("sort" = Option<String>, Query, description = "`name`, `created_at`, `updated_at`, `attention` (what needs somebody first), `last_used_at` or `secret_expires_at`; `-` before it turns it round"),
        ("limit" = Option<u32>, Query, description = "The most rows: 1 to 200, 50 if absent", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before")
    ),
    responses(
        (status = 200, description = "A page", body = CredentialList),
        (status = 422, description = "A parameter is wrong", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    query: Query,
) -> Result<Json<CredentialList>, Problem> {
    let page = app.engine.list_credentials(&actor, &filter(query)?).await?;
    let now = app.engine.now();
    let items = page.items.iter().map(|listed| {
        let health = Health::of(&listed.credential, listed.health.as_ref(), now);
        CredentialOut::new(&listed.credential, Vec::new())
            .with_health(&health)
            .with_last_use(listed.last_used_at)
    });
    let items = items.collect();
    Ok(Json(CredentialList {
        items,
        next_cursor: page.next_cursor,
    }))
}

fn filter(mut query: Query) -> Result<CredentialFilter, Problem> {
    let part = query.optional("q", part).filter(|part| !part.is_empty());
    let enabled = query.optional("enabled", |text| {
        text.parse()
            .map_err(|_| Invalid::new("unknown_word", "`true` or `false` is expected"))
    });
    let standing = query.optional("standing", |text| Standing::try_from(text));
    let labels = query.repeated("label", label);
    let labels = query.take("label", selector(labels)).flatten();
    let source = query.optional("source", |text| SourceName::try_from(text));
    let (sort, descending) = query.optional("sort", sort).unwrap_or_default();
    let (limit, cursor) = query.page();
    query.finish()?;
    Ok(CredentialFilter {
        part,
        enabled,
        standing,
        labels,
        source,
        sort,
        descending,
        limit,
        cursor,
    })
}

fn part(text: &str) -> Result<String, Invalid> {
    if text.chars().count() > 200 {
        return Err(Invalid::new(
            "too_long",
            "at most 200 characters are expected",
        ));
    }
    Ok(text.trim().to_owned())
}

fn label(text: &str) -> Result<(LabelKey, LabelValue), Invalid> {
    let (key, value) = text.split_once('=').ok_or_else(|| {
        Invalid::new(
            "invalid_label",
            "a label of the form `key=value` is expected",
        )
    })?;
    Ok((key.try_into()?, value.try_into()?))
}

/// What carries every one of these labels; all things where there is none.
fn selector(labels: Vec<(LabelKey, LabelValue)>) -> Result<Option<LabelSelector>, Invalid> {
    let mut map = BTreeMap::new();
    for (key, value) in labels {
        if map.insert(key, value).is_some() {
            let detail = "each key is expected once, a thing has one value of it";
            return Err(Invalid::new("repeated", detail));
        }
    }
    let labels = Labels::try_from(map)?;
    Ok((!labels.is_empty()).then_some(LabelSelector(labels)))
}

fn sort(text: &str) -> Result<(CredentialSort, bool), Invalid> {
    let (name, descending) = text
        .strip_prefix('-')
        .map_or((text, false), |name| (name, true));
    let sort = match name {
        "name" => CredentialSort::Name,
        "created_at" => CredentialSort::Created,
        "updated_at" => CredentialSort::Updated,
        "attention" => CredentialSort::Attention,
        "last_used_at" => CredentialSort::LastUsed,
        "secret_expires_at" => CredentialSort::SecretEnd,
        _ => {
            let detail = "one of `name`, `created_at`, `updated_at`, `attention`, `last_used_at`, `secret_expires_at` is expected, with or without `-` before it";
            return Err(Invalid::new("unknown_word", detail));
        }
    };
    Ok((sort, descending))
}
