//! Values that must turn up nowhere.

/// Values with what they are.
#[derive(Debug, Default)]
pub(crate) struct Canaries(Vec<(String, String)>);

impl Canaries {
    /// Watches a value from here on; an empty one would be everywhere.
    pub(crate) fn watch(&mut self, what: &str, value: &str) {
        if !value.is_empty() {
            self.0.push((what.to_owned(), value.to_owned()));
        }
    }

    /// Fails the test if a value stands in the text, as it is or as JSON, HTML or a URL would have it.
    pub(crate) fn assert_absent(&self, place: &str, text: &str) {
        self.assert_absent_except(place, text, None);
    }

    /// The same, but for one kind of value.
    pub(crate) fn assert_absent_except(&self, place: &str, text: &str, allowed: Option<&str>) {
        for (what, value) in &self.0 {
            if allowed == Some(what) {
                continue;
            }
            let json = serde_json::to_string(value).unwrap();
            let url: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            let html = value
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#39;");
            for form in [value.as_str(), json.trim_matches('"'), &url, &html] {
                assert!(!text.contains(form), "{what} stands in {place}");
            }
        }
    }
}
