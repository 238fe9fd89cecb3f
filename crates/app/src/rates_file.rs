//! Exchange rates out of a central bank's file: what of it the workspace wants, and what is new.
//! Nothing is kept here; the rates that are shown are then put like others.

use std::collections::{BTreeMap, BTreeSet};

use base::{Currency, Day, DayRange};
use connect::rates::{Bank, QuotedRate, RateFault, RatesFile, RatesFileError, read};
use domain::cost::Rate;
use store::rates::{self, ExchangeRate};
use store::workspaces;

use crate::error::Step as _;
use crate::imports::refused;
use crate::rates::RATES_ITEMS_MAX;
use crate::{Actor, App, AppError, Permission};

/// Which rates of a file are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RatesWanted {
    /// Those of these currencies; where there are none, of those that the workspace has to do with.
    pub currencies: BTreeSet<Currency>,
    pub from: Option<Day>,
    /// Included.
    pub to: Option<Day>,
}

/// A file of rates as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatesFound {
    pub bank: Bank,
    /// That the file has rates of.
    pub days: Option<DayRange>,
    pub currencies: Vec<CurrencyFound>,
    /// What is wanted of it; nothing where that is more than may be put at a time.
    pub items: Vec<ExchangeRate>,
    pub wanted: u64,
    /// Of those that are wanted: which no rate is kept of, and of which another one is.
    pub added: u64,
    pub changed: u64,
    pub faults: Vec<RateFault>,
    pub faults_total: u64,
}

/// A currency beside the bank's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyFound {
    pub currency: Currency,
    pub rates: u64,
    pub is_wanted: bool,
}

impl App {
    /// Reads a file of the ECB, the NBP or the CBR, and keeps nothing of it.
    ///
    /// # Errors
    /// When it is no file of theirs, or damaged.
    pub async fn read_rates(
        &self,
        actor: &Actor,
        bytes: Vec<u8>,
        wanted: RatesWanted,
    ) -> Result<RatesFound, AppError> {
        actor.require(Permission::EditMoneyRules)?;
        let file = tokio::task::spawn_blocking(move || read(&bytes)).await;
        let file = file.step("read a file of rates")?;
        let file = file.map_err(|error| unread(&error))?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        let kept = rates::list_all_rates(&mut connection, actor.workspace).await?;
        drop(connection);
        let mut near: BTreeSet<Currency> = BTreeSet::from([workspace.details.currency]);
        let pairs = kept.iter();
        near.extend(pairs.flat_map(|rate| [rate.from_currency, rate.to_currency]));
        Ok(found(file, &wanted, &near, &kept))
    }
}

fn found(
    file: RatesFile,
    wanted: &RatesWanted,
    near: &BTreeSet<Currency>,
    kept: &[ExchangeRate],
) -> RatesFound {
    let mut counts: BTreeMap<Currency, u64> = BTreeMap::new();
    for rate in &file.rates {
        *counts.entry(other(file.bank, rate)).or_default() += 1;
    }
    let chosen = chosen(&counts, &wanted.currencies, near);
    let within = |day: Day| {
        wanted.from.is_none_or(|from| day >= from) && wanted.to.is_none_or(|to| day <= to)
    };
    let known: BTreeMap<_, _> = kept.iter().map(|rate| (key(rate), value(rate))).collect();
    let days = file.rates.iter().map(|rate| rate.day);
    let days = days.clone().min().zip(days.max());
    // A file that says a rate twice means the later one.
    let mut items = BTreeMap::new();
    for rate in &file.rates {
        if within(rate.day) && chosen.contains(&other(file.bank, rate)) {
            let item = kept_as(rate);
            items.insert(key(&item), item);
        }
    }
    let differs = |item: &&ExchangeRate| known.get(&key(item)).is_some_and(|k| *k != value(item));
    let is_new = |item: &&ExchangeRate| !known.contains_key(&key(item));
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let (added, changed) = (
        items.values().filter(is_new).count(),
        items.values().filter(differs).count(),
    );
    let currency = |(currency, rates): (Currency, u64)| CurrencyFound {
        currency,
        rates,
        is_wanted: chosen.contains(&currency),
    };
    RatesFound {
        bank: file.bank,
        days: days.and_then(|(first, last)| DayRange::new(first, last)),
        wanted: count(items.len()),
        added: count(added),
        changed: count(changed),
        items: match items.len() {
            0..=RATES_ITEMS_MAX => items.into_values().rev().collect(),
            _ => Vec::new(),
        },
        currencies: counts.into_iter().map(currency).collect(),
        faults: file.faults,
        faults_total: file.faults_total,
    }
}

