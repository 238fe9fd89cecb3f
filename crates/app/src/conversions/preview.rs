//! A dry run: what would go into a file, what would not and why, and what has to be put right.

use std::collections::BTreeMap;

use base::{Day, DayRange, Money, UnixMillis};
use domain::conversion::{Adjustment, Hindrance};
use serde_json::json;
use store::ConversionTargetId;

use super::bench::{Bench, Judged, Wrong, visitors};
use super::require;
use crate::audit::Act;
use crate::leads::mask;
use crate::{Actor, App, AppError, Permission};

/// Rows that are shown at once.
const ROWS_MAX: usize = 100;

/// What is tried.
#[derive(Debug, Clone, Default)]
pub struct ConversionPreviewQuery {
    /// Without days, those that the platform still takes.
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Which rows to show: `ready`, `restate`, `retract` or the name of a [`Hindrance`].
    pub show: String,
    /// So many of them were shown before.
    pub offset: usize,
}

/// What a file would say.
#[derive(Debug, Clone)]
pub struct ConversionPreview {
    pub days: DayRange,
    pub ready: u64,
    /// What the ready ones are worth, where they say it.
    pub ready_value: Option<Money>,
    pub left_out: BTreeMap<Hindrance, u64>,
    pub restate: u64,
    pub retract: u64,
    pub takes_adjustments: bool,
    pub rows: Vec<ConversionPreviewRow>,
    /// There are more of the rows that are shown.
    pub has_more: bool,
}

/// A lead or a deal.
#[derive(Debug, Clone)]
pub struct ConversionPreviewRow {
    pub record: i64,
    pub lead: Option<i64>,
    pub at: UnixMillis,
    /// Of the lead, masked where the actor does not see contacts.
    pub name: String,
    /// The number of the deal.
    pub label: String,
    pub click_at: Option<UnixMillis>,
    pub value: Option<Money>,
    /// What the platform was told before.
    pub told: Option<Money>,
}

impl App {
    /// Tries what a file would say, and writes nothing but who looked at whose names.
    ///
    /// # Errors
    /// When the actor may not, there is no such target, or the warehouse does not answer.
    pub async fn preview_conversions(
        &self,
        actor: &Actor,
        id: ConversionTargetId,
        query: &ConversionPreviewQuery,
    ) -> Result<ConversionPreview, AppError> {
        require(actor)?;
        let shown = Shown::read(&query.show)?;
        let mut connection = self.inner.store.read().await?;
        let bench = Bench::open(&mut connection, actor, id, self.now()).await?;
        let period = bench.period(query.from, query.to)?;
        let found = bench.candidates(&mut connection, period).await?;
        let wrongs = bench.wrongs(&mut connection).await?;
        drop(connection);
        let came = self.arrivals(actor.workspace, &visitors(&found)).await?;
        let judged = found.into_iter().map(|one| bench.judge(one, &came));
        let judged: Vec<Judged> = judged.collect();

        let mut preview = ConversionPreview {
            days: period.days,
            ready: 0,
            ready_value: None,
            left_out: BTreeMap::new(),
            restate: 0,
            retract: 0,
            takes_adjustments: bench.platform.takes_adjustments(),
            rows: Vec::new(),
            has_more: false,
        };
        for one in &judged {
            match one.verdict {
                Ok(_) => preview.count_ready(one.value),
                Err(why) => *preview.left_out.entry(why).or_default() += 1,
            }
        }
        for wrong in &wrongs {
            match wrong.adjustment {
                Adjustment::Restate(_) => preview.restate += 1,
                Adjustment::Retract => preview.retract += 1,
            }
        }
        let of_judged = judged.into_iter().filter(|one| shown.takes(one));
        let of_judged = of_judged.map(judged_row);
        let of_wrongs = wrongs.into_iter().filter(|wrong| shown.takes_wrong(wrong));
        let of_wrongs = of_wrongs.map(wrong_row);
        let mut rows = of_judged.chain(of_wrongs).skip(query.offset);
        preview.rows = rows.by_ref().take(ROWS_MAX).collect();
        preview.has_more = rows.next().is_some();
        for row in &mut preview.rows {
            row.hide_from(actor);
        }
        if !preview.rows.is_empty() {
            let told = json!({"target": id.0, "rows": preview.rows.len()});
            self.note_look(actor, Act::ConversionRowsRead, "", told)
                .await?;
        }
        Ok(preview)
    }
}

impl ConversionPreview {
    fn count_ready(&mut self, value: Option<Money>) {
        self.ready += 1;
        self.ready_value = match (self.ready_value, value) {
            (Some(sum), Some(value)) => sum.plus(value).ok(),
            (None, value) => value,
            (sum, None) => sum,
        };
    }
}

/// Which rows are shown.
enum Shown {
    None,
    Ready,
    LeftOut(Hindrance),
    Restate,
    Retract,
}

impl Shown {
    fn read(name: &str) -> Result<Self, AppError> {
        match name {
            "" => Ok(Self::None),
            "ready" => Ok(Self::Ready),
            "restate" => Ok(Self::Restate),
            "retract" => Ok(Self::Retract),
            other => Hindrance::from_name(other)
                .map(Self::LeftOut)
                .ok_or_else(|| {
                    let detail =
                        "show \"ready\", \"restate\", \"retract\" or why rows are left out";
                    AppError::invalid("show", "not_allowed", detail)
                }),
        }
    }

    fn takes(&self, one: &Judged) -> bool {
        match (self, &one.verdict) {
            (Self::Ready, Ok(_)) => true,
            (Self::LeftOut(wanted), Err(why)) => wanted == why,
            _ => false,
        }
    }

    fn takes_wrong(&self, wrong: &Wrong) -> bool {
        matches!(
            (self, wrong.adjustment),
            (Self::Restate, Adjustment::Restate(_)) | (Self::Retract, Adjustment::Retract)
        )
    }
}

impl ConversionPreviewRow {
    fn hide_from(&mut self, actor: &Actor) {
        if !actor.may(Permission::SeeContacts) {
            self.name = match self.name.as_str() {
                "" => String::new(),
                name => mask::name(name),
            };
        }
        if !actor.may(Permission::ReadDeals) {
            self.label.clear();
        }
    }
}

fn judged_row(one: Judged) -> ConversionPreviewRow {
    let lead = one.found.lead_id.map(|id| id.0);
    ConversionPreviewRow {
        record: one.found.record_id,
        lead,
        at: one.at,
        name: one.found.name,
        label: one.found.label,
        click_at: one.verdict.ok().map(|click| click.at),
        value: one.value,
        told: None,
    }
}

fn wrong_row(wrong: Wrong) -> ConversionPreviewRow {
    let value = match wrong.adjustment {
        Adjustment::Restate(money) => Some(money),
        Adjustment::Retract => None,
    };
    let told = wrong.told;
    let lead = told.lead_id.map(|id| id.0);
    ConversionPreviewRow {
        record: told.record_id,
        lead,
        at: told.at,
        name: told.name,
        label: told.label,
        click_at: Some(told.click_at),
        value,
        told: wrong.was,
    }
}
