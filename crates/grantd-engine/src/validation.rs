//! Validate: tries settings at the real token endpoint, and tells each step with its outcome, its
//! time and, where it failed, what it means and what to do.
//!
//! Invariant: nothing is retried, nothing is kept of the token, and no step says a secret.

pub(crate) mod candidate;
mod idle;
pub(crate) mod limit;
mod probe;
mod steps;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{
    Action, Actor, AuditAction, Credential, CredentialDraft, HealthRecord, Invalid, ObjectId,
    ScopeSet, SecretEntry, TokenType,
};
use grantd_oauth::{LifetimeSource, TokenClaims, TokenResponse, TokenWarning, jwt_claims};
use grantd_secrets::Freshness;
use grantd_store::{StoreError, WriteUnit};
use url::Url;

use crate::directory::Effect;
use crate::token::attempt::order;
use crate::token::failure;
use crate::token::request::Asked;
use crate::{CredentialRef, Engine, EngineError, access};

pub use steps::{Step, StepKind, StepObserver, StepOutcome};
use watch::Watch;

/// What is to be validated.
#[derive(Debug)]
pub enum ValidationSubject {
    /// Settings that are not kept yet.
    Draft(Box<CredentialDraft>),
    /// A credential as it is.
    Saved(CredentialRef),
    /// A credential with the secret that is to take the place of the current one.
    NextSecret(CredentialRef),
    /// A credential as an edit would make it.
    Edited(CredentialRef, Box<CredentialDraft>),
}

/// What is to be validated, and what is to be tried with the token.
#[derive(Debug)]
pub struct ValidationRequest {
    /// The settings.
    pub subject: ValidationSubject,
    /// A resource that is asked for with the token (GET), on a bound host.
    pub probe: Option<Url>,
}

/// How a validation ended.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Whether every step was done.
    pub succeeded: bool,
    /// The steps in order, up to the one that failed.
    pub steps: Vec<Step>,
    /// How long it took.
    pub duration: Duration,
    /// What is known of the token, if there was one; never the token.
    pub token: Option<TokenFacts>,
    /// What was unusual about the answer.
    pub warnings: Vec<TokenWarning>,
}

/// What is known of a token that was got to validate settings.
#[derive(Debug, Clone)]
pub struct TokenFacts {
    /// How it is to be shown.
    pub token_type: TokenType,
    /// How long it lives.
    pub lifetime: Duration,
    /// Where that is from.
    pub lifetime_source: LifetimeSource,
    /// The scopes asked for.
    pub asked_scope: Option<ScopeSet>,
    /// The scopes granted, where the server said so or none differ.
    pub granted_scope: Option<ScopeSet>,
    /// What it says of itself, where it is a JWT; unverified.
    pub claims: Option<TokenClaims>,
}

impl Engine {
    /// Tries settings at the real token endpoint, with the current secret, once. Success with
    /// settings as they are kept lets tokens be asked for at once, whatever failed before.
    ///
    /// # Errors
    /// Without a grant to manage the credential; when values are wrong, a secret is kept although
    /// what it is bound to changes, or too much is validated. That the settings do not work is no
    /// error, but a step that failed.
    pub async fn validate(
        &self,
        actor: &Actor,
        request: ValidationRequest,
        observer: Option<Arc<dyn StepObserver>>,
    ) -> Result<Validation, EngineError> {
        let of_next = matches!(request.subject, ValidationSubject::NextSecret(_));
        let is_kept = of_next || matches!(request.subject, ValidationSubject::Saved(_));
        let (credential, kept_up_to) = self.candidate(actor, request.subject).await?;
        check_probe(&credential, request.probe.as_ref())?;
        let target = credential.settings.token_endpoint.origin();
        self.validations().take(actor, &target, self.moment())?;
        let (engine, actor) = (self.clone(), actor.clone());
        self.to_the_end(async move {
            let entry = if of_next {
                next_secret(&credential)?
            } else {
                engine.entry_to_try(&credential)
            };
            let validation = engine
                .try_out(
                    (&credential, entry),
                    kept_up_to,
                    request.probe.as_ref(),
                    observer,
                )
                .await;
            // that the next secret does not work yet says nothing of the one in use
            let counts = is_kept && (!of_next || validation.token.is_some());
            engine
                .conclude_validation(&actor, (&credential, entry), counts, &validation)
                .await?;
            Ok(validation)
        })
        .await
    }

