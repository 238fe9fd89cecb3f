//! Exchange rates by day.

use base::{Currency, Day, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

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
