//! The store, moved from its file to a server.

use anyhow::bail;
use serde_json::json;
use store::Store;
use store::moving::{TABLES, move_store};

use super::print;
use crate::config::{Config, StoreUrl};
use crate::open::{self, Layout};

pub(crate) async fn run(config: &Config, to: &str, json: bool) -> anyhow::Result<()> {
    let layout = Layout::new(&config.data.folder);
    if config.store.url != StoreUrl::Sqlite || !layout.store().is_file() {
        bail!("there is no store in {} to move", layout.root.display());
    }
    // The folder's lock is held until the end: what a server writes meanwhile would be left behind.
    let app = open::open_existing(config).await?;
    let server = Store::open_postgres(to).await?;
    let bar = print::bar(u64::try_from(TABLES.len())?, "Moving the store");
    let moved = move_store(app.store(), &server, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    let place = server.place();
    app.journal().close();
    app.store().close().await;
    server.close().await;
    let rows: u64 = moved.iter().map(|table| table.rows).sum();
    if json {
        let shape = |table: &store::moving::MovedTable| {
            json!({
                "table": table.name,
                "rows": table.rows,
                "checksum": format!("{:016x}", table.checksum),
            })
        };
        let tables: Vec<_> = moved.iter().map(shape).collect();
        super::print::say!("{}", json!({"to": place, "rows": rows, "tables": tables}));
        return Ok(());
    }
    super::print::say!("{rows} rows are at {place}, read back and equal. Set store.url to it;");
    super::print::say!(
        "{} stays as it was and is not used any more.",
        layout.store().display()
    );
    Ok(())
}
