//! What one request brings and what becomes of it, so that nothing is counted half.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{SiteId, UnixMillis, WorkspaceId};

use crate::intake_log::MINUTE_MS;
use crate::{
    Collector, DropReason, IntakeCell, IntakeDoor, IntakeEnd, IntakeLog, Route, Sink, SnapshotCell,
};

/// What a request brings and what becomes of it. Nobody but the request has it.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    /// How many things came; one where the door says nothing else.
    came: Option<u64>,
    /// Whose all of it is, where no site says so.
    workspace: Option<WorkspaceId>,
    ends: Vec<(Option<SiteId>, IntakeEnd, u64)>,
}

/// Counts a request when it is answered, or when nobody waits for its answer any more.
pub(crate) struct Settling<'a> {
    log: &'a IntakeLog,
    snapshot: &'a SnapshotCell,
    tally: &'a Tally,
    door: Option<IntakeDoor>,
    at: UnixMillis,
    is_answered: bool,
}

impl Tally {
    /// The request brings so many things.
    pub(crate) fn bring(&self, count: usize) {
        self.noted().came = Some(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// The request is of this workspace.
    pub(crate) fn of(&self, workspace: WorkspaceId) {
        self.noted().workspace = Some(workspace);
    }

    pub(crate) fn stored(&self, site: Option<SiteId>) {
        self.note(site, IntakeEnd::Stored, 1);
    }

    pub(crate) fn dropped(&self, site: Option<SiteId>, reason: DropReason, count: u64) {
        self.note(site, IntakeEnd::Dropped(reason), count);
    }

    fn note(&self, site: Option<SiteId>, end: IntakeEnd, count: u64) {
        if count == 0 {
            return;
        }
        let ends = &mut self.noted().ends;
        let known = ends
            .iter_mut()
            .find(|known| (known.0, known.1) == (site, end));
        match known {
            Some(known) => known.2 += count,
            None => ends.push((site, end, count)),
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Settling<'a> {
    pub(crate) fn new(
        log: &'a IntakeLog,
        snapshot: &'a SnapshotCell,
        tally: &'a Tally,
        door: Option<IntakeDoor>,
        now: UnixMillis,
    ) -> Self {
        let into_minute = now.0.rem_euclid(MINUTE_MS);
        Self {
            log,
            snapshot,
            tally,
            door,
            at: now.plus_ms(-into_minute),
            is_answered: false,
        }
    }

    /// The answer is there.
    pub(crate) fn answered(mut self) {
        self.is_answered = true;
    }

    fn cells(&self, door: IntakeDoor) -> Vec<(IntakeCell, u64)> {
        let mut noted = std::mem::take(&mut *self.tally.noted());
        let ended: u64 = noted.ends.iter().map(|(.., count)| count).sum();
        let came = noted.came.unwrap_or(1);
        if !self.is_answered && came > ended {
            let unanswered = IntakeEnd::Dropped(DropReason::Unanswered);
            noted.ends.push((None, unanswered, came - ended));
        }
        let snapshot = self.snapshot.load();
        let cell = |site: Option<SiteId>, end| {
            let of_site = site
                .and_then(|id| snapshot.site(id))
                .map(|site| site.workspace);
            IntakeCell {
                at: self.at,
                workspace: of_site.or(noted.workspace),
                site,
                door,
                end,
            }
        };
        let mut cells = Vec::with_capacity(2 * noted.ends.len());
        for (site, end, count) in &noted.ends {
            cells.push((cell(*site, IntakeEnd::In), *count));
            cells.push((cell(*site, *end), *count));
        }
        if self.is_answered && came > ended {
            // Nobody said what became of it: the log shows that it does not add up.
            cells.push((cell(None, IntakeEnd::In), came - ended));
        }
        cells
    }
}

impl<S: Sink> Collector<S> {
    /// What came in and what became of it, minute by minute, until somebody writes it down.
    #[must_use]
    pub fn intake_log(&self) -> &IntakeLog {
        &self.intake_log
    }

    pub(crate) fn settling<'a>(
        &'a self,
        route: Route,
        tally: &'a Tally,
        now: UnixMillis,
    ) -> Settling<'a> {
        Settling::new(&self.intake_log, &self.snapshot, tally, route.door(), now)
    }

    pub(crate) fn drop_event(&self, tally: &Tally, site: Option<SiteId>, reason: DropReason) {
        self.drop_events(tally, site, reason, 1);
    }

    /// So many of a request, for the same reason.
    pub(crate) fn drop_events(
        &self,
        tally: &Tally,
        site: Option<SiteId>,
        reason: DropReason,
        count: usize,
    ) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.counters.count_dropped(site, reason, count);
        tally.dropped(site, reason, count);
    }
}

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        let Some(door) = self.door else { return };
        let cells = self.cells(door);
        if !cells.is_empty() {
            self.log.add(door, &cells);
        }
    }
}
