//! Days that another tool counted: made up, and counted by loops.

use std::collections::BTreeSet;

use base::{
    Day, Fact, FactId, HistoryAbout, HistoryCounts, HistoryRow, HistoryTool, ImportId, SiteId,
    Traffic,
};

use crate::twin::generate::{Dice, facts};
use crate::twin::naive::{Add, Naive, Sums};
use crate::world::{WORKSPACE, at, day, traffic};

/// The facts of a seed, some of a site, with other tools' days before, beside and after them.
pub(crate) fn facts_with_history(seed: u64) -> Vec<Fact> {
    let mut all = facts(seed);
    for fact in &mut all {
        if let Fact::Hit(hit) = fact
            && hit.visit.0.is_multiple_of(2)
            && hit.visit_at() < at("2026-03-28T23:30:00Z")
        {
            hit.site = Some(SiteId(1));
        }
    }
    let mut dice = Dice::of(seed);
    for id in 1..=90 {
        all.push(Fact::History(Box::new(row(&mut dice, 40_000 + id))));
    }
    all
}

fn row(dice: &mut Dice, id: u128) -> HistoryRow {
    let mut told = |limit: i64| Some(dice.below(limit)).filter(|number| number % 4 != 3);
    let counts = HistoryCounts {
        visitors: told(50),
        visits: told(60),
        page_views: told(200),
        bounces: told(20),
        lasted_ms: told(90_000),
        events: told(9),
    };
    let value = ["shop.example/", "shop.example/a", ""][index(dice, 3)].to_owned();
    let about = match dice.below(8) {
        0 | 1 => HistoryAbout::Whole,
        2 | 3 => HistoryAbout::Traffic(Box::new(tuple(dice))),
        4 => HistoryAbout::Page(value),
        5 => HistoryAbout::LandingPage(value),
        6 => HistoryAbout::ExitPage(value),
        _ => HistoryAbout::Country(["PL", "DE", ""][index(dice, 3)].to_owned()),
    };
    HistoryRow {
        id: FactId(id),
        workspace: WORKSPACE,
        // A later import tells some of the days anew.
        import: ImportId(dice.below(2) + 5),
        site: SiteId(dice.below(2) + 1),
        day: day("2026-03-27").plus_days(i32::try_from(dice.below(5)).unwrap()),
        recorded: at("2026-03-29T12:00:00Z").plus_ms(dice.below(2) * 86_400_000),
        tool: [HistoryTool::Plausible, HistoryTool::Matomo][index(dice, 2)],
        about,
        counts,
    }
}

fn tuple(dice: &mut Dice) -> Traffic {
    let (source, campaign) = [("google", "A"), ("mail", "Big"), ("", "")][index(dice, 3)];
    traffic(source, campaign)
}

fn index(dice: &mut Dice, limit: i64) -> usize {
    usize::try_from(dice.below(limit)).unwrap()
}

impl Naive<'_> {
    /// Adds what counts of other tools' days.
    pub(crate) fn add_history(&self, add: Add<'_>) {
        let Some(split) = self.split() else {
            return;
        };
        let told: Vec<&HistoryRow> = self
            .told()
            .filter(|row| row.about.split() == split)
            .collect();
        let own = self.own_days();
        for row in &told {
            let same_day = |other: &&&HistoryRow| (other.site, other.day) == (row.site, row.day);
            let newest = told.iter().filter(same_day).map(|other| other.import).max();
            if newest != Some(row.import) || own.contains(&(row.site, row.day)) {
                continue;
            }
            let mut values = self.traffic_values(row.about.traffic());
            if !row.about.value().is_empty() {
                values.insert(split, row.about.value().to_owned());
            }
            add(&values, &|sums| count(sums, &row.counts, split));
        }
    }

    /// What is recorded by then, of the days asked for.
    fn told(&self) -> impl Iterator<Item = &HistoryRow> {
        let rows = self.facts.iter().filter_map(Fact::history);
        rows.filter(|row| self.knows(row.recorded) && self.question.range.contains(row.day))
    }

    /// What the days have to be split by; everything where nothing is asked for.
    fn split(&self) -> Option<&'static str> {
        let filter = self.question.filter.iter().map(|(key, ..)| key.as_str());
        let asked = filter.chain(self.question.dimensions.iter().copied());
        let splits: BTreeSet<Option<&'static str>> = asked
            .map(|key| match key {
                "channel" | "subchannel" | "campaign" | "utm_source" => Some("traffic"),
                "country" => Some("country"),
                "page" => Some("page"),
                "landing_page" => Some("landing_page"),
                "exit_page" => Some("exit_page"),
                _ => None,
            })
            .collect();
        let any = self.facts.iter().filter_map(Fact::history);
        let mut any = any.filter(|row| self.question.range.contains(row.day));
        match splits.into_iter().collect::<Vec<_>>()[..] {
            [] if any.any(|row| row.about == HistoryAbout::Whole) => Some("whole"),
            [] => Some("traffic"),
            [one] => one,
            _ => None,
        }
    }

    fn own_days(&self) -> BTreeSet<(SiteId, Day)> {
        let people = self
            .hits()
            .filter(|hit| hit.visits == 1 && hit.bot.is_none());
        let known = people.filter(|hit| self.knows(hit.recorded()));
        let zone = &self.context.time_zone;
        known
            .filter_map(|hit| Some((hit.site?, zone.day_of(hit.at))))
            .collect()
    }
}

fn count(sums: &mut Sums, counts: &HistoryCounts, split: &str) {
    let number = |told: Option<i64>| told.unwrap_or_default();
    sums.add("page_views", number(counts.page_views));
    sums.add("events", number(counts.events));
    if split == "page" {
        return;
    }
    sums.add("past_visitors", number(counts.visitors));
    sums.add("past_visits", number(counts.visits));
    let Some(visits) = counts.visits else {
        return;
    };
    if let Some(bounces) = counts.bounces {
        sums.add("bounces", bounces);
        sums.add("bounceable", visits);
    }
    if let Some(lasted_ms) = counts.lasted_ms {
        sums.add("lasted_ms", lasted_ms);
        sums.add("timed", visits);
    }
    if let Some(page_views) = counts.page_views {
        sums.add("paged_views", page_views);
        sums.add("paged", visits);
    }
}
