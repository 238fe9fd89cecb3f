//! A question that is kept: what a screen shows, on whatever day it is looked at.

use std::collections::BTreeMap;

use base::{Day, DayRange};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

pub use crate::calendar::{Compare, Preset};
use crate::error::{Error, Result};
use crate::request::{
    BucketSize, DateBasis, Filter, KnownOn, Order, PeriodRequest, Query, Vat, day,
};
use crate::resolve::HOURLY_PERIOD_DAYS_MAX;

/// Entries that a screen keeps of its own beside the question, and letters of each.
const LOOK_ENTRIES_MAX: usize = 20;
const LOOK_CHARS_MAX: usize = 200;
/// A quarter by hours.
const CHART_STEPS_MAX: usize = 2_500;
const LIST_ROWS_MAX: usize = 10;
/// Of web analytics' cards: the list that each begins with, and what it counts by preference.
const LISTS: [(&str, &str, &[&str]); 4] = [
    ("sources", "channel", &["visitors", "visits"]),
    ("pages", "page", &["page_views"]),
    ("places", "country", &["visitors", "visits"]),
    ("devices", "device", &["visitors", "visits"]),
];

/// What a screen shows. Unknown fields are errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    pub screen: ViewScreen,
    pub period: ViewPeriod,
    #[serde(default)]
    #[schema(required = false)]
    pub compare: Compare,
    pub metrics: Vec<String>,
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// How many of the dimensions the rows are opened by; one unless given.
    #[serde(default)]
    pub depth: Option<u8>,
    #[serde(default)]
    pub property: Option<String>,
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Segments, by number, whose filters hold too.
    #[serde(default)]
    pub segments: Vec<i64>,
    #[serde(default)]
    #[schema(required = false)]
    pub date_basis: DateBasis,
    #[serde(default)]
    pub attribution: Option<String>,
    #[serde(default)]
    #[schema(required = false)]
    pub vat: Vat,
    /// The day at whose end the report stands.
    #[serde(default)]
    pub as_known_on: Option<String>,
    #[serde(default)]
    pub bucket: Option<BucketSize>,
    #[serde(default)]
    pub order: Option<Order>,
    /// What else the screen keeps, such as which metric its chart draws.
    #[serde(default)]
    pub look: BTreeMap<String, String>,
}

/// The screen that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewScreen {
    Reports,
    Analytics,
}

/// Days that move with the calendar, or that stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewPeriod {
    Moving(Preset),
    Fixed(ViewDays),
}

/// First and last local day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewDays {
    #[serde(deserialize_with = "day", serialize_with = "written")]
    #[schema(value_type = String, example = "2026-03-01")]
    pub from: Day,
    #[serde(deserialize_with = "day", serialize_with = "written")]
    #[schema(value_type = String, example = "2026-03-31")]
    pub to: Day,
}

impl ViewScreen {
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Reports => "reports",
            Self::Analytics => "analytics",
        }
    }
}

impl View {
    /// Its question where it is this day: the rows of the table and their totals.
    ///
    /// # Errors
    /// `Error::Invalid` when its period ends before it begins, or a day is none.
    pub fn question(&self, today: Day) -> Result<Query> {
        let days = match self.period {
            ViewPeriod::Moving(preset) => preset.on(today),
            ViewPeriod::Fixed(days) => DayRange::new(days.from, days.to).ok_or_else(|| {
                let detail = "the end is before the start";
                Error::invalid("view.period", "bad_period", detail)
            })?,
        };
        let depth = usize::from(self.depth.unwrap_or(1).max(1));
        let opened = || self.dimensions.iter().take(depth);
        // By what is not opened nothing is sorted.
        let is_asked = |order: &Order| {
            self.metrics.contains(&order.by) || opened().any(|key| *key == order.by)
        };
        Ok(Query {
            metrics: self.metrics.clone(),
            dimensions: opened().cloned().collect(),
            property: self.property.clone(),
            filters: self.filters.clone(),
            segments: self.segments.clone(),
            period: period(days),
            compare: self.compare.of(days, today).map(period),
            bucket: None,
            date_basis: self.date_basis,
            attribution: self.attribution.clone(),
            as_known_on: self.known_on()?,
            order: self.order.clone().into_iter().filter(is_asked).collect(),
            limit: None,
            offset: 0,
            totals: Some(true),
            include_bots: false,
            vat: self.vat,
            language: None,
        })
    }

