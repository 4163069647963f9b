//! How a consumer is reached: lines to copy, without any secret in them.

use grantd_model::Consumer;
use grantd_model::consumer::Callers;

use super::trial::suggested;

/// What writes the header field that shows the key.
const KEY: &str = "sed 's/^/Authorization: Bearer /' \"$GRANTD_API_KEY_FILE\"";

/// One way to a consumer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The URL that stands for the base URL, or the host.
    pub(super) address: String,
    /// A command that sends a request this way. Where a key is needed, it runs as it is if `GRANTD_API_KEY_FILE`
    /// names a file with an API key.
    pub(super) code: String,
}

/// The ways to a consumer where requests come in at this URL: by its path, then by each of its hosts.
pub(super) fn ways(consumers_url: &str, consumer: &Consumer) -> Vec<Way> {
    let base = consumers_url.trim_end_matches('/');
    let (_, path) = suggested(consumer);
    let own = format!("{base}/consumers/{}", consumer.slug);
    let by_path = Way {
        code: curl(consumer, &format!("{own}{path}"), None),
        address: format!("{own}/"),
    };
    let by_host = consumer.settings.hosts.iter().map(|host| {
        let host = host.as_str();
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        Way {
            code: curl(consumer, &format!("{base}{path}"), Some(&host)),
            address: host,
        }
    });
    std::iter::once(by_path).chain(by_host).collect()
}

fn curl(consumer: &Consumer, url: &str, host: Option<&str>) -> String {
    let mut words = Vec::new();
    if consumer.settings.callers == Callers::ApiKey {
        words.push("-H @-".to_owned());
    }
    match suggested(consumer).0 {
        "GET" => {}
        "HEAD" => words.push("-I".to_owned()),
        method => words.push(format!("-X {}", quoted(method))),
    }
    words.extend(host.map(|host| format!("-H 'Host: {host}'")));
    words.push(quoted(url));
    let line = format!("curl -sS {}", words.join(" "));
    match consumer.settings.callers {
        Callers::ApiKey => format!("{KEY} |\n  {line}"),
        Callers::Loopback => line,
    }
}

/// A word of a shell's command.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:@%+=,".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use grantd_model::ConsumerDraft;
    use grantd_testkit::fixtures::Fixtures;

    use super::*;

    fn ways_of(change: impl FnOnce(&mut ConsumerDraft)) -> Vec<(String, String)> {
        let fixtures = Fixtures::default();
        let credential = fixtures.credential("crm");
        let mut consumer = fixtures.consumer("crm", &credential);
        let mut draft = ConsumerDraft::of(&consumer);
        change(&mut draft);
        consumer.settings = draft.parse(credential.id).unwrap().0;
        let ways = ways("http://127.0.0.1:8711/", &consumer).into_iter();
        ways.map(|way| (way.address, way.code)).collect()
    }

    #[test]
    fn each_way_has_a_line_that_shows_a_key_from_a_file() {
        let key = "sed 's/^/Authorization: Bearer /' \"$GRANTD_API_KEY_FILE\" |\n  ";
        let own = "http://127.0.0.1:8711/consumers/crm/";
        let host = "curl -sS -H @- -H 'Host: crm.internal.example' http://127.0.0.1:8711/";
        let expected = [
            (own.to_owned(), format!("{key}curl -sS -H @- {own}")),
            ("crm.internal.example".to_owned(), format!("{key}{host}")),
        ];
        assert_eq!(ways_of(|_| {}), expected);
    }

    #[test]
    fn what_the_rules_let_through_is_asked_for_and_quoted() {
        let ways = ways_of(|draft| {
            draft.callers = "loopback".to_owned();
            draft.hosts = vec!["::1".to_owned()];
            draft.methods = vec!["POST".to_owned()];
            draft.paths = vec!["/it's(a)$b".to_owned()];
        });
        let post = "curl -sS -X POST ";
        let url = r"'http://127.0.0.1:8711/consumers/crm/it'\''s(a)$b'";
        assert_eq!(ways[0].1, format!("{post}{url}"));
        let host = r"-H 'Host: [::1]' 'http://127.0.0.1:8711/it'\''s(a)$b'";
        assert_eq!(ways[1], ("[::1]".to_owned(), format!("{post}{host}")));
    }
}
