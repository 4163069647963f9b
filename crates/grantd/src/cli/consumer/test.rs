//! `grantd consumer test`.

use clap::Args;
use http::Method;
use serde_json::{Map, Value};

use super::settings::Settings;
use crate::cli::listing::text;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::{Failure, one_line};

/// Send one request through an HTTP consumer, and tell step by step how it went
///
/// Without a consumer the settings are those of the flags alone; with one, flags go over its
/// settings. Nothing of them is kept. The request has no body, but the service may do something
/// because of it.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Slug or id of a consumer, enabled or not
    #[arg(value_name = "CONSUMER", value_parser = named::consumer)]
    consumer: Option<String>,
    /// Method of the request [default: GET]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// Path of the request behind the base URL, with its query [default: /]
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Test {
    /// Sends it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = self.settings.members()?;
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        match &self.consumer {
            None => drop(put("draft", Value::Object(settings))),
            Some(consumer) => {
                put("consumer", consumer.as_str().into());
                if !settings.is_empty() {
                    put("overrides", Value::Object(settings));
                }
            }
        }
        for (name, value) in [("method", self.method), ("path", self.path)] {
            if let Some(value) = value {
                put(name, value.into());
            }
        }
        let call = Call::new(Method::POST, &["consumer_tests"]);
        // the service may take its time
        let call = call.json(Value::Object(members)).patient();
        let answer = context.call(call);
        let answer = answer.map_err(|failure| self.settings.in_words(failure))?;
        context.print(&answer.document, report)?;
        if answer.document["ok"] == true {
            Ok(())
        } else {
            Err(Failure::refused("the request did not go through"))
        }
    }
}

/// The steps as lines, then the answer.
fn report(document: &Value) -> String {
    let mut lines = Vec::new();
    for step in document["steps"].as_array().into_iter().flatten() {
        let sign = match step["ok"].as_bool() {
            Some(true) => "ok    ",
            Some(false) => "FAILED",
            None => "-     ",
        };
        let took = step["took_s"].as_f64().unwrap_or_default() * 1000.0;
        lines.push(format!(
            "{sign}  {:8}  {took:5.0} ms  {}",
            text(&step["name"]),
            one_line(&text(&step["detail"]))
        ));
        if let Some(remedy) = step["remedy"].as_str() {
            lines.push(format!("{:28}{}", "", one_line(remedy)));
        }
    }
    if let Some(status) = document["status"].as_u64() {
        let took = document["took_s"].as_f64().unwrap_or_default() * 1000.0;
        lines.push(String::new());
        lines.push(format!("status {status}, after {took:.0} ms"));
    }
    for header in document["headers"].as_array().into_iter().flatten() {
        let (name, value) = (text(&header["name"]), text(&header["value"]));
        lines.push(one_line(&format!("{name}: {value}")));
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_lines_and_so_is_the_answer() {
        insta::assert_snapshot!(report(
            &json!({"ok": false, "status": 403, "took_s": 0.2, "headers": [
                {"name": "content-type", "value": "text/plain"}, {"name": "x-odd", "value": "a\nb"},
            ], "steps": [
                {"name": "token", "ok": true, "took_s": 0.0123, "detail": "an access token is there", "remedy": null},
                {"name": "answer", "ok": false, "took_s": 0.1, "detail": "the service refuses\nit",
                 "remedy": "Ask who runs it."},
                {"name": "connect", "ok": null, "took_s": 0.0, "detail": "", "remedy": null},
            ]})
        ));
    }
}
