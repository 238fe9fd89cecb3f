//! The question for rows, and the cursor between pages.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use warehouse::Value;

use crate::error::{Error, Result};
use crate::request::{Query, beside};
use crate::rows::{BehindPart, ROWS_PER_PAGE_DEFAULT, ROWS_PER_PAGE_MAX};

/// A report's question, one of its cells, and where the last page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehindRequest {
    pub query: Query,
    pub metric: String,
    /// Value of each dimension of the row, and of `bucket`; empty for the totals.
    pub row: BTreeMap<String, Option<String>>,
    pub part: BehindPart,
    pub cursor: Option<String>,
    /// Rows a page, at most 200; 50 unless given.
    pub rows_limit: Option<usize>,
}

#[derive(Deserialize, ToSchema)]
struct Own {
    /// The metric of the cell.
    metric: String,
    /// Value of each dimension of the row, and of `bucket`; empty for the totals.
    #[serde(default)]
    row: BTreeMap<String, Option<String>>,
    /// The side of a ratio whose rows are wanted; the numerator unless given.
    #[serde(default)]
    #[schema(value_type = BehindPart, required = false)]
    part: BehindPart,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Rows a page, at most 200; 50 unless given.
    #[serde(default)]
    rows_limit: Option<usize>,
}

impl PartialSchema for BehindRequest {
    fn schema() -> RefOr<Schema> {
        beside(Query::schema(), Own::schema())
    }
}

impl ToSchema for BehindRequest {
    fn name() -> std::borrow::Cow<'static, str> {
        "ReportRowsQuery".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Query::schemas(schemas);
        Own::schemas(schemas);
    }
}

impl BehindRequest {
    /// Reads the request from the object that holds the report's question beside its own fields.
    ///
    /// # Errors
    /// `Error::Invalid` when a field is missing, unknown or of a wrong type.
    pub fn from_json(json: serde_json::Value) -> Result<Self> {
        let wrong =
            |error: serde_json::Error| Error::invalid("body", "invalid_request", error.to_string());
        let serde_json::Value::Object(mut question) = json else {
            return Err(Error::invalid(
                "body",
                "invalid_request",
                "must be an object",
            ));
        };
        let own_fields = ["metric", "row", "part", "cursor", "rows_limit"];
        let own: serde_json::Map<String, serde_json::Value> = own_fields
            .into_iter()
            .filter_map(|field| {
                question
                    .remove(field)
                    .map(|value| (field.to_owned(), value))
            })
            .collect();
        let own: Own = serde_json::from_value(own.into()).map_err(wrong)?;
        let query = serde_json::from_value(question.into()).map_err(wrong)?;
        let Own {
            metric,
            row,
            part,
            cursor,
            rows_limit,
        } = own;
        Ok(Self {
            query,
            metric,
            row,
            part,
            cursor,
            rows_limit,
        })
    }

    pub(crate) fn limit(&self) -> usize {
        self.rows_limit
            .unwrap_or(ROWS_PER_PAGE_DEFAULT)
            .clamp(1, ROWS_PER_PAGE_MAX)
    }

    /// The key of the last row of the page before.
    pub(crate) fn after(&self) -> Result<Option<[i128; 3]>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let numbers: Vec<i128> = cursor
            .split('_')
            .filter_map(|part| part.parse().ok())
            .collect();
        <[i128; 3]>::try_from(numbers)
            .map(Some)
            .map_err(|_| Error::invalid("cursor", "bad_cursor", "is no cursor of this list"))
    }
}

/// The place of a row in the list.
pub(crate) fn cursor(row: &[Value]) -> Option<String> {
    let [time, high, low] = [row.first()?.int()?, row.get(1)?.int()?, row.get(2)?.int()?];
    Some(format!("{time}_{high}_{low}"))
}
