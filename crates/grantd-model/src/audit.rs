//! The audit log: who did what to what, never with a secret.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{ActorRef, AuditId, Invalid, ObjectId, Timestamp};

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum AuditAction { $($(#[$doc])* $variant,)* }

        impl AuditAction {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in records and filters.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl TryFrom<String> for AuditAction {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                match text.as_str() {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(Invalid::new(
                        "unknown_action",
                        concat!("one of" $(, " `", $name, "`")*, " is expected"),
                    )),
                }
            }
        }
    };
}

actions! {
    /// A credential was added.
    CredentialCreate = "credential.create",
    /// A credential was changed.
    CredentialUpdate = "credential.update",
    /// A credential was deleted.
    CredentialDelete = "credential.delete",
    /// A credential was enabled.
    CredentialEnable = "credential.enable",
    /// A credential was disabled.
    CredentialDisable = "credential.disable",
    /// The settings of a credential were tried at the authorization server.
    CredentialValidate = "credential.validate",
    /// A secret was added to a credential, to take the place of the current one.
    SecretAdd = "secret.add",
    /// A credential's other secret became its only one.
    SecretPromote = "secret.promote",
    /// A token was requested from the authorization server.
    TokenFetch = "token.fetch",
    /// The tokens at hand were thrown away.
    TokenDrop = "token.drop",
    /// An API key was made.
    KeyCreate = "key.create",
    /// An API key was revoked.
    KeyRevoke = "key.revoke",
    /// An email listener was added.
    ListenerCreate = "listener.create",
    /// An email listener was changed.
    ListenerUpdate = "listener.update",
    /// An email listener was deleted.
    ListenerDelete = "listener.delete",
    /// An email listener was stopped for a while.
    ListenerPause = "listener.pause",
    /// An email listener goes on.
    ListenerResume = "listener.resume",
    /// The connection of an email listener was tried.
    ListenerTest = "listener.test",
    /// A mail was set to be delivered again.
    MailReplay = "mail.replay",
    /// A mail that was given up was taken off the list.
    MailDiscard = "mail.discard",
    /// An HTTP consumer was added.
    ConsumerCreate = "consumer.create",
    /// An HTTP consumer was changed.
    ConsumerUpdate = "consumer.update",
    /// An HTTP consumer was deleted.
    ConsumerDelete = "consumer.delete",
    /// Requests are let through an HTTP consumer.
    ConsumerEnable = "consumer.enable",
    /// No request is let through an HTTP consumer any more.
    ConsumerDisable = "consumer.disable",
    /// A request was sent through an HTTP consumer to see how it is answered.
    ConsumerTest = "consumer.test",
    /// A secret source was added.
    SourceCreate = "source.create",
    /// A secret source was changed.
    SourceUpdate = "source.update",
    /// A secret source was deleted.
    SourceDelete = "source.delete",
    /// A secret was read to see whether it can be.
    SourceTest = "source.test",
    /// An alert channel was added.
    ChannelCreate = "channel.create",
    /// An alert channel was changed.
    ChannelUpdate = "channel.update",
    /// An alert channel was deleted.
    ChannelDelete = "channel.delete",
    /// A message was sent to an alert channel to see whether it arrives.
    ChannelTest = "channel.test",
    /// An alert was asked for again.
    ChannelReplay = "channel.replay",
    /// A user was made.
    UserCreate = "user.create",
    /// A user's role was changed, or whether the user may sign in.
    UserUpdate = "user.update",
    /// A user was deleted.
    UserDelete = "user.delete",
    /// A link was made that lets a user choose a password or sign in.
    UserLink = "user.link",
    /// A user chose a password.
    PasswordSet = "password.set",
    /// A user set up a second factor.
    SecondFactorAdd = "second_factor.add",
    /// A user's second factor was removed.
    SecondFactorRemove = "second_factor.remove",
    /// New recovery codes were made.
    RecoveryCodes = "second_factor.recovery_codes",
    /// A new key of the keyring seals from then on.
    KeyringRotate = "keyring.rotate",
    /// A key that nothing was under any more was taken out of the keyring.
    KeyringForget = "keyring.forget",
    /// The chain of the audit log was checked.
    AuditCheck = "audit.check",
    /// The audit log was exported.
    AuditExport = "audit.export",
    /// A backup was made.
    BackupCreate = "backup.create",
    /// Somebody signed in.
    SessionBegin = "session.begin",
    /// Somebody was not let in.
    SessionRefuse = "session.refuse",
    /// A session was ended.
    SessionEnd = "session.end",
}

impl From<AuditAction> for String {
    fn from(action: AuditAction) -> Self {
        action.name().to_owned()
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id; later entries sort later.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: ActorRef,
    /// What was done.
    pub action: AuditAction,
    /// To what.
    pub object: ObjectId,
    /// What people called it then.
    pub object_name: String,
    /// What changed or how it ended, as name and text; never a secret.
    pub detail: Vec<(String, String)>,
}
