//! What became of one row of an imported file.

use crate::FieldError;

/// A row and what it did, or why it was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutcome {
    /// As a spreadsheet numbers it: the first row of the file is 1.
    pub row: u64,
    pub result: Result<RowEffect, FieldError>,
}

/// Whether an accepted row said anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEffect {
    /// The row brought something that was not there.
    Created,
    /// Something that was there has changed.
    Changed,
    /// Everything the row says was known.
    Unchanged,
}
