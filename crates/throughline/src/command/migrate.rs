//! The store or the warehouse, moved from its file to a server.

use std::path::Path;

use anyhow::bail;
use serde_json::json;
use store::Store;
use store::moving::{self, TABLES};
use warehouse::MOVED_PIECE_ROWS;

use super::print;
use crate::config::{Config, StoreUrl};
use crate::open::{self, Layout};

pub(crate) async fn move_store(config: &Config, to: &str, json: bool) -> anyhow::Result<()> {
    let layout = Layout::new(&config.data.folder);
    if config.store.url != StoreUrl::Sqlite || !layout.store().is_file() {
        bail!("there is no store in {} to move", layout.root.display());
    }
    // The folder's lock is held until the end: what a server writes meanwhile would be left behind.
    let app = open::open_existing(config).await?;
    let server = Store::open_postgres(to).await?;
    let bar = print::bar(u64::try_from(TABLES.len())?, "Moving the store");
    let moved = moving::move_store(app.store(), &server, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    let place = server.place();
    app.journal().close();
    app.store().close().await;
    server.close().await;
    let tables = moved
        .iter()
        .map(|table| (table.name, table.rows, table.checksum));
    tell(
        (&place, "store.url", &layout.store()),
        tables.collect(),
        json,
    );
    Ok(())
}

/// Goes on where it was interrupted.
pub(crate) async fn move_warehouse(config: &Config, to: String, json: bool) -> anyhow::Result<()> {
    let layout = Layout::new(&config.data.folder);
    let (journal, file) = open::open_facts_alone(config)?;
    let place = warehouse::shown_address(&to)?;
    let bar = print::bar(0, "Moving the warehouse");
    let shown = bar.clone();
    let moved = tokio::task::spawn_blocking(move || {
        file.move_to_server(&to, MOVED_PIECE_ROWS, &mut |moving| {
            shown.set_length(moving.of);
            shown.set_position(moving.rows);
        })
    })
    .await??;
    bar.finish_and_clear();
    journal.close();
    let tables = moved
        .iter()
        .map(|table| (table.name, table.rows, table.checksum));
    tell(
        (&place, "warehouse.url", &layout.warehouse()),
        tables.collect(),
        json,
    );
    Ok(())
}

/// What was moved, where to, the setting that names the place, and the file that is left.
fn tell((place, setting, file): (&str, &str, &Path), tables: Vec<(&str, u64, u64)>, json: bool) {
    let rows: u64 = tables.iter().map(|(_, rows, _)| rows).sum();
    if json {
        let shape = |(table, rows, checksum): (&str, u64, u64)| {
            json!({
                "table": table,
                "rows": rows,
                "checksum": format!("{checksum:016x}"),
            })
        };
        let tables: Vec<_> = tables.into_iter().map(shape).collect();
        print::say!("{}", json!({"to": place, "rows": rows, "tables": tables}));
        return;
    }
    print::say!("{rows} rows are at {place}, read back and equal. Set {setting} to it;");
    print::say!(
        "{} stays as it was and is not used any more.",
        file.display()
    );
}
