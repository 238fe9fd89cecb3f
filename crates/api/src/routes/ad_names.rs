//! What ad platforms call a campaign, an ad group or an ad, and called it before.

use app::{AdEntityNames, AdNameDays, AdNamesQuery as Asked};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Query;
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::AdLevel;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_ad_names))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AdNamesQuery {
    /// Of the costs that told it.
    #[param(example = "google")]
    source: String,
    #[param(value_type = AdLevel, example = "campaign")]
    level: String,
    /// The platform's id.
    #[param(example = "77")]
    external_id: String,
}

/// The names of a campaign, an ad group or an ad.
#[derive(Debug, Serialize, ToSchema)]
struct AdNames {
    #[schema(value_type = AdLevel)]
    level: String,
    /// What reports call it: its newest name, with its id where another campaign has the same.
    shown: String,
    /// Newest first.
    names: Vec<AdName>,
}

/// A name, and when it was seen.
#[derive(Debug, Serialize, ToSchema)]
struct AdName {
    name: String,
    #[schema(example = "2026-03-01")]
    first_day: String,
    #[schema(example = "2026-03-31")]
    last_day: String,
    /// The import that saw it on its last day; `null` for names of before imports were kept.
    #[schema(required)]
    import_id: Option<i64>,
}

/// What an ad platform calls a campaign, an ad group or an ad, and called it before.
#[utoipa::path(get, path = "/ad-names", params(AdNamesQuery), responses(
    (status = 200, body = AdNames), (status = "default", body = Problem)))]
async fn list_ad_names(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(query): Query<AdNamesQuery>,
) -> ApiResult<axum::Json<AdNames>> {
    let asked = Asked {
        source: query.source,
        level: query.level,
        external_id: query.external_id,
    };
    let found = state.app.ad_names(&actor, &asked).await?;
    Ok(axum::Json(shape(asked.level, found)))
}

fn shape(level: String, found: AdEntityNames) -> AdNames {
    let name = |seen: AdNameDays| AdName {
        name: seen.name,
        first_day: seen.first_day.to_string(),
        last_day: seen.last_day.to_string(),
        import_id: seen.import.map(|import| import.0),
    };
    AdNames {
        level,
        shown: found.shown,
        names: found.names.into_iter().map(name).collect(),
    }
}
