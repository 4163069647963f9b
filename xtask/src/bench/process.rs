//! What processes have used, as the kernel counts it; and their end.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use anyhow::{Context, Result};

/// Ticks of a second in `/proc`, on every Linux that Rust runs on.
const TICKS: u64 = 100;

/// Processor time, user and system.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cpu(Duration);

impl Cpu {
    /// What these processes have used since they began, threads included.
    pub(super) fn of(processes: &[u32]) -> Result<Self> {
        let mut ticks = 0;
        for id in processes {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))
                .with_context(|| format!("process {id} has ended"))?;
            // the name may hold spaces; what follows its bracket begins with the third field
            let fields = stat.rsplit(')').next().unwrap_or_default();
            let field = |number: usize| -> Result<u64> {
                let text = fields.split_whitespace().nth(number - 3);
                Ok(text.context("a short line in /proc")?.parse()?)
            };
            ticks += field(14)? + field(15)?;
        }
        Ok(Self(Duration::from_millis(ticks * 1000 / TICKS)))
    }

    /// What was used in between.
    pub(super) fn since(self, before: Self) -> Duration {
        self.0.saturating_sub(before.0)
    }
}

/// A process that ends with this value.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // it has ended already if this fails
        let _ = std::process::Command::new("kill")
            .arg(self.0.id().to_string())
            .status();
        let _ = self.0.wait();
    }
}

/// Waits until there is such a file: a server tells where it is a moment after it listens.
pub(super) fn there(file: &Path) -> Result<()> {
    for _ in 0..100 {
        if file.exists() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("there is no {} within 10 s", file.display())
}

/// Waits until something listens on this port of this machine.
pub(super) fn listening(port: u16) -> Result<()> {
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("nothing listens on port {port} within 10 s")
}

/// What a process has in memory, in MiB.
pub(super) fn resident_mb(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    let kib: u32 = kib.context("no VmRSS")?.parse()?;
    Ok(f64::from(kib) / 1024.0)
}
