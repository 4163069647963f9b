//! Replays the committed corpus of the fuzz target of envelopes.

use std::path::Path;

use grantd_mail::envelope::{self, Envelope, Origin};
use grantd_mail::mailbox::{Fetched, FetchedContent, Summary};
use grantd_model::listener::Content;

fn envelope_of(mail: &[u8]) -> Envelope {
    let work = tempfile::TempDir::new().unwrap();
    std::fs::write(work.path().join("mail.eml"), mail).unwrap();
    let origin = Origin {
        key: "0".repeat(32),
        listener_id: "lsn".to_owned(),
        listener_slug: "orders".to_owned(),
        protocol: "ews",
        mailbox: "orders@example.com".to_owned(),
        folder: "inbox".to_owned(),
        nonce: "0123456789abcdefghijklmnop".to_owned(),
    };
    let fetched = Fetched {
        content: FetchedContent::Mime {
            file: "mail.eml".to_owned(),
            size: mail.len() as u64,
        },
        entry_id: None,
    };
    let made = envelope::build(
        work.path(),
        &origin,
        &Summary::default(),
        &fetched,
        &Content::default(),
    );
    let envelope = made.unwrap();
    for attachment in &envelope.attachments {
        let file = work.path().join(attachment.file.as_ref().unwrap());
        assert_eq!(std::fs::metadata(file).unwrap().len(), attachment.size);
    }
    envelope
}

#[test]
fn every_mail_of_the_corpus_has_its_envelope() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/mail_envelope");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let envelope = envelope_of(&std::fs::read(&path).unwrap());
        let attachments = envelope.attachments.len();
        let expected = match name.as_str() {
            "plain" | "quoted" | "no-header" | "mbox" | "odd-dates" => 0,
            "nested" | "open" | "uu" | "mail-within" | "signed" | "bounce" | "long" => 1,
            "names" | "digest" => 2,
            // the fuzzer names what it finds by a hash
            _ => attachments,
        };
        assert_eq!(attachments, expected, "{name}");
        count += 1;
    }
    assert!(count >= 14, "{count} files");
}
