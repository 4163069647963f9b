//! Any bytes as a mail: there is an envelope for it, and what it names is there.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use grantd_mail::envelope::{self, Origin};
use grantd_mail::mailbox::{Fetched, FetchedContent, Summary};
use grantd_model::listener::Content;
use libfuzzer_sys::fuzz_target;

static WORK: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let work = parent.join(format!("grantd-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&work).unwrap();
    work
});

fuzz_target!(|mail: &[u8]| {
    let work = &*WORK;
    let _ = std::fs::remove_dir_all(work.join("attachments"));
    std::fs::write(work.join("mail.eml"), mail).unwrap();
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
    let made = envelope::build(work, &origin, &Summary::default(), &fetched, &Content::default());
    let envelope = made.unwrap();
    for attachment in &envelope.attachments {
        assert!(!attachment.name.contains(['/', '\\', '\0']) && attachment.name != "..");
        assert!(attachment.name.len() <= 255);
        if let Some(file) = &attachment.file {
            let length = std::fs::metadata(work.join(file)).unwrap().len();
            assert_eq!(length, attachment.size);
        }
    }
    serde_json::to_string(&envelope).unwrap();
});
