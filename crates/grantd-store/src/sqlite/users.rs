//! People who sign in.

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use grantd_model::{
    Change, PasswordHash, Role, Sealed, SecondFactor, Timestamp, User, UserId, UserName,
};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::repository::folded;
use crate::{Page, PageRequest, Position, SortValue, StoreError, UserReader, UserWriter};

const TABLE: &str = "console_user";

#[async_trait]
impl UserReader for Repository<'_> {
    async fn by_id(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = sqlx::query("SELECT * FROM console_user WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(from_row).transpose()
    }

    async fn by_name(&mut self, name: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query("SELECT * FROM console_user WHERE name_folded = ?")
            .bind(folded(name))
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(from_row).transpose()
    }

    async fn page(&mut self, page: &PageRequest) -> Result<Page<User>, StoreError> {
        let after = page.after.as_ref().map(|position| match &position.value {
            SortValue::Text(text) => text.clone(),
            SortValue::Micros(_) => String::new(),
        });
        let rows = sqlx::query(
            "SELECT * FROM console_user WHERE ?1 IS NULL OR name_folded > ?1
             ORDER BY name_folded LIMIT ?2",
        )
        .bind(after)
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let users = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(users, page.limit, |user| Position {
            value: SortValue::Text(folded(user.name.as_str())),
            id: user.id.to_string(),
        }))
    }

    async fn count_working_admins(&mut self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM console_user
             WHERE enabled = 1 AND role = 'admin' AND password IS NOT NULL",
        )
        .fetch_one(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

#[async_trait]
impl UserWriter for Repository<'_> {
    async fn insert(&mut self, user: &User) -> Result<(), StoreError> {
        let factor = user.second_factor.as_ref();
        sqlx::query(
            "INSERT INTO console_user
             (name, name_folded, role, enabled, password, factor_secret, factor_version, factor_since,
              factor_step, recovery, signed_in_at, id, created_at, created_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(user.name.as_str())
        .bind(folded(user.name.as_str()))
        .bind(user.role.name())
        .bind(user.enabled)
        .bind(user.password.as_ref().map(PasswordHash::as_phc))
        .bind(factor.map(|factor| factor.secret.as_bytes()))
        .bind(factor.map_or(0, |factor| factor.version))
        .bind(factor.and_then(|factor| factor.confirmed_at.map(Timestamp::as_micros)))
        .bind(factor.map_or(0, |factor| signed(factor.last_step)))
        .bind(recovery_column(factor)?)
        .bind(user.signed_in_at.map(Timestamp::as_micros))
        .bind(user.id.to_string())
        .bind(user.created.at.as_micros())
        .bind(serde_json::to_string(&user.created.by).map_err(|error| corrupt(TABLE, error))?)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn update(&mut self, user: &User) -> Result<bool, StoreError> {
        let factor = user.second_factor.as_ref();
        let done = sqlx::query(
            "UPDATE console_user SET
             name = ?, name_folded = ?, role = ?, enabled = ?, password = ?, factor_secret = ?,
             factor_version = MAX(factor_version, ?), factor_since = ?, factor_step = ?, recovery = ?,
             signed_in_at = ?
             WHERE id = ?",
        )
        .bind(user.name.as_str())
        .bind(folded(user.name.as_str()))
        .bind(user.role.name())
        .bind(user.enabled)
        .bind(user.password.as_ref().map(PasswordHash::as_phc))
        .bind(factor.map(|factor| factor.secret.as_bytes()))
        .bind(factor.map_or(0, |factor| factor.version))
        .bind(factor.and_then(|factor| factor.confirmed_at.map(Timestamp::as_micros)))
        .bind(factor.map_or(0, |factor| signed(factor.last_step)))
        .bind(recovery_column(factor)?)
        .bind(user.signed_in_at.map(Timestamp::as_micros))
        .bind(user.id.to_string())
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM console_user WHERE id = ?")
            .bind(id.to_string())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn next_factor_version(&mut self, id: UserId) -> Result<u32, StoreError> {
        let version: Option<i64> =
            sqlx::query_scalar("SELECT factor_version FROM console_user WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&mut *self.0)
                .await
                .map_err(fault)?;
        let version = u32::try_from(version.unwrap_or(0)).unwrap_or(u32::MAX);
        Ok(version.saturating_add(1))
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn recovery_column(factor: Option<&SecondFactor>) -> Result<String, StoreError> {
    let left = factor.map_or(&[][..], |factor| &factor.recovery);
    let texts: Vec<String> = left.iter().map(|digest| HEXLOWER.encode(digest)).collect();
    serde_json::to_string(&texts).map_err(|error| corrupt(TABLE, error))
}

fn from_row(row: &SqliteRow) -> Result<User, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let time = |name: &str| {
        let micros = row.try_get::<Option<i64>, _>(name).map_err(fault)?;
        Ok::<_, StoreError>(micros.map(Timestamp::from_micros))
    };
    let wrong = |error: grantd_model::Invalid| corrupt(TABLE, error);
    let password: Option<String> = row.try_get("password").map_err(fault)?;
    Ok(User {
        id: text("id")?.parse().map_err(wrong)?,
        name: UserName::try_from(text("name")?).map_err(wrong)?,
        role: Role::try_from(text("role")?.as_str()).map_err(wrong)?,
        enabled: row.try_get("enabled").map_err(fault)?,
        password: password.map(PasswordHash::from_phc),
        second_factor: second_factor(row)?,
        created: Change {
            at: Timestamp::from_micros(row.try_get("created_at").map_err(fault)?),
            by: serde_json::from_str(&text("created_by")?)
                .map_err(|error| corrupt(TABLE, error))?,
        },
        signed_in_at: time("signed_in_at")?,
    })
}

fn second_factor(row: &SqliteRow) -> Result<Option<SecondFactor>, StoreError> {
    let secret: Option<Vec<u8>> = row.try_get("factor_secret").map_err(fault)?;
    let Some(secret) = secret else {
        return Ok(None);
    };
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let since: Option<i64> = row.try_get("factor_since").map_err(fault)?;
    let recovery: String = row.try_get("recovery").map_err(fault)?;
    let recovery: Vec<String> =
        serde_json::from_str(&recovery).map_err(|error| corrupt(TABLE, error))?;
    let recovery = recovery
        .iter()
        .map(|text| {
            let bytes = HEXLOWER.decode(text.as_bytes());
            let bytes = bytes.map_err(|error| corrupt(TABLE, error))?;
            let digest = bytes.try_into();
            digest.map_err(|_| corrupt(TABLE, "a digest has another length"))
        })
        .collect::<Result<_, _>>()?;
    Ok(Some(SecondFactor {
        secret: Sealed::from_bytes(secret),
        version: u32::try_from(number("factor_version")?).unwrap_or(0),
        confirmed_at: since.map(Timestamp::from_micros),
        last_step: u64::try_from(number("factor_step")?).unwrap_or(0),
        recovery,
    }))
}
