//! Sessions, and the links that let somebody in once.

use async_trait::async_trait;
use grantd_model::{
    Change, LinkPurpose, Session, SessionId, SessionStage, SignInLink, Timestamp, UserId,
};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{LinkReader, LinkWriter, SessionReader, SessionWriter, StoreError};

const SESSION: &str = "console_session";
const LINK: &str = "sign_in_link";

#[async_trait]
impl SessionReader for Repository<'_> {
    async fn by_digest(&mut self, digest: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query("SELECT * FROM console_session WHERE digest = ?")
            .bind(digest.as_slice())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(session).transpose()
    }

    async fn of_user(&mut self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM console_session WHERE user_id = ? AND stage = 'signed_in'
             ORDER BY seen_at DESC, id DESC LIMIT 200",
        )
        .bind(user.to_string())
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(session).collect()
    }
}

#[async_trait]
impl SessionWriter for Repository<'_> {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO console_session
             (id, digest, user_id, stage, created_at, seen_at, ends_at, address, agent)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(session.id.to_string())
        .bind(session.digest.as_slice())
        .bind(session.user.to_string())
        .bind(session.stage.name())
        .bind(session.created_at.as_micros())
        .bind(session.seen_at.as_micros())
        .bind(session.ends_at.as_micros())
        .bind(&session.address)
        .bind(&session.agent)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn seen(&mut self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE console_session SET seen_at = MAX(seen_at, ?) WHERE id = ?")
            .bind(at.as_micros())
            .bind(id.to_string())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(())
    }

    async fn delete(&mut self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM console_session WHERE id = ? AND user_id = ?")
            .bind(id.to_string())
            .bind(user.to_string())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn trim_waiting(&mut self, user: UserId, most: u32) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM console_session WHERE id IN
             (SELECT id FROM console_session WHERE user_id = ? AND stage = 'second_factor'
              ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?)",
        )
        .bind(user.to_string())
        .bind(most)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(done.rows_affected())
    }

    async fn delete_of(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM console_session WHERE user_id = ?1 AND (?2 IS NULL OR id <> ?2)",
        )
        .bind(user.to_string())
        .bind(except.map(|id| id.to_string()))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(done.rows_affected())
    }

    async fn prune(&mut self, now: Timestamp, seen: Timestamp) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM console_session WHERE ends_at <= ? OR seen_at <= ?")
            .bind(now.as_micros())
            .bind(seen.as_micros())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(done.rows_affected())
    }
}

#[async_trait]
impl LinkReader for Repository<'_> {
    async fn by_digest(&mut self, digest: &[u8; 32]) -> Result<Option<SignInLink>, StoreError> {
        let row = sqlx::query("SELECT * FROM sign_in_link WHERE digest = ?")
            .bind(digest.as_slice())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(link).transpose()
    }
}

#[async_trait]
impl LinkWriter for Repository<'_> {
    async fn insert(&mut self, link: &SignInLink) -> Result<(), StoreError> {
        let by = serde_json::to_string(&link.created.by).map_err(|error| corrupt(LINK, error))?;
        sqlx::query(
            "INSERT INTO sign_in_link (digest, purpose, user_id, created_at, created_by, expires_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(link.digest.as_slice())
        .bind(link.purpose.name())
        .bind(link.user.map(|user| user.to_string()))
        .bind(link.created.at.as_micros())
        .bind(by)
        .bind(link.expires_at.as_micros())
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn delete(&mut self, digest: &[u8; 32]) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM sign_in_link WHERE digest = ?")
            .bind(digest.as_slice())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn delete_of(&mut self, user: Option<UserId>) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM sign_in_link WHERE user_id IS ?")
            .bind(user.map(|user| user.to_string()))
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(done.rows_affected())
    }

    async fn prune(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM sign_in_link WHERE expires_at <= ?")
            .bind(now.as_micros())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(done.rows_affected())
    }
}

fn digest(row: &SqliteRow, table: &'static str) -> Result<[u8; 32], StoreError> {
    let bytes: Vec<u8> = row.try_get("digest").map_err(fault)?;
    let digest = bytes.try_into();
    digest.map_err(|_| corrupt(table, "a digest has another length"))
}

fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let time = |name: &str| {
        let micros = row.try_get::<i64, _>(name).map_err(fault)?;
        Ok::<_, StoreError>(Timestamp::from_micros(micros))
    };
    let wrong = |error: grantd_model::Invalid| corrupt(SESSION, error);
    Ok(Session {
        id: text("id")?.parse().map_err(wrong)?,
        digest: digest(row, SESSION)?,
        user: text("user_id")?.parse().map_err(wrong)?,
        stage: match text("stage")?.as_str() {
            "signed_in" => SessionStage::SignedIn,
            _ => SessionStage::SecondFactor,
        },
        created_at: time("created_at")?,
        seen_at: time("seen_at")?,
        ends_at: time("ends_at")?,
        address: text("address")?,
        agent: text("agent")?,
    })
}

fn link(row: &SqliteRow) -> Result<SignInLink, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let wrong = |error: grantd_model::Invalid| corrupt(LINK, error);
    let user: Option<String> = row.try_get("user_id").map_err(fault)?;
    let by = serde_json::from_str(&text("created_by")?).map_err(|error| corrupt(LINK, error))?;
    Ok(SignInLink {
        digest: digest(row, LINK)?,
        purpose: LinkPurpose::try_from(text("purpose")?.as_str()).map_err(wrong)?,
        user: user.map(|user| user.parse()).transpose().map_err(wrong)?,
        created: Change {
            at: Timestamp::from_micros(number("created_at")?),
            by,
        },
        expires_at: Timestamp::from_micros(number("expires_at")?),
    })
}
