//! A user as the API shows one.

use grantd_engine::NewLink;
use grantd_model::{FieldError, Invalid, Role, Timestamp, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ServerSettings;
use crate::api::ActorOut;

/// A person who signs in at the console.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserOut {
    /// Names the user for ever.
    id: String,
    /// What the person types to sign in.
    name: String,
    /// What the person may do.
    role: RoleForm,
    /// Whether the person may sign in.
    enabled: bool,
    /// Whether the person has chosen a password.
    has_password: bool,
    /// Whether signing in takes a code besides the password.
    has_second_factor: bool,
    /// When the person last signed in.
    signed_in_at: Option<String>,
    /// When the user was made.
    created_at: String,
    /// Who made the user.
    created_by: ActorOut,
}

impl From<&User> for UserOut {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.to_string(),
            role: user.role.into(),
            enabled: user.enabled,
            has_password: user.password.is_some(),
            has_second_factor: user.has_second_factor(),
            signed_in_at: user.signed_in_at.as_ref().map(Timestamp::to_string),
            created_at: user.created.at.to_string(),
            created_by: (&user.created.by).into(),
        }
    }
}

/// What a person may do.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleForm {
    /// Everything.
    Admin,
    /// Makes and changes credentials.
    Editor,
    /// Looks at everything but users and keys.
    Viewer,
}

impl From<Role> for RoleForm {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Editor => Self::Editor,
            Role::Viewer => Self::Viewer,
        }
    }
}

/// A role by its name.
pub(super) fn role(text: &str) -> Result<Role, FieldError> {
    Role::try_from(text).map_err(|fault: Invalid| fault.at("/role"))
}

/// A link that lets somebody into the console once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkOut {
    /// The link; it is shown in this answer and never again.
    link: String,
    /// When it ends.
    link_expires_at: String,
}

impl LinkOut {
    /// The link as it is opened in a browser.
    pub(super) fn new(settings: &ServerSettings, link: &NewLink) -> Self {
        Self {
            link: settings.link_address(link).expose().clone(),
            link_expires_at: link.expires_at.to_string(),
        }
    }
}
