//! Exchange rates: kept by day, looked up on or before a day, also the other way round and across
//! a third currency. And the terms of VAT.

use std::collections::{BTreeMap, BTreeSet};

use base::{BasisPoints, Currency, Day, WorkspaceId};
use domain::cost::{RATE_NOMINAL_MAX, Rate, VatTerms};
use serde_json::json;
use store::rates::{self, ExchangeRate};
use store::{Connection, Page, PageRequest};

use crate::audit::Act;
use crate::{Actor, App, AppError, FieldError, Permission};

/// Rates that one request may bring.
pub const RATES_ITEMS_MAX: usize = 10_000;

/// One rate as the owner writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateInput {
    /// `YYYY-MM-DD`.
    pub date: String,
    pub from: String,
    pub to: String,
    /// Units of `to` for `nominal` units of `from`, in decimal.
    pub rate: String,
    pub nominal: i64,
}

/// Rates as they are read, with the version that a change of them names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatesView {
    pub version: i64,
    /// Newest first.
    pub page: Page<ExchangeRate, Day>,
}

/// All rates of a workspace, ready to be asked many times.
#[derive(Debug, Clone, Default)]
pub(crate) struct RateTable(BTreeMap<(Currency, Currency), BTreeMap<Day, Rate>>);

/// A rate with the day it is from.
#[derive(Debug, Clone, Copy)]
struct Dated {
    day: Day,
    rate: Rate,
}

impl App {
    /// Keeps rates beside those that were read at `version`; one of the same day and currencies
    /// is replaced. Costs and payments that are booked already keep the rate they were booked at.
    /// The new version is returned.
    ///
    /// # Errors
    /// When a date, currency or rate is wrong – every wrong item is named and nothing is kept –
    /// or somebody else changed the rates meanwhile.
    pub async fn put_rates(
        &self,
        actor: &Actor,
        version: i64,
        items: &[RateInput],
    ) -> Result<i64, AppError> {
        actor.require(Permission::EditMoneyRules)?;
        let rates = checked(items)?;
        let mut tx = self.inner.store.begin().await?;
        let next = rates::renew_rates(&mut tx, actor.workspace, version).await?;
        for rate in &rates {
            rates::put_rate(&mut tx, actor.workspace, rate).await?;
        }
        let told = json!({"rates": rates.len()});
        self.note(&mut tx, actor, Act::ExchangeRatesChanged, "", told)
            .await?;
        tx.commit().await?;
        Ok(next)
    }

    /// Rates from or to a currency, or all there are; newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_rates(
        &self,
        actor: &Actor,
        currency: Option<Currency>,
        page: PageRequest<Day>,
    ) -> Result<RatesView, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        // Read first, so that it is never newer than the rates.
        let version = rates::find_rates_version(&mut connection, actor.workspace).await?;
        let page = rates::list_rates(&mut connection, actor.workspace, currency, page).await?;
        Ok(RatesView { version, page })
    }
}

/// Whether amounts that come in hold VAT. What reports show is the question's choice.
pub(crate) fn vat_terms(mode: &str, rate: BasisPoints) -> VatTerms {
    match mode {
        "gross" => VatTerms::Included(rate),
        _ => VatTerms::Excluded(rate),
    }
}

impl RateTable {
    /// Reads the workspace's rates.
    pub(crate) async fn load(
        connection: &mut Connection,
        workspace: WorkspaceId,
    ) -> Result<Self, AppError> {
        let mut table = Self::default();
        for kept in rates::list_all_rates(connection, workspace).await? {
            if let Ok(rate) = Rate::quoted(&kept.rate, kept.nominal) {
                let pair = (kept.from_currency, kept.to_currency);
                table.0.entry(pair).or_default().insert(kept.day, rate);
            }
        }
        Ok(table)
    }

    /// The rate in force on the day: the newest on or before it, given directly, the other way
    /// round, or by way of one third currency. `None` when there is none.
    pub(crate) fn on(&self, from: Currency, to: Currency, day: Day) -> Option<Rate> {
        if from == to {
            return Some(Rate::ONE);
        }
        self.between(from, to, day)
            .or_else(|| self.across(from, to, day))
            .map(|found| found.rate)
    }

    /// Direct or inverse, whichever is newer; the direct one on the same day.
    fn between(&self, from: Currency, to: Currency, day: Day) -> Option<Dated> {
        let direct = self.kept(from, to, day);
        let inverse = self.kept(to, from, day).map(|found| Dated {
            rate: found.rate.inverse(),
            ..found
        });
        match (direct, inverse) {
            (Some(direct), Some(inverse)) if inverse.day > direct.day => Some(inverse),
            (direct, inverse) => direct.or(inverse),
        }
    }

    /// The way over the third currency whose older leg is newest.
    fn across(&self, from: Currency, to: Currency, day: Day) -> Option<Dated> {
        let mut best: Option<Dated> = None;
        for middle in self.neighbours(from) {
            let Some(first) = self.between(from, middle, day) else {
                continue;
            };
            let Some(second) = self.between(middle, to, day) else {
                continue;
            };
            let Some(rate) = first.rate.by_way_to(second.rate) else {
                continue;
            };
            let way = Dated {
                day: first.day.min(second.day),
                rate,
            };
            if best.is_none_or(|known| way.day > known.day) {
                best = Some(way);
            }
        }
        best
    }

    fn neighbours(&self, currency: Currency) -> BTreeSet<Currency> {
        let other = |(from, to): &(Currency, Currency)| match currency {
            near if near == *from => Some(*to),
            near if near == *to => Some(*from),
            _ => None,
        };
        self.0.keys().filter_map(other).collect()
    }

