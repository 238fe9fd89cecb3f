//! What the platforms charge, day by day, and the bills that come without a file.

use base::{Day, Money};

use crate::campaign::{Campaign, Group, Run};
use crate::dice::{Dice, wide};
use crate::plan::{Plan, day_seed, indexed};
use crate::scenario::{DAYS_MIN, Scenario};
use crate::shop::{kopecks, roubles};
use crate::visit::group_of;

/// The paper bills below are those of a shop of so many events in so many days.
const YEAR_EVENTS: i64 = 2_000_000;
const YEAR_DAYS: i64 = 365;

/// The file in which a platform tells its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostFile {
    GoogleAds,
    YandexDirect,
    Vk,
    Meta,
}

/// One line of a bill: a day of an ad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostRow {
    pub day: Day,
    pub campaign: &'static Campaign,
    pub group: Group,
    pub impressions: u64,
    pub clicks: u64,
    /// Without VAT.
    pub cost: Money,
}

/// A bill that somebody types in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ManualBill {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
    pub(crate) medium: &'static str,
    pub(crate) campaign: &'static str,
    pub(crate) amount: Money,
    pub(crate) per: Per,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    Day,
    Month,
}

/// The last days of VK's bill that nobody has loaded.
const VK_DAYS_MISSING: i32 = 4;
/// Clicks that never arrive as a visit.
const LOST_CLICKS_PER_MILLE: u64 = 60;

impl CostFile {
    pub const ALL: [Self; 4] = [Self::GoogleAds, Self::YandexDirect, Self::Vk, Self::Meta];
}

impl Plan {
    /// The rows of one platform's file for a day. Bills end with yesterday; VK's ends earlier.
    #[must_use]
    pub fn costs(&self, file: CostFile, day: Day) -> Vec<CostRow> {
        let missing = if file == CostFile::Vk {
            VK_DAYS_MISSING
        } else {
            0
        };
        let Some(plan) = self
            .day(day)
            .filter(|_| day.0 < self.range().last.0 - missing)
        else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (index, campaign) in indexed() {
            let Some(price) = campaign.cost.filter(|price| price.file == file) else {
                continue;
            };
            let share = plan.shares[index];
            for group in campaign.groups {
                let of_group =
                    |nth: &u64| group_of(campaign, share.visits_before + nth) == Some(*group);
                let visits = wide((0..share.visits).filter(of_group).count());
                if visits == 0 {
                    continue;
                }
                let mut dice = Dice::of(&[self.seed, 6, day_seed(day), wide(index), visits]);
                let (clicks, kopecks_each) = match campaign.run {
                    Run::LastMonth { .. } => (visits, price.kopecks),
                    Run::Always { .. } => auction(visits, price.kopecks, &mut dice),
                };
                let shown = clicks * price.impressions_per_click;
                let spent = kopecks_each * i64::try_from(clicks).unwrap_or_default();
                rows.push(CostRow {
                    day,
                    campaign,
                    group: *group,
                    impressions: shown + dice.below(shown / 10 + 1),
                    clicks,
                    cost: kopecks(spent),
                });
            }
        }
        rows
    }

    /// The clicks that a campaign's bills tell, and what the workspace has spent on them, without
    /// VAT.
    #[must_use]
    pub fn billed(&self, campaign: &Campaign) -> (u64, Money) {
        let mut sum = (0, roubles(0));
        let Some(price) = campaign.cost else {
            return sum;
        };
        let days = self.range().days();
        for row in days.flat_map(|day| self.costs(price.file, day)) {
            if row.campaign.key == campaign.key {
                sum.0 += row.clicks;
                sum.1.micros += row.cost.micros;
            }
        }
        sum
    }

    /// A bill is typed in for whole months or days up to yesterday.
    pub(crate) fn billed_until(&self) -> Day {
        self.range().last.plus_days(-1)
    }
}

/// Bills that come on paper, of a size that fits the shop's traffic.
pub(crate) fn manual_bills(scenario: &Scenario) -> [ManualBill; 6] {
    let days = i64::from(scenario.days.max(DAYS_MIN));
    let events = i64::try_from(scenario.events).unwrap_or(YEAR_EVENTS);
    let fit = |amount: i64| (amount * events * YEAR_DAYS / (YEAR_EVENTS * days)).max(1);
    let bill = |name, tags: [&'static str; 3], amount, per| ManualBill {
        name,
        source: tags[0],
        medium: tags[1],
        campaign: tags[2],
        amount: roubles(fit(amount)),
        per,
    };
    [
        bill("SEO agency fee", ["yandex", "seo", ""], 60_000, Per::Month),
        bill(
            "Newsletter service",
            ["newsletter", "email", "club_news"],
            12_000,
            Per::Month,
        ),
        bill(
            "Cashback partners",
            ["admitad", "affiliate", "cashback"],
            38_000,
            Per::Month,
        ),
        bill(
            "Radio spots",
            ["radio", "radio", "morning_show"],
            1_900,
            Per::Day,
        ),
        bill(
            "Outdoor boards",
            ["boards", "outdoor", "ring_road"],
            1_400,
            Per::Day,
        ),
        bill(
            "Leaflets in the metro",
            ["leaflet", "qr", "metro_leaflet"],
            450,
            Per::Day,
        ),
    ]
}

/// Clicks and the price of each, in kopecks: prices swing by a seventh, some clicks get lost.
fn auction(visits: u64, kopecks: i64, dice: &mut Dice) -> (u64, i64) {
    let lost = visits * LOST_CLICKS_PER_MILLE / 1000 + u64::from(dice.per_mille(80));
    (visits + lost, kopecks * dice.between(860, 1140) / 1000)
}

#[cfg(test)]
mod tests {
    use base::UnixMillis;

    use super::*;
    use crate::campaign::campaigns;
    use crate::scenario::Scenario;

    fn plan() -> Plan {
        let scenario = Scenario {
            events: 30_000,
            ..Scenario::year(9, String::new())
        };
        Plan::new(
            &scenario,
            UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap(),
        )
    }

    #[test]
    fn the_worked_examples_cost_what_they_cost() {
        let plan = plan();
        for (key, clicks, spend) in [
            ("sunglasses", 100, 15_000),
            ("lenses", 300, 13_500),
            ("diamond_glasses", 50, 30_000),
        ] {
            let campaign = campaigns()
                .iter()
                .find(|campaign| campaign.key == key)
                .unwrap();
            let file = campaign.cost.unwrap().file;
            let days = plan.range().days();
            let rows = days.flat_map(|day| plan.costs(file, day));
            let rows: Vec<_> = rows.filter(|row| row.campaign.key == key).collect();
            assert_eq!(
                rows.iter().map(|row| row.clicks).sum::<u64>(),
                clicks,
                "{key}"
            );
            assert_eq!(plan.billed(campaign), (clicks, roubles(spend)), "{key}");
            assert!(rows.iter().all(|row| plan.last_month().contains(row.day)));
        }
    }

    #[test]
    fn bills_end_yesterday_and_the_bill_of_one_platform_four_days_before() {
        let plan = plan();
        let last = |file| {
            let all = plan.range().days().flat_map(|day| plan.costs(file, day));
            all.map(|row| row.day).max().unwrap()
        };
        assert_eq!(last(CostFile::GoogleAds), plan.range().last.plus_days(-1));
        assert_eq!(last(CostFile::Vk), plan.range().last.plus_days(-5));
    }
}
