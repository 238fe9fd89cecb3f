//! The sets of a place, under one key.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::{Key, Keys};
use crate::name::{PIECES, PieceId, SETS, SetName, hexadecimal};
use crate::place::{Machine, Place, PlaceError};
use crate::set::{PIECE_BYTES, PIECE_OBJECT_BYTES_MAX, SET_FORMAT, SET_OBJECT_BYTES_MAX, Set};

/// What says that a place holds back-ups. It is not sealed: a wrong key has to be told from damage.
const MARKER: &str = "throughline-backups.json";
const MARKER_BYTES_MAX: u64 = 4 << 10;
const COMPRESSION_LEVEL: i32 = 3;

/// Back-ups in a place.
pub struct Repository {
    pub(crate) place: Arc<dyn Place>,
    pub(crate) keys: Keys,
    pub(crate) machine: Arc<dyn Machine>,
    id: String,
    /// Every key that anything in the place was sealed with is here.
    is_whole: bool,
    /// What was sent before may be sealed with a key of before.
    had_other_keys: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
    /// Random: tells this repository from another at the same address.
    id: String,
    /// Which key opens what is sent now.
    key: String,
    /// Which keys open what was sent before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<String>,
}

impl Marker {
    fn all(&self) -> impl Iterator<Item = &str> {
        let earlier = self.earlier.iter().map(String::as_str);
        std::iter::once(self.key.as_str()).chain(earlier)
    }
}

/// Why something cannot be done with back-ups.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("there are no back-ups in {0}")]
    Nothing(String),
    #[error("{0} holds other things: back-ups need a place of their own")]
    Stranger(String),
    #[error(
        "the back-ups in {place} are sealed with key {held}, and the key given is {given}: no \
         other key opens them, and a new one is taken only beside the one of before"
    )]
    OtherKey {
        place: String,
        held: String,
        given: String,
    },
    #[error("{what} was made by a newer version (format {found}, this one reads up to {known})")]
    Newer {
        what: String,
        found: u32,
        known: u32,
    },
    #[error("{0} is damaged: it was changed, cut off or put in the place of another")]
    Damaged(String),
    #[error("{0} does not open: it is damaged, or sealed with another of the keys of its place")]
    Closed(String),
    #[error("{0} is not there any more")]
    Missing(String),
    #[error("failed to {what} {name}")]
    File {
        what: &'static str,
        name: String,
        source: std::io::Error,
    },
    #[error("{0} is not empty: a restore needs a folder of its own")]
    NotEmpty(String),
    #[error("{0} is no name of a file in a back-up")]
    BadName(String),
}

impl Repository {
    /// Opens the back-ups of a place, for reading.
    ///
    /// # Errors
    /// When there are none, the key opens none of them, or the place fails.
    pub fn open<K: Into<Keys>>(
        place: Arc<dyn Place>,
        keys: K,
        machine: Arc<dyn Machine>,
    ) -> Result<Self, BackupError> {
        let marker = read_marker(place.as_ref())?;
        let marker = marker.ok_or_else(|| BackupError::Nothing(place.shown()))?;
        let keys = keys.into();
        if !marker.all().any(|id| keys.has(id)) {
            return Err(other_key(place.as_ref(), &marker, &keys));
        }
        let is_whole = marker.all().all(|id| keys.has(id));
        Ok(Self {
            place,
            keys,
            machine,
            id: marker.id,
            is_whole,
            had_other_keys: !marker.earlier.is_empty(),
        })
    }

