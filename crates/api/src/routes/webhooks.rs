//! Webhooks, and what became of the messages sent to them.

use app::{DeliveryId, WebhookId, WebhookInput, WebhookPatch, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::UnixMillis;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{DeliveryState, DeliveryTopic, WebhookState, WebhookTopic};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(show_webhook, update_webhook, delete_webhook))
        .routes(routes!(replace_webhook_secret))
        .routes(routes!(test_webhook))
        .routes(routes!(list_deliveries))
        .routes(routes!(replay_delivery))
}

/// An address of another program that is told what happens.
#[derive(Debug, Serialize, ToSchema)]
struct Webhook {
    id: i64,
    url: String,
    #[schema(value_type = Vec<WebhookTopic>)]
    topics: Vec<String>,
    /// `on`, or who or what switched it off: `person`; `gone`, which it answered with a 410;
    /// `failing`, which is nothing taken for five days.
    #[schema(value_type = WebhookState)]
    state: String,
    /// Since when nothing has been taken.
    #[schema(required)]
    failing_since: Option<String>,
    /// When the secret was last replaced; for a day the one before it signs too.
    #[schema(required)]
    secret_replaced_at: Option<String>,
    created_at: String,
    etag: String,
    /// Only in the answer that made or replaced it. Verify signatures with it as Standard Webhooks
    /// says.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookBody {
    #[schema(example = "https://crm.example/hooks")]
    url: String,
    #[schema(value_type = Vec<WebhookTopic>)]
    topics: Vec<String>,
}

/// What changes about a webhook; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<Vec<WebhookTopic>>)]
    topics: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
}

/// A message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
struct Delivery {
    id: i64,
    /// `webhook-id` of the message, the same at every try.
    message: String,
    /// One of the webhook's topics, or `webhook.test`.
    #[schema(value_type = DeliveryTopic)]
    topic: String,
    #[schema(value_type = DeliveryState)]
    state: &'static str,
    created_at: String,
    /// Tries so far.
    attempts: i64,
    /// When it is tried next.
    #[schema(required)]
    next_try_at: Option<String>,
    #[schema(required)]
    delivered_at: Option<String>,
    /// Status of the last answer.
    #[schema(required)]
    status: Option<i64>,
    /// Why the last try had no answer; empty where it had one.
    failure: String,
    /// The body as it is sent.
    payload: String,
}

/// Webhooks, newest first.
#[utoipa::path(get, path = "/webhooks", params(PageQuery), responses(
    (status = 200, body = List<Webhook>), (status = "default", body = Problem)))]
async fn list_webhooks(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<Webhook>>> {
    let found = state.app.list_webhooks(&actor, page.request()?).await?;
    Ok(axum::Json(List::of(found, |webhook| shape(webhook, None))))
}

/// Make a webhook; its secret is shown only in this answer.
#[utoipa::path(post, path = "/webhooks", request_body = WebhookBody, responses(
    (status = 201, body = Webhook), (status = "default", body = Problem)))]
async fn create_webhook(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<WebhookBody>,
) -> ApiResult<Response> {
    let input = WebhookInput {
        url: body.url,
        topics: body.topics,
    };
    let (webhook, secret) = state.app.create_webhook(&actor, &input).await?;
    Ok((StatusCode::CREATED, versioned(webhook, Some(secret))).into_response())
}

/// One webhook.
#[utoipa::path(get, path = "/webhooks/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Webhook), (status = "default", body = Problem)))]
async fn show_webhook(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let webhook = state.app.webhook(&actor, WebhookId(id)).await?;
    Ok(versioned(webhook, None).into_response())
}

/// Change a webhook, or switch it on or off.
#[utoipa::path(patch, path = "/webhooks/{id}", request_body = WebhookPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Webhook), (status = "default", body = Problem)))]
async fn update_webhook(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<WebhookPatchBody>,
) -> ApiResult<Response> {
    let patch = WebhookPatch {
        url: body.url,
        topics: body.topics,
        is_enabled: body.enabled,
    };
    let webhook = state
        .app
        .update_webhook(&actor, WebhookId(id), version, &patch)
        .await?;
    Ok(versioned(webhook, None).into_response())
}

/// Delete a webhook and its messages.
#[utoipa::path(delete, path = "/webhooks/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_webhook(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state
        .app
        .delete_webhook(&actor, WebhookId(id), version)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the secret; for a day messages are signed with both.
#[utoipa::path(post, path = "/webhooks/{id}/secret", params(("id" = i64, Path)), responses(
    (status = 200, body = Webhook), (status = "default", body = Problem)))]
async fn replace_webhook_secret(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let (webhook, secret) = state
        .app
        .replace_webhook_secret(&actor, WebhookId(id))
        .await?;
    Ok(versioned(webhook, Some(secret)).into_response())
}

/// Send a message that says nothing, to see whether it is taken.
#[utoipa::path(post, path = "/webhooks/{id}/test", params(("id" = i64, Path)), responses(
    (status = 202, body = Delivery), (status = "default", body = Problem)))]
async fn test_webhook(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let queued = state.app.test_webhook(&actor, WebhookId(id)).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(delivery_shape(queued))).into_response())
}

/// Messages of the last two weeks, newest first.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries",
    params(("id" = i64, Path), PageQuery), responses(
    (status = 200, body = List<Delivery>), (status = "default", body = Problem)))]
async fn list_deliveries(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<Delivery>>> {
    let found = state
        .app
        .list_deliveries(&actor, WebhookId(id), page.request()?)
        .await?;
    Ok(axum::Json(List::of(found, delivery_shape)))
}

/// Send a message again, with all its tries before it.
#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{delivery}/replay",
    params(("id" = i64, Path), ("delivery" = i64, Path)), responses(
    (status = 202, body = Delivery), (status = "default", body = Problem)))]
async fn replay_delivery(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path((id, delivery)): Path<(i64, i64)>,
) -> ApiResult<Response> {
    let queued = state
        .app
        .replay_delivery(&actor, WebhookId(id), DeliveryId(delivery))
        .await?;
    Ok((StatusCode::ACCEPTED, axum::Json(delivery_shape(queued))).into_response())
}

fn versioned(webhook: rows::Webhook, secret: Option<String>) -> Versioned<Webhook> {
    Versioned {
        version: webhook.version,
        body: shape(webhook, secret),
    }
}

fn shape(webhook: rows::Webhook, secret: Option<String>) -> Webhook {
    Webhook {
        id: webhook.id.0,
        url: webhook.url,
        topics: webhook.topics,
        state: match webhook.disabled_at {
            Some(_) => webhook.disabled_for,
            None => "on".to_owned(),
        },
        failing_since: webhook.failing_since.map(UnixMillis::rfc3339),
        secret_replaced_at: webhook.rotated_at.map(UnixMillis::rfc3339),
        created_at: webhook.created_at.rfc3339(),
        etag: tag(webhook.version),
        secret,
    }
}

fn delivery_shape(delivery: rows::Delivery) -> Delivery {
    Delivery {
        id: delivery.id.0,
        message: delivery.message,
        topic: delivery.topic,
        state: match (delivery.delivered_at, delivery.due_at) {
            (Some(_), _) => "delivered",
            (None, Some(_)) => "waiting",
            (None, None) => "given_up",
        },
        created_at: delivery.created_at.rfc3339(),
        attempts: delivery.attempts,
        next_try_at: delivery.due_at.map(UnixMillis::rfc3339),
        delivered_at: delivery.delivered_at.map(UnixMillis::rfc3339),
        status: delivery.status,
        failure: delivery.failure,
        payload: delivery.payload,
    }
}
