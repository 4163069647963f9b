//! Links that let somebody in once: the first admin, a user who chooses a password.

use std::time::Duration;

use grantd_model::{
    Action, Actor, AuditAction, Change, Invalid, LinkPurpose, ObjectId, Role, Secret, SessionStage,
    SignInLink, Timestamp, User, UserId, UserName,
};
use grantd_store::WriteUnit;

use super::sessions::{NewSession, Visitor, actor_of};
use super::{code, password};
use crate::directory::Effect;
use crate::{Engine, EngineError, access};

/// How long the first admin has.
const SETUP: Duration = Duration::from_mins(15);

/// How long a user has who was sent a link.
const PASSWORD: Duration = Duration::from_hours(24);

/// What links begin with, so that they are known when they are found somewhere.
const PREFIX: &str = "gl_";

/// A link that has just been made.
#[derive(Debug)]
pub struct NewLink {
    /// Its code; it can not be had again.
    pub code: Secret<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a link offers to whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOffer {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// For whom; absent where the user is yet to be made.
    pub user: Option<UserName>,
}

/// What whoever has a link makes of it.
#[derive(Debug)]
pub enum LinkUse {
    /// The first admin.
    Setup {
        /// The user name.
        name: UserName,
        /// The password.
        password: Secret<String>,
    },
    /// A password is chosen.
    Password(Secret<String>),
    /// The user is signed in at once.
    SignIn,
}

impl Engine {
    /// Whether nobody can sign in and administer yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn needs_setup(&self) -> Result<bool, EngineError> {
        let mut unit = self.parts().store.read().await?;
        Ok(unit.users().count_working_admins().await? == 0)
    }

