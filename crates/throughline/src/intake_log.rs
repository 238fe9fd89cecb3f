//! Writes down what the hot path counted: seldom, in batches, and once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::rows::{IntakeCount, IntakeRun};
use app::{App, AppError, Keeper, Surroundings as _};
use base::UnixMillis;
use collect::IntakeCell;
use tokio_util::sync::CancellationToken;

use crate::intake::Intake;
use crate::surroundings::Machine;

/// How often it is written; a kill costs the counts of twice as long.
const WRITE_INTERVAL: Duration = Duration::from_secs(2);
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// How long the end is written.
const FAREWELL: Duration = Duration::from_secs(3);
/// Counts that wait for a store that is away; beyond, minutes become hours, and then the oldest go.
const WAITING_MAX: usize = 50_000;

/// Counts of this process between the hot path and the store.
pub(crate) struct IntakeWriter {
    collector: Arc<Intake>,
    state: Mutex<State>,
}

struct State {
    run: IntakeRun,
    /// Numbered and perhaps written already, where nobody heard the store's answer.
    numbered: Vec<IntakeCount>,
    /// Counted before the last look: what was answered before it was durable is durable by now.
    ripe: BTreeMap<Key, i64>,
    fresh: BTreeMap<Key, i64>,
    /// When `fresh` was taken over, and so until when what is ripe tells everything.
    taken_at: UnixMillis,
    ripe_until: UnixMillis,
    has_begun: bool,
}

/// Span, time, workspace, site, door and outcome.
type Key = (i64, i64, i64, i64, &'static str, &'static str);

impl IntakeWriter {
    /// For a process that begins to count now.
    pub(crate) fn new(collector: Arc<Intake>, node: &str) -> Arc<Self> {
        let now = Machine.now();
        let run = IntakeRun {
            run: format!("{:032x}", u128::from_be_bytes(app::random::<16>(&Machine))),
            node: node.to_owned(),
            began_at: now,
            sequence: 0,
            written_at: now,
            ended_at: None,
        };
        Arc::new(Self {
            collector,
            state: Mutex::new(State {
                run,
                numbered: Vec::new(),
                ripe: BTreeMap::new(),
                fresh: BTreeMap::new(),
                taken_at: now,
                ripe_until: now,
                has_begun: false,
            }),
        })
    }

    /// Takes the counts over, also while nothing can be written, so that the hot path keeps none.
    pub(crate) fn gather(&self) {
        self.collector.watch().forget(Machine.now());
        let taken = self.collector.intake_log().take();
        self.state().take_over(taken, Machine.now());
    }

    /// What is to be written now of what was gathered, if there is something. The same until
    /// [`Self::written`] is said.
    pub(crate) fn due(&self) -> Option<(IntakeRun, Vec<IntakeCount>)> {
        self.state().next()
    }

    /// Everything that there is, at the end, when nothing is on its way any more.
    pub(crate) fn last(&self) -> Option<(IntakeRun, Vec<IntakeCount>)> {
        self.gather();
        let mut state = self.state();
        state.ripen();
        state.next()
    }

    pub(crate) fn written(&self) {
        let mut state = self.state();
        state.numbered.clear();
        state.has_begun = true;
    }

    pub(crate) fn run(&self) -> IntakeRun {
        let mut run = self.state().run.clone();
        run.written_at = Machine.now();
        run
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_over(&mut self, taken: Vec<(IntakeCell, u64)>, now: UnixMillis) {
        self.ripen();
        self.taken_at = now;
        for (cell, count) in taken {
            let key = (
                MINUTE_MS,
                cell.at.0,
                cell.workspace.map_or(0, |workspace| workspace.0),
                cell.site.map_or(0, |site| site.0),
                cell.door.name(),
                cell.end.name(),
            );
            let sum = self.fresh.entry(key).or_default();
            *sum = sum.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    fn ripen(&mut self) {
        self.ripe_until = self.taken_at;
        for (key, count) in std::mem::take(&mut self.fresh) {
            *self.ripe.entry(key).or_default() += count;
        }
        if self.ripe.len() > WAITING_MAX {
            let minutes = std::mem::take(&mut self.ripe);
            for ((_, at, workspace, site, door, outcome), count) in minutes {
                let hour = at - at.rem_euclid(HOUR_MS);
                let key = (HOUR_MS, hour, workspace, site, door, outcome);
                *self.ripe.entry(key).or_default() += count;
            }
        }
        while self.ripe.len() > WAITING_MAX {
            self.ripe.pop_first();
        }
    }

    fn next(&mut self) -> Option<(IntakeRun, Vec<IntakeCount>)> {
        if self.numbered.is_empty() && !self.ripe.is_empty() {
            let row = |((span_ms, at, workspace_id, site_id, door, outcome), count)| IntakeCount {
                workspace_id,
                at: UnixMillis(at),
                span_ms,
                site_id,
                door: str::to_owned(door),
                outcome: str::to_owned(outcome),
                count,
            };
            self.numbered = std::mem::take(&mut self.ripe)
                .into_iter()
                .map(row)
                .collect();
            self.run.sequence += 1;
            self.run.written_at = self.ripe_until;
        }
        let is_due = !self.numbered.is_empty() || !self.has_begun;
        is_due.then(|| (self.run.clone(), self.numbered.clone()))
    }
}

/// Writes until `stop`. What cannot be written waits.
pub(crate) async fn write(app: App, writer: Arc<IntakeWriter>, stop: CancellationToken) {
    let mut failed = false;
    while !stop.is_cancelled() {
        writer.gather();
        if let Some((run, counts)) = writer.due() {
            match app.write_intake(&run, &counts).await {
                Ok(()) => {
                    failed = false;
                    writer.written();
                }
                Err(error) => tell(&error, &mut failed),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(WRITE_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Writes the rest at the end of a process. A store that is away is not waited for.
pub(crate) async fn end(app: &App, writer: &IntakeWriter) {
    if app.away_since(Keeper::Store).is_some() {
        return;
    }
    let rest = write_rest(app, writer);
    match tokio::time::timeout(FAREWELL, rest).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the end of the ingest log is not written"),
        Err(_) => tracing::warn!("the store takes too long for the end of the ingest log"),
    }
}

async fn write_rest(app: &App, writer: &IntakeWriter) -> Result<(), AppError> {
    // What was numbered comes first, and then what came since.
    for _ in 0..2 {
        if let Some((run, counts)) = writer.last() {
            app.write_intake(&run, &counts).await?;
            writer.written();
        }
    }
    app.end_intake(&writer.run()).await
}

fn tell(error: &AppError, failed: &mut bool) {
    if !std::mem::replace(failed, true) {
        tracing::warn!(%error, "the ingest log is written later");
    }
}
