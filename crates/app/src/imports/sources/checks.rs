//! What is looked at before a source is kept.

use connect::outbound::origin;
use store::import_sources::{self, ImportSource, ImportSourceDetails};
use store::{ImportSourceId, Tx};

use super::SourceHeader;
use crate::people::check_name;
use crate::{Actor, AppError};

/// Whose value the connection itself decides.
const OWN_HEADERS: [&str; 6] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
];
const HEADER_VALUE_CHARS_MAX: usize = 4_000;
const HEADER_NAME_CHARS_MAX: usize = 100;
const SOURCES_MAX: usize = 50;
pub(super) async fn checked_name(
    tx: &mut Tx,
    actor: &Actor,
    id: Option<ImportSourceId>,
    name: &str,
) -> Result<String, AppError> {
    let name = check_name("name", name)?;
    if name.is_empty() {
        let detail = "give the source a name";
        return Err(AppError::invalid("name", "required", detail));
    }
    let all = import_sources::list_import_sources(tx, actor.workspace).await?;
    if id.is_none() && all.len() >= SOURCES_MAX {
        let detail = format!("a workspace has at most {SOURCES_MAX} sources");
        return Err(AppError::invalid("name", "too_many", detail));
    }
    let is_taken = |other: &ImportSource| Some(other.id) != id && other.details.name == name;
    match all.iter().any(is_taken) {
        false => Ok(name),
        true => Err(AppError::Conflict {
            code: "already_exists",
            field: Some("name".to_owned()),
            detail: format!("there is a source {name:?} already"),
        }),
    }
}

/// The name of the header that goes along. One that is kept goes to the server that it was given
/// for and to no other.
pub(super) fn header_name(
    before: Option<&ImportSourceDetails>,
    url: &str,
    header: &SourceHeader,
) -> Result<String, AppError> {
    let (name, value) = match header {
        SourceHeader::None => return Ok(String::new()),
        SourceHeader::Kept => {
            let kept = before.filter(|details| origin(&details.location) == origin(url));
            let kept = kept.map(|details| details.header_name.clone());
            return kept.filter(|name| !name.is_empty()).ok_or_else(|| {
                let detail = "another server is asked: give the secret of the header again";
                AppError::invalid("header_value", "required", detail)
            });
        }
        SourceHeader::New { name, value } => (name.trim(), value.trim()),
    };
    let is_token = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let is_own = OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
    if name.is_empty()
        || name.len() > HEADER_NAME_CHARS_MAX
        || !name.chars().all(is_token)
        || is_own
    {
        let detail = "the name of a header such as Authorization";
        return Err(AppError::invalid("header_name", "not_allowed", detail));
    }
    let is_visible = |letter: char| letter.is_ascii_graphic() || letter == ' ';
    if value.is_empty() || value.len() > HEADER_VALUE_CHARS_MAX || !value.chars().all(is_visible) {
        let detail = "letters, digits and signs of ASCII, such as Bearer 3f7a";
        return Err(AppError::invalid("header_value", "not_allowed", detail));
    }
    Ok(name.to_owned())
}
