//! A log's lines, unpacked, with a bar that shows how far the file itself is read.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

use crate::command::print;

/// A longer line is no log line.
const LINE_BYTES_MAX: u64 = 64 << 10;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// An open log.
pub(super) struct LogFile {
    reader: BufReader<Box<dyn Read + Send>>,
    bar: ProgressBar,
    line: Vec<u8>,
}

impl LogFile {
    /// # Errors
    /// When there is no such file, or it cannot be read.
    pub(super) fn open(path: &Path, doing: &'static str) -> anyhow::Result<Self> {
        let failed = || format!("failed to read {}", path.display());
        let file = File::open(path).with_context(failed)?;
        let bytes = file.metadata().with_context(failed)?.len();
        let bar = print::bar(bytes, doing);
        let mut reader = BufReader::new(bar.wrap_read(file));
        let gzip = reader
            .fill_buf()
            .with_context(failed)?
            .starts_with(&GZIP_MAGIC);
        let reader: Box<dyn Read + Send> = if gzip {
            Box::new(MultiGzDecoder::new(reader))
        } else {
            Box::new(reader)
        };
        Ok(Self {
            reader: BufReader::new(reader),
            bar,
            line: Vec::new(),
        })
    }

    /// The next line without its end; `None` after the last one.
    ///
    /// # Errors
    /// When the file cannot be read or unpacked.
    pub(super) fn next_line(&mut self) -> io::Result<Option<String>> {
        self.line.clear();
        let mut limited = self.reader.by_ref().take(LINE_BYTES_MAX);
        if limited.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&self.line);
        Ok(Some(text.trim_end().to_owned()))
    }

    pub(super) fn close(self) {
        self.bar.finish_and_clear();
    }
}
