//! SMTP, as much of it as mail needs to come in (RFC 5321): no sign-in, no relaying.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::state::Shared;

/// The largest mail, in bytes.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// The longest line of a command, in bytes.
const MOST_LINE: u64 = 4096;

/// How long a client may take to say something.
const PATIENCE: Duration = Duration::from_mins(5);

/// Serves until the shutdown is ready.
pub(crate) async fn serve(
    shared: &Arc<Shared>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut sessions = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let shared = Arc::clone(shared);
                sessions.spawn(async move {
                    // whoever goes away in the middle has sent nothing
                    let _ = session(&shared, stream).await;
                });
            }
            _ = sessions.join_next(), if !sessions.is_empty() => {}
        }
    }
}

#[derive(Default)]
struct Envelope {
    has_sender: bool,
    recipients: Vec<String>,
}

async fn session(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    let mut stream = BufStream::new(stream);
    say(&mut stream, "220 sandbox ESMTP").await?;
    let mut envelope = Envelope::default();
    loop {
        let Some(line) = tokio::time::timeout(PATIENCE, line(&mut stream)).await?? else {
            return Ok(());
        };
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => say(&mut stream, "250-sandbox\r\n250-8BITMIME\r\n250 SMTPUTF8").await?,
            "HELO" | "NOOP" => say(&mut stream, "250 sandbox").await?,
            "RSET" => {
                envelope = Envelope::default();
                say(&mut stream, "250 as if nothing had been said").await?;
            }
            "MAIL" if address(rest, "FROM:").is_some() => {
                envelope = Envelope {
                    has_sender: true,
                    recipients: Vec::new(),
                };
                say(&mut stream, "250 sender taken").await?;
            }
            "RCPT" if envelope.has_sender => {
                let recipient = address(rest, "TO:").unwrap_or_default().to_lowercase();
                let is_there = shared.mail.lock().boxes.contains_key(&recipient);
                if is_there {
                    envelope.recipients.push(recipient);
                    say(&mut stream, "250 recipient taken").await?;
                } else {
                    say(&mut stream, "550 5.1.1 no such mailbox here").await?;
                }
            }
            "DATA" if !envelope.recipients.is_empty() => {
                say(&mut stream, "354 end with a line that holds a dot alone").await?;
                let Some(mail) = data(&mut stream).await? else {
                    return Ok(());
                };
                let now = shared.clock.now();
                for recipient in std::mem::take(&mut envelope).recipients {
                    let _ = shared.mail.deliver(&recipient, "inbox", mail.clone(), now);
                }
                say(&mut stream, "250 delivered").await?;
            }
            "MAIL" | "RCPT" | "DATA" => {
                say(&mut stream, "503 something is to be said before").await?;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "502 not known here").await?,
        }
    }
}

async fn say(stream: &mut BufStream<TcpStream>, words: &str) -> io::Result<()> {
    stream.write_all(words.as_bytes()).await?;
    stream.write_all(b"\r\n").await?;
    stream.flush().await
}

async fn line(stream: &mut BufStream<TcpStream>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = (&mut *stream)
        .take(MOST_LINE)
        .read_until(b'\n', &mut line)
        .await?;
    if read == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
}

/// The mail behind `DATA`, dots taken off (RFC 5321 section 4.5.2); nothing if the client went away.
async fn data(stream: &mut BufStream<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    loop {
        let start = mail.len();
        if stream.read_until(b'\n', &mut mail).await? == 0 {
            return Ok(None);
        }
        match mail.get(start..).unwrap_or_default() {
            b".\r\n" | b".\n" => {
                mail.truncate(start);
                return Ok(Some(mail));
            }
            [b'.', ..] => {
                mail.remove(start);
            }
            _ => {}
        }
        if mail.len() > MOST_BYTES {
            return Err(io::Error::other("the mail is too large"));
        }
    }
}

/// What stands between `<` and `>` behind the keyword.
fn address<'a>(rest: &'a str, keyword: &str) -> Option<&'a str> {
    let begins = rest.get(..keyword.len())?.eq_ignore_ascii_case(keyword);
    let text = rest.get(keyword.len()..).filter(|_| begins)?.trim();
    let inner = text.strip_prefix('<')?;
    inner.split_once('>').map(|(address, _)| address)
}
