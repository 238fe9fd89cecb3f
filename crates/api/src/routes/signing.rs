//! Secrets that API keys sign with.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Path;
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create_signing_secret))
}

/// A secret to sign requests with, by Standard Webhooks. It is told once.
#[derive(Debug, Serialize, ToSchema)]
struct SigningSecret {
    /// Of the API key: what a signed request says in `key`.
    id: i64,
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
}

/// Let a key sign its requests; a secret that it had before signs nothing more.
#[utoipa::path(post, path = "/api-keys/{id}/signing-secret", params(("id" = i64, Path)), responses(
    (status = 201, body = SigningSecret), (status = "default", body = Problem)))]
async fn create_signing_secret(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let key = app::ApiKeyId(id);
    let secret = state.app.create_signing_secret(&actor, key).await?;
    let body = axum::Json(SigningSecret { id, secret });
    Ok((StatusCode::CREATED, body).into_response())
}
