use std::path::Path;

use super::*;
use crate::config::tests::load;
use crate::files;

#[test]
fn the_page_of_the_book_is_what_the_types_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/configuration.md");
    let expected = Reference::new().markdown();
    assert!(
        files::read_text(&page).unwrap() == expected,
        "docs/book/configuration.md is out of date: \
         cargo run -q -p grantd -- config reference --markdown > docs/book/configuration.md"
    );
}

#[test]
fn every_doc_tells_the_default_and_the_range_that_hold() {
    for section in Reference::new().sections {
        for setting in section.settings {
            let (name, about) = (setting.name, &setting.about);
            let told = match &setting.default {
                Value::Null => "Default: ".to_owned(),
                Value::Array(_) => "Default: none".to_owned(),
                Value::String(text) => format!("Default: `{text}`"),
                other => format!("Default: `{other}`"),
            };
            assert!(
                about.contains(&told),
                "{name}: `{told}` is missing: {about}"
            );
            if let Some(range) = setting.expected.strip_prefix("number from ") {
                assert!(about.contains(range), "{name}: {range} is missing: {about}");
            }
        }
    }
}

#[test]
fn every_declared_value_is_described_and_tells_what_it_is_by_default() {
    let reference = Reference::new();
    let names: Vec<&str> = reference.declared.iter().map(|it| it.name).collect();
    assert_eq!(names, ["keyring", "sources.NAME", "spools.NAME"]);
    for kind in reference.declared.iter().flat_map(|it| &it.kinds) {
        assert!(!kind.fields.is_empty(), "{kind:?}");
        for field in &kind.fields {
            let DeclaredField { name, about, .. } = field;
            assert!(about.len() > 5, "{name} is not described");
            assert!(field.expected != "value", "{name}: its type is not known");
            assert_eq!(
                about.contains("Default: "),
                !field.is_needed,
                "{name}: {about}"
            );
        }
    }
}

#[test]
fn the_sample_is_a_configuration_and_holds_the_defaults() {
    let sample = Reference::new().sample();
    let as_it_is = load(&sample, &[], None).unwrap();
    assert!(as_it_is.settings.iter().all(|it| it.place.is_none()));
    let is_setting = |line: &&str| !line.starts_with("# ") && !line.contains('…');
    let lines = sample.lines().filter(is_setting);
    let lines = lines.take_while(|line| !line.starts_with("#["));
    let lines: Vec<&str> = lines.map(|line| line.trim_start_matches('#')).collect();
    let uncommented = load(&lines.join("\n"), &[], None).unwrap();
    let values = |config: &crate::config::Config| -> Vec<(String, Value)> {
        let settings = config.settings.iter();
        settings
            .map(|it| (it.key.clone(), it.value.clone()))
            .collect()
    };
    assert_eq!(values(&uncommented), values(&as_it_is));
    let given = uncommented.settings.iter().filter(|it| it.place.is_some());
    assert!(given.count() > 8);
}

#[test]
fn what_is_reloaded_is_among_the_settings() {
    let reference = Reference::new();
    let settings = reference.sections.iter().flat_map(|it| &it.settings);
    assert_eq!(settings.filter(|it| it.is_reloaded).count(), RELOADED.len());
}
