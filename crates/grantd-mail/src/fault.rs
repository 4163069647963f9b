//! Why a mailbox did not do it, by what is to be done about it.

use std::time::Duration;

/// Why a mailbox did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// The server asks to wait.
    #[error("the mailbox server asks to wait: {detail}")]
    Busy {
        /// How long, where it says so.
        after: Option<Duration>,
        /// What it says.
        detail: String,
    },
    /// It may work later: a connection, a failover, a page of a proxy.
    #[error("{detail}")]
    Transient {
        /// Stable, `snake_case`.
        class: &'static str,
        /// What happened.
        detail: String,
    },
    /// The server is not reached, or the connection to it breaks.
    #[error("{detail}")]
    Unreachable {
        /// Stable, `snake_case`.
        class: &'static str,
        /// What happened.
        detail: String,
        /// What can be done.
        remedy: String,
    },
    /// It took the server too long; less at once may work.
    #[error("the mailbox server ran out of time: {detail}")]
    TimedOut {
        /// What it says.
        detail: String,
    },
    /// The cursor is of no use to the server: it is to be read from the beginning.
    #[error("the mailbox server does not know the sync state: {detail}")]
    Cursor {
        /// What it says.
        detail: String,
    },
    /// There is no such mail any more.
    #[error("the mail is gone")]
    Gone,
    /// The mail itself can not be had so.
    #[error("the mail can not be read: {detail}")]
    Poison {
        /// Stable, `snake_case`.
        class: &'static str,
        /// What the server says.
        detail: String,
    },
    /// The mail was changed in between; with its new change key it may work.
    #[error("the mail was changed in between")]
    Stale,
    /// The server did not get to it; it is to be asked again.
    #[error("the mailbox server did not get to it")]
    NotReached,
    /// Somebody has to change a setting, here or at the server.
    #[error("{detail}")]
    Configuration {
        /// Stable, `snake_case`.
        class: &'static str,
        /// What happened.
        detail: String,
        /// What can be done.
        remedy: String,
    },
    /// What was sent does not fit the server: a fault of grantd, or an unknown version.
    #[error("{detail}")]
    Protocol {
        /// Stable, `snake_case`.
        class: &'static str,
        /// What happened.
        detail: String,
    },
    /// The place where it is written failed.
    #[error("it can not be written: {detail}")]
    Disk {
        /// Stable, `snake_case`.
        class: &'static str,
        /// What the system says.
        detail: String,
    },
}

impl MailFault {
    /// Stable, `snake_case`: for states, dead letters and metrics.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "busy",
            Self::TimedOut { .. } => "timed_out",
            Self::Cursor { .. } => "sync_state_refused",
            Self::Gone => "gone",
            Self::Stale => "changed_meanwhile",
            Self::NotReached => "not_reached",
            Self::Transient { class, .. }
            | Self::Unreachable { class, .. }
            | Self::Poison { class, .. }
            | Self::Configuration { class, .. }
            | Self::Protocol { class, .. }
            | Self::Disk { class, .. } => class,
        }
    }

    /// What can be done, where that is known.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Configuration { remedy, .. } | Self::Unreachable { remedy, .. } => {
                Some(remedy.clone())
            }
            Self::Disk {
                class: "disk_full", ..
            } => Some(
                "Make room on the disk of the spool folder; nothing is lost, it goes on by itself."
                    .to_owned(),
            ),
            Self::Disk { .. } => Some(
                "Let grantd write to the spool folder; nothing is lost, it goes on by itself."
                    .to_owned(),
            ),
            Self::Protocol { .. } => Some(
                "This is a fault of grantd or of a server that it does not know: please report it with this \
                 text. The listener looks again within the hour."
                    .to_owned(),
            ),
            Self::Transient {
                class: "no_soap" | "redirected",
                ..
            } => Some(
                "Check the endpoint, and whether a proxy or a page to sign in stands between grantd and the \
                 server."
                    .to_owned(),
            ),
            Self::TimedOut { .. } => {
                Some("Less is asked for at once; it goes on by itself.".to_owned())
            }
            _ => None,
        }
    }

    /// The same with another detail.
    #[must_use]
    pub(crate) fn map_detail(mut self, tell: impl FnOnce(&str) -> String) -> Self {
        match &mut self {
            Self::Busy { detail, .. }
            | Self::Transient { detail, .. }
            | Self::Unreachable { detail, .. }
            | Self::TimedOut { detail }
            | Self::Cursor { detail }
            | Self::Poison { detail, .. }
            | Self::Configuration { detail, .. }
            | Self::Protocol { detail, .. }
            | Self::Disk { detail, .. } => *detail = tell(detail),
            Self::Gone | Self::Stale | Self::NotReached => {}
        }
        self
    }

    /// Whether it is this one mail that is at fault, so that others may go on.
    #[must_use]
    pub const fn is_of_the_mail(&self) -> bool {
        matches!(self, Self::Poison { .. } | Self::Stale)
    }

    /// Whether this one mail may be at fault, though it need not be: when it comes again and again with
    /// the same mail while the server answers other questions, it is.
    #[must_use]
    pub const fn may_be_of_the_mail(&self) -> bool {
        !matches!(
            self,
            Self::Busy { .. } | Self::Disk { .. } | Self::NotReached | Self::Gone
        )
    }

    /// What the system says when writing failed.
    #[must_use]
    pub fn of_disk(error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        if matches!(
            error.kind(),
            ErrorKind::FileTooLarge | ErrorKind::InvalidFilename
        ) {
            // no room or right helps there
            return Self::Poison {
                class: "not_storable",
                detail: error.to_string(),
            };
        }
        let class = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "disk_full",
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => "not_writable",
            ErrorKind::NotFound => "folder_missing",
            _ => "disk_failed",
        };
        Self::Disk {
            class,
            detail: error.to_string(),
        }
    }
}
