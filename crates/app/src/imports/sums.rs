//! What the deals or payments of an import come to, each once, and what of it counts nowhere.

use std::collections::BTreeMap;

use base::{Currency, ImportId, Money, WorkspaceId};
use connect::columns::Kind;
use store::Connection;
use store::deal_statuses::list_deal_statuses;
use store::imports::Import;
use store::touches::{ImportedSum, sum_imported_deals, sum_imported_payments};

use super::ImportState;
use crate::AppError;
use crate::deals::status_map;

/// Deals of an import, or payments of deals, with a status that nobody has mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncounted {
    pub records: i64,
    pub statuses: Vec<String>,
    /// Where all are in one currency.
    pub amount: Option<Money>,
}

/// Records of other kinds have no amounts, and statuses that are known.
async fn sums(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
    kind: &str,
) -> Result<Vec<ImportedSum>, AppError> {
    let found = if kind == Kind::Deals.name() {
        sum_imported_deals(connection, workspace, import).await?
    } else if kind == Kind::Payments.name() {
        sum_imported_payments(connection, workspace, import).await?
    } else {
        Vec::new()
    };
    Ok(found)
}

/// What the records that an import touched come to, where they are in one currency.
pub(super) async fn amount(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
    kind: Kind,
) -> Result<Option<Money>, AppError> {
    let sums = sums(connection, workspace, import, kind.name()).await?;
    Ok(in_one_currency(&sums))
}

/// What of an import that is done counts nowhere now, if anything.
pub(super) async fn uncounted(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: &Import,
) -> Result<Option<Uncounted>, AppError> {
    if import.state != ImportState::Done.name() {
        return Ok(None);
    }
    let mut sums = sums(connection, workspace, import.id, &import.kind).await?;
    let map = status_map(&list_deal_statuses(connection, workspace).await?);
    sums.retain(|sum| map.group(&sum.status).is_none());
    if sums.is_empty() {
        return Ok(None);
    }
    let mut statuses: Vec<String> = sums.iter().map(|sum| sum.status.clone()).collect();
    statuses.dedup();
    Ok(Some(Uncounted {
        records: sums.iter().map(|sum| sum.records).sum(),
        statuses,
        amount: in_one_currency(&sums),
    }))
}

fn in_one_currency(sums: &[ImportedSum]) -> Option<Money> {
    let mut amounts: BTreeMap<Currency, i64> = BTreeMap::new();
    for sum in sums {
        let amount = amounts.entry(sum.currency).or_default();
        *amount = amount.saturating_add(sum.amount_micros);
    }
    match amounts.len() {
        1 => {
            let (currency, micros) = amounts.pop_first()?;
            Some(Money::new(micros, currency))
        }
        _ => None,
    }
}
