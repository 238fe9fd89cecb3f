//! The question for visits, and the cursor between pages.

use serde::Deserialize;
use utoipa::ToSchema;
use warehouse::Value;

use crate::error::{Error, Result};
use crate::request::{DateBasis, Filter, PeriodRequest, Query, Vat};

const VISITS_PER_PAGE_DEFAULT: usize = 50;
const VISITS_PER_PAGE_MAX: usize = 200;

/// Which visits to list. Unknown fields are errors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VisitsQuery)]
pub struct VisitsRequest {
    pub period: PeriodRequest,
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Segments, by number, whose filters hold too.
    #[serde(default)]
    pub segments: Vec<i64>,
    #[serde(default)]
    #[schema(required = false)]
    pub of: VisitsOf,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Visits a page, at most 200; 50 unless given.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Whose visits: what is taken for a machine stands apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VisitsOf {
    #[default]
    People,
    Machines,
}

impl VisitsRequest {
    pub(crate) fn limit(&self) -> usize {
        self.limit
            .unwrap_or(VISITS_PER_PAGE_DEFAULT)
            .clamp(1, VISITS_PER_PAGE_MAX)
    }

    /// Moment and number of the last visit of the page before.
    pub(crate) fn after(&self) -> Result<Option<[i128; 2]>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let numbers: Vec<i128> = cursor
            .split('_')
            .filter_map(|part| part.parse().ok())
            .collect();
        <[i128; 2]>::try_from(numbers)
            .map(Some)
            .map_err(|_| Error::invalid("cursor", "bad_cursor", "is no cursor of this list"))
    }
}

/// The place of a visit in the list.
pub(crate) fn cursor_of(row: &[Value]) -> Option<String> {
    let [at, visit] = [row.first()?.int()?, row.get(1)?.int()?];
    Some(format!("{at}_{visit}"))
}

/// The same as a question of a report.
pub(crate) fn query_of(request: &VisitsRequest) -> Query {
    Query {
        metrics: vec!["visits".to_owned()],
        dimensions: Vec::new(),
        property: None,
        filters: request.filters.clone(),
        segments: request.segments.clone(),
        period: request.period.clone(),
        compare: None,
        bucket: None,
        date_basis: DateBasis::Visit,
        attribution: None,
        as_known_on: None,
        order: Vec::new(),
        limit: None,
        offset: 0,
        totals: Some(false),
        include_bots: false,
        vat: Vat::Net,
        language: None,
    }
}
