//! Whose turn it is: this node's leases are counted up, and its jobs run while they are held.

use std::time::Duration;

use app::{App, Held, Job, LEASE_BEAT, Lease, NodeRole};
use store::leases::under;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use warehouse::EngineKind;

/// How often it is looked what others have changed.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);
/// How often a node says that it lives.
const SEEN_INTERVAL: Duration = Duration::from_secs(5);

/// Takes what is free at once, so that a node alone begins with its jobs as ever.
///
/// # Errors
/// When the name is another node's, or the store fails.
pub(crate) async fn begin(app: &App) -> anyhow::Result<()> {
    if !app.is_shared() {
        return Ok(());
    }
    refuse_second_file(app).await?;
    app.note_this_node().await?;
    app.look_at_nodes(Duration::ZERO).await?;
    app.loaded_until(base::UnixMillis(0));
    for (role, job) in JOBS {
        if app.this_node().roles.has(role) {
            app.tend_lease(job, Duration::ZERO).await?;
        }
    }
    Ok(())
}

/// A warehouse in a file is one node's: another would load into a file of its own.
async fn refuse_second_file(app: &App) -> anyhow::Result<()> {
    if app.warehouse().engine() == EngineKind::ClickHouse {
        return Ok(());
    }
    let others = app.journals_of_others().await?;
    let other = others.iter().find(|node| {
        let is_full = |role: &str| ["load", "api", "work"].contains(&role);
        node.stopped.is_none() && node.roles.split(',').any(is_full)
    });
    match other {
        None => Ok(()),
        Some(node) => anyhow::bail!(
            "the warehouse is in a file (warehouse.url), and the node {} has load, api or work \
             already: give this one the role collect alone, or move the facts to a server; if that \
             node is gone for good, `throughline node give-up {}`",
            node.name,
            node.name
        ),
    }
}

const JOBS: [(NodeRole, Job); 2] = [(NodeRole::Load, Job::Load), (NodeRole::Work, Job::Work)];

/// Counts the leases up, says that this node lives, and follows what others change, until `stop`.
pub(crate) async fn keep(app: App, stop: CancellationToken) {
    if !app.is_shared() {
        return;
    }
    let beats = async {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(LEASE_BEAT).await;
            let elapsed = last.elapsed();
            last = Instant::now();
            if app.is_refused() {
                // What it relayed to its journal would be loaded by nobody.
                if let Err(error) = app.give_leases_back().await {
                    tracing::debug!(%error, "leases are given back later");
                }
                continue;
            }
            for (role, job) in JOBS {
                if app.this_node().roles.has(role)
                    && let Err(error) = app.tend_lease(job, elapsed).await
                {
                    tracing::debug!(%error, job = job.name(), "a lease was not looked at");
                }
            }
        }
    };
    let seen = async {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(SEEN_INTERVAL).await;
            let elapsed = last.elapsed();
            last = Instant::now();
            if let Err(error) = app.look_at_nodes(elapsed).await {
                tracing::debug!(%error, "nobody knows how the other nodes are");
            }
            if let Err(error) = app.note_this_node().await {
                tracing::warn!(%error, "this node could not say that it lives");
            }
        }
    };
    let follow = async {
        loop {
            tokio::time::sleep(FOLLOW_INTERVAL).await;
            let followed = async {
                app.follow_others().await?;
                app.look_at_loading().await
            };
            if let Err(error) = followed.await {
                tracing::debug!(%error, "what others have changed is read later");
            }
        }
    };
    tokio::select! {
        ((), (), ()) = async { tokio::join!(beats, seen, follow) } => {}
        () = stop.cancelled() => {}
    }
}

/// Says that this node stops, and leaves its jobs to others.
pub(crate) async fn end(app: &App) {
    if !app.is_shared() {
        return;
    }
    let ended = async {
        app.give_leases_back().await?;
        app.note_stop().await
    };
    if let Err(error) = ended.await {
        tracing::warn!(%error, "other nodes were not told of the stop; they notice it");
    }
}

/// Runs a job while its lease is held, and again whenever it is held again. What the job does to
/// the store is refused once another node has the lease.
pub(crate) async fn while_held<F: Future<Output = ()>>(
    lease: &Lease,
    stop: CancellationToken,
    job: impl Fn(CancellationToken) -> F,
) {
    let mut seen = lease.watch();
    loop {
        let held = tokio::select! {
            held = seen.wait_for(|held| *held != Held::No) => match held {
                Ok(held) => *held,
                Err(_) => return,
            },
            () = stop.cancelled() => return,
        };
        let work = async {
            match lease.claim_of(held) {
                Some(claim) => under(claim, job(stop.clone())).await,
                None => job(stop.clone()).await,
            }
        };
        tokio::select! {
            () = work => return,
            _ = seen.wait_for(|now| *now != held) => {}
        }
    }
}
