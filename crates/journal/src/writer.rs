//! The one thread that writes groups and syncs them, and how it starts again after a crash.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::disk::{Disk, DiskFile};
use crate::frame::{self, GROUP_BYTES_MAX, HEADER_BYTES};
use crate::group::Group;
use crate::log::{JournalError, JournalOptions, Shared};
use crate::read;
use crate::segment::{self, Form, Position};

/// Between two attempts to bring a failing disk back.
const RETRY_PAUSE: Duration = Duration::from_millis(250);
/// A segment keeps this much free for its closing group.
const CLOSING_BYTES: u64 = 28;
/// Room of a group's buffer that is kept for the next one.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

/// Where the next group goes.
pub(crate) struct Head {
    pub(crate) position: Position,
    groups: u64,
    file: Arc<dyn DiskFile>,
}

/// Finds the end of the log, cuts a torn tail, and refuses damage before the end.
pub(crate) fn recover(disk: &dyn Disk, options: &JournalOptions) -> Result<Head, JournalError> {
    let failed = |source| JournalError::Open {
        folder: options.folder.clone(),
        source,
    };
    let segments = segment::list(&options.folder).map_err(failed)?;
    let plain: Vec<u64> = segments
        .iter()
        .filter(|(_, form)| *form == Form::Plain)
        .map(|(n, _)| *n)
        .collect();
    let mut open_end = None;
    for number in plain {
        let path = segment::path(&options.folder, number, Form::Plain);
        let file = disk.open(&path).map_err(failed)?;
        let scan = read::scan(file.as_ref(), number).map_err(failed)?;
        if let Some((segment, offset)) = open_end {
            // A segment is only begun once the one before it is closed.
            if scan.groups > 0 {
                return Err(JournalError::Damaged { segment, offset });
            }
            disk.remove(&path).map_err(failed)?;
            continue;
        }
        if scan.closed {
            continue;
        }
        if read::has_group_after(file.as_ref(), number, scan.end).map_err(failed)? {
            return Err(JournalError::Damaged {
                segment: number,
                offset: scan.end,
            });
        }
        open_end = Some((number, scan.end));
        cut(file.as_ref(), scan.end).map_err(failed)?;
    }
    let (number, offset) = open_end.unwrap_or((segments.last().map_or(0, |(last, _)| last + 1), 0));
    let path = segment::path(&options.folder, number, Form::Plain);
    let file = if open_end.is_some() {
        disk.open(&path)
    } else {
        create(disk, options, number)
    }
    .map_err(failed)?;
    let groups = read::scan(file.as_ref(), number).map_err(failed)?.groups;
    Ok(Head {
        position: Position {
            segment: number,
            offset,
        },
        groups,
        file,
    })
}

pub(crate) fn start(
    disk: Arc<dyn Disk>,
    options: JournalOptions,
    head: Head,
    shared: Arc<Shared>,
) -> io::Result<JoinHandle<()>> {
    let (order, orders) = sync_channel::<u64>(1);
    let (ready, spare) = sync_channel(1);
    let (spare_disk, spare_options) = (Arc::clone(&disk), options.clone());
    let preparing = thread::Builder::new()
        .name("journal-prepare".to_owned())
        .spawn(move || prepare(spare_disk.as_ref(), &spare_options, &orders, &ready))?;
    let mut writer = Writer {
        disk,
        options,
        head,
        shared,
        order,
        spare,
        ordered: None,
    };
    writer.order_next();
    thread::Builder::new()
        .name("journal-write".to_owned())
        .spawn(move || {
            writer.run();
            // A segment that is still being prepared would be made under the next journal's feet.
            drop(writer);
            let _ = preparing.join();
        })
}

type Prepared = io::Result<Arc<dyn DiskFile>>;

/// Makes segments ahead of need, so that rolling to the next one costs the writer nothing.
fn prepare(
    disk: &dyn Disk,
    options: &JournalOptions,
    orders: &Receiver<u64>,
    ready: &SyncSender<Prepared>,
) {
    for number in orders {
        if ready.send(create(disk, options, number)).is_err() {
            return;
        }
    }
}

fn create(disk: &dyn Disk, options: &JournalOptions, number: u64) -> Prepared {
    let path = segment::path(&options.folder, number, Form::Plain);
    let file = disk.create_zeroed(&path, options.segment_bytes)?;
    disk.sync_folder(&options.folder)?;
    Ok(file)
}

/// Clears what a torn group can have left: at most one group was ever under way.
fn cut(file: &dyn DiskFile, end: u64) -> io::Result<()> {
    let length = file.len()?;
    let reach = u64::try_from(GROUP_BYTES_MAX + HEADER_BYTES).unwrap_or(u64::MAX);
    let count = usize::try_from(reach.min(length.saturating_sub(end))).unwrap_or_default();
    let mut tail = vec![0; count];
    file.read_at(&mut tail, end)?;
    if tail.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    tail.fill(0);
    file.write_at(&tail, end)?;
    file.sync()
}

struct Writer {
    disk: Arc<dyn Disk>,
    options: JournalOptions,
    head: Head,
    shared: Arc<Shared>,
    order: SyncSender<u64>,
    spare: Receiver<Prepared>,
    /// The segment that is being prepared.
    ordered: Option<u64>,
}

/// A group that was taken for writing.
struct Taken {
    buffer: Vec<u8>,
    entries: usize,
    group: Arc<Group>,
    /// The segment is closed behind it.
    roll: bool,
}

