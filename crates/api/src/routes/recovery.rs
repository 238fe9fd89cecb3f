//! What a person does by mail: a new password, and an address that is known to be theirs.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Json;
use crate::caller::{CallerOrigin, Person};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(ask_for_reset))
        .routes(routes!(redeem_reset))
        .routes(routes!(ask_for_verification))
        .routes(routes!(redeem_verification))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetBody {
    email: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// What stands behind the `#` of the mailed link.
    secret: String,
    password: String,
}

/// The address to confirm: the person's own when nothing is said, else the one to take its place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressBody {
    email: Option<String>,
    /// The person's password, which another address needs.
    password: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Verification {
    /// What stands behind the `#` of the mailed link.
    secret: String,
}

/// Ask for a mail with a link to a new password.
///
/// The answer is the same whether anybody is known by the address.
#[utoipa::path(post, path = "/password-resets", request_body = ResetBody, responses(
    (status = 202), (status = "default", body = Problem)))]
async fn ask_for_reset(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    Json(body): Json<ResetBody>,
) -> ApiResult<StatusCode> {
    state.app.ask_for_reset(&body.email, &origin).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Set the password that a mailed link allows to set; every session of the person ends.
#[utoipa::path(post, path = "/password-resets/redeem", request_body = NewPassword, responses(
    (status = 204), (status = "default", body = Problem)))]
async fn redeem_reset(
    State(state): State<ApiState>,
    CallerOrigin(_origin): CallerOrigin,
    Json(body): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    state.app.redeem_reset(&body.secret, body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for a mail that confirms one's address, or another one that is to take its place.
#[utoipa::path(post, path = "/me/email", request_body = AddressBody, responses(
    (status = 202), (status = "default", body = Problem)))]
async fn ask_for_verification(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<AddressBody>,
) -> ApiResult<StatusCode> {
    let password = body.password.unwrap_or_default();
    let change = body.email.as_deref().map(|email| (email, password));
    state.app.ask_for_verification(&visitor, change).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirm the address that a link was mailed to.
#[utoipa::path(post, path = "/email-verifications/redeem", request_body = Verification, responses(
    (status = 204), (status = "default", body = Problem)))]
async fn redeem_verification(
    State(state): State<ApiState>,
    CallerOrigin(_origin): CallerOrigin,
    Json(body): Json<Verification>,
) -> ApiResult<StatusCode> {
    state.app.redeem_verification(&body.secret).await?;
    Ok(StatusCode::NO_CONTENT)
}