    /// As [`Repository::open`], and begins with an empty place. Where the key is a new one, and the
    /// one of before is among the earlier ones, the place takes it: what is sent from now on opens
    /// with the new one only.
    ///
    /// # Errors
    /// As there, when an unmarked place holds other things, or the place has a newer key.
    pub fn open_or_make<K: Into<Keys>>(
        place: Arc<dyn Place>,
        keys: K,
        machine: Arc<dyn Machine>,
    ) -> Result<Self, BackupError> {
        let keys = keys.into();
        let current = keys.current.id().0.clone();
        match read_marker(place.as_ref())? {
            None => {
                if !place.list("")?.is_empty() {
                    return Err(BackupError::Stranger(place.shown()));
                }
                let mut id = [0; 16];
                machine.fill(&mut id);
                let marker = Marker {
                    format: SET_FORMAT,
                    id: hexadecimal(&id),
                    key: current,
                    earlier: Vec::new(),
                };
                put_marker(place.as_ref(), &marker)?;
            }
            Some(marker) if marker.key == current => {}
            Some(mut marker) => {
                let is_older = marker.earlier.contains(&current);
                if is_older || !keys.has(&marker.key) {
                    return Err(other_key(place.as_ref(), &marker, &keys));
                }
                let before = std::mem::replace(&mut marker.key, current);
                marker.earlier.push(before);
                put_marker(place.as_ref(), &marker)?;
            }
        }
        Self::open(place, keys, machine)
    }

    /// Tells this repository from every other.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    #[must_use]
    pub fn key(&self) -> &Key {
        &self.keys.current
    }

    /// Whether the place was under another key before.
    #[must_use]
    pub fn had_other_keys(&self) -> bool {
        self.had_other_keys
    }

    #[must_use]
    pub fn shown(&self) -> String {
        self.place.shown()
    }

    /// The names of all sets, the oldest first.
    ///
    /// # Errors
    /// When the place fails.
    pub fn sets(&self) -> Result<Vec<SetName>, BackupError> {
        let objects = self.place.list(SETS)?;
        let named = |object: &crate::Object| SetName::of_object(&object.name);
        let mut names: Vec<SetName> = objects.iter().filter_map(named).collect();
        names.sort();
        Ok(names)
    }

    /// Bytes that all back-ups take together in their place.
    ///
    /// # Errors
    /// When the place fails.
    pub fn bytes(&self) -> Result<u64, BackupError> {
        Ok(self.place.list("")?.iter().map(|object| object.bytes).sum())
    }

    /// Reads a set.
    ///
    /// # Errors
    /// When it is not there, damaged, of a newer format, or the place fails.
    pub fn set(&self, name: &SetName) -> Result<Set, BackupError> {
        let object = name.object();
        let found = self.place.get(&object, SET_OBJECT_BYTES_MAX)?;
        let found = found.ok_or_else(|| BackupError::Missing(format!("the back-up {name}")))?;
        let damaged = || self.closed(format!("the back-up {name}"));
        let opened = self.keys.all().find_map(|key| key.open(&object, &found));
        let packed = opened.ok_or_else(damaged)?;
        let text = zstd::decode_all(packed.as_slice()).map_err(|_| damaged())?;
        let begun: Format = serde_json::from_slice(&text).map_err(|_| damaged())?;
        if begun.format > SET_FORMAT {
            return Err(newer(format!("the back-up {name}"), begun.format));
        }
        serde_json::from_slice(&text).map_err(|_| damaged())
    }

    pub(crate) fn put_set(&self, name: &SetName, set: &Set) -> Result<u64, BackupError> {
        let object = name.object();
        let failed = || BackupError::Damaged(format!("the back-up {name}"));
        let text = serde_json::to_vec(set).map_err(|_| failed())?;
        let packed = zstd::bulk::compress(&text, COMPRESSION_LEVEL).map_err(|_| failed())?;
        let sealed = self.key().seal(&object, &packed, self.machine.as_ref());
        let sealed = sealed.ok_or_else(failed)?;
        self.place.put(&object, &sealed)?;
        Ok(u64::try_from(sealed.len()).unwrap_or(u64::MAX))
    }

    /// The pieces that are there, without those that are marked as damaged.
    pub(crate) fn pieces(&self) -> Result<HashSet<PieceId>, BackupError> {
        let objects = self.place.list(PIECES)?;
        let damaged = self.damaged()?;
        let ids = objects
            .iter()
            .filter_map(|object| PieceId::of_object(&object.name));
        Ok(ids.filter(|id| !damaged.contains(id)).collect())
    }

