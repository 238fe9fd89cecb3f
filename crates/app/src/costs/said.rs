//! What an import says, in the order in which it is laid over what counts: by account, day and
//! traffic. However large its file is, only some amounts of it are in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::path::Path;

use base::{Currency, Day, DayRange, ImportId, Traffic, WorkspaceId};
use domain::cost::{
    CostAccount, CostEntry, CostImport, CostKey, CostMeasures, KeepEarlier, UnreadRow, silences,
};
use serde::{Deserialize, Serialize};
use store::costs::key_order;

use super::CostMemory;
use super::windows::Edge;
use crate::spill::{Fold, Gathered, Sorted};

/// Rows of which only a part is known. Where a file has more of them, they could mean anything.
const PARTLY_UNREAD_MAX: usize = 10_000;

/// What is said while it is still being read.
#[derive(Debug)]
pub(crate) struct Saying {
    workspace: WorkspaceId,
    amounts: Gathered<Place, Amount>,
    window_rows_max: usize,
    partly_unread: BTreeSet<UnreadRow>,
    /// Of the last amount.
    account: Option<CostAccount>,
    /// That it has amounts of.
    days: BTreeSet<Day>,
    mends: Option<ImportId>,
}

/// What is said, from its first account to its last.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) days: DayRange,
    /// Days between two periods that it has amounts of.
    pub(crate) silences: Vec<DayRange>,
    pub(super) keep: KeepEarlier,
    pub(super) mends: Option<ImportId>,
    pub(super) window_rows_max: usize,
    partly_unread: BTreeSet<UnreadRow>,
    amounts: Sorted<Place, Amount>,
    /// The next amounts of the account that is laid over.
    waiting: VecDeque<(At, Amount)>,
}

/// A part of what is said of one account.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) amounts: BTreeMap<CostKey, CostMeasures>,
    /// How many rows stand behind each.
    pub(super) rows: BTreeMap<CostKey, i64>,
    /// Amounts that a row which could not be read is a part of.
    pub(super) unread: Vec<UnreadRow>,
}

