//! What the incoming webhooks of chats take. Names and details come from elsewhere, so that nothing in them
//! may ping people or be a link.

use bytes::Bytes;
use grantd_model::AlertMessage;
use grantd_model::alert::{ChatForm, HookUrl};
use grantd_net::Request;
use serde_json::{Value, json};

use crate::webhook::post;
use crate::words::{self, Words};

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
        ChatForm::Text => json!({"text": words.text()}),
        ChatForm::Slack => json!({"text": slack(&words)}),
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

/// Slack's `mrkdwn`: the three characters that begin something are written as it wants them.
fn slack(words: &Words) -> String {
    let plain = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let mut text = plain(&words.title);
    for (label, value) in &words.rows {
        text.push('\n');
        text.push_str(label);
        text.push_str(": ");
        text.push_str(&plain(value));
    }
    text
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
