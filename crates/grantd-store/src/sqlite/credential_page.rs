//! The statement of a page of credentials.

use grantd_model::{CredentialId, LabelSelector, ObjectId, Standing, Timestamp, Visibility};
use sqlx::{QueryBuilder, Sqlite};

use crate::repository::folded;
use crate::{CredentialQuery, CredentialSort, Position, SortValue};

/// Where a credential stands, as its rank; the cut-off of secrets that end soon is bound in between.
const STANDING: (&str, &str) = (
    "(CASE WHEN enabled = 0 THEN 4 WHEN h.failing_since IS NOT NULL THEN 0 WHEN secret_expires_at < ",
    " THEN 1 WHEN h.valid_at IS NULL THEN 2 ELSE 3 END)",
);

/// What comes first where attention is needed: the same rank as text, with the end of the secret behind it
/// where that is why; then the name.
const ATTENTION: (&str, &str) = (
    "(CASE WHEN enabled = 0 THEN '4' WHEN h.failing_since IS NOT NULL THEN '0' WHEN secret_expires_at < ",
    " THEN '1' || printf('%020d', MAX(secret_expires_at, 0)) \
     WHEN h.valid_at IS NULL THEN '2' ELSE '3' END) || name_folded",
);

/// Joins what is kept of the health of this generation.
const HEALTH: &str = " LEFT JOIN credential_health h ON h.credential_id = credential.id \
     AND h.token_generation = credential.token_generation";

/// In the order of last use, which the index of that table has; each credential is in it.
const BY_USE: &str =
    " FROM credential_use u CROSS JOIN credential ON credential.id = u.credential_id";

/// Selects the rows of a page and one more, which tells that there is another page.
///
/// The place of each is found first, by what the indexes hold of it, and whole rows are read of those
/// on the page alone.
pub(super) fn page_statement(query: &CredentialQuery) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT credential.* FROM (SELECT credential.id AS place_id, ");
    push_sort(&mut sql, query);
    sql.push(" AS place");
    if query.sort == CredentialSort::LastUsed {
        sql.push(BY_USE);
    } else {
        sql.push(" FROM credential");
    }
    if query.standing.is_some() || query.sort == CredentialSort::Attention {
        sql.push(HEALTH);
    }
    sql.push(" WHERE 1");
    if let Some(part) = &query.part {
        let part = folded(part);
        sql.push(" AND (instr(name_folded, ")
            .push_bind(part.clone());
        sql.push(") > 0 OR instr(slug, ").push_bind(part.clone());
        sql.push(") > 0 OR instr(client_id_folded, ")
            .push_bind(part)
            .push(") > 0)");
    }
    if let Some(enabled) = query.enabled {
        sql.push(" AND enabled = ").push_bind(enabled);
    }
    if let Some(standing) = query.standing {
        sql.push(" AND ");
        push_standing(&mut sql, query.now);
        sql.push(" = ").push_bind(i64::from(standing.rank()));
    }
    if let Some(selector) = &query.labels {
        push_selector(&mut sql, selector, " AND ");
    }
    if let Some(source) = &query.source {
        sql.push(
            " AND credential.id IN (SELECT credential_id FROM credential_secret \
             WHERE reference IS NOT NULL AND json_extract(reference, '$.source') = ",
        )
        .push_bind(source.to_string())
        .push(")");
    }
    push_visibility(&mut sql, &query.visibility);
    push_position(&mut sql, query);
    sql.push(" LIMIT ")
        .push_bind(i64::from(query.page.limit) + 1);
    let direction = if query.descending { " DESC" } else { " ASC" };
    sql.push(") JOIN credential ON credential.id = place_id ORDER BY place")
        .push(direction)
        .push(", place_id")
        .push(direction);
    sql
}

/// Adds where the page begins, and its order.
fn push_position(sql: &mut QueryBuilder<Sqlite>, query: &CredentialQuery) {
    let (direction, comparison) = if query.descending {
        (" DESC", " < (")
    } else {
        (" ASC", " > (")
    };
    if let Some(Position { value, id }) = &query.page.after {
        sql.push(" AND (");
        push_sort(sql, query);
        sql.push(", ").push(id_column(query)).push(")");
        sql.push(comparison);
        match value {
            SortValue::Micros(micros) => sql.push_bind(*micros),
            SortValue::Text(text) => sql.push_bind(text.clone()),
        };
        sql.push(", ").push_bind(id.clone()).push(")");
    }
    sql.push(" ORDER BY ");
    push_sort(sql, query);
    sql.push(direction)
        .push(", ")
        .push(id_column(query))
        .push(direction);
}

