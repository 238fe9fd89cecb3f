//! Metrics that a workspace defines, worked out a second time by hand.

use std::sync::Arc;

use reports::catalogue::Direction;
use reports::{CustomMetric, MetricFormat, MetricFormula};

use crate::twin::naive::Sums;
use crate::twin::text::fixed;

/// As the store holds them: a formula and how it is shown.
const FORMULAS: [(&str, MetricFormat); 6] = [
    ("(revenue - cost) / sales", MetricFormat::Money),
    ("leads / visitors * 100%", MetricFormat::Percent),
    ("1 - cost / revenue", MetricFormat::Percent),
    ("(visits - bounces) / visits", MetricFormat::Number),
    ("cpl * leads - cost", MetricFormat::Money),
    ("gross_profit + 0.5 * cost", MetricFormat::Money),
];

pub(crate) fn custom() -> Vec<Arc<CustomMetric>> {
    let made = (1..).zip(FORMULAS).map(|(id, (formula, format))| {
        Arc::new(CustomMetric {
            id,
            name: format!("Own {id}"),
            description: String::new(),
            formula: MetricFormula::read(formula).unwrap(),
            format,
            direction: Direction::Up,
        })
    });
    made.collect()
}

/// The same formulas by hand; `told` holds VAT where the report does.
pub(crate) fn custom_texts(net: &Sums, told: &Sums) -> Vec<String> {
    let empty = || "zero_denominator".to_owned();
    let over = |above: i128, below: i128, digits: u32| match below {
        0 => empty(),
        _ => fixed(above, below, digits),
    };
    let (revenue, cost) = (told.get("revenue"), told.get("cost"));
    let visits = told.get("visits") + told.get("past_visits");
    let visitors = told.get("visitors") + told.get("past_visitors");
    let leads = told.get("leads");
    let nothing_spent = match (leads, cost) {
        (0, _) => empty(),
        (_, 0) => "no_spend".to_owned(),
        _ => "0.00".to_owned(),
    };
    let profit = net.get("revenue") - net.get("cost_of_goods");
    vec![
        over(revenue - cost, told.get("sales") * 1_000_000, 2),
        over(leads * 100, visitors, 2),
        over((revenue - cost) * 100, revenue, 2),
        over(visits - told.get("bounces"), visits, 2),
        nothing_spent,
        fixed(2 * profit + cost, 2_000_000, 2),
    ]
}
