//! Parts of a form that brings a file.

use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use http::StatusCode;

use crate::problem::{ApiResult, Problem};

/// Bytes of a part that is no file.
const WORDS_BYTES_MAX: usize = 64 * 1024;

/// A part of words.
pub(crate) async fn text(mut part: Field<'_>) -> ApiResult<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + chunk.len() > WORDS_BYTES_MAX {
            let name = part.name().unwrap_or_default();
            let detail = format!("{name} has at most {WORDS_BYTES_MAX} bytes");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(Problem::new(status, "body_too_large", detail).on_field(name));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A body that is no form.
pub(crate) fn no_form(rejection: &MultipartRejection) -> Problem {
    let status = StatusCode::BAD_REQUEST;
    Problem::new(status, "form_expected", rejection.body_text())
}

pub(crate) fn missing(part: &'static str) -> Problem {
    wrong(part, format!("the form has no {part}"))
}

pub(crate) fn wrong(part: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail).on_field(part)
}

pub(crate) fn broken(error: &MultipartError) -> Problem {
    let code = match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        _ => "bad_form",
    };
    Problem::new(error.status(), code, error.body_text())
}
