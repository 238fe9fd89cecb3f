//! The amounts of an account a window at a time, so that neither a long file nor a long history has
//! to be in memory: some days, or a part of one day's traffic.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{Currency, Day, DayRange, ImportId, TrafficKey, WorkspaceId};
use domain::cost::{CostAccount, CostEntry, CostImport, CostKey, CostMeasures};
use store::Connection;
use store::costs::{self, CostDeclaration, CostGap, CostRow, DeclaredSpan, KeySpan};

use super::overlay::account_column;
use crate::AppError;

/// A place among the amounts of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) day: Day,
    pub(super) order: i64,
}

/// Both edges are included. A window of several days has all of their traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    from: Edge,
    pub(super) to: Edge,
}

/// What counts for an account, from the first to the last of some days.
#[derive(Debug)]
pub(super) struct Walk {
    workspace: WorkspaceId,
    pub(super) account: CostAccount,
    days: DayRange,
    window_rows_max: usize,
    declarations: Vec<CostDeclaration>,
    rows: BTreeMap<Day, usize>,
    next: Option<Edge>,
}

impl Walk {
    /// Sees what is declared now; what is declared on the way is none of it.
    pub(super) async fn start(
        connection: &mut Connection,
        workspace: WorkspaceId,
        account: CostAccount,
        days: DayRange,
        window_rows_max: usize,
    ) -> Result<Self, AppError> {
        let span = span(&account, days);
        let declarations = costs::list_active_declarations(connection, workspace, &span).await?;
        let counted = costs::count_active_cost_rows(connection, workspace, &span).await?;
        let rows = counted
            .iter()
            .map(|day| (day.day, usize::try_from(day.rows).unwrap_or(usize::MAX)));
        Ok(Self {
            workspace,
            account,
            days,
            window_rows_max,
            declarations,
            rows: rows.collect(),
            next: Some(Edge::start_of(days.first)),
        })
    }

    /// The declaration that an import made for the account, as [`Self::active`] names it.
    pub(super) fn declaration_of(&self, import: ImportId) -> Option<ImportId> {
        let mut of = self.declarations.iter();
        let found = of.find(|declaration| declaration.import_id == import)?;
        Some(ImportId(found.id.0))
    }

    /// The next window; it ends no later than `ready_to`.
    pub(super) fn next_window(&mut self, ready_to: Option<Edge>) -> Option<Window> {
        let from = self.next?;
        let mut to = Edge::end_of(self.days.last);
        if let Some(ready) = ready_to {
            to = to.min(ready);
        }
        let window = cut(from, to, &self.rows, self.window_rows_max);
        self.next = window.to.behind().filter(|next| next.day <= self.days.last);
        Some(window)
    }

    /// The declarations, with their rows and gaps in the window.
    pub(super) async fn active(
        &self,
        connection: &mut Connection,
        window: Window,
    ) -> Result<Vec<CostImport>, AppError> {
        let days = DayRange {
            first: window.from.day,
            last: window.to.day,
        };
        let keys = KeySpan {
            first_key: window.from.order,
            last_key: window.to.order,
        };
        let (workspace, span) = (self.workspace, span(&self.account, days));
        let rows = costs::list_active_cost_rows(connection, workspace, &span, keys).await?;
        let left = costs::list_active_cost_gaps(connection, workspace, &span, keys).await?;
        let mut entries: HashMap<i64, Vec<CostEntry>> = HashMap::new();
        // A gap keeps no texts; one that no row is seen through changes nothing.
        let mut known: HashMap<(Day, TrafficKey, Currency), CostKey> = HashMap::new();
        for declared in rows {
            let row = &declared.row;
            let place = (row.day, row.traffic_key, row.original_currency);
            let entry = cost_entry(&self.account, declared.row);
            known.entry(place).or_insert_with(|| entry.key.clone());
            let of = entries.entry(declared.declaration_id.0).or_default();
            of.push(entry);
        }
        let mut gaps: HashMap<i64, BTreeSet<CostKey>> = HashMap::new();
        for declared in left {
            let CostGap {
                day,
                traffic_key,
                original_currency,
            } = declared.gap;
            if let Some(key) = known.get(&(day, traffic_key, original_currency)) {
                let gaps = gaps.entry(declared.declaration_id.0).or_default();
                gaps.insert(key.clone());
            }
        }
        let mut import = |declaration: &CostDeclaration| {
            Some(CostImport {
                id: ImportId(declaration.id.0),
                days: DayRange::new(declaration.first_day, declaration.last_day)?,
                accounts: BTreeSet::from([self.account.clone()]),
                gaps: gaps.remove(&declaration.id.0).unwrap_or_default(),
                entries: entries.remove(&declaration.id.0).unwrap_or_default(),
            })
        };
        Ok(self.declarations.iter().filter_map(&mut import).collect())
    }
}

