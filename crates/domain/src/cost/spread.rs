//! A cost entered by hand, spread over its days so that the days add up exactly.

use base::{Day, DayRange, Money, allocate};
use serde::{Deserialize, Serialize};

/// Most days that one manual cost may span: ten years.
pub const SPREAD_DAYS_MAX: i32 = 3_660;

/// What the amount of a manual cost is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpreadPer {
    /// Every day costs the amount.
    Day,
    /// Every calendar month costs the amount; a month that is only partly covered, its part.
    Month,
    /// All days together cost the amount.
    Once,
}

/// A cost entered by hand: a billboard, an SEO retainer, an agency's fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManualCost {
    pub days: DayRange,
    pub amount: Money,
    pub per: SpreadPer,
}

/// A span that is too long to be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a manual cost spans at most {SPREAD_DAYS_MAX} days, not {0}")]
pub struct SpreadError(pub i32);

/// What each day costs, in order. An amount of whole minor units is spread in whole minor units, so
/// that what is shown of each day adds up to what is shown of all.
///
/// # Errors
/// When the span is longer than [`SPREAD_DAYS_MAX`].
pub fn spread(cost: &ManualCost) -> Result<Vec<(Day, Money)>, SpreadError> {
    let count = cost
        .days
        .last
        .0
        .saturating_sub(cost.days.first.0)
        .saturating_add(1);
    if count > SPREAD_DAYS_MAX {
        return Err(SpreadError(count));
    }
    let days: Vec<Day> = cost.days.days().collect();
    let amounts = match cost.per {
        SpreadPer::Day => vec![cost.amount.micros; days.len()],
        SpreadPer::Once => evenly(cost.amount, days.len()),
        SpreadPer::Month => days
            .iter()
            .map(|day| share_of_month(*day, cost.amount))
            .collect(),
    };
    let currency = cost.amount.currency;
    Ok(days
        .into_iter()
        .zip(amounts)
        .map(|(day, part)| (day, Money::new(part, currency)))
        .collect())
}

/// The day's share of its whole month, so that a full month adds up to the amount.
fn share_of_month(day: Day, amount: Money) -> i64 {
    let date = day.date();
    let length = usize::try_from(date.days_in_month()).unwrap_or(31);
    let index = usize::try_from(date.day()).unwrap_or(1).saturating_sub(1);
    evenly(amount, length)
        .get(index)
        .copied()
        .unwrap_or_default()
}

fn evenly(amount: Money, parts: usize) -> Vec<i64> {
    let minor = amount.currency.minor_unit_micros();
    let unit = match amount.micros % minor {
        0 => minor,
        _ => 1,
    };
    let shares = allocate(amount.micros / unit, &vec![1; parts]);
    shares.into_iter().map(|share| share * unit).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost(first: &str, last: &str, micros: i64, per: SpreadPer) -> ManualCost {
        let days = DayRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap();
        ManualCost {
            days,
            amount: Money::new(micros, "EUR".parse().unwrap()),
            per,
        }
    }

    fn total(cost: &ManualCost) -> i64 {
        spread(cost)
            .unwrap()
            .iter()
            .map(|(_, money)| money.micros)
            .sum()
    }

    #[test]
    fn days_add_up_to_the_amount() {
        let once = cost("2026-11-01", "2026-11-03", 100, SpreadPer::Once);
        let micros: Vec<i64> = spread(&once)
            .unwrap()
            .iter()
            .map(|(_, m)| m.micros)
            .collect();
        assert_eq!(micros, [34, 33, 33]);
        assert_eq!(
            total(&cost("2026-11-01", "2026-11-03", 100, SpreadPer::Day)),
            300
        );
    }

    #[test]
    fn a_full_month_costs_the_amount_and_half_a_month_its_part() {
        assert_eq!(
            total(&cost("2026-01-01", "2026-03-31", 1_000, SpreadPer::Month)),
            3_000
        );
        assert_eq!(
            total(&cost("2026-11-01", "2026-11-15", 3_000, SpreadPer::Month)),
            1_500
        );
        assert_eq!(
            total(&cost("2026-11-20", "2026-12-31", 300, SpreadPer::Month)),
            110 + 300
        );
    }

    #[test]
    fn whole_cents_stay_whole() {
        let month = cost("2026-01-01", "2026-01-31", 60_000_000_000, SpreadPer::Month);
        let parts = spread(&month).unwrap();
        assert!(parts.iter().all(|(_, part)| *part == part.rounded()));
        assert_eq!(total(&month), 60_000_000_000);
        let yen = Money::new(1_000_000_000, "JPY".parse().unwrap());
        let in_yen = ManualCost {
            amount: yen,
            ..month
        };
        let parts = spread(&in_yen).unwrap();
        assert!(parts.iter().all(|(_, part)| *part == part.rounded()));
        assert_eq!(total(&in_yen), yen.micros);
    }

    #[test]
    fn too_long_a_span_is_refused() {
        let long = cost("2000-01-01", "2026-01-01", 1, SpreadPer::Day);
        assert_eq!(spread(&long), Err(SpreadError(9_498)));
    }

    proptest! {
        #[test]
        fn one_amount_over_any_days_adds_up(
            first in 0_i32..30_000,
            length in 0_i32..400,
            micros: i64,
        ) {
            let days = DayRange::new(Day(first), Day(first + length)).unwrap();
            let amount = Money::new(micros, "EUR".parse().unwrap());
            let once = ManualCost { days, amount, per: SpreadPer::Once };
            let sum: i128 = spread(&once).unwrap().iter().map(|(_, m)| i128::from(m.micros)).sum();
            prop_assert_eq!(sum, i128::from(micros));
        }
    }
}
