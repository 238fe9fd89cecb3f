//! A node that takes in and does nothing else: it needs its folder, and the store now and then.
//!
//! What it routes by is in a file of its folder, so that it starts and works without the store.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use api::{Door, Router, Standing, Traffic};
use app::{AppError, DiskLimits, DiskRoom, Surroundings as _, ThisNode};
use collect::SnapshotCell;
use journal::{Barrier, FsDisk, Gate, GatedDisk, Journal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::door::Inside;
use super::inside::Token;
use super::kept::{self, Kept};
use super::upstream::{self, Upstream};
use crate::config::Config;
use crate::intake::{self, Begun, Intake};
use crate::nodes::identify;
use crate::open::held::Holder;
use crate::open::{self, Layout};
use crate::server::{self, Front};
use crate::surroundings::Machine;
use crate::watch::{Watch, Watched, disk::TimedDisk};

/// Below the data folder.
const FILE: &str = "routing.json";
const DISK_INTERVAL: Duration = Duration::from_secs(5);
const PACK_INTERVAL: Duration = Duration::from_secs(60);
const SALTS_INTERVAL: Duration = Duration::from_secs(10);
/// How long the store is told of the stop.
const FAREWELL: Duration = Duration::from_secs(3);

/// A collector that listens; it runs until it is stopped.
pub(crate) struct Server {
    address: SocketAddr,
    journal: Arc<Journal>,
    upstream: Arc<Upstream>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What the tasks of a collector work on.
pub(super) struct Desk {
    pub(super) config: Config,
    pub(super) this: ThisNode,
    pub(super) collector: Arc<Intake>,
    pub(super) snapshot: Arc<SnapshotCell>,
    file: PathBuf,
    kept: Mutex<Kept>,
    gate: Gate,
}

/// Opens the data folder and listens.
///
/// # Errors
/// When the folder is held or another node's, the address is taken, or nothing says what to route
/// by: the first start needs the store.
pub(crate) async fn start(config: &Config) -> anyhow::Result<Server> {
    let watch = Arc::new(Watch::start()?);
    let (listener, config) = server::listen(config).await?;
    let (address, config) = (listener.local_addr()?, &config);
    let layout = Layout::new(&config.data.folder);
    std::fs::create_dir_all(&layout.root)
        .with_context(|| format!("failed to make the folder {}", layout.root.display()))?;
    let gate = Gate::default();
    let timed = TimedDisk::new(Arc::new(FsDisk));
    let disk = Arc::new(GatedDisk::new(Arc::new(timed), gate.clone()));
    let journal = open::open_journal(config, &layout, disk, &Holder::Server(address))?;
    let journal = Arc::new(journal);
    let this = identify(config, &layout.journal(), &journal)?;
    let token = Token::of(config).await?;
    let (uploads, own) = (layout.uploads(), (this.name.as_str(), this.folder.as_str()));
    let desk = open_desk(config, this.clone(), (&journal, gate.clone()));
    let desk = Arc::new(desk.await?);
    let watched = Arc::clone(desk.collector.watch());
    let inside = Arc::new(Inside::new(
        token,
        (Arc::clone(&journal), Arc::default(), watched),
        uploads,
        own,
    ));
    let upstream = Arc::new(Upstream::new(Arc::clone(&desk)));
    let packing = Packing {
        journal: Arc::clone(&journal),
        inside: Arc::clone(&inside),
        gate,
        limits: config.disk_limits(),
        folder: layout.root,
        watch,
    };
    let front = Arc::new(Front {
        door: Door {
            collector: Arc::clone(&desk.collector),
            snapshot: Arc::clone(&desk.snapshot),
            router: router(&packing, &desk, &upstream),
            clock: Arc::new(|| Machine.now()),
            traffic: Traffic::default(),
            body_time: Duration::from_secs(config.server.body_s),
            transport_security: server::transport_security(config.server.hsts_days)?,
        },
        inside,
        collects: true,
    });
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(upstream::follow(Arc::clone(&upstream), stop.clone()));
    tasks.spawn(turn_salts(desk, stop.clone()));
    tasks.spawn(packing.keep_room(stop.clone()));
    let limits = server::Limits::of(config);
    tasks.spawn(server::accept(listener, front, stop.clone(), limits));
    Ok(Server {
        address,
        journal,
        upstream,
        stop,
        tasks,
    })
}

/// The set-up, and what takes in by it.
async fn open_desk(
    config: &Config,
    this: ThisNode,
    (journal, gate): (&Arc<Journal>, Gate),
) -> anyhow::Result<Desk> {
    let file = config.data.folder.join(FILE);
    let kept = first_set_up(config, &this, &file).await?;
    if kept.is_refused {
        // Until the store says otherwise.
        gate.shut(Barrier::NoReader);
        tracing::error!(
            node = this.name,
            "nothing is taken in: the name was another folder's"
        );
    }
    let begun = Begun {
        journal,
        routing: &kept.routing,
        salts: kept.salts.at(Machine.now(), fresh_salt),
        shares: kept.shares,
        now: Machine.now(),
    };
    let (collector, snapshot) = intake::start(&begun, config)?;
    Ok(Desk {
        config: config.clone(),
        this,
        collector,
        snapshot,
        file,
        kept: Mutex::new(kept),
        gate,
    })
}

/// What machines that watch are told.
fn router(packing: &Packing, desk: &Arc<Desk>, upstream: &Arc<Upstream>) -> Router {
    let stands = {
        let (journal, desk) = (Arc::clone(&packing.journal), Arc::clone(desk));
        let upstream = Arc::clone(upstream);
        Arc::new(move || Standing {
            is_journal_failing: journal.status().failing,
            is_refused: desk.is_refused(),
            store_away: upstream.away_since(),
            set_up_of: desk.kept().read_at,
        })
    };
    let (journal, root) = (Arc::clone(&packing.journal), packing.folder.clone());
    let (upstream, watch) = (Arc::clone(upstream), Arc::clone(&packing.watch));
    let page = Arc::new(move || {
        let watched = Watched::of_collector(&journal, &root, upstream.away_since());
        watch.render(&watched)
    });
    api::router_of_collector(stands, page)
}

impl Server {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until the process is asked to stop, then drains.
    ///
    /// # Errors
    /// When the signals cannot be listened for.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        server::asked_to_stop().await?;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.journal.close();
        let end = self.journal.status().durable;
        let farewell = self.upstream.say_stop(end);
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!(
                "the store was not told of the stop: facts wait for this node meanwhile"
            );
        }
        Ok(())
    }
}

