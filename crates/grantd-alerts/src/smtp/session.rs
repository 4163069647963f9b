//! What is said to a mail server, reply by reply. Invariant: no I/O; user name and password are said only
//! where the line is secret, or the server is on this machine.

use data_encoding::BASE64;
use grantd_model::Secret;
use grantd_model::alert::{EmailSettings, SmtpSecurity};
use grantd_model::listener::MailAddress;

use super::SmtpError;
use super::reply::Reply;
use crate::MailText;

/// What grantd calls itself: an address literal, which every server takes (RFC 5321 section 4.1.3).
const HELLO: &str = "EHLO [127.0.0.1]\r\n";

const OUT_OF_TURN: SmtpError = SmtpError::Strange("its reply does not fit what was said");

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// This is said.
    Send(Secret<Vec<u8>>),
    /// The line is brought under TLS; then [`Session::under_tls`] tells what is said.
    StartTls,
    /// It is known what became of the mail.
    Done(HandedOver),
}

/// What became of a mail, receiver by receiver; with each that did not get it what the server said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// The reply to the mail; absent where it was taken for nobody.
    pub reply: Option<String>,
    /// Those that have it.
    pub taken: Vec<String>,
    /// Those that the server refused for good (5yz).
    pub refused: Vec<(String, String)>,
    /// Those that the server refused for now (4yz).
    pub put_off: Vec<(String, String)>,
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
    receivers: &'a [MailAddress],
    awaits: Await,
    is_secret: bool,
    handed: HandedOver,
}

impl<'a> Session<'a> {
    /// A conversation that begins with the server's greeting.
    #[must_use]
    pub fn new(
        settings: &'a EmailSettings,
        password: Option<&'a Secret<String>>,
        (mail, receivers): (&'a MailText, &'a [MailAddress]),
    ) -> Self {
        Self {
            settings,
            password,
            mail,
            receivers,
            awaits: Await::Greeting,
            is_secret: settings.security == SmtpSecurity::Tls,
            handed: HandedOver::default(),
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
                // another time, or from elsewhere, it may let us in: that is said of no mail
                done(reply, "the connection", true)?;
                Ok(self.say(Await::Hello, HELLO))
            }
            Await::Hello => {
                done(reply, "EHLO", true)?;
                self.after_hello(reply)
            }
            Await::StartTls => {
                done(reply, "STARTTLS", true)?;
                Ok(Next::StartTls)
            }
            Await::LoginName => {
                let name = self.settings.username.clone().unwrap_or_default();
                logged_in(reply, Reply::goes_on)?;
                Ok(self.say(Await::LoginPassword, &in_base64(name.as_bytes())))
            }
            Await::LoginPassword => {
                logged_in(reply, Reply::goes_on)?;
                let password = self.password.map_or("", |it| it.expose().as_str());
                Ok(self.say(Await::LoggedIn, &in_base64(password.as_bytes())))
            }
            Await::Plain | Await::LoggedIn => {
                logged_in(reply, Reply::is_done)?;
                Ok(self.begin_mail())
            }
            Await::From => {
                done(reply, "the sender", reply.is_for_now())?;
                Ok(self.next_receiver(0))
            }
            Await::To(number) => {
                let address = self.receivers.get(number).map(ToString::to_string);
                let address = address.unwrap_or_default();
                if reply.is_done() {
                    self.handed.taken.push(address);
                } else {
                    self.not_taken([address], reply)?;
                }
                if number + 1 < self.receivers.len() {
                    Ok(self.next_receiver(number + 1))
                } else if self.handed.taken.is_empty() {
                    Ok(self.end())
                } else {
                    Ok(self.say(Await::Data, "DATA\r\n"))
                }
            }
            Await::Data if reply.goes_on() => {
                let mail = self.mail.stuffed();
                Ok(self.say(Await::Taken, &mail))
            }
            Await::Taken if reply.is_done() => {
                self.handed.reply = Some(reply.told());
                Ok(self.end())
            }
            Await::Data | Await::Taken => {
                // said of those whom it had accepted; of the others it has said enough
                let accepted = std::mem::take(&mut self.handed.taken);
                self.not_taken(accepted, reply)?;
                Ok(self.end())
            }
        }
    }

    /// Notes of receivers that they did not get it, and whether they may later.
    fn not_taken(
        &mut self,
        addresses: impl IntoIterator<Item = String>,
        reply: &Reply,
    ) -> Result<(), SmtpError> {
        let list = if reply.is_for_good() {
            &mut self.handed.refused
        } else if reply.is_for_now() {
            &mut self.handed.put_off
        } else {
            return Err(OUT_OF_TURN);
        };
        list.extend(addresses.into_iter().map(|it| (it, reply.told())));
        Ok(())
    }

    fn end(&mut self) -> Next {
        Next::Done(std::mem::take(&mut self.handed))
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
        let address = self.receivers.get(number).map(ToString::to_string);
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

/// Refused unless the server did what was asked.
fn done(reply: &Reply, what: &'static str, may_pass: bool) -> Result<(), SmtpError> {
    if reply.is_done() {
        return Ok(());
    }
    if reply.goes_on() {
        return Err(OUT_OF_TURN);
    }
    Err(SmtpError::Refused {
        what,
        reply: reply.told(),
        may_pass,
    })
}

fn logged_in(reply: &Reply, is_expected: fn(&Reply) -> bool) -> Result<(), SmtpError> {
    if is_expected(reply) {
        Ok(())
    } else if reply.is_done() || reply.goes_on() {
        Err(OUT_OF_TURN)
    } else {
        Err(SmtpError::AuthRefused(reply.told()))
    }
}
