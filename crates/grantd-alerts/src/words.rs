//! An alert in words, for mails and chats.

use grantd_model::alert::{AlertData, AlertType, EXPIRY_ALERT_DAYS};
use grantd_model::{AlertMessage, Timestamp};

const DAY: u64 = 24 * 3600;

/// The label of the page in the console.
pub(crate) const PAGE: &str = "Page";

/// An alert in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub title: String,
    /// What is known, each with its label.
    pub rows: Vec<(&'static str, String)>,
}

impl Words {
    /// Title and rows as lines.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.title.clone();
        for (label, value) in &self.rows {
            text.push('\n');
            text.push_str(label);
            text.push_str(": ");
            text.push_str(value);
        }
        text
    }
}

/// The one line for people that a message begins with.
#[must_use]
pub fn summary(kind: AlertType, now: Timestamp, data: &AlertData) -> String {
    let name = data.object.as_ref().map_or("", |it| one_line(&it.name));
    let class = match &data.class {
        Some(class) => format!(" ({})", class.replace('_', " ")),
        None => String::new(),
    };
    match kind {
        AlertType::CredentialFailing => format!("credential {name} is failing{class}"),
        AlertType::CredentialRecovered => format!("credential {name} works again"),
        AlertType::CredentialExpiring => {
            format!("the secret of credential {name} {}", ends(data, now))
        }
        AlertType::ListenerFailing => format!("email listener {name} is failing{class}"),
        AlertType::ListenerRecovered => format!("email listener {name} works again"),
        AlertType::ListenerLagging => format!(
            "email listener {name} lags: mail waits {}",
            counted(data.lag_s.unwrap_or(0) / 60, "minute")
        ),
        AlertType::ListenerCaughtUp => format!("email listener {name} has caught up"),
        AlertType::ListenerGaveUp => format!(
            "email listener {name} has given up {}",
            counted(data.given_up.unwrap_or(0), "mail")
        ),
        AlertType::SourceFailing => format!("secret source {name} is failing{class}"),
        AlertType::SourceRecovered => format!("secret source {name} works again"),
        AlertType::Many => format!("{} alerts at once", data.many.unwrap_or(0)),
        AlertType::Test => "this is a test of the alert channel".to_owned(),
    }
}

/// The message in words.
#[must_use]
pub fn of(message: &AlertMessage) -> Words {
    let data = &message.data;
    let badge = data.installation.badge.as_deref();
    let title = match badge {
        Some(badge) => format!("[{}] {}", one_line(badge), one_line(&data.summary)),
        None => one_line(&data.summary).to_owned(),
    };
    let text = |text: &Option<String>| text.as_deref().map(|text| one_line(text).to_owned());
    let since = data.since.map(seconds);
    let ends = data.secret_expires_at.map(seconds);
    let times = data.times.filter(|times| *times > 1);
    let untold = (data.untold > 0).then(|| {
        let times = counted(data.untold, "time");
        format!("it began {times} more since the last alert")
    });
    let page = data.object.as_ref().and_then(|it| it.url.clone());
    let mut rows: Vec<(&'static str, String)> = [
        ("Since", since),
        ("Ends", ends),
        ("Class", data.class.clone()),
        ("Detail", text(&data.detail)),
        ("Remedy", text(&data.remedy)),
        (
            "Failed",
            times.map(|times| format!("{times} times in a row")),
        ),
        ("Meanwhile", untold),
        (PAGE, page.or_else(|| data.installation.url.clone())),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label, value?)))
    .collect();
    for line in &data.summaries {
        rows.push(("Also", one_line(line).to_owned()));
    }
    let listed = data.summaries.len() as u64;
    if let Some(more) = data.many.and_then(|many| many.checked_sub(listed))
        && more > 0
    {
        rows.push(("Also", format!("{more} more")));
    }
    Words { title, rows }
}

/// How the end of a secret is told.
fn ends(data: &AlertData, now: Timestamp) -> String {
    let left = data
        .secret_expires_at
        .map_or(0, |end| end.since(now).as_secs());
    let most = u64::from(EXPIRY_ALERT_DAYS[0]);
    // one that ends in seven days but for a moment ends in seven days
    match (left + DAY / 2) / DAY {
        0 if left == 0 => "has ended".to_owned(),
        0 => "ends within a day".to_owned(),
        days => format!("ends in {}", counted(days.min(most), "day")),
    }
}

fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// A time without fractions of a second.
fn seconds(time: Timestamp) -> String {
    Timestamp::from_seconds(time.as_seconds()).to_string()
}

/// The first line; names and details have one, and a header must not have two.
fn one_line(text: &str) -> &str {
    let end = text.find(|c: char| c.is_control()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