/// Where nobody has chosen and the workspace knows none of them, all are meant.
fn chosen(
    counts: &BTreeMap<Currency, u64>,
    asked: &BTreeSet<Currency>,
    near: &BTreeSet<Currency>,
) -> BTreeSet<Currency> {
    if !asked.is_empty() {
        return asked.clone();
    }
    let all: BTreeSet<Currency> = counts.keys().copied().collect();
    let known: BTreeSet<Currency> = all.intersection(near).copied().collect();
    if known.is_empty() { all } else { known }
}

/// The currency that is not the bank's.
fn other(bank: Bank, rate: &QuotedRate) -> Currency {
    match bank {
        Bank::Ecb => rate.to,
        Bank::Nbp | Bank::Cbr => rate.from,
    }
}

fn kept_as(rate: &QuotedRate) -> ExchangeRate {
    ExchangeRate {
        day: rate.day,
        from_currency: rate.from,
        to_currency: rate.to,
        rate: rate.units.clone(),
        nominal: rate.nominal,
    }
}

fn key(rate: &ExchangeRate) -> (Day, Currency, Currency) {
    (rate.day, rate.from_currency, rate.to_currency)
}

/// The rate itself, however it is written.
fn value(rate: &ExchangeRate) -> Option<Rate> {
    Rate::quoted(&rate.rate, rate.nominal).ok()
}

fn unread(error: &RatesFileError) -> AppError {
    let code = match error {
        RatesFileError::Packed(error) => return refused(error),
        RatesFileError::UnknownBank => "unknown_bank",
        RatesFileError::Damaged(_) => "damaged_rates",
        RatesFileError::NotMiddle(_) => "not_middle_rates",
        RatesFileError::TooMany => "too_many_rates",
    };
    AppError::invalid("file", code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Currency {
        text.parse().unwrap()
    }

    fn kept(day: i32, from: &str, rate: &str, nominal: i64) -> ExchangeRate {
        ExchangeRate {
            day: Day(day),
            from_currency: code(from),
            to_currency: code("PLN"),
            rate: rate.to_owned(),
            nominal,
        }
    }

    fn file(rates: &[(i32, &str, &str, i64)]) -> RatesFile {
        let quoted = |(day, from, units, nominal): &(i32, &str, &str, i64)| QuotedRate {
            day: Day(*day),
            from: code(from),
            to: code("PLN"),
            units: (*units).to_owned(),
            nominal: *nominal,
        };
        RatesFile {
            bank: Bank::Nbp,
            rates: rates.iter().map(quoted).collect(),
            faults: Vec::new(),
            faults_total: 0,
        }
    }

    #[test]
    fn rates_of_known_currencies_are_wanted_and_the_same_rate_is_no_change() {
        let rates = [
            (10, "USD", "4.05", 1),
            (10, "HUF", "1.06", 100),
            (10, "THB", "0.11", 1),
            (11, "USD", "4.06", 1),
        ];
        let near = BTreeSet::from([code("PLN"), code("USD"), code("HUF")]);
        let known = [kept(10, "HUF", "0.01060", 1), kept(10, "USD", "4", 1)];
        let all = found(file(&rates), &RatesWanted::default(), &near, &known);
        assert_eq!((all.wanted, all.added, all.changed), (3, 1, 1));
        let one = RatesWanted {
            currencies: BTreeSet::from([code("THB"), code("USD")]),
            from: Some(Day(11)),
            to: None,
        };
        let one = found(file(&rates), &one, &near, &known);
        assert_eq!(one.items, [kept(11, "USD", "4.06", 1)]);
        let strange = BTreeSet::from([code("VND")]);
        let all = found(file(&rates), &RatesWanted::default(), &strange, &[]);
        assert_eq!(all.wanted, 4);
    }
}
