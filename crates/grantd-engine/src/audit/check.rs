//! Checks the chain of the audit log, alone or against a checkpoint that was kept elsewhere.

use grantd_model::{Action, Actor, AuditAction, Invalid, ObjectId, Timestamp};
use grantd_store::{AuditChain, AuditLink, AuditReader, AuditRow, ChainEnd, ChainState, Mac};

use crate::history::prune::kept_since;
use crate::{Engine, EngineError, access};

/// The most entries that are read at once.
const AT_ONCE: u32 = 1000;

/// The most faults that are told one by one.
const MOST_FAULTS: usize = 20;

/// How far the audit log went at some time, to be kept where grantd can not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCheckpoint {
    /// Of which installation.
    pub installation: String,
    /// The newest entry and its MAC.
    pub link: AuditLink,
    /// When that entry was made; none where it does not say, and where there is none.
    pub at: Option<Timestamp>,
    /// When the chain had begun; none where it does not say.
    pub begun_at: Option<Timestamp>,
}

/// What is wrong with the audit log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// What says how far the log goes is gone.
    #[error("what says where the log begins and ends was removed")]
    EndsMissing,
    /// What says where the log begins was altered, or entries were removed with it.
    #[error("what says where the log begins was altered")]
    BeginAltered,
    /// What says where the log ends was altered.
    #[error("what says where the log ends was altered")]
    EndAltered,
    /// Entries are gone.
    #[error("{}", match to - from { 0 => format!("the entry {from} was removed"), _ => format!("the entries {from} to {to} were removed") })]
    Removed {
        /// The first that is gone.
        from: i64,
        /// The last that is gone.
        to: i64,
    },
    /// An entry says something else than it did, or was put in.
    #[error("the entry {seq} was altered or put in: {id}")]
    Altered {
        /// Its number.
        seq: i64,
        /// Its id.
        id: String,
    },
    /// Entries behind the end were put in.
    #[error("the entry {seq} behind the end of the log was put in: {id}")]
    PutIn {
        /// The number of the first.
        seq: i64,
        /// Its id.
        id: String,
    },
    /// An entry stands where all were removed by age, or where there never was one.
    #[error("the entry {seq} before the beginning of the log was put in: {id}")]
    PutInBefore {
        /// The number of the first.
        seq: i64,
        /// Its id.
        id: String,
    },
    /// The log has another chain than at the checkpoint.
    #[error(
        "the chain began at {now}, and at the checkpoint it had begun at {then}: the log was written anew"
    )]
    BegunAnew {
        /// When the one that is there began.
        now: Timestamp,
        /// When the one of the checkpoint began.
        then: Timestamp,
    },
    /// The entry of the checkpoint is gone, and not by age.
    #[error("the entry {seq} of the checkpoint was removed before its time")]
    RemovedEarly {
        /// Its number.
        seq: i64,
    },
    /// The log ends before the checkpoint: an earlier state was put back.
    #[error(
        "the log ends at {end} and the checkpoint is of {checkpoint}: an earlier state was put back"
    )]
    PutBack {
        /// The newest entry.
        end: i64,
        /// The entry of the checkpoint.
        checkpoint: i64,
    },
    /// The entry of the checkpoint is another one.
    #[error("the entry {seq} is not the one of the checkpoint: the log was written anew")]
    WrittenAnew {
        /// Its number.
        seq: i64,
    },
}

impl AuditFault {
    /// Stable, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EndsMissing => "ends_missing",
            Self::BeginAltered => "begin_altered",
            Self::EndAltered => "end_altered",
            Self::Removed { .. } => "removed",
            Self::Altered { .. } => "altered",
            Self::PutIn { .. } => "put_in",
            Self::PutInBefore { .. } => "put_in_before",
            Self::BegunAnew { .. } => "begun_anew",
            Self::RemovedEarly { .. } => "removed_early",
            Self::PutBack { .. } => "put_back",
            Self::WrittenAnew { .. } => "written_anew",
        }
    }
}

/// What a checkpoint told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointResult {
    /// The log holds what it held then.
    Confirmed,
    /// What it is of was removed since, as the setting `history.audit_days` says.
    TooOld,
    /// It was not, see the faults.
    Refuted,
}

/// How the audit log was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCheck {
    /// When the chain began; entries from before are not secured.
    pub begun_at: Option<Timestamp>,
    /// How many entries are from before the chain.
    pub before_chain: u64,
    /// How many entries were checked.
    pub entries: u64,
    /// The number of the oldest entry that was checked.
    pub from: Option<i64>,
    /// How far the log goes.
    pub checkpoint: AuditCheckpoint,
    /// What the checkpoint told that was given.
    pub against: Option<CheckpointResult>,
    /// What is wrong, the first 20.
    pub faults: Vec<AuditFault>,
    /// How much is wrong.
    pub faults_number: u64,
}

impl AuditCheck {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_intact(&self) -> bool {
        self.faults_number == 0
    }
}

