//! The fields of the form: from a consumer and back.

use grantd_model::consumer::{HeaderDraft, LimitsDraft, RejectedHeaderDraft, TimeoutsDraft};
use grantd_model::{Consumer, ConsumerDraft, Secret};

use crate::console::form::Form;
use crate::console::merge::Fields;
use crate::console::texts::Texts;
use crate::console::{pairs, sizes};

/// The fields of the form.
pub(super) const FIELDS: Fields = Fields {
    single: &[
        "name",
        "base_url",
        "description",
        "labels",
        "addresses",
        "ca_bundle",
        "http",
        "credential",
        "scope",
        "token_header",
        "token_prefix",
        "callers",
        "hosts",
        "methods",
        "paths",
        "remove_headers",
        "statuses",
        "rejected_body",
        "replay_bytes",
        "requests_per_second",
        "burst",
        "concurrent",
        "connect_s",
        "answer_s",
        "idle_s",
    ],
    groups: &[
        ("headers", &["header_name", "header_value", "header_kind"]),
        ("passes", &["passes", "cookies", "upgrades"]),
        ("rejected_header", &["rejected_header", "rejected_contains"]),
    ],
    label: label_key,
    words,
};

/// The text of a field's label.
pub(super) fn label_key(field: &str) -> &'static str {
    match field {
        "name" => "field.name",
        "slug" => "field.slug",
        "description" => "field.description",
        "labels" => "field.labels",
        "ca_bundle" => "field.ca_bundle",
        "addresses" => "consumer_field.addresses",
        "http" => "consumer_field.http",
        "credential" => "consumer_field.credential",
        "scope" => "consumer_field.scope",
        "token_header" => "consumer_field.token_header",
        "token_prefix" => "consumer_field.token_prefix",
        "headers" => "consumer_field.headers",
        "callers" => "consumer_field.callers",
        "hosts" => "consumer_field.hosts",
        "methods" => "consumer_field.methods",
        "paths" => "consumer_field.paths",
        "passes" => "consumer_field.passes",
        "remove_headers" => "consumer_field.remove_headers",
        "statuses" => "consumer_field.statuses",
        "rejected_header" => "consumer_field.rejected_header",
        "rejected_contains" => "consumer_field.rejected_contains",
        "rejected_body" => "consumer_field.rejected_body",
        "replay_bytes" => "consumer_field.replay_bytes",
        "requests_per_second" => "consumer_field.requests_per_second",
        "burst" => "consumer_field.burst",
        "concurrent" => "consumer_field.concurrent",
        "connect_s" => "consumer_field.connect_s",
        "answer_s" => "consumer_field.answer_s",
        "idle_s" => "consumer_field.idle_s",
        "test_method" => "consumer_field.test_method",
        "test_path" => "consumer_field.test_path",
        _ => "consumer_field.base_url",
    }
}

/// The part of the form, closed at first, in which a field stands.
pub(super) fn fold_of(field: &str) -> Option<&'static str> {
    match field {
        "slug" | "description" | "labels" | "addresses" | "ca_bundle" | "http" => Some("service"),
        "token_header" | "token_prefix" | "headers" => Some("token"),
        "remove_headers" => Some("through"),
        "statuses" | "rejected_header" | "rejected_contains" | "rejected_body" | "replay_bytes" => {
            Some("refused")
        }
        "requests_per_second" | "burst" | "concurrent" | "connect_s" | "answer_s" | "idle_s" => {
            Some("limits")
        }
        _ => None,
    }
}

/// The fields of one line each in the parts that are closed at first: part, name, and the keys of label and help.
pub(super) const NOTED: [(&str, &str, &str, &str); 11] = [
    (
        "refused",
        "statuses",
        "consumer_field.statuses",
        "consumer_help.statuses",
    ),
    (
        "refused",
        "rejected_header",
        "consumer_field.rejected_header",
        "consumer_help.rejected_header",
    ),
    (
        "refused",
        "rejected_contains",
        "consumer_field.rejected_contains",
        "consumer_help.rejected_contains",
    ),
    (
        "refused",
        "rejected_body",
        "consumer_field.rejected_body",
        "consumer_help.rejected_body",
    ),
    (
        "refused",
        "replay_bytes",
        "consumer_field.replay_bytes",
        "consumer_help.replay_bytes",
    ),
    (
        "limits",
        "requests_per_second",
        "consumer_field.requests_per_second",
        "consumer_help.requests_per_second",
    ),
    (
        "limits",
        "burst",
        "consumer_field.burst",
        "consumer_help.burst",
    ),
    (
        "limits",
        "concurrent",
        "consumer_field.concurrent",
        "consumer_help.concurrent",
    ),
    (
        "limits",
        "connect_s",
        "consumer_field.connect_s",
        "consumer_help.connect_s",
    ),
    (
        "limits",
        "answer_s",
        "consumer_field.answer_s",
        "consumer_help.answer_s",
    ),
    (
        "limits",
        "idle_s",
        "consumer_field.idle_s",
        "consumer_help.idle_s",
    ),
];

