//! What is said to a mail server, reply by reply. Invariant: no I/O; user name and password are said only
//! where the line is secret, or the server is on this machine.

use data_encoding::BASE64;
use grantd_model::Secret;
use grantd_model::alert::{EmailSettings, SmtpSecurity};

use super::SmtpError;
use super::reply::Reply;
use crate::MailText;

/// What grantd calls itself: an address literal, which every server takes (RFC 5321 section 4.1.3).
const HELLO: &str = "EHLO [127.0.0.1]\r\n";

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// This is said.
    Send(Secret<Vec<u8>>),
    /// The line is brought under TLS; then [`Session::under_tls`] tells what is said.
    StartTls,
    /// The mail was taken.
    Done(Said),
}

/// What the server said to a mail that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The reply to the mail.
    pub reply: String,
    /// The receivers that it refused, while it took others.
    pub refused: Vec<String>,
}

/// Which reply is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Await {
    Greeting,
    Hello,
    StartTls,
    Plain,
    LoginName,
    LoginPassword,
    LoggedIn,
    From,
    To(usize),
    Data,
    Taken,
}

/// A conversation.
pub struct Session<'a> {
    settings: &'a EmailSettings,
    password: Option<&'a Secret<String>>,
    mail: &'a MailText,
    awaits: Await,
    is_secret: bool,
    taken: usize,
    refused: Vec<(String, Reply)>,
}

impl<'a> Session<'a> {
    /// A conversation that begins with the server's greeting.
    #[must_use]
    pub fn new(
        settings: &'a EmailSettings,
        password: Option<&'a Secret<String>>,
        mail: &'a MailText,
    ) -> Self {
        Self {
            settings,
            password,
            mail,
            awaits: Await::Greeting,
            is_secret: settings.security == SmtpSecurity::Tls,
            taken: 0,
            refused: Vec::new(),
        }
    }

    /// What is said once the line is under TLS.
    pub fn under_tls(&mut self) -> Secret<Vec<u8>> {
        self.is_secret = true;
        self.awaits = Await::Hello;
        Secret::new(HELLO.as_bytes().to_vec())
    }

    /// What comes after a reply.
    ///
    /// # Errors
    /// When the server refuses, or offers not what is needed.
    pub fn after(&mut self, reply: &Reply) -> Result<Next, SmtpError> {
        match self.awaits {
            Await::Greeting => {
                accepted(reply, "the connection")?;
                Ok(self.say(Await::Hello, HELLO))
            }
            Await::Hello => {
                accepted(reply, "EHLO")?;
                self.after_hello(reply)
            }
            Await::StartTls => {
                accepted(reply, "STARTTLS")?;
                Ok(Next::StartTls)
            }
            Await::LoginName => {
                let name = self.settings.username.clone().unwrap_or_default();
                logged_in(reply)?;
                Ok(self.say(Await::LoginPassword, &in_base64(name.as_bytes())))
            }
            Await::LoginPassword => {
                logged_in(reply)?;
                let password = self.password.map_or("", |it| it.expose().as_str());
                Ok(self.say(Await::LoggedIn, &in_base64(password.as_bytes())))
            }
            Await::Plain | Await::LoggedIn => {
                logged_in(reply)?;
                Ok(self.begin_mail())
            }
            Await::From => {
                accepted(reply, "the sender")?;
                Ok(self.next_receiver(0))
            }
            Await::To(number) => {
                let address = self.settings.to.get(number).map(ToString::to_string);
                if reply.is_positive() {
                    self.taken += 1;
                } else {
                    self.refused
                        .push((address.unwrap_or_default(), reply.clone()));
                }
                if number + 1 < self.settings.to.len() {
                    return Ok(self.next_receiver(number + 1));
                }
                match self.refused.first() {
                    Some((_, reply)) if self.taken == 0 => Err(refusal(reply, "all receivers")),
                    _ => Ok(self.say(Await::Data, "DATA\r\n")),
                }
            }
            Await::Data => {
                accepted(reply, "DATA")?;
                let mail = self.mail.stuffed();
                Ok(self.say(Await::Taken, &mail))
            }
            Await::Taken => {
                accepted(reply, "the mail")?;
                let refused = self.refused.iter();
                Ok(Next::Done(Said {
                    reply: reply.told(),
                    refused: refused
                        .map(|(address, reply)| format!("{address} ({})", reply.told()))
                        .collect(),
                }))
            }
        }
    }

    fn say(&mut self, awaits: Await, text: &str) -> Next {
        self.awaits = awaits;
        Next::Send(Secret::new(text.as_bytes().to_vec()))
    }

    fn after_hello(&mut self, reply: &Reply) -> Result<Next, SmtpError> {
        let offers = |name: &str| {
            let mut lines = reply.lines.iter().skip(1);
            lines.any(|line| {
                line.split(' ')
                    .next()
                    .is_some_and(|it| it.eq_ignore_ascii_case(name))
            })
        };
        if self.settings.security == SmtpSecurity::StartTls && !self.is_secret {
            if !offers("STARTTLS") {
                return Err(SmtpError::NoStartTls);
            }
            return Ok(self.say(Await::StartTls, "STARTTLS\r\n"));
        }
        let Some(username) = &self.settings.username else {
            return Ok(self.begin_mail());
        };
        let ways = ways_in(reply);
        if ways.iter().any(|it| it == "PLAIN") {
            let password = self.password.map_or("", |it| it.expose().as_str());
            let both = Secret::new(format!("\0{username}\0{password}"));
            let line = format!("AUTH PLAIN {}", in_base64(both.expose().as_bytes()));
            return Ok(self.say(Await::Plain, &line));
        }
        if ways.iter().any(|it| it == "LOGIN") {
            return Ok(self.say(Await::LoginName, "AUTH LOGIN\r\n"));
        }
        Err(SmtpError::NoAuth)
    }

    fn begin_mail(&mut self) -> Next {
        let line = format!("MAIL FROM:<{}>\r\n", self.settings.from);
        self.say(Await::From, &line)
    }

    fn next_receiver(&mut self, number: usize) -> Next {
        let address = self.settings.to.get(number).map(ToString::to_string);
        let line = format!("RCPT TO:<{}>\r\n", address.unwrap_or_default());
        self.say(Await::To(number), &line)
    }
}

/// The mechanisms that are offered, in upper case; some old servers write `AUTH=`.
fn ways_in(reply: &Reply) -> Vec<String> {
    let lines = reply
        .lines
        .iter()
        .skip(1)
        .map(|line| line.to_ascii_uppercase());
    let ways = lines.filter_map(|line| {
        let rest = line
            .strip_prefix("AUTH ")
            .or_else(|| line.strip_prefix("AUTH="))?;
        Some(rest.split(' ').map(str::to_owned).collect::<Vec<_>>())
    });
    ways.flatten().collect()
}

fn in_base64(bytes: &[u8]) -> String {
    format!("{}\r\n", BASE64.encode(bytes))
}

fn accepted(reply: &Reply, what: &'static str) -> Result<(), SmtpError> {
    if reply.is_positive() {
        Ok(())
    } else {
        Err(refusal(reply, what))
    }
}

fn refusal(reply: &Reply, what: &'static str) -> SmtpError {
    SmtpError::Refused {
        what,
        reply: reply.told(),
        for_now: reply.is_for_now(),
    }
}

fn logged_in(reply: &Reply) -> Result<(), SmtpError> {
    if reply.is_positive() {
        return Ok(());
    }
    Err(SmtpError::AuthRefused(reply.told()))
}
