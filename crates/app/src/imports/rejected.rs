//! The rows that an import left out, with the reasons, as a list and as a file.

use base::ImportId;
use store::imports::{self, RejectionRow};
use store::{Keyset, Page};

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

    /// The rejected rows as CSV, to be mended and imported again; spreadsheets run nothing in it.
    ///
    /// # Errors
    /// When the workspace has no such import.
    pub async fn rejected_csv(&self, actor: &Actor, id: ImportId) -> Result<String, AppError> {
        let mut csv = String::from("row,field,code,detail\r\n");
        let mut after = None;
        let mut count = 0;
        loop {
            let page = self.rejected(actor, id, after, BATCH_ROWS).await?;
            count += page.items.len();
            for RejectionRow { rejection, .. } in page.items {
                let field = rejection.field.unwrap_or_default();
                let row = rejection.row.to_string();
                let known = [row, field, rejection.code, rejection.detail];
                let cells: Vec<String> = known
                    .iter()
                    .chain(&rejection.cells)
                    .map(|cell| quoted(cell))
                    .collect();
                csv.push_str(&cells.join(","));
                csv.push_str("\r\n");
            }
            after = page.next;
            if after.is_none() || count >= REJECTED_FILE_ROWS_MAX {
                return Ok(csv);
            }
        }
    }
}

/// A cell that no spreadsheet takes for a formula. Plain negative numbers stay numbers.
fn quoted(cell: &str) -> String {
    let number = cell.strip_prefix(['-', '+']).is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
    });
    let risky = !number && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let safe = if risky {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if safe.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("@sum(a,b)"), "\"'@sum(a,b)\"");
        assert_eq!(quoted("-12.5"), "-12.5");
        assert_eq!(quoted("-cmd"), "'-cmd");
        assert_eq!(quoted("say \"hi\""), "\"say \"\"hi\"\"\"");
    }
}
