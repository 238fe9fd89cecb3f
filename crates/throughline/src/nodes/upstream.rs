//! The store as a collector sees it: read when something has changed, missed without harm.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::{
    AppError, Company, Lives, Shares, Surroundings as _, ThisNode, daily_salts, day_of, note_node,
    read_routing,
};
use base::UnixMillis;
use collect::KeyUse;
use journal::Position;
use store::Store;
use store::nodes::{list_nodes, list_revisions};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::collector::Desk;
use super::kept::Kept;
use crate::config::{Config, StoreUrl};
use crate::intake;
use crate::intake_log::IntakeWriter;
use crate::surroundings::Machine;

/// How often the store is asked whether something has changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// How often a node says that it lives, and looks after the salts.
const SEEN_MS: i64 = 5_000;
/// What routing is read from is counted under this name.
const ROUTING: &str = "routing";

/// The store, as far as it is there.
pub(crate) struct Upstream {
    desk: Arc<Desk>,
    store: OnceCell<Store>,
    known: Mutex<Known>,
    intake_writer: Arc<IntakeWriter>,
}

#[derive(Debug, Default)]
struct Known {
    /// Since when it does not answer.
    away: Option<UnixMillis>,
    /// How often routing had been changed when it was read.
    revision: Option<i64>,
    seen_at: Option<UnixMillis>,
    /// What was seen of the other nodes, and when.
    lives: Lives,
    lives_at: Option<Instant>,
}

impl Upstream {
    pub(crate) fn new(desk: Arc<Desk>) -> Self {
        let intake_writer = IntakeWriter::new(Arc::clone(&desk.collector), &desk.this.name);
        Self {
            desk,
            store: OnceCell::new(),
            known: Mutex::default(),
            intake_writer,
        }
    }

    pub(crate) fn away_since(&self) -> Option<UnixMillis> {
        self.known().away
    }

    /// Says that this node stops, and where its journal ends.
    pub(crate) async fn say_stop(&self, end: Position) {
        if let Some(store) = self.store.get() {
            let said = app::note_stop(store, &self.desk.this, Machine.now(), end).await;
            if let Err(error) = said {
                tracing::warn!(%error, "the store was not told of the stop");
            }
            let left = self.desk.collector.key_uses_left();
            self.note_key_uses(store, left).await;
            if let Err(error) = self.end_intake(store).await {
                tracing::warn!(%error, "the end of the ingest log is not written");
            }
            store.close().await;
        }
    }

    /// Writes down what was counted since the last look; what cannot be written now waits.
    async fn write_intake(&self, store: &Store) {
        let Some((run, counts)) = self.intake_writer.due() else {
            return;
        };
        match app::write_intake(store, &run, &counts).await {
            Ok(()) => self.intake_writer.written(),
            Err(error) => tracing::warn!(%error, "the ingest log is written later"),
        }
    }

