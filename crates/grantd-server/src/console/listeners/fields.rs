//! The fields of the form: from a listener's settings and back, and which one a fault is of.

use grantd_model::listener::{FilterDraft, FilterField};
use grantd_model::{FieldError, Listener, ListenerDraft};

use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::merge::Fields;
use crate::console::sizes;
use crate::console::texts::Texts;

/// The most rows of filters.
pub(super) const MOST_FILTERS: usize = 50;

/// What the boxes of the content are called, in the form and in the texts.
pub(super) const CONTENT: [&str; 5] = ["body", "attachments", "inline", "mime", "entry_id"];

/// The fields of the form.
pub(super) const FIELDS: Fields = Fields {
    single: &[
        "name",
        "credential",
        "mailbox",
        "folder",
        "endpoint",
        "interval_s",
        "spool",
        "layout",
        "description",
        "labels",
        "order",
        "batch",
        "most_body",
        "most_attachment",
        "most_mime",
        "attempts",
        "failed_folder",
        "version",
        "impersonate_by",
        "ca_bundle",
    ],
    groups: &[
        ("start", &["start", "since"]),
        (
            "filters",
            &["filter_not", "filter_field", "filter_test", "filter_value"],
        ),
        (
            "content",
            &[
                "content",
                "body",
                "attachments",
                "inline",
                "mime",
                "entry_id",
            ],
        ),
        (
            "then",
            &[
                "afterwards",
                "mark_read",
                "category",
                "then",
                "move_to",
                "delete_to",
            ],
        ),
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
        "credential" => "listener_field.credential",
        "mailbox" => "listener_field.mailbox",
        "endpoint" => "listener_field.endpoint",
        "start" => "listener_field.start",
        "interval_s" => "listener_field.interval_s",
        "filters" => "listener_field.filters",
        "order" => "listener_field.order",
        "batch" => "listener_field.batch",
        "content" => "listener_field.content",
        "most_body" => "listener_field.most_body",
        "most_attachment" => "listener_field.most_attachment",
        "most_mime" => "listener_field.most_mime",
        "spool" => "listener_field.spool",
        "layout" => "listener_field.layout",
        "then" => "listener_field.then",
        "move_to" => "listener_field.move_to",
        "delete_to" => "listener_field.delete_to",
        "category" => "listener_field.category",
        "attempts" => "listener_field.attempts",
        "failed_folder" => "listener_field.failed_folder",
        "version" => "listener_field.version",
        "impersonate_by" => "listener_field.impersonate_by",
        _ => "listener_field.folder",
    }
}

/// Whether a field stands in the part that is closed at first.
pub(super) fn is_advanced(field: &str) -> bool {
    matches!(
        field,
        "slug"
            | "description"
            | "labels"
            | "order"
            | "batch"
            | "most_body"
            | "most_attachment"
            | "most_mime"
            | "attempts"
            | "failed_folder"
            | "version"
            | "impersonate_by"
            | "ca_bundle"
    )
}

/// What a new listener begins with.
pub(super) fn defaults() -> Form {
    of_draft(&ListenerDraft::default())
}

/// The fields of a listener as it is kept; its credential by slug.
pub(super) fn of_listener(listener: &Listener, credential: &str) -> Form {
    let mut form = of_draft(&ListenerDraft::of(&listener.settings));
    form.put("credential", credential);
    form
}

