//! Taking out sets that are kept no longer, and the pieces that no set needs any more.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::name::{PIECES, PieceId, SetName};
use crate::repository::{BackupError, Repository};

/// A piece that no set needs stays so long: another back-up may be about to need it.
const GRACE_MS: i64 = 24 * 3_600_000;

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Swept {
    pub sets: u64,
    pub pieces: u64,
    pub bytes: u64,
}

/// Takes out every set but those in `kept`, then the pieces that only they needed.
///
/// # Errors
/// When the place fails, or a set that is kept cannot be read: nobody knows then what it needs, and
/// no piece is taken out.
pub fn sweep(repository: &Repository, kept: &[SetName]) -> Result<Swept, BackupError> {
    let mut swept = Swept::default();
    let mut needed: HashSet<PieceId> = HashSet::new();
    let names = repository.sets()?;
    for name in names.iter().filter(|name| kept.contains(name)) {
        let set = repository.set(name)?;
        needed.extend(set.files.iter().flat_map(|file| &file.pieces));
    }
    for name in names.iter().filter(|name| !kept.contains(name)) {
        repository.place.remove(&name.object())?;
        swept.sets += 1;
    }
    let old = repository.machine.now_ms() - GRACE_MS;
    for object in repository.place.list(PIECES)? {
        // What is no piece of ours is not ours to take out.
        let Some(id) = PieceId::of_object(&object.name) else {
            continue;
        };
        if !needed.contains(&id) && object.put_ms < old {
            repository.place.remove(&object.name)?;
            swept.pieces += 1;
            swept.bytes += object.bytes;
        }
    }
    let there = repository.place.list(PIECES)?;
    let there = there
        .iter()
        .filter_map(|object| PieceId::of_object(&object.name));
    let there: HashSet<PieceId> = there.collect();
    // A mark on a piece that is gone says nothing any more.
    for id in repository.damaged()?.difference(&there) {
        repository.place.remove(&id.mark())?;
    }
    Ok(swept)
}