    /// What is tried, and up to which version its secrets are kept: later ones were only typed.
    async fn candidate(
        &self,
        actor: &Actor,
        subject: ValidationSubject,
    ) -> Result<(Credential, u32), EngineError> {
        match subject {
            ValidationSubject::Draft(draft) => Ok((self.candidate_of_draft(actor, *draft)?, 0)),
            ValidationSubject::Edited(wanted, draft) => {
                self.candidate_of_edit(actor, &wanted, *draft).await
            }
            ValidationSubject::Saved(wanted) | ValidationSubject::NextSecret(wanted) => {
                let known = self.known(&wanted).await?;
                access::on_credential(actor, Action::Manage, &known.credential)
                    .map_err(|error| crate::credentials::update::hide(error, &wanted))?;
                Ok((Credential::clone(&known.credential), u32::MAX))
            }
        }
    }

    async fn try_out(
        &self,
        (credential, entry): (&Credential, &SecretEntry),
        kept_up_to: u32,
        probe: Option<&Url>,
        observer: Option<Arc<dyn StepObserver>>,
    ) -> Validation {
        let begun = self.moment().boot;
        let watch = Arc::new(Watch::new(observer, Arc::clone(&self.parts().clock)));
        let response = self
            .try_steps(credential, (entry, kept_up_to), &watch)
            .await;
        let mut succeeded = response.is_some();
        let mut validation = Validation {
            succeeded,
            steps: Vec::new(),
            duration: Duration::ZERO,
            token: None,
            warnings: Vec::new(),
        };
        if let Some((response, claims)) = response {
            if let Some(url) = probe {
                succeeded = self.probe(credential, &response, url, &watch).await;
            }
            validation.token = Some(facts(credential, &response, claims));
            validation.warnings = response.warnings;
        }
        Validation {
            succeeded,
            steps: watch.steps(),
            duration: self.moment().boot.saturating_sub(begun),
            ..validation
        }
    }

    /// All steps up to the token; none if one failed.
    async fn try_steps(
        &self,
        credential: &Credential,
        (entry, kept_up_to): (&SecretEntry, u32),
        watch: &Arc<Watch>,
    ) -> Option<(TokenResponse, Option<TokenClaims>)> {
        watch.begin(StepKind::Secret);
        let material = match self.material(credential, entry, Freshness::PastCache).await {
            Ok(material) => material,
            Err(error) => {
                watch.fail(&error);
                return None;
            }
        };
        watch.done(steps::secret_detail(
            entry,
            entry.version <= kept_up_to,
            &material.identity,
        ));
        let asked = Asked {
            scope: credential.settings.scope.scopes(),
            claims: None,
        };
        let answered = self
            .request_token(credential, &material, asked, Some(watch.clone()))
            .await;
        match answered {
            Ok(response) => {
                watch.begin_again(StepKind::TokenResponse);
                watch.done(format!(
                    "{}, {} s",
                    response.access_token.token_type,
                    response.lifetime.as_secs()
                ));
                let token = &response.access_token.value;
                let claims = jwt_claims(token, &material.secrets());
                Some((response, claims))
            }
            Err(error) => {
                watch.fail_where_it_is(&error);
                None
            }
        }
    }

