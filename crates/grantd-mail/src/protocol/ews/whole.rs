//! An answer read as a whole, as far as anything here reads one: for fuzzing and its corpus.

use std::io;

use crate::fault::MailFault;

use super::divert::{Divert, Sink};
use super::operation::{
    convert_id, find_folder, find_item, get_attachment, get_folder, get_item, move_item,
    sync_folder_items,
};
use super::soap;

/// The most that is kept of an answer, in bytes.
const MOST: usize = 1024 * 1024;

/// What was found in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// How many bytes its contents have, decoded.
    pub content: u64,
    /// How many messages it has; absent where it is no answer.
    pub messages: Option<usize>,
    /// How many of them something could be read of.
    pub understood: usize,
}

#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn begin(&mut self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0 += bytes.len() as u64;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), MailFault> {
        Ok(())
    }
}

/// Reads an answer that comes in pieces of this size, with every reader that there is.
#[must_use]
pub fn read(answer: &[u8], piece: usize) -> Found {
    let mut found = Found::default();
    let mut kept = Vec::new();
    for contents in [get_item::MIME, get_attachment::CONTENT, &[]] {
        let mut count = Count::default();
        let mut divert = Divert::new(contents, MOST, &mut count);
        let taken = answer
            .chunks(piece.max(1))
            .try_for_each(|bytes| divert.push(bytes));
        kept = divert.finish();
        if taken.is_err() {
            return found;
        }
        found.content += count.0;
    }
    let Ok(reply) = soap::read(&kept) else {
        return found;
    };
    let messages = match reply.result {
        Ok(messages) => messages,
        Err(code) => {
            let _ = code.into_fault().remedy();
            found.messages = Some(0);
            return found;
        }
    };
    found.messages = Some(messages.len());
    for message in messages {
        let element = match message.result {
            Ok(element) => element,
            Err(code) => {
                let _ = code.into_fault().to_string();
                continue;
            }
        };
        let understood = [
            get_item::summary(&element).is_ok(),
            get_item::read_parts(&element).is_ok(),
            get_item::key_and_categories(&element).is_ok(),
            sync_folder_items::parse(&element).is_ok(),
            get_folder::parse(&element).is_ok(),
            !find_folder::parse(&element).0.is_empty(),
            !find_item::parse(&element).is_empty(),
            move_item::parse(&element).is_some(),
            convert_id::parse(&element).is_some(),
        ];
        found.understood += usize::from(understood.contains(&true));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the corpus is files")]
    fn corpus() -> Vec<(String, Vec<u8>)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/ews_answer");
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push((name, std::fs::read(entry.path()).unwrap()));
        }
        files
    }

    #[test]
    fn answers_are_what_their_names_say_however_they_are_cut() {
        let corpus = corpus();
        assert!(corpus.len() >= 15, "{} files", corpus.len());
        for (name, bytes) in corpus {
            let whole = read(&bytes, usize::MAX);
            for piece in [1, 7, 1000] {
                assert_eq!(read(&bytes, piece), whole, "{name}");
            }
            match name.split('-').next() {
                Some("answer") => assert!(whole.understood > 0, "{name}: {whole:?}"),
                Some("error") => assert_eq!(whole.understood, 0, "{name}: {whole:?}"),
                Some("broken") => assert_eq!(whole.messages, None, "{name}: {whole:?}"),
                _ => {}
            }
        }
    }
}