/// The id, in the table whose index gives the order.
const fn id_column(query: &CredentialQuery) -> &'static str {
    match query.sort {
        CredentialSort::LastUsed => "u.credential_id",
        _ => "credential.id",
    }
}

/// Adds what the list is sorted by.
fn push_sort(sql: &mut QueryBuilder<Sqlite>, query: &CredentialQuery) {
    match query.sort {
        CredentialSort::Name => sql.push("name_folded"),
        CredentialSort::Created => sql.push("created_at"),
        CredentialSort::Updated => sql.push("updated_at"),
        CredentialSort::Attention => sql
            .push(ATTENTION.0)
            .push_bind(Standing::warned_before(query.now).as_micros())
            .push(ATTENTION.1),
        CredentialSort::LastUsed => sql.push("u.last_used_at"),
        CredentialSort::SecretEnd => sql.push("COALESCE(secret_expires_at, 9223372036854775807)"),
    };
}

fn push_standing(sql: &mut QueryBuilder<Sqlite>, now: Timestamp) {
    sql.push(STANDING.0)
        .push_bind(Standing::warned_before(now).as_micros())
        .push(STANDING.1);
}

/// Adds a condition that holds for what the caller may see.
fn push_visibility(sql: &mut QueryBuilder<Sqlite>, visibility: &Visibility) {
    let Visibility::Some { ids, selectors } = visibility else {
        return;
    };
    let ids: Vec<&str> = ids.iter().map(ObjectId::as_str).collect();
    let ids = serde_json::to_string(&ids).unwrap_or_default();
    sql.push(" AND (credential.id IN (SELECT value FROM json_each(")
        .push_bind(ids)
        .push("))");
    for selector in selectors {
        push_selector(sql, selector, " OR ");
    }
    sql.push(")");
}

/// Counts how many stand how.
pub(super) fn standings_statement(visibility: &Visibility, now: Timestamp) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT ");
    push_standing(&mut sql, now);
    sql.push(", COUNT(*) FROM credential").push(HEALTH);
    sql.push(" WHERE 1");
    push_visibility(&mut sql, visibility);
    sql.push(" GROUP BY 1 ORDER BY 1");
    sql
}

/// Selects enabled ones by when their secret ends; an index holds all of it.
pub(super) fn ends_statement(
    visibility: &Visibility,
    (from, until): (Timestamp, Timestamp),
    after: Option<(CredentialId, Timestamp)>,
    most: u32,
) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(
        "SELECT id, secret_expires_at FROM credential WHERE enabled = 1 AND secret_expires_at >= ",
    );
    sql.push_bind(from.as_micros());
    sql.push(" AND secret_expires_at < ")
        .push_bind(until.as_micros());
    if let Some((id, end)) = after {
        sql.push(" AND (secret_expires_at, id) > (")
            .push_bind(end.as_micros());
        sql.push(", ").push_bind(id.to_string()).push(")");
    }
    push_visibility(&mut sql, visibility);
    sql.push(" ORDER BY secret_expires_at, id LIMIT ")
        .push_bind(i64::from(most));
    sql
}

/// Selects the names of those whose ids are in this list, written as JSON.
pub(super) fn names_statement(visibility: &Visibility, ids: String) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(
        "SELECT id, name FROM credential WHERE id IN (SELECT value FROM json_each(",
    );
    sql.push_bind(ids).push("))");
    push_visibility(&mut sql, visibility);
    sql
}

/// Selects the labels that are in use.
pub(super) fn labels_statement(visibility: &Visibility, most: u32) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT DISTINCT key, value FROM credential_label");
    if !matches!(visibility, Visibility::All) {
        sql.push(" JOIN credential ON credential.id = credential_id WHERE 1");
        push_visibility(&mut sql, visibility);
    }
    sql.push(" ORDER BY key, value LIMIT ")
        .push_bind(i64::from(most));
    sql
}

/// Adds a condition that holds where every label of the selector is there.
fn push_selector(sql: &mut QueryBuilder<Sqlite>, selector: &LabelSelector, before: &'static str) {
    sql.push(before).push("(");
    if selector.0.is_empty() {
        sql.push("0");
    }
    for (position, (key, value)) in selector.0.iter().enumerate() {
        if position > 0 {
            sql.push(" AND ");
        }
        sql.push("credential.id IN (SELECT l.credential_id FROM credential_label l WHERE l.key = ")
            .push_bind(key.to_string())
            .push(" AND l.value = ")
            .push_bind(value.to_string())
            .push(")");
    }
    sql.push(")");
}
