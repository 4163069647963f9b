//! A plan as the API shows it: never a secret.

use std::borrow::Cow;
use std::collections::BTreeMap;

use grantd_engine::{MemberChange, Plan, PlanItem, PlanOutcome, ThingKind};
use grantd_model::{FieldError, Notice};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::api::listeners::form::ListenerForm;
use crate::api::sources::form::{ReferenceForm, SourceSettingsForm};
use crate::credential_form::CredentialForm;
use crate::document;

/// What is to be, by name. What is not named is left alone.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of a document")]
#[schema(example = json!({"version": 1, "credentials": {"sales-email-credentials": {
    "name": "Sales Email Credentials", "client_id": "sales-email-listener",
    "client_secret": "${sales_secret}", "token_endpoint": "https://${login_host}/oauth2/token",
    "scope": "https://outlook.office365.com/.default"}}}))]
pub(crate) struct DocumentForm {
    /// 1.
    #[schema(minimum = 1, maximum = 1)]
    version: u64,
    /// Secret sources by name.
    #[schema(required = false)]
    sources: BTreeMap<String, SourceThing>,
    /// Credentials by slug, which is no member of theirs. A secret is a variable; one that is left out is kept.
    #[schema(required = false)]
    credentials: BTreeMap<String, CredentialThing>,
    /// Email listeners by slug.
    #[schema(required = false)]
    listeners: BTreeMap<String, ListenerThing>,
}

/// A credential in a document: as one is sent, but for its secret, which is a variable and can be read.
#[derive(Debug)]
#[expect(
    dead_code,
    reason = "documents the JSON form of a credential in a document"
)]
pub(crate) struct CredentialThing(CredentialForm);

impl utoipa::PartialSchema for CredentialThing {
    fn schema() -> RefOr<Schema> {
        let mut schema = <CredentialForm as utoipa::PartialSchema>::schema();
        if let RefOr::T(Schema::Object(form)) = &mut schema
            && let Some(RefOr::T(Schema::Object(secret))) = form.properties.get_mut("client_secret")
        {
            secret.write_only = None;
            secret.description = Some("A variable. Left out, the secret is kept.".to_owned());
        }
        schema
    }
}

impl ToSchema for CredentialThing {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("CredentialThing")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        CredentialForm::schemas(schemas);
    }
}

/// A secret source in a document.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "documents the JSON form of a source in a document"
)]
pub(crate) struct SourceThing {
    /// What grantd signs in with: a variable. Left out, it is kept.
    secret: Option<String>,
    /// Where what grantd signs in with is, instead of `secret`.
    secret_reference: Option<ReferenceForm>,
    /// What people set.
    #[schema(inline)]
    #[serde(flatten)]
    settings: SourceSettingsForm,
}

/// An email listener in a document.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "documents the JSON form of a listener in a document"
)]
pub(crate) struct ListenerThing {
    /// Whether it is stopped. Left out, it stays as it is, and a new one begins at once.
    paused: Option<bool>,
    /// What people set.
    #[schema(inline)]
    #[serde(flatten)]
    settings: ListenerForm,
}

/// A document with its variables.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanForm {
    /// What is to be.
    #[schema(value_type = DocumentForm)]
    pub(super) document: Value,
    /// What `${name}` stands for in its texts: texts, numbers, `true` or `false`.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    pub(super) variables: Map<String, Value>,
}

/// What applying a document would do, or did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanOut {
    /// Stands for the plan; whoever applies it shows it again.
    #[schema(example = "9f0c2b51d2f04c0f8d5f7c1e0a3b4d6e")]
    digest: String,
    /// The revision of each thing, null where it is not there.
    state: BTreeMap<String, Option<u64>>,
    /// How many things become what.
    summary: SummaryOut,
    /// Each thing that the document names.
    items: Vec<PlanItemOut>,
    /// What should be known of the document, such as a variable that it does not use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<crate::problem::FieldProblem>)]
    warnings: Vec<Notice>,
}

/// How many things become what.
#[derive(Debug, Default, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct SummaryOut {
    /// Added.
    pub(crate) create: usize,
    /// Changed.
    pub(crate) update: usize,
    /// As they are.
    pub(crate) unchanged: usize,
    /// Wrong, so that nothing can be applied.
    pub(crate) refused: usize,
}

/// A thing in a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanItemOut {
    /// `source`, `credential` or `listener`.
    #[schema(example = "credential")]
    kind: &'static str,
    /// Its name in the document.
    name: String,
    /// `create`, `update`, `unchanged` or `refused`.
    #[schema(example = "update")]
    action: &'static str,
    /// Its revision now, null where it is not there.
    revision: Option<u64>,
    /// The members that become others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<MemberChangeOut>,
    /// What is wrong, each by its place in the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<crate::problem::FieldProblem>)]
    errors: Vec<FieldError>,
}

/// A member that becomes another one; of a secret its version alone, or that it is given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberChangeOut {
    /// Which one.
    #[schema(example = "scope")]
    member: String,
    /// What it is, null if there is none.
    before: Option<String>,
    /// What it becomes, null if there is none then.
    after: Option<String>,
}

impl PlanOut {
    /// Shows a plan.
    pub(crate) fn new(plan: &Plan, warnings: Vec<Notice>) -> Self {
        let state = plan.basis().state.into_iter();
        Self {
            digest: plan.digest.clone(),
            state: state
                .map(|(place, revision)| (place, revision.map(|it| it.0)))
                .collect(),
            summary: summary(plan),
            items: plan.items.iter().map(PlanItemOut::from).collect(),
            warnings,
        }
    }
}

/// How many things become what.
pub(crate) fn summary(plan: &Plan) -> SummaryOut {
    let mut summary = SummaryOut::default();
    for item in &plan.items {
        let count = match item.outcome {
            PlanOutcome::Create(_) => &mut summary.create,
            PlanOutcome::Update(_) => &mut summary.update,
            PlanOutcome::Unchanged => &mut summary.unchanged,
            PlanOutcome::Refused(_) => &mut summary.refused,
        };
        *count += 1;
    }
    summary
}

/// The name of what becomes of a thing.
pub(crate) const fn action(outcome: &PlanOutcome) -> &'static str {
    match outcome {
        PlanOutcome::Create(_) => "create",
        PlanOutcome::Update(_) => "update",
        PlanOutcome::Unchanged => "unchanged",
        PlanOutcome::Refused(_) => "refused",
    }
}

/// The faults of a thing by their place in the body.
pub(crate) fn placed(item: &PlanItem) -> Vec<FieldError> {
    let PlanOutcome::Refused(faults) = &item.outcome else {
        return Vec::new();
    };
    let place = format!("{}/{}", document::PLACE, item.place());
    let placed = faults.iter().cloned().map(|mut fault| {
        fault.pointer.insert_str(0, &place);
        fault
    });
    placed.collect()
}

impl From<&PlanItem> for PlanItemOut {
    fn from(item: &PlanItem) -> Self {
        Self {
            kind: ThingKind::name(item.kind),
            name: item.name.clone(),
            action: action(&item.outcome),
            revision: item.revision.map(|it| it.0),
            changes: match &item.outcome {
                PlanOutcome::Create(changes) | PlanOutcome::Update(changes) => {
                    changes.iter().map(MemberChangeOut::from).collect()
                }
                PlanOutcome::Unchanged | PlanOutcome::Refused(_) => Vec::new(),
            },
            errors: placed(item),
        }
    }
}

impl From<&MemberChange> for MemberChangeOut {
    fn from(change: &MemberChange) -> Self {
        Self {
            member: change.member.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
        }
    }
}
