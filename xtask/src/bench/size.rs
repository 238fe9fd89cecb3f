//! Bytes on disk of a click: the packed journal and the warehouse after a checkpoint.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use warehouse::Warehouse;

use super::facts::{self, Mix};
use super::figures::{Aim, Figure, as_number};
use super::loader;

pub(crate) const CLICKS: u64 = 1_000_000;
const BYTES_A_CLICK_MAX: f64 = 200.0;

/// Loads clicks as the server does, then does its upkeep: pack, compact, checkpoint.
pub(crate) fn measure(folder: &Path, clicks: u64) -> anyhow::Result<Vec<Figure>> {
    let journal = Arc::new(loader::fill_journal(folder, Mix::Clicks, clicks)?);
    let warehouse = Arc::new(loader::open_warehouse(folder)?);
    loader::load_all(&journal, &warehouse)?;
    let position = warehouse.position("bench")?.context("nothing was loaded")?;
    let loaded = journal::Position {
        segment: position.segment,
        offset: position.offset,
    };
    journal.pack(loaded)?;
    warehouse.compact(facts::end())?;
    warehouse.checkpoint()?;
    journal.close();
    // The segment in use is as long as all clicks to come need; what is written in it counts.
    let open = position.offset;
    let (mut packed, mut room) = (0, 0);
    for entry in fs::read_dir(folder.join("journal"))? {
        let entry = entry?;
        let bytes = entry.metadata()?.len();
        let name = entry.file_name();
        match name.to_string_lossy().ends_with(".zst") {
            true => packed += bytes,
            false => room += bytes,
        }
    }
    let file = fs::metadata(folder.join("warehouse.duckdb"))?.len();
    // Blocks that are free take the next facts before the file grows.
    let free = free_bytes(&warehouse)?.min(file);
    let stored = file - free;
    let each = |bytes: u64| as_number(bytes) / as_number(clicks);
    let part = |name: &str, bytes: u64, aim| {
        let all = format!("{:.1} MB", as_number(bytes) / 1e6);
        Figure::plain(name, each(bytes), &all, "", aim)
    };
    let whole = packed + open + stored;
    Ok(vec![
        part(
            "Click on disk, bytes",
            whole,
            Aim::AtMost(BYTES_A_CLICK_MAX),
        ),
        part("  of it journal, packed", packed, Aim::None),
        part("  of it journal, the segment in use", open, Aim::None),
        part("  of it warehouse", stored, Aim::None),
        part(
            "Room kept for what comes next",
            room - open.min(room) + free,
            Aim::None,
        ),
    ])
}

fn free_bytes(warehouse: &Warehouse) -> anyhow::Result<u64> {
    let sql = "select sum(block_size * free_blocks)::bigint from pragma_database_size()";
    let table = warehouse.query(sql, &[], warehouse::Limits::default())?;
    let bytes = table.rows.first().and_then(|row| row.first()?.int());
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .context("the engine says no size")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_click_is_weighed() {
        let folder = tempfile::tempdir().unwrap();
        let figures = measure(folder.path(), 2_000).unwrap();
        assert_eq!(figures.len(), 5);
    }
}
