//! Two people at the same form: what each field is to be, and what differs. Nothing is undone unseen.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use grantd_model::Change;

use super::form::Form;
use super::show::{Markup, actor};
use super::texts::Texts;
use super::visit::Visit;

/// The fields of a form.
pub(super) struct Fields {
    /// Those that hold one value.
    pub(super) single: &'static [&'static str],
    /// What stands in more than one field: its label's field, and the fields.
    pub(super) groups: &'static [(&'static str, &'static [&'static str])],
    /// The key of a field's label.
    pub(super) label: fn(&str) -> &'static str,
    /// A value to compare and to read.
    pub(super) words: fn(&Texts, &Form, &str) -> String,
}

/// A value that somebody else changed meanwhile.
pub(crate) struct Differs {
    pub(crate) label: String,
    pub(crate) mine: String,
    pub(crate) theirs: String,
    /// Whether the form has mine.
    pub(crate) is_mine: bool,
    /// Whether both changed it, so that one of them has to go.
    pub(crate) by_both: bool,
}

/// Somebody changed the object while the form was being filled.
pub(crate) struct Stale {
    pub(crate) who: String,
    pub(crate) when: Markup,
    pub(crate) differ: Vec<Differs>,
}

impl Fields {
    /// What each field is to be, and which of them somebody else changed or both did.
    pub(super) fn merge(
        &self,
        t: &Texts,
        mine: &Form,
        base: &Form,
        theirs: &Form,
    ) -> (Form, Vec<Differs>) {
        let mut merged = mine.clone();
        let mut differ = Vec::new();
        let single = self.single.iter();
        let single = single.map(|name| (*name, std::slice::from_ref(name)));
        for (label, names) in single.chain(self.groups.iter().copied()) {
            if names.iter().all(|name| mine.find(name).is_none()) {
                continue;
            }
            let value = |form: &Form| (self.words)(t, form, label);
            let (my_value, their_value) = (value(mine), value(theirs));
            if my_value == their_value {
                continue;
            }
            let was = base.get(label);
            let (i_did, they_did) = (short(&my_value) != was, short(&their_value) != was);
            if !i_did {
                merged = merged.without(|name| names.contains(&name));
                for name in names {
                    for value in theirs.all(name) {
                        merged.add(name, value);
                    }
                }
            }
            differ.push(Differs {
                label: t.say((self.label)(label)).to_owned(),
                mine: my_value,
                theirs: their_value,
                is_mine: i_did,
                by_both: i_did && they_did,
            });
        }
        (merged, differ)
    }

    /// The form of somebody who was overtaken, with what is there now in the fields that this person left alone,
    /// and what differs.
    pub(super) fn overtaken(
        &self,
        visit: &Visit,
        form: &Form,
        theirs: &Form,
        updated: &Change,
    ) -> (Form, Stale) {
        let t = visit.t();
        // where it is not known what was there, all that differs counts as meant
        let base = self.opened(t, form, theirs);
        let (mut merged, differ) = self.merge(t, form, &Form::parse(base.as_bytes()), theirs);
        merged.put("base", self.base(t, theirs));
        let stale = Stale {
            who: actor(&updated.by).to_owned(),
            when: visit.clock().when(updated.at),
            differ,
        };
        (merged, stale)
    }

    /// What the fields were when the form was opened, to tell later what was changed by whom: as it came with
    /// the form, or as it is there.
    pub(super) fn opened(&self, t: &Texts, form: &Form, there: &Form) -> String {
        form.find("base")
            .map_or_else(|| self.base(t, there), str::to_owned)
    }

    /// What each field says, as a short digest: enough to see later who changed it, and as small in a
    /// form with a CA bundle.
    pub(super) fn base(&self, t: &Texts, form: &Form) -> String {
        let mut out = Form::default();
        let groups = self.groups.iter().map(|(label, _)| label);
        for label in self.single.iter().chain(groups) {
            out.add(label, &short(&(self.words)(t, form, label)));
        }
        out.to_text()
    }
}

fn short(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    HEXLOWER.encode(digest.as_ref().get(..6).unwrap_or_default())
}
