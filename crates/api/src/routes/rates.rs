//! Exchange rates.

mod file;

use app::{ConversionInput, RateInput, RateName, rows};
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
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::MoneyKind;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(file::router())
        .routes(routes!(
            list_exchange_rates,
            put_exchange_rates,
            delete_exchange_rate
        ))
        .routes(routes!(convert_again))
        .routes(routes!(preview_conversion))
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
    /// Present when there is more.
    #[schema(required)]
    next_cursor: Option<String>,
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
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows at most, up to 200; 50 when absent.
    limit: Option<u32>,
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
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let found = state
        .app
        .list_rates(&actor, currency, page.request()?)
        .await?;
    let version = found.version;
    let List { items, next_cursor } = List::of(found.page, shape);
    let body = ExchangeRates {
        etag: tag(version),
        items,
        next_cursor,
    };
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

/// The rate that is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RateQuery {
    date: String,
    from: String,
    to: String,
}

/// Which booked money is converted again at the rates of now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversionBody {
    #[schema(example = "2026-11-01")]
    from: String,
    /// Included.
    #[schema(example = "2026-11-30")]
    to: String,
    /// Only amounts in this currency.
    currency: Option<String>,
}

/// What a conversion changes, kind by kind.
#[derive(Debug, Serialize, ToSchema)]
struct Conversion {
    /// Of the exchange rates.
    etag: String,
    /// The workspace's.
    currency: String,
    items: Vec<ConvertedSum>,
}

/// Booked amounts of one kind that are others at the rates of now.
#[derive(Debug, Serialize, ToSchema)]
struct ConvertedSum {
    #[schema(value_type = MoneyKind)]
    kind: &'static str,
    /// How many deals have another sum of this kind.
    changed: u64,
    /// Of these deals together.
    before: String,
    after: String,
}

/// Delete a rate. Money that is booked keeps its rate until it is converted again.
#[utoipa::path(delete, path = "/exchange-rates",
    params(RateQuery, ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_exchange_rate(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Query(query): Query<RateQuery>,
) -> ApiResult<Response> {
    let wrong = |field, code, detail: String| {
        Problem::new(StatusCode::BAD_REQUEST, code, detail).on_field(field)
    };
    let currency = |field, text: &str| {
        text.parse::<Currency>()
            .map_err(|error| wrong(field, "bad_currency", error.to_string()))
    };
    let date = query.date.as_str();
    let rate = RateName {
        day: date
            .parse()
            .map_err(|_| wrong("date", "bad_date", format!("{date:?} is not a date")))?,
        from: currency("from", &query.from)?,
        to: currency("to", &query.to)?,
    };
    let version = state.app.delete_rate(&actor, version, &rate).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, tag(version))]).into_response())
}

/// Convert booked deals and payments of some days again, and post the differences.
#[utoipa::path(post, path = "/exchange-rates/convert", request_body = ConversionBody,
    params(("If-Match" = String, Header)), responses(
    (status = 200, body = Conversion), (status = "default", body = Problem)))]
async fn convert_again(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Json(body): Json<ConversionBody>,
) -> ApiResult<axum::Json<Conversion>> {
    let input = input(body);
    let converted = state.app.convert_again(&actor, version, &input).await?;
    Ok(axum::Json(conversion(&converted)))
}

/// What a conversion would change.
#[utoipa::path(post, path = "/exchange-rates/convert/preview", request_body = ConversionBody,
    responses((status = 200, body = Conversion), (status = "default", body = Problem)))]
async fn preview_conversion(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ConversionBody>,
) -> ApiResult<axum::Json<Conversion>> {
    let input = input(body);
    let foreseen = state.app.foresee_conversion(&actor, &input).await?;
    Ok(axum::Json(conversion(&foreseen)))
}

fn input(body: ConversionBody) -> ConversionInput {
    ConversionInput {
        from: body.from,
        to: body.to,
        currency: body.currency.unwrap_or_default(),
    }
}

fn conversion(made: &app::Conversion) -> Conversion {
    let sum = |sum: &app::ConvertedSum| ConvertedSum {
        kind: sum.kind,
        changed: sum.changed,
        before: sum.before.rounded().decimal(),
        after: sum.after.rounded().decimal(),
    };
    Conversion {
        etag: tag(made.version),
        currency: made.currency.to_string(),
        items: made.items.iter().map(sum).collect(),
    }
}

fn one() -> i64 {
    1
}

fn shape(rate: rows::ExchangeRate) -> ExchangeRate {
    ExchangeRate {
        date: rate.day.to_string(),
        from: rate.from_currency.to_string(),
        to: rate.to_currency.to_string(),
        rate: rate.rate,
        nominal: rate.nominal,
    }
}
