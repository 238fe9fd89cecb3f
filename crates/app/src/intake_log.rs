//! The ingest log: what came in at each door, minute by minute, and what became of it.
//!
//! Who counts is the hot path of each node; here is how it is written down once, folded and read.

use std::collections::BTreeMap;

use base::{SiteId, UnixMillis, WorkspaceId};
use store::intake::{
    self, CountByDoor, CountByTime, IntakeCount, IntakeRun, IntakeSelection, Nobodys,
};
use store::{Connection, Store, sites, workspaces};

use crate::{Actor, App, AppError, Permission};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// For so long minutes are told apart; then hours.
pub const INTAKE_MINUTES_KEPT_DAYS: i64 = 14;
pub const INTAKE_HOURS_KEPT_DAYS: i64 = 400;
/// Most spans of one answer.
const SPANS_MAX: i64 = 1_500;
/// Gaps of one node with less between them are one.
const GAP_BREAK_MS: i64 = 5 * MINUTE_MS;
/// Gaps of one answer, the latest ones.
const GAPS_MAX: usize = 20;
const IN: &str = "in";
const STORED: &str = "stored";

/// How long the spans of an answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntakeSpan {
    Minute,
    Hour,
}

/// What is asked of the log.
#[derive(Debug, Clone)]
pub struct IntakeQuery {
    pub from: UnixMillis,
    pub until: UnixMillis,
    pub per: IntakeSpan,
    pub site: Option<SiteId>,
    pub door: Option<String>,
}

/// What came and what became of it: `came` is `stored` and all of `dropped`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntakeSums {
    pub came: i64,
    pub stored: i64,
    /// By reason, the most frequent first.
    pub dropped: Vec<(String, i64)>,
}

/// Some time in which counts may be missing, because a process ended without a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeGap {
    /// Empty where it is told to another workspace than that of whoever runs the server.
    pub node: String,
    /// When it wrote its counts the last time.
    pub from: UnixMillis,
    /// When the next one began to count.
    pub until: UnixMillis,
}

/// Whose something is that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntakeOwner {
    Site(SiteId),
    /// Of the workspace, and of no site.
    Workspace,
    /// No site, link or key says whose it is.
    Nobody,
}

/// The log, as far as it was asked for.
#[derive(Debug, Clone)]
pub struct IntakeView {
    pub total: IntakeSums,
    /// Each span in which something came, in the order of time.
    pub spans: Vec<(UnixMillis, IntakeSums)>,
    pub doors: Vec<(String, IntakeSums)>,
    pub owners: Vec<(IntakeOwner, IntakeSums)>,
    pub gaps: Vec<IntakeGap>,
}

impl IntakeSpan {
    #[must_use]
    pub fn ms(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
        }
    }
}

impl IntakeGap {
    /// The same for whoever has nothing to do with nodes.
    fn unnamed(self) -> Self {
        Self {
            node: String::new(),
            ..self
        }
    }
}

impl IntakeSums {
    fn add(&mut self, outcome: &str, count: i64) {
        match outcome {
            IN => self.came += count,
            STORED => self.stored += count,
            _ => match self.dropped.iter_mut().find(|(known, _)| known == outcome) {
                Some((_, sum)) => *sum += count,
                None => self.dropped.push((outcome.to_owned(), count)),
            },
        }
    }

    fn sorted(mut self) -> Self {
        self.dropped
            .sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
        self
    }
}

impl App {
    /// What came in and what became of it.
    ///
    /// # Errors
    /// When the actor may not, the times are none or too many, or the store fails.
    pub async fn intake_log(
        &self,
        actor: &Actor,
        query: &IntakeQuery,
    ) -> Result<IntakeView, AppError> {
        actor.require(Permission::ReadSetup)?;
        check(query, self.now())?;
        let mut connection = self.inner.store.read().await?;
        if let Some(site) = query.site {
            sites::load_site(&mut connection, actor.workspace, site).await?;
        }
        let is_operator = is_first_workspace(&mut connection, actor.workspace).await?;
        let selection = IntakeSelection {
            workspace: actor.workspace,
            nobodys: match is_operator && query.site.is_none() {
                true => Nobodys::Included,
                false => Nobodys::Left,
            },
            from: query.from,
            until: query.until,
            site: query.site.map(|site| site.0),
            door: query.door.as_deref(),
            span_ms: query.per.ms(),
        };
        let by_time = intake::sum_by_time(&mut connection, &selection).await?;
        let by_door = intake::sum_by_door(&mut connection, &selection).await?;
        let since = query.until.plus_ms(-INTAKE_HOURS_KEPT_DAYS * DAY_MS);
        let runs = intake::list_runs(&mut connection, since).await?;
        let gaps = gaps(&runs, (query.from, query.until), self.now());
        Ok(IntakeView {
            total: total(&by_door),
            spans: sums(by_time.iter().map(told_of_time)),
            doors: sums(by_door.iter().map(|one| (one.door.clone(), told(one)))),
            owners: sums(by_door.iter().map(|one| (owner(one), told(one)))),
            gaps: match is_operator {
                true => gaps,
                false => gaps.into_iter().map(IntakeGap::unnamed).collect(),
            },
        })
    }

