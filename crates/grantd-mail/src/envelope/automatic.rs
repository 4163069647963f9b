//! Whether a program sent a mail by itself (RFC 3834), so that nobody answers a program.

use super::HeaderField;

/// Why a mail is thought to be sent by a program; empty for those of people.
pub(super) fn reasons(headers: &[HeaderField], item_class: Option<&str>) -> Vec<&'static str> {
    let values = |name: &str| {
        let fields = headers
            .iter()
            .filter(|it| it.name.eq_ignore_ascii_case(name));
        fields
            .map(|it| it.value.trim().to_lowercase())
            .collect::<Vec<_>>()
    };
    let mut reasons = Vec::new();
    let mut because = |holds: bool, reason| {
        if holds {
            reasons.push(reason);
        }
    };
    let says = |name: &str, what: &dyn Fn(&str) -> bool| values(name).iter().any(|it| what(it));
    because(
        says("auto-submitted", &|it| {
            it.split(';').next().map(str::trim) != Some("no")
        }),
        "auto_submitted",
    );
    because(
        says("precedence", &|it| matches!(it, "bulk" | "junk" | "list")),
        "precedence",
    );
    because(
        says("x-auto-response-suppress", &|it| {
            !it.is_empty() && it != "none"
        }),
        "suppress",
    );
    because(says("return-path", &|it| it == "<>"), "empty_return_path");
    because(is_report(headers), "report");
    let class = item_class.unwrap_or_default().to_lowercase();
    because(
        class.starts_with("report.") || class.starts_with("ipm.note.rules.oof"),
        "item_class",
    );
    reasons
}

/// Whether it reports that a mail was not delivered (RFC 3464).
pub(super) fn is_bounce(headers: &[HeaderField], item_class: Option<&str>) -> bool {
    let class = item_class.unwrap_or_default().to_lowercase();
    let mut kind = class.split('.');
    if kind.next() == Some("report") && kind.next_back() == Some("ndr") {
        return true;
    }
    let failed = headers.iter().any(|it| {
        it.name.eq_ignore_ascii_case("x-failed-recipients") && !it.value.trim().is_empty()
    });
    failed
        || content_type(headers)
            .is_some_and(|it| it.starts_with("multipart/report") && it.contains("delivery-status"))
}

fn is_report(headers: &[HeaderField]) -> bool {
    content_type(headers).is_some_and(|it| it.starts_with("multipart/report"))
}

pub(super) fn content_type(headers: &[HeaderField]) -> Option<String> {
    let mut fields = headers.iter();
    let found = fields.find(|it| it.name.eq_ignore_ascii_case("content-type"));
    found.map(|it| it.value.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)], class: Option<&str>) -> (Vec<&'static str>, bool) {
        let headers: Vec<HeaderField> = fields
            .iter()
            .map(|(name, value)| HeaderField {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect();
        (reasons(&headers, class), is_bounce(&headers, class))
    }

    #[test]
    fn programs_are_told_from_people() {
        assert_eq!(
            of(&[("Auto-Submitted", "no")], Some("IPM.Note")),
            (vec![], false)
        );
        assert_eq!(
            of(&[("auto-submitted", "auto-replied; x=y")], None).0,
            ["auto_submitted"]
        );
        assert_eq!(of(&[("Precedence", "Bulk")], None).0, ["precedence"]);
        assert_eq!(
            of(&[("X-Auto-Response-Suppress", "All")], None).0,
            ["suppress"]
        );
        assert_eq!(of(&[("Return-Path", "<>")], None).0, ["empty_return_path"]);
        let report = [(
            "Content-Type",
            "multipart/report; report-type=delivery-status; boundary=x",
        )];
        assert_eq!(of(&report, None), (vec!["report"], true));
        let receipt = [(
            "Content-Type",
            "multipart/report; report-type=disposition-notification",
        )];
        assert_eq!(of(&receipt, None), (vec!["report"], false));
        assert_eq!(
            of(&[], Some("REPORT.IPM.Note.NDR")),
            (vec!["item_class"], true)
        );
        assert_eq!(of(&[("X-Failed-Recipients", "a@b")], None), (vec![], true));
    }
}
