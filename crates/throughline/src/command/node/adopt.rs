//! A data folder that was put back without saying whose it is, where the store knows its node.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::{Provenance, provenance};
use journal::{FsDisk, Journal, OWNER, Position};
use store::Store;
use store::nodes::{Node, adopt_node, list_nodes};
use warehouse::Warehouse;

use crate::config::{Config, WarehouseUrl};
use crate::nodes::{new_folder, own};
use crate::open::held::Holder;
use crate::open::{self, Layout};

/// A node that lives says so every five seconds.
const LISTEN: Duration = Duration::from_secs(12);

/// Makes the folder the node's, unless that could count facts twice or lose some.
pub(super) async fn run(config: &Config, layout: &Layout, store: &Store) -> anyhow::Result<()> {
    let name = config.node.name();
    let journal = open::open_journal(config, layout, Arc::new(FsDisk), &Holder::Command)?;
    refuse_other_owner(layout, name)?;
    let Some(known) = find(store, name).await? else {
        bail!("the store knows no node {name}: just start it");
    };
    let end = journal.status().durable;
    if let Some(stopped) = stopped(&known).filter(|stopped| end < *stopped) {
        bail!(refusal(name, end, stopped));
    }
    let warehouse = open_facts(config, layout, name)?;
    let looked_at = name.to_owned();
    let look = move || prove(&journal, &warehouse, &looked_at).map(|()| journal);
    // Held to the end: nothing runs on this folder.
    let _held = tokio::task::spawn_blocking(look).await??;
    if known.stopped_segment.is_none() && known.gone_at.is_none() {
        tokio::time::sleep(LISTEN).await;
    }
    let folder = new_folder();
    let mut tx = store.begin().await?;
    if !adopt_node(&mut tx, &known, &folder).await? {
        bail!(
            "a node {name} lives, or somebody else has taken the name meanwhile: stop it first, or \
             give this one a name of its own"
        );
    }
    // First the folder: where the store does not follow, it is refused as before.
    own(&layout.journal(), name, &folder)?;
    tx.commit().await?;
    crate::command::print::say!(
        "This folder is {name}'s from now on; destroy every other copy of it, or of the one \
         before. Who was erased meanwhile is taken out of its journal once the node runs."
    );
    Ok(())
}

fn refuse_other_owner(layout: &Layout, name: &str) -> anyhow::Result<()> {
    let said = match std::fs::read_to_string(layout.journal().join(OWNER)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        said => said.with_context(|| format!("failed to read {OWNER}"))?,
    };
    match said.split_whitespace().next() {
        Some(owner) if owner != name => {
            bail!("this data folder is that of the node {owner}: set node.name to {owner}")
        }
        _ => Ok(()),
    }
}

async fn find(store: &Store, name: &str) -> anyhow::Result<Option<Node>> {
    let all = list_nodes(&mut store.read().await?).await?;
    Ok(all.into_iter().find(|node| node.name == name))
}

/// Where its journal ended when it stopped.
fn stopped(node: &Node) -> Option<Position> {
    let (segment, offset) = node.stopped_segment.zip(node.stopped_offset)?;
    Some(Position {
        segment: segment.cast_unsigned(),
        offset: offset.cast_unsigned(),
    })
}

/// The facts that tell what of the node's journal is loaded.
fn open_facts(config: &Config, layout: &Layout, name: &str) -> anyhow::Result<Warehouse> {
    match &config.warehouse.url {
        WarehouseUrl::ClickHouse(url) => Ok(Warehouse::open_server_following(url)?),
        WarehouseUrl::Duckdb if layout.warehouse().is_file() => {
            open::open_warehouse_file(config, layout)
        }
        WarehouseUrl::Duckdb => bail!(
            "the facts are in a file of another node, which alone knows what of this journal is \
             loaded: give this node a new name with an empty folder, and \
             `throughline node give-up {name}`"
        ),
    }
}

/// Refuses a journal that is not the one that the node's facts were loaded from. Blocks.
fn prove(journal: &Journal, warehouse: &Warehouse, name: &str) -> anyhow::Result<()> {
    let at = warehouse.position(name);
    let Some(at) = at.context("the warehouse does not say what is loaded")? else {
        return Ok(());
    };
    let (end, loaded) = (
        journal.status().durable,
        Position {
            segment: at.segment,
            offset: at.offset,
        },
    );
    if end < loaded {
        bail!(refusal(name, end, loaded));
    }
    let why = match provenance(journal, warehouse, loaded)? {
        Provenance::Same => return Ok(()),
        Provenance::Missing { segment } => bail!(
            "segment {segment} is not in the folder, which alone shows whether this is {name}'s \
             journal: put it back first"
        ),
        Provenance::NoSuchPlace => "no entry of it ends there",
        Provenance::NeverLoaded => "what it holds before that was never loaded",
        Provenance::LoadedAsAnother => "what it holds behind that was loaded under another name",
    };
    bail!(
        "the journal of this folder is not {name}'s, which is loaded up to {}:{}: {why}. Look \
         whose folder it is",
        loaded.segment,
        loaded.offset
    )
}

fn refusal(name: &str, end: Position, known: Position) -> String {
    format!(
        "the journal of this folder ends at {}:{}, and {name}'s was known up to {}:{}: it is \
         older. Put a newer back-up back, or begin with an empty folder under a new name, and \
         `throughline node give-up {name}`",
        end.segment, end.offset, known.segment, known.offset
    )
}
