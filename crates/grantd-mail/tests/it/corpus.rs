//! Replays the committed corpus of the fuzz target of envelopes.

use std::path::Path;

use grantd_mail::envelope::Envelope;

use crate::rig::envelope_in;

fn envelope_of(mail: &[u8]) -> Envelope {
    let work = tempfile::TempDir::new().unwrap();
    let envelope = envelope_in(work.path(), &"0".repeat(32), mail);
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
