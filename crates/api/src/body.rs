//! Request bodies, queries and parts of addresses, refused in our own words.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::problem::Problem;

/// A JSON body of a known shape.
pub(crate) struct Json<T>(pub T);

/// Query parameters of a known shape.
pub(crate) struct Query<T>(pub T);

/// Parts of the address of a known shape.
pub(crate) struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_body(&rejection)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_query(&rejection)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_path(&rejection)),
        }
    }
}

/// Reads a field of a partial edit: absent stays `None`; `null` is a value of its own, which a type
/// that cannot be empty refuses instead of taking it for absent.
///
/// # Errors
/// When the value is not of the field's type.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

fn refuse_body(rejection: &JsonRejection) -> Problem {
    let detail = rejection.body_text();
    match rejection.status() {
        StatusCode::UNPROCESSABLE_ENTITY => {
            let field = field_of(&detail);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let problem = Problem::new(status, "invalid_input", detail);
            match field {
                Some(field) => problem.on_field(field),
                None => problem,
            }
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            Problem::new(
                status,
                "json_expected",
                "send a body with Content-Type: application/json",
            )
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "bad_json", detail),
    }
}

fn refuse_query(rejection: &QueryRejection) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", rejection.body_text())
}

fn refuse_path(rejection: &PathRejection) -> Problem {
    Problem::new(rejection.status(), "bad_path", rejection.body_text())
}

/// The field that a serde message is about: ``… into the target type: items[0].name: …`` or
/// ``missing field `name` ``.
fn field_of(detail: &str) -> Option<String> {
    if let Some((_, rest)) = detail.split_once("field `") {
        return rest.split_once('`').map(|(field, _)| field.to_owned());
    }
    let (_, rest) = detail.split_once("target type: ")?;
    let (path, _) = rest.split_once(": ")?;
    (!path.contains(' ')).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_read_from_the_message() {
        let missing = "Failed to deserialize: missing field `email` at line 1";
        assert_eq!(field_of(missing).as_deref(), Some("email"));
        let path = "Failed to deserialize the JSON body into the target type: a.b: invalid type";
        assert_eq!(field_of(path).as_deref(), Some("a.b"));
        assert_eq!(field_of("expected value at line 1"), None);
    }
}
