//! A central bank's file of exchange rates, read and shown.

use std::collections::BTreeSet;

use app::{CurrencyFound, RATES_FILE_BYTES_MAX, RatesFound, RatesWanted};
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::extract::{DefaultBodyLimit, State};
use base::{Currency, Day};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ExchangeRate, shape};
use crate::body::form::{broken, missing, no_form, text, wrong};
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{RateField, RatesBank};

/// Room for the form around the file.
const FORM_BYTES_MAX: usize = 256 * 1024;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(read_exchange_rates))
        .layer(DefaultBodyLimit::max(RATES_FILE_BYTES_MAX + FORM_BYTES_MAX))
}

/// The form; only described, because it is read as it arrives.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "fields stand for the parts of the form in the document"
)]
struct RatesForm {
    /// As the ECB, the NBP or the CBR publishes it.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Currencies whose rates are wanted, such as `USD,PLN`; those that the workspace has to do
    /// with when absent.
    #[schema(nullable = false)]
    currencies: Option<String>,
    /// First day that is wanted.
    #[schema(nullable = false)]
    from: Option<String>,
    /// Last day that is wanted.
    #[schema(nullable = false)]
    to: Option<String>,
}

/// A file of exchange rates as it was understood.
#[derive(Debug, Serialize, ToSchema)]
struct RatesFile {
    #[schema(value_type = RatesBank)]
    bank: &'static str,
    /// First day that the file has rates of.
    #[schema(required)]
    from: Option<String>,
    #[schema(required)]
    to: Option<String>,
    /// Beside the bank's own.
    currencies: Vec<RatesCurrency>,
    /// What is wanted, newest first, as `PUT /exchange-rates` takes it; empty where that is more
    /// than 10,000.
    items: Vec<ExchangeRate>,
    wanted: u64,
    /// Of those that are wanted: which no rate is kept of.
    added: u64,
    /// Of those that are wanted: of which another rate is kept.
    changed: u64,
    /// Rates that cannot be read: the first hundred.
    faults: Vec<RateFault>,
    faults_total: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct RatesCurrency {
    currency: String,
    rates: u64,
    wanted: bool,
}

/// A rate that cannot be read.
#[derive(Debug, Serialize, ToSchema)]
struct RateFault {
    /// The line of a table; of XML and JSON the number of the rate in the file.
    row: u64,
    #[schema(value_type = RateField)]
    field: &'static str,
    code: &'static str,
    detail: String,
}

/// Read a file of the ECB, the NBP or the CBR. Nothing is kept: what is wanted of it is put like
/// other rates.
#[utoipa::path(post, path = "/exchange-rates/read",
    request_body(content = RatesForm, content_type = "multipart/form-data"), responses(
    (status = 200, body = RatesFile), (status = "default", body = Problem)))]
async fn read_exchange_rates(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    form: Result<Multipart, MultipartRejection>,
) -> ApiResult<axum::Json<RatesFile>> {
    actor.require(app::Permission::EditMoneyRules)?;
    let mut parts = form.map_err(|rejection| no_form(&rejection))?;
    let (mut file, mut wanted) = (None, RatesWanted::default());
    while let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? {
        match part.name() {
            Some("file") => file = Some(part.bytes().await.map_err(|error| broken(&error))?),
            Some("currencies") => wanted.currencies = currencies(&text(part).await?)?,
            Some("from") => wanted.from = day("from", part).await?,
            Some("to") => wanted.to = day("to", part).await?,
            _ => {}
        }
    }
    let file = file.ok_or_else(|| missing("file"))?;
    let found = state.app.read_rates(&actor, file.to_vec(), wanted).await?;
    Ok(axum::Json(told(found)))
}

fn currencies(text: &str) -> ApiResult<BTreeSet<Currency>> {
    let codes = text
        .split(',')
        .map(str::trim)
        .filter(|code| !code.is_empty());
    let read = |code: &str| {
        let read = code.parse::<Currency>();
        read.map_err(|error| wrong("currencies", error.to_string()))
    };
    codes.map(read).collect()
}

async fn day(name: &'static str, part: Field<'_>) -> ApiResult<Option<Day>> {
    let text = text(part).await?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day = text.trim().parse();
    day.map(Some)
        .map_err(|_| wrong(name, format!("{text:?} is not a date")))
}

fn told(found: RatesFound) -> RatesFile {
    let currency = |found: CurrencyFound| RatesCurrency {
        currency: found.currency.to_string(),
        rates: found.rates,
        wanted: found.is_wanted,
    };
    let fault = |fault: app::RateFault| RateFault {
        row: fault.row,
        field: fault.field,
        code: fault.code,
        detail: fault.detail,
    };
    RatesFile {
        bank: found.bank.name(),
        from: found.days.map(|days| days.first.to_string()),
        to: found.days.map(|days| days.last.to_string()),
        currencies: found.currencies.into_iter().map(currency).collect(),
        items: found.items.into_iter().map(shape).collect(),
        wanted: found.wanted,
        added: found.added,
        changed: found.changed,
        faults: found.faults.into_iter().map(fault).collect(),
        faults_total: found.faults_total,
    }
}
