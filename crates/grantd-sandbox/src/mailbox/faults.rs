//! Faults of the mailbox server, by script: each for so many requests, of one operation or of all.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MailFaultKind {
    /// Status 500 with a SOAP fault of this code.
    Fault {
        /// The code, such as `ErrorServerBusy`.
        code: String,
        /// How long the server asks to wait, in milliseconds.
        #[serde(default)]
        back_off_ms: Option<u64>,
    },
    /// Status 200, and each message has this code.
    Code {
        /// The code, such as `ErrorItemNotFound`.
        code: String,
        /// The code behind it.
        #[serde(default)]
        inner: Option<String>,
        /// How long the server asks to wait, in milliseconds.
        #[serde(default)]
        back_off_ms: Option<u64>,
    },
    /// This status, with a page for people.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, in seconds.
        #[serde(default)]
        retry_after_s: Option<u64>,
        /// The page.
        #[serde(default)]
        body: String,
    },
    /// The token comes back in the text of a fault, as a careless server does it.
    EchoToken,
    /// The answer ends in its middle.
    Truncated,
    /// It is answered as always, but late.
    Slow {
        /// How late, in milliseconds.
        ms: u64,
    },
    /// Sync states that were given out so far are refused from now on; it strikes once.
    ForgetSyncStates,
    /// Every token that was issued so far is refused from now on; it strikes once.
    RevokeTokens,
}

/// A fault with when it strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailFault {
    /// What goes wrong.
    pub fault: MailFaultKind,
    /// Only at this operation, such as `GetItem`.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only in this mailbox.
    #[serde(default)]
    pub mailbox: Option<String>,
    /// Only where mails with this subject are among those that are asked for; a code strikes these alone.
    #[serde(default)]
    pub subject: Option<String>,
    /// How many requests come before it.
    #[serde(default)]
    pub after: u64,
    /// How often it strikes; always if absent.
    #[serde(default)]
    pub times: Option<u64>,
}

/// What strikes a request.
pub(crate) struct Strike {
    pub(crate) kind: MailFaultKind,
    /// Only mails with this subject.
    pub(crate) subject: Option<String>,
}

/// What is still to strike.
#[derive(Debug, Default)]
pub(crate) struct Script(pub(crate) VecDeque<MailFault>);

impl Script {
    /// What strikes a request that asks for mails with these subjects.
    pub(crate) fn strike(
        &mut self,
        operation: &str,
        mailbox: &str,
        subjects: &[String],
    ) -> Option<Strike> {
        let fits = |fault: &MailFault| {
            fault.operation.as_deref().is_none_or(|it| it == operation)
                && fault
                    .mailbox
                    .as_deref()
                    .is_none_or(|it| it.eq_ignore_ascii_case(mailbox))
                && fault
                    .subject
                    .as_ref()
                    .is_none_or(|it| subjects.contains(it))
        };
        let at = self.0.iter().position(fits)?;
        let fault = self.0.get_mut(at)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let strike = Strike {
            kind: fault.fault.clone(),
            subject: fault.subject.clone(),
        };
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.0.remove(at);
            }
        }
        Some(strike)
    }
}
