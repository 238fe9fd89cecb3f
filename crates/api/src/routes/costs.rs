//! Ad costs: what counts, and costs entered by hand.

use app::{CostQuery, ManualCostId, ManualCostInput, ManualCostPatch, NamedCost, ShownName, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{Day, DayRange, Money, decimal_of_micros};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{CostPer, VatMode};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_costs))
        .routes(routes!(list_manual_costs, create_manual_cost))
        .routes(routes!(
            show_manual_cost,
            update_manual_cost,
            archive_manual_cost
        ))
}

/// A cost of a day and an ad that counts.
#[derive(Debug, Serialize, ToSchema)]
struct Cost {
    day: String,
    source: String,
    medium: String,
    campaign: String,
    ad_group: String,
    ad: String,
    keyword: String,
    /// What reports call them: the platform's newest names of what is meant.
    shown: CostNames,
    impressions: i64,
    /// `null` where the platform tells none.
    #[schema(required)]
    clicks: Option<i64>,
    /// Without VAT, with the mark-up, in the workspace's currency and rounded to its minor unit.
    cost: String,
    vat: String,
    currency: String,
    /// As the platform charged it.
    original_amount: String,
    original_currency: String,
    /// That the platform counts to itself.
    platform_conversions: String,
    /// What it says that they are worth, in the workspace's currency.
    platform_value: String,
    import_id: i64,
}

/// Names that reports show for a cost.
#[derive(Debug, Serialize, ToSchema)]
struct CostNames {
    campaign: CostName,
    ad_group: CostName,
    ad: CostName,
}

/// A name, and those before it, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct CostName {
    name: String,
    formerly: Vec<reports::FormerName>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CostsQuery {
    /// First day; all when absent.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// Last day, included.
    to: Option<String>,
    source: Option<String>,
    /// By its name as the file told it, by its id, or by any name that it has or had.
    campaign: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows at most, up to 200; 50 when absent.
    limit: Option<u32>,
}

/// A cost that no platform reports.
#[derive(Debug, Serialize, ToSchema)]
struct ManualCost {
    id: i64,
    name: String,
    channel_source: String,
    medium: String,
    campaign: String,
    from: String,
    to: String,
    amount: String,
    currency: String,
    /// `day`, `month` or `once`.
    #[schema(value_type = CostPer)]
    per: String,
    mark_up_percent: String,
    /// Whether the amount holds VAT: as the workspace had it when the cost was entered.
    #[schema(value_type = VatMode)]
    vat_mode: String,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct ManualCostBody {
    #[serde(default)]
    name: String,
    #[schema(example = "billboard")]
    channel_source: String,
    #[serde(default)]
    medium: String,
    #[serde(default)]
    campaign: String,
    #[schema(example = "2026-11-01")]
    from: String,
    #[schema(example = "2026-11-30")]
    to: String,
    /// With VAT where the workspace's amounts come in with VAT (`vat_mode` is `gross`).
    #[schema(example = "3000.00")]
    amount: String,
    /// The workspace's when absent.
    currency: Option<String>,
    #[schema(example = "month")]
    #[schema(value_type = CostPer)]
    per: String,
    #[schema(example = "15")]
    mark_up_percent: Option<String>,
}

/// What changes about a cost entered by hand; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ManualCostPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    channel_source: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    medium: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    campaign: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    from: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    to: Option<String>,
    /// With VAT where the cost's `vat_mode` is `gross`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    amount: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    currency: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<CostPer>)]
    per: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    mark_up_percent: Option<String>,
}

/// Costs that count, newest day first.
#[utoipa::path(get, path = "/costs", params(CostsQuery), responses(
    (status = 200, body = List<Cost>), (status = "default", body = Problem)))]
async fn list_costs(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(query): Query<CostsQuery>,
) -> ApiResult<axum::Json<List<Cost>>> {
    let first = day("from", query.from.as_deref())?.unwrap_or(Day(i32::MIN));
    let last = day("to", query.to.as_deref())?.unwrap_or(Day(i32::MAX));
    let days = DayRange::new(first, last).ok_or_else(|| {
        let detail = "the end is before the start";
        Problem::new(StatusCode::BAD_REQUEST, "bad_period", detail).on_field("to")
    })?;
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let costs = CostQuery {
        days,
        source: query.source,
        campaign: query.campaign,
    };
    let currency = state.app.workspace(&actor).await?.details.currency;
    let found = state
        .app
        .list_costs(&actor, &costs, page.request()?)
        .await?;
    let shape = |cost| shape_cost(cost, currency);
    Ok(axum::Json(List::of(found, shape)))
}

/// Costs entered by hand, newest first.
#[utoipa::path(get, path = "/manual-costs", params(PageQuery), responses(
    (status = 200, body = List<ManualCost>), (status = "default", body = Problem)))]