fn of_draft(draft: &ListenerDraft) -> Form {
    let mut form = Form::default();
    let labels = draft.labels.iter().map(|(k, v)| format!("{k}: {v}"));
    form.put("name", draft.name.as_str());
    form.put("description", draft.description.as_str());
    form.put("labels", labels.collect::<Vec<_>>().join("\n"));
    form.put("credential", draft.credential.as_str());
    form.put("mailbox", draft.mailbox.as_str());
    form.put("folder", draft.folder.as_str());
    form.put("endpoint", draft.endpoint.as_str());
    form.put("ca_bundle", draft.ca_bundle.clone().unwrap_or_default());
    form.put("version", draft.version.as_str());
    form.put("impersonate_by", draft.impersonate_by.as_str());
    match draft.start.as_str() {
        start @ ("now" | "unread") => form.put("start", start),
        since => {
            form.put("start", "since");
            form.put("since", since);
        }
    }
    form.put("interval_s", draft.interval_s.to_string());
    form.put("order", draft.order.as_str());
    form.put("batch", draft.batch.to_string());
    for filter in &draft.filters {
        form.add("filter_not", if filter.not { "not" } else { "" });
        form.add("filter_field", &filter.field);
        form.add("filter_test", &filter.test);
        form.add("filter_value", &filter.value);
    }
    let content = draft.content;
    form.put("content", "on");
    for (name, is_set) in CONTENT.iter().zip([
        content.body,
        content.attachments,
        content.inline,
        content.mime,
        content.entry_id,
    ]) {
        if is_set {
            form.put(name, "on");
        }
    }
    form.put("most_body", sizes::exact(content.most_body_bytes));
    form.put(
        "most_attachment",
        sizes::exact(content.most_attachment_bytes),
    );
    form.put("most_mime", sizes::exact(content.most_mime_bytes));
    form.put("spool", draft.delivery.spool.as_str());
    form.put("layout", draft.delivery.layout.as_str());
    let afterwards = &draft.afterwards;
    form.put("afterwards", "on");
    if afterwards.mark_read {
        form.put("mark_read", "on");
    }
    form.put("category", afterwards.category.clone().unwrap_or_default());
    form.put("then", afterwards.then.as_str());
    form.put("move_to", afterwards.folder.clone().unwrap_or_default());
    let delete_to = afterwards.delete_to.as_deref();
    form.put("delete_to", delete_to.unwrap_or("deleted_items"));
    form.put("attempts", draft.retries.attempts.to_string());
    let failed_folder = draft.retries.folder.clone();
    form.put("failed_folder", failed_folder.unwrap_or_default());
    form
}

/// The form as the API's are parsed. What is no number is taken for one that is too large, so that
/// what is expected is told.
pub(super) fn to_draft(form: &Form) -> ListenerDraft {
    let mut draft = ListenerDraft::default();
    let text = |name: &str| form.get(name).trim().to_owned();
    let some = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    draft.name = text("name");
    draft.description = form.get("description").replace("\r\n", "\n");
    draft.labels = form
        .get("labels")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            (key.trim().to_owned(), value.trim().to_owned())
        })
        .collect();
    draft.credential = text("credential");
    draft.mailbox = text("mailbox");
    draft.folder = text("folder");
    draft.endpoint = some("endpoint").unwrap_or(draft.endpoint);
    draft.ca_bundle = some("ca_bundle").map(|bundle| bundle.replace("\r\n", "\n"));
    draft.version = text("version");
    draft.impersonate_by = text("impersonate_by");
    draft.start = match form.get("start") {
        "since" => text("since"),
        other => other.to_owned(),
    };
    draft.interval_s = number(form.get("interval_s"));
    draft.order = text("order");
    draft.batch = u32::try_from(number(form.get("batch"))).unwrap_or(u32::MAX);
    draft.filters = filters(form);
    let content = &mut draft.content;
    content.body = form.is_ticked("body");
    content.attachments = form.is_ticked("attachments");
    content.inline = form.is_ticked("inline");
    content.mime = form.is_ticked("mime");
    content.entry_id = form.is_ticked("entry_id");
    let size = |name: &str| sizes::parse(form.get(name)).unwrap_or(u64::MAX);
    content.most_body_bytes = size("most_body");
    content.most_attachment_bytes = size("most_attachment");
    content.most_mime_bytes = size("most_mime");
    draft.delivery.spool = text("spool");
    draft.delivery.layout = text("layout");
    let afterwards = &mut draft.afterwards;
    afterwards.mark_read = form.is_ticked("mark_read");
    afterwards.category = some("category");
    afterwards.then = text("then");
    afterwards.folder = some("move_to").filter(|_| afterwards.then == "move");
    afterwards.delete_to = some("delete_to").filter(|_| afterwards.then == "delete");
    draft.retries.attempts = u32::try_from(number(form.get("attempts"))).unwrap_or(u32::MAX);
    draft.retries.folder = some("failed_folder");
    draft
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(u64::MAX)
}

