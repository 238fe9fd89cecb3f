//! Reconciliation: what platforms say beside what was seen, and why both differ, as far as reports
//! can prove it. What nothing proves stays unexplained.

use std::collections::BTreeMap;

use base::{Currency, DayRange, Money, TimeZone, parse_decimal_micros};
use reports::catalogue::Unit;
use reports::{Query, Report};
use serde_json::{Value, json};

use crate::error::Step as _;
use crate::{Actor, App, AppError, Permission};

/// Channels at most, and campaigns of all of them.
const CHANNELS_MAX: usize = 200;
const CAMPAIGNS_MAX: usize = 5_000;
/// Campaigns without a visit that are named for a channel.
const NAMED_MAX: usize = 10;
const DAYS_MAX: i32 = 400;
/// What leads are that are no sale.
const UNSOLD: [&str; 4] = ["new", "working", "qualified", "disqualified"];

/// What is compared.
#[derive(Debug, Clone)]
pub struct ReconciliationQuery {
    pub days: DayRange,
    /// Of the ad account, where its days begin at other moments than the workspace's.
    pub account_zone: Option<String>,
}

/// What is compared, channel by channel.
#[derive(Debug, Clone)]
pub struct Reconciliation {
    pub days: DayRange,
    pub currency: Currency,
    pub channels: Vec<ReconciledChannel>,
}

/// A channel that platforms report of.
#[derive(Debug, Clone, Default)]
pub struct ReconciledChannel {
    /// Its id; nothing for what is in no channel.
    pub channel: Option<String>,
    pub label: String,
    pub platform_clicks: i64,
    pub own_clicks: i64,
    pub visits: i64,
    pub cost_micros: i64,
    pub leads: i64,
    pub deals: i64,
    pub sales: i64,
    pub revenue_micros: i64,
    /// That the platform counts to itself, in millionths, and how many more than leads.
    pub said_conversions_micros: i64,
    pub said_conversions_gap_micros: i64,
    /// What it says that they are worth, and how much more than was paid.
    pub said_value_micros: i64,
    pub said_value_gap_micros: i64,
    /// From the platform's clicks to visits.
    pub clicks: Gap,
    /// From all cost to the cost that met visits, in micro-units.
    pub cost: Gap,
    /// From leads to sales.
    pub sold: Gap,
    /// Days on which there were visits and no report of the platform.
    pub days_without_report: i64,
    /// Some campaigns with clicks or cost and without a single visit, the dearest first.
    pub unmet: Vec<UnmetCampaign>,
}

impl ReconciledChannel {
    /// Whether a platform reports of it, if only of conversions after its spend had ended.
    fn is_told_of(&self) -> bool {
        let told = [self.platform_clicks, self.cost_micros];
        let said = [self.said_conversions_micros, self.said_value_micros];
        told.into_iter().chain(said).any(|sum| sum != 0)
    }
}

/// A campaign without a single visit.
#[derive(Debug, Clone)]
pub struct UnmetCampaign {
    /// Nothing for what names none.
    pub campaign: Option<String>,
    pub clicks: i64,
    pub cost_micros: i64,
    /// What of the cost was entered by hand.
    by_hand_micros: i64,
}

/// A difference with its causes.
#[derive(Debug, Clone, Default)]
pub struct Gap {
    pub size: i64,
    /// What facts prove, each with its part in the difference.
    pub causes: Vec<(&'static str, i64)>,
}

impl Gap {
    /// What no fact explains.
    #[must_use]
    pub fn unexplained(&self) -> i64 {
        let explained: i64 = self.causes.iter().map(|(_, part)| part).sum();
        self.size.saturating_sub(explained)
    }

    fn of(size: i64, causes: impl IntoIterator<Item = (&'static str, i64)>) -> Self {
        let causes = causes.into_iter().filter(|(_, part)| *part != 0);
        Self {
            size,
            causes: causes.collect(),
        }
    }
}

/// By the id of a channel; nothing stands for what is in none.
type ByChannel<T> = BTreeMap<Option<String>, T>;

/// What the reports say of each channel.
#[derive(Default)]
struct Parts {
    all_visits: ByChannel<i64>,
    account_visits: Option<ByChannel<i64>>,
    unreported: ByChannel<(i64, i64)>,
    unmet: ByChannel<Vec<UnmetCampaign>>,
    unsold: ByChannel<Vec<(&'static str, i64)>>,
}

/// A line of a report: its dimensions and its numbers.
struct Line {
    key: Vec<Option<String>>,
    label: String,
    numbers: Vec<i64>,
}

impl App {
    /// Puts what platforms say beside what was seen.
    ///
    /// # Errors
    /// When the actor may not, the days are too many, or the warehouse does not answer.
    pub async fn reconciliation(
        &self,
        actor: &Actor,
        query: &ReconciliationQuery,
    ) -> Result<Reconciliation, AppError> {
        actor.require(Permission::ReadReports)?;
        actor.require(Permission::SeeCosts)?;
        if query.days.len_days() > DAYS_MAX {
            let detail = format!("at most {DAYS_MAX} days");
            return Err(AppError::invalid("to", "out_of_range", detail));
        }
        let metrics = [
            "ad_clicks",
            "tracked_clicks",
            "visits",
            "cost",
            "leads",
            "deals",
            "sales",
            "revenue",
            "platform_conversions",
            "platform_conversions_gap",
            "platform_value",
            "platform_value_gap",
        ];
        let base = self.asked(actor, query, &metrics, json!({})).await?;
        let currency = base.currency.parse().step("read a report's currency")?;
        let parts = self.parts(actor, query).await?;
        let mut channels: Vec<ReconciledChannel> = lines(&base, 1)?
            .into_iter()
            .map(|line| reconciled(line, &parts))
            .collect();
        channels.retain(ReconciledChannel::is_told_of);
        Ok(Reconciliation {
            days: query.days,
            currency,
            channels,
        })
    }

