//! Who may sign in: made, listed, changed and deleted by an admin.

use std::fmt::Display;
use std::time::Duration;

use grantd_model::{
    Action, Actor, AuditAction, Change, Invalid, LinkPurpose, ObjectId, Role, User, UserId,
    UserName,
};
use grantd_store::{StoreError, Taken, WriteUnit};

use super::links::NewLink;
use crate::directory::Effect;
use crate::{Engine, EngineError, Listing, access, cursor};

/// How long a new user has to choose a password.
const WELCOME: Duration = Duration::from_hours(24);

/// What is to be another at a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserChange {
    /// What the person may do.
    pub role: Option<Role>,
    /// Whether the person may sign in.
    pub enabled: Option<bool>,
}

impl UserChange {
    /// Another role.
    #[must_use]
    pub const fn role(role: Role) -> Self {
        Self {
            role: Some(role),
            enabled: None,
        }
    }

    /// May sign in, or no more.
    #[must_use]
    pub const fn enabled(enabled: bool) -> Self {
        Self {
            role: None,
            enabled: Some(enabled),
        }
    }

    const fn pointer(self) -> &'static str {
        match self.role {
            Some(_) => "/role",
            None => "/enabled",
        }
    }
}

impl Engine {
    /// Makes a user, who chooses a password by the link.
    ///
    /// # Errors
    /// Without a grant to administer; when the name is taken.
    pub async fn create_user(
        &self,
        actor: &Actor,
        name: UserName,
        role: Role,
    ) -> Result<(User, NewLink), EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let now = self.now();
        let user = User {
            id: UserId::new(now, self.random()),
            name,
            role,
            enabled: true,
            password: None,
            second_factor: None,
            created: Change {
                at: now,
                by: actor.reference(),
            },
            signed_in_at: None,
        };
        let mut unit = self.parts().store.write().await?;
        insert(unit.as_mut(), &user).await?;
        let purpose = LinkPurpose::Password;
        let link = self
            .add_link(unit.as_mut(), actor, purpose, Some(user.id), WELCOME)
            .await?;
        let detail = vec![("role".to_owned(), role.name().to_owned())];
        self.put_user(unit, actor, &user, (AuditAction::UserCreate, detail))
            .await?;
        Ok((user, link))
    }

    /// A page of all users, by name.
    ///
    /// # Errors
    /// Without a grant to administer; when limit or cursor are wrong.
    pub async fn list_users(
        &self,
        actor: &Actor,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Listing<User>, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let page = cursor::page(limit, cursor, "users")?;
        let mut unit = self.parts().store.read().await?;
        let page = unit.users().page(&page).await?;
        Ok(cursor::listing(page, "users"))
    }

    /// One user, by id or name.
    ///
    /// # Errors
    /// Without a grant to administer, or when there is none.
    pub async fn get_user(&self, actor: &Actor, wanted: &str) -> Result<User, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.read().await?;
        let found = match wanted.parse::<UserId>() {
            Ok(id) => unit.users().by_id(id).await?,
            Err(_) => unit.users().by_name(wanted).await?,
        };
        found.ok_or_else(|| missing(&wanted))
    }

    /// Gives a user another role, from the next page on, or lets a user sign in again or no more: all
    /// sessions end then.
    ///
    /// # Errors
    /// Without a grant to administer; of oneself; when nobody could administer any more.
    pub async fn update_user(
        &self,
        actor: &Actor,
        id: UserId,
        change: UserChange,
    ) -> Result<User, EngineError> {
        let pointer = change.pointer();
        let (mut unit, before) = self.to_change(actor, id, pointer).await?;
        let mut detail = Vec::new();
        let mut after = before.clone();
        if let Some(role) = change.role.filter(|role| *role != before.role) {
            let text = format!("{} → {}", before.role.name(), role.name());
            detail.push(("role".to_owned(), text));
            after.role = role;
        }
        if let Some(enabled) = change.enabled.filter(|enabled| *enabled != before.enabled) {
            detail.push(("enabled".to_owned(), enabled.to_string()));
            after.enabled = enabled;
        }
        if detail.is_empty() {
            return Ok(before);
        }
        unit.users().update(&after).await?;
        if before.enabled && !after.enabled {
            unit.sessions().delete_of(id, None).await?;
            unit.links().delete_of(Some(id)).await?;
        }
        self.check_admin_left(unit.as_mut(), pointer).await?;
        self.put_user(unit, actor, &after, (AuditAction::UserUpdate, detail))
            .await?;
        Ok(after)
    }

    /// Deletes a user; what the user did stays in the audit log.
    ///
    /// # Errors
    /// Without a grant to administer; of oneself; when nobody could administer any more.
    pub async fn delete_user(&self, actor: &Actor, id: UserId) -> Result<(), EngineError> {
        let (mut unit, user) = self.to_change(actor, id, "").await?;
        unit.users().delete(id).await?;
        self.check_admin_left(unit.as_mut(), "").await?;
        self.put_user(unit, actor, &user, (AuditAction::UserDelete, Vec::new()))
            .await
    }

    pub(super) async fn to_change(
        &self,
        actor: &Actor,
        id: UserId,
        pointer: &str,
    ) -> Result<(Box<dyn WriteUnit>, User), EngineError> {
        access::everywhere(actor, Action::Admin)?;
        not_oneself(actor, id, pointer)?;
        let mut unit = self.parts().store.write().await?;
        let user = unit.users().by_id(id).await?;
        let user = user.ok_or_else(|| missing(&id))?;
        Ok((unit, user))
    }

    /// Somebody can still administer, unless nobody could before.
    async fn check_admin_left(
        &self,
        unit: &mut dyn WriteUnit,
        pointer: &str,
    ) -> Result<(), EngineError> {
        if unit.users().count_working_admins().await? > 0 || self.needs_setup().await? {
            return Ok(());
        }
        let detail = "an admin who can sign in has to be left; this is the last one";
        Err(EngineError::field(
            Invalid::new("last_admin", detail).at(pointer),
        ))
    }

    async fn put_user(
        &self,
        mut unit: Box<dyn WriteUnit>,
        actor: &Actor,
        user: &User,
        (action, detail): (AuditAction, Vec<(String, String)>),
    ) -> Result<(), EngineError> {
        let object = (ObjectId::from(user.id), user.name.as_str());
        let now = self.now();
        self.record(unit.as_mut(), now, actor, action, object, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await
    }
}

/// Nobody does this to oneself: a session that somebody else got hold of must not become an account.
pub(super) fn not_oneself(actor: &Actor, id: UserId, pointer: &str) -> Result<(), EngineError> {
    if matches!(actor, Actor::User { id: own, .. } if *own == id) {
        let detail = "another user than oneself is expected";
        return Err(EngineError::field(
            Invalid::new("oneself", detail).at(pointer),
        ));
    }
    Ok(())
}

/// Says that there is no such user.
pub(super) fn missing(wanted: &dyn Display) -> EngineError {
    EngineError::NotFound {
        what: "user",
        name: wanted.to_string(),
    }
}

/// Adds a user, or says that the name is taken.
pub(super) async fn insert(unit: &mut dyn WriteUnit, user: &User) -> Result<(), EngineError> {
    match unit.users().insert(user).await {
        Err(StoreError::Taken(Taken::UserName)) => {
            let detail = "a user name that nobody else has is expected, without regard to case";
            Err(EngineError::field(
                Invalid::new("taken", detail).at("/name"),
            ))
        }
        inserted => Ok(inserted?),
    }
}
