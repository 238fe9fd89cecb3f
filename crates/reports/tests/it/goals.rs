//! Goals: counted as a naive loop counts them, within filters and reach, and compared.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base::{Country, Fact, Hit, HitKind, SiteId};
use reports::{Clock, Filter, FilterOperator, Goal, GoalMoney, GoalRule, GoalsRequest, goals};
use serde_json::{Value, json};
use warehouse::Limits;

use crate::twin::generate::facts;
use crate::world::{UNIT, World, at, lines};

const SITES: [i64; 2] = [1, 2];

/// The facts of the other twins, on two sites, with one page written in several ways.
fn on_sites(seed: u64) -> Vec<Fact> {
    let placed = facts(seed).into_iter().map(|fact| match fact {
        Fact::Hit(mut hit) => {
            let site = SITES[usize::try_from(hit.visitor.0 % 2).unwrap()];
            hit.site = Some(SiteId(site));
            if hit.page.path == "/a" {
                let ways = ["/a", "/A", "/a/", "/Ж/"];
                hit.page.path = ways[usize::try_from(hit.at.0 / 300_000 % 4).unwrap()].into();
            }
            Fact::Hit(hit)
        }
        other => other,
    });
    placed.collect()
}

/// More of them than one statement counts.
fn wanted() -> Vec<Goal> {
    let event = |name: &str, property: Option<(&str, &str)>| GoalRule::Event {
        name: name.to_owned(),
        property: property.map(|(name, value)| (name.to_owned(), value.to_owned())),
    };
    let rules = [
        event("Order", None),
        event("Call \"me\"", None),
        event("Order", Some(("plan", "pro"))),
        event("Call \"me\"", Some(("size", "XL, \"wide\""))),
        GoalRule::Page {
            path: "/a".to_owned(),
        },
        GoalRule::Page {
            path: "/ж".to_owned(),
        },
        GoalRule::Page {
            path: "/".to_owned(),
        },
        GoalRule::PagesUnder {
            start: "/S".to_owned(),
        },
        GoalRule::PagesUnder {
            start: "/".to_owned(),
        },
        event("never", None),
    ];
    let both = SITES.into_iter().flat_map(|site| {
        let rules = rules.clone().into_iter().enumerate();
        rules.map(move |(at, rule)| (site, i64::try_from(at).unwrap(), rule))
    });
    let once = both.map(|(site, at, rule)| Goal {
        id: site * 100 + at,
        site: SiteId(site),
        name: format!("goal {at}"),
        rule,
        worth_micros: (at % 2 == 0).then_some(7 * UNIT),
    });
    let once: Vec<Goal> = once.collect();
    let again = once.clone().into_iter().map(|goal| Goal {
        id: goal.id + 1_000,
        ..goal
    });
    once.iter().cloned().chain(again).collect()
}

fn asked(extra: &Value) -> GoalsRequest {
    let mut question = json!({"period": {"from": "2026-03-28", "to": "2026-03-29"}});
    let fields = extra.as_object().unwrap().clone();
    question.as_object_mut().unwrap().extend(fields);
    serde_json::from_value(question).unwrap()
}

fn ask(world: &World, extra: &Value, money: GoalMoney) -> reports::Report {
    let query = asked(extra).query();
    let limits = Limits::default();
    goals(
        &world.warehouse,
        &query,
        &wanted(),
        money,
        &world.context,
        limits,
    )
    .unwrap()
}

fn reaches(goal: &Goal, hit: &Hit) -> bool {
    let is_event = matches!(hit.kind, HitKind::Event | HitKind::Revenue);
    let is_view = hit.kind == HitKind::PageView;
    hit.site == Some(goal.site)
        && match &goal.rule {
            GoalRule::Event { name, property } => {
                let says = |(name, value): &(String, String)| {
                    let first = hit.properties.iter().find(|(own, _)| own == name);
                    first.is_some_and(|(_, own)| own == value)
                };
                is_event && hit.name == *name && property.as_ref().is_none_or(says)
            }
            GoalRule::Page { path } => is_view && bare(&hit.page.path) == bare(path),
            GoalRule::PagesUnder { start } => {
                let path = hit.page.path.to_lowercase();
                is_view && path.starts_with(&start.to_lowercase())
            }
        }
}

