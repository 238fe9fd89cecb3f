//! What ad platforms are told of leads and sales that their clicks brought.

use app::rows::ConversionTarget as TargetRow;
use app::{
    ConversionPreview as PreviewView, ConversionPreviewQuery, ConversionPreviewRow,
    ConversionTargetId, ConversionTargetInput, ConversionTargetPatch,
};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base::Money;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::leads::day;
use crate::body::{Json, Path, Query, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{
    ConversionEventName, ConversionHindrance, ConversionPlatform, ConversionValueKind,
};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_conversion_targets, create_conversion_target))
        .routes(routes!(
            show_conversion_target,
            update_conversion_target,
            delete_conversion_target
        ))
        .routes(routes!(preview_conversions))
}

/// What an ad platform is told of, and as what.
#[derive(Debug, Serialize, ToSchema)]
struct ConversionTarget {
    id: i64,
    etag: String,
    #[schema(value_type = ConversionPlatform)]
    platform: String,
    #[schema(value_type = ConversionEventName)]
    event: String,
    /// As the conversion or goal is called there.
    conversion: String,
    #[schema(value_type = ConversionValueKind)]
    value: String,
    /// Where the value is the same each time.
    #[schema(required)]
    fixed_value: Option<String>,
    currency: String,
    time_zone: String,
    created_at: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ConversionTargetBody {
    #[schema(value_type = ConversionPlatform)]
    platform: String,
    #[schema(value_type = ConversionEventName)]
    event: String,
    /// As the conversion or goal is called there.
    #[schema(example = "Paid deal")]
    conversion: String,
    /// Revenue is told of sales only.
    #[schema(value_type = ConversionValueKind)]
    value: String,
    /// Where the value is the same each time.
    fixed_value: Option<String>,
    /// The workspace's when absent.
    currency: Option<String>,
    /// Of times in the file; the workspace's when absent.
    time_zone: Option<String>,
}

/// Platform and event stay: make another target for another one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversionTargetPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    conversion: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<ConversionValueKind>)]
    value: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    fixed_value: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    currency: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    time_zone: Option<String>,
}

/// What is tried.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ConversionPreviewBody {
    /// First day; without days those that the platform still takes.
    #[schema(example = "2026-11-01")]
    from: Option<String>,
    /// Last day, included.
    to: Option<String>,
    /// Which rows to show: `ready`, `restate`, `retract`, or why they are left out.
    show: Option<String>,
    /// So many of them were shown before.
    offset: usize,
}

/// What is left out for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversionsLeftOut {
    #[schema(value_type = ConversionHindrance)]
    pub(super) reason: String,
    pub(super) count: u64,
}

/// A lead or a deal.
#[derive(Debug, Serialize, ToSchema)]
struct ConversionCandidate {
    /// Of the lead, or of the deal of a sale.
    record_id: i64,
    #[schema(required)]
    lead_id: Option<i64>,
    at: String,
    /// Of the lead, masked for who may not see contacts.
    name: String,
    /// The deal's number.
    deal: String,
    #[schema(required)]
    click_at: Option<String>,
    #[schema(required)]
    value: Option<String>,
    /// What the platform was told before.
    #[schema(required)]
    told: Option<String>,
}

/// What a file would say, of all leads or sales of the days.
#[derive(Debug, Serialize, ToSchema)]
struct ConversionPreview {
    from: String,
    to: String,
    ready: u64,
    #[schema(required)]
    ready_value: Option<String>,
    left_out: Vec<ConversionsLeftOut>,
    /// Told before, and worth something else by now.
    restate: u64,
    /// Told before, and none by now.
    retract: u64,
    /// Whether the platform takes files that put right what it was told.
    takes_adjustments: bool,
    rows: Vec<ConversionCandidate>,
    has_more: bool,
}

/// What ad platforms are told of, newest first.
#[utoipa::path(get, path = "/conversion-targets", params(PageQuery), responses(
    (status = 200, body = List<ConversionTarget>), (status = "default", body = Problem)))]
async fn list_conversion_targets(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<ConversionTarget>>> {
    let found = state.app.conversion_targets(&actor, page.request()?);
    Ok(axum::Json(List::of(found.await?, shape)))
}

/// Say what an ad platform is to be told of.
#[utoipa::path(post, path = "/conversion-targets", request_body = ConversionTargetBody, responses(
    (status = 201, body = ConversionTarget), (status = "default", body = Problem)))]
