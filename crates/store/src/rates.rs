//! Exchange rates by day.

use base::{Currency, Day, WorkspaceId};

use crate::page::start_of;
use crate::statement::{Statement, record};
use crate::{Connection, Keyset, Page, PageRequest, StoreError, Tx, fresh_version};

record! {
    pub struct ExchangeRate {
        pub day: Day,
        pub from_currency: Currency,
        pub to_currency: Currency,
        /// Units of the target for `nominal` units of the source, as a decimal.
        pub rate: String,
        pub nominal: i64,
    }
}

pub async fn put_rate(
    tx: &mut Tx,
    workspace: WorkspaceId,
    rate: &ExchangeRate,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/rates/put_rate.sql"))
        .bind(&workspace)
        .bind(rate)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether there was such a rate.
pub async fn delete_rate(
    tx: &mut Tx,
    workspace: WorkspaceId,
    day: Day,
    (from, to): (Currency, Currency),
) -> Result<bool, StoreError> {
    let deleted = Statement::new(include_str!("queries/rates/delete_rate.sql"))
        .bind(&workspace)
        .bind(&day)
        .bind(&from)
        .bind(&to)
        .execute(tx)
        .await?;
    Ok(deleted > 0)
}

/// Zero before the first rate was kept.
pub async fn find_rates_version(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<i64, StoreError> {
    let version = Statement::new(include_str!("queries/rates/find_rates_version.sql"))
        .bind(&workspace)
        .find_value(connection)
        .await?;
    Ok(version.unwrap_or(0))
}

/// Comes before a change of rates: `version` must be the current one, the new one is returned.
pub async fn renew_rates(
    tx: &mut Tx,
    workspace: WorkspaceId,
    version: i64,
) -> Result<i64, StoreError> {
    let current = find_rates_version(tx, workspace).await?;
    let next = (current == version).then_some(version + 1);
    let next = fresh_version(next, "exchange rates", workspace, version)?;
    Statement::new(include_str!("queries/rates/put_rates_version.sql"))
        .bind(&workspace)
        .bind(&next)
        .execute(tx)
        .await?;
    Ok(next)
}

/// All rates there are.
pub async fn list_all_rates(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<ExchangeRate>, StoreError> {
    Statement::new(include_str!("queries/rates/list_all_rates.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// Rates from or to a currency, or of all; newest first.
pub async fn list_rates(
    connection: &mut Connection,
    workspace: WorkspaceId,
    currency: Option<Currency>,
    page: PageRequest<Day>,
) -> Result<Page<ExchangeRate, Day>, StoreError> {
    let after = start_of(page);
    let items = Statement::new(include_str!("queries/rates/list_rates.sql"))
        .bind(&workspace)
        .bind(&currency)
        .bind(&after.at)
        .bind(&pair_of(after.id))
        .bind(&(i64::from(page.limit) + 1))
        .all(connection)
        .await?;
    Ok(Page::of(items, page, |rate: &ExchangeRate| Keyset {
        at: rate.day,
        id: number_of(rate.from_currency, rate.to_currency),
    }))
}

/// Two currencies as the number by which a cursor tells rates of one day apart: their six letters.
fn number_of(from: Currency, to: Currency) -> i64 {
    let letters = from.code().bytes().chain(to.code().bytes());
    letters.fold(0, |number, letter| number << 8 | i64::from(letter))
}

fn pair_of(number: i64) -> String {
    let [_, _, letters @ ..] = number.to_be_bytes();
    String::from_utf8_lossy(&letters).into_owned()
}
