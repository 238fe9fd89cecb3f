//! The page of metrics: what an operator watches, in a stable order.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use app::{App, BackupStatus, Held, Job, Keeper, Step, Surroundings as _};
use base::UnixMillis;
use journal::Journal;
use metrics::{Counter, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::surroundings::Machine;

pub(crate) mod disk;

/// Upper ends of what durations are counted in, in seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// No time was told yet.
const NEVER: i64 = i64::MIN;
/// What was left from before the start is not loaded yet.
const CATCHING_UP: u64 = u64::MAX;

pub(crate) const SYNC_SECONDS: &str = "throughline_journal_sync_seconds";
const BUILD_INFO: &str = "throughline_build_info";
const DISK_FREE: &str = "throughline_disk_free_bytes";
const FAILING: &str = "throughline_journal_failing";
const ENTRIES: &str = "throughline_journal_entries_total";
const GROUPS: &str = "throughline_journal_groups_total";
const WAITING: &str = "throughline_journal_waiting_entries";
const WAITING_BYTES: &str = "throughline_journal_waiting_bytes";
const LOADED: &str = "throughline_loaded_facts_total";
const LOAD_SECONDS: &str = "throughline_load_batch_seconds";
const LOAD_FAILURES: &str = "throughline_load_failures_total";
const LAG_FACTS: &str = "throughline_load_lag_facts";
const LAG_SECONDS: &str = "throughline_load_lag_seconds";
const STORE_AWAY: &str = "throughline_store_away";
const WAREHOUSE_AWAY: &str = "throughline_warehouse_away";
const NODES_AWAY: &str = "throughline_nodes_away";
const JOB_HELD: &str = "throughline_job_held";
const BACKUP_AGE: &str = "throughline_backup_age_seconds";
const BACKUP_BYTES: &str = "throughline_backup_place_bytes";
const BACKUP_FAILING: &str = "throughline_backup_failing";
const BACKUP_PROOF_AGE: &str = "throughline_backup_proof_age_seconds";
const BACKUP_BROKEN: &str = "throughline_backup_broken";
const OUTBOX: &str = "throughline_outbox_waiting_facts";

/// What the numbers are; those that count are counters, the others are in [`GAUGES`] or durations.
const COUNTERS: [(&str, &str); 7] = [
    (
        ENTRIES,
        "Entries of the journal that are durable, since the start.",
    ),
    (
        GROUPS,
        "Groups of entries written and synced at once, since the start.",
    ),
    (LOADED, "Facts that became visible in reports."),
    (
        LOAD_FAILURES,
        "Steps of the loader that failed and were tried again.",
    ),
    (
        api::REQUESTS,
        "HTTP requests by what they are for and how they ended.",
    ),
    (
        "throughline_intake_dropped_total",
        "What came in and was not stored, by reason.",
    ),
    (
        "throughline_intake_stored_total",
        "Clicks and events that were stored, by kind.",
    ),
];
const GAUGES: [(&str, &str); 17] = [
    (BUILD_INFO, "Always 1; the label says which version runs."),
    (DISK_FREE, "Free space on the disk of the data folder."),
    (
        FAILING,
        "1 while the disk of the journal fails and nothing is taken in.",
    ),
    (WAITING, "Entries that wait for the disk."),
    (WAITING_BYTES, "Bytes that wait for the disk."),
    (
        LAG_FACTS,
        "Durable entries since the start that reports do not have yet.",
    ),
    (
        OUTBOX,
        "Facts of edits and imports that wait for the journal.",
    ),
    (
        LAG_SECONDS,
        "Age of the newest fact in reports while there are newer ones.",
    ),
    (
        STORE_AWAY,
        "1 while the server with the store does not answer.",
    ),
    (
        WAREHOUSE_AWAY,
        "1 while the server with the warehouse does not answer.",
    ),
    (NODES_AWAY, "Other nodes that do not answer."),
    (
        JOB_HELD,
        "1 where this node does what one node does for all, by job.",
    ),
    (BACKUP_AGE, "Age of the newest back-up, if there is one."),
    (BACKUP_BYTES, "What all back-ups take together."),
    (
        BACKUP_FAILING,
        "1 while the last try to make a back-up has failed, or there is none.",
    ),
    (
        BACKUP_PROOF_AGE,
        "Time since a back-up was restored for a test.",
    ),
    (
        BACKUP_BROKEN,
        "1 while the last back-up that was restored for a test is not what it was.",
    ),
];
const DURATIONS: [(&str, &str); 3] = [
    (
        api::REQUEST_SECONDS,
        "Time from a request's head to its answer's head.",
    ),
    (LOAD_SECONDS, "Time that the loader took for a batch."),
    (
        SYNC_SECONDS,
        "Time that the disk took to make a group of entries durable.",
    ),
];

/// What a page is made of besides what was counted.
pub(crate) struct Watched<'a> {
    journal: &'a Arc<Journal>,
    folder: &'a Path,
    store_away: Option<bool>,
    warehouse_away: Option<bool>,
    /// How many other nodes do not answer.
    nodes_away: Option<usize>,
    /// What one node does for all, and whether it is this one.
    jobs: Vec<(&'static str, bool)>,
    backups: Option<BackupStatus>,
}

impl<'a> Watched<'a> {
    pub(crate) fn of(app: &'a App) -> Self {
        let is_away = |keeper| Some(app.away_since(keeper).is_some());
        let jobs = [(Job::Load, app.load_lease()), (Job::Work, app.work_lease())];
        let jobs = jobs.map(|(job, lease)| (job.name(), lease.held() != Held::No));
        Self {
            journal: app.journal(),
            folder: app.data_folder(),
            store_away: is_away(Keeper::Store),
            warehouse_away: is_away(Keeper::Warehouse),
            nodes_away: Some(app.nodes_away().len()),
            jobs: jobs.to_vec(),
            backups: Some(app.backups().status()),
        }
    }

    pub(crate) fn of_collector(
        journal: &'a Arc<Journal>,
        folder: &'a Path,
        store_away: Option<UnixMillis>,
    ) -> Self {
        Self {
            journal,
            folder,
            store_away: Some(store_away.is_some()),
            warehouse_away: None,
            nodes_away: None,
            jobs: Vec::new(),
            backups: None,
        }
    }
}

/// Makes the page; shared with the loader, which tells how far it has come.
pub(crate) struct Watch {
    page: PrometheusHandle,
    loaded: Counter,
    load_failures: Counter,
    load_seconds: Histogram,
    /// Entries since the start that are loaded, or [`CATCHING_UP`].
    entries_loaded: AtomicU64,
    /// Recording time of the newest loaded fact.
    newest: AtomicI64,
}

impl Watch {
    /// Starts to count; what counts must be made after this.
    ///
    /// # Errors
    /// When the process counts already.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let page = PrometheusBuilder::new()
            .set_buckets(&SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .context("failed to start the metrics recorder")?;
        for (name, help) in COUNTERS {
            metrics::describe_counter!(name, help);
        }
        for (name, help) in GAUGES {
            metrics::describe_gauge!(name, help);
        }
        for (name, help) in DURATIONS {
            metrics::describe_histogram!(name, help);
        }
        gauge!(OUTBOX).set(0.0);
        gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self {
            page,
            loaded: counter!(LOADED),
            load_failures: counter!(LOAD_FAILURES),
            load_seconds: histogram!(LOAD_SECONDS),
            entries_loaded: AtomicU64::new(CATCHING_UP),
            newest: AtomicI64::new(NEVER),
        })
    }

    /// Counts a step of the loader.
    pub(crate) fn loaded(&self, step: &Step, took: Duration) {
        if step.entries > 0 {
            self.loaded.increment(step.loaded.facts());
            self.load_seconds.record(took);
        }
        if let Some(newest) = step.newest {
            self.newest.fetch_max(newest.0, Ordering::Relaxed);
        }
        let before = self.entries_loaded.load(Ordering::Relaxed);
        let loaded = match step.reached {
            Some(reached) => reached,
            None if before == CATCHING_UP => CATCHING_UP,
            None => before + step.entries,
        };
        self.entries_loaded.store(loaded, Ordering::Relaxed);
    }

    pub(crate) fn load_failed(&self) {
        self.load_failures.increment(1);
    }

    /// Counts a step that loaded from the journal of another node.
    pub(crate) fn loaded_from_another(&self, step: &Step, took: Duration) {
        if step.entries > 0 {
            self.loaded.increment(step.loaded.facts());
            self.load_seconds.record(took);
        }
    }

    /// Puts durations that were noted one by one into their sums, so that they take no room.
    pub(crate) fn keep_page_up(&self) {
        self.page.run_upkeep();
    }

    /// Does what is too long for the making of the page: asks the store, too.
    pub(crate) async fn keep_up(&self, app: &App) {
        self.keep_page_up();
        match app.outbox_depth().await {
            Ok(depth) => gauge!(OUTBOX).set(float(depth)),
            Err(error) => tracing::debug!(%error, "nobody knows how much waits in the outbox"),
        }
    }

    /// The page.
    pub(crate) fn render(&self, watched: &Watched<'_>) -> String {
        self.measure(watched.journal);
        for (name, is_away) in [
            (STORE_AWAY, watched.store_away),
            (WAREHOUSE_AWAY, watched.warehouse_away),
        ] {
            if let Some(is_away) = is_away {
                gauge!(name).set(if is_away { 1.0 } else { 0.0 });
            }
        }
        if let Some(nodes) = watched.nodes_away {
            gauge!(NODES_AWAY).set(float(nodes));
        }
        for (job, is_held) in &watched.jobs {
            gauge!(JOB_HELD, "job" => *job).set(if *is_held { 1.0 } else { 0.0 });
        }
        if let Some(bytes) = Machine.free_bytes(watched.folder) {
            gauge!(DISK_FREE).set(float(bytes));
        }
        if let Some(backups) = &watched.backups {
            measure_backups(backups);
        }
        in_order(&self.page.render())
    }

    fn measure(&self, journal: &Arc<Journal>) {
        let (status, waiting) = (journal.status(), journal.waiting());
        counter!(ENTRIES).absolute(status.entries);
        counter!(GROUPS).absolute(status.groups);
        gauge!(FAILING).set(if status.failing { 1.0 } else { 0.0 });
        gauge!(WAITING).set(float(waiting.entries));
        gauge!(WAITING_BYTES).set(float(waiting.bytes));
        let loaded = match self.entries_loaded.load(Ordering::Relaxed) {
            CATCHING_UP => 0,
            loaded => loaded,
        };
        let behind = status.entries.saturating_sub(loaded);
        gauge!(LAG_FACTS).set(float(behind));
        let newest = self.newest.load(Ordering::Relaxed);
        let age_ms = match newest {
            _ if behind == 0 => 0,
            NEVER => 0,
            newest => Machine.now().0.saturating_sub(newest).max(0),
        };
        gauge!(LAG_SECONDS).set(Duration::from_millis(age_ms.unsigned_abs()).as_secs_f64());
    }
}

