//! The rows of one cost file, priced and added up by what they are about.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{BasisPoints, Currency};
use connect::costs::{CostOptions, CostRow, UnreadCost};
use domain::cost::{CostDelta, CostKey, CostMeasures, CostTerms, UnreadRow};
use domain::source::{VALUE_BYTES_MAX, clean};
use store::workspaces::WorkspaceDetails;

use super::names::NamesSeen;
use super::overlay::{Said, platform_name};
use crate::rates::RateTable;
use crate::{AppError, FieldError};

/// Platform of files that do not say theirs.
const PLATFORM_DEFAULT: &str = "generic";

/// What the file has said so far.
pub(crate) struct CostFile {
    currency: Currency,
    vat_rate: BasisPoints,
    mark_up: BasisPoints,
    options: CostOptions,
    rates: RateTable,
    amounts: BTreeMap<CostKey, CostMeasures>,
    unread: BTreeSet<UnreadRow>,
    rows_of: HashMap<CostKey, i64>,
    pub(crate) names: NamesSeen,
}

impl CostFile {
    /// # Errors
    /// When the mark-up is no percentage.
    pub(crate) fn new(
        workspace: &WorkspaceDetails,
        options: CostOptions,
        rates: RateTable,
    ) -> Result<Self, AppError> {
        let mark_up = options.mark_up().map_err(|error| {
            AppError::invalid(
                "options.mark_up_percent",
                "not_a_percentage",
                error.to_string(),
            )
        })?;
        Ok(Self {
            currency: workspace.currency,
            vat_rate: workspace.vat_rate_bp,
            mark_up,
            options,
            rates,
            amounts: BTreeMap::new(),
            unread: BTreeSet::new(),
            rows_of: HashMap::new(),
            names: NamesSeen::default(),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the row has no source, no rate for its currency, or an amount that does not fit.
    pub(crate) fn add(&mut self, row: CostRow) -> Result<(), FieldError> {
        let row = tidied(row);
        self.count(&row).inspect_err(|_| {
            let unread = UnreadCost {
                day: Some(row.day),
                currency: Some(row.cost.currency),
                named: Some(Box::new(row.clone())),
            };
            self.leave_out(unread);
        })
    }

    /// Notes a row that is left out, so that the amount that it is about can stay as it was.
    pub(crate) fn leave_out(&mut self, row: UnreadCost) {
        let UnreadCost {
            day,
            currency,
            named,
        } = row;
        // Without a source there is no telling whose spending it is.
        let named = named.map(|named| tidied(*named));
        let named = named.filter(|named| !named.source.is_empty());
        self.unread.insert(UnreadRow {
            account: named.as_ref().map(CostRow::cost_account),
            day,
            traffic: named.map(|named| named.traffic(self.options.match_by)),
            original_currency: currency,
        });
    }

    fn count(&mut self, row: &CostRow) -> Result<(), FieldError> {
        let wrong = |field, code, detail| FieldError {
            field: Cow::Borrowed(field),
            row: Some(row.row),
            code,
            detail,
        };
        if row.source.is_empty() {
            let detail = "neither the row nor the options name a source".to_owned();
            return Err(wrong("source", "missing_value", detail));
        }
        let from = row.cost.currency;
        let rate = self.rates.on(from, self.currency, row.day).ok_or_else(|| {
            let to = self.currency;
            let detail = format!(
                "there is no exchange rate from {from} to {to} for {}",
                row.day
            );
            wrong("currency", "missing_rate", detail)
        })?;
        let terms = CostTerms {
            currency: self.currency,
            rate,
            vat: self.options.vat_terms(self.vat_rate),
            mark_up: self.mark_up,
        };
        let entry = row
            .entry(self.options.match_by, terms)
            .map_err(|error| wrong("cost", "too_large", error.to_string()))?;
        self.names.note(row);
        *self.rows_of.entry(entry.key.clone()).or_default() += 1;
        let amount = self.amounts.entry(entry.key).or_default();
        *amount = amount.plus(entry.measures);
        Ok(())
    }

    /// Hands over what was added up and what was left out; `None` when no row could be read.
    pub(crate) fn take(&mut self) -> Option<Said> {
        let amounts = std::mem::take(&mut self.amounts);
        let unread = std::mem::take(&mut self.unread);
        Said::of_file(amounts, self.options.keep_earlier, unread)
    }

    /// What the file's rows cost together, without VAT, in the workspace's currency.
    pub(crate) fn cost_micros(&self) -> i64 {
        self.amounts
            .values()
            .fold(0, |sum, value| sum.saturating_add(value.cost_micros))
    }

    /// How many of the file's rows stand behind these differences.
    pub(crate) fn rows_behind(&self, deltas: &[CostDelta]) -> i64 {
        deltas
            .iter()
            .filter_map(|delta| self.rows_of.get(&delta.key))
            .sum()
    }
}

/// Texts as a landing's tags are kept, so that a cost meets the visits it paid for.
fn tidied(mut row: CostRow) -> CostRow {
    let tidy = |text: &mut String| {
        *text = clean(Cow::Borrowed(text.as_str()), VALUE_BYTES_MAX).into_owned();
    };
    for text in [
        &mut row.source,
        &mut row.medium,
        &mut row.campaign,
        &mut row.campaign_id,
        &mut row.ad_group,
        &mut row.ad_group_id,
        &mut row.ad,
        &mut row.ad_id,
        &mut row.keyword,
        &mut row.account,
        &mut row.platform,
    ] {
        tidy(text);
    }
    row.platform = match platform_name(&row.platform) {
        name if name.is_empty() => PLATFORM_DEFAULT.to_owned(),
        name => name,
    };
    row
}
