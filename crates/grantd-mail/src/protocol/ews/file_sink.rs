//! Contents of an answer on their way into files: gathered where they come in, written where waiting for a
//! disk is allowed.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::divert::Sink;
use crate::delivery::files::{self, NewFile};
use crate::delivery::turns::DiskTurns;
use crate::fault::MailFault;

/// How much is gathered until it is written, in bytes.
const GATHERED: usize = 256 * 1024;

/// What is to be done, in order.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin(usize),
    /// So many of the bytes that were gathered.
    Bytes(usize),
    End,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// How large each content is that is whole.
    pub(super) sizes: Vec<u64>,
    /// Whether one was larger than it may be.
    pub(super) overflown: bool,
}

/// Writes the contents of an answer into files, one after the other, each up to a size. What was gathered
/// is written by a thread that may wait, and its room is used again.
pub(super) struct FileSink {
    work: Work,
    turns: DiskTurns,
}

#[derive(Default)]
struct Work {
    steps: Vec<Step>,
    bytes: Vec<u8>,
    writer: Writer,
}

impl FileSink {
    pub(super) fn new(places: Vec<PathBuf>, most: u64, turns: DiskTurns) -> Self {
        Self {
            work: Work {
                writer: Writer {
                    places,
                    most,
                    ..Writer::default()
                },
                ..Work::default()
            },
            turns,
        }
    }

    /// Writes what was gathered.
    async fn write_out(&mut self) -> Result<(), MailFault> {
        let mut work = std::mem::take(&mut self.work);
        let done = self.turns.run(move || {
            let done = work.carry_out();
            (work, done)
        });
        let (work, done) = done.await?;
        self.work = work;
        done.map_err(|error| MailFault::of_disk(&error))
    }

    /// Writes what is left; what was written in all.
    pub(super) async fn finish(mut self) -> Result<Written, MailFault> {
        self.write_out().await?;
        Ok(self.work.writer.written)
    }
}

impl Work {
    fn carry_out(&mut self) -> io::Result<()> {
        let mut left = self.bytes.as_slice();
        for step in self.steps.drain(..) {
            match step {
                Step::Begin(number) => self.writer.begin(number)?,
                Step::Bytes(length) => {
                    let (now, later) = left.split_at(length.min(left.len()));
                    self.writer.write(now)?;
                    left = later;
                }
                Step::End => self.writer.end()?,
            }
        }
        self.bytes.clear();
        Ok(())
    }
}

impl Sink for FileSink {
    fn begin(&mut self, number: usize) -> io::Result<()> {
        self.work.steps.push(Step::Begin(number));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.work.bytes.extend_from_slice(bytes);
        if let Some(Step::Bytes(length)) = self.work.steps.last_mut() {
            *length += bytes.len();
        } else {
            self.work.steps.push(Step::Bytes(bytes.len()));
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.work.steps.push(Step::End);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), MailFault> {
        if self.work.bytes.len() < GATHERED {
            return Ok(());
        }
        self.write_out().await
    }
}

/// Writes, where waiting for a disk is allowed.
#[derive(Default)]
struct Writer {
    places: Vec<PathBuf>,
    most: u64,
    file: Option<BufWriter<NewFile>>,
    size: u64,
    written: Written,
}

impl Writer {
    fn begin(&mut self, number: usize) -> io::Result<()> {
        if number == 0 {
            // an answer may come twice, because the first one was of no use
            self.written.sizes.clear();
        }
        self.size = 0;
        self.file = match self.places.get(number) {
            Some(place) => {
                let file = files::replace(place)?;
                Some(BufWriter::with_capacity(files::BUFFER, file))
            }
            // more than was asked for: it is counted, and so it is known that something is wrong
            None => None,
        };
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        if self.size > self.most {
            // the rest is read over
            self.written.overflown = true;
            return Ok(());
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
        }
        self.written.sizes.push(self.size);
        Ok(())
    }
}
