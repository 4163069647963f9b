//! The statement of a page of credentials.

use grantd_model::{LabelSelector, ObjectId, Visibility};
use sqlx::{QueryBuilder, Sqlite};

use crate::repository::folded;
use crate::{CredentialQuery, CredentialSort, Position, SortValue};

/// Selects the rows of a page and one more, which tells that there is another page.
pub(super) fn page_statement(query: &CredentialQuery) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT * FROM credential WHERE 1");
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
    if let Some(selector) = &query.labels {
        push_selector(&mut sql, selector, " AND ");
    }
    if let Visibility::Some { ids, selectors } = &query.visibility {
        let ids: Vec<&str> = ids.iter().map(ObjectId::as_str).collect();
        let ids = serde_json::to_string(&ids).unwrap_or_default();
        sql.push(" AND (id IN (SELECT value FROM json_each(")
            .push_bind(ids)
            .push("))");
        for selector in selectors {
            push_selector(&mut sql, selector, " OR ");
        }
        sql.push(")");
    }
    let column = match query.sort {
        CredentialSort::Name => "name_folded",
        CredentialSort::Created => "created_at",
        CredentialSort::Updated => "updated_at",
    };
    let (direction, comparison) = if query.descending {
        (" DESC", " < (")
    } else {
        (" ASC", " > (")
    };
    if let Some(Position { value, id }) = &query.page.after {
        sql.push(" AND (")
            .push(column)
            .push(", id)")
            .push(comparison);
        match value {
            SortValue::Micros(micros) => sql.push_bind(*micros),
            SortValue::Text(text) => sql.push_bind(text.clone()),
        };
        sql.push(", ").push_bind(id.clone()).push(")");
    }
    sql.push(" ORDER BY ")
        .push(column)
        .push(direction)
        .push(", id")
        .push(direction);
    sql.push(" LIMIT ")
        .push_bind(i64::from(query.page.limit) + 1);
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
        sql.push("EXISTS (SELECT 1 FROM credential_label l WHERE l.credential_id = credential.id AND l.key = ")
            .push_bind(key.to_string())
            .push(" AND l.value = ")
            .push_bind(value.to_string())
            .push(")");
    }
    sql.push(")");
}