    /// Adds what a node counted, once, however often it is told.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn write_intake(
        &self,
        run: &IntakeRun,
        counts: &[IntakeCount],
    ) -> Result<(), AppError> {
        write_intake(&self.inner.store, run, counts).await
    }

    /// All that a node counted is written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_intake(&self, run: &IntakeRun) -> Result<(), AppError> {
        end_intake(&self.inner.store, run).await
    }

    /// Makes hours of old minutes, and forgets old hours.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn fold_intake(&self) -> Result<(), AppError> {
        let now = self.now();
        let of_hour = now.0.rem_euclid(HOUR_MS);
        let hour = now.plus_ms(-of_hour);
        let minutes_until = hour.plus_ms(-INTAKE_MINUTES_KEPT_DAYS * DAY_MS);
        let hours_until = hour.plus_ms(-INTAKE_HOURS_KEPT_DAYS * DAY_MS);
        let mut tx = self.inner.store.begin().await?;
        intake::fold_counts(&mut tx, (MINUTE_MS, HOUR_MS), minutes_until, hours_until).await?;
        Ok(tx.commit().await?)
    }
}

/// As [`App::write_intake`], for a node without the rest of the program.
///
/// # Errors
/// As there.
pub async fn write_intake(
    store: &Store,
    run: &IntakeRun,
    counts: &[IntakeCount],
) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    intake::add_counts(&mut tx, run, counts).await?;
    Ok(tx.commit().await?)
}

/// As [`App::end_intake`], for a node without the rest of the program.
///
/// # Errors
/// As there.
pub async fn end_intake(store: &Store, run: &IntakeRun) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    intake::end_run(&mut tx, &run.run, run.written_at).await?;
    Ok(tx.commit().await?)
}

fn check(query: &IntakeQuery, now: UnixMillis) -> Result<(), AppError> {
    let ms = query.until.since_ms(query.from);
    if ms <= 0 {
        let detail = "until has to lie behind from";
        return Err(AppError::invalid("until", "not_after", detail));
    }
    if ms > SPANS_MAX * query.per.ms() {
        let detail = format!("at most {SPANS_MAX} spans at once: ask for hours, or for less");
        return Err(AppError::invalid("per", "too_many", detail));
    }
    let kept = now.plus_ms(-INTAKE_MINUTES_KEPT_DAYS * DAY_MS + HOUR_MS);
    if query.per == IntakeSpan::Minute && query.from < kept {
        let detail = format!("minutes are kept for {INTAKE_MINUTES_KEPT_DAYS} days; ask for hours");
        return Err(AppError::invalid("per", "not_kept", detail));
    }
    Ok(())
}

/// Whether the workspace is that of whoever runs the server: what nobody knows the owner of is
/// told there, and the names of nodes.
pub(crate) async fn is_first_workspace(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<bool, AppError> {
    let all = workspaces::list_workspaces(connection).await?;
    Ok(all.first().is_some_and(|first| first.id == workspace))
}

fn owner(counted: &CountByDoor) -> IntakeOwner {
    match (counted.workspace_id, counted.site_id) {
        (_, site) if site > 0 => IntakeOwner::Site(SiteId(site)),
        (0, _) => IntakeOwner::Nobody,
        _ => IntakeOwner::Workspace,
    }
}

fn told(counted: &CountByDoor) -> (&str, i64) {
    (&counted.outcome, counted.count)
}

fn told_of_time(counted: &CountByTime) -> (UnixMillis, (&str, i64)) {
    (counted.at, (&counted.outcome, counted.count))
}

fn total(counted: &[CountByDoor]) -> IntakeSums {
    let mut total = IntakeSums::default();
    for one in counted {
        total.add(&one.outcome, one.count);
    }
    total.sorted()
}

fn sums<'c, K: Ord>(counted: impl Iterator<Item = (K, (&'c str, i64))>) -> Vec<(K, IntakeSums)> {
    let mut sums: BTreeMap<K, IntakeSums> = BTreeMap::new();
    for (key, (outcome, count)) in counted {
        sums.entry(key).or_default().add(outcome, count);
    }
    let sorted = sums.into_iter().map(|(key, sums)| (key, sums.sorted()));
    sorted.collect()
}

