//! Programs under test, stopped when the measurement ends.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context as _;

/// A server that printed its address on its first line.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    /// Kept open: a server whose output is closed could not say anything any more.
    _output: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start")?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        let mut output = BufReader::new(output);
        output.read_line(&mut line)?;
        let address = line
            .split_whitespace()
            .find_map(|word| word.trim_start_matches("http://").parse().ok())
            .with_context(|| format!("{line:?} names no address"))?;
        Ok(Self {
            address,
            child,
            _output: output,
        })
    }

    /// Our server on a data folder and a free port, with no limits on a single sender.
    pub(crate) fn ours(data: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(sibling("throughline")?);
        command
            .arg("serve")
            .arg("--data")
            .arg(data)
            .env("THROUGHLINE__SERVER__LISTEN", "127.0.0.1:0")
            .env("THROUGHLINE__COLLECT__PER_IP_RATE", "0")
            .env("THROUGHLINE__LOG__LEVEL", "error");
        Self::start(&mut command)
    }

    /// Memory in MiB that the process holds now.
    pub(crate) fn memory_mib(&self) -> anyhow::Result<u64> {
        self.status_mib("VmRSS:")
    }

    /// The most memory in MiB that it has held.
    pub(crate) fn peak_mib(&self) -> anyhow::Result<u64> {
        self.status_mib("VmHWM:")
    }

    fn status_mib(&self, name: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with(name));
        let kib: u64 = line
            .and_then(|line| line.split_whitespace().nth(1))
            .context("no memory figure")?
            .parse()?;
        Ok(kib / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has already stopped is no failure of the measurement.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program built beside this one.
pub(crate) fn sibling(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.with_file_name(name))
}
