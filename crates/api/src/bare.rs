//! Nodes without interface and API: what they say to machines that watch them, and that the rest is
//! elsewhere.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base::UnixMillis;
use http::{HeaderValue, StatusCode, header};
use http_body_util::Either;
use serde_json::json;

use crate::door::DoorBody;
use crate::problem::Problem;
use crate::ready;
use crate::router::metrics;
use crate::state::ApiState;

/// How a node stands that takes in and does nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub is_journal_failing: bool,
    /// The store has said that its name is another data folder's, so that nobody would load what it
    /// took in.
    pub is_refused: bool,
    /// Since when the store does not answer.
    pub store_away: Option<UnixMillis>,
    /// When what it routes by was read from the store.
    pub set_up_of: UnixMillis,
}

type Stands = Arc<dyn Fn() -> Standing + Send + Sync>;
type Page = Arc<dyn Fn() -> String + Send + Sync>;

/// Of a node that loads or works, and serves nobody.
pub fn router_without_api(state: ApiState) -> Router {
    bare()
        .route("/readyz", get(ready::ready))
        .route("/metrics", get(metrics))
        .with_state(state)
}

/// Of a node that takes in.
pub fn router_of_collector(stands: Stands, page: Page) -> Router {
    let ready = move || std::future::ready(readiness(stands()));
    let metrics = move || {
        let text = HeaderValue::from_static("text/plain; version=0.0.4");
        std::future::ready(([(header::CONTENT_TYPE, text)], page()).into_response())
    };
    bare()
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// What a node without the role answers to clicks and events: whoever sends them finds another.
#[must_use]
pub fn takes_nothing_in() -> http::Response<DoorBody> {
    let detail = "this node takes no clicks and events in: they go to one with the role collect";
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_here", detail);
    problem.into_response().map(Either::<_, Body>::Right)
}

fn bare<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/healthz", get(|| std::future::ready("ok\n")))
        .fallback(elsewhere)
}

async fn elsewhere() -> Problem {
    let detail = "this node serves no interface, API or forms: they are on one with the role api";
    std::future::ready(Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not_here",
        detail,
    ))
    .await
}

fn readiness(stands: Standing) -> Response {
    let journal = match stands.is_journal_failing {
        true => json!({"state": "failing"}),
        false => json!({"state": "works"}),
    };
    let store = match stands.store_away {
        Some(since) => json!({"state": "away", "since": since.rfc3339()}),
        None => json!({"state": "works"}),
    };
    let node = match stands.is_refused {
        true => json!({"state": "refused"}),
        false => json!({"state": "works"}),
    };
    let is_ready = !stands.is_journal_failing && !stands.is_refused;
    let status = match is_ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let readiness = json!({
        "ready": is_ready,
        "parts": {"journal": journal, "store": store, "node": node},
        "set_up_of": stands.set_up_of.rfc3339(),
    });
    (status, axum::Json(readiness)).into_response()
}
