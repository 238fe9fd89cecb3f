//! Files of conversions: made in one transaction with the log of what stands in them, given out
//! again as they were, and taken back while nobody has uploaded them.

use std::collections::{BTreeMap, HashMap};

use base::{Day, Money, VisitorId};
use connect::conversions::{ConversionFile, Told};
use domain::conversion::{Adjustment, Arrivals, ConversionEvent};
use serde_json::json;
use store::conversions::{
    self, ConversionBatch, ConversionRow, NewConversionBatch, NewConversionRow,
};
use store::{ConversionBatchId, ConversionTargetId, Page, PageRequest, StoreError, Tx};

use super::bench::{Bench, Period, visitors};
use super::require;
use crate::audit::Act;
use crate::leads::mask;
use crate::{Actor, App, AppError, Permission};

const CONVERSIONS: &str = "conversions";
const ADJUSTMENTS: &str = "adjustments";
const MADE: &str = "made";
const UPLOADED: &str = "uploaded";
const TAKEN_BACK: &str = "taken_back";
/// Lines that are read together.
const LINES_AT_ONCE: i64 = 5_000;

/// What is put into a file.
#[derive(Debug, Clone, Default)]
pub struct ConversionBatchOrder {
    /// `conversions` or `adjustments`.
    pub kind: String,
    /// Without days, those that the platform still takes. Adjustments are of all days.
    pub from: Option<Day>,
    pub to: Option<Day>,
}

/// A file that was made.
#[derive(Debug, Clone)]
pub struct ConversionBatchView {
    pub batch: ConversionBatch,
    /// What was left out, by reason.
    pub left_out: BTreeMap<String, u64>,
}

/// A row of a file.
#[derive(Debug, Clone)]
pub struct ConversionRowView {
    pub row: ConversionRow,
    pub value: Option<Money>,
    /// By which click it was told is not known any more, and it is not in the file.
    pub is_forgotten: bool,
}

/// What a file says.
#[derive(Default)]
struct Draft {
    head: String,
    rows: Vec<NewConversionRow>,
    sum_micros: i64,
    left_out: BTreeMap<&'static str, u64>,
}

