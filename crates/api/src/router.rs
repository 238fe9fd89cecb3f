//! All endpoints together, and the document that describes them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::docs;
use crate::once;
use crate::parameters::{self, Known};
use crate::problem::{self, Problem};
use crate::ready;
use crate::rights;
use crate::routes;
use crate::security;
use crate::signed;
use crate::state::ApiState;
use crate::ui;

/// Largest body of an endpoint that does not say otherwise.
const BODY_BYTES_MAX: usize = 2 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Throughline",
        description = "Follows money from the ad to the profit. Errors are problem+json with a \
            stable code; lists have cursors; edits need If-Match; money is a decimal string."
    ),
    components(schemas(Problem, once::AnswerLost))
)]
struct Document;

/// Every address that is not part of the hot path.
pub fn router(state: ApiState) -> Router {
    let (api, document) = described();
    let text = document.to_pretty_json().unwrap_or_default();
    let no_store = HeaderValue::from_static("no-store");
    let api = api
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::from_fn_with_state(
            state.clone(),
            once::keep,
        ))
        .layer(axum::middleware::from_fn_with_state(
            Arc::new(Known::of(&document)),
            parameters::check,
        ))
        .layer(axum::middleware::from_fn_with_state(
            state.clone(),
            rights::check,
        ))
        .layer(axum::middleware::from_fn_with_state(
            state.clone(),
            signed::check,
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            no_store,
        ));
    let of_the_store =
        api.merge(routes::forms::form_router())
            .layer(axum::middleware::from_fn_with_state(
                state.clone(),
                ready::require_store,
            ));
    Router::new()
        .merge(of_the_store)
        .merge(docs::router(&document))
        .route(
            "/api/v1/openapi.json",
            get(move || serve_document(text.clone())),
        )
        .route("/api/{*rest}", axum::routing::any(unknown))
        .route("/healthz", get(|| std::future::ready("ok\n")))
        .route("/readyz", get(ready::ready))
        .route("/metrics", get(metrics))
        .fallback(get(ui::serve))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CompressionLayer::new())
        .with_state(state)
}

/// The OpenAPI document, as it is kept in the repository.
#[must_use]
pub fn openapi() -> String {
    let (_, document) = described();
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) fn described() -> (Router<ApiState>, utoipa::openapi::OpenApi) {
    let api = OpenApiRouter::new()
        .merge(routes::passkeys::router())
        .merge(routes::providers::router())
        .merge(routes::second_factor::router())
        .merge(routes::sessions::router())
        .merge(routes::workspaces::router())
        .merge(routes::assignees::router())
        .merge(routes::members::router())
        .merge(routes::teams::router())
        .merge(routes::invitations::router())
        .merge(routes::recovery::router())
        .merge(routes::audit::router())
        .merge(routes::backups::router())
        .merge(routes::privacy::router())
        .merge(routes::person_requests::router())
        .merge(routes::retention::router())
        .merge(routes::service_accounts::router())
        .merge(routes::sites::router())
        .merge(routes::intake_log::router())
        .merge(routes::signing::router())
        .merge(routes::watching::router())
        .merge(routes::webhooks::router())
        .merge(routes::links::router())
        .merge(routes::channels::router())
        .merge(OpenApiRouter::with_openapi(
            routes::events::Document::openapi(),
        ))
        .merge(routes::reports::router())
        .merge(routes::annotations::router())
        .merge(routes::saved_views::router())
        .merge(routes::segments::router())
        .merge(routes::custom_metrics::router())
        .merge(routes::goals::router())
        .merge(routes::goal_alerts::router())
        .merge(routes::share_links::router())
        .merge(routes::report_schedules::router())
        .merge(routes::notes::router())
        .merge(routes::imports::router())
        .merge(routes::ad_names::router())
        .merge(routes::costs::router())
        .merge(routes::reconciliation::router())
        .merge(routes::conversions::router())
        .merge(routes::conversion_batches::router())
        .merge(routes::rates::router())
        .merge(routes::leads::router())
        .merge(routes::timelines::router())
        .merge(routes::deals::router())
        .merge(routes::payments::router())
        .merge(routes::statuses::router());
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", api)
        .split_for_parts();
    once::describe(&mut document);
    signed::describe(&mut document);
    problem::describe(&mut document);
    security::describe(&mut document);
    (router, document)
}

async fn serve_document(text: String) -> Response {
    let json = HeaderValue::from_static("application/json");
    std::future::ready(([(header::CONTENT_TYPE, json)], text).into_response()).await
}

async fn unknown() -> Problem {
    let detail = "there is no such address in the API; see /api/v1/openapi.json";
    std::future::ready(Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_address",
        detail,
    ))
    .await
}

async fn wrong_method() -> Problem {
    let detail = "this address does not take this method; see /api/v1/openapi.json";
    let status = StatusCode::METHOD_NOT_ALLOWED;
    std::future::ready(Problem::new(status, "method_not_allowed", detail)).await
}

pub(crate) async fn metrics(State(state): State<ApiState>) -> Response {
    let text = HeaderValue::from_static("text/plain; version=0.0.4");
    let body = (state.metrics)();
    std::future::ready(([(header::CONTENT_TYPE, text)], body).into_response()).await
}

#[cfg(test)]
mod tests {
    /// `throughline openapi > crates/api/openapi.json` brings it up to date.
    #[test]
    fn the_kept_document_is_that_of_the_handlers() {
        let is_kept = super::openapi() == include_str!("../openapi.json");
        assert!(is_kept, "the kept document is out of date");
    }
}