/// The rows of filters in which anything is chosen or typed.
pub(super) fn filters(form: &Form) -> Vec<FilterDraft> {
    let rows = form
        .all("filter_field")
        .zip(form.all("filter_test"))
        .zip(form.all("filter_value"))
        .zip(form.all("filter_not"));
    rows.filter(|(((field, _), value), _)| !field.is_empty() || !value.trim().is_empty())
        .map(|(((field, test), value), not)| FilterDraft {
            field: field.to_owned(),
            test: test.to_owned(),
            value: value.trim().to_owned(),
            not: not == "not",
        })
        .collect()
}

/// The tests that any field takes, each once.
pub(super) fn tests() -> Vec<&'static str> {
    let mut tests: Vec<&'static str> = Vec::new();
    for test in FilterField::ALL.iter().flat_map(|field| field.tests()) {
        if !tests.contains(test) {
            tests.push(test);
        }
    }
    tests
}

/// A filter in one line.
pub(super) fn filter_in_words(t: &Texts, filter: &FilterDraft) -> String {
    let not = if filter.not {
        format!("{} ", t.say("filter.not"))
    } else {
        String::new()
    };
    let field = t.say(field_key(&filter.field));
    let test = t.say(test_key(&filter.test));
    format!("{not}{field} {test} {}", filter.value)
}

/// The text of what a filter looks at.
pub(super) fn field_key(field: &str) -> &'static str {
    match field {
        "sender" => "filter.sender",
        "recipient" => "filter.recipient",
        "subject" => "filter.subject",
        "has_attachments" => "filter.has_attachments",
        "size" => "filter.size",
        "importance" => "filter.importance",
        "category" => "filter.category",
        _ => "filter.nothing",
    }
}

/// The text of how a filter looks at it.
pub(super) fn test_key(test: &str) -> &'static str {
    match test {
        "equals" => "filter.equals",
        "matches" => "filter.matches",
        "is" => "filter.is",
        "at_most" => "filter.at_most",
        "at_least" => "filter.at_least",
        _ => "filter.contains",
    }
}

/// A value to compare and to read.
fn words(t: &Texts, form: &Form, label: &str) -> String {
    match label {
        "start" if form.get("start") == "since" => form.get("since").trim().to_owned(),
        "start" => match form.get("start") {
            "unread" => t.say("listener_field.start_unread"),
            _ => t.say("listener_field.start_now"),
        }
        .to_owned(),
        "filters" => {
            let lines: Vec<String> = filters(form)
                .iter()
                .map(|filter| filter_in_words(t, filter))
                .collect();
            lines.join("\n")
        }
        "content" => {
            let named = CONTENT.iter().filter(|name| form.is_ticked(name));
            let named: Vec<&str> = named.map(|name| t.say(content_key(name))).collect();
            named.join("\n")
        }
        "then" => afterwards(t, form).join("\n"),
        name => form.get(name).replace("\r\n", "\n").trim().to_owned(),
    }
}

/// The text of a box of the content.
pub(super) fn content_key(name: &str) -> &'static str {
    match name {
        "body" => "listener_field.body",
        "attachments" => "listener_field.attachments",
        "inline" => "listener_field.inline",
        "mime" => "listener_field.mime",
        _ => "listener_field.entry_id",
    }
}

/// What is done with a mail afterwards, each in words.
pub(super) fn afterwards(t: &Texts, form: &Form) -> Vec<String> {
    let mut done = Vec::new();
    if form.is_ticked("mark_read") {
        done.push(t.say("listener_field.mark_read").to_owned());
    }
    let category = form.get("category").trim();
    if !category.is_empty() {
        done.push(t.say1("listener.categorised", category));
    }
    match form.get("then") {
        "move" => done.push(t.say1("listener.moved_to", form.get("move_to").trim())),
        "delete" => {
            let to = t.say(delete_key(form.get("delete_to")));
            done.push(t.say1("listener.deleted_to", to));
        }
        _ => {}
    }
    if done.is_empty() {
        done.push(t.say("listener_field.leave").to_owned());
    }
    done
}

/// The text of where a deleted mail goes.
pub(super) fn delete_key(to: &str) -> &'static str {
    match to {
        "recoverable" => "listener_field.delete_recoverable",
        "nowhere" => "listener_field.delete_nowhere",
        _ => "listener_field.delete_deleted_items",
    }
}

