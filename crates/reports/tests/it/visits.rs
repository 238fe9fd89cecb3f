//! Visits one by one: every one once, newest first, with what the facts say of it.

use std::collections::BTreeMap;

use base::{Fact, Hit, HitKind};
use reports::{Outcomes, Visit, Visits, VisitsRequest, visits};
use serde_json::{Value, json};
use warehouse::Limits;

use crate::twin::generate::facts;
use crate::world::{World, at};

fn page(world: &World, question: Value, outcomes: Outcomes) -> Visits {
    let request: VisitsRequest = serde_json::from_value(question).unwrap();
    let limits = Limits::default();
    visits(&world.warehouse, &request, outcomes, &world.context, limits).unwrap()
}

fn asked(extra: &Value) -> Value {
    let mut question = json!({"period": {"from": "2026-03-28", "to": "2026-03-30"}});
    let fields = extra.as_object().unwrap().clone();
    question.as_object_mut().unwrap().extend(fields);
    question
}

/// All pages of a list.
fn all(world: &World, extra: &Value) -> Vec<Visit> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let mut question = asked(extra);
        question["limit"] = json!(7);
        question["cursor"] = json!(cursor);
        let Visits { items, next_cursor } = page(world, question, Outcomes::Told);
        assert!(items.len() <= 7 && !items.is_empty());
        found.extend(items);
        match next_cursor {
            None => return found,
            next => cursor = next,
        }
    }
}

/// The same in loops over the facts: moment, number, page views, other deeds, seconds, leads.
fn told(facts: &[Fact], machines: bool) -> Vec<(String, String, u64, u64, u64, i64)> {
    let hits: Vec<&Hit> = facts.iter().filter_map(Fact::hit).collect();
    let span = at("2026-03-27T23:00:00Z")..at("2026-03-30T22:00:00Z");
    let mut openings: Vec<&&Hit> = hits
        .iter()
        .filter(|hit| hit.visits == 1 && span.contains(&hit.at))
        .filter(|hit| hit.bot.is_some() == machines)
        .collect();
    openings.sort_by_key(|hit| std::cmp::Reverse((hit.at, hit.visit.0)));
    let line = |opening: &&&Hit| {
        let own = || hits.iter().filter(|hit| hit.visit == opening.visit);
        let count = |is: &dyn Fn(HitKind) -> bool| {
            u64::try_from(own().filter(|hit| is(hit.kind)).count()).unwrap()
        };
        let passive = [HitKind::PageView, HitKind::Engagement, HitKind::Click];
        let lasted = own().map(|hit| hit.visit_age_ms).max().unwrap() / 1_000;
        let leads = facts.iter().filter_map(Fact::outcome);
        let leads = leads.filter(|outcome| outcome.visit == Some(opening.visit));
        (
            opening.at.rfc3339(),
            opening.visit.to_string(),
            count(&|kind| kind == HitKind::PageView),
            count(&|kind| !passive.contains(&kind)),
            u64::try_from(lasted).unwrap(),
            leads.map(|outcome| i64::from(outcome.leads)).sum(),
        )
    };
    openings.iter().map(line).collect()
}

#[test]
fn every_visit_stands_once_and_says_what_the_facts_say() {
    let world = World::new();
    let facts = facts(2_026);
    facts
        .chunks(40)
        .for_each(|batch| world.load(batch.to_vec()));
    for (of, machines) in [("people", false), ("machines", true)] {
        let found: Vec<_> = all(&world, &json!({"of": of}))
            .into_iter()
            .map(|visit| {
                let leads = visit.became.map(|became| became.leads).unwrap();
                let (views, events) = (visit.page_views, visit.events);
                (
                    visit.at,
                    visit.visit,
                    views,
                    events,
                    visit.duration_s,
                    leads,
                )
            })
            .collect();
        assert!(found.len() > 4, "{of}: {}", found.len());
        assert_eq!(found, told(&facts, machines), "{of}");
    }
}

#[test]
fn visits_are_filtered_as_reports_are_and_what_came_of_them_can_be_withheld() {
    let mut world = World::new();
    world.load(facts(7));
    let by = |filters: Value| all(&world, &json!({"filters": filters}));
    let polish = by(json!([{"dimension": "country", "op": "is", "values": ["PL"]}]));
    assert!(
        polish
            .iter()
            .all(|visit| visit.country.as_deref() == Some("PL"))
    );
    let everybody = by(json!([])).len();
    assert!(!polish.is_empty() && polish.len() < everybody);

    let withheld = page(&world, asked(&json!({})), Outcomes::Withheld);
    assert!(withheld.items.iter().all(|visit| visit.became.is_none()));
    // Whoever sees one channel sees the visits of this one only.
    world.context.channels = Some(vec!["2".to_owned()]);
    let seen = all(&world, &json!({}));
    let mut sources: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for visit in &seen {
        *sources.entry(visit.source.clone()).or_default() += 1;
    }
    assert_eq!(
        sources.keys().collect::<Vec<_>>(),
        [&Some("mail".to_owned())]
    );
    assert!(seen.len() < everybody);
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let world = World::new();
    let question = asked(&json!({"cursor": "here"}));
    let request: VisitsRequest = serde_json::from_value(question).unwrap();
    let limits = Limits::default();
    let refused = visits(
        &world.warehouse,
        &request,
        Outcomes::Told,
        &world.context,
        limits,
    );
    assert_eq!(refused.unwrap_err().code(), "bad_cursor");
}
