//! Building blocks of a statement: steps in time, conditions, parameters.

use std::collections::BTreeMap;

use base::{Currency, DayRange, UnixMillis};
use warehouse::Parameter;

use crate::clock::{Cut, Offsets};
use crate::context::{ReportContext, WeekStart};
use crate::plan::{Dialect, Grain, Stretch};
use crate::request::{BucketSize, FilterOperator};
use crate::resolve::{Resolved, ResolvedFilter};

/// A statement in the making.
pub(crate) struct Builder<'a> {
    pub(crate) resolved: &'a Resolved,
    pub(crate) context: &'a ReportContext,
    pub(crate) range: DayRange,
    /// The period that is compared with, where one statement answers both.
    pub(crate) compared: Option<DayRange>,
    compared_span: (UnixMillis, UnixMillis),
    /// The day that ends early, of either period.
    pub(crate) cut: Option<Cut>,
    /// Only that day counts.
    pub(crate) in_cut: bool,
    pub(crate) grain: Grain,
    pub(crate) dialect: &'a dyn Dialect,
    pub(crate) offsets: Offsets,
    /// First moment, and the first moment after the end.
    pub(crate) span: (UnixMillis, UnixMillis),
    pub(crate) parameters: Vec<Parameter>,
    /// There is a pre-aggregate by days of the question's zone.
    pub(crate) days_kept: bool,
}

/// Where a fact stands in time.
pub(crate) enum TimeColumn {
    /// Milliseconds of UTC.
    Moment(String),
    /// Number of a local day.
    Day(String),
}

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

impl<'a> Builder<'a> {
    pub(crate) fn new(
        resolved: &'a Resolved,
        context: &'a ReportContext,
        stretch: Stretch,
        grain: Grain,
        dialect: &'a dyn Dialect,
    ) -> Self {
        let span = stretch.span(&resolved.time_zone);
        let offsets = Offsets::of(&resolved.time_zone, span);
        Self {
            resolved,
            context,
            range: stretch.days,
            compared: None,
            compared_span: span,
            cut: stretch.cut,
            in_cut: false,
            grain,
            dialect,
            offsets,
            span,
            parameters: Vec::new(),
            days_kept: false,
        }
    }

    /// Answers another period in the same statement; the two have no day in common.
    pub(crate) fn compare_with(&mut self, compared: Stretch) {
        self.compared = Some(compared.days);
        self.compared_span = compared.span(&self.resolved.time_zone);
        self.cut = compared.cut;
        let span = self.resolved.time_zone.span_of(self.hull());
        self.offsets = Offsets::of(&self.resolved.time_zone, span);
    }

    /// The days of the period, of the one compared with, and between them.
    pub(crate) fn hull(&self) -> DayRange {
        let compared = self.compared.unwrap_or(self.range);
        DayRange {
            first: self.range.first.min(compared.first),
            last: self.range.last.max(compared.last),
        }
    }

    /// Which period a fact is in: 0 for the one asked for, 1 for the one compared with.
    pub(crate) fn period_of(&self, time: &TimeColumn) -> Option<String> {
        let compared = self.compared?;
        let (early, late) = match compared.first < self.range.first {
            true => (1, 0),
            false => (0, 1),
        };
        let start = self.range.first.max(compared.first);
        let before = match time {
            TimeColumn::Moment(moment) => {
                let start = self.resolved.time_zone.start_of(start);
                format!("{moment} < {}", start.0)
            }
            TimeColumn::Day(day) => format!("{day} < {}", start.0),
        };
        Some(format!("case when {before} then {early} else {late} end"))
    }

    /// The step, if steps are asked for.
    pub(crate) fn bucket(&self) -> Option<BucketSize> {
        if self.grain == Grain::Rows {
            self.resolved.bucket
        } else {
            None
        }
    }

    /// Names of the columns that rows are grouped by.
    pub(crate) fn key_names(&self) -> Vec<String> {
        let period = self.compared.map(|_| "period".to_owned());
        let step = self.bucket().map(|_| "step".to_owned());
        let dimensions = match self.grain {
            Grain::Rows | Grain::Series => self.resolved.dimensions.len(),
            Grain::Total => 0,
        };
        period
            .into_iter()
            .chain(step)
            .chain((0..dimensions).map(|index| format!("d{index}")))
            .collect()
    }

    /// Binds a text and gives its place in the statement.
    pub(crate) fn bind(&mut self, text: &str) -> String {
        self.parameters.push(Parameter::Text(text.to_owned()));
        self.dialect.parameter(self.parameters.len())
    }

    /// The step that a fact is in.
    pub(crate) fn step_of(&self, time: &TimeColumn, size: BucketSize) -> String {
        if size == BucketSize::Hour {
            return match time {
                TimeColumn::Moment(moment) => {
                    format!("({moment} - {} % {HOUR_MS})", self.local(moment))
                }
                TimeColumn::Day(day) => self.start_of_day(day),
            };
        }
        let day = self.day_of(time);
        let week = |shift: i64| format!("({day} - ({day} + {shift}) % 7)");
        match (size, self.resolved.week_start) {
            (BucketSize::Hour | BucketSize::Day, _) => day,
            // Day 0 was a Thursday.
            (BucketSize::Week, WeekStart::Monday) => week(3),
            (BucketSize::Week, WeekStart::Sunday) => week(4),
            (BucketSize::Month, _) => self.dialect.month_of(&day),
        }
    }

