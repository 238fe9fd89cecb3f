//! A report as a PDF to print or to hand on: A4 across, the head of the table on every page.

mod draw;
mod layout;
mod letters;

use krilla::SerializeSettings;

use crate::Language;
use crate::error::{Error, Result};
use crate::report::Report;
use letters::Letters;

pub use layout::ROWS_MAX;

/// The report under a title, with what its numbers are of.
///
/// # Errors
/// `Error::Export` when the file cannot be laid out.
pub(super) fn write(report: &Report, title: &str, language: Language) -> Result<Vec<u8>> {
    let letters = Letters::new()?;
    let pages = layout::pages(&letters, report, title, language);
    draw::draw(&letters, &pages, title, SerializeSettings::default())
}

fn refused(detail: &str) -> Error {
    Error::Export {
        format: "pdf",
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests;
