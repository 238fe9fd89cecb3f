//! Errors on the wire: `application/problem+json` (RFC 9457) with a stable code and the field.

use app::{AppError, FieldError};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{OpenApi, Ref, RefOr};

use crate::security::operations;

/// What went wrong, in one shape for every endpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    #[schema(example = "Unprocessable Content")]
    pub title: &'static str,
    pub status: u16,
    /// Stable name of the problem, for programs and translations.
    #[schema(example = "invalid_input")]
    pub code: &'static str,
    /// One English sentence.
    pub detail: String,
    /// The first wrong field, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub row: Option<u64>,
    /// Every wrong field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    #[serde(skip)]
    retry_after_s: Option<i64>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemField {
    pub field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub row: Option<u64>,
    pub code: &'static str,
    pub detail: String,
}

const PROBLEM_JSON: &str = "application/problem+json";
const BAD_CURSOR: &str = "bad_cursor";

/// Says in the document that problems come as what they are, and not as any other JSON.
pub(crate) fn describe(document: &mut OpenApi) {
    let problem = RefOr::Ref(Ref::from_schema_name("Problem"));
    let items = document.paths.paths.values_mut();
    for (_, operation) in items.flat_map(operations) {
        for response in operation.responses.responses.values_mut() {
            let RefOr::T(response) = response else {
                continue;
            };
            let contents = std::mem::take(&mut response.content);
            let named = contents.into_iter().map(|(name, content)| {
                let is_problem = content.schema.as_ref() == Some(&problem);
                (
                    if is_problem {
                        PROBLEM_JSON.to_owned()
                    } else {
                        name
                    },
                    content,
                )
            });
            response.content = named.collect();
        }
    }
}

/// What every handler returns.
pub type ApiResult<T> = Result<T, Problem>;

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            field: None,
            row: None,
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// The one answer to a cursor that no list gave, wherever it stands in the request.
    #[must_use]
    pub fn bad_cursor() -> Self {
        let detail = "cursor is not a next_cursor of this list";
        Self::new(StatusCode::BAD_REQUEST, BAD_CURSOR, detail).on_field("cursor")
    }

    #[must_use]
    pub fn on_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.field = errors.first().map(|error| error.field.to_string());
        self.row = errors.first().and_then(|error| error.row);
        self.errors = errors.into_iter().map(ProblemField::from).collect();
        self
    }
}

impl From<FieldError> for ProblemField {
    fn from(error: FieldError) -> Self {
        Self {
            field: error.field.into_owned(),
            row: error.row,
            code: error.code,
            detail: error.detail,
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let detail = error.to_string();
        match error {
            AppError::Invalid(errors) if errors.iter().any(|error| error.code == BAD_CURSOR) => {
                Self::bad_cursor()
            }
            AppError::Invalid(errors) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail)
                    .with_errors(errors)
            }
            AppError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            AppError::Conflict { code, field, .. } => {
                let problem = Self::new(StatusCode::CONFLICT, code, detail);
                match field {
                    Some(field) => problem.on_field(field),
                    None => problem,
                }
            }
            AppError::EditConflict { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "edit_conflict", detail)
            }
            AppError::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            }
            AppError::BadCredentials { .. } => {
                Self::new(StatusCode::UNAUTHORIZED, "bad_credentials", detail)
            }
            AppError::PasskeyRefused => {
                Self::new(StatusCode::UNAUTHORIZED, "passkey_refused", detail)
            }
            AppError::ProviderRefused => {
                Self::new(StatusCode::UNAUTHORIZED, "provider_refused", detail)
            }
            AppError::BadSignature(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "bad_signature", detail)
            }
            AppError::SecondFactorNeeded => {
                Self::new(StatusCode::UNAUTHORIZED, "second_factor_needed", detail)
            }
            AppError::WrongCode => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong_code", detail).on_field("code")
            }
            AppError::SecondFactorRequired => {
                Self::new(StatusCode::FORBIDDEN, "second_factor_required", detail)
            }
            AppError::ProofNeeded => Self::new(StatusCode::FORBIDDEN, "proof_needed", detail),
            AppError::Forbidden { .. } => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            AppError::BeyondReach { .. } => {
                Self::new(StatusCode::FORBIDDEN, "beyond_reach", detail)
            }
            AppError::TooManyAttempts { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail)
            },
            AppError::Unavailable { code, .. } => Self {
                retry_after_s: Some(1),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            },
            AppError::Internal { step, source } => {
                tracing::error!(step, error = format!("{source:#}"), "request failed");
                let detail = "something went wrong on the server; its log says what";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static(PROBLEM_JSON);
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