    /// Sends a piece; answers how long its object is.
    pub(crate) fn put_piece(&self, id: PieceId, piece: &[u8]) -> Result<u64, BackupError> {
        let object = id.object();
        let failed = || BackupError::Damaged(object.clone());
        let packed = zstd::bulk::compress(piece, COMPRESSION_LEVEL).map_err(|_| failed())?;
        let sealed = self
            .key()
            .seal(&object, &pad(packed), self.machine.as_ref())
            .ok_or_else(failed)?;
        self.place.put(&object, &sealed)?;
        Ok(u64::try_from(sealed.len()).unwrap_or(u64::MAX))
    }

    /// Reads a piece of a set that was opened, and proves that it is the one that was meant. A set
    /// is of one key, so that a piece of it that does not open is damaged.
    ///
    /// # Errors
    /// When it is not there, damaged, or the place fails.
    pub fn piece(&self, id: PieceId) -> Result<Vec<u8>, BackupError> {
        let object = id.object();
        let found = self.place.get(&object, PIECE_OBJECT_BYTES_MAX)?;
        let found = found.ok_or_else(|| BackupError::Missing(format!("the piece {object}")))?;
        let read = |key: &Key| {
            let opened = key.open(&object, &found)?;
            let piece = zstd::bulk::decompress(unpad(&opened)?, PIECE_BYTES).ok()?;
            (key.name(&piece) == id).then_some(piece)
        };
        let piece = self.keys.all().find_map(read);
        piece.ok_or_else(|| BackupError::Damaged(format!("the piece {object}")))
    }

    /// The same of a piece that may be of a set whose key is not here.
    pub(crate) fn piece_of_any(&self, id: PieceId) -> Result<Vec<u8>, BackupError> {
        match self.piece(id) {
            Err(BackupError::Damaged(what)) => Err(self.closed(what)),
            read => read,
        }
    }

    /// What does not open with any key that is here.
    fn closed(&self, what: String) -> BackupError {
        match self.is_whole {
            true => BackupError::Damaged(what),
            false => BackupError::Closed(what),
        }
    }
}

fn read_marker(place: &dyn Place) -> Result<Option<Marker>, BackupError> {
    let Some(marker) = place.get(MARKER, MARKER_BYTES_MAX)? else {
        return Ok(None);
    };
    let name = || format!("{MARKER} in {}", place.shown());
    let marker: Marker =
        serde_json::from_slice(&marker).map_err(|_| BackupError::Damaged(name()))?;
    if marker.format > SET_FORMAT {
        return Err(newer(name(), marker.format));
    }
    Ok(Some(marker))
}

fn put_marker(place: &dyn Place, marker: &Marker) -> Result<(), BackupError> {
    let text = serde_json::to_vec(marker).unwrap_or_default();
    Ok(place.put(MARKER, &text)?)
}

fn other_key(place: &dyn Place, marker: &Marker, keys: &Keys) -> BackupError {
    BackupError::OtherKey {
        place: place.shown(),
        held: marker.key.clone(),
        given: keys.current.id().0.clone(),
    }
}

/// What of a set every version can read.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn newer(what: String, found: u32) -> BackupError {
    BackupError::Newer {
        what,
        found,
        known: SET_FORMAT,
    }
}

/// Lengths are rounded up to few different ones (Padmé), so that they tell little of what is
/// inside; it costs a few per cent. The true length is in front.
fn pad(packed: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(packed.len()).unwrap_or(u32::MAX);
    let mut padded = length.to_le_bytes().to_vec();
    padded.extend(packed);
    let bits = padded.len().max(2).ilog2();
    let step = 1_usize << bits.saturating_sub(bits.ilog2() + 1);
    padded.resize(padded.len().next_multiple_of(step), 0);
    padded
}

fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_padded_comes_back_and_lengths_are_few() {
        let mut lengths = HashSet::new();
        for length in 0..5_000_usize {
            let padded = pad(vec![7; length]);
            assert_eq!(unpad(&padded), Some(vec![7; length].as_slice()));
            assert!(padded.len() <= (length + 4) * 112 / 100 + 1, "{length}");
            lengths.insert(padded.len());
        }
        assert!(lengths.len() < 120, "{}", lengths.len());
        assert_eq!(unpad(&[9, 0, 0, 0, 1]), None);
        assert_eq!(unpad(&[]), None);
    }
}
