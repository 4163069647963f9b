//! Stands for a plan: for all that it was made from and all that it shows.
//!
//! It covers what no plan shows as well: secrets, queries of addresses, CA bundles. So it is a MAC under a key
//! that is drawn when grantd starts: no secret can be guessed by it, and no plan outlives the process.

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};
use data_encoding::HEXLOWER;
use grantd_model::{
    CredentialDraft, Parameter, ParameterInput, Randomness, Secret, SecretInput, TokenEndpoint,
};

use super::{MemberChange, PlanItem, PlanOutcome, Wanted, WantedThings};

/// How many bytes of it are written.
const BYTES: usize = 16;

/// Makes digests of plans.
pub(crate) struct Digests(Key);

impl Digests {
    /// With a key of its own.
    pub(crate) fn new(random: &dyn Randomness) -> Self {
        let mut key = [0; 32];
        random.fill(&mut key);
        let key = Secret::new(key);
        Self(Key::new(HMAC_SHA256, key.expose()))
    }

    /// Begins with everything that is wanted.
    pub(super) fn begin(&self, things: &WantedThings) -> Written {
        let mut written = Written(Context::with_key(&self.0));
        written.wanted(things);
        written
    }
}

/// A digest while it is made.
pub(super) struct Written(Context);

impl Written {
    /// The digest, with what becomes of each thing.
    pub(super) fn end(mut self, items: &[PlanItem]) -> String {
        for item in items {
            self.item(item);
        }
        let tag = self.0.sign();
        let bytes = tag.as_ref();
        HEXLOWER.encode(bytes.get(..BYTES).unwrap_or(bytes))
    }

    /// What is wanted, as it is in memory: the form of it need not outlive the process.
    fn wanted(&mut self, things: &WantedThings) {
        for Wanted { name, thing } in &things.sources {
            self.text(name);
            if let Ok(thing) = thing {
                self.text(&format!("{:?}", thing.draft));
                self.number(u64::from(thing.secret.is_some()));
                self.secret(thing.secret.as_ref().unwrap_or(&SecretInput::Keep));
            }
        }
        for Wanted { name, thing } in &things.credentials {
            self.text(name);
            if let Ok(thing) = thing {
                self.text(&format!("{:?}", thing.kept));
                self.credential(&thing.draft);
            }
        }
        for Wanted { name, thing } in &things.listeners {
            self.text(name);
            self.text(&format!("{thing:?}"));
        }
    }

    fn credential(&mut self, draft: &CredentialDraft) {
        self.text(&format!("{:?}", draft.settings));
        self.text(&format!("{:?}", draft.authentication.method()));
        self.endpoint(&draft.settings.token_endpoint);
        self.secret(draft.authentication.secret());
        self.parameters(&draft.parameters);
        self.parameters(&draft.headers);
    }

    /// With its query, which is left out wherever it is shown.
    fn endpoint(&mut self, endpoint: &TokenEndpoint) {
        self.text(endpoint.url().as_str());
    }

    fn secret(&mut self, secret: &SecretInput) {
        self.text(&format!("{secret:?}"));
        if let SecretInput::Internal(secret) = secret {
            self.text(secret.expose());
        }
    }

    fn parameters(&mut self, parameters: &[Parameter<ParameterInput>]) {
        self.number(parameters.len() as u64);
        for parameter in parameters {
            self.text(&format!("{parameter:?}"));
            if let ParameterInput::Secret(secret) = &parameter.value {
                self.text(secret.expose());
            }
        }
    }

    fn item(&mut self, item: &PlanItem) {
        self.text(item.kind.name());
        self.text(&item.name);
        self.number(item.revision.map_or(0, |revision| revision.0));
        match &item.outcome {
            PlanOutcome::Create(members) => self.members("create", members),
            PlanOutcome::Update(members) => self.members("update", members),
            PlanOutcome::Unchanged => self.text("unchanged"),
            PlanOutcome::Refused(faults) => {
                self.text("refused");
                for fault in faults {
                    self.text(&fault.pointer);
                    self.text(fault.code);
                }
            }
        }
    }

    fn number(&mut self, number: u64) {
        self.0.update(&number.to_be_bytes());
    }

    /// With its length before it, so that no two lists of texts read alike.
    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.number(u64::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn members(&mut self, what: &str, members: &[MemberChange]) {
        self.text(what);
        self.number(members.len() as u64);
        for change in members {
            self.text(&change.member);
            self.optional(change.before.as_deref());
            self.optional(change.after.as_deref());
        }
    }
}

#[cfg(test)]
mod tests {
    use grantd_testkit::TestRandom;

    use super::*;

    #[test]
    fn it_is_another_one_under_another_key() {
        let digest = |seed| {
            let digests = Digests::new(&TestRandom::seeded(seed));
            digests.begin(&WantedThings::default()).end(&[])
        };
        assert_eq!(digest(1), digest(1));
        assert_ne!(digest(1), digest(2));
    }
}
