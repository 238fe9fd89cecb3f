//! The statement for a page of rows.

use std::collections::BTreeSet;

use crate::catalogue::{Measure, Metric, Source, Unit, Words};
use crate::error::Result;
use crate::plan::{Builder, Join, Part, common_tables, conditions, from};
use crate::resolve::Resolved;
use crate::rows::{BehindColumn, BehindKind, BehindRequest, Show};

/// Columns before those that are shown: time and two numbers that make the order unique.
pub(crate) const KEY_COLUMNS: usize = 3;

/// A statement with what its columns are.
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) columns: Vec<ShownColumn>,
}

/// A column of the list.
#[derive(Clone, Copy)]
pub(crate) struct ShownColumn {
    key: &'static str,
    title: Words,
    pub(crate) show: Show,
    sql: &'static str,
}

const fn column(key: &'static str, title: Words, show: Show, sql: &'static str) -> ShownColumn {
    ShownColumn {
        key,
        title,
        show,
        sql,
    }
}

const SOURCE: ShownColumn = column(
    "source",
    Words::new("Source", "Источник", "Źródło"),
    Show::Text,
    "l.source",
);
const CAMPAIGN: ShownColumn = column(
    "campaign",
    Words::new("Campaign", "Кампания", "Kampania"),
    Show::Text,
    "l.campaign",
);
const AD_GROUP: ShownColumn = column(
    "ad_group",
    Words::new("Ad group", "Группа объявлений", "Grupa reklam"),
    Show::Text,
    "l.ad_group",
);
const AD: ShownColumn = column(
    "ad",
    Words::new("Ad", "Объявление", "Reklama"),
    Show::Text,
    "l.ad",
);
const KEYWORD: ShownColumn = column(
    "keyword",
    Words::new("Keyword", "Ключевая фраза", "Słowo kluczowe"),
    Show::Text,
    "l.keyword",
);
const VISIT: ShownColumn = column(
    "visit",
    Words::new("Visit", "Визит", "Wizyta"),
    Show::Visit,
    "f.visit",
);
const VISITOR: ShownColumn = column(
    "visitor",
    Words::new("Visitor", "Посетитель", "Odwiedzający"),
    Show::Visitor,
    "f.visitor",
);
const AT: ShownColumn = column(
    "at",
    Words::new("Time", "Время", "Czas"),
    Show::Moment,
    "f.at_ms",
);
const PAGE: ShownColumn = column(
    "page",
    Words::new("Page", "Страница", "Strona"),
    Show::Text,
    "f.page_host || f.page_path",
);

const VISITS: &[ShownColumn] = &[
    AT,
    VISIT,
    VISITOR,
    SOURCE,
    CAMPAIGN,
    KEYWORD,
    PAGE,
    column(
        "country",
        Words::new("Country", "Страна", "Kraj"),
        Show::Text,
        "f.country",
    ),
    column(
        "device",
        Words::new("Device", "Устройство", "Urządzenie"),
        Show::Text,
        "f.device",
    ),
];
const HITS: &[ShownColumn] = &[
    AT,
    column(
        "kind",
        Words::new("Kind", "Вид", "Rodzaj"),
        Show::Text,
        "f.kind",
    ),
    VISIT,
    VISITOR,
    SOURCE,
    CAMPAIGN,
    PAGE,
    column(
        "name",
        Words::new("Name", "Название", "Nazwa"),
        Show::Text,
        "f.name",
    ),
];
const OUTCOMES: &[ShownColumn] = &[
    AT,
    column(
        "kind",
        Words::new("Kind", "Вид", "Rodzaj"),
        Show::Text,
        "f.kind",
    ),
    column(
        "lead",
        Words::new("Lead", "Лид", "Lead"),
        Show::Id,
        "f.lead",
    ),
    column(
        "deal",
        Words::new("Deal", "Сделка", "Transakcja"),
        Show::Id,
        "f.deal",
    ),
    VISIT,
    SOURCE,
    CAMPAIGN,
    KEYWORD,
    column(
        "touch_at",
        Words::new("Credited visit", "Засчитанный визит", "Zaliczona wizyta"),
        Show::Moment,
        "f.touch_at_ms",
    ),
];
const COSTS: &[ShownColumn] = &[
    column(
        "day",
        Words::new("Day", "День", "Dzień"),
        Show::Day,
        "f.day",
    ),
    column(
        "platform",
        Words::new("Platform", "Площадка", "Platforma"),
        Show::Text,
        "f.platform",
    ),
    SOURCE,
    CAMPAIGN,
    AD_GROUP,
    AD,
    KEYWORD,
    column(
        "impressions",
        Words::new("Impressions", "Показы", "Wyświetlenia"),
        Show::Count,
        "f.impressions",
    ),
    column(
        "clicks",
        Words::new("Clicks", "Клики", "Kliknięcia"),
        Show::Count,
        "f.clicks",
    ),
    column(
        "cost",
        Words::new("Cost", "Расход", "Koszt"),
        Show::Money,
        "f.cost_micros",
    ),
    column(
        "vat",
        Words::new("VAT", "НДС", "VAT"),
        Show::Money,
        "f.vat_micros",
    ),
    column(
        "import",
        Words::new("Import", "Импорт", "Import"),
        Show::Id,
        "f.import",
    ),
];
/// Of a click that we counted; a reported one has no moment and no visitor.
const CLICKS: &[ShownColumn] = &[AT, VISIT, VISITOR, SOURCE, CAMPAIGN, AD_GROUP, AD, KEYWORD];