impl Desk {
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a newer set-up, in memory and in the file.
    pub(super) fn keep(&self, kept: Kept) {
        *self.kept() = kept;
        self.write();
    }

    /// Whether the store has said that this node's name is another folder's.
    pub(super) fn is_refused(&self) -> bool {
        self.gate.is_shut(Barrier::NoReader)
    }

    /// Takes nothing in while the name is another folder's, also over a start without the store.
    pub(super) fn heed(&self, noted: &Result<(), AppError>) {
        app::heed(noted, &self.gate);
        let is_refused = self.is_refused();
        let was_refused = std::mem::replace(&mut self.kept().is_refused, is_refused);
        if was_refused != is_refused {
            self.write();
        }
    }

    pub(super) fn write(&self) {
        if let Err(error) = kept::write(&self.file, &self.kept()) {
            tracing::error!(
                error = format!("{error:#}"),
                "the set-up is not kept: a start without the store would have an earlier one"
            );
        }
    }
}

/// The set-up that was kept, or the store's where none is.
async fn first_set_up(
    config: &Config,
    this: &ThisNode,
    file: &std::path::Path,
) -> anyhow::Result<Kept> {
    match kept::read(file) {
        Ok(Some(kept)) => return Ok(kept),
        Ok(None) => {}
        Err(error) => tracing::error!(error = format!("{error:#}"), "the store is asked instead"),
    }
    let read = upstream::read_first(config, this).await;
    let kept = read.context("a node that collects needs the store at its first start")?;
    kept::write(file, &kept)?;
    Ok(kept)
}

pub(super) fn fresh_salt() -> [u8; 16] {
    app::random::<16>(&Machine)
}

/// A new day has a new salt, whether or not the store is there; earlier ones leave the file.
async fn turn_salts(desk: Arc<Desk>, stop: CancellationToken) {
    loop {
        let turned = {
            let mut kept = desk.kept();
            let salts = kept.salts.at(Machine.now(), fresh_salt);
            let is_turned = kept.salts != salts;
            kept.salts = salts;
            is_turned.then_some(salts)
        };
        if let Some(salts) = turned {
            desk.collector.set_salts(intake::salts(salts));
            desk.write();
        }
        tokio::select! {
            () = tokio::time::sleep(SALTS_INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Looks after the room on the disk.
struct Packing {
    journal: Arc<Journal>,
    inside: Arc<Inside>,
    gate: Gate,
    limits: DiskLimits,
    folder: PathBuf,
    watch: Arc<Watch>,
}

impl Packing {
    /// Packs what is loaded, now and then, and at once when room becomes short; takes nothing in
    /// where there is none.
    async fn keep_room(self, stop: CancellationToken) {
        let (mut was_enough, mut since_pack) = (true, Duration::ZERO);
        loop {
            self.watch.keep_page_up();
            let room = self.limits.judge(Machine.free_bytes(&self.folder));
            match room {
                DiskRoom::Spent { free_mb } => {
                    if self.gate.shut(Barrier::NoRoom) {
                        tracing::error!(free_mb, "the disk is full: nothing is taken in any more");
                    }
                }
                DiskRoom::Enough | DiskRoom::Low { .. } => {
                    if self.gate.open(Barrier::NoRoom) {
                        tracing::info!("the disk has room again: intake goes on");
                    }
                }
            }
            let is_enough = room == DiskRoom::Enough;
            if (was_enough && !is_enough) || since_pack >= PACK_INTERVAL {
                since_pack = Duration::ZERO;
                self.make_room().await;
            }
            was_enough = is_enough;
            since_pack += DISK_INTERVAL;
            tokio::select! {
                () = tokio::time::sleep(DISK_INTERVAL) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Packs what is loaded, and lets go of files that people brought here when it did more.
    async fn make_room(&self) {
        let (journal, loaded) = (Arc::clone(&self.journal), self.inside.loaded());
        let uploads = Layout::new(&self.folder).uploads();
        let work = move || -> anyhow::Result<()> {
            app::purge_upload_files(&uploads, Machine.now())?;
            journal.pack(loaded)?;
            Ok(())
        };
        if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
            tracing::error!(error = format!("{error:#}"), "packing failed");
        }
    }
}
