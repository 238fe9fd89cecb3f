//! Edits that cannot overwrite each other: a resource's version as its `ETag`.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::problem::Problem;

/// A body with the version that an edit of it must name.
pub(crate) struct Versioned<T> {
    pub version: i64,
    pub body: T,
}

/// The version that an edit was made on, from `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(pub i64);

/// The tag of a version.
#[must_use]
pub(crate) fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.body).into_response();
        if let Ok(tag) = HeaderValue::from_str(&tag(self.version)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(given) = parts.headers.get(header::IF_MATCH) else {
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition_required",
                "send If-Match with the ETag that you read",
            ));
        };
        let version = given
            .to_str()
            .ok()
            .and_then(|text| text.trim_matches('"').parse().ok());
        version.map(Self).ok_or_else(|| {
            let detail = "If-Match is not an ETag of this resource";
            Problem::new(StatusCode::PRECONDITION_FAILED, "edit_conflict", detail)
        })
    }
}
