//! What one request brings and what becomes of it, so that nothing is counted half.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{Hit, SiteId, UnixMillis, WorkspaceId};
use http::StatusCode;

use crate::intake_log::MINUTE_MS;
use crate::watch::{Settled, Trace};
use crate::{
    Collector, DropReason, IntakeCell, IntakeCounters, IntakeDoor, IntakeEnd, IntakeLog,
    IntakeWatch, Reply, Request, Route, Sink, SnapshotCell,
};

/// What a request brings and what becomes of it. Nobody but the request has it.
#[derive(Debug, Default)]
pub struct Tally {
    noted: Mutex<Noted>,
    /// Somebody watches: more is noted of it.
    is_watched: AtomicBool,
    trace: Mutex<Trace>,
}

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
    counters: &'a IntakeCounters,
    watch: &'a IntakeWatch,
    snapshot: &'a SnapshotCell,
    request: Request<'a>,
    door: Option<IntakeDoor>,
    now: UnixMillis,
    answer: Option<StatusCode>,
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

    pub(crate) fn stored(&self, hit: &Hit) {
        self.note(hit.site, IntakeEnd::Stored, 1);
        self.trace(|trace| trace.stored(hit));
    }

    pub(crate) fn dropped(&self, site: Option<SiteId>, reason: DropReason, count: u64) {
        self.note(site, IntakeEnd::Dropped(reason), count);
        self.trace(|trace| trace.dropped(site, reason, count));
    }

    /// Notes more of what becomes of it, where somebody watches.
    pub(crate) fn trace<T>(&self, note: impl FnOnce(&mut Trace) -> T) -> Option<T> {
        let is_watched = self.is_watched.load(Ordering::Relaxed);
        is_watched.then(|| note(&mut self.trace.lock().unwrap_or_else(PoisonError::into_inner)))
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
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Settling<'a> {
    /// The answer is there.
    pub(crate) fn answered(mut self, reply: &Reply) {
        self.answer = Some(reply.status);
    }

    fn keep_trace(&self, door: IntakeDoor, workspace: Option<WorkspaceId>) {
        let trace = self.request.tally.trace(std::mem::take);
        if let Some(trace) = trace {
            let settled = Settled {
                request: &self.request,
                door,
                at: self.now,
                status: self.answer,
                workspace,
            };
            self.watch.keep(&self.snapshot.load(), &settled, trace);
        }
    }

    fn cells(&self, door: IntakeDoor) -> Vec<(IntakeCell, u64)> {
        let mut noted = std::mem::take(&mut *self.request.tally.noted());
        let into_minute = self.now.0.rem_euclid(MINUTE_MS);
        let (at, is_answered) = (self.now.plus_ms(-into_minute), self.answer.is_some());
        let ended: u64 = noted.ends.iter().map(|(.., count)| count).sum();
        let came = noted.came.unwrap_or(1);
        if !is_answered && came > ended {
            self.counters
                .count_dropped(None, DropReason::Unanswered, came - ended);
            let unanswered = IntakeEnd::Dropped(DropReason::Unanswered);
            noted.ends.push((None, unanswered, came - ended));
        }
        let snapshot = self.snapshot.load();
        let cell = |site: Option<SiteId>, end| {
            let of_site = site
                .and_then(|id| snapshot.site(id))
                .map(|site| site.workspace);
            IntakeCell {
                at,
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
        if is_answered && came > ended {
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

    /// Requests of sites that somebody watches, and what became of them.
    #[must_use]
    pub fn watch(&self) -> &Arc<IntakeWatch> {
        &self.watch
    }

    pub(crate) fn settling<'a>(
        &'a self,
        route: Route,
        request: &Request<'a>,
        now: UnixMillis,
    ) -> Settling<'a> {
        let door = route.door();
        if door.is_some() && self.watch.is_on(now) {
            request.tally.is_watched.store(true, Ordering::Relaxed);
        }
        Settling {
            log: &self.intake_log,
            counters: &self.counters,
            watch: &self.watch,
            snapshot: &self.snapshot,
            request: *request,
            door,
            now,
            answer: None,
        }
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
        let workspace = self.request.tally.noted().workspace;
        self.keep_trace(door, workspace);
        let cells = self.cells(door);
        if !cells.is_empty() {
            self.log.add(door, &cells);
        }
    }
}
