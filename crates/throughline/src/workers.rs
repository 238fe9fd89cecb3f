//! The server's workers: loader, relay, imports, mail, set-up changes, upkeep.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use api::Live;
use app::{App, AppError, Held, Keeper, LeadRequestId, Lease, Loader, NodeRole, Step};
use base::{Fact, UnixMillis};
use collect::SnapshotCell;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backups::{Living, keep_making};
use crate::config::Config;
use crate::intake::{self, Intake};
use crate::nodes::inside::Token;
use crate::nodes::live::{self, Newest};
use crate::nodes::loading::{Progress, load_from_others};
use crate::nodes::turns::{self, while_held};
use crate::open;
use crate::watch::Watch;

mod sources;
mod upkeep;

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
/// The same of work that another node may have put into the store.
const SHARED_INTERVAL: Duration = Duration::from_secs(1);
/// How often messages to webhooks are looked for whose pause is over.
const WEBHOOK_INTERVAL: Duration = Duration::from_secs(1);
const LINK_INTERVAL: Duration = Duration::from_secs(10);
/// How soon it is known that a server is away, or back.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// What the workers work on.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) app: App,
    pub(crate) collector: Arc<Intake>,
    pub(crate) snapshot: Arc<SnapshotCell>,
    pub(crate) live: Live,
    /// The same for nodes that load nothing.
    pub(crate) newest: Arc<Newest>,
    pub(crate) config: Config,
    /// Requests of leads up to this one came before the doors were opened.
    pub(crate) left_behind: LeadRequestId,
    pub(crate) watch: Arc<Watch>,
}

/// Starts the workers of this node's roles; they end when `stop` is cancelled.
///
/// # Errors
/// When the loader gets no thread.
pub(crate) fn start(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    parts: Parts,
    token: Option<Token>,
) -> anyhow::Result<()> {
    let roles = parts.app.this_node().roles.clone();
    let loader = Arc::new(Mutex::new(open::loader(&parts.app)));
    if !parts.app.is_shared() {
        parts.app.loaded_until(UnixMillis(0));
    }
    tasks.spawn(turns::keep(parts.app.clone(), stop.clone()));
    tasks.spawn(live::follow(parts.clone(), token.clone(), stop.clone()));
    if roles.has(NodeRole::Load) {
        let progress = Arc::new(Progress::default());
        start_loader(
            parts.clone(),
            (Arc::clone(&loader), progress.clone()),
            tasks,
            stop,
        )?;
        if parts.app.is_shared() {
            let others = load_from_others(parts.clone(), token, progress, stop.clone());
            tasks.spawn(others);
        }
        tasks.spawn(job(&parts, Parts::load_lease, stop, erase));
        tasks.spawn(job(&parts, Parts::load_lease, stop, upkeep::let_go));
    }
    if roles.has(NodeRole::Work) {
        let living = Living {
            app: parts.app.clone(),
            loader,
        };
        tasks.spawn(keep_making(parts.config.clone(), living, stop.clone()));
        if parts.app.is_shared() {
            tasks.spawn(job(&parts, Parts::work_lease, stop, erase));
        }
        tasks.spawn(job(&parts, Parts::work_lease, stop, relay));
        tasks.spawn(job(&parts, Parts::work_lease, stop, import));
        tasks.spawn(job(&parts, Parts::work_lease, stop, sources::read));
        tasks.spawn(job(&parts, Parts::work_lease, stop, send_mail));
        tasks.spawn(job(&parts, Parts::work_lease, stop, send_reports));
        tasks.spawn(job(&parts, Parts::work_lease, stop, deliver_webhooks));
        tasks.spawn(job(&parts, Parts::work_lease, stop, link_leads));
    }
    tasks.spawn(upkeep::note_key_uses(parts.clone(), stop.clone()));
    tasks.spawn(upkeep::watch_disk(parts.clone(), stop.clone()));
    tasks.spawn(watch_keepers(parts.app.clone(), stop.clone()));
    tasks.spawn(follow_set_up(parts.clone(), stop.clone()));
    tasks.spawn(upkeep::look_for_segments(parts.clone(), stop.clone()));
    tasks.spawn(upkeep::keep(parts, stop.clone()));
    Ok(())
}

