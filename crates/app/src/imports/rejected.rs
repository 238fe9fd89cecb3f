//! The rows that an import left out, with the reasons, as a list and as a file.

use base::{ImportId, safe_cell};
use connect::columns::mending_title;
use store::imports::{self, Rejection, RejectionRow};
use store::{Keyset, Page};

use super::StoredOptions;
use crate::error::Step as _;
use crate::{Actor, App, AppError, Permission};

/// Rows of the file of rejected rows at most.
pub const REJECTED_FILE_ROWS_MAX: usize = 100_000;
const BATCH_ROWS: u32 = 1_000;

impl App {
    /// Rejected rows in the order of the file; `after` is the row and id of the last one seen.
    ///
    /// # Errors
    /// When the workspace has no such import.
    pub async fn rejected(
        &self,
        actor: &Actor,
        id: ImportId,
        after: Option<Keyset<i64>>,
        limit: u32,
    ) -> Result<Page<RejectionRow, i64>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        imports::load_import(&mut connection, actor.workspace, id).await?;
        let after = after.unwrap_or(Keyset { at: 0, id: 0 });
        let one_more = i64::from(limit) + 1;
        let mut items = imports::list_rejections(
            &mut connection,
            actor.workspace,
            id,
            after.at,
            after.id,
            one_more,
        )
        .await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().map(|row| Keyset {
            at: row.rejection.row,
            id: row.id,
        });
        Ok(Page {
            items,
            next: last.filter(|_| has_more),
        })
    }

    /// The rejected rows as a file like the one they came from, with the reasons in a column behind
    /// the others: to be mended and imported again. Spreadsheets run nothing in it.
    ///
    /// # Errors
    /// When the workspace has no such import.
    pub async fn rejected_csv(&self, actor: &Actor, id: ImportId) -> Result<Vec<u8>, AppError> {
        const WRITE: &str = "write rejected rows down";
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        let import = imports::load_import(&mut connection, actor.workspace, id).await?;
        drop(connection);
        let layout = StoredOptions::layout_of(&import);
        let mut csv = csv::WriterBuilder::new()
            .delimiter(u8::try_from(layout.delimiter).unwrap_or(b','))
            .terminator(csv::Terminator::CRLF)
            // A row that had too few cells has too few still.
            .flexible(true)
            // Without a mark, spreadsheets take UTF-8 for the system's own encoding.
            .from_writer("\u{feff}".as_bytes().to_vec());
        let title = mending_title(id);
        csv.write_record(safe(layout.header.iter().chain([&title])))
            .step(WRITE)?;
        let mut after = None;
        let mut count = 0;
        loop {
            let page = self.rejected(actor, id, after, BATCH_ROWS).await?;
            count += page.items.len();
            for RejectionRow { rejection, .. } in page.items {
                let why = reason(&rejection);
                csv.write_record(safe(rejection.cells.iter().chain([&why])))
                    .step(WRITE)?;
            }
            after = page.next;
            if after.is_none() || count >= REJECTED_FILE_ROWS_MAX {
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

fn reason(rejection: &Rejection) -> String {
    let Rejection {
        row, field, detail, ..
    } = rejection;
    match field {
        Some(field) => format!("row {row}, {field}: {detail}"),
        None => format!("row {row}: {detail}"),
    }
}