pub(crate) fn statement(
    builder: &mut Builder<'_>,
    kind: BehindKind,
    measures: &[Measure],
    request: &BehindRequest,
) -> Result<Statement> {
    let columns = columns_of(kind);
    let parts: BTreeSet<Part> = measures.iter().map(|measure| part_of(*measure)).collect();
    let own: Vec<(Part, Vec<Measure>)> = parts
        .iter()
        .map(|part| (*part, measures.to_vec()))
        .collect();
    let selects: Vec<String> = parts
        .iter()
        .map(|part| select(builder, *part, columns, measures))
        .collect();
    let after = match request.after()? {
        None => String::new(),
        Some([time, high, low]) => format!(
            "where k0 < {time} or (k0 = {time} and (k1 < {high} or (k1 = {high} and k2 < {low})))\n"
        ),
    };
    let sql = format!(
        "{}select *\nfrom (\n{}\n) as behind\n{after}\
         order by k0 desc, k1 desc, k2 desc\nlimit {}",
        common_tables(builder, &own),
        selects.join("\nunion all\n"),
        request.limit() + 1,
    );
    Ok(Statement {
        sql,
        columns: columns.to_vec(),
    })
}

impl Statement {
    pub(crate) fn titles(&self, resolved: &Resolved, metric: &Metric) -> Vec<BehindColumn> {
        let unit = |show: Show| match show {
            Show::Moment => "moment",
            Show::Day => "day",
            Show::Visit | Show::Visitor | Show::Id => "id",
            Show::Text => "text",
            Show::Count => "count",
            Show::Money => "money",
        };
        let shown = self.columns.iter().map(|column| BehindColumn {
            key: column.key,
            title: column.title.get(resolved.language),
            unit: unit(column.show),
        });
        let value = BehindColumn {
            key: "value",
            title: metric.title.get(resolved.language),
            unit: if metric.unit == Unit::Money {
                "money"
            } else {
                "count"
            },
        };
        shown.chain([value]).collect()
    }
}

fn columns_of(kind: BehindKind) -> &'static [ShownColumn] {
    match kind {
        BehindKind::Visits => VISITS,
        BehindKind::Clicks => CLICKS,
        BehindKind::Hits => HITS,
        BehindKind::Leads | BehindKind::Deals | BehindKind::Payments => OUTCOMES,
        BehindKind::Costs => COSTS,
    }
}

fn part_of(measure: Measure) -> Part {
    match measure.source() {
        Source::Hits => Part::Hits,
        Source::Unreported => Part::Unreported,
        Source::Visits => Part::Visits,
        Source::Outcomes | Source::Cohorts => Part::Outcomes,
        Source::Costs => Part::Costs,
    }
}

