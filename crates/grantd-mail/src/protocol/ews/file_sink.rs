//! Contents of an answer on their way into files: gathered where they come in, written where waiting for a
//! disk is allowed.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::divert::Sink;
use crate::delivery::files::{self, NewFile};
use crate::delivery::turns::DiskTurns;
use crate::fault::MailFault;

/// How much is gathered until it is written, in bytes.
const GATHERED: usize = 256 * 1024;

/// What is to be written, in order.
#[derive(Debug)]
enum Step {
    Begin(usize),
    Bytes(Vec<u8>),
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

/// One that writes: where it is told what, and what it has written in the end.
struct Writing {
    steps: mpsc::Sender<Vec<Step>>,
    task: JoinHandle<io::Result<Written>>,
}

/// Writes the contents of an answer into files, one after the other, each up to a size.
pub(super) struct FileSink {
    gathered: Vec<Step>,
    bytes: usize,
    /// What has not begun to write yet.
    writer: Option<Writer>,
    writing: Option<Writing>,
    turns: DiskTurns,
}

impl FileSink {
    pub(super) fn new(places: Vec<PathBuf>, most: u64, turns: DiskTurns) -> Self {
        Self {
            gathered: Vec::new(),
            bytes: 0,
            writer: Some(Writer {
                places,
                most,
                file: None,
                size: 0,
                written: Written::default(),
            }),
            writing: None,
            turns,
        }
    }

    /// Hands on what was gathered.
    async fn hand_on(&mut self) -> io::Result<()> {
        if let Some(mut writer) = self.writer.take() {
            let (sender, mut steps) = mpsc::channel::<Vec<Step>>(2);
            let begun = self.turns.begin(move || {
                while let Some(some) = steps.blocking_recv() {
                    some.into_iter().try_for_each(|step| writer.take(step))?;
                }
                Ok(writer.written)
            });
            self.writing = Some(Writing {
                steps: sender,
                task: begun.await.map_err(io::Error::other)?,
            });
        }
        self.bytes = 0;
        let gathered = std::mem::take(&mut self.gathered);
        if let Some(writing) = &self.writing {
            // one that has ended tells why at the end
            let _ = writing.steps.send(gathered).await;
        }
        Ok(())
    }

    /// Writes what is left; what was written in all.
    pub(super) async fn finish(mut self) -> Result<Written, MailFault> {
        if let (Some(mut writer), None) = (self.writer.take(), &self.writing) {
            let gathered = std::mem::take(&mut self.gathered);
            let done = self.turns.run(move || {
                gathered
                    .into_iter()
                    .try_for_each(|step| writer.take(step))?;
                Ok(writer.written)
            });
            return done.await?.map_err(|error| MailFault::of_disk(&error));
        }
        let handed_on = self.hand_on().await;
        handed_on.map_err(|error| MailFault::of_disk(&error))?;
        let Some(Writing { steps, task }) = self.writing.take() else {
            return Ok(Written::default());
        };
        drop(steps);
        let done = task
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)));
        done.map_err(|error| MailFault::of_disk(&error))
    }
}

impl Sink for FileSink {
    fn begin(&mut self, number: usize) -> io::Result<()> {
        self.gathered.push(Step::Begin(number));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len();
        if let Some(Step::Bytes(last)) = self.gathered.last_mut() {
            last.extend_from_slice(bytes);
        } else {
            self.gathered.push(Step::Bytes(bytes.to_vec()));
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.gathered.push(Step::End);
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.bytes < GATHERED {
            return Ok(());
        }
        self.hand_on().await
    }
}

/// Writes, where waiting for a disk is allowed.
struct Writer {
    places: Vec<PathBuf>,
    most: u64,
    file: Option<BufWriter<NewFile>>,
    size: u64,
    written: Written,
}

impl Writer {
    fn take(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Begin(number) => self.begin(number),
            Step::Bytes(bytes) => self.write(&bytes),
            Step::End => self.end(),
        }
    }

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
