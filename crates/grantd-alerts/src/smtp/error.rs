//! Why a mail was not handed over.

use std::time::Duration;

use grantd_net::NetError;

/// Why a mail was not handed over. No text holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// The settings name no host.
    #[error("the host of the mail server can not be read")]
    NoHost,
    /// There is no connection, or no TLS.
    #[error("{0}")]
    Net(NetError),
    /// It did not end in time.
    #[error("the mail server did not end within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// The connection ended.
    #[error("the mail server closed the connection")]
    Closed,
    /// What it said is no SMTP.
    #[error("the mail server did not speak SMTP: {0}")]
    Strange(&'static str),
    /// It offers no TLS.
    #[error("the mail server does not offer STARTTLS")]
    NoStartTls,
    /// It offers no way to sign in that grantd knows.
    #[error("the mail server offers neither AUTH PLAIN nor AUTH LOGIN")]
    NoAuth,
    /// It did not let grantd in.
    #[error("the mail server refused user name and password: {0}")]
    AuthRefused(String),
    /// It refused before any receiver was named.
    #[error("the mail server refused {what}: {reply}")]
    Refused {
        /// What was said.
        what: &'static str,
        /// What it answered.
        reply: String,
        /// Whether it may be otherwise later.
        may_pass: bool,
    },
}

impl SmtpError {
    /// Stable, `snake_case`.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::NoHost => "invalid_request_settings",
            Self::Net(error) => error.code(),
            Self::TooSlow(_) => "request_timeout",
            Self::Closed => "closed_early",
            Self::Strange(_) => "not_smtp",
            Self::NoStartTls => "no_starttls",
            Self::NoAuth => "no_auth",
            Self::AuthRefused(_) => "login_refused",
            Self::Refused { .. } => "refused",
        }
    }

    /// What can be done.
    #[must_use]
    pub fn remedy(&self) -> String {
        let text = match self {
            Self::Net(error) => return error.remedy(),
            Self::NoHost => "Correct the host of the mail server.",
            Self::TooSlow(_) | Self::Closed => {
                "Look into the log of the mail server; it is tried again."
            }
            Self::Strange(_) => {
                "Check host, port and security: port 465 wants `tls`, ports 587 and 25 `starttls`."
            }
            Self::NoStartTls => "Use port 465 with `tls`, or turn TLS on at the mail server.",
            Self::NoAuth => "Use a port for submission (587 or 465), or leave the user name out.",
            Self::AuthRefused(_) => {
                "Check user name and password; many providers want a password of its own for a program."
            }
            Self::Refused { .. } => {
                "Check the sender, and what the mail server lets this user send."
            }
        };
        text.to_owned()
    }

    /// Whether the same mail may be taken later. Who may sign in can be mended meanwhile.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::Refused {
                may_pass: false,
                ..
            }
        )
    }
}