    /// The secret that requests are made with: the one that was accepted last, which during a
    /// rotation may be the next one, else the current one.
    fn entry_to_try<'a>(&self, credential: &'a Credential) -> &'a SecretEntry {
        let known = self.directory().get(&CredentialRef::Id(credential.id));
        let accepted = known.map_or(0, |known| known.tokens.accepted());
        order(credential, accepted).0
    }

    async fn conclude_validation(
        &self,
        actor: &Actor,
        (credential, entry): (&Credential, &SecretEntry),
        counts: bool,
        validation: &Validation,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let failed = validation
            .steps
            .iter()
            .find(|step| step.outcome == StepOutcome::Failed);
        let mut detail = vec![(
            "result".to_owned(),
            if validation.succeeded {
                "done"
            } else {
                "failed"
            }
            .to_owned(),
        )];
        if let Some(step) = failed {
            detail.push(("step".to_owned(), step.kind.name().to_owned()));
            detail.push(("cause".to_owned(), step.detail.clone()));
        }
        let object = (
            ObjectId::from(credential.id),
            credential.settings.name.as_str(),
        );
        let mut unit = self.parts().store.write().await?;
        let action = AuditAction::CredentialValidate;
        self.record(unit.as_mut(), now, actor, action, object, detail)
            .await?;
        // what was found of settings that are not those of now says nothing of them
        let is_current = counts && is_of_now(unit.as_mut(), credential).await?;
        if is_current {
            let before = unit.history().health(&[credential.id]).await?.pop();
            let generation = credential.token_generation;
            let record = match failed.filter(|step| step.kind != StepKind::Probe) {
                None => HealthRecord::succeeded(generation, now),
                Some(step) => HealthRecord::failed(
                    before.map(|(_, record)| record),
                    generation,
                    now,
                    (
                        step.class.unwrap_or("failed").to_owned(),
                        step.detail.clone(),
                        step.remedy.clone(),
                    ),
                ),
            };
            unit.history().put_health(credential.id, &record).await?;
            if validation.token.is_some() {
                unit.credentials()
                    .secret_used(credential.id, entry.version, now)
                    .await?;
            }
        }
        self.commit(unit, Effect::Nothing).await?;
        // what is not held has nothing to cool down
        if is_current
            && validation.token.is_some()
            && let Some(known) = self.directory().get(&CredentialRef::Id(credential.id))
        {
            known.tokens.end_cool_downs();
        }
        Ok(())
    }
}

/// The secret that is to take the place of the current one.
fn next_secret(credential: &Credential) -> Result<&SecretEntry, EngineError> {
    let next = credential.authentication.secret().next.last();
    next.ok_or_else(|| {
        let detail = "a credential to which a next secret was added is expected";
        EngineError::field(Invalid::new("no_next_secret", detail).at(""))
    })
}

/// Whether the credential still is as it was tried.
async fn is_of_now(unit: &mut dyn WriteUnit, credential: &Credential) -> Result<bool, StoreError> {
    let now = unit.credentials().by_id(credential.id).await?;
    Ok(now.is_some_and(|now| now.token_generation == credential.token_generation))
}

fn check_probe(credential: &Credential, probe: Option<&Url>) -> Result<(), EngineError> {
    let Some(url) = probe else { return Ok(()) };
    let fault = probe::check(&credential.settings.bound_hosts, url);
    fault.map_err(|fault| EngineError::field(fault.at("/probe_url")))
}

fn facts(
    credential: &Credential,
    response: &TokenResponse,
    claims: Option<TokenClaims>,
) -> TokenFacts {
    let token = &response.access_token;
    TokenFacts {
        token_type: token.token_type.clone(),
        lifetime: response.lifetime,
        lifetime_source: response.lifetime_source,
        asked_scope: credential.settings.scope.scopes().cloned(),
        granted_scope: token.scope.clone(),
        claims,
    }
}

/// What a failure means, where that is known.
pub(crate) fn meaning(error: &EngineError) -> Option<String> {
    match error {
        EngineError::Token(error) => {
            grantd_oauth::explain(error).map(|explanation| explanation.meaning.to_owned())
        }
        _ => None,
    }
}

/// What can be done about a failure, where that is known.
pub(crate) fn remedy(error: &EngineError) -> Option<String> {
    failure::remedy(error)
}
