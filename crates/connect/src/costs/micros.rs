//! Whether the amounts of a cost file are millionths of the currency's unit.

use crate::columns::{Field, Mapping, is_direct_service};
use crate::table::{Layout, TableRow};

/// A hundredth of the currency's unit, which is the least that a platform charges.
const MICROS_OF_HUNDREDTH: i64 = 10_000;
/// Where nothing tells how many clicks a row had.
const CLICKS_OF_ROW_USUAL: i64 = 100;
/// No click costs so many units of any currency.
const CLICK_UNITS_ABSURD: i64 = 30_000;

/// The title says so, or it is what Direct's report service writes unless it is asked not to:
/// digits alone that would make a click cost a fortune.
pub(super) fn are_likely(layout: &Layout, mapping: &Mapping, sample: &[TableRow]) -> bool {
    let Some((index, _)) = mapping.column(Field::Cost) else {
        return false;
    };
    layout.header[index].to_lowercase().contains("micros")
        || (is_direct_service(layout) && costs_a_fortune(mapping, sample))
}

/// Whether the worth of conversions is in millionths where the cost is: Direct's report service
/// writes all money alike (<https://yandex.com/dev/direct/doc/en/reports/money>).
pub(super) fn value_has_them(layout: &Layout, mapping: &Mapping) -> bool {
    let title = mapping.column(Field::ConversionValue);
    let title = title.and_then(|(index, _)| layout.header.get(index));
    title.is_some_and(|title| title.to_lowercase().contains("micros")) || is_direct_service(layout)
}

/// Whether all costs are whole hundredths in millionths, and absurd in the currency's units.
fn costs_a_fortune(mapping: &Mapping, sample: &[TableRow]) -> bool {
    let has_clicks = mapping.column(Field::Clicks).is_some();
    let (mut cost, mut clicks) = (0_i64, 0_i64);
    for row in sample {
        let cell = mapping.text(row, Field::Cost);
        if matches!(cell, "" | "0") {
            continue;
        }
        let digits = cell.bytes().all(|byte| byte.is_ascii_digit());
        match cell.parse::<i64>() {
            Ok(amount) if digits && amount % MICROS_OF_HUNDREDTH == 0 => {
                cost = cost.saturating_add(amount);
            }
            _ => return false,
        }
        let clicked = mapping.text(row, Field::Clicks).parse().unwrap_or(0);
        let clicked = if has_clicks {
            clicked
        } else {
            CLICKS_OF_ROW_USUAL
        };
        clicks = clicks.saturating_add(clicked);
    }
    cost / clicks.max(1) >= CLICK_UNITS_ABSURD
}
