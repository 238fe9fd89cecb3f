//! The question for a file.

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::{Error, Result};
use crate::export::Intervals;
use crate::request::{Query, beside};

/// A report's question and the format of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    pub query: Query,
    pub format: ExportFormat,
    pub intervals: Intervals,
    /// What a PDF is headed with.
    pub title: Option<String>,
}

/// Letters of a title.
const TITLE_LETTERS_MAX: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    Csv,
    Xlsx,
    /// A4 across, the first thousand rows.
    Pdf,
    Json,
}

/// What an export asks beside the report's question; only its description is needed.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the fields that `from_json` takes out of the question"
)]
struct Own {
    format: ExportFormat,
    /// Two columns more after every rate: the bounds between which it lies.
    #[serde(default)]
    #[schema(default = false)]
    intervals: bool,
    /// What a PDF is headed with, up to 200 letters.
    #[schema(max_length = 200)]
    title: Option<String>,
}

impl PartialSchema for ExportRequest {
    fn schema() -> RefOr<Schema> {
        beside(Query::schema(), Own::schema())
    }
}

impl ToSchema for ExportRequest {
    fn name() -> std::borrow::Cow<'static, str> {
        "ReportExportQuery".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Query::schemas(schemas);
        Own::schemas(schemas);
    }
}

impl ExportRequest {
    /// Reads the request from the object that holds the report's question beside its own fields.
    ///
    /// # Errors
    /// `Error::Invalid` when a field is missing, unknown or of a wrong type.
    pub fn from_json(json: Value) -> Result<Self> {
        let Value::Object(mut question) = json else {
            return Err(Error::invalid(
                "body",
                "invalid_request",
                "must be an object",
            ));
        };
        let format = question.remove("format").unwrap_or_default();
        let format = serde_json::from_value(format).map_err(|_| {
            Error::invalid("format", "unknown_format", "must be csv, xlsx, pdf or json")
        })?;
        let intervals = match question.remove("intervals") {
            None | Some(Value::Bool(false)) => Intervals::Omitted,
            Some(Value::Bool(true)) => Intervals::Beside,
            Some(_) => {
                let detail = "must be true or false";
                return Err(Error::invalid("intervals", "invalid_request", detail));
            }
        };
        let title = match question.remove("title") {
            None | Some(Value::Null) => None,
            Some(Value::String(title)) if title.chars().count() <= TITLE_LETTERS_MAX => Some(title),
            Some(_) => {
                let detail = "must be a text of up to 200 letters";
                return Err(Error::invalid("title", "invalid_request", detail));
            }
        };
        let query = serde_json::from_value(question.into())
            .map_err(|error| Error::invalid("body", "invalid_request", error.to_string()))?;
        Ok(Self {
            query,
            format,
            intervals,
            title: title.filter(|title| !title.trim().is_empty()),
        })
    }
}
