//! What a file of conversions is made of: candidates with the clicks that brought them, judged.

use std::collections::{BTreeSet, HashMap};

use base::{Day, DayRange, DealId, Money, TimeZone, UnixMillis, VisitorId, WorkspaceId};
use connect::conversions::ConversionFile;
use domain::conversion::{
    Adjustment, Arrivals, Candidate, Click, ConversionEvent, ConversionValue, Hindrance, Platform,
    Worth, adjust, judge,
};
use store::conversions::{
    self, CandidateFilter, ConversionCandidate, ConversionTarget, ToldConversion,
};
use store::workspaces;
use store::{Connection, ConversionTargetId};

use super::{CONVERSIONS_MAX, DAYS_MAX};
use crate::deals::Desk;
use crate::error::Step as _;
use crate::workspaces::zone_of;
use crate::{Actor, AppError};

/// Corrections that are read together.
const TOLD_AT_ONCE: i64 = 5_000;
/// Deals that are counted together.
const DEALS_AT_ONCE: usize = 5_000;

/// A target with all that its rows are made by.
pub(super) struct Bench {
    pub(super) target: ConversionTarget,
    pub(super) platform: Platform,
    pub(super) event: ConversionEvent,
    pub(super) zone: TimeZone,
    pub(super) now: UnixMillis,
    value: ConversionValue,
    workspace: WorkspaceId,
    home_zone: TimeZone,
    /// Counts revenue in the target's currency, where that is not the workspace's own.
    abroad: Option<Desk>,
}

/// A candidate with what it is worth.
pub(super) struct Found {
    pub(super) candidate: ConversionCandidate,
    worth: Worth,
}

/// What the books say that a deal earned.
struct Booked {
    record: i64,
    net_micros: i64,
    vat_micros: i64,
}

/// A candidate that was looked at.
pub(super) struct Judged {
    pub(super) found: ConversionCandidate,
    pub(super) at: UnixMillis,
    pub(super) value: Option<Money>,
    pub(super) verdict: Result<Click, Hindrance>,
}

/// Something told before that has to be put right.
pub(super) struct Wrong {
    pub(super) told: ToldConversion,
    pub(super) was: Option<Money>,
    pub(super) adjustment: Adjustment,
}

/// The days that somebody asks for, as moments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub(super) days: DayRange,
    pub(super) from: UnixMillis,
    pub(super) until: UnixMillis,
}

/// # Errors
/// When there is none, or it is out of use.
pub(super) async fn target_in_use(
    connection: &mut Connection,
    actor: &Actor,
    id: ConversionTargetId,
) -> Result<ConversionTarget, AppError> {
    let found = conversions::load_conversion_target(connection, actor.workspace, id).await?;
    match found.archived_at {
        None => Ok(found),
        Some(_) => Err(AppError::NotFound {
            what: "conversion target",
        }),
    }
}

impl Bench {
    pub(super) async fn open(
        connection: &mut Connection,
        actor: &Actor,
        id: ConversionTargetId,
        now: UnixMillis,
    ) -> Result<Self, AppError> {
        let target = target_in_use(connection, actor, id).await?;
        Self::of(connection, actor, target, now).await
    }

    /// The same where the target may be out of use: what it told can be put right for ever.
    pub(super) async fn open_any(
        connection: &mut Connection,
        actor: &Actor,
        id: ConversionTargetId,
        now: UnixMillis,
    ) -> Result<Self, AppError> {
        let target = conversions::load_conversion_target(connection, actor.workspace, id).await?;
        Self::of(connection, actor, target, now).await
    }

    async fn of(
        connection: &mut Connection,
        actor: &Actor,
        target: ConversionTarget,
        now: UnixMillis,
    ) -> Result<Self, AppError> {
        let workspace = workspaces::load_workspace(connection, actor.workspace).await?;
        let details = &target.details;
        let (platform, event, value) = (&details.platform, &details.event, &details.value_kind);
        let value = known(ConversionValue::from_name(value))?;
        let is_home = details.currency == workspace.details.currency;
        let abroad = match value.is_revenue() && !is_home {
            true => {
                let mut desk = Desk::open(connection, workspace.id, None, now).await?;
                desk.terms.currency = details.currency;
                Some(desk)
            }
            false => None,
        };
        Ok(Self {
            platform: known(Platform::from_name(platform))?,
            event: known(ConversionEvent::from_name(event))?,
            value,
            zone: details
                .time_zone
                .parse()
                .step("read a target's time zone")?,
            now,
            workspace: workspace.id,
            home_zone: zone_of(&workspace)?,
            abroad,
            target,
        })
    }