    async fn parts(&self, actor: &Actor, query: &ReconciliationQuery) -> Result<Parts, AppError> {
        let machines = json!({"include_bots": true});
        let all = self.asked(actor, query, &["visits"], machines).await?;
        let by_hand = json!({
            "filters": [{"dimension": "platform", "op": "is", "values": ["manual"]}],
            "dimensions": ["channel", "campaign"], "limit": CAMPAIGNS_MAX,
        });
        let by_hand = self.asked(actor, query, &["cost"], by_hand).await?;
        let by_day = json!({"bucket": "day"});
        let by_day = self
            .asked(actor, query, &["ad_clicks", "visits"], by_day)
            .await?;
        let split =
            |second: &str, limit: usize| json!({"dimensions": ["channel", second], "limit": limit});
        let metrics = ["ad_clicks", "visits", "cost"];
        let campaigns = self
            .asked(actor, query, &metrics, split("campaign", CAMPAIGNS_MAX))
            .await?;
        let statuses = self
            .asked(
                actor,
                query,
                &["leads"],
                split("lead_status", CAMPAIGNS_MAX),
            )
            .await?;
        let account_visits = match &query.account_zone {
            None => None,
            Some(zone) => {
                let zone = zone.parse::<TimeZone>().map_err(|error| {
                    AppError::invalid("account_zone", "unknown", format!("{error}"))
                })?;
                let period = json!({"period": {
                    "from": query.days.first.to_string(), "to": query.days.last.to_string(),
                    "time_zone": zone.name(),
                }});
                let seen = self.asked(actor, query, &["visits"], period).await?;
                Some(firsts(&seen)?)
            }
        };
        Ok(Parts {
            all_visits: firsts(&all)?,
            account_visits,
            unreported: unreported(&by_day)?,
            unmet: unmet(&campaigns, &by_hand)?,
            unsold: unsold(&statuses)?,
        })
    }