    /// What was numbered comes first, and then what came since.
    async fn end_intake(&self, store: &Store) -> Result<(), AppError> {
        for _ in 0..2 {
            if let Some((run, counts)) = self.intake_writer.last() {
                app::write_intake(store, &run, &counts).await?;
                self.intake_writer.written();
            }
        }
        app::end_intake(store, &self.intake_writer.run()).await
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One look: this node is noted, and what has changed is read.
    async fn look(&self) -> anyhow::Result<()> {
        self.intake_writer.gather();
        let store = self
            .store
            .get_or_try_init(|| open(&self.desk.config))
            .await?;
        let (now, desk) = (Machine.now(), &self.desk);
        let is_due = self
            .known()
            .seen_at
            .is_none_or(|at| (now.0 - at.0).abs() >= SEEN_MS);
        if is_due {
            let noted = note_node(store, &desk.this, now).await;
            desk.heed(&noted);
            noted?;
            self.known().seen_at = Some(now);
            self.look_at_nodes(store, now).await?;
        }
        self.look_at_routing(store, now).await?;
        let uses = desk.collector.key_uses(now);
        self.note_key_uses(store, uses).await;
        self.write_intake(store).await;
        Ok(())
    }

    async fn look_at_routing(&self, store: &Store, now: UnixMillis) -> anyhow::Result<()> {
        let desk = &self.desk;
        let revisions = list_revisions(&mut store.read().await?).await?;
        let revision = revisions.into_iter().find(|one| one.name == ROUTING);
        let revision = revision.map(|one| one.value);
        let salts = desk.kept().salts;
        let is_new_day = salts.day != day_of(now) || salts.next.is_none();
        if !is_new_day && self.known().revision == revision {
            desk.kept().read_at = now;
            return Ok(());
        }
        let mut kept = read(store).await?;
        kept.shares = desk.kept().shares;
        let snapshot = intake::snapshot(&kept.routing, kept.shares, &desk.config)?;
        desk.snapshot.publish(snapshot);
        desk.collector.set_salts(intake::salts(kept.salts));
        desk.keep(kept);
        self.known().revision = revision;
        Ok(())
    }

    /// Keeps when keys were used last that events came with; what cannot be kept now is due again.
    async fn note_key_uses(&self, store: &Store, uses: Vec<KeyUse>) {
        if uses.is_empty() {
            return;
        }
        match app::note_key_uses(store, &uses).await {
            Ok(()) => self.desk.collector.key_uses_kept(&uses),
            Err(error) => tracing::warn!(%error, "when keys were used last is not kept yet"),
        }
    }

    /// Looks among how many nodes limits are shared out. While the store is away it stays as it
    /// was.
    async fn look_at_nodes(&self, store: &Store, now: UnixMillis) -> anyhow::Result<()> {
        let all = list_nodes(&mut store.read().await?).await?;
        let desk = &self.desk;
        let shares = {
            let mut known = self.known();
            let elapsed = known.lives_at.map_or(Duration::ZERO, |at| at.elapsed());
            known.lives_at = Some(Instant::now());
            known.lives.look(&desk.this, &all, elapsed, now);
            known.lives.shares(&desk.this)
        };
        let mut kept = desk.kept();
        if kept.shares != shares {
            kept.shares = shares;
            let snapshot = intake::snapshot(&kept.routing, shares, &desk.config)?;
            drop(kept);
            desk.snapshot.publish(snapshot);
            desk.write();
        }
        Ok(())
    }

    /// Changes are told once. A store that refuses this node's name answers.
    fn note(&self, looked: anyhow::Result<()>) {
        let looked = looked.or_else(|error| match error.downcast_ref() {
            Some(AppError::Conflict { .. }) => Ok(()),
            _ => Err(error),
        });
        let mut known = self.known();
        match (known.away, looked) {
            (None, Err(error)) => {
                let why = format!("{error:#}");
                tracing::error!(why, "the store does not answer; intake goes on");
                known.away = Some(Machine.now());
            }
            (Some(since), Ok(())) => {
                let seconds = Machine.now().since_ms(since) / 1000;
                tracing::info!(seconds, "the store answers again");
                known.away = None;
            }
            (None, Ok(())) | (Some(_), Err(_)) => {}
        }
    }
}

/// Follows the store until `stop`; what is under way is broken off then.
pub(super) async fn follow(upstream: Arc<Upstream>, stop: CancellationToken) {
    loop {
        let looked = tokio::select! {
            looked = upstream.look() => looked,
            () = stop.cancelled() => return,
        };
        upstream.note(looked);
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// What a first start routes by.
pub(super) async fn read_first(config: &Config, this: &ThisNode) -> anyhow::Result<Kept> {
    let store = open(config).await?;
    note_node(&store, this, Machine.now()).await?;
    let kept = read(&store).await;
    store.close().await;
    kept
}

async fn open(config: &Config) -> anyhow::Result<Store> {
    match &config.store.url {
        StoreUrl::Postgres(url) => Ok(Store::open_postgres(url).await?),
        StoreUrl::Sqlite => bail!("nodes share a store on PostgreSQL: set store.url"),
    }
}

async fn read(store: &Store) -> anyhow::Result<Kept> {
    let salts = daily_salts(store, &Machine, Company::Shared).await;
    Ok(Kept {
        read_at: Machine.now(),
        shares: Shares::default(),
        is_refused: false,
        routing: read_routing(store)
            .await
            .context("failed to read sites and links")?,
        salts: salts.context("failed to read the salts of the day")?,
    })
}
