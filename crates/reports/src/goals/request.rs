//! The question about goals.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::context::Language;
use crate::request::{DateBasis, Filter, KnownOn, PeriodRequest, Query, Vat, known_on};

/// Of which time and traffic goals are told. Unknown fields are errors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GoalsQuery)]
pub struct GoalsRequest {
    pub period: PeriodRequest,
    #[serde(default)]
    pub compare: Option<PeriodRequest>,
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Segments, by number, whose filters hold too.
    #[serde(default)]
    pub segments: Vec<i64>,
    /// The property of events that a filter by `property` is about.
    #[serde(default)]
    #[schema(example = "plan")]
    pub property: Option<String>,
    /// Leaves out what was recorded later.
    #[serde(default, deserialize_with = "known_on")]
    #[schema(value_type = Option<String>, example = "2026-03-31T12:00:00Z")]
    pub as_known_on: Option<KnownOn>,
    #[serde(default)]
    pub language: Option<Language>,
}

impl GoalsRequest {
    /// The same as a question of a report.
    #[must_use]
    pub fn query(&self) -> Query {
        Query {
            metrics: vec!["event_visitors".to_owned()],
            dimensions: Vec::new(),
            property: self.property.clone(),
            filters: self.filters.clone(),
            segments: self.segments.clone(),
            period: self.period.clone(),
            compare: self.compare.clone(),
            bucket: None,
            date_basis: DateBasis::Visit,
            attribution: None,
            as_known_on: self.as_known_on,
            order: Vec::new(),
            limit: None,
            offset: 0,
            totals: Some(false),
            include_bots: false,
            vat: Vat::Net,
            language: self.language,
        }
    }
}
