//! The store and the end of the journal as they are at one moment.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use journal::Position;
use store::maintain::{back_up, count_relayed, hold_writers};

use crate::open::Layout;

/// How often the store is copied beside its writers, before they are made to wait.
const TRIES_MAX: u32 = 5;

/// Copies the store, and answers where the journal ended at that moment: what the copy has given
/// away lies before it, and nothing that the copy does not know of.
pub(crate) async fn copy_store(from: &Layout, part: &Path) -> anyhow::Result<Position> {
    let mut end = try_to_copy_store(from, part).await?;
    for _ in 1..TRIES_MAX {
        if end.is_some() {
            break;
        }
        end = try_to_copy_store(from, part).await?;
    }
    if end.is_none() {
        let held = hold_writers(&from.store()).await?;
        end = try_to_copy_store(from, part).await?;
        held.release().await?;
    }
    end.context("facts left the store though nobody could write to it")
}

/// Nothing when facts went from the store to the journal just then.
async fn try_to_copy_store(from: &Layout, part: &Path) -> anyhow::Result<Option<Position>> {
    let relayed = count_relayed(&from.store()).await?;
    let end = journal::find_end(&from.journal()).context("failed to read the journal")?;
    back_up(&from.store(), part)
        .await
        .context("failed to copy the store")?;
    if count_relayed(part).await? == relayed {
        return Ok(Some(end));
    }
    fs::remove_file(part)?;
    Ok(None)
}
