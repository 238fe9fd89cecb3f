//! Reports against the same questions written by hand in SQL over the raw facts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use base::{Day, DayRange, TimeZone};
use reports::{Clock, Language, Query, Report, ReportContext, WeekStart};
use serde_json::json;
use warehouse::{
    Batch, EngineKind, Limits, MOVED_PIECE_ROWS, Options, Parameter, Sql, Warehouse, testing,
};

use super::facts::{self, Facts, Mix};
use super::figures::{Aim, Figure, timed};

/// Facts loaded together.
const BATCH_FACTS: usize = 100_000;
/// Each question is asked this often; the median counts.
const ROUNDS: usize = 5;

/// A question with its twin in SQL.
struct Question {
    name: &'static str,
    aim: Aim,
    /// Metrics that are compared with the statement's columns, in their order: counts, money in
    /// micro-units, means in tenths.
    sums: &'static [&'static str],
    /// Ratios that are asked for beside them.
    ratios: &'static [&'static str],
    asked: serde_json::Value,
    sql: Sql<'static>,
}

/// Values by the row's name.
type Answer = BTreeMap<String, Vec<String>>;

/// Fills a warehouse with so many events, then asks; where there is a ClickHouse server, that too.
pub(crate) fn measure(folder: &Path, events: u64) -> anyhow::Result<Vec<Figure>> {
    let file = fill(folder, events)?;
    let mut figures = ask_all(&file, str::to_owned)?;
    if let Some(server) = testing::server() {
        let url = testing::address(&server, folder)?;
        file.move_to_server(&url, MOVED_PIECE_ROWS, &mut |_| {})?;
        let server = Warehouse::open_server(&url)?;
        figures.extend(ask_all(&server, |name| format!("{name}, on ClickHouse"))?);
    }
    Ok(figures)
}

fn ask_all(warehouse: &Warehouse, named: impl Fn(&str) -> String) -> anyhow::Result<Vec<Figure>> {
    let context = context()?;
    let questions = questions().into_iter();
    let figures =
        questions.map(|question| question.measure(warehouse, &context, &named(question.name)));
    figures.collect()
}

pub(crate) fn fill(folder: &Path, events: u64) -> anyhow::Result<Warehouse> {
    let warehouse = Warehouse::open(&Options {
        path: folder.join("warehouse.duckdb"),
        threads: 2,
        memory_limit_mib: 320,
        temporary_folder: folder.join("spill"),
    })?;
    warehouse.publish_channels(facts::WORKSPACE, &facts::channels())?;
    warehouse.set_time_zone(facts::WORKSPACE, &facts::ZONE.parse()?)?;
    let mut source = Facts::new(Mix::Business, events)?;
    loop {
        let facts = source.take(BATCH_FACTS);
        if facts.is_empty() {
            break;
        }
        let batch = Batch {
            facts,
            ..Batch::default()
        };
        warehouse.load(&batch, &facts::label)?;
    }
    warehouse.compact(facts::end())?;
    warehouse.checkpoint()?;
    Ok(warehouse)
}

fn context() -> anyhow::Result<ReportContext> {
    Ok(ReportContext {
        workspace: facts::WORKSPACE,
        time_zone: facts::ZONE.parse()?,
        currency: facts::CURRENCY.parse()?,
        week_start: WeekStart::Monday,
        now: facts::end(),
        clock: Clock::standing(facts::end()),
        language: Language::En,
        channels: None,
        names: BTreeMap::new(),
        custom: Vec::new(),
        renamed: Vec::new(),
    })
}

const OVERVIEW: Aim = Aim::AtMost(0.1);
const DETAIL: Aim = Aim::AtMost(1.0);

/// What the interface sends.
fn questions() -> Vec<Question> {
    let mut questions = Vec::from(of_money());
    questions.extend(of_visits());
    questions
}

/// A year beside the one before it.
fn years() -> serde_json::Value {
    json!({
        "period": {"from": "2025-01-01", "to": "2025-12-31"},
        "compare": {"from": "2024-01-01", "to": "2024-12-31"},
    })
}

