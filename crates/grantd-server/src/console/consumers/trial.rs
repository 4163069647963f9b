//! A test request as it is typed.

use grantd_engine::TestRequest;
use grantd_model::consumer::MethodName;
use grantd_model::{Consumer, FieldError};

use crate::console::form::Form;

/// The methods that are offered.
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/// The request; its path is `/` unless typed.
///
/// # Errors
/// When the method is none.
pub(super) fn request(form: &Form) -> Result<TestRequest, Vec<FieldError>> {
    let method = MethodName::try_from(form.get("test_method").trim());
    let path = match form.get("test_path").trim() {
        "" => "/",
        path => path,
    };
    Ok(TestRequest {
        method: method.map_err(|fault| vec![fault.at("/method")])?,
        path: path.to_owned(),
    })
}

/// The methods to choose from, with the one that is chosen.
pub(super) fn methods(chosen: &str) -> Vec<String> {
    let mut methods = METHODS.map(str::to_owned).to_vec();
    if !chosen.is_empty() && !METHODS.contains(&chosen) {
        methods.push(chosen.to_owned());
    }
    methods
}

/// What is sent unless something else is typed: what the consumer's rules let through, with a method that changes
/// nothing if there is one.
pub(super) fn suggested(consumer: &Consumer) -> (&str, &str) {
    let settings = &consumer.settings;
    let mut allowed = settings.methods.iter().map(MethodName::as_str);
    let method = if settings.methods.is_empty() {
        "GET"
    } else {
        let harmless = |method: &&str| matches!(*method, "GET" | "HEAD" | "OPTIONS");
        let first = settings.methods.first().map(MethodName::as_str);
        allowed.find(harmless).or(first).unwrap_or("GET")
    };
    let path = settings.paths.first().map_or("/", |path| path.as_str());
    (method, path)
}

#[cfg(test)]
mod tests {
    use grantd_model::ConsumerDraft;
    use grantd_testkit::fixtures::Fixtures;

    use super::*;

    #[test]
    fn a_request_that_the_rules_let_through_is_suggested() {
        let fixtures = Fixtures::default();
        let credential = fixtures.credential("crm");
        let mut consumer = fixtures.consumer("crm", &credential);
        assert_eq!(suggested(&consumer), ("GET", "/"));
        for (methods, method) in [(&["POST", "GET"][..], "GET"), (&["PUT", "POST"][..], "PUT")] {
            let draft = ConsumerDraft {
                methods: methods.iter().map(|it| (*it).to_owned()).collect(),
                paths: vec!["/orders".to_owned()],
                ..ConsumerDraft::of(&consumer)
            };
            consumer.settings = draft.parse(credential.id).unwrap().0;
            assert_eq!(suggested(&consumer), (method, "/orders"));
        }
    }

    #[test]
    fn a_method_of_the_consumers_own_is_offered() {
        assert_eq!(methods("GET").len(), METHODS.len());
        assert_eq!(methods("PROPFIND").last().unwrap(), "PROPFIND");
        let read = |text: &str| request(&Form::parse(text.as_bytes()));
        assert_eq!(read("test_method=GET&test_path=").unwrap().path, "/");
        let fault = read("test_method=A+B&test_path=/").unwrap_err().remove(0);
        assert_eq!(fault.pointer, "/method");
    }
}
