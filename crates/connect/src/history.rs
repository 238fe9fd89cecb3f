//! Days as another tool counted them: exports of Plausible, Google Analytics and Matomo.

use base::{Country, Day, HistoryAbout, HistoryCounts, HistoryTool, Traffic};
use domain::source::{canonical_source, channel_of_tags, split_url};

use crate::columns::{Field, Kind, Mapping};
use crate::dates::parse_day;
use crate::numbers::parse_count;
use crate::plan::{RecordOptions, RecordPlan, shortened, wrong};
use crate::table::{Layout, TableRow};
use crate::{PlanError, RowError, RowErrorCode};

/// One row of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFileRow {
    pub row: u64,
    pub day: Day,
    /// A page without a host is one of the site.
    pub about: HistoryAbout,
    pub counts: HistoryCounts,
}

/// How the rows of one such file are read.
#[derive(Debug, Clone)]
pub struct HistoryPlan {
    plan: RecordPlan,
    /// What rows split a day by: the first of these that has a column, else all of the day.
    split: Option<Field>,
}

/// What a file may split its days by besides traffic. One that splits by two adds up to the first.
const SPLITS: [Field; 8] = [
    Field::Event,
    Field::Page,
    Field::LandingPage,
    Field::ExitPage,
    Field::Country,
    Field::Device,
    Field::Browser,
    Field::System,
];

const TRAFFIC: [Field; 7] = [
    Field::Source,
    Field::SourceMedium,
    Field::Medium,
    Field::Campaign,
    Field::Ad,
    Field::Keyword,
    Field::Referrer,
];

const MICROS: i64 = 1_000_000;
/// A visit of a day lasts no longer.
const SECONDS_MAX_MICROS: i64 = 1_000_000_000 * MICROS;

/// The tool that writes such titles.
#[must_use]
pub fn tool_of(header: &[String]) -> HistoryTool {
    let has = |title: &str| {
        header
            .iter()
            .any(|own| own.trim().eq_ignore_ascii_case(title))
    };
    if has("nb_visits") || has("nb_uniq_visitors") || has("bounce_count") {
        HistoryTool::Matomo
    } else if has("visit_duration") || has("pageviews") && has("visitors") {
        HistoryTool::Plausible
    } else if has("sessions") || has("active users") || has("total users") || has("event count") {
        HistoryTool::GoogleAnalytics
    } else {
        HistoryTool::Other
    }
}

