//! What an import would come to, found by reading its file to the end as the import would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::{Currency, Day, DayRange, TimeZone};
use connect::RowErrorCode;
use connect::columns::Field;
use connect::table::TableRow;
use domain::deal::StatusMap;
use store::workspaces::Workspace;

use super::campaigns::CampaignsSeen;
use super::chunks::CHUNK_ROWS;
use super::plan::{ImportOptions, ParsedRow, open, refused};
use super::preview::{PreviewError, PreviewWarning, SHOWN_ROWS};
use crate::assignees::Crew;
use crate::costs::{CostFile, Said};
use crate::rates::RateTable;
use crate::workspaces::zone_of;
use crate::{AppError, FieldError};

/// Words that a warning names.
const WORDS_SHOWN_MAX: usize = 20;
/// Statuses that are told of a file; one with more of them has another column for its status.
const STATUSES_TOLD_MAX: usize = 100;

/// What of a file can be told before anything is saved.
#[derive(Debug, Default)]
pub(super) struct Foresight {
    pub(super) rows_ready: u64,
    /// Why the first rows would be rejected, by their place among those that are shown.
    pub(super) shown: BTreeMap<usize, PreviewError>,
    /// From the first to the last day of the rows that can be read.
    pub(super) days: Option<DayRange>,
    /// How many rows have a status that nobody has mapped, by status.
    pub(super) statuses: BTreeMap<String, u64>,
    /// Of costs that can be read.
    pub(super) campaigns: CampaignsSeen,
    /// Rows of a platform's report that name none of its ads.
    nameless: u64,
    /// Of costs, where any can be read.
    pub(super) said: Option<Said>,
    /// Cost rows without a cost, which count as zero.
    without_cost: u64,
    missing_rates: BTreeMap<Currency, MissingRate>,
    unknown_statuses: UnknownStatuses,
    responsible: Responsible,
}

/// Rows that name whoever is responsible.
#[derive(Debug, Default)]
struct Responsible {
    members: u64,
    others: u64,
    /// What those are called who are no members.
    words: BTreeSet<String>,
}

/// Leads whose status is called by a word that is not known.
#[derive(Debug, Default)]
struct UnknownStatuses {
    rows: u64,
    words: BTreeSet<String>,
}

/// Rows in a currency that cannot be converted on their days.
#[derive(Debug, Clone, Copy)]
struct MissingRate {
    first: Day,
    rows: u64,
}

/// Finds out what is missing for the rows of a file.
pub(super) struct Foreseer {
    zone: TimeZone,
    currency: Currency,
    rates: RateTable,
    /// Of costs.
    costs: Option<CostFile>,
    /// Of deals.
    statuses: Option<StatusMap>,
    crew: Crew,
    found: Foresight,
}

impl Foreseer {
    /// # Errors
    /// When the workspace's zone is none.
    pub(super) fn new(
        workspace: &Workspace,
        rates: RateTable,
        costs: Option<CostFile>,
        statuses: Option<StatusMap>,
        crew: Crew,
    ) -> Result<Self, AppError> {
        let details = &workspace.details;
        Ok(Self {
            zone: zone_of(workspace)?,
            currency: details.currency,
            rates,
            costs,
            statuses,
            crew,
            found: Foresight::default(),
        })
    }

