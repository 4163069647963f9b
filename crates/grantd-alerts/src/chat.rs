//! What the incoming webhooks of chats take. Names and details come from elsewhere: nothing in them pings
//! people or is a link.

use bytes::Bytes;
use grantd_model::AlertMessage;
use grantd_model::alert::{ChatForm, HookUrl};
use grantd_net::Request;
use serde_json::{Value, json};

use crate::webhook::post;
use crate::words::{self, PAGE, Words};

/// The request that posts a message.
#[must_use]
pub fn request(form: ChatForm, url: &HookUrl, message: &AlertMessage) -> Request {
    let document = document(form, message);
    post(url, Bytes::from(document.to_string()))
}

/// The document that is posted.
#[must_use]
pub fn document(form: ChatForm, message: &AlertMessage) -> Value {
    let words = words::of(message);
    match form {
        ChatForm::Text => json!({"text": lines(&words, quiet)}),
        ChatForm::Slack => json!({"text": lines(&words, |text| escaped(&quiet(text)))}),
        ChatForm::Teams => teams(
            &words,
            message
                .data
                .object
                .as_ref()
                .and_then(|it| it.url.as_deref()),
        ),
    }
}

/// Title and rows as lines, each text written by this; the page, which is ours, may be a link.
fn lines(words: &Words, write: impl Fn(&str) -> String) -> String {
    let mut text = write(&words.title);
    for (label, value) in &words.rows {
        let value = match *label {
            PAGE => value.clone(),
            _ => write(value),
        };
        text.push('\n');
        text.push_str(label);
        text.push_str(": ");
        text.push_str(&value);
    }
    text
}

/// The text with a space of no width wherever one of the chats would begin a mention (`@channel`,
/// `<users/all>`) or a link (`https://…`, `a.example`, `[…](…)`, `#tag`, `~channel`). No chat has a way to
/// turn all of them off for the text of a webhook.
fn quiet(text: &str) -> String {
    const NO_WIDTH: char = '\u{200b}';
    let mut quiet = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        quiet.push(c);
        let next = rest.peek().copied().unwrap_or(' ');
        let begins = match c {
            '@' | '<' | '#' | '~' => true,
            ']' => matches!(next, '(' | '['),
            ':' => next == '/',
            // a number with a fraction is none
            '.' => before.is_alphanumeric() && next.is_alphabetic(),
            _ => false,
        };
        if begins {
            quiet.push(NO_WIDTH);
        }
        before = c;
    }
    quiet
}

/// The three characters that begin something in Slack's `mrkdwn`, as it wants them.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// An Adaptive Card of runs of text, in which no Markdown counts.
fn teams(words: &Words, page: Option<&str>) -> Value {
    let run = |text: &str, bold: bool| {
        let weight = if bold { "bolder" } else { "default" };
        json!({"type": "TextRun", "text": text, "weight": weight})
    };
    let line = |runs: Vec<Value>| json!({"type": "RichTextBlock", "inlines": runs});
    let mut body = vec![line(vec![run(&words.title, true)])];
    for (label, value) in &words.rows {
        body.push(line(vec![
            run(&format!("{label}: "), true),
            run(value, false),
        ]));
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    });
    if let Some(page) = page {
        card["actions"] = json!([{"type": "Action.OpenUrl", "title": "Open", "url": page}]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": card,
        }],
    })
}