impl App {
    /// Makes a file of all that is ready, and writes down what stands in it.
    ///
    /// # Errors
    /// When the actor may not, nothing is ready, or the warehouse does not answer.
    pub async fn export_conversions(
        &self,
        actor: &Actor,
        id: ConversionTargetId,
        order: &ConversionBatchOrder,
    ) -> Result<ConversionBatchView, AppError> {
        require(actor)?;
        let is_adjusting = match order.kind.as_str() {
            CONVERSIONS => false,
            ADJUSTMENTS => true,
            _ => {
                let detail = "a file is of \"conversions\" or of \"adjustments\"";
                return Err(AppError::invalid("kind", "not_allowed", detail));
            }
        };
        let came = match is_adjusting {
            true => None,
            false => Some(self.came(actor, id, order).await?),
        };
        // What changed since is seen here; what is new since has no click yet and waits.
        let mut tx = self.inner.store.begin_work().await?;
        let (bench, mut draft) = match &came {
            None => {
                let bench = Bench::open_any(&mut tx, actor, id, self.now()).await?;
                let draft = bench.adjustments(&mut tx).await?;
                (bench, draft)
            }
            Some((period, came)) => {
                let bench = Bench::open(&mut tx, actor, id, self.now()).await?;
                let draft = bench.conversions(&mut tx, *period, came).await?;
                (bench, draft)
            }
        };
        if draft.rows.is_empty() {
            return Err(AppError::Conflict {
                code: "nothing_to_export",
                field: None,
                detail: "nothing is ready: the dry run says why".to_owned(),
            });
        }
        let batch = NewConversionBatch {
            target_id: id,
            kind: order.kind.clone(),
            head: std::mem::take(&mut draft.head),
            rows: i64::try_from(draft.rows.len()).unwrap_or(i64::MAX),
            sum_micros: draft.sum_micros,
            currency: bench.target.details.currency,
            left_out: json!(draft.left_out),
            author_id: actor.user(),
            created_at: bench.now,
            conversion: bench.target.details.conversion.clone(),
        };
        let made = conversions::insert_conversion_batch(&mut tx, actor.workspace, &batch).await?;
        for row in &mut draft.rows {
            row.batch_id = made;
        }
        conversions::insert_conversion_rows(&mut tx, actor.workspace, &draft.rows).await?;
        tx.set_made(made.0);
        let told = json!({
            "target": id.0, "platform": bench.platform.name(), "kind": batch.kind,
            "rows": batch.rows,
        });
        self.note(&mut tx, actor, Act::ConversionsExported, made, told)
            .await?;
        let view = load(&mut tx, actor, made).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// The days of a file, and how those came whom it may tell of.
    async fn came(
        &self,
        actor: &Actor,
        id: ConversionTargetId,
        order: &ConversionBatchOrder,
    ) -> Result<(Period, HashMap<VisitorId, Arrivals>), AppError> {
        let mut connection = self.inner.store.read().await?;
        let bench = Bench::open(&mut connection, actor, id, self.now()).await?;
        let period = bench.period(order.from, order.to)?;
        let found = bench.candidates(&mut connection, period).await?;
        drop(connection);
        let came = self.arrivals(actor.workspace, &visitors(&found)).await?;
        Ok((period, came))
    }

    /// Newest first.
    ///
    /// # Errors
    /// When the actor may not, or the store fails.
    pub async fn conversion_batches(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<ConversionBatchView>, AppError> {
        require(actor)?;
        let mut connection = self.inner.store.read().await?;
        let found =
            conversions::list_conversion_batches(&mut connection, actor.workspace, page).await?;
        Ok(Page {
            items: found.items.into_iter().map(view).collect(),
            next: found.next,
        })
    }

    /// # Errors
    /// When the actor may not, or there is no such batch.
    pub async fn conversion_batch(
        &self,
        actor: &Actor,
        id: ConversionBatchId,
    ) -> Result<ConversionBatchView, AppError> {
        require(actor)?;
        let mut connection = self.inner.store.read().await?;
        Ok(load(&mut connection, actor, id).await?)
    }

    /// What stands in a file, newest first.
    ///
    /// # Errors
    /// When the actor may not, or there is no such batch.
    pub async fn conversion_rows(
        &self,
        actor: &Actor,
        id: ConversionBatchId,
        page: PageRequest,
    ) -> Result<Page<ConversionRowView>, AppError> {
        require(actor)?;
        let mut connection = self.inner.store.read().await?;
        load(&mut connection, actor, id).await?;
        let workspace = actor.workspace;
        let found = conversions::list_conversion_rows(&mut connection, workspace, id, page).await?;
        drop(connection);
        let told = json!({"rows": found.items.len()});
        self.note_look(actor, Act::ConversionRowsRead, id, told)
            .await?;
        let items = found.items.into_iter();
        Ok(Page {
            items: items.map(|row| seen_by(actor, row)).collect(),
            next: found.next,
        })
    }

    /// The name of a batch's file and its bytes: the same each time, but for whoever was forgotten
    /// since.
    ///
    /// # Errors
    /// When the actor may not, there is no such batch, or it was taken back.
    pub async fn conversion_file(
        &self,
        actor: &Actor,
        id: ConversionBatchId,
    ) -> Result<(String, String), AppError> {
        require(actor)?;
        let mut tx = self.inner.store.begin().await?;
        let view = load(&mut tx, actor, id).await?;
        let batch = view.batch;
        if batch.state == TAKEN_BACK {
            return Err(done_already("it was taken back: its rows are free again"));
        }
        let mut file = batch.said.head;
        let mut after = 0;
        loop {
            let workspace = actor.workspace;
            let lines =
                conversions::list_conversion_lines(&mut tx, workspace, id, after, LINES_AT_ONCE)
                    .await?;
            let Some(last) = lines.last() else { break };
            after = last.id;
            file.extend(lines.iter().map(|line| line.line.as_str()));
        }
        self.note(&mut tx, actor, Act::ConversionFileRead, id, json!({}))
            .await?;
        tx.commit().await?;
        let name = format!("{}-{}-{id}.csv", batch.platform, batch.said.kind);
        Ok((name, file))
    }

    /// Says what became of a file. One that was `uploaded` cannot be taken back; of one that is
    /// `taken_back`, because nobody has uploaded it, what stood in it may be told again.
    ///
    /// # Errors
    /// When the actor may not, there is no such batch, something became of it already, or a later
    /// file puts right what it told.
    pub async fn mark_conversion_batch(
        &self,
        actor: &Actor,
        (id, version): (ConversionBatchId, i64),
        state: &str,
    ) -> Result<ConversionBatchView, AppError> {
        require(actor)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin().await?;
        let batch = load(&mut tx, actor, id).await?.batch;
        if batch.state != MADE {
            return Err(done_already("it was uploaded or taken back already"));
        }
        let act = match state {
            TAKEN_BACK => Act::ConversionBatchTakenBack,
            UPLOADED => Act::ConversionBatchUploaded,
            _ => {
                let detail = "a file is \"uploaded\" or \"taken_back\"";
                return Err(AppError::invalid("state", "not_allowed", detail));
            }
        };
        if state == TAKEN_BACK {
            let behind = conversions::count_conversion_rows_behind(&mut tx, workspace, id).await?;
            if behind > 0 {
                let detail = "a later file puts right what it told: take that one back first";
                return Err(AppError::Conflict {
                    code: "told_after",
                    field: None,
                    detail: detail.to_owned(),
                });
            }
            conversions::delete_conversion_rows(&mut tx, workspace, id).await?;
        }
        let at = (id, version);
        conversions::mark_conversion_batch(&mut tx, workspace, at, state, now).await?;
        let told = json!({"rows": batch.said.rows});
        self.note(&mut tx, actor, act, id, told).await?;
        let view = load(&mut tx, actor, id).await?;
        tx.commit().await?;
        Ok(view)
    }
}

impl Bench {
    async fn conversions(
        &self,
        tx: &mut Tx,
        period: Period,
        came: &HashMap<VisitorId, Arrivals>,
    ) -> Result<Draft, AppError> {
        let mut draft = Draft {
            head: self.file().head(),
            ..Draft::default()
        };
        for found in self.candidates(tx, period).await? {
            let judged = self.judge(found, came);
            let click = match judged.verdict {
                Ok(click) => click,
                Err(why) => {
                    *draft.left_out.entry(why.name()).or_default() += 1;
                    continue;
                }
            };
            let record = judged.found.record_id;
            let order = self.order(record);
            let line = self
                .file()
                .conversion(&click, judged.at, judged.value, &order);
            let row = self.row((record, 0), "conversion", judged.value, line);
            draft.add(NewConversionRow {
                at: judged.at,
                click_at: click.at,
                ..row
            });
        }
        Ok(draft)
    }

    async fn adjustments(&self, tx: &mut Tx) -> Result<Draft, AppError> {
        let head = self.file().adjustments_head();
        let mut draft = Draft {
            head: head.ok_or_else(|| {
                let detail = "this platform takes no adjustments";
                AppError::invalid("kind", "not_allowed", detail)
            })?,
            ..Draft::default()
        };
        for wrong in self.wrongs(tx).await? {
            let told = wrong.told;
            let order = self.order(told.record_id);
            let (kind, value) = match wrong.adjustment {
                Adjustment::Restate(value) => ("restate", Some(value)),
                Adjustment::Retract => ("retract", None),
            };
            let before = Told {
                order: &order,
                click: ConversionFile::click_of(&told.first_line),
                at: told.first_at,
            };
            let file = self.file_of(&told.first_name);
            let line = file.adjustment(&before, self.now, wrong.adjustment);
            let row = self.row((told.record_id, told.seq + 1), kind, value, line);
            draft.add(NewConversionRow {
                click_at: told.click_at,
                ..row
            });
        }
        Ok(draft)
    }

    /// What a conversion is known by at the platform: a number of ours, which names nobody.
    fn order(&self, record: i64) -> String {
        match self.event {
            ConversionEvent::Sale => format!("deal-{record}"),
            ConversionEvent::Lead => format!("lead-{record}"),
            ConversionEvent::QualifiedLead => format!("qualified-{record}"),
        }
    }

    fn row(
        &self,
        (record_id, seq): (i64, i64),
        kind: &str,
        value: Option<Money>,
        line: String,
    ) -> NewConversionRow {
        NewConversionRow {
            batch_id: ConversionBatchId(0),
            target_id: self.target.id,
            event: self.event.name().to_owned(),
            record_id,
            seq,
            kind: kind.to_owned(),
            at: self.now,
            click_at: self.now,
            value_micros: value.map(|value| value.micros),
            currency: self.target.details.currency,
            line,
        }
    }
}

impl Draft {
    fn add(&mut self, row: NewConversionRow) {
        let micros = row.value_micros.unwrap_or_default();
        self.sum_micros = self.sum_micros.saturating_add(micros);
        self.rows.push(row);
    }
}

async fn load(
    connection: &mut store::Connection,
    actor: &Actor,
    id: ConversionBatchId,
) -> Result<ConversionBatchView, StoreError> {
    let found = conversions::load_conversion_batch(connection, actor.workspace, id).await?;
    Ok(view(found))
}

fn view(batch: ConversionBatch) -> ConversionBatchView {
    let left_out = serde_json::from_value(batch.said.left_out.clone());
    ConversionBatchView {
        left_out: left_out.unwrap_or_default(),
        batch,
    }
}

fn seen_by(actor: &Actor, mut row: ConversionRow) -> ConversionRowView {
    if !actor.may(Permission::SeeContacts) && !row.name.is_empty() {
        row.name = mask::name(&row.name);
    }
    if !actor.may(Permission::ReadDeals) {
        row.label.clear();
    }
    ConversionRowView {
        value: row
            .value_micros
            .map(|micros| Money::new(micros, row.currency)),
        is_forgotten: row.line.is_empty(),
        row,
    }
}

fn done_already(detail: &str) -> AppError {
    AppError::Conflict {
        code: "batch_closed",
        field: None,
        detail: detail.to_owned(),
    }
}