    /// Makes the link by which the first admin gets in, for 15 minutes; earlier ones end. None where
    /// there is an admin already.
    ///
    /// # Errors
    /// Without a grant to administer.
    pub async fn create_setup_link(&self, actor: &Actor) -> Result<Option<NewLink>, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.write().await?;
        if unit.users().count_working_admins().await? > 0 {
            return Ok(None);
        }
        unit.links().delete_of(None).await?;
        let link = self
            .add_link(unit.as_mut(), actor, LinkPurpose::Setup, None, SETUP)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(Some(link))
    }

    /// Makes a link by which the user chooses a password, for a day; earlier ones end.
    ///
    /// # Errors
    /// Without a grant to administer; for oneself, who shows the present password instead; when there
    /// is no such user.
    pub async fn create_password_link(
        &self,
        actor: &Actor,
        user: UserId,
    ) -> Result<NewLink, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        super::manage::not_oneself(actor, user, "")?;
        self.create_user_link(actor, user, LinkPurpose::Password, PASSWORD)
            .await
    }

    /// Makes a link by which the user is signed in at once. It is for the program itself, which
    /// shows it to whoever started it; nobody else signs in as somebody else.
    ///
    /// # Errors
    /// For anybody but the program itself; when there is no such user.
    pub async fn create_sign_in_link(
        &self,
        actor: &Actor,
        user: UserId,
        lasts: Duration,
    ) -> Result<NewLink, EngineError> {
        if !matches!(actor, Actor::System) {
            let detail = "only the program itself makes links that sign in at once";
            return Err(EngineError::BeyondGrants(detail.to_owned()));
        }
        self.create_user_link(actor, user, LinkPurpose::SignIn, lasts)
            .await
    }

    async fn create_user_link(
        &self,
        actor: &Actor,
        user: UserId,
        purpose: LinkPurpose,
        lasts: Duration,
    ) -> Result<NewLink, EngineError> {
        let mut unit = self.parts().store.write().await?;
        let found = unit.users().by_id(user).await?;
        let user = found.ok_or_else(|| super::manage::missing(&user))?;
        if !user.enabled {
            let detail = "a user who may sign in is expected; enable the user first";
            return Err(EngineError::field(Invalid::new("disabled", detail).at("")));
        }
        unit.links().delete_of(Some(user.id)).await?;
        let link = self
            .add_link(unit.as_mut(), actor, purpose, Some(user.id), lasts)
            .await?;
        let object = (ObjectId::from(user.id), user.name.as_str());
        let detail = vec![("purpose".to_owned(), purpose.name().to_owned())];
        let (now, action) = (self.now(), AuditAction::UserLink);
        self.record(unit.as_mut(), now, actor, action, object, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(link)
    }

    pub(super) async fn add_link(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        purpose: LinkPurpose,
        user: Option<UserId>,
        lasts: Duration,
    ) -> Result<NewLink, EngineError> {
        let now = self.now();
        let code = code::new(PREFIX, self.random());
        let expires_at = now.plus(lasts);
        let link = SignInLink {
            digest: code::digest_of(code.expose()),
            purpose,
            user,
            created: Change {
                at: now,
                by: actor.reference(),
            },
            expires_at,
        };
        unit.links().insert(&link).await?;
        Ok(NewLink { code, expires_at })
    }

    /// What a link offers, without using it.
    ///
    /// # Errors
    /// When there is no such link, or it is over.
    pub async fn open_link(&self, text: &str) -> Result<LinkOffer, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let link = unit.links().by_digest(&digest(text)).await?;
        let link = link.filter(|link| self.now() < link.expires_at);
        let link = link.ok_or(NO_LINK)?;
        let user = match link.user {
            Some(id) => {
                let user = unit.users().by_id(id).await?;
                Some(user.filter(|user| user.enabled).ok_or(NO_LINK)?.name)
            }
            None => None,
        };
        Ok(LinkOffer {
            purpose: link.purpose,
            user,
        })
    }

    /// Uses a link, which is over then, and begins a session.
    ///
    /// # Errors
    /// When there is no such link, it is over or for something else, or the password will not do.
    pub async fn use_link(
        &self,
        text: &str,
        wanted: LinkUse,
        visitor: &Visitor,
    ) -> Result<NewSession, EngineError> {
        let offer = self.open_link(text).await?;
        let hash = match &wanted {
            LinkUse::Setup { name, password } => {
                check(password, name)?;
                Some(self.hash_password(password.clone()).await?)
            }
            LinkUse::Password(password) => {
                if let Some(name) = &offer.user {
                    check(password, name)?;
                }
                Some(self.hash_password(password.clone()).await?)
            }
            LinkUse::SignIn => None,
        };
        let mut unit = self.parts().store.write().await?;
        let link = unit.links().by_digest(&digest(text)).await?;
        let link = link.filter(|link| self.now() < link.expires_at);
        let link = link.ok_or(NO_LINK)?;
        unit.links().delete(&link.digest).await?;
        let user = match (wanted, link.purpose, link.user) {
            (LinkUse::Setup { name, .. }, LinkPurpose::Setup, None) => {
                self.first_admin(unit.as_mut(), name, hash).await?
            }
            (LinkUse::Password(_), LinkPurpose::Password, Some(id)) => {
                let before = unit.users().by_id(id).await?.ok_or(NO_LINK)?;
                let after = User {
                    password: hash,
                    ..before
                };
                unit.users().update(&after).await?;
                unit.sessions().delete_of(after.id, None).await?;
                after
            }
            (LinkUse::SignIn, LinkPurpose::SignIn, Some(id)) => {
                unit.users().by_id(id).await?.ok_or(NO_LINK)?
            }
            _ => return Err(NO_LINK),
        };
        if !user.enabled {
            return Err(NO_LINK);
        }
        if link.purpose != LinkPurpose::SignIn {
            let object = (ObjectId::from(user.id), user.name.as_str());
            let (now, action) = (self.now(), AuditAction::PasswordSet);
            let actor = actor_of(&user);
            self.record(unit.as_mut(), now, &actor, action, object, Vec::new())
                .await?;
        }
        let stage = if user.has_second_factor() {
            SessionStage::SecondFactor
        } else {
            SessionStage::SignedIn
        };
        let session = self
            .begin_session(unit.as_mut(), &user, stage, visitor)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(session)
    }

    async fn first_admin(
        &self,
        unit: &mut dyn WriteUnit,
        name: UserName,
        password: Option<grantd_model::PasswordHash>,
    ) -> Result<User, EngineError> {
        if unit.users().count_working_admins().await? > 0 {
            return Err(NO_LINK);
        }
        let now = self.now();
        let user = User {
            id: UserId::new(now, self.random()),
            name,
            role: Role::Admin,
            enabled: true,
            password,
            second_factor: None,
            created: Change {
                at: now,
                by: Actor::System.reference(),
            },
            signed_in_at: None,
        };
        super::manage::insert(unit, &user).await?;
        let object = (ObjectId::from(user.id), user.name.as_str());
        let detail = vec![("role".to_owned(), user.role.name().to_owned())];
        let (actor, action) = (Actor::System, AuditAction::UserCreate);
        self.record(unit, now, &actor, action, object, detail)
            .await?;
        Ok(user)
    }
}

const NO_LINK: EngineError =
    EngineError::Unauthenticated("the link is not valid: it was used, or its time is over");

/// People copy a whole address, or only what is behind its `#`.
fn digest(text: &str) -> [u8; 32] {
    let code = text.rsplit_once('#').map_or(text, |(_, code)| code);
    code::digest_of(code.trim())
}

fn check(password: &Secret<String>, name: &UserName) -> Result<(), EngineError> {
    let checked = password::check(password, name.as_str());
    checked.map_err(|fault: Invalid| EngineError::field(fault.at("/password")))
}
