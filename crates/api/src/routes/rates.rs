//! Exchange rates.

use app::{RateInput, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::Currency;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Query};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_exchange_rates, put_exchange_rates))
}

/// What a currency is worth in another from a day on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct ExchangeRate {
    #[schema(example = "2026-11-20")]
    date: String,
    #[schema(example = "EUR")]
    from: String,
    #[schema(example = "PLN")]
    to: String,
    /// Units of `to` for `nominal` units of `from`, exactly.
    #[schema(example = "4.2512")]
    rate: String,
    /// One when absent; banks quote weak currencies for 100 or 1000.
    #[serde(default = "one")]
    #[schema(example = 1, default = 1)]
    nominal: i64,
}

/// Rates with the version that a change of them must name.
#[derive(Debug, Serialize, ToSchema)]
struct ExchangeRates {
    etag: String,
    items: Vec<ExchangeRate>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct ExchangeRatesBody {
    items: Vec<ExchangeRate>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RatesQuery {
    /// Only rates from or to this currency.
    currency: Option<String>,
}

/// Rates of the workspace, newest first.
#[utoipa::path(get, path = "/exchange-rates", params(RatesQuery), responses(
    (status = 200, body = ExchangeRates), (status = "default", body = Problem)))]
async fn list_exchange_rates(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(query): Query<RatesQuery>,
) -> ApiResult<Response> {
    let currency = query
        .currency
        .as_deref()
        .map(str::parse::<Currency>)
        .transpose();
    let currency = currency.map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "bad_currency", error.to_string())
            .on_field("currency")
    })?;
    let rates = state.app.list_rates(&actor, currency).await?;
    let body = ExchangeRates {
        etag: tag(rates.version),
        items: rates.items.iter().map(shape).collect(),
    };
    let version = rates.version;
    Ok(Versioned { version, body }.into_response())
}

/// Set rates; one of the same day and currencies is replaced.
#[utoipa::path(put, path = "/exchange-rates", request_body = ExchangeRatesBody,
    params(("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn put_exchange_rates(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Json(body): Json<ExchangeRatesBody>,
) -> ApiResult<Response> {
    let items: Vec<RateInput> = body
        .items
        .into_iter()
        .map(|item| RateInput {
            date: item.date,
            from: item.from,
            to: item.to,
            rate: item.rate,
            nominal: item.nominal,
        })
        .collect();
    let version = state.app.put_rates(&actor, version, &items).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag(version))]).into_response())
}

fn one() -> i64 {
    1
}

fn shape(rate: &rows::ExchangeRate) -> ExchangeRate {
    ExchangeRate {
        date: rate.day.to_string(),
        from: rate.from_currency.to_string(),
        to: rate.to_currency.to_string(),
        rate: rate.rate.clone(),
        nominal: rate.nominal,
    }
}