    /// Number of the local day.
    pub(crate) fn day_of(&self, time: &TimeColumn) -> String {
        match time {
            TimeColumn::Moment(moment) => self.dialect.divide(&self.local(moment), DAY_MS),
            TimeColumn::Day(day) => day.clone(),
        }
    }

    /// The fact lies in the period, or in the one compared with.
    pub(crate) fn in_period(&self, time: &TimeColumn) -> String {
        if let Some(Cut { day, until }) = self.cut.filter(|_| self.in_cut) {
            let days = DayRange {
                first: day,
                last: day,
            };
            return within(time, days, (self.resolved.time_zone.start_of(day), until));
        }
        let Some(compared) = self.compared else {
            return within(time, self.range, self.span);
        };
        // The hull first: it is what keeps the engine from reading blocks of other times.
        let hull = within(
            time,
            self.hull(),
            self.resolved.time_zone.span_of(self.hull()),
        );
        let own = within(time, self.range, self.span);
        let other = within(time, compared, self.compared_span);
        format!("{hull} and ({own} or {other})")
    }

    /// The condition of a filter on a dimension's value. Null is unknown, not false.
    pub(crate) fn condition(&mut self, filter: &ResolvedFilter, value: &str) -> String {
        let places: Vec<String> = filter.values.iter().map(|text| self.bind(text)).collect();
        let any = |test: &dyn Fn(&String) -> String| {
            format!(
                "({})",
                places.iter().map(test).collect::<Vec<_>>().join(" or ")
            )
        };
        let list = places.join(", ");
        match filter.operator {
            FilterOperator::Is => format!("{value} in ({list})"),
            FilterOperator::IsNot => format!("({value} is null or {value} not in ({list}))"),
            FilterOperator::Contains => any(&|place| self.dialect.contains(value, place)),
            FilterOperator::StartsWith => any(&|place| self.dialect.starts_with(value, place)),
            FilterOperator::IsAlike => any(&|place| self.dialect.is_alike(value, place)),
            FilterOperator::IsUnknown => format!("{value} is null"),
            FilterOperator::IsKnown => format!("{value} is not null"),
        }
    }

    /// The condition, and what its filter finds by former names: each by its source and the name
    /// that it has now.
    pub(crate) fn or_renamed(
        &mut self,
        filter: &ResolvedFilter,
        condition: &str,
        value: &str,
        source: &str,
    ) -> String {
        let mut sources: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for found in &filter.renamed {
            let place = self.bind(&found.name);
            sources.entry(&found.source).or_default().push(place);
        }
        let found: Vec<String> = sources
            .into_iter()
            .map(|(name, places)| {
                let source = self.dialect.lower(source);
                let name = self.bind(name);
                let places = places.join(", ");
                format!("({value} in ({places}) and {source} = {name})")
            })
            .collect();
        let found = found.join(" or ");
        match filter.operator {
            FilterOperator::IsNot => format!("({condition} and not coalesce({found}, false))"),
            _ => format!("({condition} or {found})"),
        }
    }

    /// Milliseconds of the local clock, by the table of offsets.
    fn local(&self, moment: &str) -> String {
        let Offsets { first_ms, changes } = &self.offsets;
        if changes.is_empty() {
            return format!("({moment} + {first_ms})");
        }
        let mut before = *first_ms;
        let mut cases = String::new();
        for (change, after) in changes {
            cases.push_str(&format!(" when {moment} < {} then {before}", change.0));
            before = *after;
        }
        format!("({moment} + case{cases} else {before} end)")
    }

    /// A day's first moment, looked up in a list: only short periods have steps of hours.
    fn start_of_day(&self, day: &str) -> String {
        let compared = self.compared.into_iter().flat_map(DayRange::days);
        let cases: String = self
            .range
            .days()
            .chain(compared)
            .map(|known| {
                let start = self.resolved.time_zone.start_of(known);
                format!(" when {} then {}", known.0, start.0)
            })
            .collect();
        format!("cast(case {day}{cases} end as bigint)")
    }
}

fn within(time: &TimeColumn, range: DayRange, (from, until): (UnixMillis, UnixMillis)) -> String {
    match time {
        TimeColumn::Moment(moment) => {
            format!("{moment} >= {} and {moment} < {}", from.0, until.0)
        }
        TimeColumn::Day(day) => {
            format!("{day} between {} and {}", range.first.0, range.last.0)
        }
    }
}

/// What an event of the page brought, where it is told in the workspace's currency.
pub(crate) fn event_revenue(currency: Currency) -> String {
    format!(
        "case when f.revenue_currency = '{}' then f.revenue_micros else 0 end",
        currency.code()
    )
}
