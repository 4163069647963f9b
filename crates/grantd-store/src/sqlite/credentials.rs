//! Credentials.

use std::collections::HashMap;

use async_trait::async_trait;
use grantd_model::parameter::ParameterValue;
use grantd_model::{
    Credential, CredentialId, LabelKey, LabelValue, Name, Parameter, Revision, SecretValue, Slug,
    Standing, Timestamp, Visibility,
};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use super::credential_page::{
    ends_statement, labels_statement, names_statement, page_statement, standings_statement,
};
use super::credential_rows::{
    Advanced, Parts, credential, method_columns, parameter, provider_column, secret_entry, to_json,
};
use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::repository::folded;
use crate::{
    CredentialQuery, CredentialReader, CredentialWriter, HistoryReader, ListedCredential, Page,
    StoreError,
};

#[async_trait]
impl CredentialReader for Repository<'_> {
    async fn by_id(&mut self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        let rows = sqlx::query("SELECT * FROM credential WHERE id = ?")
            .bind(id.to_string())
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(self.assemble(rows).await?.pop())
    }

    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Credential>, StoreError> {
        let rows = sqlx::query("SELECT * FROM credential WHERE slug = ?")
            .bind(slug.as_str())
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(self.assemble(rows).await?.pop())
    }

    async fn page(
        &mut self,
        query: &CredentialQuery,
    ) -> Result<Page<ListedCredential>, StoreError> {
        let rows = page_statement(query)
            .build()
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        let credentials = self.assemble(rows).await?;
        let ids: Vec<CredentialId> = credentials.iter().map(|it| it.id).collect();
        let mut health: HashMap<_, _> = self.health(&ids).await?.into_iter().collect();
        let used: HashMap<_, _> = self.last_used(&ids).await?.into_iter().collect();
        let listed = credentials.into_iter().map(|credential| ListedCredential {
            health: health.remove(&credential.id),
            last_used_at: used.get(&credential.id).copied(),
            credential,
        });
        Ok(Page::from_rows(
            listed.collect(),
            query.page.limit,
            |listed| query.sort.position(listed, query.now),
        ))
    }

    async fn standings(
        &mut self,
        visibility: &Visibility,
        now: Timestamp,
    ) -> Result<Vec<(Standing, u64)>, StoreError> {
        let rows = standings_statement(visibility, now)
            .build()
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        let read = |row: &SqliteRow| {
            let rank: i64 = row.try_get(0).map_err(fault)?;
            let count: i64 = row.try_get(1).map_err(fault)?;
            let mut all = Standing::ALL.into_iter();
            let standing = all.find(|standing| i64::from(standing.rank()) == rank);
            let standing = standing.ok_or_else(|| corrupt("credential", "an unknown standing"))?;
            Ok((standing, u64::try_from(count).unwrap_or(0)))
        };
        rows.iter().map(read).collect()
    }

    async fn labels(
        &mut self,
        visibility: &Visibility,
        most: u32,
    ) -> Result<Vec<(LabelKey, LabelValue)>, StoreError> {
        let rows = labels_statement(visibility, most)
            .build()
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter().map(label).collect()
    }

    async fn secret_ends(
        &mut self,
        visibility: &Visibility,
        span: (Timestamp, Timestamp),
        after: Option<(CredentialId, Timestamp)>,
        most: u32,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        let rows = ends_statement(visibility, span, after, most)
            .build()
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        let read = |row: &SqliteRow| {
            let id: String = row.try_get(0).map_err(fault)?;
            let micros: i64 = row.try_get(1).map_err(fault)?;
            let id = id.parse();
            let id = id.map_err(|error: grantd_model::Invalid| corrupt("credential", error))?;
            Ok((id, Timestamp::from_micros(micros)))
        };
        rows.iter().map(read).collect()
    }

    async fn names(
        &mut self,
        visibility: &Visibility,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, Name)>, StoreError> {
        let rows = names_statement(visibility, to_json(&credentials)?)
            .build()
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        let wrong = |error: grantd_model::Invalid| corrupt("credential", error);
        let read = |row: &SqliteRow| {
            let id: String = row.try_get(0).map_err(fault)?;
            let name: String = row.try_get(1).map_err(fault)?;
            let id = id.parse().map_err(wrong)?;
            Ok((id, Name::try_from(name).map_err(wrong)?))
        };
        rows.iter().map(read).collect()
    }

    async fn idle(&mut self, since: Timestamp, most: u32) -> Result<Vec<CredentialId>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.id, max(c.updated_at, coalesce(h.valid_at, 0), coalesce(h.failing_last_at, 0)) AS last
             FROM credential c LEFT JOIN credential_health h
             ON h.credential_id = c.id AND h.token_generation = c.token_generation
             WHERE c.enabled = 1 AND last < ? ORDER BY last, c.id LIMIT ?",
        )
        .bind(since.as_micros())
        .bind(i64::from(most))
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let read = |row: &SqliteRow| {
            let id: String = row.try_get(0).map_err(fault)?;
            let id = id.parse();
            id.map_err(|error: grantd_model::Invalid| corrupt("credential", error))
        };
        rows.iter().map(read).collect()
    }

    async fn last_used(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        let rows = sqlx::query(
            "SELECT credential_id, last_used_at FROM credential_use
             WHERE credential_id IN (SELECT value FROM json_each(?)) AND last_used_at > 0",
        )
        .bind(to_json(&credentials)?)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let read = |row: &SqliteRow| {
            let id: String = row.try_get(0).map_err(fault)?;
            let micros: i64 = row.try_get(1).map_err(fault)?;
            let id = id.parse();
            let id = id.map_err(|error: grantd_model::Invalid| corrupt("credential_use", error))?;
            Ok((id, Timestamp::from_micros(micros)))
        };
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl CredentialWriter for Repository<'_> {
    async fn insert(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let insert = sqlx::query(
            "INSERT INTO credential
             (name, name_folded, description, owner, provider, client_id, client_id_folded, token_endpoint,
              scope, method, basic_encoding, secret_expires_at, advanced, enabled, revision,
              token_generation, secret_counter, updated_at, updated_by, id, slug, created_at, created_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        );
        let insert = bind_changeable(insert, credential)?;
        insert
            .bind(credential.id.to_string())
            .bind(credential.slug.as_str())
            .bind(credential.created.at.as_micros())
            .bind(to_json(&credential.created.by)?)
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        self.insert_parts(credential).await
    }

    async fn update(
        &mut self,
        credential: &Credential,
        expected: Revision,
    ) -> Result<(), StoreError> {
        let update = sqlx::query(
            "UPDATE credential SET
             name = ?, name_folded = ?, description = ?, owner = ?, provider = ?, client_id = ?,
             client_id_folded = ?, token_endpoint = ?, scope = ?, method = ?, basic_encoding = ?,
             secret_expires_at = ?, advanced = ?, enabled = ?, revision = ?, token_generation = ?,
             secret_counter = ?,
             updated_at = ?, updated_by = ?
             WHERE id = ? AND revision = ?",
        );
        let update = bind_changeable(update, credential)?;
        let done = update
            .bind(credential.id.to_string())
            .bind(signed(expected.0)?)
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Stale);
        }
        for statement in [
            "DELETE FROM credential_label WHERE credential_id = ?",
            "DELETE FROM credential_secret WHERE credential_id = ?",
            "DELETE FROM credential_parameter WHERE credential_id = ?",
        ] {
            sqlx::query(statement)
                .bind(credential.id.to_string())
                .execute(&mut *self.0)
                .await
                .map_err(fault)?;
        }
        self.insert_parts(credential).await
    }

    async fn delete(&mut self, id: CredentialId, expected: Revision) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM credential WHERE id = ? AND revision = ?")
            .bind(id.to_string())
            .bind(signed(expected.0)?)
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        if done.rows_affected() == 0 {
            Err(StoreError::Stale)
        } else {
            Ok(())
        }
    }

    async fn secret_used(
        &mut self,
        id: CredentialId,
        version: u32,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE credential_secret SET last_used_at = ? WHERE credential_id = ? AND version = ?",
        )
        .bind(at.as_micros())
        .bind(id.to_string())
        .bind(version)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }
}

