//! Putting a wrong exchange rate right: rates are deleted, and money that is booked already is
//! converted again, on request only.

use base::{Currency, Day, DayRange, Money};
use serde_json::json;
use store::deals::list_foreign_since;
use store::{Tx, rates};

use crate::audit::Act;
use crate::deals::{Again, Converted, Desk, convert_deals};
use crate::rates::RateTable;
use crate::{Actor, App, AppError, Permission};

/// Which of the booked money is converted again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversionInput {
    /// `YYYY-MM-DD`.
    pub from: String,
    /// Included.
    pub to: String,
    /// All other currencies when empty.
    pub currency: String,
}

/// What a conversion changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// Of the rates: that of the conversion for a preview, the next one for a conversion.
    pub version: i64,
    /// The workspace's.
    pub currency: Currency,
    pub items: Vec<ConvertedSum>,
}

/// Booked amounts of one kind, in the workspace's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertedSum {
    /// `revenue`, `vat`, `refunds` or `cost_of_goods`.
    pub kind: &'static str,
    /// How many deals have another sum of this kind.
    pub changed: u64,
    pub before: Money,
    pub after: Money,
}

/// A rate by what it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateName {
    pub day: Day,
    pub from: Currency,
    pub to: Currency,
}

impl App {
    /// Deletes a rate of the table that was read at `version`; returns the next version. What is
    /// booked keeps the rate that it was booked at.
    ///
    /// # Errors
    /// When there is no such rate, money would have no rate without it, or somebody else changed
    /// the rates meanwhile.
    pub async fn delete_rate(
        &self,
        actor: &Actor,
        version: i64,
        rate: &RateName,
    ) -> Result<i64, AppError> {
        actor.require(Permission::EditMoneyRules)?;
        let workspace = actor.workspace;
        let mut tx = self.inner.store.begin().await?;
        let next = rates::renew_rates(&mut tx, workspace, version).await?;
        let pair = (rate.from, rate.to);
        let before = RateTable::load(&mut tx, workspace).await?;
        if !rates::delete_rate(&mut tx, workspace, rate.day, pair).await? {
            return Err(AppError::NotFound {
                what: "exchange rate",
            });
        }
        check_rates(self, &mut tx, actor, &before).await?;
        let told = json!({"day": rate.day.to_string()});
        let object = format!("{} {}", rate.from, rate.to);
        self.note(&mut tx, actor, Act::ExchangeRateDeleted, object, told)
            .await?;
        tx.commit().await?;
        Ok(next)
    }

    /// What a conversion would change, if it were made now.
    ///
    /// # Errors
    /// When a field is wrong, or an amount has no rate.
    pub async fn foresee_conversion(
        &self,
        actor: &Actor,
        input: &ConversionInput,
    ) -> Result<Conversion, AppError> {
        actor.require(Permission::EditMoneyRules)?;
        let again = checked(input)?;
        // The same work as the conversion's, and never committed.
        let mut tx = self.inner.store.begin().await?;
        let version = rates::find_rates_version(&mut tx, actor.workspace).await?;
        let (currency, items) = self.convert(&mut tx, actor, again).await?;
        Ok(Conversion {
            version,
            currency,
            items,
        })
    }

    /// Converts booked money of some days again at the rates that were read at `version`, and
    /// posts the differences. The rates get a new version, so that a preview holds for one
    /// conversion only.
    ///
    /// # Errors
    /// When a field is wrong, an amount has no rate, or somebody else changed the rates meanwhile.
    pub async fn convert_again(
        &self,
        actor: &Actor,
        version: i64,
        input: &ConversionInput,
    ) -> Result<Conversion, AppError> {
        actor.require(Permission::EditMoneyRules)?;
        let again = checked(input)?;
        let mut tx = self.inner.store.begin().await?;
        let version = rates::renew_rates(&mut tx, actor.workspace, version).await?;
        let (currency, items) = self.convert(&mut tx, actor, again).await?;
        let sums = items.iter().filter(|sum| sum.changed > 0);
        let sums: Vec<_> = sums
            .map(|sum| {
                json!({
                    "kind": sum.kind,
                    "changed": sum.changed,
                    "before": sum.before.to_string(),
                    "after": sum.after.to_string(),
                })
            })
            .collect();
        let told = json!({
            "from": again.days.first.to_string(),
            "to": again.days.last.to_string(),
            "sums": sums,
        });
        let object = again.currency.map(|code| code.to_string());
        let object = object.unwrap_or_default();
        self.note(&mut tx, actor, Act::MoneyConvertedAgain, object, told)
            .await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(Conversion {
            version,
            currency,
            items,
        })
    }

    async fn convert(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        again: Again,
    ) -> Result<(Currency, Vec<ConvertedSum>), AppError> {
        let mut desk = Desk::open(tx, actor.workspace, actor.user(), self.now()).await?;
        let currency = desk.terms.currency;
        let converted = convert_deals(tx, &mut desk, again).await?;
        let sum = |(kind, sum): (&'static str, Converted)| ConvertedSum {
            kind,
            changed: sum.changed,
            before: Money::new(sum.before_micros, currency),
            after: Money::new(sum.after_micros, currency),
        };
        Ok((currency, converted.into_iter().map(sum).collect()))
    }
}

/// A deal may come back to its rate at any time: when its status is mapped, its lead changes.
async fn check_rates(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    before: &RateTable,
) -> Result<(), AppError> {
    let workspace = actor.workspace;
    let desk = Desk::open(tx, workspace, actor.user(), app.now()).await?;
    let home = desk.terms.currency;
    let after = RateTable::load(tx, workspace).await?;
    for since in list_foreign_since(tx, workspace, home).await? {
        let day = desk.day_of(since.at);
        let had = before.on(since.currency, home, day).is_some();
        if had && after.on(since.currency, home, day).is_none() {
            let detail = format!(
                "deals and payments in {} from {day} on would have no rate: put the right one in \
                 its place instead",
                since.currency
            );
            return Err(AppError::invalid("date", "rate_needed", detail));
        }
    }
    Ok(())
}

fn checked(input: &ConversionInput) -> Result<Again, AppError> {
    let day = |field, text: &str| {
        text.parse::<Day>()
            .map_err(|_| AppError::invalid(field, "bad_date", format!("{text:?} is not a date")))
    };
    let days = DayRange::new(day("from", &input.from)?, day("to", &input.to)?)
        .ok_or_else(|| AppError::invalid("to", "before_from", "the end is before the start"))?;
    let currency =
        match input.currency.as_str() {
            "" => None,
            code => Some(code.parse::<Currency>().map_err(|error| {
                AppError::invalid("currency", "bad_currency", error.to_string())
            })?),
        };
    Ok(Again { days, currency })
}
