//! The bridge between the store's declarations and the rules of the overlay: a declaration is
//! saved or silenced, and the differences go to the outbox in the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{CostFact, DayRange, Fact, ImportId, UnixMillis, WorkspaceId};
use domain::cost::{
    CostAccount, CostDelta, CostEntry, CostImport, CostKey, CostMeasures, differences,
};
use store::costs::{
    self, CostDeclaration, CostRow, NewCostDeclaration, TrafficParts, insert_cost_declaration,
};
use store::{Connection, Tx};

use crate::{AppError, outbox};

/// Stands between platform and account where the store has one column for both.
const ACCOUNT_MARK: char = '/';

/// The change of what is declared that facts are posted for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) workspace: WorkspaceId,
    /// The import that is made or taken back.
    pub(crate) import: ImportId,
    pub(crate) phase: Phase,
    pub(crate) now: UnixMillis,
}

/// An import is made once and taken back at most once, so phase and key name a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Made,
    TakenBack,
}

/// What an import speaks for, also where it has no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) days: DayRange,
    pub(crate) accounts: BTreeSet<CostAccount>,
}

impl Scope {
    /// The days from the first to the last amount, and their accounts; `None` without amounts.
    pub(crate) fn of(amounts: &BTreeMap<CostKey, CostMeasures>) -> Option<Self> {
        let days = || amounts.keys().map(|key| key.day);
        let days = DayRange::new(days().min()?, days().max()?)?;
        let accounts = amounts.keys().map(|key| key.account.clone()).collect();
        Some(Self { days, accounts })
    }
}

/// Saves what an import says about its scope, and posts what that changes. Returns the
/// differences, ordered by account and key.
pub(crate) async fn declare(
    tx: &mut Tx,
    change: Change,
    scope: Scope,
    amounts: BTreeMap<CostKey, CostMeasures>,
) -> Result<Vec<CostDelta>, AppError> {
    let days = scope.days;
    let mut by_account: BTreeMap<CostAccount, Vec<CostEntry>> = scope
        .accounts
        .into_iter()
        .map(|account| (account, Vec::new()))
        .collect();
    for (key, measures) in amounts {
        let entries = by_account.entry(key.account.clone()).or_default();
        entries.push(CostEntry { key, measures });
    }
    let mut deltas = Vec::new();
    for (account, entries) in by_account {
        let before = active(tx, change.workspace, &account, days).await?;
        let declaration = NewCostDeclaration {
            import_id: change.import,
            platform: account_column(&account),
            source: account.source.clone(),
            first_day: days.first,
            last_day: days.last,
            created_at: change.now,
        };
        let id = insert_cost_declaration(tx, change.workspace, &declaration).await?;
        let rows: Vec<CostRow> = entries
            .iter()
            .map(|entry| cost_row(change.workspace, entry))
            .collect();
        costs::insert_cost_rows(tx, change.workspace, id, &rows).await?;
        // Declarations take the place of the domain's imports: they are counted up likewise, and
        // the one that was committed later counts, whichever file was uploaded first.
        let new = CostImport {
            id: ImportId(id.0),
            days,
            accounts: BTreeSet::from([account]),
            entries,
        };
        let old: Vec<&CostImport> = before.iter().collect();
        let after: Vec<&CostImport> = old.iter().copied().chain([&new]).collect();
        deltas.extend(differences(&old, &after));
    }
    post(tx, change, &deltas).await?;
    Ok(deltas)
}

/// Silences an import and posts what counts instead of it. An import that is silent already
/// changes nothing.
pub(crate) async fn retract(tx: &mut Tx, change: Change) -> Result<Vec<CostDelta>, AppError> {
    let said = costs::list_declarations_of_import(tx, change.workspace, change.import).await?;
    let mut deltas = Vec::new();
    for declaration in said
        .iter()
        .filter(|declaration| declaration.undone_at.is_none())
    {
        let account = account_of(declaration);
        let Some(days) = DayRange::new(declaration.first_day, declaration.last_day) else {
            continue;
        };
        let active = active(tx, change.workspace, &account, days).await?;
        let before: Vec<&CostImport> = active.iter().collect();
        let silenced = ImportId(declaration.id.0);
        let after: Vec<&CostImport> = active
            .iter()
            .filter(|import| import.id != silenced)
            .collect();
        deltas.extend(differences(&before, &after));
    }
    costs::undo_declarations(tx, change.workspace, change.import, change.now).await?;
    post(tx, change, &deltas).await?;
    Ok(deltas)
}

