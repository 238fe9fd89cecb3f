//! What a report about the simulated year has to say.

use std::collections::BTreeMap;

use base::{DayRange, Money};

use crate::campaign::campaigns;
use crate::lead::{Mark, Origin, Sent};
use crate::plan::Plan;
use crate::shop::roubles;

/// Leads that nobody can trace.
pub const UNKNOWN: &str = "unknown";
/// Leads whose caller named the radio.
pub const RADIO: &str = "radio";

/// The truth about a scenario, by the key of each [`Campaign`](crate::Campaign), [`RADIO`] and
/// [`UNKNOWN`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// All days of the plan.
    pub period: DayRange,
    /// The month of the worked examples.
    pub last_month: DayRange,
    pub campaigns: BTreeMap<&'static str, CampaignTruth>,
}

/// What a campaign cost and brought, over all days.
///
/// Each lead counts for the campaign of the visit in which it was made: the report to compare with
/// attributes to the last touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignTruth {
    /// Clicks that the cost files tell, or else those of the campaign's click link.
    pub clicks: u64,
    /// Visits by people.
    pub visits: u64,
    /// Without duplicates and spam.
    pub leads: u64,
    /// Deals whose status counts.
    pub deals: u64,
    /// Paid deals that were not wholly refunded.
    pub sales: u64,
    /// Payments less refunds, as they were sent: VAT included.
    pub revenue: Money,
    /// Spend of the cost files, without VAT, whatever the landings are tagged with. Bills typed in
    /// by hand are not in it.
    pub spend: Money,
}

impl Truth {
    /// Plays the whole plan in memory.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let sources = campaigns()
            .iter()
            .map(|campaign| (campaign.key, plan.billed(campaign)));
        let others = [UNKNOWN, RADIO].map(|key| (key, (0, roubles(0))));
        let mut campaigns: BTreeMap<_, _> = sources
            .chain(others)
            .map(|(key, (clicks, spend))| {
                (
                    key,
                    CampaignTruth {
                        clicks,
                        spend,
                        ..CampaignTruth::nothing()
                    },
                )
            })
            .collect();
        for day in plan.range().days() {
            for visit in plan.visits(day) {
                if let Some(truth) = campaigns.get_mut(visit.campaign.key) {
                    truth.visits += 1;
                    truth.clicks += u64::from(visit.campaign.link.is_some());
                }
            }
            for lead in plan.leads(day) {
                let Some(truth) = campaigns.get_mut(key(lead.origin)) else {
                    continue;
                };
                let counts = lead.sent == Sent::First && plan.mark(&lead) != Some(Mark::Spam);
                truth.leads += u64::from(counts);
                for deal in plan.deals_of(&lead) {
                    let group = deal.status.group();
                    let counts = group.is_some_and(|group| group != "not_counted");
                    truth.deals += u64::from(counts);
                    truth.sales += u64::from(deal.is_sale());
                    truth.revenue.micros += deal.received_micros();
                }
            }
        }
        Self {
            period: plan.range(),
            last_month: plan.last_month(),
            campaigns,
        }
    }

    /// All campaigns and the unknown together.
    #[must_use]
    pub fn total(&self) -> CampaignTruth {
        self.campaigns
            .values()
            .fold(CampaignTruth::nothing(), |sum, truth| CampaignTruth {
                clicks: sum.clicks + truth.clicks,
                visits: sum.visits + truth.visits,
                leads: sum.leads + truth.leads,
                deals: sum.deals + truth.deals,
                sales: sum.sales + truth.sales,
                revenue: roubles_of(sum.revenue.micros + truth.revenue.micros),
                spend: roubles_of(sum.spend.micros + truth.spend.micros),
            })
    }
}

impl CampaignTruth {
    fn nothing() -> Self {
        Self {
            clicks: 0,
            visits: 0,
            leads: 0,
            deals: 0,
            sales: 0,
            revenue: roubles(0),
            spend: roubles(0),
        }
    }
}

fn key(origin: Origin) -> &'static str {
    match origin {
        Origin::Campaign(campaign) => campaign.key,
        Origin::Radio => RADIO,
        Origin::Unknown => UNKNOWN,
    }
}

fn roubles_of(micros: i64) -> Money {
    Money::new(micros, crate::shop::currency())
}

#[cfg(test)]
mod tests {
    use base::UnixMillis;

    use super::*;
    use crate::scenario::Scenario;

    fn truth(events: u64) -> (Plan, Truth) {
        let scenario = Scenario {
            events,
            ..Scenario::year(11, String::new())
        };
        let now = UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let plan = Plan::new(&scenario, now);
        let truth = Truth::of(&plan);
        (plan, truth)
    }

    #[test]
    fn the_worked_examples_come_out_at_any_volume() {
        for events in [2_500, 80_000] {
            let (_, truth) = truth(events);
            let found = ["sunglasses", "lenses", "diamond_glasses"].map(|key| {
                let campaign = truth.campaigns[key];
                (campaign.visits, campaign.leads, campaign.spend.decimal())
            });
            let expected = [
                (100, 9, "15000.00"),
                (300, 16, "13500.00"),
                (50, 11, "30000.00"),
            ]
            .map(|(visits, leads, spend)| (visits, leads, spend.to_owned()));
            assert_eq!(found, expected, "{events}");
        }
    }

    #[test]
    fn the_parts_add_up_to_what_is_sent() {
        let (plan, truth) = truth(80_000);
        let total = truth.total();
        let days = || plan.range().days();
        let visits = days().map(|day| plan.visits(day).count()).sum::<usize>();
        assert_eq!(total.visits, u64::try_from(visits).unwrap());
        let received: i64 = days()
            .flat_map(|day| plan.deals(day))
            .map(|deal| deal.received_micros())
            .sum();
        assert_eq!(total.revenue.micros, received);
        assert!(total.sales > 0 && total.sales < total.deals && total.deals < total.leads);
        assert!(total.revenue.micros > total.spend.micros);
        assert!(truth.campaigns["bing_generic"].spend.micros == 0);
        assert!(truth.campaigns[UNKNOWN].leads > 0 && truth.campaigns[RADIO].leads > 0);
    }
}