async fn create_conversion_target(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ConversionTargetBody>,
) -> ApiResult<Response> {
    let input = ConversionTargetInput {
        platform: body.platform,
        event: body.event,
        conversion: body.conversion,
        value: body.value,
        fixed_value: body.fixed_value.unwrap_or_default(),
        currency: body.currency.unwrap_or_default(),
        time_zone: body.time_zone.unwrap_or_default(),
    };
    let made = state.app.create_conversion_target(&actor, &input).await?;
    Ok((StatusCode::CREATED, versioned(made)).into_response())
}

/// What an ad platform is told of.
#[utoipa::path(get, path = "/conversion-targets/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = ConversionTarget), (status = "default", body = Problem)))]
async fn show_conversion_target(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let found = state.app.conversion_target(&actor, ConversionTargetId(id));
    Ok(versioned(found.await?))
}

/// Change what an ad platform is told; what it was told before is put right by the next file of
/// adjustments.
#[utoipa::path(patch, path = "/conversion-targets/{id}", request_body = ConversionTargetPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = ConversionTarget), (status = "default", body = Problem)))]
async fn update_conversion_target(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ConversionTargetPatchBody>,
) -> ApiResult<Response> {
    let patch = ConversionTargetPatch {
        conversion: body.conversion,
        value: body.value,
        fixed_value: body.fixed_value,
        currency: body.currency,
        time_zone: body.time_zone,
    };
    let at = (ConversionTargetId(id), version);
    let changed = state.app.update_conversion_target(&actor, at, patch);
    Ok(versioned(changed.await?))
}

/// Stop telling; the log of what was told stays.
#[utoipa::path(delete, path = "/conversion-targets/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_conversion_target(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = ConversionTargetId(id);
    let deleted = state.app.delete_conversion_target(&actor, id, version);
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try what a file would say: how many are ready, how many are not and why, and who they are.
#[utoipa::path(post, path = "/conversion-targets/{id}/preview",
    request_body = ConversionPreviewBody, params(("id" = i64, Path)), responses(
    (status = 200, body = ConversionPreview), (status = "default", body = Problem)))]
async fn preview_conversions(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Json(body): Json<ConversionPreviewBody>,
) -> ApiResult<axum::Json<ConversionPreview>> {
    let query = ConversionPreviewQuery {
        from: day("from", body.from.as_deref())?,
        to: day("to", body.to.as_deref())?,
        show: body.show.unwrap_or_default(),
        offset: body.offset,
    };
    let id = ConversionTargetId(id);
    let preview = state.app.preview_conversions(&actor, id, &query).await?;
    Ok(axum::Json(tried(preview)))
}

fn versioned(target: TargetRow) -> Response {
    Versioned {
        version: target.version,
        body: shape(target),
    }
    .into_response()
}

fn shape(target: TargetRow) -> ConversionTarget {
    let details = target.details;
    let fixed = Some(details.fixed_micros).filter(|micros| *micros != 0);
    ConversionTarget {
        id: target.id.0,
        etag: tag(target.version),
        platform: details.platform,
        event: details.event,
        conversion: details.conversion,
        value: details.value_kind,
        fixed_value: fixed.map(|micros| Money::new(micros, details.currency).decimal()),
        currency: details.currency.to_string(),
        time_zone: details.time_zone,
        created_at: target.created_at.rfc3339(),
    }
}

fn tried(preview: PreviewView) -> ConversionPreview {
    let left_out = preview.left_out.into_iter();
    ConversionPreview {
        from: preview.days.first.to_string(),
        to: preview.days.last.to_string(),
        ready: preview.ready,
        ready_value: preview.ready_value.map(Money::decimal),
        left_out: left_out
            .map(|(reason, count)| ConversionsLeftOut {
                reason: reason.name().to_owned(),
                count,
            })
            .collect(),
        restate: preview.restate,
        retract: preview.retract,
        takes_adjustments: preview.takes_adjustments,
        rows: preview.rows.into_iter().map(candidate).collect(),
        has_more: preview.has_more,
    }
}

fn candidate(row: ConversionPreviewRow) -> ConversionCandidate {
    ConversionCandidate {
        record_id: row.record,
        lead_id: row.lead,
        at: row.at.rfc3339(),
        name: row.name,
        deal: row.label,
        click_at: row.click_at.map(base::UnixMillis::rfc3339),
        value: row.value.map(Money::decimal),
        told: row.told.map(Money::decimal),
    }
}
