//! The rows of one cost file, priced and added up by what they are about.

use std::borrow::Cow;

use base::{BasisPoints, Currency, Day, ImportId, UnixMillis};
use connect::costs::{CostOptions, CostRow, MatchBy, UnreadCost};
use domain::cost::{CostTerms, UnreadRow};
use domain::source::{VALUE_BYTES_MAX, clean};
use store::workspaces::Workspace;

use super::names::NamesSeen;
use super::overlay::platform_name;
use super::said::{Said, Saying};
use crate::error::Step as _;
use crate::imports::disk_error;
use crate::rates::RateTable;
use crate::workspaces::zone_of;
use crate::{AppError, FieldError, Settings};

/// Platform of files that do not say theirs.
const PLATFORM_DEFAULT: &str = "generic";

/// What the file has said so far.
pub(crate) struct CostFile {
    /// No platform knows what a later day will cost.
    today: Day,
    currency: Currency,
    vat_rate: BasisPoints,
    mark_up: BasisPoints,
    options: CostOptions,
    rates: RateTable,
    saying: Saying,
    /// Of its rows together, without VAT, in the workspace's currency.
    cost_micros: i64,
    names: NamesSeen,
}

/// What a file has said.
pub(crate) struct CostFileEnd {
    /// `None` when no row could be read.
    pub(crate) said: Option<Said>,
    pub(crate) cost_micros: i64,
    pub(crate) names: NamesSeen,
}

impl CostFile {
    /// What is too much to be held waits in the folder of uploads.
    ///
    /// # Errors
    /// When the mark-up is no percentage.
    pub(crate) fn new(
        workspace: &Workspace,
        options: CostOptions,
        rates: RateTable,
        settings: &Settings,
        now: UnixMillis,
    ) -> Result<Self, AppError> {
        let zone = zone_of(workspace)?;
        let mark_up = options.mark_up().map_err(|error| {
            AppError::invalid(
                "options.mark_up_percent",
                "not_a_percentage",
                error.to_string(),
            )
        })?;
        let folder = &settings.uploads;
        Ok(Self {
            today: zone.day_of(now),
            currency: workspace.details.currency,
            vat_rate: workspace.details.vat_rate_bp,
            mark_up,
            names: NamesSeen::new(folder, options.match_by),
            options,
            rates,
            saying: Saying::new(workspace.id, folder, settings.cost_memory),
            cost_micros: 0,
        })
    }

    pub(crate) fn match_by(&self) -> MatchBy {
        self.options.match_by
    }

    /// The file has rows that this import left out.
    pub(crate) fn mending(mut self, import: Option<ImportId>) -> Self {
        self.saying.mends(import);
        self
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the row has no source, a day that has not come yet, no rate for its currency, or an
    /// amount that does not fit.
    pub(crate) fn add(&mut self, row: CostRow) -> Result<(), FieldError> {
        let row = tidied(row);
        self.count(&row).inspect_err(|_| {
            let unread = UnreadCost {
                // A day that has not come may be any day.
                day: Some(row.day).filter(|day| *day <= self.today),
                currency: Some(row.cost.currency),
                named: Some(Box::new(row.clone())),
                is_nameless: false,
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
            is_nameless,
        } = row;
        // Without a source there is no telling whose spending it is.
        let named = named.map(|named| tidied(*named));
        let named = named.filter(|named| !named.source.is_empty());
        self.saying.leave_out(UnreadRow {
            account: named.as_ref().map(CostRow::cost_account),
            day,
            traffic: named
                .filter(|_| !is_nameless)
                .map(|named| named.traffic(self.options.match_by)),
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
        if row.day > self.today {
            let detail = format!("{} has not come yet", row.day);
            return Err(wrong("day", "in_the_future", detail));
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
            vat: self.options.vat_terms(row, self.vat_rate),
            mark_up: self.mark_up,
        };
        let entry = row
            .entry(self.options.match_by, terms)
            .map_err(|error| wrong("cost", "too_large", error.to_string()))?;
        self.names.note(row);
        let cost_micros = entry.measures.cost_micros;
        self.cost_micros = self.cost_micros.saturating_add(cost_micros);
        self.saying.add(entry.key, entry.measures);
        Ok(())
    }

    /// Writes down what is too much to be held: to be called every thousand rows or so. Blocks.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn make_room(&mut self) -> Result<(), AppError> {
        let made = self.saying.make_room();
        let made = made.and_then(|()| self.names.make_room());
        made.map_err(|error| disk_error(&error))
    }

    /// Hands over what was added up and what was left out. Blocks.
    ///
    /// # Errors
    /// When what was written down cannot be read.
    pub(crate) fn end(self) -> Result<CostFileEnd, AppError> {
        let said = self.saying.of_file(self.options.keep_earlier);
        Ok(CostFileEnd {
            said: said.step("read what a cost file says")?,
            cost_micros: self.cost_micros,
            names: self.names,
        })
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
