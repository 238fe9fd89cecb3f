//! Requests that are signed instead of carrying a key: webhooks in, by Standard Webhooks.

use app::{ApiKeyId, SignedMessage, check_signed_time};
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Query, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Required};

use crate::body::late_body;
use crate::once::KEY_HEADER;
use crate::problem::Problem;
use crate::rights::BASE;
use crate::state::ApiState;

/// Where a signature is taken: what other programs bring.
const DOORS: [&str; 3] = ["/deals", "/leads", "/payments"];
const SIGNED_BYTES_MAX: usize = 512 << 10;
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const KEY: &str = "key";

/// Finds the key that signed a request, and lets its id be worth one piece of work.
pub(crate) async fn check(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !is_signed(&request) {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let key = signer(&parts)?;
    let (id, at) = (text(&parts, ID), text(&parts, TIMESTAMP));
    // Nothing of a stranger's is read before it could be somebody's.
    check_signed_time(id, at, state.app.now()).map_err(app::AppError::BadSignature)?;
    let signer = state.app.signer(key).await?;
    let body = to_bytes(body, SIGNED_BYTES_MAX)
        .await
        .map_err(refused_body)?;
    let message = SignedMessage {
        id,
        at,
        signatures: text(&parts, SIGNATURE),
        body: &body,
    };
    let actor = state.app.actor_of_signature(signer, &message).await?;
    // Two programs may count their messages alike.
    let once = HeaderValue::from_str(&format!("webhook:{}:{id}", key.0));
    if let Ok(once) = once {
        parts.headers.insert(KEY_HEADER, once);
    }
    parts.extensions.insert(actor);
    let body = content(&body).map_or(Body::from(body), Body::from);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Says in the document that the doors can be told which key has signed.
pub(crate) fn describe(document: &mut OpenApi) {
    for path in DOORS {
        let item = document.paths.paths.get_mut(&format!("{BASE}{path}"));
        let Some(operation) = item.and_then(|item| item.post.as_mut()) else {
            continue;
        };
        let detail = "The id of the API key that has signed the request, by Standard Webhooks \
            (`webhook-id`, `webhook-timestamp`, `webhook-signature`); without a signature it says \
            nothing.";
        let mut parameter = Parameter::new(KEY);
        parameter.parameter_in = ParameterIn::Query;
        parameter.required = Required::False;
        parameter.description = Some(detail.to_owned());
        parameter.schema = Some(ObjectBuilder::new().schema_type(Type::Integer).into());
        operation.parameters.get_or_insert_default().push(parameter);
    }
}

fn is_signed(request: &Request) -> bool {
    let route = request.extensions().get::<MatchedPath>();
    let path = route.and_then(|route| route.as_str().strip_prefix(BASE));
    request.method() == Method::POST
        && request.headers().contains_key(SIGNATURE)
        && path.is_some_and(|path| DOORS.contains(&path))
}

fn signer(parts: &Parts) -> Result<ApiKeyId, Problem> {
    #[derive(Deserialize)]
    struct Signer {
        key: i64,
    }
    let Query(Signer { key }) = Query::try_from_uri(&parts.uri).map_err(|_| {
        let detail = "a signed request says in `key` the id of the API key that signed it";
        Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail).on_field(KEY)
    })?;
    Ok(ApiKeyId(key))
}

fn text<'a>(parts: &'a Parts, name: &str) -> &'a str {
    let value = parts.headers.get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// What is in the envelope of the specification, where the message comes in one.
fn content(body: &[u8]) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Envelope {
        #[serde(rename = "type")]
        _kind: String,
        #[serde(rename = "timestamp")]
        _timestamp: String,
        data: Value,
    }
    let envelope: Envelope = serde_json::from_slice(body).ok()?;
    serde_json::to_vec(&envelope.data).ok()
}

fn refused_body(error: axum::Error) -> Problem {
    if !error.into_inner().is::<http_body_util::LengthLimitError>() {
        return late_body();
    }
    let detail = "a signed request is at most 512 KiB long";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_an_envelope_counts_and_anything_else_is_as_it_is() {
        let inside =
            content(br#"{"type":"a.b","timestamp":"2026-11-01T00:00:00Z","data":{"x":1}}"#);
        assert_eq!(inside.as_deref(), Some(br#"{"x":1}"#.as_slice()));
        assert_eq!(content(br#"{"data":{"x":1}}"#), None);
        assert_eq!(
            content(br#"{"type":"a","timestamp":"t","data":{},"more":1}"#),
            None
        );
        assert_eq!(content(b"x"), None);
    }
}
