//! Writing a set: piece by piece what is not there yet, and the list of files last.

use std::collections::HashSet;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::name::{PieceId, SetName};
use crate::repository::{BackupError, Repository};
use crate::set::{FileEntry, PIECE_BYTES, SET_FORMAT, Set};

/// What was sent for a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sent {
    pub objects: u64,
    pub bytes: u64,
}

/// A set that is being made. Dropped without [`SetWriter::finish`] it was never there: the pieces
/// that were sent serve the next one.
pub struct SetWriter<'a> {
    repository: &'a Repository,
    present: HashSet<PieceId>,
    /// Pieces that are there and damaged.
    damaged: HashSet<PieceId>,
    files: Vec<FileEntry>,
    sent: Sent,
}

impl<'a> SetWriter<'a> {
    /// # Errors
    /// When the place fails.
    pub fn begin(repository: &'a Repository) -> Result<Self, BackupError> {
        Ok(Self {
            repository,
            present: repository.pieces()?,
            damaged: repository.damaged()?,
            files: Vec::new(),
            sent: Sent::default(),
        })
    }

    /// Adds a file, and sends what of it is not there yet. The file is `length` bytes long: what
    /// `content` lacks are zeros. `progress` is called with the bytes of each piece.
    ///
    /// # Errors
    /// When the file cannot be read or the place fails.
    pub fn add(
        &mut self,
        name: &str,
        length: Option<u64>,
        content: &mut dyn Read,
        progress: &mut dyn FnMut(u64),
    ) -> Result<FileEntry, BackupError> {
        let read = |source| BackupError::File {
            what: "read",
            name: name.to_owned(),
            source,
        };
        let mut pieces = Vec::new();
        let mut bytes = 0;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let filled = fill(content, &mut piece).map_err(read)?;
            if filled == 0 {
                break;
            }
            pieces.push(self.send(&piece[..filled])?);
            let filled = u64::try_from(filled).unwrap_or(u64::MAX);
            bytes += filled;
            progress(filled);
        }
        let entry = FileEntry {
            name: name.to_owned(),
            bytes,
            length: length.unwrap_or(bytes).max(bytes),
            pieces,
        };
        self.files.push(entry.clone());
        Ok(entry)
    }

    /// Adds a file that was sent before and has not changed; `false` where a piece of it is not
    /// there any more, and it has to be sent again.
    pub fn add_again(&mut self, entry: &FileEntry) -> bool {
        let is_there = entry.pieces.iter().all(|id| self.present.contains(id));
        if is_there {
            self.files.push(entry.clone());
        }
        is_there
    }

    /// Adds a file that was sent before, with a key of before, and is not there to be read: its
    /// pieces are read out of the place and sealed anew.
    ///
    /// # Errors
    /// When a piece is damaged or missing, or the place fails.
    pub fn add_anew(&mut self, entry: &FileEntry) -> Result<FileEntry, BackupError> {
        let mut anew = entry.clone();
        for id in &mut anew.pieces {
            let piece = self.repository.piece_of_any(*id)?;
            *id = self.send(&piece)?;
        }
        self.files.push(anew.clone());
        Ok(anew)
    }

    /// Makes the set: from here on it is there, whole.
    ///
    /// # Errors
    /// When the place fails, or lost a piece meanwhile.
    pub fn finish(self, program: &str, notes: Value) -> Result<(SetName, Set, Sent), BackupError> {
        let Self {
            repository,
            files,
            mut sent,
            ..
        } = self;
        // Whoever else clears up in the place may have taken away what an earlier set had needed.
        let there = repository.pieces()?;
        let needed = files.iter().flat_map(|file| &file.pieces);
        if let Some(lost) = needed.into_iter().find(|id| !there.contains(id)) {
            return Err(BackupError::Missing(format!("the piece {}", lost.object())));
        }
        let made_ms = repository.machine.now_ms();
        let mut random = [0; 4];
        repository.machine.fill(&mut random);
        let name = SetName::new(made_ms, random);
        let set = Set {
            format: SET_FORMAT,
            program: program.to_owned(),
            made_ms,
            files,
            notes,
        };
        sent.bytes += repository.put_set(&name, &set)?;
        sent.objects += 1;
        Ok((name, set, sent))
    }

    fn send(&mut self, piece: &[u8]) -> Result<PieceId, BackupError> {
        let id = self.repository.key().name(piece);
        if !self.present.contains(&id) {
            self.sent.bytes += self.repository.put_piece(id, piece)?;
            self.sent.objects += 1;
            self.present.insert(id);
            if self.damaged.remove(&id) {
                self.repository.place.remove(&id.mark())?;
            }
        }
        Ok(id)
    }
}

/// Reads until the buffer is full or there is nothing more.
fn fill(content: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match content.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
