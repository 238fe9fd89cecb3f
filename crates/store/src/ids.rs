//! Ids given out before their rows are written, so that many rows can be written together.

use crate::statement::Statement;
use crate::{StoreError, Tx};

/// Tables whose ids are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Leads,
    Deals,
    Payments,
    Persons,
}

impl Counted {
    fn table(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Deals => "deals",
            Self::Payments => "payments",
            Self::Persons => "persons",
        }
    }
}

/// The greatest id that a row of the table ever had. The ids behind it are the transaction's own:
/// no other one writes at the same time.
pub async fn find_last_id(tx: &mut Tx, counted: Counted) -> Result<i64, StoreError> {
    Statement::pair(
        include_str!("queries/ids/find_last_id.sql"),
        include_str!("queries/ids/find_last_id.pg.sql"),
    )
    .bind(counted.table())
    .value(tx)
    .await
}
