//! The person's second factor: set up, confirmed, its recovery codes, switched off; and the rescue
//! of a member who has lost it.

use axum::extract::State;
use base::UserId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, given};
use crate::caller::{Caller, Person};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_second_factor, begin_second_factor))
        .routes(routes!(confirm_second_factor))
        .routes(routes!(renew_recovery_codes))
        .routes(routes!(end_second_factor))
        .routes(routes!(rescue_member))
}

#[derive(Debug, Serialize, ToSchema)]
struct SecondFactor {
    /// Whether signing in asks for more than the password.
    is_on: bool,
    /// Since when codes of an authenticator are taken; absent where there are passkeys alone.
    #[schema(required)]
    authenticator_since: Option<String>,
    recovery_codes_left: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordProof {
    password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeProof {
    /// Of the authenticator.
    #[schema(example = "081804")]
    code: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FullProof {
    password: String,
    /// Of the authenticator, or a recovery code. Who has passkeys alone may leave it out after a
    /// proof by one.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "081804")]
    code: Option<String>,
}

/// What an authenticator is set up with; nothing tells it a second time.
#[derive(Serialize, ToSchema)]
struct Authenticator {
    /// For typing it in; Base32.
    secret: String,
    /// The same with the account's name, `otpauth://…`.
    address: String,
    qr_code: QrCode,
}

/// The address as a picture.
#[derive(Serialize, ToSchema)]
struct QrCode {
    /// Units of a side.
    size: i32,
    /// What is dark: the path of an SVG.
    path: String,
}

/// Codes in the place of a lost device, each good for one time; nothing tells them a second time.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    codes: Vec<String>,
}

/// Whether the person's sign-in asks for more than the password.
#[utoipa::path(get, path = "/me/second-factor", responses(
    (status = 200, body = SecondFactor), (status = "default", body = Problem)))]
async fn show_second_factor(
    State(state): State<ApiState>,
    Person(visitor): Person,
) -> ApiResult<axum::Json<SecondFactor>> {
    let found = state.app.second_factor(&visitor).await?;
    Ok(axum::Json(SecondFactor {
        is_on: found.is_some(),
        authenticator_since: found
            .and_then(|factor| factor.authenticator_since)
            .map(base::UnixMillis::rfc3339),
        recovery_codes_left: found.map_or(0, |factor| factor.recovery_codes_left),
    }))
}

/// Begin to set a second factor up; it counts once a code of it is confirmed.
#[utoipa::path(post, path = "/me/second-factor", request_body = PasswordProof, responses(
    (status = 200, body = Authenticator), (status = "default", body = Problem)))]
async fn begin_second_factor(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<PasswordProof>,
) -> ApiResult<axum::Json<Authenticator>> {
    let told = state
        .app
        .begin_second_factor(&visitor, body.password)
        .await?;
    Ok(axum::Json(Authenticator {
        secret: told.secret.to_string(),
        address: told.address.to_string(),
        qr_code: QrCode {
            size: told.qr_code.size,
            path: told.qr_code.path,
        },
    }))
}

/// Confirm the second factor by a code of it: it is on, and other sessions end.
#[utoipa::path(post, path = "/me/second-factor/confirm", request_body = CodeProof, responses(
    (status = 200, body = RecoveryCodes), (status = "default", body = Problem)))]
async fn confirm_second_factor(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<CodeProof>,
) -> ApiResult<axum::Json<RecoveryCodes>> {
    let codes = state
        .app
        .confirm_second_factor(&visitor, &body.code)
        .await?;
    Ok(axum::Json(RecoveryCodes { codes }))
}

/// Make new recovery codes in the place of those before them.
#[utoipa::path(post, path = "/me/second-factor/recovery-codes", request_body = FullProof,
    responses((status = 200, body = RecoveryCodes), (status = "default", body = Problem)))]
async fn renew_recovery_codes(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<FullProof>,
) -> ApiResult<axum::Json<RecoveryCodes>> {
    let codes = state
        .app
        .renew_recovery_codes(&visitor, body.password, body.code.as_deref())
        .await?;
    Ok(axum::Json(RecoveryCodes { codes }))
}

/// Take no codes of the authenticator any more; other sessions end.
#[utoipa::path(post, path = "/me/second-factor/off", request_body = FullProof, responses(
    (status = 204), (status = "default", body = Problem)))]
async fn end_second_factor(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<FullProof>,
) -> ApiResult<StatusCode> {
    state
        .app
        .end_second_factor(&visitor, body.password, body.code.as_deref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switch the second factor of a member off who has lost it; their sessions end.
#[utoipa::path(delete, path = "/members/{user_id}/second-factor",
    params(("user_id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn rescue_member(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(user): Path<i64>,
) -> ApiResult<StatusCode> {
    state.app.rescue_member(&actor, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}
