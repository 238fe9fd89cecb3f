//! The daily pre-aggregate: additive measures by local day and traffic.

use std::collections::{BTreeMap, HashMap};

use base::{Day, DayRange, Hit, HitKind, TimeZone, TrafficKey, UnixMillis, WorkspaceId};

use crate::columns::{Columns, Place};
use crate::rows::VisitStart;

/// The zone of each workspace that has named one; the others have days of UTC.
pub(crate) type Zones = HashMap<WorkspaceId, TimeZone>;

/// Sums of a batch's hits; reports add the rows of all batches.
pub(crate) struct Rollup<'a> {
    zones: &'a Zones,
    cells: HashMap<Cell, Sums>,
    /// The day found last: facts that come together mostly lie in one.
    last: Option<KnownDay>,
}

#[derive(PartialEq, Eq, Hash, PartialOrd, Ord, Clone, Copy)]
struct Cell {
    workspace: WorkspaceId,
    day: i32,
    traffic: TrafficKey,
    bot: bool,
}

#[derive(Default)]
struct Sums {
    clicks: i64,
    page_views: i64,
    events: i64,
    form_submits: i64,
    engaged_ms: i64,
    visits: i64,
    bounces: i64,
}

/// A local day with its first moment and the one after its end.
#[derive(Clone, Copy)]
struct KnownDay {
    workspace: WorkspaceId,
    day: Day,
    span: (UnixMillis, UnixMillis),
}

impl<'a> Rollup<'a> {
    pub(crate) fn new(zones: &'a Zones) -> Self {
        Self {
            zones,
            cells: HashMap::new(),
            last: None,
        }
    }

    pub(crate) fn add_hit(&mut self, hit: &Hit) {
        let cell = Cell {
            workspace: hit.workspace,
            day: self.day_of(hit.workspace, hit.at).0,
            traffic: hit.traffic,
            bot: hit.bot.is_some(),
        };
        let sums = self.cells.entry(cell).or_default();
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
            day: self.day_of(hit.workspace, hit.visit_at()).0,
            traffic: start.traffic,
            bot: !start.bot.is_empty(),
        };
        let sums = self.cells.entry(cell).or_default();
        sums.visits += i64::from(hit.visits);
        sums.bounces += i64::from(hit.bounces);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(crate) fn days(&self) -> impl Iterator<Item = i64> {
        self.cells.keys().map(|cell| i64::from(cell.day))
    }

    pub(crate) fn traffic(&self) -> impl Iterator<Item = (WorkspaceId, TrafficKey)> {
        self.cells.keys().map(|cell| (cell.workspace, cell.traffic))
    }

    pub(crate) fn rows(self) -> Columns {
        // In a fixed order, so that the same batches always make the same file.
        let cells: BTreeMap<Cell, Sums> = self.cells.into_iter().collect();
        let mut rows = Columns::new("staged_daily", Place::Staged, "iiuiiiiiiii");
        for (cell, sums) in cells {
            rows.int(cell.workspace.0)
                .int(i64::from(cell.day))
                .key(cell.traffic.0)
                .int(i64::from(cell.bot))
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

    fn day_of(&mut self, workspace: WorkspaceId, at: UnixMillis) -> Day {
        if let Some(last) = &self.last
            && last.workspace == workspace
            && last.span.0 <= at
            && at < last.span.1
        {
            return last.day;
        }
        let utc = TimeZone::UTC;
        let zone = self.zones.get(&workspace).unwrap_or(&utc);
        let day = zone.day_of(at);
        let range = DayRange {
            first: day,
            last: day,
        };
        self.last = Some(KnownDay {
            workspace,
            day,
            span: zone.span_of(range),
        });
        day
    }
}