    fn kept(&self, from: Currency, to: Currency, day: Day) -> Option<Dated> {
        let (day, rate) = self.0.get(&(from, to))?.range(..=day).next_back()?;
        Some(Dated {
            day: *day,
            rate: *rate,
        })
    }
}

fn checked(items: &[RateInput]) -> Result<Vec<ExchangeRate>, AppError> {
    if items.len() > RATES_ITEMS_MAX {
        let detail = format!("at most {RATES_ITEMS_MAX} rates at a time");
        return Err(AppError::invalid("items", "too_many", detail));
    }
    let mut errors = Vec::new();
    let mut rates = Vec::with_capacity(items.len());
    for (row, item) in (1..).zip(items) {
        match checked_rate(item) {
            Ok(rate) => rates.push(rate),
            Err((field, code, detail)) => {
                errors.push(FieldError {
                    field: field.into(),
                    row: Some(row),
                    code,
                    detail,
                });
            }
        }
    }
    if errors.is_empty() {
        Ok(rates)
    } else {
        Err(AppError::Invalid(errors))
    }
}

/// Field, code and sentence of what is wrong.
type Wrong = (&'static str, &'static str, String);

fn checked_rate(item: &RateInput) -> Result<ExchangeRate, Wrong> {
    let day: Day = item
        .date
        .parse()
        .map_err(|_| ("date", "bad_date", format!("{:?} is not a date", item.date)))?;
    let currency = |field, text: &str| {
        text.parse::<Currency>()
            .map_err(|error| (field, "bad_currency", error.to_string()))
    };
    let from_currency = currency("from", &item.from)?;
    let to_currency = currency("to", &item.to)?;
    if from_currency == to_currency {
        let detail = format!("{from_currency} needs no rate to itself");
        return Err(("to", "same_currency", detail));
    }
    if !(1..=RATE_NOMINAL_MAX).contains(&item.nominal) {
        let detail = format!(
            "{} is not a number from 1 to {RATE_NOMINAL_MAX}",
            item.nominal
        );
        return Err(("nominal", "out_of_range", detail));
    }
    Rate::quoted(&item.rate, item.nominal)
        .map_err(|error| ("rate", "not_above_zero", format!("{error}")))?;
    Ok(ExchangeRate {
        day,
        from_currency,
        to_currency,
        rate: item.rate.trim().replace(',', "."),
        nominal: item.nominal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Currency {
        text.parse().unwrap()
    }

    fn quoted(text: &str) -> Rate {
        Rate::quoted(text, 1).unwrap()
    }

    fn table(rates: &[(&str, &str, i32, &str)]) -> RateTable {
        let mut table = RateTable::default();
        for (from, to, day, rate) in rates {
            let pair = (code(from), code(to));
            table
                .0
                .entry(pair)
                .or_default()
                .insert(Day(*day), quoted(rate));
        }
        table
    }

    fn check(table: &RateTable, from: &str, to: &str, day: i32, want: Option<&str>) {
        let found = table.on(code(from), code(to), Day(day));
        assert_eq!(found, want.map(quoted), "{from} {to} {day}");
    }

    #[test]
    fn the_newest_rate_on_or_before_the_day_counts() {
        let table = table(&[("USD", "EUR", 10, "0.9"), ("USD", "EUR", 20, "0.8")]);
        check(&table, "USD", "EUR", 9, None);
        check(&table, "USD", "EUR", 10, Some("0.9"));
        check(&table, "USD", "EUR", 19, Some("0.9"));
        check(&table, "USD", "EUR", 99, Some("0.8"));
        check(&table, "EUR", "EUR", 0, Some("1"));
    }

    #[test]
    fn a_rate_counts_the_other_way_round_and_the_newer_way_wins() {
        let table = table(&[("USD", "EUR", 10, "0.8"), ("EUR", "USD", 20, "2")]);
        check(&table, "EUR", "USD", 10, Some("1.25"));
        check(&table, "USD", "EUR", 20, Some("0.5"));
    }

    #[test]
    fn a_third_currency_joins_two_and_the_fresher_way_wins() {
        let table = table(&[
            ("USD", "EUR", 10, "0.5"),
            ("EUR", "PLN", 12, "4"),
            ("USD", "RUB", 15, "90"),
            ("PLN", "RUB", 16, "30"),
        ]);
        check(&table, "USD", "PLN", 14, Some("2"));
        check(&table, "USD", "PLN", 16, Some("3"));
        check(&table, "USD", "GBP", 16, None);
    }

    #[test]
    fn every_wrong_item_is_named() {
        let item = |date: &str, to: &str, rate: &str| RateInput {
            date: date.to_owned(),
            from: "USD".to_owned(),
            to: to.to_owned(),
            rate: rate.to_owned(),
            nominal: 1,
        };
        let items = [
            item("2026-02-30", "EUR", "1"),
            item("2026-02-01", "EUR", "0,9"),
            item("2026-02-01", "EUR", "0"),
            item("2026-02-01", "usd", "1"),
        ];
        let Err(AppError::Invalid(errors)) = checked(&items) else {
            panic!("accepted")
        };
        let found: Vec<_> = errors.iter().map(|error| (error.row, error.code)).collect();
        let wanted = [(1, "bad_date"), (3, "not_above_zero"), (4, "same_currency")];
        assert_eq!(found, wanted.map(|(row, code)| (Some(row), code)));
    }
}
