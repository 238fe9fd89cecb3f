//! The answer as it goes over the wire. Numbers are decimal text, never floats.

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::{Direction, Unit};
use crate::history::ReportHistory;
use crate::renamed::FormerName;

/// A table with everything needed to read it honestly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    pub columns: Vec<Column>,
    pub rows: Vec<ReportRow>,
    /// Of all rows, also those on other pages.
    #[schema(required)]
    pub totals: Option<Vec<Cell>>,
    /// Of all pages together; the unknown row counts once.
    pub rows_total: usize,
    pub period: Period,
    #[schema(required)]
    pub compare: Option<Period>,
    pub currency: String,
    pub date_basis: String,
    pub attribution: String,
    #[schema(required)]
    pub as_known_on: Option<String>,
    pub vat: crate::request::Vat,
    pub generated_at: String,
    /// Filled in by the caller, who owns a clock.
    pub elapsed_ms: u64,
    pub notes: Vec<Note>,
    /// Days of the period that another tool counted; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub history: Option<ReportHistory>,
}

impl Report {
    /// The same without what ratios are made of: who is shown a price is not shown the money.
    #[must_use]
    pub fn without_sides(mut self) -> Self {
        let rows = self.rows.iter_mut().flat_map(|row| &mut row.cells);
        for cell in rows.chain(self.totals.iter_mut().flatten()) {
            cell.numerator = None;
            cell.denominator = None;
            // How wide it is tells how many there were.
            cell.interval = None;
        }
        self
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportColumn)]
pub struct Column {
    pub key: String,
    pub kind: ColumnKind,
    pub title: String,
    #[schema(required)]
    pub unit: Option<Unit>,
    #[schema(required)]
    pub direction: Option<Direction>,
    #[schema(required)]
    pub digits: Option<u8>,
    #[schema(required)]
    pub formula: Option<String>,
    pub definition: String,
    /// Whether the number is estimated rather than counted.
    pub estimate: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Dimension,
    Bucket,
    Metric,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportRow {
    pub dimensions: Vec<DimensionValue>,
    pub cells: Vec<Cell>,
}

/// A value of a dimension; `None` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DimensionValue {
    #[schema(required)]
    pub value: Option<String>,
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub colour: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expandable: Option<bool>,
    /// Of a campaign, an ad group or an ad: what it was called before, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub formerly: Vec<FormerName>,
}

/// One number. Without a value, `reason` says why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportCell)]
pub struct Cell {
    #[schema(required)]
    pub value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub numerator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denominator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Option<String>>,
    /// In percent of the previous value, or in percentage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ChangeUnit, required = false)]
    pub change_unit: Option<ChangeUnit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Tone, required = false)]
    pub tone: Option<Tone>,
    /// Of a rate of counts: where the true rate lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = CellInterval, required = false)]
    pub interval: Option<CellInterval>,
}

/// Bounds of a rate, in percent like the rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportCellInterval)]
pub struct CellInterval {
    pub low: String,
    pub high: String,
    /// How sure the bounds are, in percent.
    pub level: u8,
    /// Too wide to go by the rate alone: there were few events.
    pub wide: bool,
}

/// What a change is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeUnit {
    /// Of the previous value.
    Percent,
    /// Percentage points.
    Pp,
}

/// Whether a change is welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Good,
    Bad,
    Neutral,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportPeriod)]
pub struct Period {
    pub from: String,
    pub to: String,
    pub time_zone: String,
    /// Facts after this moment cannot be in yet; those of a period compared with are left out.
    pub complete_until: String,
}

/// Something the reader of the table should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportNote)]
pub struct Note {
    pub code: &'static str,
    pub detail: String,
}