/// A job that one node does at a time.
fn job<F: Future<Output = ()> + Send + 'static>(
    parts: &Parts,
    lease: fn(&Parts) -> &Lease,
    stop: &CancellationToken,
    work: fn(Parts, CancellationToken) -> F,
) -> impl Future<Output = ()> + Send + 'static {
    let (parts, stop) = (parts.clone(), stop.clone());
    async move { while_held(lease(&parts), stop, |stop| work(parts.clone(), stop)).await }
}

impl Parts {
    /// On live screens, here and of the other nodes.
    pub(crate) fn show(&self, facts: &[Fact]) {
        self.live.publish(facts);
        self.newest.keep(facts);
    }

    fn load_lease(&self) -> &Lease {
        self.app.load_lease()
    }

    fn work_lease(&self) -> &Lease {
        self.app.work_lease()
    }

    /// Where others may have put work into the store, it is looked for often.
    fn look_again(&self, alone: Duration) -> Duration {
        match self.app.is_shared() {
            true => alone.min(SHARED_INTERVAL),
            false => alone,
        }
    }
}

/// Loads on a thread of its own that steps aside for the hot path: when the processor is short,
/// the journal grows for a while, and clicks are still answered at once.
fn start_loader(
    parts: Parts,
    (loader, progress): (Arc<Mutex<Loader>>, Arc<Progress>),
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let stop = stop.clone();
    let runtime = tokio::runtime::Handle::current();
    let running = tasks.token();
    let work = move || {
        let _running = running;
        step_aside();
        // A server begins to load before it listens.
        let mut loads = parts.app.load_lease().held();
        loop {
            let stopping = stop.is_cancelled();
            let held = parts.app.load_lease().held();
            // Of a write that failed nobody knows whose turn it was by then.
            if held != loads || (held != Held::No && parts.app.warehouse().has_lapsed()) {
                let turned = runtime.block_on(turn(&parts, held, &progress));
                loads = if turned { held } else { Held::No };
                // Another may have loaded meanwhile, also what came since the journal was opened.
                *loader.blocking_lock() = open::loader(&parts.app);
            }
            let pause = match loads {
                Held::No => LOAD_INTERVAL,
                // It rests while a back-up asks for reports of its moment.
                _ => load(&parts, &mut loader.blocking_lock(), &progress),
            };
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

/// Begins to load, or leaves it to another node. False where it could not begin.
async fn turn(parts: &Parts, held: Held, progress: &Progress) -> bool {
    progress.forget();
    let turned = match held {
        Held::No => {
            parts.app.leave_loading();
            Ok(true)
        }
        Held::Alone | Held::Fenced(_) => parts.app.begin_to_load().await,
    };
    match turned {
        Ok(turned) => turned,
        Err(error) => {
            if !is_known(&parts.app, &error) {
                tracing::error!(error = chain(error), "loading does not begin; trying again");
            }
            tokio::time::sleep(RETRY_PAUSE).await;
            false
        }
    }
}

/// That a server is away was told once.
fn is_known(app: &App, error: &AppError) -> bool {
    error.is_warehouse_away() && app.away_since(Keeper::Warehouse).is_some()
}

/// One step, and how long to wait before the next.
fn load(parts: &Parts, loader: &mut Loader, progress: &Progress) -> Duration {
    let Parts { app, watch, .. } = parts;
    let (begun, now) = (Instant::now(), app.now());
    match loader.step() {
        Ok(step) => {
            app.loading_works();
            if step.caught_up {
                match app.is_shared() {
                    true => progress.loaded(app, &app.this_node().name, now),
                    false => app.loaded_until(now),
                }
            }
            parts.show(&step.facts);
            watch.loaded(&step, begun.elapsed());
            pause_after(&step)
        }
        Err(error) => {
            app.loading_failed();
            watch.load_failed();
            if !is_known(app, &error) {
                tracing::error!(error = chain(error), "loading failed; trying again");
            }
            RETRY_PAUSE
        }
    }
}

/// How long to wait before the next step.
pub(crate) fn pause_after(step: &Step) -> Duration {
    match step.caught_up {
        true if step.facts.len() >= BUSY_FACTS => BUSY_LOAD_INTERVAL,
        true => LOAD_INTERVAL,
        false => Duration::ZERO,
    }
}

/// Lowers the calling thread's priority where the system has priorities of threads.
pub(crate) fn step_aside() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, LOADER_NICENESS) {
        tracing::debug!(%error, "the loader keeps its priority");
    }
}

async fn relay(parts: Parts, stop: CancellationToken) {
    let app = &parts.app;
    while !stop.is_cancelled() {
        if let Err(error) = app.relay_outbox().await {
            tracing::error!(error = chain(error), "the relay failed; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        tokio::select! {
            () = app.outbox_filled() => {}
            () = tokio::time::sleep(parts.look_again(RELAY_INTERVAL)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Mail that was queued goes at once, and mail that was not taken when its pause is over.
async fn send_mail(parts: Parts, stop: CancellationToken) {
    let app = &parts.app;
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
            () = tokio::time::sleep(parts.look_again(MAIL_INTERVAL)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Reports whose turn it is, and goals that are watched.
async fn send_reports(parts: Parts, stop: CancellationToken) {
    let app = &parts.app;
    while !stop.is_cancelled() {
        // A turn that is broken off is due again by itself.
        let sent = tokio::select! {
            sent = app.send_due_reports() => sent,
            () = stop.cancelled() => return,
        };
        if let Err(error) = sent {
            tracing::error!(error = chain(error), "sending reports failed; trying again");
        }
        let told = tokio::select! {
            told = app.look_at_goals() => told,
            () = stop.cancelled() => return,
        };
        if let Err(error) = told
            && !is_known(app, &error)
        {
            tracing::error!(
                error = chain(error),
                "looking at goals failed; trying again"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(parts.look_again(MAIL_INTERVAL)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Messages to webhooks go at once, and those that were not taken when their pause is over.
async fn deliver_webhooks(parts: Parts, stop: CancellationToken) {
    let app = &parts.app;
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
            () = tokio::time::sleep(parts.look_again(WEBHOOK_INTERVAL)) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn import(parts: Parts, stop: CancellationToken) {
    let app = &parts.app;
    while !stop.is_cancelled() {
        if let Err(error) = app.run_imports_until_idle().await {
            tracing::error!(error = chain(error), "an import failed; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        tokio::select! {
            () = app.import_waiting() => {}
            () = tokio::time::sleep(parts.look_again(RELAY_INTERVAL)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Erases who is to be erased; what breaks off is taken up at the next start. What could not go on
/// is tried again after a pause, and nobody who is to be erased waits for it.
async fn erase(parts: Parts, stop: CancellationToken) {
    let app = &parts.app;
    let mut tried: Option<Instant> = None;
    while !stop.is_cancelled() {
        let is_due = tried.is_none_or(|at| at.elapsed() >= ERASURE_PAUSE);
        let work = async {
            match is_due {
                true => app.run_erasures_until_idle().await,
                false => app.run_new_erasures().await,
            }
        };
        // An erasure that is broken off goes on at its last step.
        let done = tokio::select! {
            done = work => done,
            () = stop.cancelled() => return,
        };
        if is_due {
            tried = Some(Instant::now());
        }
        if let Err(error) = done {
            tracing::error!(error = chain(error), "an erasure failed; trying again");
        }
        tokio::select! {
            () = app.erasure_waiting() => {}
            () = tokio::time::sleep(parts.look_again(ERASURE_PAUSE)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Finishes leads that a crash interrupted, then links new ones whose visit has been loaded since.
async fn link_leads(parts: Parts, stop: CancellationToken) {
    let (app, left_behind) = (&parts.app, parts.left_behind);
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

/// Publishes every change of sites, links and keys to the hot path, and of how many nodes share the
/// limits.
async fn follow_set_up(parts: Parts, stop: CancellationToken) {
    let (mut routing, mut shares) = (parts.app.routing(), parts.app.shares());
    routing.mark_changed();
    loop {
        tokio::select! {
            changed = routing.changed() => if changed.is_err() { return },
            changed = shares.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
        let current = routing.borrow_and_update().clone();
        let shared = *shares.borrow_and_update();
        match intake::snapshot(&current, shared, &parts.config) {
            Ok(snapshot) => parts.snapshot.publish(snapshot),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "kept the old set-up");
            }
        }
        parts.app.set_served(current);
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

/// An error with everything that led to it, in one line.
fn chain(error: AppError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
