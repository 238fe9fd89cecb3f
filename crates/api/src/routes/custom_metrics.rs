//! Metrics that a workspace defines by formulas.

use app::{
    CustomMetricId, CustomMetricInput, CustomMetricPatch, FormulaCheck as Check, SeenMetric,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use reports::catalogue::Direction;
use reports::{CUSTOM_PREFIX, Language, MetricFormat, Report};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::LanguageCode;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_custom_metrics, create_custom_metric))
        .routes(routes!(
            show_custom_metric,
            update_custom_metric,
            delete_custom_metric
        ))
        .routes(routes!(check_custom_metric))
        .routes(routes!(preview_custom_metric))
}

/// A metric that the workspace defines.
#[derive(Debug, Serialize, ToSchema)]
struct CustomMetric {
    id: i64,
    /// What reports ask for it by.
    #[schema(example = "custom:1")]
    key: String,
    name: String,
    /// Empty for none, and for whoever does not see all that it is made of.
    description: String,
    /// Empty for whoever does not see all that it is made of.
    formula: String,
    #[schema(value_type = MetricFormat)]
    format: String,
    #[schema(value_type = Direction)]
    direction: String,
    /// The reader's role does not see all that it is made of: a question for it is refused.
    hidden: bool,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomMetricBody {
    #[schema(example = "Revenue for each of spend")]
    name: String,
    /// What it means, for whoever reads it in a report.
    #[serde(default)]
    #[schema(default = "", max_length = 500)]
    description: String,
    /// Keys of the catalogue's metrics, numbers, percents, `+ - * /` and brackets.
    #[schema(example = "(revenue - cost) / sales", max_length = 500)]
    formula: String,
    /// The usual one of the formula's unit unless given.
    #[serde(default)]
    format: Option<MetricFormat>,
    #[serde(default)]
    #[schema(required = false)]
    direction: Direction,
}

/// What changes about a metric; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomMetricPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 500)]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 500)]
    formula: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = MetricFormat, required = false)]
    format: Option<MetricFormat>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Direction, required = false)]
    direction: Option<Direction>,
}

/// A formula that is being written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FormulaBody {
    #[schema(example = "cost / leads")]
    formula: String,
    /// Of what is said of it: `en`, `ru` or `pl`.
    #[serde(default)]
    #[schema(value_type = Option<LanguageCode>)]
    language: Option<Language>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
struct FormulaCheck {
    /// As it would be kept; absent where it cannot be.
    #[schema(required)]
    formula: Option<String>,
    /// How its unit can be shown, the usual way first.
    formats: Vec<MetricFormat>,
    /// The metrics that it is made of.
    metrics: Vec<&'static str>,
    #[schema(required)]
    problem: Option<FormulaProblem>,
}

/// What is wrong with a formula, and where.
#[derive(Debug, Serialize, ToSchema)]
struct FormulaProblem {
    #[schema(example = "formula_units")]
    code: &'static str,
    /// A sentence that names the place.
    detail: String,
    /// The first character that is meant, from zero.
    from: usize,
    /// The one behind the last.
    to: usize,
}

/// The workspace's own metrics, by name.
#[utoipa::path(get, path = "/custom-metrics", responses(
    (status = 200, body = List<CustomMetric>), (status = "default", body = Problem)))]
async fn list_custom_metrics(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<CustomMetric>>> {
    let found = state.app.list_custom_metrics(&actor).await?;
    let items = found.into_iter().map(shape).collect();
    Ok(axum::Json(List::whole(items)))
}

/// Define a metric by a formula over the catalogue's metrics.
#[utoipa::path(post, path = "/custom-metrics", request_body = CustomMetricBody, responses(
    (status = 201, body = CustomMetric), (status = "default", body = Problem)))]
async fn create_custom_metric(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<CustomMetricBody>,
) -> ApiResult<Response> {
    let metric = state.app.create_custom_metric(&actor, input(body)).await?;
    Ok((StatusCode::CREATED, versioned(metric)).into_response())
}

/// One of the workspace's own metrics.
#[utoipa::path(get, path = "/custom-metrics/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = CustomMetric), (status = "default", body = Problem)))]
async fn show_custom_metric(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let found = state.app.custom_metric(&actor, CustomMetricId(id)).await?;
    Ok(versioned(found).into_response())
}

/// Change a metric: whatever shows it shows the change.
#[utoipa::path(patch, path = "/custom-metrics/{id}", request_body = CustomMetricPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = CustomMetric), (status = "default", body = Problem)))]
async fn update_custom_metric(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<CustomMetricPatchBody>,
) -> ApiResult<Response> {
    let patch = CustomMetricPatch {
        name: body.name,
        description: body.description,
        formula: body.formula,
        format: body.format,
        direction: body.direction,
    };
    let id = CustomMetricId(id);
    let metric = state.app.update_custom_metric(&actor, id, version, patch);
    Ok(versioned(metric.await?).into_response())
}

/// Remove a metric that no saved view shows.
#[utoipa::path(delete, path = "/custom-metrics/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_custom_metric(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = CustomMetricId(id);
    state.app.delete_custom_metric(&actor, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Check a formula while it is being written: its units, and where what is wrong.
#[utoipa::path(post, path = "/custom-metrics/check", request_body = FormulaBody, responses(
    (status = 200, body = FormulaCheck), (status = "default", body = Problem)))]
async fn check_custom_metric(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<FormulaBody>,
) -> ApiResult<axum::Json<FormulaCheck>> {
    let language = body.language.unwrap_or_default();
    let check = state.app.check_formula(&actor, &body.formula, language)?;
    let check = match check {
        Check::Fits {
            formula,
            formats,
            metrics,
        } => FormulaCheck {
            formula: Some(formula),
            formats: formats.to_vec(),
            metrics,
            problem: None,
        },
        Check::Fails {
            code,
            detail,
            place: (from, to),
        } => FormulaCheck {
            formula: None,
            formats: Vec::new(),
            metrics: Vec::new(),
            problem: Some(FormulaProblem {
                code,
                detail,
                from,
                to,
            }),
        },
    };
    Ok(std::future::ready(axum::Json(check)).await)
}

/// What a metric comes to in the last thirty days, before it is saved.
#[utoipa::path(post, path = "/custom-metrics/preview", request_body = CustomMetricBody, responses(
    (status = 200, body = Report), (status = "default", body = Problem)))]
async fn preview_custom_metric(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<CustomMetricBody>,
) -> ApiResult<axum::Json<Report>> {
    let report = state.app.preview_custom_metric(&actor, input(body)).await?;
    Ok(axum::Json(report))
}

fn input(body: CustomMetricBody) -> CustomMetricInput {
    CustomMetricInput {
        name: body.name,
        description: body.description,
        formula: body.formula,
        format: body.format,
        direction: body.direction,
    }
}

fn versioned(metric: SeenMetric) -> Versioned<CustomMetric> {
    Versioned {
        version: metric.stored.version,
        body: shape(metric),
    }
}

fn shape(SeenMetric { stored, is_hidden }: SeenMetric) -> CustomMetric {
    let details = stored.details;
    CustomMetric {
        id: stored.id.0,
        key: format!("{CUSTOM_PREFIX}{}", stored.id),
        name: details.name,
        description: details.description,
        formula: details.formula,
        format: details.format,
        direction: details.direction,
        hidden: is_hidden,
        etag: tag(stored.version),
    }
}