impl Repository<'_> {
    /// Reads what belongs to the rows, in one statement for each table, and keeps their order.
    async fn assemble(&mut self, rows: Vec<SqliteRow>) -> Result<Vec<Credential>, StoreError> {
        let ids: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("id"))
            .collect::<Result<_, _>>()
            .map_err(fault)?;
        let wanted = to_json(&ids)?;
        let mut parts: HashMap<String, Parts> = HashMap::with_capacity(ids.len());
        for row in self
            .related("SELECT * FROM credential_label WHERE credential_id IN (SELECT value FROM json_each(?))", &wanted)
            .await?
        {
            let (key, value) = label(&row)?;
            owner(&mut parts, &row)?.labels.insert(key, value);
        }
        for row in self
            .related(
                "SELECT * FROM credential_secret WHERE credential_id IN (SELECT value FROM json_each(?))
                 ORDER BY credential_id, position",
                &wanted,
            )
            .await?
        {
            owner(&mut parts, &row)?.secrets.push(secret_entry(&row)?);
        }
        for row in self
            .related(
                "SELECT * FROM credential_parameter WHERE credential_id IN (SELECT value FROM json_each(?))
                 ORDER BY credential_id, place, position",
                &wanted,
            )
            .await?
        {
            let place: String = row.try_get("place").map_err(fault)?;
            let owner = owner(&mut parts, &row)?;
            let list = if place == "header" { &mut owner.headers } else { &mut owner.parameters };
            list.push(parameter(&row)?);
        }
        rows.iter()
            .zip(&ids)
            .map(|(row, id)| credential(row, parts.remove(id).unwrap_or_default()))
            .collect()
    }

    async fn related(
        &mut self,
        statement: &'static str,
        ids: &str,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        sqlx::query(statement)
            .bind(ids)
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)
    }

    async fn insert_parts(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let id = credential.id.to_string();
        for (key, value) in credential.settings.labels.iter() {
            sqlx::query(
                "INSERT INTO credential_label (credential_id, key, value) VALUES (?, ?, ?)",
            )
            .bind(&id)
            .bind(key.as_str())
            .bind(value.as_str())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        }
        for (position, entry) in (0_i64..).zip(credential.authentication.secret().iter()) {
            let (sealed, reference) = match &entry.value {
                SecretValue::Internal(sealed) => (Some(sealed.as_bytes()), None),
                SecretValue::External(reference) => (None, Some(to_json(reference)?)),
            };
            sqlx::query(
                "INSERT INTO credential_secret
                 (credential_id, version, position, sealed, reference, set_at, set_by, last_used_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(&id)
            .bind(entry.version)
            .bind(position)
            .bind(sealed)
            .bind(reference)
            .bind(entry.set.at.as_micros())
            .bind(to_json(&entry.set.by)?)
            .bind(entry.last_used_at.map(Timestamp::as_micros))
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        }
        self.insert_parameters(&id, "parameter", &credential.parameters)
            .await?;
        self.insert_parameters(&id, "header", &credential.headers)
            .await
    }

    async fn insert_parameters(
        &mut self,
        id: &str,
        place: &'static str,
        parameters: &[Parameter<ParameterValue>],
    ) -> Result<(), StoreError> {
        for (position, parameter) in (0_i64..).zip(parameters) {
            let (plain, sealed, version) = match &parameter.value {
                ParameterValue::Plain(plain) => (Some(plain), None, 0),
                ParameterValue::Secret { version, sealed } => {
                    (None, Some(sealed.as_bytes()), *version)
                }
            };
            sqlx::query(
                "INSERT INTO credential_parameter
                 (credential_id, place, position, name, plain, sealed, version)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(id)
            .bind(place)
            .bind(position)
            .bind(&parameter.name)
            .bind(plain)
            .bind(sealed)
            .bind(version)
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        }
        Ok(())
    }
}

fn owner<'a>(
    parts: &'a mut HashMap<String, Parts>,
    row: &SqliteRow,
) -> Result<&'a mut Parts, StoreError> {
    Ok(parts
        .entry(row.try_get("credential_id").map_err(fault)?)
        .or_default())
}

