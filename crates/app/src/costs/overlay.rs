//! The bridge between the store's declarations and the rules of the overlay: a declaration is
//! saved or silenced, and the differences go to the outbox in the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{
    CostFact, Currency, Day, DayRange, Fact, ImportId, TrafficKey, UnixMillis, WorkspaceId,
};
use domain::cost::{
    CostAccount, CostDelta, CostEntry, CostImport, CostKey, CostMeasures, KeepEarlier, UnreadRow,
    differences, effective, effects, gaps,
};
use store::costs::{
    self, CostDeclaration, CostGap, CostRow, DeclaredSpan, NewCostDeclaration, TrafficParts,
    insert_cost_declaration,
};
use store::{Connection, Tx};

use super::effects::CostEffects;
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

/// What an import says.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) scope: Scope,
    pub(crate) amounts: BTreeMap<CostKey, CostMeasures>,
    pub(crate) keep: KeepEarlier,
    pub(crate) unread: BTreeSet<UnreadRow>,
}

/// What it comes to for one account, beside what counts there now.
struct Planned {
    account: CostAccount,
    before: Vec<CostImport>,
    new: CostImport,
    effects: CostEffects,
}

impl Said {
    /// A file speaks for the days from its first to its last amount, and for the accounts that it
    /// has amounts of; `None` without amounts.
    pub(crate) fn of_file(
        amounts: BTreeMap<CostKey, CostMeasures>,
        keep: KeepEarlier,
        unread: BTreeSet<UnreadRow>,
    ) -> Option<Self> {
        let days = || amounts.keys().map(|key| key.day);
        let days = DayRange::new(days().min()?, days().max()?)?;
        let accounts = amounts.keys().map(|key| key.account.clone()).collect();
        Some(Self {
            scope: Scope { days, accounts },
            amounts,
            keep,
            unread,
        })
    }

    /// The whole truth about a scope.
    pub(crate) fn all_of(scope: Scope, amounts: BTreeMap<CostKey, CostMeasures>) -> Self {
        Self {
            scope,
            amounts,
            keep: KeepEarlier::Nothing,
            unread: BTreeSet::new(),
        }
    }

    fn by_account(self) -> (DayRange, KeepEarlier, BTreeSet<UnreadRow>, ByAccount) {
        let mut by_account: ByAccount = self
            .scope
            .accounts
            .into_iter()
            .map(|account| (account, BTreeMap::new()))
            .collect();
        for (key, measures) in self.amounts {
            let amounts = by_account.entry(key.account.clone()).or_default();
            amounts.insert(key, measures);
        }
        (self.scope.days, self.keep, self.unread, by_account)
    }
}

type ByAccount = BTreeMap<CostAccount, BTreeMap<CostKey, CostMeasures>>;

impl Planned {
    fn new(
        account: CostAccount,
        days: DayRange,
        before: Vec<CostImport>,
        said: BTreeMap<CostKey, CostMeasures>,
        (keep, unread): (KeepEarlier, &BTreeSet<UnreadRow>),
    ) -> Self {
        let mut active: Vec<&CostImport> = before.iter().collect();
        let earlier = effective(&active);
        let left = gaps(keep, &earlier, &said, unread);
        let entry = |(key, measures)| CostEntry { key, measures };
        // Declarations take the place of the domain's imports: they are counted up likewise, and
        // the one that was committed later counts, whichever file was uploaded first.
        let new = CostImport {
            id: ImportId(i64::MAX),
            days,
            accounts: BTreeSet::from([account.clone()]),
            gaps: left,
            entries: said.into_iter().map(entry).collect(),
        };
        active.push(&new);
        let effects = CostEffects(effects(&earlier, &effective(&active), &new.gaps));
        Self {
            account,
            before,
            new,
            effects,
        }
    }
}

/// What an import would change, if it were made now.
pub(crate) async fn foresee(
    connection: &mut Connection,
    workspace: WorkspaceId,
    said: Said,
) -> Result<CostEffects, AppError> {
    let (days, keep, unread, by_account) = said.by_account();
    let mut foreseen = CostEffects::default();
    for (account, amounts) in by_account {
        let before = active(connection, workspace, &account, days).await?;
        let planned = Planned::new(account, days, before, amounts, (keep, &unread));
        foreseen.add(planned.effects);
    }
    Ok(foreseen)
}

