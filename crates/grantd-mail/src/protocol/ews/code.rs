//! What the codes of Exchange mean for a listener.

use std::time::Duration;

use super::soap::CodeFault;
use crate::fault::MailFault;

/// The second one says that too many connections are open: with fewer of them it goes on.
const BUSY: &[&str] = &["ErrorServerBusy", "ErrorExceededConnectionCount"];

const TRANSIENT: &[&str] = &[
    "ErrorTooManyObjectsOpened",
    "ErrorInternalServerTransientError",
    "ErrorInternalServerError",
    "ErrorMailboxStoreUnavailable",
    "ErrorMailboxFailover",
    "ErrorMailboxMoveInProgress",
    "ErrorADUnavailable",
    "ErrorADOperation",
    "ErrorConnectionFailed",
    "ErrorNoRespondingCASInDestinationSite",
    "ErrorNotEnoughMemory",
    "ErrorInsufficientResources",
    "ErrorProxiedSubscriptionCallFailure",
];

const CURSOR: &[&str] = &["ErrorInvalidSyncStateData", "ErrorSyncFolderNotFound"];

const GONE: &[&str] = &[
    "ErrorItemNotFound",
    "ErrorObjectNotFound",
    "ErrorInvalidId",
    "ErrorInvalidIdMalformed",
    "ErrorMessageTrackingNoSuchDomain",
];

const POISON: &[&str] = &[
    "ErrorCorruptData",
    "ErrorItemCorrupt",
    "ErrorMimeContentConversionFailed",
    "ErrorMimeContentInvalid",
    "ErrorContentConversionFailed",
    "ErrorVirusDetected",
    "ErrorVirusMessageDeleted",
    "ErrorMessageSizeExceeded",
    "ErrorAttachmentSizeLimitExceeded",
    "ErrorCannotOpenFileAttachment",
    "ErrorIrresolvableConflictOfItem",
    "ErrorUnsupportedMimeConversion",
];

const STALE: &[&str] = &[
    "ErrorIrresolvableConflict",
    "ErrorStaleObject",
    "ErrorChangeKeyRequired",
    "ErrorChangeKeyRequiredForWriteOperations",
    "ErrorInvalidChangeKey",
];

/// Codes that somebody has to mend, with what to do.
const CONFIGURATION: &[(&str, &str, &str)] = &[
    (
        "ErrorAccessDenied",
        "access_denied",
        "Give the application access to this mailbox: the permission full_access_as_app with admin \
         consent, or the role Application EWS.AccessAsApp with a scope that includes the mailbox. \
         Changes may take more than an hour.",
    ),
    (
        "ErrorImpersonateUserDenied",
        "impersonation_denied",
        "Let the application impersonate this mailbox: full_access_as_app, the role Application \
         EWS.AccessAsApp in Exchange Online, or the role ApplicationImpersonation on premises.",
    ),
    (
        "ErrorImpersonationDenied",
        "impersonation_denied",
        "Let the application impersonate this mailbox, as the role ApplicationImpersonation does.",
    ),
    (
        "ErrorImpersonationFailed",
        "impersonation_denied",
        "Check that the address belongs to a mailbox that the application may impersonate.",
    ),
    (
        "ErrorInvalidExchangeImpersonationHeaderData",
        "impersonation_denied",
        "Check the address of the mailbox, and by what it is named.",
    ),
    (
        "ErrorNonExistentMailbox",
        "no_such_mailbox",
        "Check the address of the mailbox. One that was made just now may take a while to be found.",
    ),
    (
        "ErrorInvalidSmtpAddress",
        "no_such_mailbox",
        "Check the address of the mailbox.",
    ),
    (
        "ErrorMissingEmailAddress",
        "no_such_mailbox",
        "The account has no mailbox: give it one, or a licence for one.",
    ),
    (
        "ErrorInvalidLicense",
        "no_licence",
        "Give the mailbox a licence that includes Exchange.",
    ),
    (
        "ErrorMailboxConfiguration",
        "mailbox_configuration",
        "An administrator of Exchange has to look at the configuration of this mailbox.",
    ),
    (
        "ErrorFolderNotFound",
        "no_such_folder",
        "Check the path of the folder; names are those that the owner of the mailbox sees.",
    ),
    (
        "ErrorToFolderNotFound",
        "no_such_folder",
        "Check the path of the folder; names are those that the owner of the mailbox sees.",
    ),
    (
        "ErrorAccessModeSpecified",
        "impersonation_denied",
        "Use a token of the application itself, not of a user.",
    ),
    (
        "ErrorExceededSubscriptionCount",
        "too_many_subscriptions",
        "Other programs hold all subscriptions to this mailbox; polling goes on.",
    ),
];

/// Versions of the schema that the server does not know.
const VERSION: &[&str] = &[
    "ErrorInvalidServerVersion",
    "ErrorIncorrectSchemaVersion",
    "ErrorInvalidRequest",
    "ErrorInvalidSchemaVersionForMailboxVersion",
];

impl CodeFault {
    /// The code that counts: the one behind a general one.
    pub(crate) fn effective(&self) -> &str {
        self.inner.as_deref().unwrap_or(&self.code)
    }

    /// Whether another version of the schema may help.
    pub(crate) fn is_of_the_version(&self) -> bool {
        VERSION.contains(&self.effective())
    }

    /// What the code means.
    pub(crate) fn into_fault(self) -> MailFault {
        let code = self.effective();
        let detail = if self.text.is_empty() {
            code.to_owned()
        } else {
            format!("{code}: {}", self.text)
        };
        let has = |codes: &[&str]| codes.contains(&code);
        if has(BUSY) {
            return MailFault::Busy {
                after: self.back_off,
                detail,
            };
        }
        if let Some(after) = self.back_off {
            return MailFault::Busy {
                after: Some(after.max(Duration::from_secs(1))),
                detail,
            };
        }
        if let Some((_, class, remedy)) = CONFIGURATION.iter().find(|(it, ..)| *it == code) {
            return MailFault::Configuration {
                class,
                detail,
                remedy: (*remedy).to_owned(),
            };
        }
        if has(TRANSIENT) {
            MailFault::Transient {
                class: "server_fault",
                detail,
            }
        } else if code == "ErrorTimeoutExpired" {
            MailFault::TimedOut { detail }
        } else if has(CURSOR) {
            MailFault::Cursor { detail }
        } else if has(GONE) {
            MailFault::Gone
        } else if has(POISON) {
            MailFault::Poison {
                class: "unreadable_at_the_server",
                detail,
            }
        } else if has(STALE) {
            MailFault::Stale
        } else if code == "ErrorBatchProcessingStopped" {
            MailFault::NotReached
        } else if code == "ErrorSchemaValidation" {
            let where_ = self.violation.clone().unwrap_or_default();
            MailFault::Protocol {
                class: "schema_violation",
                detail: format!("{detail} {where_}").trim().to_owned(),
            }
        } else if self.is_of_the_version() {
            MailFault::Protocol {
                class: "version_refused",
                detail,
            }
        } else {
            MailFault::Transient {
                class: "unknown_code",
                detail,
            }
        }
    }
}
