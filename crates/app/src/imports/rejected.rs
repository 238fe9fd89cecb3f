//! The rows that an import left out, with the reasons, as a list and as a file.

use std::collections::HashMap;

use base::{ImportId, safe_cell};
use connect::columns::mending_title;
use serde_json::json;
use store::imports::{self, Import, Rejection, RejectionRow};
use store::{Keyset, Page, PageRequest, users};

use super::StoredOptions;
use crate::audit::Act;
use crate::error::Step as _;
use crate::{Actor, App, AppError, Permission};

/// Rows of the file of rejected rows at most.
pub const REJECTED_FILE_ROWS_MAX: usize = 100_000;
const BATCH_ROWS: u32 = 1_000;

/// The interface's words by language and key; `None` where English says it best.
pub type Words = fn(&str, &str) -> Option<&'static str>;

impl App {
    /// Rejected rows in the order of the file; the cursor is the row and id of the last one seen.
    ///
    /// # Errors
    /// When the workspace has no such import.
    pub async fn rejected(
        &self,
        actor: &Actor,
        id: ImportId,
        page: PageRequest<i64>,
    ) -> Result<Page<RejectionRow, i64>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        let import = super::own::own_import(&mut connection, actor, id).await?;
        super::require_import_of(actor, &import.kind)?;
        let after = page.after.unwrap_or(Keyset { at: 0, id: 0 });
        let one_more = i64::from(page.limit) + 1;
        let items = imports::list_rejections(
            &mut connection,
            actor.workspace,
            id,
            after.at,
            after.id,
            one_more,
        )
        .await?;
        drop(connection);
        let page = Page::of(items, page, |row: &RejectionRow| Keyset {
            at: row.rejection.row,
            id: row.id,
        });
        let told = json!({"rows": page.items.len()});
        self.note_look(actor, Act::RejectedRowsRead, id, told)
            .await?;
        Ok(page)
    }

    /// The rejected rows as a file like the one they came from, with the reasons in a column behind
    /// the others: to be mended and imported again. Spreadsheets run nothing in it. `words` has the
    /// person's language for the keys of the interface; without a word it is English.
    ///
    /// # Errors
    /// When the workspace has no such import.
    pub async fn rejected_csv(
        &self,
        actor: &Actor,
        id: ImportId,
        words: Words,
    ) -> Result<Vec<u8>, AppError> {
        const WRITE: &str = "write rejected rows down";
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        let import = super::own::own_import(&mut connection, actor, id).await?;
        super::require_import_of(actor, &import.kind)?;
        let language = match actor.user() {
            Some(user) => users::load_user(&mut connection, user).await?.language,
            None => String::new(),
        };
        drop(connection);
        let layout = StoredOptions::layout_of(&import);
        let titles = titles(&import, &layout.header);
        let word = |key: &str| words(&language, key);
        let mut csv = csv::WriterBuilder::new()
            .delimiter(u8::try_from(layout.delimiter).unwrap_or(b','))
            .terminator(csv::Terminator::CRLF)
            // A row that had too few cells has too few still.
            .flexible(true)
            // Without a mark, spreadsheets take UTF-8 for the system's own encoding.
            .from_writer("\u{feff}".as_bytes().to_vec());
        let title = mending_title(id, &language);
        csv.write_record(safe(layout.header.iter().chain([&title])))
            .step(WRITE)?;
        let mut page = PageRequest::first(BATCH_ROWS);
        let mut count = 0;
        loop {
            let found = self.rejected(actor, id, page).await?;
            count += found.items.len();
            for RejectionRow { rejection, .. } in found.items {
                let why = reason(&rejection, &titles, &word);
                csv.write_record(safe(rejection.cells.iter().chain([&why])))
                    .step(WRITE)?;
            }
            page.after = found.next;
            if page.after.is_none() || count >= REJECTED_FILE_ROWS_MAX {
                return csv
                    .into_inner()
                    .map_err(csv::IntoInnerError::into_error)
                    .step(WRITE);
            }
        }
    }
}

fn safe<'a>(cells: impl Iterator<Item = &'a String>) -> impl Iterator<Item = String> {
    cells.map(|cell| safe_cell(cell).into_owned())
}

/// The titles of the file's columns, by their fields.
fn titles(import: &Import, header: &[String]) -> HashMap<&'static str, String> {
    let mapping = StoredOptions::mapping_of(import, header);
    let fields = header.iter().enumerate().filter_map(|(index, title)| {
        let (field, _) = mapping.as_ref()?.field(index)?;
        Some((field.key(), title.clone()))
    });
    fields.collect()
}

fn reason(
    rejection: &Rejection,
    titles: &HashMap<&'static str, String>,
    word: &dyn Fn(&str) -> Option<&'static str>,
) -> String {
    let Rejection {
        row, field, detail, ..
    } = rejection;
    let why = word(&format!("import.code.{}", rejection.code));
    if let (Some(why), Some(line)) = (why, word("import.row")) {
        let titled = |field: &str| {
            let title = titles.get(field).map(String::as_str);
            title.or_else(|| word(&format!("import.field.{field}")))
        };
        return match field.as_deref().and_then(titled) {
            Some(title) => format!("{line} {row}, {title}: {why}"),
            None => format!("{line} {row}: {why}"),
        };
    }
    match field {
        Some(field) => format!("row {row}, {field}: {detail}"),
        None => format!("row {row}: {detail}"),
    }
}