/// The Overview's two questions, and the tree opened to its third level.
fn of_money() -> [Question; 5] {
    let days = json!({
        "period": {"from": "2025-11-01", "to": "2025-11-30"},
        "compare": {"from": "2025-10-02", "to": "2025-10-31"},
    });
    let channel = json!({"dimension": "channel", "op": "is", "values": ["1"]});
    let campaign = json!({"dimension": "campaign", "op": "is", "values": ["campaign 3"]});
    let level = |dimension: &str, filters: &[&serde_json::Value]| {
        with(
            years(),
            &json!({"dimensions": [dimension], "filters": filters, "limit": 1000,
                    "order": [{"by": "cost", "direction": "desc"}]}),
        )
    };
    [
        overview(
            ("Overview, a year against the last", OVERVIEW),
            with(years(), &json!({"bucket": "month", "limit": 1000})),
            Sql {
                duck_db: include_str!("queries/overview.sql"),
                click_house: include_str!("queries/overview.ch.sql"),
            },
        ),
        table(
            ("Overview's channels, the same years", OVERVIEW),
            level("channel", &[]),
            Sql {
                duck_db: include_str!("queries/channels.sql"),
                click_house: include_str!("queries/channels.ch.sql"),
            },
        ),
        overview(
            ("Overview, 30 days against the last", DETAIL),
            with(days, &json!({"bucket": "day", "limit": 1000})),
            Sql {
                duck_db: include_str!("queries/overview_by_day.sql"),
                click_house: include_str!("queries/overview_by_day.ch.sql"),
            },
        ),
        table(
            ("Drill-down: campaigns of a channel", DETAIL),
            level("campaign", &[&channel]),
            Sql {
                duck_db: include_str!("queries/campaigns.sql"),
                click_house: include_str!("queries/campaigns.ch.sql"),
            },
        ),
        table(
            ("Drill-down: ad groups of a campaign", DETAIL),
            level("ad_group", &[&channel, &campaign]),
            Sql {
                duck_db: include_str!("queries/ad_groups.sql"),
                click_house: include_str!("queries/ad_groups.ch.sql"),
            },
        ),
    ]
}

/// What Web analytics asks of every visit and of every page of a visit.
fn of_visits() -> [Question; 2] {
    let devices = || with(years(), &json!({"dimensions": ["device"], "limit": 1000}));
    [
        Question {
            name: "Web analytics: how long visits of a year lasted",
            aim: DETAIL,
            sums: &["visits", "avg_visit_duration"],
            ratios: &[],
            asked: devices(),
            sql: Sql {
                duck_db: include_str!("queries/durations.sql"),
                click_house: include_str!("queries/durations.ch.sql"),
            },
        },
        Question {
            name: "Web analytics: how far pages of a year were read",
            aim: DETAIL,
            sums: &["avg_scroll_depth"],
            ratios: &[],
            asked: devices(),
            sql: Sql {
                duck_db: include_str!("queries/scrolls.sql"),
                click_house: include_str!("queries/scrolls.ch.sql"),
            },
        },
    ]
}

