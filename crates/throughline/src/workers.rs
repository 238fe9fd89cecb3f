//! The server's workers: loader, relay, imports, mail, set-up changes, upkeep.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use api::Live;
use app::{App, AppError, DiskRoom, Keeper, LeadRequestId, Loader};
use base::UnixMillis;
use collect::SnapshotCell;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backups::{Living, keep_making};
use crate::config::Config;
use crate::intake::{self, Intake};
use crate::open;
use crate::watch::Watch;

/// The loader looks for new entries this often; it bounds how late a report is.
const LOAD_INTERVAL: Duration = Duration::from_millis(250);
/// The same after a step that brought many facts: fewer, larger batches cost less a fact.
const BUSY_LOAD_INTERVAL: Duration = Duration::from_secs(1);
const BUSY_FACTS: usize = 2_000;
/// A few hundredths of a busy processor, all of an idle one.
#[cfg(target_os = "linux")]
const LOADER_NICENESS: i32 = 15;
/// Between two tries of an erasure: each may write a whole file.
const ERASURE_PAUSE: Duration = Duration::from_secs(30);
/// After a failure, before the next try.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
const RELAY_INTERVAL: Duration = Duration::from_secs(5);
const MAIL_INTERVAL: Duration = Duration::from_secs(30);
/// How often messages to webhooks are looked for whose pause is over.
const WEBHOOK_INTERVAL: Duration = Duration::from_secs(1);
const LINK_INTERVAL: Duration = Duration::from_secs(10);
/// How soon it is known that a server is away, or back.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_secs(1);
const DISK_INTERVAL: Duration = Duration::from_secs(5);
const UPKEEP_INTERVAL: Duration = Duration::from_secs(600);

/// What the workers work on.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) app: App,
    pub(crate) collector: Arc<Intake>,
    pub(crate) snapshot: Arc<SnapshotCell>,
    pub(crate) live: Live,
    pub(crate) config: Config,
    /// Requests of leads up to this one came before the doors were opened.
    pub(crate) left_behind: LeadRequestId,
    pub(crate) watch: Arc<Watch>,
}

/// Starts all workers; they end when `stop` is cancelled.
///
/// # Errors
/// When the loader gets no thread.
pub(crate) fn start(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    parts: Parts,
) -> anyhow::Result<()> {
    let loader = Arc::new(Mutex::new(open::loader(&parts.app)));
    parts.app.loaded_until(UnixMillis(0));
    start_loader(parts.clone(), Arc::clone(&loader), tasks, stop)?;
    let app = parts.app.clone();
    let living = Living { app, loader };
    tasks.spawn(keep_making(parts.config.clone(), living, stop.clone()));
    tasks.spawn(watch_disk(parts.clone(), stop.clone()));
    tasks.spawn(watch_keepers(parts.app.clone(), stop.clone()));
    tasks.spawn(relay(parts.app.clone(), stop.clone()));
    tasks.spawn(import(parts.app.clone(), stop.clone()));
    tasks.spawn(erase(parts.app.clone(), stop.clone()));
    tasks.spawn(send_mail(parts.app.clone(), stop.clone()));
    tasks.spawn(deliver_webhooks(parts.app.clone(), stop.clone()));
    tasks.spawn(link_leads(
        parts.app.clone(),
        parts.left_behind,
        stop.clone(),
    ));
    tasks.spawn(follow_set_up(parts.clone(), stop.clone()));
    tasks.spawn(upkeep(parts, stop.clone()));
    Ok(())
}

/// Loads on a thread of its own that steps aside for the hot path: when the processor is short,
/// the journal grows for a while, and clicks are still answered at once.
fn start_loader(
    parts: Parts,
    loader: Arc<Mutex<Loader>>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let stop = stop.clone();
    let runtime = tokio::runtime::Handle::current();
    let running = tasks.token();
    let work = move || {
        let _running = running;
        step_aside();
        loop {
            let stopping = stop.is_cancelled();
            // It rests while a back-up asks for reports of its moment.
            let pause = load(&parts, &mut loader.blocking_lock());
            // What was durable when the stop came is loaded before the end.
            if stopping && pause > Duration::ZERO {
                return;
            }
            runtime.block_on(async {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled(), if !stopping => {}
                }
            });
        }
    };
    std::thread::Builder::new()
        .name("load".to_owned())
        .spawn(work)
        .context("failed to start the loader")?;
    Ok(())
}

/// One step, and how long to wait before the next.
fn load(parts: &Parts, loader: &mut Loader) -> Duration {
    let Parts {
        app, live, watch, ..
    } = parts;
    let (begun, now) = (Instant::now(), app.now());
    match loader.step() {
        Ok(step) => {
            app.loading_works();
            if step.caught_up {
                app.loaded_until(now);
            }
            live.publish(&step.facts);
            watch.loaded(&step, begun.elapsed());
            match step.caught_up {
                true if step.facts.len() >= BUSY_FACTS => BUSY_LOAD_INTERVAL,
                true => LOAD_INTERVAL,
                false => Duration::ZERO,
            }
        }
        Err(error) => {
            app.loading_failed();
            watch.load_failed();
            // That a server is away was told once.
            if !(error.is_warehouse_away() && app.away_since(Keeper::Warehouse).is_some()) {
                tracing::error!(error = chain(error), "loading failed; trying again");
            }
            RETRY_PAUSE
        }
    }
}

/// Lowers the calling thread's priority where the system has priorities of threads.
fn step_aside() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, LOADER_NICENESS) {
        tracing::debug!(%error, "the loader keeps its priority");
    }
}