/// What a new consumer begins with.
pub(super) fn defaults() -> Form {
    of_draft(&ConsumerDraft::default())
}

/// The fields of a consumer as it is kept, never its secret values; its credential by slug.
pub(super) fn of_consumer(consumer: &Consumer, credential: &str) -> Form {
    let mut form = of_draft(&ConsumerDraft::of(consumer));
    form.put("credential", credential);
    pairs::put_kept(&mut form, "header", &consumer.fields);
    form
}

/// All but the header fields.
fn of_draft(draft: &ConsumerDraft) -> Form {
    let mut form = Form::default();
    let labels = draft.labels.iter().map(|(k, v)| format!("{k}: {v}"));
    form.put("name", draft.name.as_str());
    form.put("description", draft.description.as_str());
    form.put("labels", labels.collect::<Vec<_>>().join("\n"));
    form.put("base_url", draft.base_url.as_str());
    form.put("addresses", draft.addresses.join("\n"));
    form.put("ca_bundle", draft.ca_bundle.clone().unwrap_or_default());
    form.put("http", draft.http.as_str());
    form.put("credential", draft.credential.as_str());
    form.put("scope", draft.scope.as_str());
    form.put("token_header", draft.token_header.as_str());
    form.put("token_prefix", draft.token_prefix.as_str());
    form.put("callers", draft.callers.as_str());
    form.put("hosts", draft.hosts.join("\n"));
    form.put("methods", draft.methods.join(", "));
    form.put("paths", draft.paths.join("\n"));
    form.put("remove_headers", draft.remove_headers.join("\n"));
    form.put("passes", "on");
    for (name, is_set) in [("cookies", draft.cookies), ("upgrades", draft.upgrades)] {
        if is_set {
            form.put(name, "on");
        }
    }
    let rejected = &draft.rejected;
    let statuses: Vec<String> = rejected.statuses.iter().map(u16::to_string).collect();
    form.put("statuses", statuses.join(", "));
    let header = rejected.header.clone().unwrap_or_default();
    form.put("rejected_header", header.name);
    form.put("rejected_contains", header.contains);
    form.put("rejected_body", rejected.body.clone().unwrap_or_default());
    form.put("replay_bytes", sizes::exact(draft.replay_bytes));
    let limit = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let limits = draft.limits;
    form.put("requests_per_second", limit(limits.requests_per_second));
    form.put("burst", limit(limits.burst));
    form.put("concurrent", limit(limits.concurrent));
    form.put("connect_s", draft.timeouts.connect_s.to_string());
    form.put("answer_s", draft.timeouts.answer_s.to_string());
    form.put("idle_s", draft.timeouts.idle_s.to_string());
    form
}

/// The form as the API's are parsed. What is no number is taken for one out of range, so that what is expected is
/// told.
pub(super) fn to_draft(form: &Form) -> ConsumerDraft {
    let text = |name: &str| form.get(name).trim().to_owned();
    let some = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let lines = |name: &str| form.get(name).replace("\r\n", "\n");
    let mut draft = ConsumerDraft {
        name: text("name"),
        description: lines("description"),
        credential: text("credential"),
        scope: text("scope"),
        base_url: text("base_url"),
        addresses: list(form, "addresses"),
        ca_bundle: some("ca_bundle").map(|_| lines("ca_bundle").trim().to_owned()),
        http: text("http"),
        token_header: text("token_header"),
        token_prefix: text("token_prefix"),
        headers: headers(form),
        remove_headers: list(form, "remove_headers"),
        hosts: list(form, "hosts"),
        callers: text("callers"),
        methods: list(form, "methods"),
        paths: list(form, "paths"),
        cookies: form.is_ticked("cookies"),
        upgrades: form.is_ticked("upgrades"),
        replay_bytes: sizes::parse(form.get("replay_bytes")).unwrap_or(u64::MAX),
        timeouts: TimeoutsDraft {
            connect_s: number(form.get("connect_s")),
            answer_s: number(form.get("answer_s")),
            idle_s: number(form.get("idle_s")),
        },
        limits: LimitsDraft {
            requests_per_second: some("requests_per_second").map(|it| number(&it)),
            burst: some("burst").map(|it| number(&it)),
            concurrent: some("concurrent").map(|it| number(&it)),
        },
        ..ConsumerDraft::default()
    };
    let labels = form.get("labels").lines();
    draft.labels = labels
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            (key.trim().to_owned(), value.trim().to_owned())
        })
        .collect();
    let statuses = list(form, "statuses");
    draft.rejected.statuses = statuses
        .iter()
        .map(|text| text.parse().unwrap_or(0))
        .collect();
    let (name, contains) = (text("rejected_header"), text("rejected_contains"));
    let is_set = !name.is_empty() || !contains.is_empty();
    draft.rejected.header = is_set.then_some(RejectedHeaderDraft { name, contains });
    draft.rejected.body = some("rejected_body").map(|_| lines("rejected_body"));
    draft
}

