//! Payments, refunds and chargebacks: in batches, and those of a deal.

use app::{PaymentInput, rows};
use axum::extract::State;
use base::{DealId, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::deals::{BatchAnswer, item};
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::PaymentKind;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(save_payments))
        .routes(routes!(list_deal_payments))
}

/// Money received for a deal, or given back.
#[derive(Debug, Serialize, ToSchema)]
struct Payment {
    id: i64,
    external_id: String,
    at: String,
    /// Never negative: the kind gives the sign.
    amount: String,
    currency: String,
    #[schema(value_type = PaymentKind)]
    kind: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct PaymentsBody {
    /// At most 1000.
    items: Vec<PaymentBody>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct PaymentBody {
    /// Your own id: sending it again changes the same payment.
    external_id: String,
    deal_external_id: String,
    at: String,
    /// Never negative: the kind gives the sign.
    #[schema(example = "1200.00")]
    amount: String,
    /// The deal's when absent.
    currency: Option<String>,
    /// `payment`, `refund` or `chargeback`.
    #[schema(example = "payment")]
    #[schema(value_type = PaymentKind)]
    kind: String,
}

/// Create or change payments.
#[utoipa::path(post, path = "/payments", request_body = PaymentsBody, responses(
    (status = 200, body = BatchAnswer), (status = "default", body = Problem)))]
async fn save_payments(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<PaymentsBody>,
) -> ApiResult<axum::Json<BatchAnswer>> {
    let items: Vec<PaymentInput> = body.items.into_iter().map(PaymentInput::from).collect();
    let outcomes = state.app.save_payments(&actor, &items).await?;
    Ok(axum::Json(BatchAnswer {
        items: outcomes.into_iter().map(item).collect(),
    }))
}

/// Payments of a deal, oldest first.
#[utoipa::path(get, path = "/deals/{id}/payments", params(("id" = i64, Path)), responses(
    (status = 200, body = List<Payment>), (status = "default", body = Problem)))]
async fn list_deal_payments(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<List<Payment>>> {
    let payments = state.app.deal_payments(&actor, DealId(id)).await?;
    Ok(axum::Json(List::whole(
        payments.into_iter().map(shape).collect(),
    )))
}

fn shape(payment: rows::Payment) -> Payment {
    let details = payment.details;
    let amount = Money::new(details.amount_micros, details.currency);
    Payment {
        id: payment.id.0,
        external_id: details.external_id,
        at: details.at.rfc3339(),
        amount: amount.decimal(),
        currency: details.currency.to_string(),
        kind: details.kind,
    }
}

impl From<PaymentBody> for PaymentInput {
    fn from(body: PaymentBody) -> Self {
        Self {
            external_id: body.external_id,
            deal_external_id: body.deal_external_id,
            at: body.at,
            amount: body.amount,
            currency: body.currency.unwrap_or_default(),
            kind: body.kind,
        }
    }
}