    pub(super) fn file(&self) -> ConversionFile<'_> {
        self.file_of(&self.target.details.conversion)
    }

    /// The same for what was told under another name.
    pub(super) fn file_of<'a>(&'a self, conversion: &'a str) -> ConversionFile<'a> {
        ConversionFile {
            platform: self.platform,
            conversion,
            zone: &self.zone,
        }
    }

    /// Without days, those that the platform still takes.
    ///
    /// # Errors
    /// When the days are the wrong way round, or too many.
    pub(super) fn period(&self, from: Option<Day>, to: Option<Day>) -> Result<Period, AppError> {
        let last = to.unwrap_or_else(|| self.home_zone.day_of(self.now));
        let days = i32::try_from(self.platform.days_max()).unwrap_or(DAYS_MAX);
        let first = from.unwrap_or_else(|| last.plus_days(-days));
        let days = DayRange::new(first, last).filter(|days| days.len_days() <= DAYS_MAX);
        let days = days.ok_or_else(|| {
            let detail = format!("use a first and a last day, at most {DAYS_MAX} of them");
            AppError::invalid("to", "out_of_range", detail)
        })?;
        let (from, until) = self.home_zone.span_of(days);
        Ok(Period { days, from, until })
    }

    /// # Errors
    /// When there are more than fit into a file.
    pub(super) async fn candidates(
        &self,
        connection: &mut Connection,
        period: Period,
    ) -> Result<Vec<Found>, AppError> {
        let limit = i64::try_from(CONVERSIONS_MAX).unwrap_or(i64::MAX);
        let filter = CandidateFilter {
            target: self.target.id,
            from: period.from,
            until: period.until,
            limit: limit.saturating_add(1),
        };
        let workspace = self.workspace;
        let found = match self.event {
            ConversionEvent::Lead => {
                conversions::list_lead_candidates(connection, workspace, filter).await?
            }
            ConversionEvent::QualifiedLead => {
                conversions::list_qualified_candidates(connection, workspace, filter).await?
            }
            ConversionEvent::Sale => {
                conversions::list_sale_candidates(connection, workspace, filter).await?
            }
        };
        if found.len() > CONVERSIONS_MAX {
            let detail = format!("more than {CONVERSIONS_MAX} in these days: ask for fewer days");
            return Err(AppError::invalid("from", "too_many", detail));
        }
        let booked = found.iter().map(|candidate| Booked {
            record: candidate.record_id,
            net_micros: candidate.revenue_micros,
            vat_micros: candidate.vat_micros,
        });
        let booked: Vec<Booked> = booked.collect();
        let worths = self.worths(connection, &booked).await?;
        let found = found.into_iter().zip(worths);
        let found = found.map(|(candidate, worth)| Found { candidate, worth });
        Ok(found.collect())
    }

    pub(super) fn judge(&self, found: Found, came: &HashMap<VisitorId, Arrivals>) -> Judged {
        let Found {
            candidate: found,
            worth,
        } = found;
        // A day of payment without an hour may lie before the lead of the same day.
        let at = found.at.max(found.came_at);
        let candidate = Candidate {
            at,
            came_at: found.came_at,
            is_erased: found.is_erased,
            is_exported: found.is_exported,
            worth,
        };
        let nobody = Arrivals::default();
        let arrivals = found.visitor_id.and_then(|id| came.get(&id));
        let arrivals = arrivals.unwrap_or(&nobody);
        let verdict = judge(self.platform, &candidate, arrivals, self.now).cloned();
        Judged {
            at,
            value: money_of(worth),
            verdict,
            found,
        }
    }

    /// What has to be put right of what the platform was told.
    pub(super) async fn wrongs(&self, connection: &mut Connection) -> Result<Vec<Wrong>, AppError> {
        let mut wrongs = Vec::new();
        if !self.platform.takes_adjustments() {
            return Ok(wrongs);
        }
        let (workspace, target) = (self.workspace, self.target.id);
        let mut after = 0;
        loop {
            let told = match self.event {
                ConversionEvent::Sale => {
                    let list = conversions::list_told_sales;
                    list(connection, workspace, target, after, TOLD_AT_ONCE).await?
                }
                ConversionEvent::Lead | ConversionEvent::QualifiedLead => {
                    let list = conversions::list_told_leads;
                    list(connection, workspace, target, after, TOLD_AT_ONCE).await?
                }
            };
            let Some(last) = told.last() else {
                return Ok(wrongs);
            };
            after = last.record_id;
            let booked = told.iter().map(|told| Booked {
                record: told.record_id,
                net_micros: told.revenue_micros,
                vat_micros: told.vat_micros,
            });
            let booked: Vec<Booked> = booked.collect();
            let worths = self.worths(connection, &booked).await?;
            let told = told.into_iter().zip(worths);
            wrongs.extend(told.filter_map(|(told, worth)| self.wrong(told, worth)));
            // The rest waits for the next file.
            if wrongs.len() >= CONVERSIONS_MAX {
                wrongs.truncate(CONVERSIONS_MAX);
                return Ok(wrongs);
            }
        }
    }

    fn wrong(&self, told: ToldConversion, worth: Worth) -> Option<Wrong> {
        let was = told
            .value_micros
            .map(|micros| Money::new(micros, told.currency));
        // Who was forgotten is not found there any more, where clicks alone are known.
        if !self.platform.knows_orders() && told.first_line.is_empty() {
            return None;
        }
        let adjustment = adjust(was, told.stands.then_some(worth))?;
        Some(Wrong {
            told,
            was,
            adjustment,
        })
    }

    /// What the platform is told that each is worth.
    async fn worths(
        &self,
        connection: &mut Connection,
        booked: &[Booked],
    ) -> Result<Vec<Worth>, AppError> {
        let Some(desk) = &self.abroad else {
            let earned = booked.iter().map(|deal| (deal.net_micros, deal.vat_micros));
            return Ok(earned.map(|earned| self.worth(Some(earned))).collect());
        };
        let mut worths = Vec::with_capacity(booked.len());
        for some in booked.chunks(DEALS_AT_ONCE) {
            let ids: Vec<DealId> = some.iter().map(|deal| DealId(deal.record)).collect();
            let earned = desk.earned(connection, &ids).await?;
            worths.extend(ids.iter().map(|id| self.worth(earned.get(id).copied())));
        }
        Ok(worths)
    }

    /// Of revenue without VAT and the VAT, in the target's currency.
    fn worth(&self, earned: Option<(i64, i64)>) -> Worth {
        let details = &self.target.details;
        let micros = match self.value {
            ConversionValue::Nothing => return Worth::Unsaid,
            ConversionValue::Fixed => Some(details.fixed_micros),
            ConversionValue::Net => earned.map(|(net, _)| net),
            ConversionValue::Gross => earned.map(|(net, vat)| net.saturating_add(vat)),
        };
        micros.map_or(Worth::NoRate, |micros| {
            Worth::Of(Money::new(micros, details.currency).rounded())
        })
    }
}

/// The visitors of candidates.
pub(super) fn visitors(found: &[Found]) -> BTreeSet<VisitorId> {
    let ids = found.iter().map(|one| one.candidate.visitor_id);
    ids.flatten().collect()
}

pub(super) fn money_of(worth: Worth) -> Option<Money> {
    match worth {
        Worth::Of(money) => Some(money),
        Worth::Unsaid | Worth::NoRate => None,
    }
}

/// A word of a target that only a newer version writes is an error of the installation.
fn known<T>(named: Option<T>) -> Result<T, AppError> {
    let named = named.ok_or_else(|| anyhow::anyhow!("this version does not know its words"));
    named.step("read a conversion target")
}
