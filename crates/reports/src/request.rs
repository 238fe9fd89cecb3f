//! The question as it comes over the wire.

use base::{Day, TimeZone, UnixMillis};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::context::Language;

/// A question: which metrics, by which dimensions, of which time. Unknown fields are errors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportQuery)]
pub struct Query {
    #[schema(example = json!(["cost", "leads", "cpl"]))]
    pub metrics: Vec<String>,
    #[serde(default)]
    #[schema(example = json!(["channel"]))]
    pub dimensions: Vec<String>,
    /// The property of events that the dimension `property` is about.
    #[serde(default)]
    #[schema(example = "plan")]
    pub property: Option<String>,
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Segments, by number, whose filters hold too.
    #[serde(default)]
    pub segments: Vec<i64>,
    pub period: PeriodRequest,
    #[serde(default)]
    pub compare: Option<PeriodRequest>,
    #[serde(default)]
    pub bucket: Option<BucketSize>,
    #[serde(default)]
    pub date_basis: DateBasis,
    /// `last_non_direct` unless given.
    #[serde(default)]
    pub attribution: Option<String>,
    /// Leaves out what was recorded later, and shows the labels that were in force then.
    /// A day means its end, in the time zone of the period.
    #[serde(default, deserialize_with = "known_on")]
    #[schema(value_type = Option<String>, example = "2026-03-31T12:00:00Z")]
    pub as_known_on: Option<KnownOn>,
    #[serde(default)]
    pub order: Vec<Order>,
    /// Rows a page, with a bucket for each of its steps; 100 unless given. The row where everything
    /// is unknown is not counted: it comes in addition, at the end of every page.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Rows that are left out before the page; the unknown one never is.
    #[serde(default)]
    pub offset: usize,
    /// Totals are given unless this is false.
    #[serde(default)]
    pub totals: Option<bool>,
    #[serde(default)]
    pub include_bots: bool,
    #[serde(default)]
    pub vat: Vat,
    #[serde(default)]
    pub language: Option<Language>,
}

/// First and last local day, both included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportPeriodBody)]
pub struct PeriodRequest {
    #[serde(deserialize_with = "day")]
    #[schema(value_type = String, example = "2026-03-31")]
    pub from: Day,
    #[serde(deserialize_with = "day")]
    #[schema(value_type = String, example = "2026-03-31")]
    pub to: Day,
    /// An IANA zone; the workspace's unless given.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// Until when facts were recorded that a report knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownOn {
    Moment(UnixMillis),
    EndOf(Day),
}

impl KnownOn {
    /// The last moment that is known, where days are those of the zone.
    #[must_use]
    pub fn moment(self, zone: &TimeZone) -> UnixMillis {
        match self {
            Self::Moment(moment) => moment,
            Self::EndOf(day) => zone.start_of(day.plus_days(1)).plus_ms(-1),
        }
    }
}

/// A condition on a dimension. Several values of one filter are alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportFilter)]
pub struct Filter {
    pub dimension: String,
    pub op: FilterOperator,
    #[serde(default)]
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterOperator {
    Is,
    IsNot,
    Contains,
    StartsWith,
    /// The same but for letter case and slashes at the end.
    IsAlike,
    IsUnknown,
    IsKnown,
}

/// The width of a step in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BucketSize {
    Hour,
    Day,
    Week,
    Month,
}

/// Which date of a lead or deal puts it into a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateBasis {
    /// The credited visit: what this traffic brought, whenever it came.
    #[default]
    Visit,
    /// Creation of the lead or deal.
    Creation,
    /// The change's own date: when money moved.
    Payment,
}

/// Whether money is shown with VAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Vat {
    #[default]
    Net,
    Gross,
}

/// What rows are sorted by: a metric or a dimension of the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportOrder)]
pub struct Order {
    pub by: String,
    #[serde(default)]
    pub direction: OrderDirection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderDirection {
    Asc,
    #[default]
    Desc,
}

impl DateBasis {
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Creation => "creation",
            Self::Payment => "payment",
        }
    }
}

/// The question's fields and the endpoint's own ones in one object, as they come over the wire.
pub(crate) fn beside(question: RefOr<Schema>, own: RefOr<Schema>) -> RefOr<Schema> {
    match (question, own) {
        (RefOr::T(Schema::Object(mut object)), RefOr::T(Schema::Object(own))) => {
            object.properties.extend(own.properties);
            object.required.extend(own.required);
            RefOr::T(Schema::Object(object))
        }
        (question, _) => question,
    }
}

pub(crate) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| serde::de::Error::custom(format!("{text:?} is not a day such as 2026-03-31")))
}

pub(crate) fn known_on<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<KnownOn>, D::Error> {
    let Some(text) = <Option<String>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    if let Ok(day) = text.parse() {
        return Ok(Some(KnownOn::EndOf(day)));
    }
    let moment = UnixMillis::parse_rfc3339(&text).map(KnownOn::Moment);
    moment.map(Some).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "{text:?} is neither a day nor a moment such as 2026-03-31T12:00:00Z"
        ))
    })
}