impl Engine {
    /// How far the audit log goes now.
    ///
    /// # Errors
    /// Without a grant to administer everything.
    pub async fn audit_checkpoint(&self, actor: &Actor) -> Result<AuditCheckpoint, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.read().await?;
        let installation = unit.installation().get().await?;
        let mut log = unit.audit();
        let state = log.chain().await?;
        let link = state.map_or(AuditLink::START, |state| state.head);
        let newest = log.rows(link.seq.saturating_sub(1), 1).await?;
        let newest = newest.first().filter(|row| row.seq == link.seq);
        Ok(AuditCheckpoint {
            installation: installation.map(|it| it.id).unwrap_or_default(),
            link,
            at: newest.map(|row| Timestamp::from_micros(row.fields.at)),
            begun_at: state.map(|state| state.begun_at),
        })
    }

    /// Checks the chain of the audit log from its beginning to its end, and whether it still holds what it
    /// held at a checkpoint. That it was checked is recorded, with what was found.
    ///
    /// # Errors
    /// Without a grant to administer everything; when the checkpoint is of another installation; when the
    /// store fails.
    pub async fn check_audit(
        &self,
        actor: &Actor,
        against: Option<AuditCheckpoint>,
    ) -> Result<AuditCheck, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        // a reader is taken for as long as it takes: the others are for everybody else
        let turn = self.check_turn().try_lock();
        let _turn = turn.map_err(|_| {
            EngineError::InUse("another check of the audit log is under way".to_owned())
        })?;
        let mut unit = self.parts().store.read().await?;
        let installation = unit.installation().get().await?;
        let installation = installation.map(|it| it.id).unwrap_or_default();
        if let Some(against) = &against
            && against.installation != installation
        {
            let detail = format!("it is of another installation, this one is `{installation}`");
            let other = Invalid::new("other_installation", detail);
            return Err(EngineError::Fields(vec![
                other.at("/checkpoint/installation"),
            ]));
        }
        let against = against.map(|checkpoint| Against {
            checkpoint,
            kept_since: Some(kept_since(self.now(), self.parts().keep_audit)),
        });
        let chain = &self.parts().audit;
        let found = check(unit.audit().as_mut(), chain, installation, against).await?;
        drop(unit);
        let result = if found.is_intact() {
            "intact"
        } else {
            "not intact"
        };
        let mut detail = vec![
            ("result".to_owned(), result.to_owned()),
            ("entries".to_owned(), found.entries.to_string()),
        ];
        if let Some(fault) = found.faults.first() {
            detail.push(("cause".to_owned(), fault.to_string()));
        }
        let mut unit = self.parts().store.write().await?;
        let object = (ObjectId::installation(), "audit log");
        let action = AuditAction::AuditCheck;
        self.record(unit.as_mut(), self.now(), actor, action, object, detail)
            .await?;
        unit.commit().await?;
        Ok(found)
    }
}

/// Checks the log that this reader reads.
///
/// # Errors
/// When it can not be read.
pub async fn check(
    log: &mut dyn AuditReader,
    chain: &AuditChain,
    installation: String,
    against: Option<Against>,
) -> Result<AuditCheck, EngineError> {
    let state = log.chain().await?;
    let mut walk = Walk::begin(chain, state, installation, against);
    // from where there never was one
    let mut after = i64::MIN;
    loop {
        let rows = log.rows(after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        for row in &rows {
            walk.step(row);
        }
    }
    Ok(walk.end())
}

/// What a log is checked against.
#[derive(Debug, Clone)]
pub struct Against {
    /// A checkpoint of the same installation.
    pub checkpoint: AuditCheckpoint,
    /// What is from then or later was not removed by age; none where that is not known.
    pub kept_since: Option<Timestamp>,
}

/// Goes from entry to entry.
struct Walk<'a> {
    chain: &'a AuditChain,
    state: Option<ChainState>,
    /// The entry that was seen last, or the anchor.
    at: AuditLink,
    is_behind_end: bool,
    is_before_begin: bool,
    /// Whether the entry of the checkpoint stands there, from before the chain.
    passes_checkpoint: bool,
    against: Option<Against>,
    /// What it tells as far as was gone.
    told: CheckpointResult,
    check: AuditCheck,
}

impl<'a> Walk<'a> {
    fn begin(
        chain: &'a AuditChain,
        state: Option<ChainState>,
        installation: String,
        against: Option<Against>,
    ) -> Self {
        let at = state.map_or(AuditLink::START, |state| state.anchor);
        let head = state.map_or(AuditLink::START, |state| state.head);
        let mut walk = Self {
            chain,
            state,
            at,
            is_behind_end: false,
            is_before_begin: false,
            passes_checkpoint: false,
            against,
            told: CheckpointResult::Refuted,
            check: AuditCheck {
                begun_at: state.map(|state| state.begun_at),
                before_chain: 0,
                entries: 0,
                from: None,
                checkpoint: AuditCheckpoint {
                    installation,
                    link: head,
                    at: None,
                    begun_at: state.map(|state| state.begun_at),
                },
                against: None,
                faults: Vec::new(),
                faults_number: 0,
            },
        };
        match state {
            None => walk.fault(AuditFault::EndsMissing),
            Some(state) => {
                // what stands there is compared only where grantd wrote it
                if state.is_confirmed(ChainEnd::Anchor, chain) {
                    walk.compare(&at);
                } else {
                    walk.fault(AuditFault::BeginAltered);
                }
                if !state.is_confirmed(ChainEnd::Head, chain) {
                    walk.fault(AuditFault::EndAltered);
                }
            }
        }
        walk
    }

