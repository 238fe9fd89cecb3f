//! Request bodies, queries and parts of addresses, refused in our own words.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::problem::Problem;

pub(crate) mod form;
pub(crate) mod plain;

use plain::Plain;

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

/// Reads a body that came as bytes.
///
/// # Errors
/// When it is no JSON, or not of the type's shape.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Plain> {
    match axum::Json::<T>::from_bytes(body) {
        Ok(axum::Json(value)) => Ok(value),
        Err(rejection) if is_shape(&rejection) => Err(plain::of(&reason(&rejection))),
        Err(rejection) => Err(Plain {
            field: None,
            detail: no_json(&rejection),
        }),
    }
}

fn refuse_body(rejection: &JsonRejection) -> Problem {
    let status = rejection.status();
    match status {
        _ if is_shape(rejection) => problem(status, "invalid_input", plain::of(&reason(rejection))),
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = "the body is larger than this address takes";
            Problem::new(status, "body_too_large", detail)
        }
        _ if matches!(rejection, JsonRejection::BytesRejection(_)) => late_body(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let detail = "send a body with Content-Type: application/json";
            Problem::new(status, "json_expected", detail)
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "bad_json", no_json(rejection)),
    }
}

/// What came broke off, or took longer than it may.
pub(crate) fn late_body() -> Problem {
    let detail = "the body did not come whole, or not in time";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body_late", detail)
}

fn refuse_query(rejection: &QueryRejection) -> Problem {
    let complaint = plain::of(&reason(rejection));
    problem(StatusCode::BAD_REQUEST, "bad_query", complaint)
}

fn refuse_path(rejection: &PathRejection) -> Problem {
    let detail = match rejection {
        PathRejection::FailedToDeserializePathParams(failed) => plain::of_path(failed.kind()),
        _ => "this address cannot be read".to_owned(),
    };
    Problem::new(rejection.status(), "bad_path", detail)
}

fn problem(status: StatusCode, code: &'static str, complaint: Plain) -> Problem {
    let problem = Problem::new(status, code, complaint.detail);
    match complaint.field {
        Some(field) => problem.on_field(field),
        None => problem,
    }
}

/// JSON, but not of the shape that is wanted.
fn is_shape(rejection: &JsonRejection) -> bool {
    matches!(rejection, JsonRejection::JsonDataError(_))
}

/// The place helps here: what is no JSON has no fields to name.
fn no_json(rejection: &JsonRejection) -> String {
    let reason = reason(rejection);
    match reason.rfind(" at line ").map(|at| &reason[at..]) {
        Some(place) if !place.ends_with("line 1 column 0") => {
            format!(
                "the body is not JSON: it cannot be read on{}",
                &place[" at".len()..]
            )
        }
        _ => "the body is not JSON: it is empty".to_owned(),
    }
}

/// What the reader itself complained of, without what the library says before it.
fn reason(rejection: &dyn std::error::Error) -> String {
    let mut cause = rejection;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
