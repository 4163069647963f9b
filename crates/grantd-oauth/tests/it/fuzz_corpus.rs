//! Replays the committed corpora of the fuzz targets that feed this crate.

use std::path::PathBuf;

use grantd_oauth::{Issuer, parse_challenges, parse_metadata};

use crate::support::{Answer, challenge_field};

#[test]
fn every_token_response_gives_an_answer() {
    let corpus = corpus("token_response");
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
fn token_responses_are_what_their_names_say() {
    for (name, bytes) in corpus("token_response") {
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

#[test]
fn metadata_and_issuers_are_what_their_names_say() {
    let corpus = corpus("discovery_document");
    assert!(corpus.len() >= 30, "{} files", corpus.len());
    let issuer = Issuer::try_from("https://server.example.com/tenant").unwrap();
    for (name, bytes) in corpus {
        let read = parse_metadata(&bytes, &issuer);
        if let Err(error) = &read {
            let told = error.to_string();
            assert!(told.chars().count() <= 450, "{name}: {told}");
            assert!(!told.contains(char::is_control), "{name}: {told:?}");
            assert!(!told.contains("hunter2"), "{name}: {told}");
        }
        let is_issuer = str::from_utf8(&bytes).is_ok_and(|text| Issuer::try_from(text).is_ok());
        match name.split('-').next() {
            Some("metadata") => assert!(read.is_ok(), "{name}: {read:?}"),
            Some("error") => assert!(read.is_err(), "{name}"),
            Some("issuer") => assert_eq!(is_issuer, name != "issuer-query", "{name}"),
            _ => {}
        }
    }
}

#[test]
fn fields_have_as_many_challenges_as_their_names_say() {
    let corpus = corpus("www_authenticate");
    assert!(corpus.len() >= 20, "{} files", corpus.len());
    for (name, bytes) in corpus {
        let text = String::from_utf8_lossy(&bytes);
        let fields: Vec<&str> = text.split('\n').collect();
        let read = parse_challenges(&fields);
        if let Some((count, _)) = name.split_once('-') {
            assert_eq!(read.len().to_string(), count, "{name}");
        }
        assert_eq!(parse_challenges(&[&challenge_field(&read)]), read, "{name}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the corpus is files")]
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.join(target)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, std::fs::read(entry.path()).unwrap()));
    }
    files
}