/// Saves what an import says about its scope, and posts what that changes. Returns the
/// differences, ordered by account and key, and what they mean.
pub(crate) async fn declare(
    tx: &mut Tx,
    change: Change,
    said: Said,
) -> Result<(Vec<CostDelta>, CostEffects), AppError> {
    let workspace = change.workspace;
    let (days, keep, unread, by_account) = said.by_account();
    let mut deltas = Vec::new();
    let mut effects = CostEffects::default();
    for (account, amounts) in by_account {
        let before = active(tx, workspace, &account, days).await?;
        let planned = Planned::new(account, days, before, amounts, (keep, &unread));
        save(tx, change, &planned).await?;
        let old: Vec<&CostImport> = planned.before.iter().collect();
        let after: Vec<&CostImport> = old.iter().copied().chain([&planned.new]).collect();
        deltas.extend(differences(&old, &after));
        effects.add(planned.effects);
    }
    post(tx, change, &deltas).await?;
    Ok((deltas, effects))
}

async fn save(tx: &mut Tx, change: Change, planned: &Planned) -> Result<(), AppError> {
    let Planned { account, new, .. } = planned;
    let declaration = NewCostDeclaration {
        import_id: change.import,
        platform: account_column(account),
        source: account.source.clone(),
        first_day: new.days.first,
        last_day: new.days.last,
        created_at: change.now,
    };
    let id = insert_cost_declaration(tx, change.workspace, &declaration).await?;
    // What is said of an amount that a gap leaves to others never counts.
    let counted = new
        .entries
        .iter()
        .filter(|entry| !new.gaps.contains(&entry.key));
    let rows: Vec<CostRow> = counted
        .map(|entry| cost_row(change.workspace, entry))
        .collect();
    costs::insert_cost_rows(tx, change.workspace, id, &rows).await?;
    let gap = |key: &CostKey| CostGap {
        day: key.day,
        traffic_key: key.traffic.key(change.workspace),
        original_currency: key.original_currency,
    };
    let left: Vec<CostGap> = new.gaps.iter().map(gap).collect();
    Ok(costs::insert_cost_gaps(tx, change.workspace, id, &left).await?)
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
    let span = DeclaredSpan {
        platform: account_column(account),
        source: account.source.clone(),
        first_day: days.first,
        last_day: days.last,
    };
    let declarations = costs::list_active_declarations(connection, workspace, &span).await?;
    let rows = costs::list_active_cost_rows(connection, workspace, &span).await?;
    let left = costs::list_active_cost_gaps(connection, workspace, &span).await?;
    let mut entries: HashMap<i64, Vec<CostEntry>> = HashMap::new();
    // A gap keeps no texts; one that no row is seen through changes nothing.
    let mut keys: HashMap<(Day, TrafficKey, Currency), CostKey> = HashMap::new();
    for declared in rows {
        let CostRow {
            day, traffic_key, ..
        } = declared.row;
        let place = (day, traffic_key, declared.row.original_currency);
        let entry = cost_entry(account, declared.row);
        keys.entry(place).or_insert_with(|| entry.key.clone());
        entries
            .entry(declared.declaration_id.0)
            .or_default()
            .push(entry);
    }
    let mut gaps: HashMap<i64, BTreeSet<CostKey>> = HashMap::new();
    for declared in left {
        let CostGap {
            day,
            traffic_key,
            original_currency,
        } = declared.gap;
        if let Some(key) = keys.get(&(day, traffic_key, original_currency)) {
            let gaps = gaps.entry(declared.declaration_id.0).or_default();
            gaps.insert(key.clone());
        }
    }
    Ok(declarations
        .into_iter()
        .filter_map(|declaration| {
            Some(CostImport {
                id: ImportId(declaration.id.0),
                days: DayRange::new(declaration.first_day, declaration.last_day)?,
                accounts: BTreeSet::from([account.clone()]),
                gaps: gaps.remove(&declaration.id.0).unwrap_or_default(),
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