/// Runs that ended without a word, as far as they touch the time. One that wrote lately is alive.
/// Those of one node that touch each other are one, as where a process is started again and again.
fn gaps(
    runs: &[IntakeRun],
    (from, until): (UnixMillis, UnixMillis),
    now: UnixMillis,
) -> Vec<IntakeGap> {
    let mut gaps: Vec<IntakeGap> = Vec::new();
    for (place, run) in runs.iter().enumerate() {
        // One that began by a clock that was ahead comes later in the list and went before.
        let mut later = runs[place + 1..].iter();
        let since = run.written_at..=now;
        let next = later.find(|next| next.node == run.node && since.contains(&next.began_at));
        // Without a next one it may just have had nothing to write.
        let Some(next) = next.filter(|_| run.ended_at.is_none()) else {
            continue;
        };
        let until_next = next.began_at;
        if run.written_at >= until || until_next < from {
            continue;
        }
        let last = gaps.last_mut().filter(|last| last.node == run.node);
        match last.filter(|last| run.written_at.since_ms(last.until) <= GAP_BREAK_MS) {
            Some(last) => last.until = last.until.max(until_next),
            None => gaps.push(IntakeGap {
                node: run.node.clone(),
                from: run.written_at,
                until: until_next,
            }),
        }
    }
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.until));
    gaps.truncate(GAPS_MAX);
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(node: &str, began: i64, written: i64, ended: Option<i64>) -> IntakeRun {
        IntakeRun {
            run: format!("{node}{began}"),
            node: node.to_owned(),
            began_at: UnixMillis(began),
            sequence: 1,
            written_at: UnixMillis(written),
            ended_at: ended.map(UnixMillis),
        }
    }

    #[test]
    fn only_a_process_that_ended_without_a_word_leaves_a_gap() {
        let runs = [
            run("a", 0, 10, Some(11)),
            run("a", 20, 30, None),
            run("a", 40, 50, None),
            run("b", 5, 9, None),
        ];
        let found = gaps(&runs, (UnixMillis(0), UnixMillis(100)), UnixMillis(100));
        let told = found.iter().map(|gap| (gap.node.as_str(), gap.from.0));
        assert_eq!(told.collect::<Vec<_>>(), [("a", 30)]);
        assert_eq!(found[0].until, UnixMillis(40));
        let later = gaps(&runs, (UnixMillis(60), UnixMillis(100)), UnixMillis(100));
        assert_eq!(later, []);
    }

    #[test]
    fn starts_over_and_over_are_one_gap_and_a_clock_that_was_ahead_makes_none() {
        let minutes = |at: i64| at * MINUTE_MS;
        let many: Vec<_> = (0..200)
            .map(|at| run("a", minutes(at), minutes(at), None))
            .collect();
        let day = (UnixMillis(0), UnixMillis(DAY_MS));
        let found = gaps(&many, day, day.1);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].from.0, found[0].until.0), (0, minutes(199)));

        let (early, late) = (minutes(60), minutes(119));
        let runs = [
            run("a", early, minutes(180), None),
            run("a", late, late, Some(late)),
        ];
        assert_eq!(gaps(&runs, day, day.1), []);
        let runs = [
            run("a", 0, minutes(30), None),
            run("a", minutes(55), minutes(55), None),
        ];
        assert_eq!(
            gaps(&runs, day, UnixMillis(minutes(31))),
            [],
            "the other is yet to come"
        );

        let apart: Vec<_> = (0..50)
            .map(|at| run("a", minutes(at * 20), minutes(at * 20 + 10), None))
            .collect();
        let found = gaps(&apart, day, day.1);
        assert_eq!(found.len(), GAPS_MAX);
        assert_eq!(found[0].until.0, minutes(49 * 20), "the latest first");
    }
}
