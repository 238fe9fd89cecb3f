//! The worker that takes files from where they come regularly.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Parts, RETRY_PAUSE, chain};

/// How often sources are looked for whose time has come.
const SOURCE_INTERVAL: Duration = Duration::from_secs(15);

/// Takes files from where they come regularly.
pub(super) async fn read(parts: Parts, stop: CancellationToken) {
    let app = &parts.app;
    while !stop.is_cancelled() {
        // A look that is broken off is begun again by itself.
        let read = tokio::select! {
            read = app.read_due_sources() => read,
            () = stop.cancelled() => return,
        };
        if let Err(error) = read {
            tracing::error!(error = chain(error), "sources were not read; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        tokio::select! {
            () = app.source_asked() => {}
            () = tokio::time::sleep(parts.look_again(SOURCE_INTERVAL)) => {}
            () = stop.cancelled() => {}
        }
    }
}
