//! Payments, refunds and chargebacks in batches.

use app::PaymentInput;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::deals::{BatchAnswer, item};
use crate::body::Json;
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::PaymentKind;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(save_payments))
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
