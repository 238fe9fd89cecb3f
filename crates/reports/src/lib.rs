//! Numbers out: the catalogue of metrics and dimensions, the query language, its planner,
//! the rows behind a number, and exports.
//!
//! A metric is defined once, in [`catalogue`] or by a workspace in a formula of `formula`, and
//! divided once, in `compute`. Nothing is written.

mod asked;
mod asking;
mod calendar;
pub mod catalogue;
mod clock;
mod compute;
mod context;
mod error;
mod execute;
pub mod export;
mod formula;
mod goals;
mod history;
mod interval;
mod plan;
mod renamed;
mod report;
mod request;
mod resolve;
mod rows;
mod table;
mod view;
mod visits;

pub use asking::Clock;
pub use context::{Language, ReportContext, WeekStart};
pub use error::{Error, Result};
pub use execute::run;
pub use formula::{
    CUSTOM_PREFIX, CustomMetric, FORMULA_CHARS_MAX, MetricFormat, MetricFormula, Problem,
};
pub use goals::{Goal, GoalMoney, GoalRule, GoalsRequest, goals};
pub use history::{HistoryLeftOut, HistoryStretch, ReportHistory};
pub use renamed::{FormerName, Formerly, RenamedEntity};
pub use report::{
    Cell, CellInterval, ChangeUnit, Column, ColumnKind, DimensionValue, Note, Period, Report,
    ReportRow, Tone,
};
pub use request::{
    BucketSize, DateBasis, Filter, FilterOperator, KnownOn, Order, OrderDirection, PeriodRequest,
    Query, Vat,
};
pub use resolve::{Resolved, resolve};
pub use rows::{
    Behind, BehindColumn, BehindKind, BehindName, BehindNames, BehindPart, BehindRequest,
    BehindSide, behind,
};
pub use view::{Compare, Preset, View, ViewDays, ViewPeriod, ViewScreen};
pub use visits::{Outcomes, Visit, VisitBecame, Visits, VisitsOf, VisitsRequest, visits};