    /// A report by channel, with something said otherwise.
    async fn asked(
        &self,
        actor: &Actor,
        query: &ReconciliationQuery,
        metrics: &[&str],
        otherwise: Value,
    ) -> Result<Report, AppError> {
        let mut asked = json!({
            "metrics": metrics,
            "dimensions": ["channel"],
            "period": {
                "from": query.days.first.to_string(), "to": query.days.last.to_string(),
            },
            "limit": CHANNELS_MAX,
            "totals": false,
        });
        if let (Value::Object(asked), Value::Object(otherwise)) = (&mut asked, otherwise) {
            asked.extend(otherwise);
        }
        let asked: Query = serde_json::from_value(asked).step("ask for a report")?;
        self.report(actor, asked).await
    }
}

fn reconciled(line: Line, parts: &Parts) -> ReconciledChannel {
    let channel = line.key.first().cloned().flatten();
    let number = |place: usize| line.numbers.get(place).copied().unwrap_or_default();
    let of = |all: &BTreeMap<Option<String>, i64>| all.get(&channel).copied().unwrap_or_default();
    let (platform_clicks, visits, cost_micros) = (number(0), number(2), number(3));
    let (leads, sales) = (number(4), number(6));
    let unmet = parts.unmet.get(&channel).cloned().unwrap_or_default();
    let (days, unreported) = parts.unreported.get(&channel).copied().unwrap_or_default();
    let untagged_clicks = unmet.iter().map(|one| one.clicks).sum();
    let shifted = parts.account_visits.as_ref();
    let clicks = Gap::of(
        platform_clicks - visits,
        [
            ("untagged", untagged_clicks),
            ("machines", of(&parts.all_visits) - visits),
            ("time_zone", shifted.map_or(0, |seen| of(seen) - visits)),
            ("days_without_report", -unreported),
        ],
    );
    let unmet_cost: i64 = unmet.iter().map(|one| one.cost_micros).sum();
    let by_hand = unmet.iter().map(|one| one.by_hand_micros).sum();
    let cost = Gap::of(
        unmet_cost,
        [("by_hand", by_hand), ("untagged", unmet_cost - by_hand)],
    );
    let unsold = parts.unsold.get(&channel).cloned().unwrap_or_default();
    ReconciledChannel {
        channel,
        label: line.label,
        platform_clicks,
        own_clicks: number(1),
        visits,
        cost_micros,
        leads,
        deals: number(5),
        sales,
        revenue_micros: number(7),
        said_conversions_micros: number(8),
        said_conversions_gap_micros: number(9),
        said_value_micros: number(10),
        said_value_gap_micros: number(11),
        clicks,
        cost,
        sold: Gap::of(leads - sales, unsold),
        days_without_report: days,
        unmet: unmet.into_iter().take(NAMED_MAX).collect(),
    }
}

/// Days with visits and without a report, and the visits of these days, of channels that were
/// reported of at all.
fn unreported(report: &Report) -> Result<ByChannel<(i64, i64)>, AppError> {
    let mut found: ByChannel<(i64, i64)> = BTreeMap::new();
    for line in lines(report, 2)? {
        let channel = line.key.get(1).cloned().flatten();
        if let [0, visits] = line.numbers[..]
            && visits > 0
        {
            let (days, sum) = found.entry(channel).or_default();
            *days += 1;
            *sum += visits;
        }
    }
    Ok(found)
}

/// The dearest first.
fn unmet(report: &Report, by_hand: &Report) -> Result<ByChannel<Vec<UnmetCampaign>>, AppError> {
    let by_hand = lines(by_hand, 2)?.into_iter();
    let by_hand: BTreeMap<Vec<Option<String>>, i64> = by_hand
        .filter_map(|line| Some((line.key, *line.numbers.first()?)))
        .collect();
    let mut found: ByChannel<Vec<UnmetCampaign>> = BTreeMap::new();
    for line in lines(report, 2)? {
        let channel = line.key.first().cloned().flatten();
        if let [clicks, 0, cost_micros] = line.numbers[..]
            && (clicks, cost_micros) != (0, 0)
        {
            found.entry(channel).or_default().push(UnmetCampaign {
                campaign: line.key.get(1).cloned().flatten(),
                clicks,
                cost_micros,
                by_hand_micros: by_hand.get(&line.key).copied().unwrap_or_default(),
            });
        }
    }
    for campaigns in found.values_mut() {
        campaigns.sort_by_key(|one| (-one.cost_micros, -one.clicks));
    }
    Ok(found)
}

fn unsold(report: &Report) -> Result<ByChannel<Vec<(&'static str, i64)>>, AppError> {
    let mut found: ByChannel<Vec<(&'static str, i64)>> = BTreeMap::new();
    for line in lines(report, 2)? {
        let channel = line.key.first().cloned().flatten();
        let status = line.key.get(1).and_then(Option::as_deref);
        let known = UNSOLD.into_iter().find(|name| Some(*name) == status);
        if let (Some(status), Some(leads)) = (known, line.numbers.first()) {
            found.entry(channel).or_default().push((status, *leads));
        }
    }
    Ok(found)
}

fn firsts(report: &Report) -> Result<ByChannel<i64>, AppError> {
    let pair = |line: Line| {
        let number = line.numbers.first().copied().unwrap_or_default();
        (line.key.into_iter().next().flatten(), number)
    };
    Ok(lines(report, 1)?.into_iter().map(pair).collect())
}

/// The lines of a report: whole counts as they are, money and shared counts in millionths.
fn lines(report: &Report, dimensions: usize) -> Result<Vec<Line>, AppError> {
    let units = report
        .columns
        .iter()
        .skip(dimensions)
        .map(|column| (column.unit, column.digits));
    let units: Vec<_> = units.collect();
    let number = |(cell, unit): (&reports::Cell, &(Option<Unit>, Option<u8>))| {
        let text = cell.value.as_deref().unwrap_or("0");
        match unit {
            (Some(Unit::Money), _) | (_, Some(1..)) => {
                parse_decimal_micros(text).step("read a report's decimal")
            }
            _ => text.parse().step("read a report's count"),
        }
    };
    let line = |row: &reports::ReportRow| {
        let numbers = row.cells.iter().zip(&units).map(number);
        Ok(Line {
            key: row.dimensions.iter().map(|one| one.value.clone()).collect(),
            label: row
                .dimensions
                .first()
                .map(|one| one.label.clone())
                .unwrap_or_default(),
            numbers: numbers.collect::<Result<_, AppError>>()?,
        })
    };
    report.rows.iter().map(line).collect()
}

impl Reconciliation {
    /// An amount of it as it goes over the wire.
    #[must_use]
    pub fn money(&self, micros: i64) -> String {
        Money::new(micros, self.currency).rounded().decimal()
    }
}