/// Nothing where no back-ups are made.
fn measure_backups(status: &BackupStatus) {
    if status.place.is_none() {
        return;
    }
    let age = |at: UnixMillis| {
        let age_ms = Machine.now().since_ms(at).max(0).unsigned_abs();
        Duration::from_millis(age_ms).as_secs_f64()
    };
    let is_failing = status.failure.is_some() || status.newest.is_none();
    gauge!(BACKUP_FAILING).set(if is_failing { 1.0 } else { 0.0 });
    if let Some(newest) = &status.newest {
        gauge!(BACKUP_AGE).set(age(newest.made));
        gauge!(BACKUP_BYTES).set(float(newest.place_bytes));
    }
    if let Some(proof) = &status.proof {
        let is_broken = !proof.faults.is_empty();
        gauge!(BACKUP_PROOF_AGE).set(age(proof.at));
        gauge!(BACKUP_BROKEN).set(if is_broken { 1.0 } else { 0.0 });
    }
}

/// Metrics are measurements, not money: the nearest float will do.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a measurement"
)]
fn float(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// The recorder keeps no order of its own: families go by name, their lines by labels, and what
/// belongs to one histogram stays as it is.
fn in_order(page: &str) -> String {
    let mut families: Vec<(&str, String)> = page
        .split("\n\n")
        .filter(|family| !family.trim().is_empty())
        .map(|family| {
            let (said, mut lines): (Vec<&str>, Vec<&str>) = family
                .trim()
                .lines()
                .partition(|line| line.starts_with('#'));
            lines.sort_by_key(|line| labels(line));
            let name = said.first().and_then(|line| line.split(' ').nth(2));
            let text = [said, lines].concat().join("\n");
            (name.unwrap_or_default(), text)
        })
        .collect();
    families.sort_unstable();
    let mut ordered = String::with_capacity(page.len());
    for (_, text) in families {
        ordered.push_str(&text);
        ordered.push_str("\n\n");
    }
    ordered
}

/// The labels of a line but for the upper end of a histogram's part.
fn labels(line: &str) -> Vec<&str> {
    let listed = line
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'));
    let each = listed.map_or("", |(labels, _)| labels).split(',');
    each.filter(|label| !label.starts_with("le=") && !label.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_go_by_name_and_lines_by_labels() {
        let page = "# HELP b it\n# TYPE b counter\nb{k=\"y\"} 1\nb{k=\"x\"} 2\n\n\
            # HELP a it\n# TYPE a histogram\na_bucket{k=\"y\",le=\"2\"} 1\n\
            a_bucket{k=\"y\",le=\"10\"} 1\na_sum{k=\"y\"} 1\n\
            a_bucket{k=\"x\",le=\"2\"} 0\na_sum{k=\"x\"} 0\n\n";
        let ordered = "# HELP a it\n# TYPE a histogram\na_bucket{k=\"x\",le=\"2\"} 0\n\
            a_sum{k=\"x\"} 0\na_bucket{k=\"y\",le=\"2\"} 1\n\
            a_bucket{k=\"y\",le=\"10\"} 1\na_sum{k=\"y\"} 1\n\n\
            # HELP b it\n# TYPE b counter\nb{k=\"x\"} 2\nb{k=\"y\"} 1\n\n";
        assert_eq!(in_order(page), ordered);
    }
}
