//! The nodes that share the work: who they are, and whom nobody waits for any more.

mod adopt;

use serde_json::json;
use store::nodes::{Node as Row, give_up_node, list_nodes};
use store::{Engine, Store};

use crate::cli::Node;
use crate::config::Config;
use crate::open::{self, Layout};
use crate::surroundings::Machine;
use app::Surroundings as _;

/// Works on the store alone, beside whatever runs.
pub(crate) async fn run(config: &Config, command: &Node, json: bool) -> anyhow::Result<()> {
    let layout = Layout::new(&config.data.folder);
    let store = open::open_store(config, &layout).await?;
    let done = match command {
        Node::List => list(&store, json).await,
        Node::GiveUp { name } => give_up(&store, name).await,
        Node::Adopt => adopt::run(config, &layout, &store).await,
    };
    store.close().await;
    done
}

async fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let all = match store.engine() {
        // A file has one process.
        Engine::Sqlite => Vec::new(),
        Engine::Postgres => list_nodes(&mut store.read().await?).await?,
    };
    if json {
        super::print::say!("{}", json!(all.iter().map(shape).collect::<Vec<_>>()));
    } else if all.is_empty() {
        super::print::say!("No nodes share this store.");
    } else {
        for node in &all {
            super::print::say!("{}", sentence(node));
        }
    }
    Ok(())
}

async fn give_up(store: &Store, name: &str) -> anyhow::Result<()> {
    let mut tx = store.begin().await?;
    if !give_up_node(&mut tx, name, Machine.now()).await? {
        anyhow::bail!("there is no node {name} that is waited for; see `throughline node list`");
    }
    tx.commit().await?;
    super::print::say!(
        "Nobody waits for {name} any more. What of its journal was not loaded is not in reports; \
         when its data folder serves again, loading goes on where it was."
    );
    Ok(())
}

fn state(node: &Row) -> &'static str {
    match (node.gone_at, node.stopped_segment) {
        (Some(_), _) => "given up",
        (None, Some(_)) => "stopped",
        (None, None) => "seen",
    }
}

fn sentence(node: &Row) -> String {
    let unswept = match node.is_unswept {
        true => "  its journal may hold people who were erased",
        false => "",
    };
    format!(
        "{:<16} {:<22} {:<9} {}  {}{unswept}",
        node.name,
        node.roles,
        state(node),
        node.seen_at.rfc3339(),
        node.address
    )
}

fn shape(node: &Row) -> serde_json::Value {
    json!({
        "name": node.name,
        "roles": node.roles.split(',').collect::<Vec<_>>(),
        "state": state(node),
        "seen_at": node.seen_at.rfc3339(),
        "address": node.address,
        "version": node.version,
        "unswept": node.is_unswept,
    })
}
