//! The bridge between the store's declarations and the rules of the overlay: a declaration is
//! saved or silenced, and the differences go to the outbox in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use base::{CostFact, DayRange, Fact, FactId, ImportId, SaidCost, UnixMillis, WorkspaceId};
use domain::cost::{
    CostAccount, CostDelta, CostEntry, CostImport, CostKey, CostMeasures, differences, effective,
    effects, gaps,
};
use store::costs::{
    self, CostDeclaration, CostGap, CostRow, NewCostDeclaration, TrafficParts,
    insert_cost_declaration,
};
use store::{Connection, CostDeclarationId, Tx};

use super::CostMemory;
use super::effects::CostEffects;
use super::said::{Part, Said};
use super::windows::Walk;
use crate::error::Step as _;
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

/// What came of declaring something.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// How many of the rows stand behind an amount that was not there.
    pub(crate) rows_new: i64,
    /// How many stand behind one that is corrected.
    pub(crate) rows_changed: i64,
    pub(crate) effects: CostEffects,
}

/// A part of what is said of an account, beside what counts there now.
struct Planned {
    account: CostAccount,
    before: Vec<CostImport>,
    new: CostImport,
    /// How many rows stand behind each amount of it.
    rows: BTreeMap<CostKey, i64>,
    /// Amounts of it that count before it does.
    known: BTreeSet<CostKey>,
    effects: CostEffects,
}

/// Lays what is said over what counts, window by window.
struct Laying {
    workspace: WorkspaceId,
    said: Said,
    walk: Option<Walk>,
}

impl Laying {
    fn new(workspace: WorkspaceId, said: Said) -> Self {
        Self {
            workspace,
            said,
            walk: None,
        }
    }

    /// The next part, ordered by account, day and traffic. What counts for an account is looked up
    /// before its first part is handed out.
    async fn next(&mut self, connection: &mut Connection) -> Result<Option<Planned>, AppError> {
        const READ: &str = "read what a cost file says";
        loop {
            let Some(walk) = &mut self.walk else {
                let Some(account) = self.said.next_account().step(READ)? else {
                    return Ok(None);
                };
                let (days, rows_max) = (self.said.days, self.said.window_rows_max);
                let walk = Walk::start(connection, self.workspace, account, days, rows_max).await?;
                self.walk = Some(walk);
                continue;
            };
            self.said.fill(&walk.account).step(READ)?;
            if let Some(window) = walk.next_window(self.said.ready_to(&walk.account)) {
                let before = walk.active(connection, window).await?;
                let mut part = self.said.take(&walk.account, window.to);
                let mended = self
                    .said
                    .mends
                    .and_then(|import| walk.declaration_of(import));
                let mended = before.iter().find(|said| Some(said.id) == mended);
                if let Some(mended) = mended {
                    part.complete(mended);
                }
                let account = walk.account.clone();
                return Ok(Some(Planned::new(account, before, part, &mut self.said)));
            }
            self.walk = None;
        }
    }
}

impl Planned {
    fn new(account: CostAccount, before: Vec<CostImport>, part: Part, said: &mut Said) -> Self {
        let mut active: Vec<&CostImport> = before.iter().collect();
        let earlier = effective(&active);
        let (days, keep) = (said.days, said.keep);
        let silences = said.silences.clone();
        let left = said.with_unread(&part.unread, |unread| {
            gaps(keep, &earlier, &part.amounts, &silences, unread)
        });
        let entry = |(key, measures)| CostEntry { key, measures };
        // Declarations take the place of the domain's imports: they are counted up likewise, and
        // the one that was committed later counts, whichever file was uploaded first.
        let new = CostImport {
            id: ImportId(i64::MAX),
            days,
            accounts: BTreeSet::from([account.clone()]),
            gaps: left,
            entries: part.amounts.into_iter().map(entry).collect(),
        };
        active.push(&new);
        let effects = CostEffects(effects(&earlier, &effective(&active), &new.gaps));
        let known = part.rows.keys().filter(|key| earlier.contains_key(key));
        Self {
            known: known.cloned().collect(),
            account,
            before,
            new,
            rows: part.rows,
            effects,
        }
    }

    fn deltas(&self) -> Vec<CostDelta> {
        let old: Vec<&CostImport> = self.before.iter().collect();
        let after: Vec<&CostImport> = old.iter().copied().chain([&self.new]).collect();
        differences(&old, &after)
    }
}

/// What an import would change, if it were made now.
pub(crate) async fn foresee(
    connection: &mut Connection,
    workspace: WorkspaceId,
    said: Said,
) -> Result<CostEffects, AppError> {
    let mut laying = Laying::new(workspace, said);
    let mut foreseen = CostEffects::default();
    while let Some(planned) = laying.next(connection).await? {
        foreseen.add(planned.effects);
    }
    Ok(foreseen)
}

/// Saves what an import says about its scope, and posts what that changes: differences, ordered by
/// account, day and traffic.
pub(crate) async fn declare(tx: &mut Tx, change: Change, said: Said) -> Result<Declared, AppError> {
    let mut laying = Laying::new(change.workspace, said);
    let mut declared = Declared::default();
    let mut current: Option<(CostAccount, CostDeclarationId)> = None;
    while let Some(planned) = laying.next(tx).await? {
        let known = current.filter(|(account, _)| *account == planned.account);
        let (account, id) = match known {
            Some(known) => known,
            None => begin_declaration(tx, change, &planned).await?,
        };
        save(tx, change, id, &planned.new).await?;
        current = Some((account, id));
        let deltas = planned.deltas();
        post(tx, change, &deltas).await?;
        for CostDelta { key, .. } in &deltas {
            let rows = planned.rows.get(key).copied().unwrap_or_default();
            if planned.known.contains(key) {
                declared.rows_changed += rows;
            } else {
                declared.rows_new += rows;
            }
        }
        declared.effects.add(planned.effects);
    }
    Ok(declared)
}

