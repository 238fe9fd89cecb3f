//! Imports of days that another tool counted. Their rows are facts from the start, and are taken
//! back as a whole.

use base::{Fact, HistoryAbout, HistoryRow, HistoryTool, SiteId, WorkspaceId};
use connect::columns::Kind;
use connect::history::HistoryFileRow;
use connect::plan::RecordOptions;
use store::sites::load_site;
use store::{Connection, StoreError};

use super::plan::ImportOptions;
use super::run::Run;
use super::{RowEffect, RowOutcome};
use crate::error::Step as _;
use crate::outbox::{derived_id, put};
use crate::{App, AppError, FieldError};

/// The site of such an import has to be one of the workspace.
pub(super) async fn require_site(
    connection: &mut Connection,
    workspace: WorkspaceId,
    options: &ImportOptions,
) -> Result<(), AppError> {
    let ImportOptions::Records(Kind::History, options) = options else {
        return Ok(());
    };
    let refused = |code, detail| AppError::invalid("options.site", code, detail);
    let Some(site) = options.site else {
        return Err(refused("required", "say which site the days are of"));
    };
    match load_site(connection, workspace, site).await {
        Ok(_) => Ok(()),
        Err(StoreError::NotFound { .. }) => Err(refused("unknown", "there is no such site")),
        Err(error) => Err(error.into()),
    }
}

impl App {
    /// Saves the rows of some days. A row of a day that is still to come is left out.
    pub(super) async fn import_history_rows(
        &self,
        run: &Run,
        rows: Vec<HistoryFileRow>,
    ) -> Result<Vec<RowOutcome>, AppError> {
        let (workspace, now) = (run.actor.workspace, self.now());
        let (site, tool) = run.history().unwrap_or((SiteId(0), HistoryTool::Other));
        let zone: base::TimeZone = run.zone().parse().step("read the time zone")?;
        let today = zone.day_of(now);
        let mut tx = self.inner.store.begin().await?;
        let domain = load_site(&mut tx, workspace, site).await?.details.domain;
        let mut facts = Vec::with_capacity(rows.len());
        let mut outcomes = Vec::with_capacity(rows.len());
        for file_row in rows {
            let row = file_row.row;
            if file_row.day > today {
                outcomes.push(RowOutcome {
                    row,
                    result: Err(still_to_come()),
                });
                continue;
            }
            let names = [
                "history".to_owned(),
                workspace.to_string(),
                run.import.to_string(),
                row.to_string(),
            ];
            facts.push(Fact::History(Box::new(HistoryRow {
                id: derived_id(&names.each_ref().map(String::as_str)),
                workspace,
                import: run.import,
                site,
                day: file_row.day,
                recorded: now,
                tool,
                about: on_site(file_row.about, &domain),
                counts: file_row.counts,
            })));
            outcomes.push(RowOutcome {
                row,
                result: Ok(RowEffect::Created),
            });
        }
        put(&mut tx, now, &facts).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(outcomes)
    }
}

/// The site and the tool of an import of history.
pub(super) fn told(options: &RecordOptions) -> Option<(SiteId, HistoryTool)> {
    Some((options.site?, options.tool.unwrap_or(HistoryTool::Other)))
}

/// A page without a host is one of the site.
fn on_site(about: HistoryAbout, domain: &str) -> HistoryAbout {
    let whole = |page: String| match page.starts_with('/') {
        true => format!("{domain}{page}"),
        false => page,
    };
    match about {
        HistoryAbout::Page(page) => HistoryAbout::Page(whole(page)),
        HistoryAbout::LandingPage(page) => HistoryAbout::LandingPage(whole(page)),
        HistoryAbout::ExitPage(page) => HistoryAbout::ExitPage(whole(page)),
        other => other,
    }
}

fn still_to_come() -> FieldError {
    FieldError {
        field: "day".into(),
        row: None,
        code: "in_the_future",
        detail: "the day has not come yet".to_owned(),
    }
}