/// An amount's place, or an account's, which comes before those of its amounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    account: CostAccount,
    at: Option<At>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct At {
    day: Day,
    /// Where the store has its traffic among that of the day.
    order: i64,
    traffic: Traffic,
    original_currency: Currency,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Amount {
    measures: CostMeasures,
    rows: i64,
    is_unread: bool,
}

impl Saying {
    /// Spills into this folder.
    pub(crate) fn new(workspace: WorkspaceId, folder: &Path, memory: CostMemory) -> Self {
        let amounts = Gathered::new(folder, memory.held_amounts_max);
        Self::with(workspace, amounts, memory.window_rows_max)
    }

    /// For what has a bound of its own.
    pub(crate) fn in_memory(workspace: WorkspaceId) -> Self {
        let window_rows_max = CostMemory::default().window_rows_max;
        Self::with(workspace, Gathered::in_memory(), window_rows_max)
    }

    fn with(
        workspace: WorkspaceId,
        amounts: Gathered<Place, Amount>,
        window_rows_max: usize,
    ) -> Self {
        Self {
            workspace,
            amounts,
            window_rows_max,
            partly_unread: BTreeSet::new(),
            account: None,
            days: BTreeSet::new(),
            mends: None,
        }
    }

    /// What this import says of the same amounts is a part of them.
    pub(crate) fn mends(&mut self, import: Option<ImportId>) {
        self.mends = import;
    }

    /// Speaks for an account, also where it has no amount.
    pub(crate) fn speak_for(&mut self, account: &CostAccount) {
        if self.account.as_ref() != Some(account) {
            let place = Place {
                account: account.clone(),
                at: None,
            };
            self.amounts.add(place, Amount::default());
            self.account = Some(account.clone());
        }
    }

    /// Adds a row's amount.
    pub(crate) fn add(&mut self, key: CostKey, measures: CostMeasures) {
        self.speak_for(&key.account);
        self.days.insert(key.day);
        let amount = Amount {
            measures,
            rows: 1,
            is_unread: false,
        };
        self.put(key, amount);
    }

    /// Notes what is known of a row that could not be read.
    pub(crate) fn leave_out(&mut self, row: UnreadRow) {
        match row {
            UnreadRow {
                account: Some(account),
                day: Some(day),
                traffic: Some(traffic),
                original_currency: Some(original_currency),
            } => {
                let key = CostKey {
                    account,
                    day,
                    traffic,
                    original_currency,
                };
                let amount = Amount {
                    is_unread: true,
                    ..Amount::default()
                };
                self.put(key, amount);
            }
            _ if self.partly_unread.len() >= PARTLY_UNREAD_MAX => {
                self.partly_unread.insert(UnreadRow::default());
            }
            partly => {
                self.partly_unread.insert(partly);
            }
        }
    }

    fn put(&mut self, key: CostKey, amount: Amount) {
        let at = At {
            day: key.day,
            order: key_order(key.traffic.key(self.workspace)),
            traffic: key.traffic,
            original_currency: key.original_currency,
        };
        let place = Place {
            account: key.account,
            at: Some(at),
        };
        self.amounts.add(place, amount);
    }

    /// Writes down what is too much to be held. Blocks.
    pub(crate) fn make_room(&mut self) -> io::Result<()> {
        self.amounts.make_room()
    }

    /// What a file says: it speaks for the days from its first to its last amount, and for the
    /// accounts that it has amounts of; `None` without amounts. Blocks.
    pub(crate) fn of_file(self, keep: KeepEarlier) -> io::Result<Option<Said>> {
        let days = self.days.first().zip(self.days.last());
        let days = days.and_then(|(first, last)| DayRange::new(*first, *last));
        days.map(|days| self.said(days, keep)).transpose()
    }

    /// The whole truth about these days of the accounts.
    pub(crate) fn all_of(self, days: DayRange) -> io::Result<Said> {
        self.said(days, KeepEarlier::Nothing)
    }

    fn said(self, days: DayRange, keep: KeepEarlier) -> io::Result<Said> {
        Ok(Said {
            days,
            silences: silences(&self.days),
            keep,
            mends: self.mends,
            window_rows_max: self.window_rows_max,
            partly_unread: self.partly_unread,
            amounts: self.amounts.sorted()?,
            waiting: VecDeque::new(),
        })
    }
}

impl Said {
    /// The next account that it speaks for. Blocks.
    pub(super) fn next_account(&mut self) -> io::Result<Option<CostAccount>> {
        while let Some((place, _)) = self.amounts.next()? {
            // Rows that could not be read do not make it speak for their account.
            if place.at.is_none() {
                return Ok(Some(place.account));
            }
        }
        Ok(None)
    }

    /// Gets the next amounts of the account ready. Blocks.
    pub(super) fn fill(&mut self, account: &CostAccount) -> io::Result<()> {
        while let Some(Place { account: of, at }) = self.amounts.peek() {
            let Some(at) = at.as_ref().filter(|_| of == account) else {
                return Ok(());
            };
            let last = self.waiting.back().map(|(last, _)| last.edge());
            // What the store reads together stays together.
            if self.waiting.len() >= self.window_rows_max && last != Some(at.edge()) {
                return Ok(());
            }
            if let Some((Place { at: Some(at), .. }, amount)) = self.amounts.next()?
                && self.days.contains(at.day)
            {
                self.waiting.push_back((at, amount));
            }
        }
        Ok(())
    }

    /// Up to where all amounts of the account are ready; `None` where these are its last ones.
    pub(super) fn ready_to(&self, account: &CostAccount) -> Option<Edge> {
        let next = self.amounts.peek()?;
        let is_more = next.account == *account && next.at.is_some();
        let last = self.waiting.back().filter(|_| is_more);
        last.map(|(at, _)| at.edge())
    }

    /// The amounts of the account up to there.
    pub(super) fn take(&mut self, account: &CostAccount, to: Edge) -> Part {
        let mut part = Part::default();
        while let Some((at, amount)) = self.waiting.pop_front_if(|(at, _)| at.edge() <= to) {
            let key = CostKey {
                account: account.clone(),
                day: at.day,
                traffic: at.traffic,
                original_currency: at.original_currency,
            };
            if amount.is_unread {
                part.unread.push(UnreadRow {
                    account: Some(key.account.clone()),
                    day: Some(key.day),
                    traffic: Some(key.traffic.clone()),
                    original_currency: Some(key.original_currency),
                });
            }
            if amount.rows > 0 {
                part.rows.insert(key.clone(), amount.rows);
                part.amounts.insert(key, amount.measures);
            }
        }
        part
    }

    /// Runs a rule on all that is known of rows that could not be read and may mean this part.
    pub(super) fn with_unread<T>(
        &mut self,
        unread: &[UnreadRow],
        rule: impl FnOnce(&BTreeSet<UnreadRow>) -> T,
    ) -> T {
        self.partly_unread.extend(unread.iter().cloned());
        let found = rule(&self.partly_unread);
        for row in unread {
            self.partly_unread.remove(row);
        }
        found
    }
}

impl Part {
    /// Adds what the import that is mended says of the same amounts.
    pub(super) fn complete(&mut self, mended: &CostImport) {
        for CostEntry { key, measures } in &mended.entries {
            if let Some(amount) = self.amounts.get_mut(key) {
                *amount = amount.plus(*measures);
            }
        }
    }
}

impl At {
    fn edge(&self) -> Edge {
        Edge {
            day: self.day,
            order: self.order,
        }
    }
}

impl Fold for Amount {
    fn fold(&mut self, later: Self) {
        self.measures = self.measures.plus(later.measures);
        self.rows += later.rows;
        self.is_unread |= later.is_unread;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(day: i32, keyword: usize) -> CostKey {
        CostKey {
            account: CostAccount::default(),
            day: Day(day),
            traffic: Traffic {
                keyword: keyword.to_string(),
                ..Traffic::default()
            },
            original_currency: "EUR".parse().unwrap(),
        }
    }

    const MEMORY: CostMemory = CostMemory {
        held_amounts_max: 1_000,
        window_rows_max: 200,
    };

    /// A year's file with more than a thousand ads.
    fn large_file(folder: &Path) -> (Said, usize) {
        let mut saying = Saying::new(WorkspaceId(1), folder, MEMORY);
        let mut held_most = 0;
        for row in 0..3_000_usize {
            let day = i32::try_from(row % 365).unwrap();
            saying.add(key(day, row % 1_500), CostMeasures::default());
            if row % 100 == 0 {
                held_most = held_most.max(saying.amounts.held());
                saying.make_room().unwrap();
            }
        }
        let said = saying.of_file(KeepEarlier::default()).unwrap().unwrap();
        (said, held_most)
    }

    #[test]
    fn a_large_file_is_held_in_parts_when_it_is_read_and_when_it_is_laid_over_others() {
        let folder = tempfile::tempdir().unwrap();
        let (mut said, held_most) = large_file(folder.path());
        assert!(held_most <= MEMORY.held_amounts_max + 100, "{held_most}");
        let account = said.next_account().unwrap().unwrap();
        let (mut rows, mut parts) = (0, 0);
        let mut last = None;
        while let Some(to) = {
            said.fill(&account).unwrap();
            let end = Edge::end_of(said.days.last);
            (!said.waiting.is_empty()).then(|| said.ready_to(&account).unwrap_or(end))
        } {
            assert!(
                said.waiting.len() <= MEMORY.window_rows_max,
                "{}",
                said.waiting.len()
            );
            let part = said.take(&account, to);
            assert!(last < Some(to));
            last = Some(to);
            parts += 1;
            rows += part.rows.values().sum::<i64>();
        }
        assert_eq!((rows, parts), (3_000, 15));
        assert_eq!(said.next_account().unwrap(), None);
    }

    #[test]
    fn a_file_with_too_many_torn_rows_could_mean_anything() {
        let mut saying = Saying::in_memory(WorkspaceId(1));
        for row in 0..=PARTLY_UNREAD_MAX + 1 {
            let key = key(0, row);
            saying.leave_out(UnreadRow {
                account: Some(key.account),
                day: None,
                traffic: Some(key.traffic),
                original_currency: Some(key.original_currency),
            });
        }
        assert_eq!(saying.partly_unread.len(), PARTLY_UNREAD_MAX + 1);
        assert!(saying.partly_unread.contains(&UnreadRow::default()));
    }

    #[test]
    fn rows_that_could_not_be_read_do_not_make_a_file_speak_for_their_account() {
        let mut saying = Saying::in_memory(WorkspaceId(1));
        saying.add(key(1, 1), CostMeasures::default());
        let other = CostAccount {
            account: "other".into(),
            ..CostAccount::default()
        };
        saying.leave_out(UnreadRow {
            account: Some(other),
            day: Some(Day(1)),
            traffic: Some(Traffic::default()),
            original_currency: Some("EUR".parse().unwrap()),
        });
        let mut said = saying.of_file(KeepEarlier::default()).unwrap().unwrap();
        let account = said.next_account().unwrap().unwrap();
        said.fill(&account).unwrap();
        assert_eq!(said.take(&account, Edge::end_of(Day(1))).amounts.len(), 1);
        assert_eq!(said.next_account().unwrap(), None);
    }
}
