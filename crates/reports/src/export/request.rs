//! The question for a file.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::request::Query;

/// A report's question and the format of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    pub query: Query,
    pub format: ExportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    Csv,
    Xlsx,
    Json,
}

impl ExportRequest {
    /// Reads the request from the object that holds the report's question beside `format`.
    ///
    /// # Errors
    /// `Error::Invalid` when a field is missing, unknown or of a wrong type.
    pub fn from_json(json: serde_json::Value) -> Result<Self> {
        let serde_json::Value::Object(mut question) = json else {
            return Err(Error::invalid(
                "body",
                "invalid_request",
                "must be an object",
            ));
        };
        let format = question.remove("format").unwrap_or_default();
        let format = serde_json::from_value(format)
            .map_err(|_| Error::invalid("format", "unknown_format", "must be csv, xlsx or json"))?;
        let query = serde_json::from_value(question.into())
            .map_err(|error| Error::invalid("body", "invalid_request", error.to_string()))?;
        Ok(Self { query, format })
    }
}