fn label(row: &SqliteRow) -> Result<(LabelKey, LabelValue), StoreError> {
    let key: String = row.try_get("key").map_err(fault)?;
    let value: String = row.try_get("value").map_err(fault)?;
    let wrong = |error: grantd_model::Invalid| corrupt("credential_label", error);
    Ok((
        key.try_into().map_err(wrong)?,
        value.try_into().map_err(wrong)?,
    ))
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|error| corrupt("credential", error))
}

/// Binds the columns that an insert and an update share, in their order.
fn bind_changeable<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    credential: &'q Credential,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let (method, encoding) = method_columns(credential.authentication.method());
    let settings = &credential.settings;
    Ok(statement
        .bind(settings.name.as_str())
        .bind(folded(settings.name.as_str()))
        .bind(&settings.description)
        .bind(&settings.owner)
        .bind(provider_column(settings.provider))
        .bind(settings.client_id.as_str())
        .bind(folded(settings.client_id.as_str()))
        .bind(settings.token_endpoint.to_string())
        .bind(settings.scope.scopes().map(ToString::to_string))
        .bind(method)
        .bind(encoding)
        .bind(settings.secret_expires_at.map(Timestamp::as_micros))
        .bind(to_json(&Advanced::from(settings))?)
        .bind(credential.enabled)
        .bind(signed(credential.revision.0)?)
        .bind(signed(credential.token_generation)?)
        .bind(credential.secret_counter)
        .bind(credential.updated.at.as_micros())
        .bind(to_json(&credential.updated.by)?))
}
