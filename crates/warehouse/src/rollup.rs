//! The hourly pre-aggregate: additive measures by hour and the dimensions of the overview.

use std::collections::HashMap;

use base::{Hit, HitKind, TrafficKey, UnixMillis, WorkspaceId};

use crate::columns::{Columns, Place};
use crate::rows::VisitStart;

/// Sums of a batch's hits; reports add the rows of all batches.
#[derive(Default)]
pub(crate) struct Rollup(HashMap<Cell, Sums>);

#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Cell {
    workspace: WorkspaceId,
    hour: i64,
    traffic: TrafficKey,
    device: String,
    country: String,
    site: Option<i64>,
    bot: bool,
}

#[derive(Default)]
struct Sums {
    hits: i64,
    clicks: i64,
    page_views: i64,
    events: i64,
    form_submits: i64,
    engaged_ms: i64,
    visits: i64,
    bounces: i64,
}

const HOUR_MS: i64 = 3_600_000;

impl Rollup {
    pub(crate) fn add_hit(&mut self, hit: &Hit) {
        let cell = Cell {
            workspace: hit.workspace,
            hour: hour_of(hit.at),
            traffic: hit.traffic,
            device: hit.agent.device.name().to_owned(),
            country: hit.country.code().to_owned(),
            site: hit.site.map(|site| site.0),
            bot: hit.bot.is_some(),
        };
        let sums = self.0.entry(cell).or_default();
        sums.hits += 1;
        sums.clicks += i64::from(hit.kind == HitKind::Click);
        sums.page_views += i64::from(hit.kind == HitKind::PageView);
        sums.events += i64::from(matches!(hit.kind, HitKind::Event | HitKind::Revenue));
        sums.form_submits += i64::from(hit.kind == HitKind::FormSubmit);
        sums.engaged_ms += i64::from(hit.engaged_ms);
    }

    /// Adds what the hit says of its visit, at the visit's start and under its dimensions.
    pub(crate) fn add_visit(&mut self, hit: &Hit, start: &VisitStart) {
        let cell = Cell {
            workspace: hit.workspace,
            hour: hour_of(hit.visit_at),
            traffic: start.traffic,
            device: start.device.clone(),
            country: start.country.clone(),
            site: start.site,
            bot: !start.bot.is_empty(),
        };
        let sums = self.0.entry(cell).or_default();
        sums.visits += i64::from(hit.visits);
        sums.bounces += i64::from(hit.bounces);
    }

    pub(crate) fn rows(self) -> Columns {
        let mut cells: Vec<(Cell, Sums)> = self.0.into_iter().collect();
        // In a fixed order, so that the same batches always make the same file.
        cells.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut rows = Columns::new("hits_hourly", Place::Main, "iiuttiiiiiiiiii");
        for (cell, sums) in cells {
            rows.int(cell.workspace.0)
                .int(cell.hour)
                .key(cell.traffic.0)
                .text(&cell.device)
                .text(&cell.country)
                .int_or_null(cell.site)
                .int(i64::from(cell.bot))
                .int(sums.hits)
                .int(sums.clicks)
                .int(sums.page_views)
                .int(sums.events)
                .int(sums.form_submits)
                .int(sums.engaged_ms)
                .int(sums.visits)
                .int(sums.bounces);
        }
        rows
    }
}

fn hour_of(at: UnixMillis) -> i64 {
    at.0.div_euclid(HOUR_MS)
}
