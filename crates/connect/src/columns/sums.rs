//! Rows of platforms' reports that sum up the others: they name none of the report's ads.

use super::{Field, Format, Kind, Mapping};
use crate::dates::{DateOrder, parse_days};
use crate::table::Layout;

/// Which rows of a file sum up the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums {
    /// Columns of which a row names something, unless it sums up; none where rows need no names.
    names: Vec<usize>,
    day: Option<usize>,
    last_day: Option<usize>,
}

impl Sums {
    /// By the titles of the file.
    pub(crate) fn of(layout: &Layout) -> Self {
        Self::chosen(layout, &Mapping::recognise(Kind::Costs, &layout.header))
    }

    /// By the columns as they are read.
    pub(crate) fn chosen(layout: &Layout, mapping: &Mapping) -> Self {
        match Format::of(layout) {
            Format::VkAds | Format::MetaAds | Format::TiktokAds | Format::MicrosoftAds => {}
            Format::GoogleAds
            | Format::YandexDirect
            | Format::MetricaExpenses
            | Format::Generic => return Self::default(),
        }
        let column = |field| mapping.column(field).map(|(column, _)| column);
        let ads = [
            Field::Campaign,
            Field::CampaignId,
            Field::AdGroup,
            Field::AdGroupId,
            Field::Ad,
            Field::AdId,
        ];
        let mut names: Vec<usize> = ads.into_iter().filter_map(column).collect();
        if names.is_empty() {
            names.extend(column(Field::Account));
        }
        Self {
            names,
            day: column(Field::Day),
            last_day: column(Field::LastDay),
        }
    }

    /// Whether a row names none of the report's ads.
    pub(crate) fn names_nothing(&self, cells: &[String]) -> bool {
        !self.names.is_empty() && self.names.iter().all(|name| text(cells, *name).is_empty())
    }

    /// Whether a row that names nothing is of no day of its own: none, or several together.
    pub(crate) fn sum_up(&self, cells: &[String]) -> bool {
        let Some(day) = self.day.map(|day| text(cells, day)) else {
            return false;
        };
        let last = self.last_day.map_or("", |last| text(cells, last));
        let is_range = |order| parse_days(day, order).is_some_and(|days| days.first != days.last);
        let is_of_days = day.is_empty()
            || (!last.is_empty() && last != day)
            || is_range(DateOrder::DayFirst)
            || is_range(DateOrder::MonthFirst);
        self.names_nothing(cells) && is_of_days
    }
}

/// A cell; platforms write a dash where there is nothing.
fn text(cells: &[String], index: usize) -> &str {
    match cells.get(index).map_or("", |cell| cell.trim()) {
        "-" | "--" => "",
        text => text,
    }
}
