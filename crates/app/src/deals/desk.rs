//! What a batch of deals or payments needs to know, read once.

use base::{Currency, Day, DayRange, Money, UnixMillis, UserId, WorkspaceId};
use domain::cost::Rate;
use domain::deal::{Amount, DealTerms, StatusGroup, StatusMap};
use store::workspaces::{self, Workspace};
use store::{Connection, deal_statuses};

use super::check::item_error;
use crate::leads::Sightings;
use crate::rates::{RateTable, vat_terms};
use crate::workspaces::zone_of;
use crate::{AppError, FieldError};

/// The terms of a workspace at the time of a batch.
pub(crate) struct Desk {
    pub(crate) workspace: Workspace,
    pub(crate) terms: DealTerms,
    pub(crate) now: UnixMillis,
    pub(super) author: Option<UserId>,
    /// Who is responsible for new deals of which nobody is named.
    pub(super) assignee: Option<UserId>,
    pub(crate) sightings: Sightings,
    zone: base::TimeZone,
    statuses: StatusMap,
    rates: RateTable,
    again: Option<Again>,
}

/// Amounts that are converted anew, whatever rate they were booked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Again {
    pub(crate) days: DayRange,
    /// Any when absent.
    pub(crate) currency: Option<Currency>,
}

impl Desk {
    /// # Errors
    /// When the store fails.
    pub(crate) async fn open(
        connection: &mut Connection,
        workspace: WorkspaceId,
        author: Option<UserId>,
        now: UnixMillis,
    ) -> Result<Self, AppError> {
        let workspace = workspaces::load_workspace(connection, workspace).await?;
        let statuses = deal_statuses::list_deal_statuses(connection, workspace.id).await?;
        let details = &workspace.details;
        Ok(Self {
            terms: DealTerms {
                currency: details.currency,
                vat: vat_terms(&details.vat_mode, details.vat_rate_bp),
            },
            now,
            author,
            assignee: None,
            sightings: Sightings::default(),
            zone: zone_of(&workspace)?,
            statuses: status_map(&statuses),
            rates: RateTable::load(connection, workspace.id).await?,
            again: None,
            workspace,
        })
    }

    /// What a status stands for; `None` while nobody has mapped it.
    pub(crate) fn group(&self, status: &str) -> Option<StatusGroup> {
        self.statuses.group(status)
    }

    /// Converts some amounts anew from now on.
    pub(crate) fn convert_again(&mut self, again: Again) {
        self.again = Some(again);
    }

    /// Rates are written down even where they change no amount: later amounts follow them.
    pub(super) fn converts_again(&self) -> bool {
        self.again.is_some()
    }

    /// From the first moment of the days until before the first behind them.
    pub(crate) fn span_of(&self, days: DayRange) -> (UnixMillis, UnixMillis) {
        let after = self.zone.start_of(days.last.plus_days(1));
        (self.zone.start_of(days.first), after)
    }

    /// The map that deals are counted by from now on.
    pub(crate) fn adopt(&mut self, statuses: &[deal_statuses::DealStatus]) {
        self.statuses = status_map(statuses);
    }

    /// An amount with the rate that it was booked at, or else of the day it happened on.
    ///
    /// # Errors
    /// When there is no rate, or the converted amount is too large.
    pub(crate) fn amount(
        &self,
        original: Money,
        at: UnixMillis,
        kept: &[(Currency, Day, Rate)],
    ) -> Result<Amount, FieldError> {
        let day = self.day_of(at);
        let booked = kept
            .iter()
            .find(|kept| (kept.0, kept.1) == (original.currency, day))
            .filter(|_| {
                !self
                    .again
                    .is_some_and(|again| again.covers(original.currency, day))
            });
        let rate = match booked {
            Some((_, _, rate)) => *rate,
            None => self.rate(original.currency, day)?,
        };
        let converted = rate.convert_rounded(original, self.terms.currency).ok();
        let fits = converted.is_some_and(|money| money.micros <= super::AMOUNT_MICROS_MAX);
        if fits {
            return Ok(Amount { original, rate });
        }
        Err(item_error(
            "amount",
            "out_of_range",
            "the amount is too large",
        ))
    }

    /// The local day of a moment.
    pub(crate) fn day_of(&self, at: UnixMillis) -> Day {
        self.zone.day_of(at)
    }

    /// When a payment was made at the latest: a date without a time of day is the day's midnight.
    pub(super) fn end_of_payment(&self, paid: UnixMillis) -> UnixMillis {
        let day = self.zone.day_of(paid);
        if paid == self.zone.start_of(day) {
            self.zone.start_of(day.plus_days(1)).plus_ms(-1)
        } else {
            paid
        }
    }

    fn rate(&self, from: Currency, day: Day) -> Result<Rate, FieldError> {
        let to = self.terms.currency;
        if from == to {
            return Ok(Rate::ONE);
        }
        self.rates.on(from, to, day).ok_or_else(|| {
            let detail = format!("there is no rate from {from} to {to} on or before {day}");
            item_error("currency", "missing_rate", detail)
        })
    }
}

impl Again {
    fn covers(self, currency: Currency, day: Day) -> bool {
        self.days.contains(day) && self.currency.is_none_or(|only| only == currency)
    }
}

pub(crate) fn status_map(statuses: &[deal_statuses::DealStatus]) -> StatusMap {
    let pair = |status: &deal_statuses::DealStatus| {
        Some((status.status.clone(), status.status_group.parse().ok()?))
    };
    statuses.iter().filter_map(pair).collect()
}