    /// What the engine does not look at.
    ///
    /// # Errors
    /// `Error::Invalid` when the screen keeps too much of its own.
    pub fn check_look(&self) -> Result<()> {
        let is_key = |key: &str| {
            (1..=20).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        let fits = |(key, value): (&String, &String)| {
            is_key(key) && value.chars().count() <= LOOK_CHARS_MAX
        };
        if self.look.len() <= LOOK_ENTRIES_MAX && self.look.iter().all(fits) {
            return Ok(());
        }
        let detail = format!(
            "name at most {LOOK_ENTRIES_MAX} things in small letters, each with at most \
             {LOOK_CHARS_MAX} characters"
        );
        Err(Error::invalid("view.look", "out_of_range", detail))
    }

    /// Leaves only these of its metrics.
    pub fn keep_metrics(&mut self, limit: &[String]) {
        self.metrics.retain(|key| limit.contains(key));
        let is_left =
            |order: &Order| limit.contains(&order.by) || self.dimensions.contains(&order.by);
        self.order = self.order.take().filter(is_left);
    }

    /// The question of its chart: what it draws, step by step.
    ///
    /// # Errors
    /// As [`View::question`].
    pub fn chart(&self, today: Day) -> Result<Query> {
        let asked = self.question(today)?;
        let days = asked.period.to.0 - asked.period.from.0 + 1;
        let fits = |size: &BucketSize| *size != BucketSize::Hour || days <= HOURLY_PERIOD_DAYS_MAX;
        let bucket = self.bucket.filter(fits).unwrap_or(match days {
            ..=2 => BucketSize::Hour,
            3..=62 => BucketSize::Day,
            63..=190 => BucketSize::Week,
            _ => BucketSize::Month,
        });
        let drawn = ["chart", "line"].into_iter();
        let drawn = drawn.filter_map(|key| self.look.get(key));
        let mut metrics: Vec<String> = drawn
            .filter(|key| self.metrics.contains(key))
            .cloned()
            .collect();
        if metrics.is_empty() {
            metrics.extend(self.metrics.first().cloned());
        }
        metrics.dedup();
        Ok(Query {
            metrics,
            dimensions: Vec::new(),
            bucket: Some(bucket),
            compare: None,
            order: Vec::new(),
            limit: Some(CHART_STEPS_MAX),
            ..asked
        })
    }

    /// The questions of the lists that web analytics shows beside its chart.
    ///
    /// # Errors
    /// As [`View::question`].
    pub fn lists(&self, today: Day) -> Result<Vec<Query>> {
        if self.screen != ViewScreen::Analytics {
            return Ok(Vec::new());
        }
        let asked = self.question(today)?;
        let list = |(card, first, metrics): &(&str, &str, &[&str])| {
            let chosen = self.look.get(*card).map_or(*first, String::as_str);
            let named = crate::catalogue::dimension(chosen)?;
            let metric = metrics
                .iter()
                .find(|key| self.metrics.iter().any(|kept| kept == **key))?;
            (!named.tells_single_events()).then(|| Query {
                metrics: vec![(*metric).to_owned()],
                dimensions: vec![named.key.to_owned()],
                compare: None,
                order: Vec::new(),
                limit: Some(LIST_ROWS_MAX),
                ..asked.clone()
            })
        };
        Ok(LISTS.iter().filter_map(list).collect())
    }

    fn known_on(&self) -> Result<Option<KnownOn>> {
        let Some(text) = &self.as_known_on else {
            return Ok(None);
        };
        let day = text.parse().map_err(|_| {
            let detail = format!("{text:?} is not a day such as 2026-03-31");
            Error::invalid("view.as_known_on", "not_a_day", detail)
        })?;
        Ok(Some(KnownOn::EndOf(day)))
    }
}

fn period(days: DayRange) -> PeriodRequest {
    PeriodRequest {
        from: days.first,
        to: days.last,
        time_zone: None,
    }
}

fn written<S: Serializer>(day: &Day, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn view(period: &serde_json::Value) -> View {
        let view = json!({
            "screen": "reports",
            "period": period,
            "metrics": ["visits"],
            "dimensions": ["channel", "campaign", "ad"],
            "depth": 2,
        });
        serde_json::from_value(view).unwrap()
    }

    #[test]
    fn a_moving_period_is_asked_as_of_the_day_and_as_deep_as_it_was_open() {
        let view = view(&json!({"moving": "last_7"}));
        let asked = view.question("2026-03-03".parse().unwrap()).unwrap();
        assert_eq!(asked.period.from.to_string(), "2026-02-25");
        let compared = asked.compare.unwrap();
        assert_eq!(compared.to.to_string(), "2026-02-24");
        assert_eq!(asked.dimensions, ["channel", "campaign"]);
    }

    #[test]
    fn a_view_is_read_as_it_was_written() {
        let fixed = json!({"fixed": {"from": "2026-03-01", "to": "2026-03-31"}});
        let view = view(&fixed);
        let written = serde_json::to_value(&view).unwrap();
        assert_eq!(written["period"], fixed);
        assert_eq!(serde_json::from_value::<View>(written).unwrap(), view);
    }

    #[test]
    fn days_that_end_before_they_begin_are_refused() {
        let view = view(&json!({"fixed": {"from": "2026-03-31", "to": "2026-03-01"}}));
        let refused = view.question("2026-04-01".parse().unwrap()).unwrap_err();
        assert_eq!(refused.code(), "bad_period");
    }

    #[test]
    fn what_a_screen_keeps_is_bounded() {
        let mut view = view(&json!({"moving": "today"}));
        view.look.insert("chart".to_owned(), "visits".to_owned());
        assert!(view.check_look().is_ok());
        view.look.insert("a b".to_owned(), String::new());
        assert_eq!(view.check_look().unwrap_err().code(), "out_of_range");
    }
}
