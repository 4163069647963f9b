//! Reads the text format of `OpenMetrics` 1.0 strictly, as far as grantd writes it: no timestamps, no
//! exemplars.

use std::collections::{BTreeMap, BTreeSet};

/// What a family counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Info,
}

/// Labels in the order of their names.
type Labels = BTreeMap<String, String>;

/// A text that was read to its end.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    families: BTreeMap<String, Kind>,
    samples: BTreeMap<(String, Labels), f64>,
}

impl Exposition {
    /// Fails the test where the text is not of the format.
    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
        assert!(body.is_empty() || body.ends_with('\n'), "lines end");
        let mut found = Self::default();
        let mut open: Option<Open> = None;
        for line in body.lines() {
            if let Some(metadata) = line.strip_prefix("# ") {
                open = Some(found.metadata(open, metadata));
            } else {
                let open = open.as_ref().expect("a family before its samples");
                found.sample(open, line);
            }
        }
        found.check_histograms();
        found
    }

    /// The kind of a family.
    pub(crate) fn kind(&self, family: &str) -> Option<Kind> {
        self.families.get(family).copied()
    }

    /// The value of the sample with exactly these labels.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter();
        let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.samples
            .get(&(name.to_owned(), labels.collect()))
            .copied()
    }

    fn metadata(&mut self, open: Option<Open>, line: &str) -> Open {
        let mut parts = line.splitn(3, ' ');
        let (Some(word), Some(name), Some(rest)) = (parts.next(), parts.next(), parts.next())
        else {
            panic!("a word, a name and a text are expected: {line}")
        };
        assert!(is_name(name), "{line}");
        let mut open = match open {
            Some(open) if open.family == name => open,
            _ => {
                assert!(!self.families.contains_key(name), "{name} is interleaved");
                Open {
                    family: name.to_owned(),
                    ..Open::default()
                }
            }
        };
        assert!(open.words.insert(word.to_owned()), "{word} of {name} twice");
        match word {
            "HELP" => assert!(!rest.is_empty(), "{line}"),
            "UNIT" => assert!(name.ends_with(&format!("_{rest}")), "{line}"),
            "TYPE" => {
                let kind = match rest {
                    "counter" => Kind::Counter,
                    "gauge" => Kind::Gauge,
                    "histogram" => Kind::Histogram,
                    "info" => Kind::Info,
                    _ => panic!("an unknown kind: {line}"),
                };
                self.families.insert(name.to_owned(), kind);
            }
            _ => panic!("HELP, TYPE or UNIT is expected: {line}"),
        }
        open
    }

    fn sample(&mut self, open: &Open, line: &str) {
        let kind = self.families[&open.family];
        let (series, value) = line.rsplit_once(' ').expect("a series and its value");
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, read_labels(labels)),
            None => (series, Labels::new()),
        };
        let suffix = name
            .strip_prefix(&open.family)
            .expect("a sample of the family");
        let suffixes: &[&str] = match kind {
            Kind::Counter => &["_total"],
            Kind::Gauge => &[""],
            Kind::Histogram => &["_bucket", "_count", "_sum"],
            Kind::Info => &["_info"],
        };
        assert!(suffixes.contains(&suffix), "{line}");
        assert_eq!(labels.contains_key("le"), suffix == "_bucket", "{line}");
        let value: f64 = value.parse().expect("a number");
        assert!(kind == Kind::Gauge || value >= 0.0, "{line}");
        assert!(
            kind != Kind::Info || value.total_cmp(&1.0).is_eq(),
            "{line}"
        );
        let again = self.samples.insert((name.to_owned(), labels), value);
        assert_eq!(again, None, "twice: {line}");
    }

    /// Buckets grow up to `+Inf`, which is the count.
    fn check_histograms(&self) {
        let histograms = self
            .families
            .iter()
            .filter(|(_, kind)| **kind == Kind::Histogram);
        for (family, _) in histograms {
            let name = format!("{family}_bucket");
            let of_family = self
                .samples
                .iter()
                .filter(|((sample, _), _)| *sample == name);
            let mut buckets: Vec<(f64, f64)> = of_family
                .map(|((_, labels), value)| (labels["le"].parse().unwrap(), *value))
                .collect();
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(
                buckets.is_sorted_by_key(|bucket| bucket.1),
                "{family}: {buckets:?}"
            );
            let (bound, all) = buckets.last().expect("a bucket");
            assert!(bound.is_infinite(), "{family}");
            assert_eq!(
                Some(*all),
                self.value(&format!("{family}_count"), &[]),
                "{family}"
            );
            assert!(
                self.value(&format!("{family}_sum"), &[]).is_some(),
                "{family}"
            );
        }
    }
}

/// A family whose lines are read.
#[derive(Default)]
struct Open {
    family: String,
    words: BTreeSet<String>,
}

/// Labels behind their opening brace.
fn read_labels(text: &str) -> Labels {
    let mut rest = text.strip_suffix('}').expect("a closing brace");
    let mut labels = Labels::new();
    while !rest.is_empty() {
        let (name, behind) = rest.split_once("=\"").expect("a name and a value");
        assert!(is_name(name), "{text}");
        let end = behind.find('"').expect("an end of the value");
        let (value, behind) = behind.split_at(end);
        assert!(
            !value.contains('\\'),
            "an escape, which no label here needs: {text}"
        );
        let again = labels.insert(name.to_owned(), value.to_owned());
        assert_eq!(again, None, "twice: {text}");
        let behind = &behind[1..];
        rest = behind.strip_prefix(',').unwrap_or(behind);
        assert!(rest.is_empty() == (behind.is_empty()), "{text}");
    }
    labels
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
