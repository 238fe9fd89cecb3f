//! The journal as its users see it: append, wait, read, pack.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::disk::{Disk, FsDisk};
use crate::frame;
use crate::group::{Ack, Group};
use crate::handover::Handover;
use crate::read::{self, Batch, ReadError};
use crate::segment::{self, Position};
use crate::writer;

/// Entries waiting for the disk beyond this many bytes are refused: the disk is too slow.
pub(crate) const PENDING_BYTES_MAX: usize = frame::GROUP_BYTES_MAX - (64 << 10);

/// Format of the entries in a folder that does not tell.
const FORMAT_UNSAID: u32 = 1;

/// Why an entry was not made durable, or the journal could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("failed to open the journal in {folder}")]
    Open { folder: PathBuf, source: io::Error },
    #[error(
        "the journal in {folder} has entries of format {found}, but this program knows format \
         {known} only: use the version that wrote them, or begin with an empty folder"
    )]
    Format {
        folder: PathBuf,
        found: String,
        known: u32,
    },
    #[error("another process holds the journal in {folder}: {holder}")]
    Held {
        folder: PathBuf,
        /// What the other process said of itself in [`JournalOptions::holder`].
        holder: String,
    },
    #[error(
        "segment {segment} is damaged at byte {offset}, with intact entries after it; \
         restore it from a backup or move it away"
    )]
    Damaged { segment: u64, offset: u64 },
    #[error("the disk did not confirm the write")]
    NotDurable,
    #[error("the disk is failing; nothing is accepted until it recovers")]
    Failing,
    #[error("the disk is too slow: {PENDING_BYTES_MAX} bytes are waiting")]
    Overloaded,
    #[error("the journal is closing")]
    Closed,
    #[error("an entry is empty or larger than {PENDING_BYTES_MAX} bytes")]
    EntrySize,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("failed to pack segment {segment}")]
    Pack { segment: u64, source: io::Error },
}

/// Settings of a journal.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    pub folder: PathBuf,
    /// Of the entries. A folder that was begun with another one is refused.
    pub format: u32,
    /// Size of a segment; at least room for one group.
    pub segment_bytes: u64,
    /// Longest time the writer waits for as many entries as the last group had.
    pub gather_max: Duration,
    /// Who opens the journal; read by those who find it held.
    pub holder: String,
}

impl JournalOptions {
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            format: FORMAT_UNSAID,
            segment_bytes: 16 << 20,
            gather_max: Duration::from_micros(300),
            holder: String::new(),
        }
    }
}

/// What the journal is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalStatus {
    /// Everything before this is durable.
    pub durable: Position,
    /// The last write or sync failed and no later one has succeeded.
    pub failing: bool,
    pub groups: u64,
    pub entries: u64,
}

/// What waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub entries: usize,
    pub bytes: usize,
}

/// A durable, ordered log of entries in one folder. One process holds it at a time.
pub struct Journal {
    pub(crate) folder: PathBuf,
    /// Where it ended when it was opened.
    opened: Position,
    pub(crate) disk: Arc<dyn Disk>,
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Held while full segments are written again.
    pub(crate) upkeep: Mutex<()>,
    /// Held for its lock.
    _lock: File,
}

/// What appenders and the writer share.
pub(crate) struct Shared {
    pub(crate) pending: Mutex<Pending>,
    pub(crate) work: Condvar,
    pub(crate) status: Mutex<JournalStatus>,
}

/// The group that is being gathered.
pub(crate) struct Pending {
    pub(crate) buffer: Vec<u8>,
    pub(crate) entries: usize,
    pub(crate) group: Arc<Group>,
    /// The writer wants to be woken when this many entries are here.
    pub(crate) wake_at: usize,
    pub(crate) failing: bool,
    pub(crate) closed: bool,
    /// The segment is to be closed behind the group, however full it is.
    pub(crate) roll: bool,
}

impl Journal {
    /// Opens the journal, cuts a torn tail and starts the writer.
    ///
    /// # Errors
    /// When the folder cannot be used, another process holds it, its entries have another format,
    /// or a segment is damaged before its end.
    pub fn open(options: JournalOptions) -> Result<Self, JournalError> {
        Self::open_on(Arc::new(FsDisk), options)
    }

