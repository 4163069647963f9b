//! `cargo xtask bench proxy [PART…]`: HTTP consumers beside nginx and Envoy, in turn, in front of the same
//! upstream. Every one puts a token into each request: grantd that of a credential, with the key of the caller
//! checked, two fields set and one removed; nginx one that stands in its configuration; Envoy that of its
//! injector of OAuth 2.0 client credentials.
//!
//! The figure to go by is processor time of the proxy for each request: the upstream and the load generator run
//! on the same processors.

mod certificates;
mod envoy;
mod features;
mod grantd;
mod idle;
mod nginx;
mod stage;
mod streams;
mod traffic;
mod upstream;

use anyhow::{Context, Result};

use crate::figures;
use crate::workspace::Workspace;
use stage::Stage;
use traffic::{Bounds, Scene};

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Small answers over HTTP/1.1.
    Plain,
    /// What each thing that grantd does takes.
    Features,
    /// The upstream behind TLS.
    Tls,
    /// Answers of 1 MB.
    Bodies,
    /// The upstream behind TLS, by HTTP/2.
    Http2,
    /// Requests spread over 1,000 consumers.
    Consumers,
    /// Connections of callers that rest.
    Idle,
    /// Bodies of 1 GiB.
    Streams,
}

/// All of them, in this order.
const PARTS: [(&str, Part); 8] = [
    ("plain", Part::Plain),
    ("features", Part::Features),
    ("tls", Part::Tls),
    ("bodies", Part::Bodies),
    ("http2", Part::Http2),
    ("consumers", Part::Consumers),
    ("idle", Part::Idle),
    ("streams", Part::Streams),
];

/// Of the processor time that nginx takes for each request, and of Envoy's, at most.
const BOUNDS: Bounds = Bounds {
    nginx: Some(1.15),
    envoy: Some(0.4),
};

/// Where bytes are most of the work, and all of them move the same bytes.
const BOUNDS_OF_BODIES: Bounds = Bounds {
    nginx: Some(1.15),
    envoy: Some(1.0),
};

/// Measures and prints; true when the figures are within their bounds.
pub(crate) fn run(workspace: &Workspace, parts: &[&str]) -> Result<bool> {
    let parts = chosen(parts)?;
    let mut stage = Stage::start(workspace)?;
    let mut are_good = true;
    for part in parts {
        let measured = measure(part, &mut stage)?;
        figures::record(workspace, "bench proxy", &measured.figures)?;
        are_good &= measured.is_good;
    }
    let outcome = if are_good {
        "within bounds"
    } else {
        "OUT OF BOUNDS"
    };
    println!("\n{outcome}");
    Ok(are_good)
}

/// What one part measured.
struct Measured {
    figures: Vec<figures::Figure>,
    is_good: bool,
}

fn measure(part: Part, stage: &mut Stage) -> Result<Measured> {
    let (title, consumer, path, bounds) = match part {
        Part::Plain => ("HTTP/1.1", "plain", "", BOUNDS),
        Part::Tls => ("TLS upstream", "tls", "", BOUNDS),
        Part::Bodies => (
            "answers of 1 MB",
            "plain",
            upstream::LARGE,
            BOUNDS_OF_BODIES,
        ),
        // nginx speaks no HTTP/2 with an upstream
        Part::Http2 => ("HTTP/2 upstream", "http2", "", BOUNDS.beside_envoy_alone()),
        Part::Consumers => return traffic::consumers(stage, BOUNDS),
        Part::Features => return features::measure(stage),
        Part::Idle => return idle::measure(stage),
        Part::Streams => return streams::measure(stage),
    };
    let scene = Scene {
        title,
        consumer,
        path,
        bounds,
    };
    traffic::measure(stage, &scene)
}

/// The parts of these names; all if none is named.
fn chosen(names: &[&str]) -> Result<Vec<Part>> {
    if names.is_empty() {
        return Ok(PARTS.map(|(_, part)| part).to_vec());
    }
    let part = |name: &&str| {
        let found = PARTS.iter().find(|(its, _)| its == name);
        found.map(|(_, part)| *part).with_context(|| {
            let all = PARTS.map(|(name, _)| name).join(", ");
            format!("no part of this benchmark: {name}; its parts are {all}")
        })
    };
    names.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_go_by_their_names_and_all_without_one() {
        assert_eq!(chosen(&[]).unwrap().len(), PARTS.len());
        let some = chosen(&["idle", "tls"]).unwrap();
        assert_eq!(some, [Part::Idle, Part::Tls]);
        let error = chosen(&["idel"]).unwrap_err().to_string();
        assert!(error.starts_with("no part of this benchmark: idel; its parts are plain, "));
    }
}
