//! Reading back what sets need, piece by piece.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::name::{PieceId, SetName};
use crate::repository::{BackupError, Repository};

/// What reading back has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub sets: u64,
    pub pieces: u64,
    pub bytes: u64,
    pub damage: Vec<Damage>,
    /// Pieces that are there and do not hold what they are named by.
    #[serde(skip)]
    pub damaged: HashSet<PieceId>,
    #[serde(skip)]
    pub sound: HashSet<PieceId>,
}

/// A set that cannot be restored as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    pub set: SetName,
    /// The file, or nothing where the set itself cannot be read.
    pub file: Option<String>,
    pub why: String,
}

/// Reads and proves every piece of the named sets, each once.
///
/// # Errors
/// When the place cannot be reached. Damage is no error: it is what was asked for.
pub fn verify(
    repository: &Repository,
    names: &[SetName],
    progress: &mut dyn FnMut(u64),
) -> Result<Verified, BackupError> {
    let mut verified = Verified::default();
    let mut read = HashMap::new();
    for name in names {
        verified.sets += 1;
        let damage = |file: Option<&str>, why: String| Damage {
            set: name.clone(),
            file: file.map(str::to_owned),
            why,
        };
        let set = match repository.set(name) {
            Ok(set) => set,
            Err(BackupError::Place(error)) => return Err(error.into()),
            Err(error) => {
                verified.damage.push(damage(None, error.to_string()));
                continue;
            }
        };
        for file in &set.files {
            let mut found = None;
            for id in &file.pieces {
                let wrong = match read.get(id) {
                    Some(known) => Option::clone(known),
                    None => look(repository, *id, &mut verified, progress)?,
                };
                read.insert(*id, wrong.clone());
                found = found.or(wrong);
            }
            let wrong = found.map(|why| damage(Some(&file.name), why));
            verified.damage.extend(wrong);
        }
    }
    Ok(verified)
}

/// What is wrong with a piece.
fn look(
    repository: &Repository,
    id: PieceId,
    verified: &mut Verified,
    progress: &mut dyn FnMut(u64),
) -> Result<Option<String>, BackupError> {
    match repository.piece(id) {
        Ok(piece) => {
            let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            verified.pieces += 1;
            verified.bytes += bytes;
            verified.sound.insert(id);
            progress(bytes);
            Ok(None)
        }
        Err(BackupError::Place(error)) => Err(error.into()),
        Err(error) => {
            if matches!(error, BackupError::Damaged(_)) {
                verified.damaged.insert(id);
            }
            Ok(Some(error.to_string()))
        }
    }
}
