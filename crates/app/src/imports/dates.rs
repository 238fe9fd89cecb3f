//! Whether `3/4/2026` is in April or in March: the file tells, or else the workspace.

use std::path::Path;

use connect::columns::Mapping;
use connect::dates::{DateOrder, DatesSeen};
use connect::plan::note_dates;
use connect::table::Preview as Contents;
use store::workspaces::WorkspaceDetails;

use super::plan::{ImportOptions, misplanned, open_table, refused};
use crate::AppError;

/// How the dates of a file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dates {
    pub(super) order: DateOrder,
    /// The file has dates that could be read either way, and does not tell which.
    pub(super) are_ambiguous: bool,
    /// Nobody has said which.
    pub(super) are_guessed: bool,
}

impl Dates {
    /// Reads the file to its end where its first rows do not tell. Blocks.
    ///
    /// # Errors
    /// When the file cannot be read or the options do not fit it.
    pub(super) fn of(
        path: &Path,
        contents: &Contents,
        options: &ImportOptions,
        workspace: &WorkspaceDetails,
    ) -> Result<Self, AppError> {
        let mapping = options.mapping(&contents.layout.header);
        let mapping = mapping.map_err(|error| misplanned(&error))?;
        let mut seen = DatesSeen::default();
        for row in &contents.rows {
            note_dates(&mut seen, &mapping, row);
        }
        let is_cut =
            u64::try_from(contents.rows.len()).is_ok_and(|rows| rows < contents.rows_total);
        if is_cut && seen.order().is_none() {
            seen = all_of(path, options.sheet(), &mapping)?;
        }
        let said = options.date_order();
        let usual = || seen.order().unwrap_or_else(|| usual(workspace));
        Ok(Self {
            order: said.unwrap_or_else(usual),
            are_ambiguous: seen.are_ambiguous(),
            are_guessed: seen.are_ambiguous() && said.is_none(),
        })
    }
}

fn all_of(path: &Path, sheet: Option<&str>, mapping: &Mapping) -> Result<DatesSeen, AppError> {
    let mut seen = DatesSeen::default();
    for row in open_table(path, sheet)? {
        note_dates(&mut seen, mapping, &row.map_err(|error| refused(&error))?);
    }
    Ok(seen)
}

/// Only Americans put the month first. Whoever counts in dollars elsewhere is none of them.
fn usual(workspace: &WorkspaceDetails) -> DateOrder {
    let zone = workspace.time_zone.as_str();
    let areas = ["America/", "US/", "Pacific/Honolulu", "UTC", "Etc/"];
    let is_there = areas.iter().any(|area| zone.starts_with(area));
    if is_there && workspace.default_country.eq_ignore_ascii_case("US") {
        DateOrder::MonthFirst
    } else {
        DateOrder::DayFirst
    }
}