fn headers(form: &Form) -> Vec<HeaderDraft> {
    let rows = pairs::typed(form, "header").into_iter();
    rows.map(|(name, value, secret)| HeaderDraft {
        name: name.trim().to_owned(),
        // a secret that is left empty is the one that is kept
        value: (!value.is_empty() || !secret).then(|| Secret::from(value)),
        secret,
    })
    .collect()
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(u64::MAX)
}

/// The values of a field that takes many: one on a line, or with spaces or commas between. A comma may stand in a
/// path.
fn list(form: &Form, name: &str) -> Vec<String> {
    let is_between = |c: char| c.is_whitespace() || (c == ',' && name != "paths");
    let values = form.get(name).split(is_between);
    values
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A value to compare and to read.
fn words(t: &Texts, form: &Form, label: &str) -> String {
    match label {
        "headers" => pairs::words(t, form, "header"),
        "passes" => {
            let named = [
                ("cookies", "consumer_field.cookies"),
                ("upgrades", "consumer_field.upgrades"),
            ];
            let ticked = named.iter().filter(|(name, _)| form.is_ticked(name));
            let ticked: Vec<&str> = ticked.map(|(_, key)| t.say(key)).collect();
            ticked.join("\n")
        }
        "rejected_header" => {
            let [name, contains] =
                ["rejected_header", "rejected_contains"].map(|name| form.get(name).trim());
            if name.is_empty() && contains.is_empty() {
                String::new()
            } else {
                format!("{name}: {contains}")
            }
        }
        "addresses" | "hosts" | "methods" | "paths" | "remove_headers" | "statuses" => {
            list(form, label).join("\n")
        }
        name => form.get(name).replace("\r\n", "\n").trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use grantd_testkit::fixtures::Fixtures;

    use super::*;

    fn sent(form: &Form) -> Form {
        Form::parse(form.to_text().as_bytes())
    }

    #[test]
    fn what_is_kept_comes_back_as_it_is() {
        let fixtures = Fixtures::default();
        let credential = fixtures.credential("crm");
        let mut consumer = fixtures.consumer("crm", &credential);
        let mut draft = ConsumerDraft::of(&consumer);
        draft.paths = vec!["/a,b".to_owned(), "/c".to_owned()];
        draft.methods = vec!["GET".to_owned(), "POST".to_owned()];
        draft.rejected.statuses = vec![401, 403];
        draft.rejected.body = Some("token\nexpired".to_owned());
        draft.limits.requests_per_second = Some(10);
        draft.cookies = true;
        consumer.settings = draft.parse(credential.id).unwrap().0;
        let form = of_consumer(&consumer, credential.slug.as_str());
        let (settings, fields) = to_draft(&sent(&form)).parse(credential.id).unwrap();
        assert_eq!(settings, consumer.settings);
        let names: Vec<&str> = fields.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["x-api-key", "accept"]);
        assert!(matches!(
            fields[0].value,
            grantd_model::ParameterInput::Keep
        ));
        let default = to_draft(&sent(&defaults()));
        let written = |draft: &ConsumerDraft| serde_json::to_value(draft).unwrap();
        assert_eq!(written(&default), written(&ConsumerDraft::default()));
    }

    #[test]
    fn what_is_no_number_is_told_what_is_expected() {
        let mut form = defaults();
        for (name, value) in [
            ("name", "CRM"),
            ("base_url", "https://api.example.com"),
            ("replay_bytes", "much"),
            ("statuses", "401, all"),
            ("burst", "many"),
            ("idle_s", ""),
        ] {
            form.put(name, value);
        }
        let credential = Fixtures::default().credential("crm").id;
        let errors = to_draft(&form).parse(credential).unwrap_err();
        let places: Vec<&str> = errors.iter().map(|it| it.pointer.as_str()).collect();
        for place in [
            "/replay_bytes",
            "/rejected/statuses/1",
            "/limits/burst",
            "/timeouts/idle_s",
        ] {
            assert!(places.contains(&place), "{place}: {places:?}");
        }
    }

    #[test]
    fn every_field_has_a_label_of_its_own() {
        let texts = Texts::default();
        let groups = FIELDS.groups.iter().map(|(label, _)| label);
        for field in FIELDS.single.iter().chain(groups) {
            let key = label_key(field);
            assert!(texts.find(key).is_some(), "{key}");
            assert!(key.ends_with(field), "{field}: {key}");
        }
    }
}