/// The numbers of the Overview's cards, chart and funnel.
fn overview(
    (name, aim): (&'static str, Aim),
    asked: serde_json::Value,
    sql: Sql<'static>,
) -> Question {
    Question {
        name,
        aim,
        sums: &[
            "cost",
            "revenue",
            "gross_profit",
            "sales",
            "impressions",
            "clicks",
            "visits",
            "leads",
            "qualified_leads",
        ],
        ratios: &[
            "romi",
            "cpl",
            "ctr",
            "cr_visit_lead",
            "qualified_rate",
            "cr_lead_sale",
        ],
        asked,
        sql,
    }
}

/// The columns of the drill-down.
fn table(
    (name, aim): (&'static str, Aim),
    asked: serde_json::Value,
    sql: Sql<'static>,
) -> Question {
    Question {
        name,
        aim,
        sums: &["cost", "clicks", "leads", "sales", "revenue"],
        ratios: &["cpl", "romi"],
        asked,
        sql,
    }
}

fn with(mut asked: serde_json::Value, more: &serde_json::Value) -> serde_json::Value {
    if let (Some(asked), Some(more)) = (asked.as_object_mut(), more.as_object()) {
        asked.extend(more.clone());
    }
    asked
}

impl Question {
    fn measure(
        &self,
        warehouse: &Warehouse,
        context: &ReportContext,
        name: &str,
    ) -> anyhow::Result<Figure> {
        let query = self.query()?;
        let zone = &context.time_zone;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (report, took) =
                timed(|| Ok(reports::run(warehouse, &query, context, Limits::default())?))?;
            ours.push(took);
            let (by_hand, took) = timed(|| self.by_hand(warehouse, &query, zone))?;
            theirs.push(took);
            self.compare(&report, &by_hand)
                .with_context(|| format!("{name} differs from its twin in SQL"))?;
        }
        // The aims are those of the file, which keeps sums by campaign.
        let aim = match warehouse.engine() {
            EngineKind::DuckDb => self.aim,
            EngineKind::ClickHouse => Aim::None,
        };
        Ok(Figure::ratio(name, median(ours), median(theirs), aim))
    }

    fn query(&self) -> anyhow::Result<Query> {
        let mut asked = self.asked.clone();
        let metrics: Vec<&str> = self.sums.iter().chain(self.ratios).copied().collect();
        asked["metrics"] = json!(metrics);
        Ok(serde_json::from_value(asked)?)
    }

    /// The answers for the period and the one it is compared with.
    fn by_hand(
        &self,
        warehouse: &Warehouse,
        query: &Query,
        zone: &TimeZone,
    ) -> anyhow::Result<[Answer; 2]> {
        let compare = query.compare.as_ref().context("nothing to compare with")?;
        let answer = |period: &reports::PeriodRequest| {
            let range = DayRange::new(period.from, period.to).context("an empty period")?;
            self.rows_by_hand(warehouse, range, zone)
        };
        Ok([answer(&query.period)?, answer(compare)?])
    }

    fn rows_by_hand(
        &self,
        warehouse: &Warehouse,
        range: DayRange,
        zone: &TimeZone,
    ) -> anyhow::Result<Answer> {
        let (from, until) = zone.span_of(range);
        let day = |day: Day| Parameter::Int(i64::from(day.0));
        let parameters = [
            Parameter::Int(from.0),
            Parameter::Int(until.0),
            day(range.first),
            day(range.last),
        ];
        let table = warehouse.query(self.sql, &parameters, Limits::default())?;
        let mut answer = Answer::new();
        for row in table.rows {
            let (name, values) = row.split_first().context("a row is empty")?;
            ensure!(
                values.len() == self.sums.len(),
                "the statement has other columns"
            );
            let values = self.sums.iter().zip(values);
            let texts = values.map(|(key, value)| shown(key, value.int().unwrap_or_default()));
            answer.insert(name.display().unwrap_or_default(), texts.collect());
        }
        Ok(without_zeros(answer))
    }

    /// Every number of the report, and of the period before it, is the one found by hand.
    fn compare(&self, report: &Report, [now, before]: &[Answer; 2]) -> anyhow::Result<()> {
        let (mut ours, mut ours_before) = (Answer::new(), Answer::new());
        for row in &report.rows {
            let name = row.dimensions.first().and_then(|shown| shown.value.clone());
            let cells = || row.cells.iter().take(self.sums.len());
            let values = |value: &dyn Fn(&reports::Cell) -> Option<String>| {
                cells()
                    .map(|cell| value(cell).unwrap_or_default())
                    .collect()
            };
            let name = name.unwrap_or_default();
            ours.insert(name.clone(), values(&|cell| cell.value.clone()));
            ours_before.insert(name, values(&|cell| cell.previous.clone().flatten()));
        }
        same(&without_zeros(ours), now)?;
        // Steps of time are compared in their order: their names are those of the period.
        match self.asked.get("bucket") {
            None => same(&without_zeros(ours_before), before),
            Some(_) => {
                let values = |answer: &Answer| answer.values().cloned().collect::<Vec<_>>();
                let ours_before = values(&without_zeros(ours_before));
                ensure!(ours_before == values(before), "the period before differs");
                Ok(())
            }
        }
    }
}

fn same(ours: &Answer, by_hand: &Answer) -> anyhow::Result<()> {
    ensure!(!ours.is_empty(), "there is nothing to compare");
    for name in ours.keys().chain(by_hand.keys()) {
        let (ours, by_hand) = (ours.get(name), by_hand.get(name));
        if ours != by_hand {
            bail!("{name:?}: {ours:?}, by hand {by_hand:?}");
        }
    }
    Ok(())
}

/// What adds up to nothing is no row by hand, and a gap that is filled in a report.
fn without_zeros(mut answer: Answer) -> Answer {
    answer.retain(|_, values| {
        values.iter().any(|value| {
            value
                .bytes()
                .any(|byte| byte.is_ascii_digit() && byte != b'0')
        })
    });
    answer
}

/// A sum as the report writes it: money with two places, rounded half away from zero; a mean's
/// tenths with their point.
fn shown(metric: &str, sum: i128) -> String {
    if metric.starts_with("avg_") {
        return format!("{}.{}", sum / 10, sum % 10);
    }
    if !matches!(metric, "cost" | "revenue" | "gross_profit") {
        return sum.to_string();
    }
    let cents = (sum.abs() + 5_000) / 10_000;
    let sign = if sum < 0 && cents > 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_equal_statements_written_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let figures = measure(folder.path(), 6_000).unwrap();
        let engines = 1 + usize::from(testing::server().is_some());
        assert_eq!(figures.len(), questions().len() * engines);
    }

    #[test]
    fn money_is_rounded_as_reports_round() {
        assert_eq!(shown("cost", 1_235_000), "1.24");
        assert_eq!(shown("cost", -1_235_000), "-1.24");
        assert_eq!(shown("leads", 12), "12");
        assert_eq!(shown("avg_scroll_depth", 750), "75.0");
    }
}
