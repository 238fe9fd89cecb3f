//! What works and what does not, for machines that watch and for the interface.

use app::{App, Keeper};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use crate::problem::Problem;
use crate::state::ApiState;

/// The answer of `/readyz`.
#[derive(Serialize)]
struct Readiness {
    /// Whether what is acknowledged can be kept: nothing else decides over sending traffic here.
    ready: bool,
    parts: Parts,
    /// Other nodes that do not answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<NodeAway>,
}

#[derive(Serialize)]
struct NodeAway {
    name: String,
    since: String,
}

#[derive(Serialize)]
struct Parts {
    journal: Part,
    store: Part,
    warehouse: Part,
    /// Whether the node's name is its data folder's: what another one took in is not loaded.
    node: Part,
    /// Whether back-ups are made; a server without them works all the same.
    backups: Part,
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Part {
    Works,
    Failing,
    Refused,
    Away { since: String },
}

/// Ready when what is acknowledged can be kept.
pub(crate) async fn ready(State(state): State<ApiState>) -> Response {
    let is_failing = state.app.journal().status().failing;
    let is_refused = state.app.is_refused();
    let readiness = Readiness {
        ready: !is_failing && !is_refused,
        parts: Parts {
            journal: match is_failing {
                true => Part::Failing,
                false => Part::Works,
            },
            store: part(&state.app, Keeper::Store),
            warehouse: part(&state.app, Keeper::Warehouse),
            node: match is_refused {
                true => Part::Refused,
                false => Part::Works,
            },
            backups: match state.app.backups_fail() {
                true => Part::Failing,
                false => Part::Works,
            },
        },
        nodes: nodes_away(&state.app),
    };
    let status = match readiness.ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    std::future::ready((status, axum::Json(readiness)).into_response()).await
}

/// Answers at once, where the store is away, what would wait for it in vain.
pub(crate) async fn require_store(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let answer = state.app.unless_away(Keeper::Store, next.run(request));
    Ok(answer.await?)
}

fn nodes_away(app: &App) -> Vec<NodeAway> {
    let away = app.nodes_away().into_iter();
    away.map(|(name, since)| NodeAway {
        name,
        since: since.rfc3339(),
    })
    .collect()
}

fn part(app: &App, keeper: Keeper) -> Part {
    match app.away_since(keeper) {
        None => Part::Works,
        Some(since) => Part::Away {
            since: since.rfc3339(),
        },
    }
}
