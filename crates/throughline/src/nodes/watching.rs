//! Watching a site: every node that takes something in is asked what it has, and told when to begin
//! and to end.

use std::sync::Arc;

use api::{NodeWatch, WatchCall, Watcher};
use app::{App, Journaled, NodeRole, Surroundings as _};
use collect::{IntakeWatch, WatchAnswer, WatchOrder};

use super::inside::Token;
use super::peer::Others;
use crate::surroundings::Machine;

/// What asks all nodes.
pub(crate) fn watcher(app: &App, own: &Arc<IntakeWatch>, token: Option<Token>) -> Watcher {
    let (app, own) = (app.clone(), Arc::clone(own));
    let others = Arc::new(Others::for_watching(token));
    Arc::new(move |call| {
        let (app, own, others) = (app.clone(), Arc::clone(&own), Arc::clone(&others));
        Box::pin(async move { ask_all(&app, &own, &others, &call).await })
    })
}

async fn ask_all(
    app: &App,
    own: &IntakeWatch,
    others: &Arc<Others>,
    call: &WatchCall,
) -> Vec<NodeWatch> {
    let this = app.this_node();
    let mut said = Vec::new();
    if this.roles.has(NodeRole::Collect) {
        said.push(NodeWatch {
            node: this.name.clone(),
            answer: Some(own.answer(&order_of(call, &this.name), Machine.now())),
        });
    }
    let nodes = match app.is_shared() {
        true => app.journals_of_others().await.unwrap_or_default(),
        false => Vec::new(),
    };
    let asked = nodes.into_iter().filter(collects).map(|node| {
        let (others, order) = (Arc::clone(others), order_of(call, &node.name));
        let name = node.name.clone();
        (
            name,
            tokio::task::spawn_blocking(move || others.watch(&node, &order)),
        )
    });
    let asked: Vec<_> = asked.collect();
    for (node, answer) in asked {
        said.push(NodeWatch {
            answer: heard(&node, answer.await.map_err(anyhow::Error::from)),
            node,
        });
    }
    said
}

fn heard(node: &str, answer: anyhow::Result<anyhow::Result<WatchAnswer>>) -> Option<WatchAnswer> {
    match answer.and_then(|answer| answer) {
        Ok(answer) => Some(answer),
        Err(error) => {
            let why = format!("{error:#}");
            tracing::debug!(node, why, "a node does not say what it watches");
            None
        }
    }
}

fn order_of(call: &WatchCall, node: &str) -> WatchOrder {
    WatchOrder {
        site: call.site.id,
        workspace: call.site.workspace,
        turn: call.turn,
        since: call.since.get(node).copied(),
    }
}

fn collects(node: &Journaled) -> bool {
    let mut roles = node.roles.split(',');
    roles.any(|role| NodeRole::from_name(role.trim()) == Some(NodeRole::Collect))
}
