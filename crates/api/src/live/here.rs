//! Who is here: visitors of the last half hour with their pages, sources and countries, counted.

use std::collections::{BTreeMap, HashMap, VecDeque};

use base::{Hit, UnixMillis, VisitorId, WorkspaceId};
use serde::Serialize;

/// A visitor counts as here for this long after a hit.
pub(super) const HERE_MS: i64 = 5 * MINUTE_MS;
/// And as having been here lately for this long.
const LATELY_MS: i64 = 30 * MINUTE_MS;
const MINUTE_MS: i64 = 60 * 1000;
/// Visitors of a workspace that are remembered; beyond it its counts are lower bounds. A busy one
/// takes no room from another.
const VISITORS_MAX: usize = 50_000;
/// Of all workspaces.
const ALL_VISITORS_MAX: usize = 400_000;
/// Pages, sources and countries that are told.
const STANDINGS_MAX: usize = 8;
/// Between two rounds of forgetting.
const FORGET_MS: i64 = 1_000;

/// Who is here in a workspace, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Now {
    /// In the last five minutes.
    pub(super) visitors_now: usize,
    /// In the last half hour.
    pub(super) visitors_lately: usize,
    /// There were more than are remembered: the counts are lower bounds.
    pub(super) is_capped: bool,
    pub(super) hits_per_minute: usize,
    /// Hits of each of the last thirty minutes, this one at the end.
    pub(super) minutes: Vec<usize>,
    pub(super) pages: Vec<Standing>,
    pub(super) sources: Vec<Standing>,
    pub(super) countries: Vec<Standing>,
}

/// How many of those who are here have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Standing {
    pub(super) name: String,
    pub(super) visitors: usize,
}

/// The people of all workspaces.
#[derive(Default)]
pub(super) struct Here {
    workspaces: HashMap<WorkspaceId, People>,
    visitors: usize,
    forgot_at: Option<UnixMillis>,
}

#[derive(Default)]
struct People {
    visitors: HashMap<VisitorId, Place>,
    /// Hits by minute, the oldest first.
    minutes: VecDeque<(i64, usize)>,
    /// When somebody came last who is not remembered.
    overflowed_at: Option<UnixMillis>,
}

/// Where a visitor was last.
struct Place {
    at: UnixMillis,
    page: String,
    source: String,
    country: String,
}

impl Here {
    /// Machines are counted nowhere, as in reports.
    pub(super) fn note(&mut self, hit: &Hit) {
        if hit.bot.is_some() {
            return;
        }
        let people = self.workspaces.entry(hit.workspace).or_default();
        people.count(hit.at.0.div_euclid(MINUTE_MS));
        let has_room = people.visitors.len() < VISITORS_MAX && self.visitors < ALL_VISITORS_MAX;
        match people.visitors.get_mut(&hit.visitor) {
            Some(place) => place.move_on(hit),
            None if has_room => {
                people.visitors.insert(hit.visitor, Place::of(hit));
                self.visitors += 1;
            }
            None => people.overflowed_at = people.overflowed_at.max(Some(hit.at)),
        }
    }

    /// Lets go of who left long ago; at most once a second, as it looks at everybody.
    pub(super) fn forget(&mut self, now: UnixMillis) {
        if self
            .forgot_at
            .is_some_and(|at| now.since_ms(at) < FORGET_MS)
        {
            return;
        }
        self.forgot_at = Some(now);
        let first = first_minute(now);
        for people in self.workspaces.values_mut() {
            people
                .visitors
                .retain(|_, place| now.since_ms(place.at) < LATELY_MS);
            people.minutes.retain(|(minute, _)| *minute >= first);
        }
        self.workspaces
            .retain(|_, people| !people.visitors.is_empty() || !people.minutes.is_empty());
        let known = self.workspaces.values();
        self.visitors = known.map(|people| people.visitors.len()).sum();
    }

