//! Exchange rates by day.

use base::{Currency, Day, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx, fresh_version};

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

/// All rates from or to a currency, or all there are; newest first.
pub async fn list_rates(
    connection: &mut Connection,
    workspace: WorkspaceId,
    currency: Option<Currency>,
) -> Result<Vec<ExchangeRate>, StoreError> {
    Statement::new(include_str!("queries/rates/list_rates.sql"))
        .bind(&workspace)
        .bind(&currency)
        .all(connection)
        .await
}
