//! `Idempotency-Key`: a write that is sent twice is done once and answered twice.

use app::Turn;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};

use crate::caller::Caller;
use crate::problem::Problem;
use crate::state::ApiState;

/// Largest request and answer that are kept; files are told apart by their content anyway.
const KEPT_BYTES_MAX: usize = 2 << 20;
const KEY_HEADER: &str = "idempotency-key";
const REPLAYED_HEADER: &str = "idempotent-replayed";

/// Does a write with a key once.
pub(crate) async fn keep(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = request
        .headers()
        .get(KEY_HEADER)
        .and_then(|key| key.to_str().ok());
    let Some(key) = key.map(str::to_owned).filter(|_| keeps(&request)) else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    // Who may not write is told so by the handler.
    let Ok(Caller(actor)) = Caller::from_request_parts(&mut parts, &state).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let too_large = |_| {
        let detail = "the body is too large for an Idempotency-Key";
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    };
    let body = to_bytes(body, KEPT_BYTES_MAX).await.map_err(too_large)?;
    let mut identity = format!("{} {}\n", parts.method, parts.uri).into_bytes();
    identity.extend_from_slice(&body);
    let ticket = match state.app.claim_request(&actor, &key, &identity).await? {
        Turn::Work(ticket) => ticket,
        Turn::Answered { status, body } => return Ok(replay(status, body)),
        // What was made is told by its id alone: the record may have changed since.
        Turn::Unanswered { made } => {
            let body = serde_json::json!({ "id": made, "answer_lost": true });
            return Ok(replay(200, body.to_string().into_bytes()));
        }
    };
    let work = next.run(Request::from_parts(parts, Body::from(body)));
    let (parts, body) = ticket.within(work).await.into_parts();
    let kept = to_bytes(body, KEPT_BYTES_MAX).await.map_err(too_large)?;
    if parts.status.is_server_error() {
        state.app.forget_request(ticket).await?;
    } else {
        let status = parts.status.as_u16();
        state.app.remember_answer(ticket, status, &kept).await?;
    }
    Ok(Response::from_parts(parts, Body::from(kept)))
}

fn keeps(request: &Request) -> bool {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_file = kind.is_some_and(|kind| kind.starts_with("multipart/"));
    request.method() == Method::POST && !is_file
}

fn replay(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    let problem = status.is_client_error();
    let kind = if problem {
        "application/problem+json"
    } else {
        "application/json"
    };
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
        .headers_mut()
        .insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    response
}
