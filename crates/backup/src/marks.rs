//! Marks on pieces that were read and found to be damaged: whoever makes the next set sends them
//! again.

use std::collections::HashSet;

use crate::name::{DAMAGED, PieceId};
use crate::repository::{BackupError, Repository};
use crate::verify::Verified;

impl Repository {
    /// Marks the pieces that were found to be damaged, and takes the marks of those that were read
    /// well away. Returns how many are marked by it.
    ///
    /// # Errors
    /// When the place fails.
    pub fn mark(&self, verified: &Verified) -> Result<u64, BackupError> {
        let known = self.damaged()?;
        let mut marked = 0;
        for id in verified.damaged.difference(&known) {
            // A place may not take an object of nothing.
            self.place.put(&id.mark(), b"damaged")?;
            marked += 1;
        }
        for id in verified.sound.intersection(&known) {
            self.place.remove(&id.mark())?;
        }
        Ok(marked)
    }

    /// The pieces that are marked.
    pub(crate) fn damaged(&self) -> Result<HashSet<PieceId>, BackupError> {
        let marks = self.place.list(DAMAGED)?;
        let ids = marks
            .iter()
            .filter_map(|mark| PieceId::of_object(&mark.name));
        Ok(ids.collect())
    }
}