/// The declarations that speak for the account on these days, with their rows on them.
async fn active(
    connection: &mut Connection,
    workspace: WorkspaceId,
    account: &CostAccount,
    days: DayRange,
) -> Result<Vec<CostImport>, AppError> {
    let column = account_column(account);
    let (first, last) = (days.first, days.last);
    let source = account.source.as_str();
    let declarations =
        costs::list_active_declarations(connection, workspace, &column, source, first, last)
            .await?;
    let rows =
        costs::list_active_cost_rows(connection, workspace, &column, source, first, last).await?;
    let mut entries: HashMap<i64, Vec<CostEntry>> = HashMap::new();
    for declared in rows {
        let entry = cost_entry(account, declared.row);
        entries
            .entry(declared.declaration_id.0)
            .or_default()
            .push(entry);
    }
    Ok(declarations
        .into_iter()
        .filter_map(|declaration| {
            Some(CostImport {
                id: ImportId(declaration.id.0),
                days: DayRange::new(declaration.first_day, declaration.last_day)?,
                accounts: BTreeSet::from([account.clone()]),
                entries: entries.remove(&declaration.id.0).unwrap_or_default(),
            })
        })
        .collect())
}

async fn post(tx: &mut Tx, change: Change, deltas: &[CostDelta]) -> Result<(), AppError> {
    let facts: Vec<Fact> = deltas.iter().map(|delta| fact(change, delta)).collect();
    outbox::put(tx, change.now, &facts).await
}

fn fact(change: Change, delta: &CostDelta) -> Fact {
    let CostDelta { key, measures } = delta;
    Fact::Cost(Box::new(CostFact {
        id: fact_id(change, delta),
        workspace: change.workspace,
        day: key.day,
        recorded: change.now,
        import: change.import,
        platform: key.account.platform.clone(),
        traffic: key.traffic.clone(),
        channel: None,
        impressions: measures.impressions,
        clicks: measures.clicks,
        cost_micros: measures.cost_micros,
        vat_micros: measures.vat_micros,
        original_micros: measures.original_micros,
        original_currency: key.original_currency,
    }))
}

fn fact_id(change: Change, delta: &CostDelta) -> base::FactId {
    let CostDelta { key, measures } = delta;
    let phase = match change.phase {
        Phase::Made => "made",
        Phase::TakenBack => "taken_back",
    };
    outbox::derived_id(&[
        "cost",
        &change.workspace.to_string(),
        &change.import.to_string(),
        phase,
        &key.account.platform,
        &key.account.source,
        &key.account.account,
        &key.day.to_string(),
        &key.traffic.key(change.workspace).to_string(),
        key.original_currency.code(),
        &measures.impressions.to_string(),
        &measures.clicks.to_string(),
        &measures.cost_micros.to_string(),
        &measures.vat_micros.to_string(),
        &measures.original_micros.to_string(),
    ])
}

/// Platform and account in the store's one column; the first mark ends the platform.
fn account_column(account: &CostAccount) -> String {
    if account.account.is_empty() {
        account.platform.clone()
    } else {
        format!("{}{ACCOUNT_MARK}{}", account.platform, account.account)
    }
}

/// A platform's name that can stand before the mark.
pub(crate) fn platform_name(text: &str) -> String {
    text.trim().replace(ACCOUNT_MARK, "-")
}

fn account_of(declaration: &CostDeclaration) -> CostAccount {
    let column = declaration.platform.as_str();
    let (platform, account) = column.split_once(ACCOUNT_MARK).unwrap_or((column, ""));
    CostAccount {
        platform: platform.to_owned(),
        source: declaration.source.clone(),
        account: account.to_owned(),
    }
}

fn cost_row(workspace: WorkspaceId, entry: &CostEntry) -> CostRow {
    let CostEntry { key, measures } = entry;
    CostRow {
        day: key.day,
        traffic: TrafficParts::from(key.traffic.clone()),
        traffic_key: key.traffic.key(workspace),
        channel_id: None,
        impressions: measures.impressions,
        clicks: measures.clicks,
        cost_micros: measures.cost_micros,
        vat_micros: measures.vat_micros,
        original_micros: measures.original_micros,
        original_currency: key.original_currency,
    }
}

fn cost_entry(account: &CostAccount, row: CostRow) -> CostEntry {
    CostEntry {
        key: CostKey {
            account: account.clone(),
            day: row.day,
            traffic: row.traffic.into(),
            original_currency: row.original_currency,
        },
        measures: CostMeasures {
            impressions: row.impressions,
            clicks: row.clicks,
            cost_micros: row.cost_micros,
            vat_micros: row.vat_micros,
            original_micros: row.original_micros,
        },
    }
}
