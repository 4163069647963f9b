//! Stands for a plan: for what it was made from, and for all that it shows.

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

use super::{MemberChange, PlanItem, PlanOutcome};

/// How many bytes of it are written.
const BYTES: usize = 16;

/// The digest of these things.
pub(crate) fn of(items: &[PlanItem]) -> String {
    let mut written = Written(Context::new(&SHA256));
    for item in items {
        written.text(item.kind.name());
        written.text(&item.name);
        written.number(item.revision.map_or(0, |revision| revision.0));
        match &item.outcome {
            PlanOutcome::Create(members) => written.members("create", members),
            PlanOutcome::Update(members) => written.members("update", members),
            PlanOutcome::Unchanged => written.text("unchanged"),
            PlanOutcome::Refused(faults) => {
                written.text("refused");
                for fault in faults {
                    written.text(&fault.pointer);
                    written.text(fault.code);
                }
            }
        }
    }
    let digest = written.0.finish();
    let bytes = digest.as_ref();
    HEXLOWER.encode(bytes.get(..BYTES).unwrap_or(bytes))
}

struct Written(Context);

impl Written {
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