async fn list_manual_costs(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<ManualCost>>> {
    let costs = state.app.list_manual_costs(&actor, page.request()?).await?;
    Ok(axum::Json(List::of(costs, shape)))
}

/// Book a cost by hand.
#[utoipa::path(post, path = "/manual-costs", request_body = ManualCostBody, responses(
    (status = 201, body = ManualCost), (status = "default", body = Problem)))]
async fn create_manual_cost(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ManualCostBody>,
) -> ApiResult<Response> {
    let cost = state.app.create_manual_cost(&actor, &body.into()).await?;
    Ok((StatusCode::CREATED, versioned(cost)).into_response())
}

/// One cost entered by hand.
#[utoipa::path(get, path = "/manual-costs/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = ManualCost), (status = "default", body = Problem)))]
async fn show_manual_cost(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let cost = state.app.manual_cost(&actor, ManualCostId(id)).await?;
    Ok(versioned(cost).into_response())
}

/// Change a cost; the differences are booked.
#[utoipa::path(patch, path = "/manual-costs/{id}", request_body = ManualCostPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = ManualCost), (status = "default", body = Problem)))]
async fn update_manual_cost(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ManualCostPatchBody>,
) -> ApiResult<Response> {
    let id = ManualCostId(id);
    let cost = state
        .app
        .update_manual_cost(&actor, id, version, body.into())
        .await?;
    Ok(versioned(cost).into_response())
}

/// Take a cost back.
#[utoipa::path(delete, path = "/manual-costs/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn archive_manual_cost(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state
        .app
        .archive_manual_cost(&actor, ManualCostId(id), version)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn day(field: &'static str, text: Option<&str>) -> ApiResult<Option<Day>> {
    text.map(str::parse).transpose().map_err(|_| {
        let detail = "send a date as YYYY-MM-DD";
        Problem::new(StatusCode::BAD_REQUEST, "bad_date", detail).on_field(field)
    })
}

fn shape_cost(named: NamedCost, currency: base::Currency) -> Cost {
    let cost = named.cost;
    let row = cost.row;
    let shown = |micros, currency| Money::new(micros, currency).rounded().decimal();
    Cost {
        day: row.day.to_string(),
        source: row.traffic.source,
        medium: row.traffic.medium,
        campaign: row.traffic.campaign,
        ad_group: row.traffic.ad_group,
        ad: row.traffic.ad,
        keyword: row.traffic.keyword,
        shown: CostNames {
            campaign: shape_name(named.campaign),
            ad_group: shape_name(named.ad_group),
            ad: shape_name(named.ad),
        },
        impressions: row.impressions,
        clicks: (row.unclicked_impressions == 0 || row.clicks != 0).then_some(row.clicks),
        cost: shown(row.cost_micros, currency),
        vat: shown(row.vat_micros, currency),
        currency: currency.to_string(),
        original_amount: shown(row.original_micros, row.original_currency),
        original_currency: row.original_currency.to_string(),
        platform_conversions: decimal_of_micros(row.conversions_micros),
        platform_value: shown(row.conversion_value_micros, currency),
        import_id: cost.import_id.0,
    }
}

fn shape_name(shown: ShownName) -> CostName {
    let former = |(name, until): (String, Day)| reports::FormerName {
        name,
        until: until.to_string(),
    };
    CostName {
        name: shown.name,
        formerly: shown.formerly.into_iter().map(former).collect(),
    }
}

fn versioned(cost: rows::ManualCost) -> Versioned<ManualCost> {
    Versioned {
        version: cost.version,
        body: shape(cost),
    }
}

fn shape(cost: rows::ManualCost) -> ManualCost {
    let details = cost.details;
    ManualCost {
        id: cost.id.0,
        name: details.name,
        channel_source: details.source,
        medium: details.medium,
        campaign: details.campaign,
        from: details.first_day.to_string(),
        to: details.last_day.to_string(),
        amount: Money::new(details.amount_micros, details.currency).decimal(),
        currency: details.currency.to_string(),
        per: details.per,
        mark_up_percent: details.mark_up_bp.percent(),
        vat_mode: details.vat_mode,
        etag: tag(cost.version),
    }
}

impl From<ManualCostBody> for ManualCostInput {
    fn from(body: ManualCostBody) -> Self {
        Self {
            name: body.name,
            source: body.channel_source,
            medium: body.medium,
            campaign: body.campaign,
            from: body.from,
            to: body.to,
            amount: body.amount,
            currency: body.currency,
            per: body.per,
            mark_up_percent: body.mark_up_percent.unwrap_or_else(|| "0".to_owned()),
        }
    }
}

impl From<ManualCostPatchBody> for ManualCostPatch {
    fn from(body: ManualCostPatchBody) -> Self {
        Self {
            name: body.name,
            source: body.channel_source,
            medium: body.medium,
            campaign: body.campaign,
            from: body.from,
            to: body.to,
            amount: body.amount,
            currency: body.currency,
            per: body.per,
            mark_up_percent: body.mark_up_percent,
        }
    }
}
