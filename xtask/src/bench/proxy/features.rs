//! What each thing that grantd does with a request takes, by consumers that leave one out or have one more.

use anyhow::Result;
use serde_json::{Value, json};

use super::Measured;
use super::grantd;
use super::stage::{Proxy, Stage};
use super::traffic;
use crate::figures::Figure;

/// How long one run lasts.
const SECONDS: u64 = 3;

/// The name of the consumer that is reached by it.
const HOST: &str = "bench.internal.example";

/// What is told of a consumer that differs.
#[derive(Clone, Copy)]
enum Difference {
    /// It leaves something out: how much less it takes.
    Less,
    /// It does something besides: how much more it takes.
    More,
}

/// One that differs from the one with everything.
struct Variant {
    slug: &'static str,
    /// What the difference is.
    what: &'static str,
    difference: Difference,
    change: fn(&mut Value),
}

const VARIANTS: [Variant; 5] = [
    Variant {
        slug: "keyless",
        what: "checking the caller's key",
        difference: Difference::Less,
        change: |draft| draft["callers"] = json!("loopback"),
    },
    Variant {
        slug: "unruled",
        what: "two fields set and one removed",
        difference: Difference::Less,
        change: without_rules,
    },
    Variant {
        slug: "bare",
        what: "both of these",
        difference: Difference::Less,
        change: |draft| {
            draft["callers"] = json!("loopback");
            without_rules(draft);
        },
    },
    Variant {
        slug: "limited",
        what: "limits of rate and number",
        difference: Difference::More,
        change: |draft| {
            let most = 1_000_000;
            draft["limits"] =
                json!({"requests_per_second": most, "burst": most, "concurrent": most});
        },
    },
    Variant {
        slug: "named",
        what: "being reached by a host name",
        difference: Difference::More,
        change: |draft| draft["hosts"] = json!([HOST]),
    },
];

fn without_rules(draft: &mut Value) {
    draft["headers"] = json!([]);
    draft["remove_headers"] = json!([]);
}

/// Measures all of them in turn; there is no bound.
pub(super) fn measure(stage: &Stage) -> Result<Measured> {
    let mut contenders = vec![stage.contender(Proxy::Grantd, "plain", "")?];
    for variant in &VARIANTS {
        let mut draft = grantd::plain(variant.slug);
        (variant.change)(&mut draft);
        stage.grantd.add(&draft)?;
        let mut contender = stage.contender(Proxy::Grantd, "plain", "")?;
        variant.slug.clone_into(&mut contender.name);
        let url = |path: &str| match variant.slug {
            "named" => format!("http://127.0.0.1:{}/{path}", grantd::PORT),
            slug => format!("http://127.0.0.1:{}/consumers/{slug}/{path}", grantd::PORT),
        };
        let headers = &mut contender.request.headers;
        if draft["callers"] == "loopback" {
            headers.retain(|(name, _)| name != "Authorization");
        }
        if variant.slug == "named" {
            headers.push(("Host".to_owned(), HOST.to_owned()));
        }
        contender.request.url = url(super::upstream::ECHO);
        contender.arrived()?;
        contender.request.url = url("");
        contenders.push(contender);
    }
    let all = traffic::in_turn(&stage.folder, "what takes how much", &contenders, SECONDS)?;
    let whole = &all[0];
    let each = whole.medians().cpu_us_per_request;
    let mut figures = Vec::new();
    for (variant, series) in VARIANTS.iter().zip(&all[1..]) {
        let takes = match variant.difference {
            Difference::Less => whole.beyond(series),
            Difference::More => series.beyond(whole),
        };
        println!("{}: {takes:.1} us", variant.what);
        figures.push(Figure {
            name: format!("consumers, processor time of a request: {}", variant.what),
            value: match variant.difference {
                Difference::Less => format!("{takes:.1} of {each:.1} µs"),
                Difference::More => format!("{takes:.1} µs beyond {each:.1} µs"),
            },
            wanted: String::new(),
        });
    }
    Ok(Measured {
        figures,
        is_good: true,
    })
}