impl HistoryPlan {
    /// # Errors
    /// When no column is the day, or the options name a column or a zone that does not exist.
    pub fn new(
        layout: &Layout,
        options: &RecordOptions,
        sample: &[TableRow],
    ) -> Result<Self, PlanError> {
        let plan = RecordPlan::new(Kind::History, layout, options, sample)?;
        let has = |field: &Field| plan.file.mapping.column(*field).is_some();
        let split = SPLITS.into_iter().find(has);
        let split = split.or_else(|| TRAFFIC.into_iter().find(has).map(|_| Field::Source));
        Ok(Self { plan, split })
    }

    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.plan.file.mapping
    }

    /// # Errors
    /// When the row is no day with a number, with the field that is wrong.
    pub fn read(&self, row: &TableRow) -> Result<HistoryFileRow, RowError> {
        let file = &self.plan.file;
        file.check_cells(row)?;
        let text = file.required(row, Field::Day)?;
        let day = parse_day(&text, file.dates).ok_or_else(|| {
            let detail = format!("{} is not a date", shortened(&text));
            wrong(row, Field::Day, RowErrorCode::BadDate, detail)
        })?;
        let counts = self.counts(row)?;
        if counts.is_empty() {
            let detail = "the row tells no number".to_owned();
            return Err(wrong(
                row,
                Field::Visits,
                RowErrorCode::MissingValue,
                detail,
            ));
        }
        Ok(HistoryFileRow {
            row: row.row,
            day,
            about: self.about(row)?,
            counts,
        })
    }

    fn about(&self, row: &TableRow) -> Result<HistoryAbout, RowError> {
        let Some(split) = self.split else {
            return Ok(HistoryAbout::Whole);
        };
        let text = || self.plan.file.owned(row, split);
        Ok(match split {
            Field::Event => HistoryAbout::Event(text()?),
            Field::Page => HistoryAbout::Page(self.page(row, split)?),
            Field::LandingPage => HistoryAbout::LandingPage(self.page(row, split)?),
            Field::ExitPage => HistoryAbout::ExitPage(self.page(row, split)?),
            Field::Country => HistoryAbout::Country(self.country(row)?),
            Field::Device => HistoryAbout::Device(device(&text()?).to_owned()),
            Field::Browser => HistoryAbout::Browser(text()?),
            Field::System => HistoryAbout::System(text()?),
            _ => HistoryAbout::Traffic(Box::new(self.traffic(row)?)),
        })
    }

    /// Host and path, as of own pages; without a host where the file names none.
    fn page(&self, row: &TableRow, field: Field) -> Result<String, RowError> {
        let text = self.plan.file.owned(row, field)?;
        if let Some(parts) = split_url(&text) {
            return Ok(format!("{}{}", parts.host, parts.path));
        }
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let host = self.plan.file.owned(row, Field::Host)?.to_lowercase();
        Ok(match path {
            "" => String::new(),
            path if path.starts_with('/') => format!("{host}{path}"),
            path => path.to_owned(),
        })
    }

    fn country(&self, row: &TableRow) -> Result<String, RowError> {
        let text = self.plan.file.owned(row, Field::Country)?;
        let code = Country::from_code(&text.to_uppercase());
        match (text.as_str(), code.code()) {
            ("" | "ZZ" | "(not set)", _) => Ok(String::new()),
            (_, "") => {
                let detail = format!("{} is no code of two letters", shortened(&text));
                Err(wrong(row, Field::Country, RowErrorCode::BadCountry, detail))
            }
            (_, code) => Ok(code.to_owned()),
        }
    }

    fn traffic(&self, row: &TableRow) -> Result<Traffic, RowError> {
        let known = |text: String| match text.trim() {
            "(none)" | "(not set)" | "(direct)" | "Direct / None" => String::new(),
            other => other.to_owned(),
        };
        let text = |field| Ok::<_, RowError>(known(self.plan.file.owned(row, field)?));
        let both = self.plan.file.owned(row, Field::SourceMedium)?;
        let (of_both, medium_of_both) = both.split_once(" / ").unwrap_or((&both, ""));
        let or = |own: String, other: &str| match own.is_empty() {
            true => known(other.to_owned()),
            false => own,
        };
        let source = or(text(Field::Source)?, of_both);
        let traffic = Traffic {
            source: canonical_source(&source).into_owned(),
            medium: or(text(Field::Medium)?, medium_of_both),
            campaign: text(Field::Campaign)?,
            ad: text(Field::Ad)?,
            keyword: text(Field::Keyword)?,
            referrer: host_of(&text(Field::Referrer)?),
            ..Traffic::default()
        };
        if traffic.is_direct() {
            return Ok(Traffic::direct());
        }
        let channel = channel_of_tags(&traffic.source, &traffic.medium, &traffic.campaign);
        Ok(Traffic {
            default_channel: channel.to_owned(),
            ..traffic
        })
    }

    fn counts(&self, row: &TableRow) -> Result<HistoryCounts, RowError> {
        let visits = self.count(row, Field::Visits)?;
        let of_rate = self.share(row, Field::BounceRate)?.zip(visits);
        let of_mean = self.seconds(row, Field::AverageSeconds)?.zip(visits);
        let bounces = of_rate.and_then(|(rate, visits)| product(rate, visits, MICROS));
        let lasted = of_mean.and_then(|(mean, visits)| product(mean, visits, 1_000));
        let total = self.seconds(row, Field::VisitSeconds)?;
        Ok(HistoryCounts {
            visitors: self.count(row, Field::Visitors)?,
            visits,
            page_views: self.count(row, Field::PageViews)?,
            bounces: self.count(row, Field::Bounces)?.or(bounces),
            lasted_ms: total.map(|micros| micros / 1_000).or(lasted),
            events: self.count(row, Field::Events)?,
        })
    }

    fn count(&self, row: &TableRow, field: Field) -> Result<Option<i64>, RowError> {
        let text = self.plan.file.text(row, field);
        if text.is_empty() {
            return Ok(None);
        }
        let counted = parse_count(text, self.plan.file.decimal);
        counted
            .map(Some)
            .ok_or_else(|| not_a_count(row, field, text))
    }

    /// In millionths: `45 %` and `0.45` are the same.
    fn share(&self, row: &TableRow, field: Field) -> Result<Option<i64>, RowError> {
        let text = self.plan.file.text(row, field);
        let Some(micros) = self.plan.file.micros(row, field)? else {
            return Ok(None);
        };
        let is_percent = text.contains('%') || micros > MICROS;
        let share = if is_percent { micros / 100 } else { micros };
        match (0..=MICROS).contains(&share) {
            true => Ok(Some(share)),
            false => Err(not_a_count(row, field, text)),
        }
    }

    /// In millionths: `83.5` and `00:01:23` are seconds.
    fn seconds(&self, row: &TableRow, field: Field) -> Result<Option<i64>, RowError> {
        let text = self.plan.file.text(row, field);
        let micros = match text.contains(':') {
            true => clock_micros(text),
            false => self.plan.file.micros(row, field)?,
        };
        match micros {
            Some(micros) if (0..=SECONDS_MAX_MICROS).contains(&micros) => Ok(Some(micros)),
            None if text.is_empty() => Ok(None),
            _ => Err(not_a_count(row, field, text)),
        }
    }
}