async fn relay(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = app.relay_outbox().await {
            tracing::error!(error = chain(error), "the relay failed; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        tokio::select! {
            () = app.outbox_filled() => {}
            () = tokio::time::sleep(RELAY_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Mail that was queued goes at once, and mail that was not taken when its pause is over.
async fn send_mail(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // A mail whose sending is broken off is due again by itself.
        let sent = tokio::select! {
            sent = app.send_mail() => sent,
            () = stop.cancelled() => return,
        };
        if let Err(error) = sent {
            tracing::error!(error = chain(error), "sending mail failed; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        tokio::select! {
            () = app.mail_waiting() => {}
            () = tokio::time::sleep(MAIL_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Messages to webhooks go at once, and those that were not taken when their pause is over.
async fn deliver_webhooks(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // A message whose sending is broken off is due again by itself.
        let delivered = tokio::select! {
            delivered = app.deliver_webhooks() => delivered,
            () = stop.cancelled() => return,
        };
        if let Err(error) = delivered {
            tracing::error!(error = chain(error), "webhooks failed; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        tokio::select! {
            () = app.webhooks_waiting() => {}
            () = tokio::time::sleep(WEBHOOK_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn import(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = app.run_imports_until_idle().await {
            tracing::error!(error = chain(error), "an import failed; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        tokio::select! {
            () = app.import_waiting() => {}
            () = tokio::time::sleep(RELAY_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Erases who is to be erased; what breaks off is taken up at the next start.
async fn erase(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // An erasure that is broken off goes on at its last step.
        let done = tokio::select! {
            done = app.run_erasures_until_idle() => done,
            () = stop.cancelled() => return,
        };
        if let Err(error) = done {
            tracing::error!(error = chain(error), "an erasure failed; trying again");
            tokio::select! {
                () = tokio::time::sleep(ERASURE_PAUSE) => {}
                () = stop.cancelled() => {}
            }
            continue;
        }
        tokio::select! {
            () = app.erasure_waiting() => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Finishes leads that a crash interrupted, then links new ones whose visit has been loaded since.
async fn link_leads(app: App, left_behind: LeadRequestId, stop: CancellationToken) {
    while let Err(error) = app
        .reread_lead_requests(left_behind, api::reread_lead)
        .await
    {
        tracing::error!(
            error = chain(error),
            "reading stored leads failed; trying again"
        );
        tokio::select! {
            () = tokio::time::sleep(RETRY_PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
    while !stop.is_cancelled() {
        if let Err(error) = app.relink_leads().await {
            tracing::error!(error = chain(error), "linking leads failed; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(LINK_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Publishes every change of sites, links and keys to the hot path.
async fn follow_set_up(parts: Parts, stop: CancellationToken) {
    let mut routing = parts.app.routing();
    loop {
        tokio::select! {
            changed = routing.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
        let current = routing.borrow_and_update().clone();
        match intake::snapshot(&current, &parts.config) {
            Ok(snapshot) => parts.snapshot.publish(snapshot),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "kept the old set-up");
            }
        }
    }
}

/// Salts, expired sessions, compaction, packed segments.
async fn upkeep(parts: Parts, stop: CancellationToken) {
    loop {
        if let Err(error) = keep_up(&parts).await {
            tracing::error!(
                error = format!("{error:#}"),
                "upkeep failed; trying again later"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(UPKEEP_INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn keep_up(parts: &Parts) -> anyhow::Result<()> {
    let salts = parts.app.daily_salts().await?;
    parts.collector.set_salts(intake::salts(salts));
    parts.app.purge_sign_ins().await?;
    parts.app.purge_deliveries().await?;
    parts.app.purge_uploads().await?;
    parts.app.purge_lead_requests().await?;
    parts.app.blank_returned_segments().await?;
    let app = parts.app.clone();
    let is_away = app.away_since(Keeper::Warehouse).is_some();
    if is_away {
        return Ok(());
    }
    parts.app.keep_retention().await?;
    tokio::task::spawn_blocking(move || {
        app.warehouse().compact(app.now())?;
        pack(&app)
    })
    .await?
}

/// Looks at the disk; when it becomes tight, packs what can be packed at once.
async fn watch_disk(parts: Parts, stop: CancellationToken) {
    let app = parts.app;
    let mut was_enough = true;
    loop {
        parts.watch.keep_up(&app).await;
        let is_enough = app.guard_disk() == DiskRoom::Enough;
        let is_away = app.away_since(Keeper::Warehouse).is_some();
        if was_enough && !is_enough && !is_away {
            let app = app.clone();
            let packed = tokio::task::spawn_blocking(move || pack(&app)).await;
            if let Ok(Err(error)) = packed {
                tracing::error!(error = format!("{error:#}"), "packing failed");
            }
        }
        was_enough = is_enough;
        tokio::select! {
            () = tokio::time::sleep(DISK_INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Looks whether store and warehouse answer, and tells the warehouse what it missed. None of the
/// three waits for another.
async fn watch_keepers(app: App, stop: CancellationToken) {
    let watch_store = async {
        loop {
            app.look_at_store().await;
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    let watch_warehouse = async {
        loop {
            app.look_at_warehouse().await;
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    let publish = async {
        loop {
            if let Err(error) = app.publish_labels().await {
                tracing::error!(error = chain(error), "labels are published later");
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    tokio::select! {
        ((), (), ()) = async { tokio::join!(watch_store, watch_warehouse, publish) } => {}
        () = stop.cancelled() => {}
    }
}

/// Compresses the segments that are loaded. Blocks.
fn pack(app: &App) -> anyhow::Result<()> {
    if let Some(at) = app.warehouse().position(open::NODE)? {
        let loaded = journal::Position {
            segment: at.segment,
            offset: at.offset,
        };
        app.pack_journal(loaded)?;
    }
    Ok(())
}

/// An error with everything that led to it, in one line.
fn chain(error: AppError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
