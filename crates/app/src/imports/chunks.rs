//! A file read some rows at a time, on a thread of its own.

use std::path::PathBuf;

use connect::table::TableRow;
use tokio::sync::mpsc;

use super::plan::{ImportOptions, ParsedRow, Unread, open, refused};
use crate::AppError;

/// Rows that are handed over, saved and counted together.
pub(super) const CHUNK_ROWS: usize = 1_000;
/// Chunks that the reader may be ahead.
const CHUNKS_AHEAD_MAX: usize = 4;

/// Some rows of a file, in its order.
pub(super) type Chunk = Vec<(TableRow, Result<ParsedRow, Unread>)>;

pub(super) type Reader = tokio::task::JoinHandle<Result<(), AppError>>;

/// Starts reading; the reader ends when the file does or when nobody listens any more.
pub(super) fn read_in_chunks(
    path: PathBuf,
    options: ImportOptions,
) -> (Reader, mpsc::Receiver<Chunk>) {
    let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD_MAX);
    let reader = tokio::task::spawn_blocking(move || {
        let (mut table, mut plan) = open(&path, &options)?;
        loop {
            let mut chunk: Chunk = Vec::with_capacity(CHUNK_ROWS);
            for row in table.by_ref().take(CHUNK_ROWS) {
                let row = row.map_err(|error| refused(&error))?;
                let read = plan.read(&row);
                chunk.push((row, read));
            }
            if chunk.is_empty() || sender.blocking_send(chunk).is_err() {
                return Ok(());
            }
        }
    });
    (reader, chunks)
}
