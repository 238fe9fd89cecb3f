//! Kinds of imports, as requests name them.

use app::ImportKind;
use http::StatusCode;

use crate::problem::{ApiResult, Problem};
use crate::words::{ImportKind as KindWord, ImportedKind};

/// Of a file that is to be imported.
pub(super) fn of_file(text: &str) -> ApiResult<ImportKind> {
    text.parse().map_err(|_| none_of(KindWord::ALL))
}

/// Of imports to list, where one is named.
pub(super) fn of_import(text: Option<&str>) -> ApiResult<Option<&str>> {
    match text {
        Some(kind) if !ImportedKind::ALL.contains(&kind) => Err(none_of(ImportedKind::ALL)),
        known => Ok(known),
    }
}

fn none_of(known: &[&str]) -> Problem {
    let detail = format!("kind is one of {}", known.join(", "));
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail).on_field("kind")
}