    /// As [`Journal::open`], on another disk.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_on(disk: Arc<dyn Disk>, options: JournalOptions) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Open {
            folder: options.folder.clone(),
            source,
        };
        fs::create_dir_all(&options.folder).map_err(failed)?;
        let lock = hold(&options)?;
        check_format(disk.as_ref(), &options)?;
        let head = writer::recover(disk.as_ref(), &options)?;
        let opened = head.position;
        let shared = Arc::new(Shared::new(opened));
        let folder = options.folder.clone();
        let writer = writer::start(Arc::clone(&disk), options, head, Arc::clone(&shared)).map_err(
            |source| JournalError::Open {
                folder: folder.clone(),
                source,
            },
        )?;
        Ok(Self {
            folder,
            opened,
            disk,
            shared,
            writer: Mutex::new(Some(writer)),
            upkeep: Mutex::new(()),
            _lock: lock,
        })
    }

    /// Adds an entry to the group being gathered. It is durable when the returned future is.
    ///
    /// # Errors
    /// When the entry's size is wrong, too much is waiting, the disk is failing, or the journal
    /// is closing. Then nothing was added.
    pub fn append(&self, entry: &[u8]) -> Result<Ack, JournalError> {
        if entry.is_empty() || entry.len() > PENDING_BYTES_MAX {
            return Err(JournalError::EntrySize);
        }
        let mut pending = self.shared.pending();
        if pending.closed {
            return Err(JournalError::Closed);
        }
        if pending.failing {
            return Err(JournalError::Failing);
        }
        if pending.buffer.len() + frame::entry_bytes(entry) > PENDING_BYTES_MAX {
            return Err(JournalError::Overloaded);
        }
        frame::push_entry(&mut pending.buffer, entry);
        pending.entries += 1;
        let group = Arc::clone(&pending.group);
        let wake = pending.entries == pending.wake_at;
        drop(pending);
        if wake {
            self.shared.work.notify_one();
        }
        Ok(Ack::new(group))
    }

    #[must_use]
    pub fn status(&self) -> JournalStatus {
        *self.shared.status()
    }

    /// What was appended and is not being written yet.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        let pending = self.shared.pending();
        Waiting {
            entries: pending.entries,
            bytes: pending.buffer.len().saturating_sub(frame::HEADER_BYTES),
        }
    }

    /// Durable entries from a position on, in order; about `bytes_max` bytes of them.
    ///
    /// # Errors
    /// When a segment cannot be read or is damaged.
    pub fn read(&self, from: Position, bytes_max: usize) -> Result<Batch, ReadError> {
        self.read_until(from, self.status().durable, bytes_max)
    }

    /// As [`Journal::read`], and nothing from `end` on.
    ///
    /// # Errors
    /// As there.
    pub fn read_until(
        &self,
        from: Position,
        end: Position,
        bytes_max: usize,
    ) -> Result<Batch, ReadError> {
        let end = end.min(self.status().durable);
        read::batch(self.disk.as_ref(), &self.folder, from, end, bytes_max)
    }

    /// A piece for another machine, from a position or the oldest entry on: about `bytes_max`
    /// bytes, and nothing from `end` on where one is given.
    ///
    /// # Errors
    /// As [`Journal::read`], or when the folder cannot be listed.
    pub fn hand_over(
        &self,
        from: Option<Position>,
        end: Option<Position>,
        bytes_max: usize,
    ) -> Result<Handover, JournalError> {
        let from = match from {
            Some(from) => from,
            None => self.oldest()?,
        };
        let status = self.status();
        let end = end.unwrap_or(status.durable);
        let batch = match from < end {
            true => self.read_until(from, end, bytes_max)?,
            false => Batch {
                next: from,
                ..Batch::default()
            },
        };
        Ok(Handover {
            from,
            batch,
            durable: status.durable,
            opened: self.opened,
            entries: status.entries,
        })
    }

    /// Where it ended when it was opened.
    #[must_use]
    pub fn opened(&self) -> Position {
        self.opened
    }

    /// The position of the oldest entry that is kept.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn oldest(&self) -> Result<Position, JournalError> {
        let segments = segment::list(&self.folder).map_err(|source| JournalError::Open {
            folder: self.folder.clone(),
            source,
        })?;
        let first = segments.first().map_or(0, |(number, _)| *number);
        Ok(Position {
            segment: first,
            offset: 0,
        })
    }

    /// Closes the segment being written behind what was appended, so that [`Journal::blank`]
    /// reaches all of it. That is done when the returned future is.
    ///
    /// # Errors
    /// When the disk is failing or the journal is closing.
    pub fn roll(&self) -> Result<Ack, JournalError> {
        let mut pending = self.shared.pending();
        if pending.closed {
            return Err(JournalError::Closed);
        }
        if pending.failing {
            return Err(JournalError::Failing);
        }
        pending.roll = true;
        let group = Arc::clone(&pending.group);
        drop(pending);
        self.shared.work.notify_one();
        Ok(Ack::new(group))
    }

    /// Makes what was appended durable and stops the writer. Later appends are refused.
    pub fn close(&self) {
        self.shared.pending().closed = true;
        self.shared.work.notify_one();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            // A writer that panicked has already failed its group's waiters.
            let _ = writer.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn new(durable: Position) -> Self {
        Self {
            pending: Mutex::new(Pending::new()),
            work: Condvar::new(),
            status: Mutex::new(JournalStatus {
                durable,
                failing: false,
                groups: 0,
                entries: 0,
            }),
        }
    }

    pub(crate) fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> MutexGuard<'_, JournalStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn new() -> Self {
        Self {
            buffer: vec![0; frame::HEADER_BYTES],
            entries: 0,
            group: Arc::default(),
            wake_at: 1,
            failing: false,
            closed: false,
            roll: false,
        }
    }
}

/// Refuses entries of another format, and tells the format in a folder that is begun.
fn check_format(disk: &dyn Disk, options: &JournalOptions) -> Result<(), JournalError> {
    let (folder, known) = (&options.folder, options.format);
    let failed = |source| JournalError::Open {
        folder: folder.clone(),
        source,
    };
    let file = folder.join("format");
    let found = match fs::read_to_string(&file) {
        Ok(text) => text.trim().to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if segment::list(folder).map_err(failed)?.is_empty() {
                return disk
                    .replace(&file, format!("{known}\n").as_bytes())
                    .map_err(failed);
            }
            FORMAT_UNSAID.to_string()
        }
        Err(source) => return Err(failed(source)),
    };
    if found == known.to_string() {
        return Ok(());
    }
    Err(JournalError::Format {
        folder: folder.clone(),
        found,
        known,
    })
}

/// The lock belongs to the open file, so it ends with the process however that ends. What the file
/// says is that of the last holder; it is only believed while somebody holds the lock.
fn hold(options: &JournalOptions) -> Result<File, JournalError> {
    let failed = |source| JournalError::Open {
        folder: options.folder.clone(),
        source,
    };
    let mut file = File::options()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(options.folder.join("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).map_err(failed)?;
            file.write_all(options.holder.as_bytes()).map_err(failed)?;
            Ok(file)
        }
        Err(fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(failed)?;
            Err(JournalError::Held {
                folder: options.folder.clone(),
                holder,
            })
        }
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}