fn not_a_count(row: &TableRow, field: Field, text: &str) -> RowError {
    let detail = format!("{} is no number that this can be", shortened(text));
    wrong(row, field, RowErrorCode::BadNumber, detail)
}

/// What each of so many had, in millionths, added up by `unit` millionths; rounded half up.
fn product(each_micros: i64, count: i64, unit: i64) -> Option<i64> {
    let sum = i128::from(each_micros) * i128::from(count) + i128::from(unit / 2);
    i64::try_from(sum / i128::from(unit)).ok()
}

/// `h:mm:ss` or `mm:ss`.
fn clock_micros(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text
        .split(':')
        .map(|part| part.trim().parse().ok().filter(|part| *part >= 0))
        .collect::<Option<_>>()?;
    let seconds = parts
        .iter()
        .try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(*part))?;
    seconds.checked_mul(MICROS).filter(|_| parts.len() <= 3)
}

fn host_of(referrer: &str) -> String {
    let of_address = split_url(referrer).map(|parts| parts.host.into_owned());
    of_address.unwrap_or_else(|| {
        let host = referrer.split('/').next().unwrap_or_default();
        host.to_lowercase()
    })
}

/// As own visits name them; empty for others.
fn device(text: &str) -> &'static str {
    match text.trim().to_lowercase().as_str() {
        "desktop" | "laptop" | "ultrawide" | "ultra-wide" => "desktop",
        "mobile" | "phone" | "smartphone" | "phablet" | "feature phone" => "phone",
        "tablet" => "tablet",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    fn read(file: &str) -> Vec<String> {
        let mut table = Table::open(file.as_bytes()).unwrap();
        let sample = table.sample(10).unwrap();
        let options = RecordOptions {
            columns: Default::default(),
            currency: "EUR".parse().unwrap(),
            date_order: None,
            status_groups: Default::default(),
            time_zone: "UTC".into(),
            default_country: String::new(),
            source_label: String::new(),
            sheet: None,
            site: None,
            tool: None,
        };
        let plan = HistoryPlan::new(table.layout(), &options, &sample).unwrap();
        let shown = |row: &TableRow| match plan.read(row) {
            Ok(read) => {
                let HistoryCounts {
                    visitors,
                    visits,
                    page_views,
                    bounces,
                    lasted_ms,
                    events,
                } = read.counts;
                let told = [visitors, visits, page_views, bounces, lasted_ms, events]
                    .map(|count| count.map_or("-".to_owned(), |count| count.to_string()));
                let traffic = read.about.traffic().map_or(String::new(), |traffic| {
                    let Traffic {
                        source,
                        medium,
                        default_channel,
                        ..
                    } = traffic;
                    format!("{source}/{medium}/{default_channel}")
                });
                let (split, value) = (read.about.split(), read.about.value());
                format!("{} {split} {value}{traffic} {}", read.day, told.join(" "))
            }
            Err(error) => format!("{} {}", error.row, error.code.name()),
        };
        table.map(|row| shown(&row.unwrap())).collect()
    }

    #[test]
    fn plausible_tells_days_sources_and_pages() {
        let days = "\"date\",\"visitors\",\"pageviews\",\"bounces\",\"visits\",\"visit_duration\"\n\
                    \"2025-03-01\",14,20,8,16,1200\n\"2025-03-02\",,,,,\n";
        assert_eq!(
            read(days),
            ["2025-03-01 whole  14 16 20 8 1200000 -", "3 missing_value"]
        );
        let sources = "date,source,referrer,utm_source,utm_medium,utm_campaign,utm_content,\
                       utm_term,pageviews,visitors,visits,visit_duration,bounces\n\
                       2025-03-01,Google,google.com,,,,,,10,6,7,60,3\n\
                       2025-03-01,,,,,,,,4,3,3,0,3\n\
                       2025-03-01,Facebook,,facebook,cpc,spring,,,4,3,3,0,3\n";
        assert_eq!(
            read(sources),
            [
                "2025-03-01 traffic google//organic_search 6 7 10 3 60000 -",
                "2025-03-01 traffic //direct 3 3 4 3 0 -",
                "2025-03-01 traffic facebook/cpc/paid_social 3 3 4 3 0 -",
            ]
        );
        let pages = "date,hostname,page,visits,visitors,pageviews,total_time_on_page\n\
                     2025-03-01,Shop.example,/a?x=1,2,2,5,9\n";
        assert_eq!(read(pages), ["2025-03-01 page shop.example/a 2 2 5 - - -"]);
        let entries = "date,entry_page,visitors,entrances,visit_duration,bounces,pageviews\n\
                       2025-03-01,/a,28,29,3573,13,64\n";
        assert_eq!(
            read(entries),
            ["2025-03-01 landing_page /a 28 29 64 13 3573000 -"]
        );
        let countries = "date,country,region,city,visitors,visits,visit_duration,bounces,\
                         pageviews\n\
                         2025-03-01,PL,PL-14,756135,1,2,3,0,5\n2025-03-01,Poland,,,1,2,3,0,5\n";
        assert_eq!(
            read(countries),
            ["2025-03-01 country PL 1 2 5 0 3000 -", "3 bad_country"]
        );
        let events = "date,name,link_url,path,visitors,events\n2025-03-01,Signup,,,3,4\n";
        assert_eq!(read(events), ["2025-03-01 event Signup 3 - - - - 4"]);
    }

    #[test]
    fn google_analytics_tells_rates_and_means() {
        let file = "# ----------------------------------------\n# Free form\n\
                    # Start date: 20250301\n\
                    Date,Session source / medium,Active users,Total users,Sessions,Views,\
                    Bounce rate,Average session duration,Event count\n\
                    20250301,google / organic,9,10,12,30,0.25,61.5,80\n\
                    20250301,(direct) / (none),1,1,3,30,1,0,8\n\
                    20250301,x / y,1,1,1.5,30,1,0,8\n";
        assert_eq!(
            read(file),
            [
                "2025-03-01 traffic google/organic/organic_search 10 12 30 3 738000 80",
                "2025-03-01 traffic //direct 1 3 30 3 0 8",
                "7 bad_number",
            ]
        );
    }

    #[test]
    fn matomo_tells_keys_or_titles() {
        let keys = "date\tnb_uniq_visitors\tnb_visits\tnb_actions\tbounce_count\tsum_visit_length\n\
                    2025-03-01\t5\t6\t20\t2\t360\n";
        assert_eq!(read(keys), ["2025-03-01 whole  5 6 20 2 360000 -"]);
        let titles = "Date,Unique visitors,Visits,Actions,Bounce Rate,\
                      Avg. Visit Duration (in seconds)\n2025-03-01,5,6,20,33%,00:01:00\n";
        assert_eq!(read(titles), ["2025-03-01 whole  5 6 20 2 360000 -"]);
    }

    #[test]
    fn titles_tell_the_tool() {
        let tool = |titles: &str| {
            let header: Vec<String> = titles.split(',').map(str::to_owned).collect();
            tool_of(&header).name()
        };
        assert_eq!(tool("date,nb_visits"), "matomo");
        assert_eq!(
            tool("date,visitors,pageviews,bounces,visits,visit_duration"),
            "plausible"
        );
        assert_eq!(tool("Date,Active users,Sessions"), "google_analytics");
        assert_eq!(tool("Day,Besuche"), "other");
    }
}
