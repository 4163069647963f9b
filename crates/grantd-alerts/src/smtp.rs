//! Hands a mail to a server: RFC 5321, submission (RFC 6409), `STARTTLS` (RFC 3207), `AUTH` (RFC 4954).
//!
//! What is said is decided in [`session`], which does no I/O; here bytes go to and fro on a line that
//! grantd-net has opened. lettre would bring a TLS of its own for `STARTTLS`, with other authorities (ADR
//! 0022).

mod error;
pub mod reply;
pub mod session;

use std::time::Duration;

use grantd_model::Secret;
use grantd_model::alert::{EmailSettings, SmtpSecurity};
use grantd_model::listener::MailAddress;
use grantd_net::{Dial, Line, Outbound};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

pub use error::SmtpError;
pub use session::HandedOver;

use crate::MailText;
use reply::{Reply, ReplyReader};
use session::{Next, Session};

/// How long it may take until the line stands.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a whole hand-over may take: a mail filter looks at the mail meanwhile.
const TOTAL: Duration = Duration::from_mins(1);

/// Hands a mail over for these receivers; tells what became of it for each.
///
/// # Errors
/// When that is known of none.
pub async fn hand_over(
    outbound: &dyn Outbound,
    settings: &EmailSettings,
    ca_bundle: Option<&str>,
    password: Option<&Secret<String>>,
    (mail, receivers): (&MailText, &[MailAddress]),
) -> Result<HandedOver, SmtpError> {
    let session = Session::new(settings, password, (mail, receivers));
    let work = converse(outbound, settings, ca_bundle, session);
    match timeout(TOTAL, work).await {
        Ok(result) => result,
        Err(_) => Err(SmtpError::TooSlow(TOTAL)),
    }
}

async fn converse(
    outbound: &dyn Outbound,
    settings: &EmailSettings,
    ca_bundle: Option<&str>,
    mut session: Session<'_>,
) -> Result<HandedOver, SmtpError> {
    let in_the_clear = settings.security == SmtpSecurity::None;
    let scheme = if in_the_clear { "http" } else { "https" };
    let address = format!("{scheme}://{}:{}/", settings.host, settings.port);
    let url = address.parse().map_err(|_| SmtpError::NoHost)?;
    let dial = Dial {
        url,
        tls_at_once: settings.security == SmtpSecurity::Tls,
        ca_bundle: ca_bundle.map(Into::into),
        limit: CONNECT,
    };
    let mut line = outbound
        .dial(dial)
        .await
        .map_err(|it| SmtpError::Net(it.error))?;
    let mut reader = ReplyReader::default();
    loop {
        let reply = read(&mut line, &mut reader).await?;
        match session.after(&reply)? {
            Next::Send(bytes) => write(&mut line, bytes.expose()).await?,
            Next::StartTls => {
                if reader.holds_more() {
                    // somebody in between may have put it there (RFC 3207 section 6)
                    return Err(SmtpError::Strange("it went on after STARTTLS in the clear"));
                }
                line = line.start_tls().await.map_err(SmtpError::Net)?;
                reader = ReplyReader::default();
                let hello = session.under_tls();
                write(&mut line, hello.expose()).await?;
            }
            Next::Done(handed) => {
                // all is said; whether it hears the farewell does not matter
                let _ = line.write_all(b"QUIT\r\n").await;
                let _ = line.shutdown().await;
                return Ok(handed);
            }
        }
    }
}

async fn read(line: &mut Line, reader: &mut ReplyReader) -> Result<Reply, SmtpError> {
    let mut piece = [0; 1024];
    loop {
        if let Some(reply) = reader.take()? {
            return Ok(reply);
        }
        match line.read(&mut piece).await {
            Ok(0) | Err(_) => return Err(SmtpError::Closed),
            Ok(length) => reader.push(piece.get(..length).unwrap_or_default()),
        }
    }
}

async fn write(line: &mut Line, bytes: &[u8]) -> Result<(), SmtpError> {
    let written = async {
        line.write_all(bytes).await?;
        line.flush().await
    };
    written.await.map_err(|_| SmtpError::Closed)
}
