//! `grantd credential events --follow`: new events as they come, past restarts of the server.

mod seen;

use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::COLUMNS;
use crate::cli::Context;
use crate::client::{Call, Client, Unanswered};
use crate::failure::{Failure, one_line};
use crate::lifecycle::Signals;
use crate::output::{self, OutputFormat};
use seen::Seen;

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How many are shown of those that are there already.
const FIRST: usize = 10;

/// How many are asked for at once.
const PAGE: usize = 50;

/// The widths of the columns, as no line knows of the next ones; the last one is open.
const WIDTHS: [usize; 6] = [20, 7, 20, 8, 8, 6];

/// Shows events until a signal comes, nobody reads any more, or the server refuses.
///
/// # Errors
/// When the server refuses, or is not there at the beginning; when standard output can not be
/// written.
pub(super) fn run(context: &Context, credential: &str) -> Result<(), Failure> {
    let client = context.client()?;
    crate::lifecycle::run_briefly(async {
        let mut signals = Signals::new()?;
        let following = Following {
            context,
            credential,
            seen: Seen::default(),
        };
        tokio::select! {
            ended = following.run(client) => ended,
            () = signals.next() => Ok(()),
        }
    })
}

struct Following<'a> {
    context: &'a Context,
    credential: &'a str,
    seen: Seen,
}

impl Following<'_> {
    async fn run(mut self, client: Client) -> Result<(), Failure> {
        let mut events = self.first(&client).await.map_err(|fault| fault.failure)?;
        let mut head = self.head();
        let mut client = Some(client);
        while self.print(&head, &events)? {
            head.clear();
            tokio::time::sleep(EVERY).await;
            events = self.poll(&mut client).await?;
        }
        Ok(())
    }

    /// New ones, oldest first; none while the server is away. It may come back at another address.
    async fn poll(&mut self, connected: &mut Option<Client>) -> Result<Vec<Value>, Failure> {
        let was_away = connected.is_none();
        let found = connected.take().map_or_else(|| self.context.client(), Ok);
        let Ok(client) = found else {
            return Ok(Vec::new());
        };
        match self.unseen(&client).await {
            Ok(events) => {
                if was_away {
                    output::note("grantd answers again");
                }
                *connected = Some(client);
                Ok(events)
            }
            Err(fault) if fault.may_pass => {
                if !was_away {
                    output::note(&format!("{}; waiting for it", detail(&fault.failure)));
                }
                Ok(Vec::new())
            }
            Err(fault) => Err(fault.failure),
        }
    }

    /// The last ones that are there, oldest first.
    async fn first(&mut self, client: &Client) -> Result<Vec<Value>, Unanswered> {
        let (mut items, _) = self.page(client, None).await?;
        self.seen.begin(ids(&items), items.len() < PAGE);
        items.truncate(FIRST);
        items.reverse();
        Ok(items)
    }

    /// Those that have not been shown, oldest first.
    async fn unseen(&mut self, client: &Client) -> Result<Vec<Value>, Unanswered> {
        let (mut new, mut cursor) = (Vec::new(), None);
        loop {
            let (items, next) = self.page(client, cursor).await?;
            let count = items.len();
            let unseen = items.into_iter().filter(|item| self.seen.is_new(id(item)));
            let before = new.len();
            new.extend(unseen);
            let all_new = new.len() - before == count;
            if !all_new || next.is_none() {
                break;
            }
            cursor = next;
        }
        self.seen.add(ids(&new));
        new.reverse();
        Ok(new)
    }

    /// A page, newest first, and where the next one begins.
    async fn page(
        &self,
        client: &Client,
        cursor: Option<String>,
    ) -> Result<(Vec<Value>, Option<String>), Unanswered> {
        let path = ["credentials", self.credential, "events"];
        let call = Call::new(Method::GET, &path)
            .query("limit", Some(PAGE))
            .query("cursor", cursor);
        let mut document = client.try_send(call).await?.document;
        let next = document["next_cursor"].as_str().map(ToOwned::to_owned);
        match document["items"].take() {
            Value::Array(items) => Ok((items, next)),
            _ => Err(Unanswered {
                failure: Failure::refused("the answer of grantd holds no list"),
                may_pass: false,
            }),
        }
    }

    fn head(&self) -> String {
        match self.context.output {
            OutputFormat::Json => String::new(),
            OutputFormat::Table => line(COLUMNS.iter().map(|(heading, _)| (*heading).to_owned())),
        }
    }

    /// Prints them; tells whether somebody reads.
    fn print(&self, head: &str, events: &[Value]) -> Result<bool, Failure> {
        let lines = events.iter().map(|event| match self.context.output {
            OutputFormat::Json => format!("{event}\n"),
            OutputFormat::Table => line(COLUMNS.iter().map(|(_, show)| one_line(&show(event)))),
        });
        output::print_on(
            &std::iter::once(head.to_owned())
                .chain(lines)
                .collect::<String>(),
        )
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let widths = WIDTHS.into_iter().chain([0]);
    let cells: Vec<String> = cells
        .zip(widths)
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    format!("{}\n", cells.join("  ").trim_end())
}

fn id(event: &Value) -> &str {
    event["id"].as_str().unwrap_or_default()
}

fn ids(events: &[Value]) -> impl Iterator<Item = String> {
    events.iter().map(|event| id(event).to_owned())
}

fn detail(failure: &Failure) -> &str {
    failure.faults.first().map_or("", |fault| &fault.detail)
}
