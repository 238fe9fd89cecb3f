//! Customers by their acquisition, with the gross profit they brought at each age.

use std::collections::BTreeSet;

use crate::catalogue::Measure;
use crate::plan::parts::{self, Part};
use crate::plan::sql::Builder;

const DAY_MS: i64 = 86_400_000;

/// The part's rows, grouped, with a column for every measure of the statement.
pub(crate) fn select(builder: &mut Builder<'_>, measures: &[Measure], own: &[Measure]) -> String {
    let time = Part::Cohorts.time(builder.resolved.date_basis);
    let mut joins = BTreeSet::new();
    let keys = parts::key_columns(builder, Part::Cohorts, &time, &mut joins);
    let conditions = parts::conditions(builder, Part::Cohorts, &time, &mut joins);
    let names = builder.key_names();
    let now_ms = builder
        .resolved
        .as_known_on
        .map_or(builder.context.now.0, |known| known.0);
    let columns: Vec<String> = measures
        .iter()
        .enumerate()
        .map(|(index, measure)| {
            let value = match own.contains(measure) {
                true => measure_sql(builder, *measure, now_ms),
                false => "0".to_owned(),
            };
            format!("{} as m{index}", builder.dialect.wide(&value))
        })
        .collect();
    let listed = |names: &[String]| {
        names
            .iter()
            .map(|name| format!("{name}, "))
            .collect::<String>()
    };
    let of_member: Vec<String> = names.iter().map(|name| format!("c.{name}")).collect();
    let group = match names.is_empty() {
        true => String::new(),
        false => format!("group by {}", names.join(", ")),
    };
    include_str!("../queries/cohorts.sql")
        .trim_end()
        .replace(":keys", &listed(&keys))
        .replace(":from", &parts::from(builder, Part::Cohorts, &joins))
        .replace(":conditions", &conditions.join(" and "))
        .replace(":member_names", &listed(&of_member))
        .replace(":names", &listed(&names))
        .replace(":profits", &profits(builder, own).join(",\n        "))
        .replace(":sums", &columns.join(",\n    "))
        .replace(":group", &group)
}

/// Outcomes with their customers, which `select` reads.
pub(crate) fn customers(builder: &Builder<'_>) -> String {
    include_str!("../queries/customers.sql")
        .trim_end()
        .replace(":customer_key", parts::CUSTOMER)
        .replace(":workspace", &builder.context.workspace.to_string())
        .replace(":known_on", &parts::known_on_ms(builder).to_string())
}

/// What a member brought until each age that is asked for.
fn profits(builder: &Builder<'_>, own: &[Measure]) -> Vec<String> {
    let ages: BTreeSet<u16> = own
        .iter()
        .filter_map(|measure| match measure {
            Measure::Grown(days) | Measure::GrownProfit(days) | Measure::EarlyProfit(days) => {
                Some(*days)
            }
            _ => None,
        })
        .collect();
    let profit = builder
        .dialect
        .wide("(p.revenue_micros - p.cost_of_goods_micros)");
    ages.into_iter()
        .map(|days| {
            let young = format!("p.at_ms < c.acquired_ms + {}", i64::from(days) * DAY_MS);
            let sum = builder.dialect.sum_where(&profit, &young);
            format!("coalesce({sum}, 0) as profit_{days}")
        })
        .collect()
}

fn measure_sql(builder: &Builder<'_>, measure: Measure, now_ms: i64) -> String {
    let share = builder.dialect.wide("share_micros");
    let grown = |days: u16| format!("acquired_ms <= {}", now_ms - i64::from(days) * DAY_MS);
    match measure {
        Measure::Grown(days) => builder.dialect.sum_where(&share, &grown(days)),
        Measure::GrownProfit(days) => builder
            .dialect
            .sum_where(&format!("profit_{days} * {share}"), &grown(days)),
        Measure::EarlyProfit(days) => format!("sum(profit_{days} * {share})"),
        _ => "0".to_owned(),
    }
}