    /// Reads the file; nothing where it cannot be imported yet. Blocks.
    pub(super) fn read(
        mut self,
        path: &Path,
        options: &ImportOptions,
    ) -> Result<Option<Foresight>, AppError> {
        let (table, mut plan) = match open(path, options) {
            Ok(opened) => opened,
            // A column that is missing is a warning until the import is to start.
            Err(AppError::Invalid(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mapping = options.mapping(&table.layout().header);
        let mapping = mapping.map_err(|error| super::plan::misplanned(&error))?;
        let lacks_cost = |row: &TableRow| mapping.text(row, Field::Cost).is_empty();
        for (index, row) in table.enumerate() {
            let row = row.map_err(|error| refused(&error))?;
            let why = match plan.read(&row) {
                Ok(parsed) => {
                    let is_cost = matches!(parsed, ParsedRow::Cost(_));
                    self.note_status(&parsed);
                    let named = responsible(&parsed).map(str::to_owned);
                    let why = self.refusal(parsed);
                    if let (None, Some(word)) = (&why, named) {
                        self.found.responsible.note(&self.crew, word);
                    }
                    if why.is_none() && is_cost && lacks_cost(&row) {
                        self.found.without_cost += 1;
                    }
                    why
                }
                Err(unread) => {
                    if unread.error.code == RowErrorCode::Nameless {
                        self.found.nameless += 1;
                    }
                    if let Some(file) = &mut self.costs {
                        file.leave_out(unread.cost.unwrap_or_default());
                    }
                    Some(PreviewError::from(unread.error))
                }
            };
            match why {
                None => self.found.rows_ready += 1,
                Some(why) if index < SHOWN_ROWS => {
                    self.found.shown.insert(index, why);
                }
                Some(_) => {}
            }
            if let Some(file) = &mut self.costs
                && index % CHUNK_ROWS == 0
            {
                file.make_room()?;
            }
        }
        if let Some(file) = self.costs {
            self.found.said = file.end()?.said;
        }
        Ok(Some(self.found))
    }

    /// Why a row that could be read would be rejected.
    fn refusal(&mut self, row: ParsedRow) -> Option<PreviewError> {
        let day = match &row {
            ParsedRow::Cost(row) => Some(row.day),
            ParsedRow::History(row) => Some(row.day),
            ParsedRow::Deal(row) => Some(self.zone.day_of(row.created)),
            ParsedRow::Payment(row) => Some(self.zone.day_of(row.at)),
            ParsedRow::Lead(row) => row.at.map(|at| self.zone.day_of(at)),
        };
        if let Some(day) = day {
            let days = self.found.days.get_or_insert(DayRange {
                first: day,
                last: day,
            });
            days.first = days.first.min(day);
            days.last = days.last.max(day);
        }
        if let ParsedRow::Lead(lead) = &row
            && let Some(word) = &lead.status_word
        {
            self.found.unknown_statuses.note(word);
        }
        let money = match &row {
            ParsedRow::Cost(row) => Some((row.cost.currency, row.day)),
            ParsedRow::Deal(row) => {
                let at = row.paid.unwrap_or(row.created);
                Some((row.amount.currency, self.zone.day_of(at)))
            }
            ParsedRow::Payment(row) => Some((row.amount.currency, self.zone.day_of(row.at))),
            ParsedRow::Lead(_) | ParsedRow::History(_) => None,
        };
        let missing = money.filter(|(from, day)| self.lacks_rate(*from, *day));
        if let Some((from, day)) = missing {
            let rate = self.found.missing_rates.entry(from);
            let rate = rate.or_insert(MissingRate {
                first: day,
                rows: 0,
            });
            rate.first = rate.first.min(day);
            rate.rows += 1;
        }
        match (&mut self.costs, row) {
            (Some(file), ParsedRow::Cost(row)) => {
                self.found.campaigns.note(&row, file.match_by());
                file.add(*row).err().map(PreviewError::from)
            }
            _ => missing.map(|(from, day)| self.no_rate(from, day)),
        }
    }

    fn note_status(&mut self, row: &ParsedRow) {
        let (Some(map), ParsedRow::Deal(row)) = (&self.statuses, row) else {
            return;
        };
        let known = &mut self.found.statuses;
        let has_room = known.len() < STATUSES_TOLD_MAX || known.contains_key(&row.status);
        if map.group(&row.status).is_none() && has_room {
            *known.entry(row.status.clone()).or_default() += 1;
        }
    }

    fn lacks_rate(&self, from: Currency, day: Day) -> bool {
        from != self.currency && self.rates.on(from, self.currency, day).is_none()
    }

    fn no_rate(&self, from: Currency, day: Day) -> PreviewError {
        let to = self.currency;
        PreviewError {
            field: Some("currency".into()),
            code: "missing_rate",
            detail: format!("there is no rate from {from} to {to} on or before {day}"),
        }
    }
}

impl Foresight {
    /// What whoever starts the import should know first.
    pub(super) fn warnings(&self, to: Currency) -> Vec<PreviewWarning> {
        let missing = self.missing_rates.iter().map(|(from, missing)| {
            let MissingRate { first, rows } = missing;
            PreviewWarning {
                rows: Some(*rows),
                currency: Some(*from),
                day: Some(*first),
                ..PreviewWarning::new(
                    "missing_rate",
                    format!(
                        "there is no exchange rate from {from} to {to} for {rows} rows, the first \
                         of {first}"
                    ),
                )
            }
        });
        let without_cost = (self.without_cost > 0).then(|| PreviewWarning {
            rows: Some(self.without_cost),
            ..PreviewWarning::new(
                "no_cost",
                format!("{} rows have no cost and count as zero", self.without_cost),
            )
        });
        let nameless = (self.nameless > 0).then(|| PreviewWarning {
            rows: Some(self.nameless),
            ..PreviewWarning::new(
                "nameless_rows",
                format!(
                    "{} rows name no ad of the report and would be rejected",
                    self.nameless
                ),
            )
        });
        let unknown = self.unknown_statuses.warning();
        let told = missing.chain(without_cost).chain(nameless);
        told.chain(unknown)
            .chain(self.responsible.warnings())
            .collect()
    }
}

/// Whoever a row says is responsible.
fn responsible(row: &ParsedRow) -> Option<&str> {
    let word = match row {
        ParsedRow::Lead(row) => &row.responsible,
        ParsedRow::Deal(row) => &row.responsible,
        ParsedRow::Cost(_) | ParsedRow::Payment(_) | ParsedRow::History(_) => return None,
    };
    (!word.is_empty()).then_some(word.as_str())
}

impl Responsible {
    fn note(&mut self, crew: &Crew, word: String) {
        if crew.named(&word).is_some() {
            self.members += 1;
            return;
        }
        self.others += 1;
        if self.words.len() < WORDS_SHOWN_MAX {
            self.words.insert(word);
        }
    }

    fn warnings(&self) -> impl Iterator<Item = PreviewWarning> {
        let members = (self.members > 0).then(|| PreviewWarning {
            rows: Some(self.members),
            ..PreviewWarning::new(
                "responsible_members",
                format!(
                    "{} rows give the address of a member, who becomes responsible",
                    self.members
                ),
            )
        });
        let words: Vec<String> = self.words.iter().cloned().collect();
        let others = (self.others > 0).then(|| PreviewWarning {
            rows: Some(self.others),
            ..PreviewWarning::new(
                "responsible_others",
                format!(
                    "{} rows name somebody who is no member by their address, and keep the word \
                     alone: {}",
                    self.others,
                    words.join(", ")
                ),
            )
        });
        let others = others.map(|warning| PreviewWarning { words, ..warning });
        members.into_iter().chain(others)
    }
}

impl UnknownStatuses {
    fn note(&mut self, word: &str) {
        self.rows += 1;
        if self.words.len() < WORDS_SHOWN_MAX {
            self.words.insert(word.to_owned());
        }
    }

    fn warning(&self) -> Option<PreviewWarning> {
        let words: Vec<String> = self.words.iter().cloned().collect();
        let detail = format!(
            "{} rows have a status that is not known and come in as new, with the word kept: {}",
            self.rows,
            words.join(", ")
        );
        (self.rows > 0).then(|| PreviewWarning {
            rows: Some(self.rows),
            words,
            ..PreviewWarning::new("unknown_lead_statuses", detail)
        })
    }
}

impl From<connect::RowError> for PreviewError {
    fn from(error: connect::RowError) -> Self {
        Self {
            field: error.field.map(|field| field.key().into()),
            code: error.code.name(),
            detail: error.detail,
        }
    }
}

impl From<FieldError> for PreviewError {
    fn from(error: FieldError) -> Self {
        Self {
            field: Some(error.field),
            code: error.code,
            detail: error.detail,
        }
    }
}
