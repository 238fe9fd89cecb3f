//! Imports of leads, deals, payments and other tools' days: their rows are handed to the use cases
//! of each kind.

use std::collections::HashMap;

use base::{Day, DayRange, Money, TimeZone};
use connect::columns::Kind;
use connect::deals::DealRow;
use connect::history::HistoryFileRow;
use connect::leads::LeadRow;
use connect::payments::PaymentRow;
use store::imports::{Import, ImportResult, save_import_progress};
use store::touches::list_touches_of_import;
use store::workspaces::Workspace;

use super::plan::ParsedRow;
use super::run::Run;
use super::{RowEffect, RowOutcome};
use crate::workspaces::zone_of;
use crate::{Actor, App, AppError, FieldError};

/// Records that are taken back in one transaction.
const UNDO_RECORDS: i64 = 500;

/// Rows of one kind, in the order of the file.
pub(super) enum Records {
    Leads(Vec<LeadRow>),
    Deals(Vec<DealRow>),
    Payments(Vec<PaymentRow>),
    History(Vec<HistoryFileRow>),
}

/// The days that the rows of a file cover, in the workspace's zone.
pub(super) struct Tally {
    zone: TimeZone,
    days: Option<DayRange>,
}

impl App {
    /// Saves rows; what became of each, by row.
    pub(super) async fn save_records(
        &self,
        run: &Run,
        records: Records,
    ) -> Result<HashMap<u64, Result<RowEffect, FieldError>>, AppError> {
        let (actor, import) = (&run.actor, run.import);
        let outcomes: Vec<RowOutcome> = match records {
            Records::Leads(rows) => self.import_lead_rows(actor, import, rows).await?,
            Records::Deals(rows) => self.import_deal_rows(actor, import, rows).await?,
            Records::Payments(rows) => self.import_payment_rows(actor, import, rows).await?,
            Records::History(rows) => self.import_history_rows(run, rows).await?,
        };
        Ok(outcomes
            .into_iter()
            .map(|outcome| (outcome.row, outcome.result))
            .collect())
    }

    /// Takes back what an import says of records, some at a time; costs are taken back elsewhere.
    /// What was taken back stays so when this stops half-way, and is not taken back twice.
    pub(super) async fn undo_records(
        &self,
        actor: &Actor,
        import: &Import,
    ) -> Result<(), AppError> {
        let Ok(kind) = import.kind.parse::<Kind>() else {
            return Ok(());
        };
        let (workspace, id) = (actor.workspace, import.id);
        let mut progress = import.progress.clone();
        loop {
            let mut tx = self.inner.store.begin().await?;
            let touched = list_touches_of_import(&mut tx, workspace, id, UNDO_RECORDS).await?;
            let records: Vec<i64> = touched.iter().map(|touch| touch.record_id).collect();
            if records.is_empty() {
                return Ok(());
            }
            let kept = match kind {
                Kind::Leads => self.take_back_leads(&mut tx, actor, id, &records).await?,
                Kind::Deals => self.take_back_deals(&mut tx, actor, id, &records).await?,
                Kind::Payments => {
                    self.take_back_payments(&mut tx, actor, id, &records)
                        .await?
                }
                Kind::Costs | Kind::History => return Ok(()),
            };
            progress.rows_kept += kept;
            save_import_progress(&mut tx, workspace, id, &progress).await?;
            tx.commit().await?;
            self.wake_relay();
        }
    }
}

impl Records {
    pub(super) fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Leads => Self::Leads(Vec::new()),
            Kind::Payments => Self::Payments(Vec::new()),
            Kind::History => Self::History(Vec::new()),
            Kind::Deals | Kind::Costs => Self::Deals(Vec::new()),
        }
    }

    /// Adds a row; all rows of a plan are of its kind.
    pub(super) fn push(&mut self, row: ParsedRow) {
        match (self, row) {
            (Self::Leads(rows), ParsedRow::Lead(row)) => rows.push(*row),
            (Self::Deals(rows), ParsedRow::Deal(row)) => rows.push(*row),
            (Self::Payments(rows), ParsedRow::Payment(row)) => rows.push(*row),
            (Self::History(rows), ParsedRow::History(row)) => rows.push(*row),
            (_, other) => debug_assert!(false, "a row of another kind: {other:?}"),
        }
    }
}

impl Tally {
    pub(super) fn new(workspace: &Workspace) -> Result<Self, AppError> {
        let zone = zone_of(workspace)?;
        Ok(Self { zone, days: None })
    }

    /// The day that a row is of.
    pub(super) fn day_of(&self, row: &ParsedRow) -> Option<Day> {
        let at = match row {
            ParsedRow::Lead(row) => row.at,
            ParsedRow::Deal(row) => Some(row.created),
            ParsedRow::Payment(row) => Some(row.at),
            ParsedRow::History(row) => return Some(row.day),
            ParsedRow::Cost(_) => None,
        };
        at.map(|at| self.zone.day_of(at))
    }

    pub(super) fn note(&mut self, day: Day) {
        let days = self.days.get_or_insert(DayRange {
            first: day,
            last: day,
        });
        days.first = days.first.min(day);
        days.last = days.last.max(day);
    }

    pub(super) fn result(&self, amount: Option<Money>) -> ImportResult {
        ImportResult {
            first_day: self.days.map(|days| days.first),
            last_day: self.days.map(|days| days.last),
            amount_micros: amount.map(|amount| amount.micros),
            currency: amount.map(|amount| amount.currency),
            effects: None,
        }
    }
}