async fn begin_declaration(
    tx: &mut Tx,
    change: Change,
    planned: &Planned,
) -> Result<(CostAccount, CostDeclarationId), AppError> {
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
    Ok((account.clone(), id))
}

async fn save(
    tx: &mut Tx,
    change: Change,
    id: CostDeclarationId,
    new: &CostImport,
) -> Result<(), AppError> {
    // What is said of an amount that a gap leaves to others does not count, until the rows that
    // could not be read complete it.
    let row = |entry| cost_row(change.workspace, entry);
    let rows: Vec<CostRow> = new.entries.iter().map(row).collect();
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
pub(crate) async fn retract(
    tx: &mut Tx,
    change: Change,
    memory: CostMemory,
) -> Result<(), AppError> {
    let rows_max = memory.window_rows_max;
    let said = costs::list_declarations_of_import(tx, change.workspace, change.import).await?;
    for declaration in said
        .iter()
        .filter(|declaration| declaration.undone_at.is_none())
    {
        let account = account_of(declaration);
        let Some(days) = DayRange::new(declaration.first_day, declaration.last_day) else {
            continue;
        };
        let silenced = ImportId(declaration.id.0);
        let mut walk = Walk::start(tx, change.workspace, account, days, rows_max).await?;
        while let Some(window) = walk.next_window(None) {
            let active = walk.active(tx, window).await?;
            let before: Vec<&CostImport> = active.iter().collect();
            let spoken = before.iter().copied();
            let after: Vec<&CostImport> = spoken.filter(|import| import.id != silenced).collect();
            post(tx, change, &differences(&before, &after)).await?;
        }
    }
    costs::undo_declarations(tx, change.workspace, change.import, change.now).await?;
    Ok(())
}

async fn post(tx: &mut Tx, change: Change, deltas: &[CostDelta]) -> Result<(), AppError> {
    let facts: Vec<Fact> = deltas
        .iter()
        .flat_map(|delta| facts(change, delta))
        .collect();
    outbox::put(tx, change.now, &facts).await
}

/// One fact, or two where clicks are told of a part of the impressions only: what the platform says
/// of its conversions goes with the first.
fn facts(change: Change, delta: &CostDelta) -> Vec<Fact> {
    let measures = delta.measures;
    let told = CostMeasures {
        impressions: measures.impressions - measures.unclicked_impressions,
        unclicked_impressions: 0,
        ..measures
    };
    let id = fact_id(change, delta, &[]);
    if measures.unclicked_impressions == 0 {
        let cost = fact(change, delta, id, told);
        return vec![with_said(Fact::Cost(cost), measures)];
    }
    if told.impressions == 0 && told.clicks == 0 {
        let cost = fact(change, delta, id, measures);
        return vec![with_said(Fact::UnclickedCost(cost), measures)];
    }
    let untold = CostMeasures {
        impressions: measures.unclicked_impressions,
        ..CostMeasures::default()
    };
    let other = fact_id(change, delta, &["unclicked"]);
    vec![
        with_said(Fact::Cost(fact(change, delta, id, told)), measures),
        Fact::UnclickedCost(fact(change, delta, other, untold)),
    ]
}

/// The same cost with the platform's conversions, where there are any.
fn with_said(fact: Fact, measures: CostMeasures) -> Fact {
    let said = |cost: Box<CostFact>, is_unclicked| {
        Fact::SaidCost(Box::new(SaidCost {
            cost: *cost,
            is_unclicked,
            conversions_micros: measures.conversions_micros,
            value_micros: measures.conversion_value_micros,
        }))
    };
    match fact {
        _ if (
            measures.conversions_micros,
            measures.conversion_value_micros,
        ) == (0, 0) =>
        {
            fact
        }
        Fact::Cost(cost) => said(cost, false),
        Fact::UnclickedCost(cost) => said(cost, true),
        other => other,
    }
}

fn fact(change: Change, delta: &CostDelta, id: FactId, measures: CostMeasures) -> Box<CostFact> {
    let key = &delta.key;
    Box::new(CostFact {
        id,
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
    })
}

fn fact_id(change: Change, delta: &CostDelta, part: &[&str]) -> FactId {
    let CostDelta { key, measures } = delta;
    let phase = match change.phase {
        Phase::Made => "made",
        Phase::TakenBack => "taken_back",
    };
    let said = match (
        measures.conversions_micros,
        measures.conversion_value_micros,
    ) {
        (0, 0) => Vec::new(),
        (conversions, value) => vec![conversions.to_string(), value.to_string()],
    };
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let texts = [
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
    ];
    outbox::derived_id(&[texts.as_slice(), part, &said].concat())
}

/// Platform and account in the store's one column; the first mark ends the platform.
pub(super) fn account_column(account: &CostAccount) -> String {
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

/// The platform in the store's one column for platform and account.
pub(crate) fn platform_of(column: &str) -> &str {
    parted(column).0
}

fn parted(column: &str) -> (&str, &str) {
    column.split_once(ACCOUNT_MARK).unwrap_or((column, ""))
}

fn account_of(declaration: &CostDeclaration) -> CostAccount {
    let (platform, account) = parted(&declaration.platform);
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
        unclicked_impressions: measures.unclicked_impressions,
        cost_micros: measures.cost_micros,
        vat_micros: measures.vat_micros,
        original_micros: measures.original_micros,
        original_currency: key.original_currency,
        conversions_micros: measures.conversions_micros,
        conversion_value_micros: measures.conversion_value_micros,
    }
}