/// Faults by their fields, in the order in which the fields stand.
pub(super) fn faults(t: &Texts, errors: &[FieldError]) -> Vec<Fault> {
    const ORDER: [&str; 10] = [
        "name",
        "credential",
        "mailbox",
        "folder",
        "endpoint",
        "start",
        "interval_s",
        "filters",
        "spool",
        "then",
    ];
    let mut faults = fault::faults(errors, field_of);
    for (fault, error) in faults.iter_mut().zip(errors) {
        let filter = error.pointer.strip_prefix("/filters/");
        let number = filter
            .and_then(|rest| rest.split('/').next())
            .and_then(|number| number.parse::<u64>().ok());
        if let Some(number) = number {
            let filter = t.say1("filter.number", number + 1);
            fault.detail = format!("{filter}: {}", fault.detail);
        }
    }
    faults.sort_by_key(|fault| {
        let place = ORDER.iter().position(|field| *field == fault.field);
        place.unwrap_or(ORDER.len())
    });
    faults
}

fn field_of(pointer: &str) -> &'static str {
    const PLACES: [(&str, &str); 27] = [
        ("/slug", "slug"),
        ("/description", "description"),
        ("/labels", "labels"),
        ("/credential", "credential"),
        ("/endpoint", "endpoint"),
        ("/ca_bundle", "ca_bundle"),
        ("/impersonate_by", "impersonate_by"),
        ("/version", "version"),
        ("/mailbox", "mailbox"),
        ("/folder", "folder"),
        ("/start", "start"),
        ("/interval_s", "interval_s"),
        ("/filters", "filters"),
        ("/order", "order"),
        ("/batch", "batch"),
        ("/content/most_body_bytes", "most_body"),
        ("/content/most_attachment_bytes", "most_attachment"),
        ("/content/most_mime_bytes", "most_mime"),
        ("/content", "content"),
        ("/delivery/layout", "layout"),
        ("/delivery", "spool"),
        ("/afterwards/folder", "move_to"),
        ("/afterwards/delete_to", "delete_to"),
        ("/afterwards/category", "category"),
        ("/afterwards", "then"),
        ("/retries/folder", "failed_folder"),
        ("/retries", "attempts"),
    ];
    fault::field_at(&PLACES, pointer).unwrap_or("name")
}

#[cfg(test)]
mod tests {
    use grantd_testkit::fixtures::Fixtures;

    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_is() {
        let fixtures = Fixtures::default();
        let listener = fixtures.listener("orders", &fixtures.credential("mail"));
        let draft = ListenerDraft::of(&listener.settings);
        let form = of_listener(&listener, &draft.credential);
        assert_eq!(to_draft(&Form::parse(form.to_text().as_bytes())), draft);
        let default = to_draft(&defaults());
        assert_eq!(default, ListenerDraft::default());
    }

    #[test]
    fn a_fault_stands_beside_its_field_and_names_the_filter() {
        let texts = Texts::default();
        let told = |pointer: &str| {
            let error = grantd_model::Invalid::new("wrong", "a thing is expected").at(pointer);
            let fault = faults(&texts, &[error]).remove(0);
            (fault.field, fault.detail)
        };
        assert_eq!(told("/filters/1/value").0, "filters");
        assert_eq!(told("/filters/1/value").1, "Filter 2: A thing is expected.");
        assert_eq!(told("/content/most_mime_bytes").0, "most_mime");
        assert_eq!(told("/content/mime").0, "content");
        assert_eq!(told("/delivery/kind").0, "spool");
        assert_eq!(told("/labels/a~b").0, "labels");
    }

    #[test]
    fn what_is_no_number_is_told_what_is_expected() {
        let mut form = defaults();
        form.put("interval_s", "often");
        form.put("most_mime", "much");
        let draft = to_draft(&form);
        let credential = Fixtures::default().credential("mail").id;
        let errors = draft.parse(credential).unwrap_err();
        let places: Vec<&str> = errors.iter().map(|it| it.pointer.as_str()).collect();
        assert!(places.contains(&"/interval_s"), "{places:?}");
        assert!(places.contains(&"/content/most_mime_bytes"), "{places:?}");
    }

    #[test]
    fn every_name_of_a_filter_has_words() {
        let texts = Texts::default();
        for field in FilterField::ALL {
            assert!(texts.find(field_key(field.name())).is_some());
            assert_ne!(field_key(field.name()), "filter.nothing");
        }
        for test in tests() {
            assert_eq!(test_key(test), format!("filter.{test}"));
        }
    }
}
