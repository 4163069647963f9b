//! An API key as the API shows it, and its grants on their way in.

use std::collections::{BTreeMap, BTreeSet};

use grantd_model::{
    Action, ApiKey, Grant, Invalid, LabelKey, LabelSelector, LabelValue, Labels, ObjectId,
    ScopeLimit, ScopeSet, Target, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::ActorOut;

/// An API key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyOut {
    /// Names it for ever.
    id: String,
    /// What people call it.
    name: String,
    /// What its holder may do.
    grants: Vec<GrantForm>,
    /// When it was made.
    created_at: String,
    /// Who made it.
    created_by: ActorOut,
    /// When it ends.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
}

impl From<&ApiKey> for KeyOut {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.to_string(),
            grants: key.grants.iter().map(GrantForm::from).collect(),
            created_at: key.created.at.to_string(),
            created_by: (&key.created.by).into(),
            expires_at: key.expires_at.as_ref().map(Timestamp::to_string),
            revoked_at: key.revoked_at.as_ref().map(Timestamp::to_string),
        }
    }
}

/// One thing that is allowed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantForm {
    /// What may be done: `admin` includes `manage`, `manage` includes `read`; `token` and `use`
    /// (of HTTP consumers) stand alone.
    action: ActionForm,
    /// To what.
    on: TargetForm,
    /// With which scopes, where the action is `token`; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<ScopesForm>,
}

/// What may be done.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActionForm {
    Read,
    Token,
    Use,
    Manage,
    Admin,
}

/// To what.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TargetForm {
    /// Everything, now and later.
    All,
    /// These things, by id.
    Ids(Vec<String>),
    /// What carries every one of these labels.
    Labels(BTreeMap<String, String>),
}

/// With which scopes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ScopesForm {
    /// Those of the credential.
    Any,
    /// These at most, divided by spaces.
    Set(String),
}

impl GrantForm {
    /// Parses it.
    ///
    /// # Errors
    /// The place below the grant, and what is expected there.
    pub(crate) fn parse(self) -> Result<Grant, (String, Invalid)> {
        let action = match self.action {
            ActionForm::Read => Action::Read,
            ActionForm::Token => Action::Token,
            ActionForm::Use => Action::Use,
            ActionForm::Manage => Action::Manage,
            ActionForm::Admin => Action::Admin,
        };
        let on = match self.on {
            TargetForm::All => Target::All,
            TargetForm::Ids(ids) => Target::Ids(parse_ids(ids)?),
            TargetForm::Labels(labels) => Target::Labels(parse_labels(labels)?),
        };
        let scopes = match self.scopes {
            None | Some(ScopesForm::Any) => ScopeLimit::Any,
            Some(ScopesForm::Set(scopes)) => {
                let scopes =
                    ScopeSet::parse(&scopes).map_err(|fault| ("/scopes/set".to_owned(), fault))?;
                ScopeLimit::Set(scopes)
            }
        };
        if action != Action::Token && matches!(scopes, ScopeLimit::Set(_)) {
            let fault = Invalid::new(
                "not_with_this_action",
                "scopes are expected with the action `token` alone",
            );
            return Err(("/scopes".to_owned(), fault));
        }
        Ok(Grant { action, on, scopes })
    }
}

fn parse_ids(ids: Vec<String>) -> Result<BTreeSet<ObjectId>, (String, Invalid)> {
    if ids.is_empty() {
        return Err((
            "/on/ids".to_owned(),
            Invalid::new("required", "at least one id is expected"),
        ));
    }
    let one = |(position, id): (usize, String)| {
        ObjectId::try_from(id).map_err(|fault| (format!("/on/ids/{position}"), fault))
    };
    ids.into_iter().enumerate().map(one).collect()
}

fn parse_labels(labels: BTreeMap<String, String>) -> Result<LabelSelector, (String, Invalid)> {
    let at = |fault| ("/on/labels".to_owned(), fault);
    if labels.is_empty() {
        return Err(at(Invalid::new(
            "required",
            "at least one label is expected",
        )));
    }
    let mut parsed = BTreeMap::new();
    for (key, value) in labels {
        parsed.insert(
            LabelKey::try_from(key).map_err(at)?,
            LabelValue::try_from(value).map_err(at)?,
        );
    }
    Labels::try_from(parsed).map(LabelSelector).map_err(at)
}

impl From<&Grant> for GrantForm {
    fn from(grant: &Grant) -> Self {
        let action = match grant.action {
            Action::Read => ActionForm::Read,
            Action::Token => ActionForm::Token,
            Action::Use => ActionForm::Use,
            Action::Manage => ActionForm::Manage,
            Action::Admin => ActionForm::Admin,
        };
        let on = match &grant.on {
            Target::All => TargetForm::All,
            Target::Ids(ids) => TargetForm::Ids(ids.iter().map(ToString::to_string).collect()),
            Target::Labels(LabelSelector(labels)) => TargetForm::Labels(
                labels
                    .iter()
                    .map(|(key, value)| (key.to_string(), value.to_string()))
                    .collect(),
            ),
        };
        let scopes = match &grant.scopes {
            ScopeLimit::Any => None,
            ScopeLimit::Set(scopes) => Some(ScopesForm::Set(scopes.to_string())),
        };
        Self { action, on, scopes }
    }
}