impl Edge {
    pub(super) fn start_of(day: Day) -> Self {
        Self {
            day,
            order: i64::MIN,
        }
    }

    pub(super) fn end_of(day: Day) -> Self {
        Self {
            day,
            order: i64::MAX,
        }
    }

    fn behind(self) -> Option<Self> {
        match self.order.checked_add(1) {
            Some(order) => Some(Self { order, ..self }),
            None => self
                .day
                .0
                .checked_add(1)
                .map(|day| Self::start_of(Day(day))),
        }
    }
}

/// The window from `from` to `to`, or as much of it as is not too much to be read at once.
fn cut(from: Edge, to: Edge, rows: &BTreeMap<Day, usize>, rows_max: usize) -> Window {
    let mut to = to.max(from);
    let mut sum = 0_usize;
    for (day, count) in rows.range(from.day..=to.day) {
        sum = sum.saturating_add(*count);
        if sum > rows_max {
            let enough = if *day > from.day {
                Edge::end_of(Day(day.0 - 1))
            } else {
                share_of_day(from, *count, rows_max)
            };
            to = to.min(enough);
            break;
        }
    }
    if to.day > from.day {
        if from.order > i64::MIN {
            to = Edge::end_of(from.day);
        } else if to.order < i64::MAX {
            to = Edge::end_of(Day(to.day.0 - 1));
        }
    }
    Window { from, to }
}

/// Keys are spread evenly, so equal shares of them have about equally many rows.
fn share_of_day(from: Edge, rows: usize, rows_max: usize) -> Edge {
    let shares = u64::try_from(rows / rows_max + 1).unwrap_or(u64::MAX);
    Edge {
        order: from.order.saturating_add_unsigned(u64::MAX / shares),
        ..from
    }
}

fn span(account: &CostAccount, days: DayRange) -> DeclaredSpan {
    DeclaredSpan {
        platform: account_column(account),
        source: account.source.clone(),
        first_day: days.first,
        last_day: days.last,
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
            unclicked_impressions: row.unclicked_impressions,
            cost_micros: row.cost_micros,
            vat_micros: row.vat_micros,
            original_micros: row.original_micros,
            conversions_micros: row.conversions_micros,
            conversion_value_micros: row.conversion_value_micros,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW_ROWS_MAX: usize = 2_000;

    fn walk(last: i32, rows: BTreeMap<Day, usize>) -> Walk {
        Walk {
            workspace: WorkspaceId(1),
            account: CostAccount::default(),
            days: DayRange::new(Day(0), Day(last)).unwrap(),
            window_rows_max: WINDOW_ROWS_MAX,
            declarations: Vec::new(),
            rows,
            next: Some(Edge::start_of(Day(0))),
        }
    }

    #[test]
    fn a_day_of_a_million_rows_is_read_in_shares() {
        let mut walk = walk(1, BTreeMap::from([(Day(0), 1_000_000), (Day(1), 10)]));
        let windows: Vec<Window> = std::iter::from_fn(|| walk.next_window(None)).collect();
        assert_eq!(windows.len(), 502);
        let first = &windows[..windows.len() - 1];
        assert!(first.iter().all(|window| window.to.day == Day(0)));
        assert_eq!(windows[501].to, Edge::end_of(Day(1)));
    }

    proptest! {
        #[test]
        fn windows_follow_each_other_and_hold_no_more_than_they_may(
            days in prop::collection::btree_map(0_i32..60, 1_usize..9_000, 0..40),
            ready in prop::collection::btree_set((0_i32..60, any::<i64>()), 0..20),
        ) {
            let rows: BTreeMap<Day, usize> =
                days.into_iter().map(|(day, rows)| (Day(day), rows)).collect();
            let mut walk = walk(59, rows.clone());
            let mut ready = ready.into_iter().map(|(day, order)| Edge { day: Day(day), order });
            let mut expected = Some(Edge::start_of(Day(0)));
            let mut ready_to = ready.next();
            while let Some(window) = walk.next_window(ready_to) {
                prop_assert_eq!(Some(window.from), expected);
                prop_assert!(window.to >= window.from);
                prop_assert!(ready_to.is_none_or(|ready| window.to <= ready.max(window.from)));
                let whole = window.from.order == i64::MIN && window.to.order == i64::MAX;
                prop_assert!(whole || window.from.day == window.to.day);
                let held: usize = rows.range(window.from.day..=window.to.day).map(|of| of.1).sum();
                prop_assert!(!whole || held <= WINDOW_ROWS_MAX || ready_to.is_some());
                expected = window.to.behind();
                while ready_to.is_some_and(|ready| ready <= window.to) {
                    ready_to = ready.next();
                }
            }
            prop_assert_eq!(expected, Some(Edge::start_of(Day(60))));
        }
    }
}
