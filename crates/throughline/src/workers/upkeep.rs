//! What has to be looked after now and then: salts, what is too old, room on the disk.

use std::time::Duration;

use app::{App, AppError, DiskRoom, Held, Keeper};
use collect::KeyUse;
use tokio_util::sync::CancellationToken;

use super::Parts;
use crate::intake;

const DISK_INTERVAL: Duration = Duration::from_secs(5);
const UPKEEP_INTERVAL: Duration = Duration::from_secs(600);
/// How soon a key shows that it was used; afterwards it does once a minute.
const KEY_USES_INTERVAL: Duration = Duration::from_secs(2);
/// How long the last uses wait for the store when the server stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// Salts, expired sessions, compaction, packed segments.
pub(super) async fn keep(parts: Parts, stop: CancellationToken) {
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
    let app = parts.app.clone();
    let salts = app.daily_salts().await?;
    parts.collector.set_salts(intake::salts(salts));
    // A node looks after its own files; of the rest, whoever works.
    app.purge_upload_files().await?;
    if app.work_lease().held() != Held::No {
        app.purge_uploads().await?;
        app.purge_sign_ins().await?;
        app.purge_deliveries().await?;
        app.purge_import_runs().await?;
        app.purge_lead_requests().await?;
        app.fold_intake().await?;
    }
    if let Err(error) = app.purge_mail_folder().await {
        tracing::warn!(
            error = format!("{error:#}"),
            "old mails stay in their folder"
        );
    }
    if app.away_since(Keeper::Warehouse).is_some() {
        return Ok(());
    }
    tokio::task::spawn_blocking(move || {
        if app.load_lease().held() != Held::No {
            app.warehouse().compact(app.now())?;
        }
        pack(&app)
    })
    .await?
}

/// Lets go of what is too old, on the node that loads. It may take hours, and whoever waits for a
/// turn with it has one in between; what it is broken off in goes on at the next look.
pub(super) async fn let_go(parts: Parts, stop: CancellationToken) {
    let work = || {
        let app = parts.app.clone();
        async move {
            match app.away_since(Keeper::Warehouse) {
                None => app.keep_retention().await.map(drop),
                Some(_) => Ok(()),
            }
        }
    };
    now_and_then(stop, work).await;
}

/// Keeps when keys were used last that events came with: the doors note it in memory alone.
pub(super) async fn note_key_uses(parts: Parts, stop: CancellationToken) {
    let Parts { app, collector, .. } = &parts;
    let keep = async |uses: Vec<KeyUse>| {
        if uses.is_empty() {
            return;
        }
        match app.note_key_uses(&uses).await {
            Ok(()) => collector.key_uses_kept(&uses),
            Err(error) if app.away_since(Keeper::Store).is_none() => {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::warn!(error, "when keys were used last is kept later");
            }
            Err(_) => {}
        }
    };
    while !stop.is_cancelled() {
        tokio::select! {
            () = keep(collector.key_uses(app.now())) => {}
            () = stop.cancelled() => {}
        }
        tokio::select! {
            () = tokio::time::sleep(KEY_USES_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
    // A store that hangs does not keep the server from stopping.
    let _ = tokio::time::timeout(FAREWELL, keep(collector.key_uses_left())).await;
}

/// Takes whoever was erased out of segments of this node's journal that are back.
pub(super) async fn look_for_segments(parts: Parts, stop: CancellationToken) {
    let work = || {
        let app = parts.app.clone();
        async move { app.blank_returned_segments().await.map(drop) }
    };
    now_and_then(stop, work).await;
}

async fn now_and_then<F>(stop: CancellationToken, work: impl Fn() -> F)
where
    F: Future<Output = Result<(), AppError>>,
{
    loop {
        let done = tokio::select! {
            done = work() => done,
            () = stop.cancelled() => return,
        };
        if let Err(error) = done {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::error!(error, "what is too old is taken out later");
        }
        tokio::select! {
            () = tokio::time::sleep(UPKEEP_INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Looks at the disk; when it becomes tight, packs what can be packed at once.
pub(super) async fn watch_disk(parts: Parts, stop: CancellationToken) {
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

/// Compresses the segments that are loaded. Blocks.
fn pack(app: &App) -> anyhow::Result<()> {
    if let Some(at) = app.warehouse().position(&app.this_node().name)? {
        let loaded = journal::Position {
            segment: at.segment,
            offset: at.offset,
        };
        app.pack_journal(loaded)?;
    }
    Ok(())
}