fn bare(path: &str) -> String {
    path.to_lowercase().trim_end_matches('/').to_owned()
}

/// Every goal as a line, as a loop over the facts counts it.
fn naive(facts: &[Fact], passes: impl Fn(&Hit) -> bool) -> Vec<String> {
    let span = at("2026-03-27T23:00:00Z")..at("2026-03-29T22:00:00Z");
    let hits = facts.iter().filter_map(Fact::hit);
    let hits: Vec<&Hit> = hits
        .filter(|hit| span.contains(&hit.at) && hit.bot.is_none() && passes(hit))
        .collect();
    let line = |goal: &Goal| {
        let own = hits.iter().filter(|hit| hit.site == Some(goal.site));
        let all: BTreeSet<u64> = own.map(|hit| hit.visitor.0).collect();
        let reached: Vec<&&Hit> = hits.iter().filter(|hit| reaches(goal, hit)).collect();
        let visitors: BTreeSet<u64> = reached.iter().map(|hit| hit.visitor.0).collect();
        let money: i64 = reached
            .iter()
            .map(|hit| match hit.revenue {
                None => goal.worth_micros.unwrap_or_default(),
                Some(money) if money.currency.code() == "PLN" => money.micros,
                Some(_) => 0,
            })
            .sum();
        let rate = match all.len() {
            0 => "-".to_owned(),
            all => {
                let hundredths = (visitors.len() * 100_000 / all + 5) / 10;
                format!("{}.{:02}", hundredths / 100, hundredths % 100)
            }
        };
        let visitors = visitors.len();
        let units = money / UNIT;
        format!(
            "{} | {visitors} {} {rate} {units}.00",
            goal.id,
            reached.len()
        )
    };
    let mut lines: Vec<String> = wanted().iter().map(line).collect();
    lines.sort();
    lines
}

fn sorted(report: &reports::Report) -> Vec<String> {
    let mut lines = lines(report);
    lines.sort();
    lines
}

#[test]
fn every_number_of_a_goal_equals_its_naive_twin() {
    let mut reached = 0;
    for seed in [3, 2_026, 77] {
        let world = World::new();
        let facts = on_sites(seed);
        facts
            .chunks(40)
            .for_each(|batch| world.load(batch.to_vec()));
        let report = ask(&world, &json!({}), GoalMoney::Told);
        assert_eq!(sorted(&report), naive(&facts, |_| true), "{seed}");
        reached += lines(&report)
            .iter()
            .filter(|line| !line.contains("| 0"))
            .count();

        let polish = json!([{"dimension": "country", "op": "is", "values": ["PL"]}]);
        let report = ask(&world, &json!({"filters": polish}), GoalMoney::Told);
        let is_polish = |hit: &Hit| hit.country == Country::from_code("PL");
        assert_eq!(
            sorted(&report),
            naive(&facts, is_polish),
            "{seed} by country"
        );
    }
    assert!(reached > 20, "{reached}: too few to tell");
}

#[test]
fn the_most_reached_stands_first_and_the_period_before_beside_it() {
    let world = World::new();
    world.load(on_sites(2_026));
    let compare = json!({"compare": {"from": "2026-03-30", "to": "2026-03-31"}});
    let report = ask(&world, &compare, GoalMoney::Told);
    let visitors: Vec<i64> = report
        .rows
        .iter()
        .map(|row| row.cells[0].value.as_ref().unwrap().parse().unwrap())
        .collect();
    assert!(visitors.is_sorted_by(|left, right| left >= right) && visitors[0] > 0);
    let later = json!({"period": {"from": "2026-03-30", "to": "2026-03-31"}});
    let later = ask(&world, &later, GoalMoney::Told);
    for row in &report.rows {
        let same = |other: &&reports::ReportRow| other.dimensions == row.dimensions;
        let then = later.rows.iter().find(same).unwrap();
        for (now, then) in row.cells.iter().zip(&then.cells) {
            assert_eq!(now.previous.as_ref(), Some(&then.value));
        }
    }
}

