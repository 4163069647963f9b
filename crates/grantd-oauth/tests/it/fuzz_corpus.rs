//! Replays the committed corpus of the fuzz target `token_response`.

use std::path::PathBuf;

use crate::support::Answer;

#[test]
fn every_file_gives_an_answer() {
    let corpus = corpus();
    assert!(corpus.len() >= 30, "{} files", corpus.len());
    for (name, bytes) in corpus {
        for status in [200, 302, 400, 401, 429, 503] {
            for content_type in ["application/json", "text/plain", "text/html", ""] {
                let answer = Answer {
                    body: &bytes,
                    ..Answer::of(status, content_type, "")
                };
                let is_token = answer.parse().is_ok();
                assert!(!is_token || status == 200, "{name}");
            }
        }
    }
}

#[test]
fn files_are_what_their_names_say() {
    for (name, bytes) in corpus() {
        let answer = Answer {
            body: &bytes,
            ..Answer::of(200, "", "")
        };
        match name.split('-').next() {
            Some("token") => assert!(answer.parse().is_ok(), "{name}"),
            Some("error" | "broken") => assert!(answer.parse().is_err(), "{name}"),
            // The fuzzer names what it finds by a hash.
            _ => {}
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the corpus is files")]
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/token_response");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, std::fs::read(entry.path()).unwrap()));
    }
    files
}