impl Writer {
    fn run(&mut self) {
        let mut spare = vec![0; HEADER_BYTES];
        let mut expected = 1;
        while let Some(mut taken) = self.take(spare, expected) {
            expected = taken.entries;
            let result = self.write_taken(&mut taken);
            self.note(&taken, result.is_ok());
            taken.group.finish(result.map_err(drop));
            if self.shared.status().failing {
                self.bring_back();
            }
            spare = taken.buffer;
            spare.clear();
            spare.shrink_to(KEPT_BUFFER_BYTES);
            spare.resize(HEADER_BYTES, 0);
        }
    }

    /// Waits for entries; then a moment for about as many as last time. `None` when closed.
    fn take(&self, spare: Vec<u8>, expected: usize) -> Option<Taken> {
        let wait = |guard, until: usize| {
            self.shared
                .work
                .wait_while(guard, |pending: &mut crate::log::Pending| {
                    pending.wake_at = until;
                    pending.entries < until && !pending.closed && !pending.roll
                })
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        let mut pending = wait(self.shared.pending(), 1);
        let gather = expected / 2;
        if pending.entries < gather && !pending.closed && !pending.roll {
            pending.wake_at = gather;
            let waited =
                self.shared
                    .work
                    .wait_timeout_while(pending, self.options.gather_max, |pending| {
                        pending.entries < gather && !pending.closed && !pending.roll
                    });
            pending = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        pending.wake_at = usize::MAX;
        if pending.entries == 0 && !pending.roll {
            return None;
        }
        let entries = std::mem::take(&mut pending.entries);
        let buffer = std::mem::replace(&mut pending.buffer, spare);
        let group = std::mem::take(&mut pending.group);
        let roll = std::mem::take(&mut pending.roll);
        Some(Taken {
            buffer,
            entries,
            group,
            roll,
        })
    }

    fn write_taken(&mut self, taken: &mut Taken) -> io::Result<()> {
        if taken.entries > 0 {
            self.write(&mut taken.buffer)?;
        }
        if taken.roll && self.head.position.offset > 0 {
            self.roll()?;
        }
        Ok(())
    }

    fn write(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let length = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if self.head.position.offset + length + CLOSING_BYTES > self.options.segment_bytes {
            self.roll()?;
        }
        let number = self.head.position.segment;
        frame::seal(buffer, read::group_number(number, self.head.groups));
        self.head.file.write_at(buffer, self.head.position.offset)?;
        self.head.file.sync()?;
        self.head.groups += 1;
        self.head.position.offset += length;
        Ok(())
    }

    /// Closes the segment and goes on in the next one.
    fn roll(&mut self) -> io::Result<()> {
        let mut closing = vec![0; HEADER_BYTES];
        frame::push_entry(&mut closing, &[]);
        let number = self.head.position.segment;
        frame::seal(&mut closing, read::group_number(number, self.head.groups));
        self.head
            .file
            .write_at(&closing, self.head.position.offset)?;
        self.head.file.sync()?;
        let next = number + 1;
        let prepared = if self.ordered == Some(next) {
            self.spare
                .recv()
                .unwrap_or_else(|_| Err(io::Error::other("no segment prepared")))
        } else {
            create(self.disk.as_ref(), &self.options, next)
        };
        self.ordered = None;
        let file = prepared?;
        self.head = Head {
            position: Position {
                segment: next,
                offset: 0,
            },
            groups: 0,
            file,
        };
        self.order_next();
        Ok(())
    }

    fn order_next(&mut self) {
        let next = self.head.position.segment + 1;
        self.ordered = self.order.try_send(next).is_ok().then_some(next);
    }

    fn note(&self, taken: &Taken, durable: bool) {
        let mut status = self.shared.status();
        status.failing = !durable;
        if durable {
            status.durable = self.head.position;
            status.groups += u64::from(taken.entries > 0);
            status.entries += u64::try_from(taken.entries).unwrap_or_default();
        }
        drop(status);
        if !durable {
            self.shared.pending().failing = true;
        }
    }

    /// Refuses entries until what the failed write may have left is wiped and synced.
    ///
    /// After a failed sync the kernel may have dropped the pages, so the group is never retried:
    /// its senders were told, and the place is cleared before anything else is written there.
    fn bring_back(&mut self) {
        loop {
            let taken = {
                let mut pending = self.shared.pending();
                pending.failing = true;
                if pending.closed {
                    return;
                }
                pending.entries = 0;
                pending.roll = false;
                pending.buffer.truncate(HEADER_BYTES);
                std::mem::take(&mut pending.group)
            };
            taken.finish(Err(()));
            if cut_and_prove(self.head.file.as_ref(), self.head.position.offset).is_ok() {
                self.shared.status().failing = false;
                self.shared.pending().failing = false;
                return;
            }
            let pause = self.shared.work.wait_timeout_while(
                self.shared.pending(),
                RETRY_PAUSE,
                |pending| !pending.closed,
            );
            drop(pause);
        }
    }
}

/// Clears the place of a failed group; writes even where nothing seems left, to prove the disk.
fn cut_and_prove(file: &dyn DiskFile, end: u64) -> io::Result<()> {
    cut(file, end)?;
    let spare = file.len()?.saturating_sub(end).min(CLOSING_BYTES);
    file.write_at(&vec![0; usize::try_from(spare).unwrap_or_default()], end)?;
    file.sync()
}