    pub(super) fn now(&self, workspace: WorkspaceId, now: UnixMillis) -> Now {
        let Some(people) = self.workspaces.get(&workspace) else {
            return Now {
                minutes: vec![0; minutes_kept()],
                ..Now::default()
            };
        };
        let within = |place: &&Place, ms| now.since_ms(place.at) < ms;
        let places = || people.visitors.values();
        let here: Vec<&Place> = places().filter(|place| within(place, HERE_MS)).collect();
        let minutes = people.by_minute(now);
        let last = minutes.iter().rev().take(2);
        Now {
            visitors_now: here.len(),
            is_capped: people
                .overflowed_at
                .is_some_and(|at| now.since_ms(at) < LATELY_MS),
            visitors_lately: places().filter(|place| within(place, LATELY_MS)).count(),
            hits_per_minute: last.copied().max().unwrap_or_default(),
            minutes,
            pages: standings(here.iter().map(|place| place.page.as_str())),
            sources: standings(here.iter().map(|place| place.source.as_str())),
            countries: standings(here.iter().map(|place| place.country.as_str())),
        }
    }
}

impl People {
    fn count(&mut self, minute: i64) {
        let known = self.minutes.iter_mut().rev().find(|(at, _)| *at == minute);
        match known {
            Some((_, hits)) => *hits += 1,
            None => self.minutes.push_back((minute, 1)),
        }
    }

    fn by_minute(&self, now: UnixMillis) -> Vec<usize> {
        let first = first_minute(now);
        let mut counts = vec![0; minutes_kept()];
        for (minute, hits) in &self.minutes {
            let place = usize::try_from(minute - first).ok();
            if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                *count += hits;
            }
        }
        counts
    }
}

impl Place {
    fn of(hit: &Hit) -> Self {
        let mut place = Self {
            at: hit.at,
            page: String::new(),
            source: String::new(),
            country: hit.country.code().to_owned(),
        };
        place.move_on(hit);
        place
    }

    /// What happened earlier and came later moves nobody back; it says what is not known yet.
    fn move_on(&mut self, hit: &Hit) {
        let is_newest = hit.at >= self.at;
        self.at = self.at.max(hit.at);
        if !hit.page.host.is_empty() && (is_newest || self.page.is_empty()) {
            self.page = format!("{}{}", hit.page.host, hit.page.path);
        }
        if let Some(touch) = hit.touch.as_deref()
            && (is_newest || self.source.is_empty())
        {
            let source = match touch.source.as_str() {
                "" => &touch.default_channel,
                _ => &touch.source,
            };
            self.source.clone_from(source);
        }
    }
}

/// The most frequent names with how many have them; what has no name is left out.
fn standings<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Standing> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names.filter(|name| !name.is_empty()) {
        *counts.entry(name).or_default() += 1;
    }
    let mut standings: Vec<Standing> = counts
        .into_iter()
        .map(|(name, visitors)| Standing {
            name: name.to_owned(),
            visitors,
        })
        .collect();
    // The names are in order already, which a stable sort keeps.
    standings.sort_by_key(|standing| std::cmp::Reverse(standing.visitors));
    standings.truncate(STANDINGS_MAX);
    standings
}

fn first_minute(now: UnixMillis) -> i64 {
    (now.0 - LATELY_MS).div_euclid(MINUTE_MS) + 1
}