    fn fault(&mut self, fault: AuditFault) {
        self.check.faults_number += 1;
        if self.check.faults.len() < MOST_FAULTS {
            self.check.faults.push(fault);
        }
    }

    fn step(&mut self, row: &AuditRow) {
        if self.state.is_some_and(|state| row.seq <= state.anchor.seq) {
            self.before(row);
            return;
        }
        if self.state.is_some_and(|state| row.seq > state.head.seq) {
            if !self.is_behind_end {
                self.missing(self.check.checkpoint.link.seq);
                self.fault(AuditFault::PutIn {
                    seq: row.seq,
                    id: row.fields.id.clone(),
                });
            }
            self.is_behind_end = true;
            return;
        }
        let expected = self.chain.link(&self.at, &row.fields);
        // where entries are gone before it, its own MAC is all there is to go on from
        let is_next = row.seq == self.at.seq + 1;
        self.missing(row.seq - 1);
        let mac = row.mac.unwrap_or(Mac::ZERO);
        self.at = AuditLink { seq: row.seq, mac };
        if expected == self.at {
            self.compare(&expected);
        } else if is_next {
            self.fault(AuditFault::Altered {
                seq: row.seq,
                id: row.fields.id.clone(),
            });
        }
        self.check.checkpoint.at = Some(Timestamp::from_micros(row.fields.at));
        self.check.entries += 1;
        self.check.from.get_or_insert(row.seq);
    }

    /// Looks at an entry that stands before the chain. There are some only as long as the chain stands where
    /// it was begun behind them: what is removed by age begins with these.
    fn before(&mut self, row: &AuditRow) {
        let begun_behind = |anchor: AuditLink| anchor.seq > 0 && anchor.mac == Mac::ZERO;
        if !self.state.is_some_and(|state| begun_behind(state.anchor)) {
            if !self.is_before_begin {
                self.fault(AuditFault::PutInBefore {
                    seq: row.seq,
                    id: row.fields.id.clone(),
                });
            }
            self.is_before_begin = true;
            return;
        }
        self.check.before_chain += 1;
        self.passes_checkpoint |= self.is_of_checkpoint(row.seq);
    }

    /// Notes what is missing behind the last entry up to this one.
    fn missing(&mut self, to: i64) {
        if to > self.at.seq {
            self.fault(AuditFault::Removed {
                from: self.at.seq + 1,
                to,
            });
            self.at.seq = to;
        }
    }

    fn is_of_checkpoint(&self, seq: i64) -> bool {
        let against = self.against.as_ref();
        against.is_some_and(|against| against.checkpoint.link.seq == seq)
    }

    /// Compares the entry of the checkpoint.
    fn compare(&mut self, link: &AuditLink) {
        let against = self.against.as_ref();
        if against.is_some_and(|against| against.checkpoint.link == *link) {
            self.told = CheckpointResult::Confirmed;
        }
    }

    fn end(mut self) -> AuditCheck {
        let head = self.check.checkpoint.link;
        if self.at.seq < head.seq {
            self.missing(head.seq);
        } else if self.state.is_some() && self.at.mac != head.mac {
            self.fault(AuditFault::EndAltered);
        }
        if let Some(against) = self.against.take() {
            self.check.against = Some(self.judge(&against));
        }
        self.check
    }

    fn judge(&mut self, against: &Against) -> CheckpointResult {
        let Against {
            checkpoint,
            kept_since,
        } = against;
        let seq = checkpoint.link.seq;
        let end = self.check.checkpoint.link.seq;
        let anchor = self.state.map_or(0, |state| state.anchor.seq);
        match (checkpoint.begun_at, self.check.begun_at) {
            (Some(then), Some(now)) if then != now => {
                self.fault(AuditFault::BegunAnew { now, then });
            }
            _ if self.told == CheckpointResult::Confirmed => return self.told,
            _ if seq > end => self.fault(AuditFault::PutBack {
                end,
                checkpoint: seq,
            }),
            _ if seq >= anchor || self.passes_checkpoint => {
                self.fault(AuditFault::WrittenAnew { seq });
            }
            _ if is_young(checkpoint.at, *kept_since) => {
                self.fault(AuditFault::RemovedEarly { seq });
            }
            _ => return CheckpointResult::TooOld,
        }
        CheckpointResult::Refuted
    }
}

/// Whether what was newest at this time is still kept.
fn is_young(at: Option<Timestamp>, kept_since: Option<Timestamp>) -> bool {
    matches!((at, kept_since), (Some(at), Some(since)) if at >= since)
}