fn select(
    builder: &mut Builder<'_>,
    part: Part,
    columns: &[ShownColumn],
    measures: &[Measure],
) -> String {
    let time = part.time(builder.resolved.date_basis);
    let mut joins = BTreeSet::from([Join::Labels]);
    let mut conditions = conditions(builder, part, &time, &mut joins);
    let values: Vec<String> = measures
        .iter()
        .map(|measure| match part_of(*measure) == part {
            true => row_value(*measure),
            false => "0".to_owned(),
        })
        .map(|value| builder.dialect.wide(&value))
        .collect();
    let counts = values.iter().map(|value| format!("{value} <> 0"));
    conditions.push(format!("({})", counts.collect::<Vec<_>>().join(" or ")));
    let keys = match part {
        Part::Visits => ["f.at_ms", "f.opening", "f.visit"],
        // Costs know only their day: they come before the clicks of that day.
        Part::Costs => ["f.day * 86400000 + 86399999", "f.id_hi", "f.id_lo"],
        _ => ["f.at_ms", "f.id_hi", "f.id_lo"],
    };
    let keys = keys
        .iter()
        .enumerate()
        .map(|(index, key)| format!("{} as k{index}", builder.dialect.wide(key)));
    let shown = columns
        .iter()
        .enumerate()
        .map(|(index, column)| format!("{} as c{index}", shown_sql(part, column)));
    let values = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("{value} as m{index}"));
    let all: Vec<String> = keys.chain(shown).chain(values).collect();
    format!(
        "select {}\nfrom {}\nwhere {}",
        all.join(", "),
        from(builder, part, &joins),
        conditions.join(" and "),
    )
}

/// A column as this part knows it: costs in a list of clicks have neither moment nor visitor.
fn shown_sql(part: Part, column: &ShownColumn) -> &'static str {
    match (part, column.key) {
        (Part::Costs, "at" | "visit" | "visitor") => "null",
        _ => column.sql,
    }
}

/// What one row adds to the measure.
fn row_value(measure: Measure) -> String {
    let credited = |column: &str| format!("cast(f.{column} as hugeint) * f.share_micros");
    match measure {
        Measure::TrackedClicks => "case when f.kind = 'click' then 1 else 0 end".into(),
        Measure::UnreportedClicks => "1".into(),
        Measure::Visitors => "f.opening".into(),
        Measure::PageViews => "case when f.kind = 'page_view' then 1 else 0 end".into(),
        Measure::Events => "case when f.kind in ('event', 'revenue') then 1 else 0 end".into(),
        Measure::FormSubmits => "case when f.kind = 'form_submit' then 1 else 0 end".into(),
        Measure::EngagedMs => "f.engaged_ms".into(),
        Measure::Visits => "f.visits".into(),
        Measure::Bounces => "f.bounces".into(),
        Measure::Leads => credited("leads"),
        Measure::Qualified => credited("qualified"),
        Measure::Deals => credited("deals"),
        Measure::Sales => credited("sales"),
        Measure::Customers => credited("customers"),
        Measure::Revenue => credited("revenue_micros"),
        Measure::Vat => credited("vat_micros"),
        Measure::Refunds => credited("refunds_micros"),
        Measure::CostOfGoods => credited("cost_of_goods_micros"),
        Measure::CycleMs => {
            "cast(f.sales * (f.at_ms - f.created_ms) as hugeint) * f.share_micros".into()
        }
        Measure::Payers => "case when f.revenue_micros > 0 then 1 else 0 end".into(),
        Measure::Impressions => "f.impressions".into(),
        Measure::AdClicks => "f.clicks".into(),
        Measure::Cost => "f.cost_micros".into(),
        Measure::CostVat => "f.vat_micros".into(),
        // A cohort's profit opens into its customers' acquisitions.
        Measure::Grown(_) | Measure::GrownProfit(_) | Measure::EarlyProfit(_) => {
            credited("customers")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Language;

    #[test]
    fn every_column_has_a_title_of_its_own_in_each_language() {
        for columns in [VISITS, HITS, OUTCOMES, COSTS, CLICKS] {
            for language in [Language::En, Language::Ru, Language::Pl] {
                let titles: BTreeSet<_> = columns.iter().map(|c| c.title.get(language)).collect();
                assert_eq!(titles.len(), columns.len(), "{titles:?}");
                assert!(!titles.contains(""));
            }
        }
    }
}