#[test]
fn whoever_sees_no_money_or_some_channels_is_told_no_more() {
    let mut world = World::new();
    let facts = on_sites(2_026);
    world.load(facts.clone());
    let counts = ask(&world, &json!({}), GoalMoney::Withheld);
    assert!(
        counts
            .columns
            .iter()
            .all(|column| column.key != "goal_revenue")
    );
    assert!(counts.rows.iter().all(|row| row.cells.len() == 3));

    world.context.channels = Some(vec!["2".to_owned()]);
    let seen = ask(&world, &json!({}), GoalMoney::Told);
    let mailed: BTreeSet<u64> = facts
        .iter()
        .filter_map(Fact::hit)
        .filter(|hit| {
            hit.touch
                .as_ref()
                .is_some_and(|tuple| tuple.source == "mail")
        })
        .map(|hit| hit.visit.0)
        .collect();
    let by_mail = naive(&facts, |hit| mailed.contains(&hit.visit.0));
    assert_eq!(sorted(&seen), by_mail);
}

#[test]
fn a_filter_finds_a_page_however_it_is_written() {
    let world = World::new();
    let facts = on_sites(2_026);
    world.load(facts.clone());
    let filters = json!([{"dimension": "page", "op": "is_alike", "values": ["SHOP.example/a/"]}]);
    let found = world.ask(json!({
        "metrics": ["page_views"],
        "dimensions": ["page"],
        "filters": filters,
        "period": {"from": "2026-03-27", "to": "2026-03-31"},
    }));
    let pages: BTreeSet<String> = found
        .rows
        .iter()
        .map(|row| row.dimensions[0].label.clone())
        .collect();
    let wanted = ["shop.example/A", "shop.example/a", "shop.example/a/"].map(str::to_owned);
    assert_eq!(pages, BTreeSet::from(wanted));
}

#[test]
fn all_statements_of_an_answer_share_its_time() {
    let mut world = World::new();
    world.load(on_sites(3));
    let looks = Arc::new(AtomicI64::new(0));
    let seen = Arc::clone(&looks);
    // A clock on which ten seconds pass whenever somebody looks at it.
    world.context.clock = Clock::new(move || {
        let look = looks.fetch_add(1, Ordering::Relaxed);
        at("2026-06-01T00:00:00Z").plus_ms(look * 10_000)
    });
    let query = asked(&json!({})).query();
    let within = |seconds| {
        let limits = Limits {
            timeout: Duration::from_secs(seconds),
            ..Limits::default()
        };
        let money = GoalMoney::Told;
        let (warehouse, context) = (&world.warehouse, &world.context);
        goals(warehouse, &query, &wanted(), money, context, limits)
    };
    assert!(within(600).is_ok());
    let statements = seen.load(Ordering::Relaxed) - 1;
    assert!(statements >= 2, "{statements}: too few to tell");
    let stopped = within(15).unwrap_err();
    let is_of_the_whole = matches!(
        stopped,
        reports::Error::Warehouse(warehouse::Error::TimedOut { timeout_ms: 15_000 })
    );
    assert!(is_of_the_whole, "{stopped:?}");
}

#[test]
fn a_question_without_goals_is_an_empty_table() {
    let world = World::new();
    let filters = vec![Filter {
        dimension: "country".to_owned(),
        op: FilterOperator::Is,
        values: vec!["PL".to_owned()],
    }];
    let query = GoalsRequest {
        filters,
        ..asked(&json!({}))
    };
    let money = GoalMoney::Told;
    let limits = Limits::default();
    let none = goals(
        &world.warehouse,
        &query.query(),
        &[],
        money,
        &world.context,
        limits,
    );
    assert!(none.unwrap().rows.is_empty());
}