fn minutes_kept() -> usize {
    usize::try_from(LATELY_MS / MINUTE_MS).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use base::{Agent, BotReason, Country, HitId, HitKind, Page, Traffic, TrafficKey, VisitId};

    use super::*;

    pub(in crate::live) const WORKSPACE: WorkspaceId = WorkspaceId(1);
    pub(in crate::live) const BEGIN: UnixMillis = UnixMillis(1_760_000_040_000);

    pub(in crate::live) fn hit(visitor: u64, at: UnixMillis, path: &str) -> Hit {
        Hit {
            id: HitId::Stamped(1),
            workspace: WORKSPACE,
            kind: HitKind::PageView,
            at,
            delay_ms: 0,
            seq: 0,
            site: None,
            link: None,
            visitor: VisitorId(visitor),
            visit: VisitId(visitor),
            visit_age_ms: 0,
            visits: 1,
            bounces: 1,
            traffic: TrafficKey(0),
            touch: None,
            page: Page {
                host: "shop.example".to_owned(),
                path: path.to_owned(),
                title: String::new(),
            },
            name: String::new(),
            properties: Vec::new(),
            agent: Agent::default(),
            country: Country::from_code("PL"),
            bot: None,
            engaged_ms: 0,
            scroll_percent: 0,
            revenue: None,
            click_ids: Vec::new(),
        }
    }

    fn named(standings: &[Standing]) -> Vec<(&str, usize)> {
        let pairs = standings.iter();
        pairs
            .map(|standing| (standing.name.as_str(), standing.visitors))
            .collect()
    }

    #[test]
    fn a_thousand_hits_a_second_are_counted_in_a_few_lines() {
        let mut here = Here::default();
        let mut now = BEGIN;
        for second in 0..60_u64 {
            for number in 0..1_000 {
                let visitor = second * 100 + number % 100;
                let path = format!("/{}", number % 20);
                here.note(&hit(visitor, now, &path));
            }
            now = now.plus_ms(1_000);
            here.forget(now);
        }
        let told = here.now(WORKSPACE, now);
        assert_eq!((told.visitors_now, told.visitors_lately), (6_000, 6_000));
        assert_eq!(told.minutes.iter().sum::<usize>(), 60_000);
        assert_eq!(told.pages.len(), STANDINGS_MAX);
        // Everybody is counted once, at the last page: 100 visitors fall on 20 pages.
        assert!(
            told.pages.iter().all(|page| page.visitors == 300),
            "{:?}",
            told.pages
        );
        assert_eq!(named(&told.countries), [("PL", 6_000)]);
    }

    #[test]
    fn whoever_left_is_not_here_after_five_minutes_and_forgotten_after_thirty() {
        let mut here = Here::default();
        here.note(&hit(1, BEGIN, "/a"));
        let later = BEGIN.plus_ms(HERE_MS);
        here.note(&hit(2, later, "/b"));
        here.forget(later);
        let told = here.now(WORKSPACE, later);
        assert_eq!((told.visitors_now, told.visitors_lately), (1, 2));
        assert_eq!(named(&told.pages), [("shop.example/b", 1)]);
        let gone = later.plus_ms(LATELY_MS);
        here.forget(gone);
        assert_eq!(here.visitors, 0);
        let told = here.now(WORKSPACE, gone);
        assert_eq!(told.minutes, vec![0; 30]);
    }

    #[test]
    fn a_busy_workspace_says_that_it_counts_no_more_and_takes_no_room_from_another() {
        let mut here = Here::default();
        let other = WorkspaceId(2);
        for visitor in 1..=u64::try_from(VISITORS_MAX).unwrap() {
            here.note(&hit(visitor, BEGIN, "/"));
        }
        assert!(!here.now(WORKSPACE, BEGIN).is_capped);
        here.note(&hit(0, BEGIN, "/"));
        here.note(&Hit {
            workspace: other,
            ..hit(1, BEGIN, "/")
        });
        let told = here.now(WORKSPACE, BEGIN);
        assert_eq!((told.visitors_now, told.is_capped), (VISITORS_MAX, true));
        let told = here.now(other, BEGIN);
        assert_eq!((told.visitors_now, told.is_capped), (1, false));
        let gone = BEGIN.plus_ms(LATELY_MS);
        here.forget(gone);
        assert!(!here.now(WORKSPACE, gone).is_capped);
    }

    #[test]
    fn what_comes_late_moves_nobody_back() {
        let mut here = Here::default();
        here.note(&hit(1, BEGIN.plus_ms(5_000), "/now"));
        let touch = Traffic {
            source: "google".to_owned(),
            ..Traffic::default()
        };
        here.note(&Hit {
            touch: Some(Box::new(touch)),
            ..hit(1, BEGIN, "/before")
        });
        let told = here.now(WORKSPACE, BEGIN.plus_ms(6_000));
        assert_eq!(named(&told.pages), [("shop.example/now", 1)]);
        assert_eq!(named(&told.sources), [("google", 1)]);
    }

    #[test]
    fn a_visitor_keeps_the_source_of_the_latest_touch_and_machines_are_nobody() {
        let mut here = Here::default();
        let touch = Traffic {
            source: "google".to_owned(),
            ..Traffic::default()
        };
        here.note(&Hit {
            touch: Some(Box::new(touch)),
            ..hit(1, BEGIN, "/a")
        });
        here.note(&hit(1, BEGIN.plus_ms(1), "/b"));
        here.note(&Hit {
            bot: Some(BotReason::UserAgent),
            ..hit(2, BEGIN, "/a")
        });
        let told = here.now(WORKSPACE, BEGIN.plus_ms(2));
        assert_eq!(named(&told.sources), [("google", 1)]);
        assert_eq!(named(&told.pages), [("shop.example/b", 1)]);
        assert_eq!(told.hits_per_minute, 2);
        assert_eq!(
            here.now(WorkspaceId(2), BEGIN),
            Now {
                minutes: vec![0; 30],
                ..Now::default()
            }
        );
    }
}
