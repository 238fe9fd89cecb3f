//! Rules of routing, one by one.

mod defects;
mod filters;
mod made;
mod past;
mod same;
mod twin;

use base::{CampaignId, FlowId, LandingId, OfferId, UnixMillis};
use serde_json::{Value, json};

use past::{Asked, Past};

use super::*;

fn definitions(value: Value) -> Definitions {
    serde_json::from_value(value).unwrap()
}

/// Campaign 1 of Warsaw with one flow that shows nothing.
fn one_flow(rule: Rule) -> Definitions {
    let mut all = definitions(json!({"campaigns": [{
        "id": 1, "zone": "Europe/Warsaw", "unique_hours": 12,
        "flows": [{"id": 1, "action": {"do": "nothing"}}],
    }]}));
    all.campaigns[0].flows[0].rule = rule;
    all
}

/// Campaign 1 with flows of these ids and weights.
fn weighted(flows: &[(i64, u32)]) -> Definitions {
    let flow = |(id, weight): &(i64, u32)| with(nothing(*id), &json!({"weight": weight}));
    let flows: Vec<Value> = flows.iter().map(flow).collect();
    campaign(json!({"rotation": "weight", "flows": flows}))
}

/// Campaign 1 of UTC, with landing pages and offers 1 to 4; offer 1 to 3 are capped, and the third
/// has an alternative, which is offer 4.
fn campaign(mut one: Value) -> Definitions {
    one["id"] = json!(1);
    one["zone"] = json!("UTC");
    campaigns(json!([one]))
}

fn campaigns(list: Value) -> Definitions {
    let landing = |id: i64| json!({"id": id, "url": format!("https://l{id}.example/")});
    let offer = |id: i64| match id {
        3 => json!({"id": 3, "url": "https://o3.example/", "room": "capped", "alternative": 4}),
        4 => json!({"id": 4, "url": "https://o4.example/"}),
        _ => json!({"id": id, "url": format!("https://o{id}.example/"), "room": "capped"}),
    };
    let mut all = json!({
        "landings": (1..=4).map(landing).collect::<Vec<_>>(),
        "offers": (1..=4).map(offer).collect::<Vec<_>>(),
    });
    all["campaigns"] = list;
    definitions(all)
}

fn snapshot(all: &Definitions) -> Snapshot {
    let compiled = compile(all);
    assert_eq!(compiled.defects, []);
    compiled.snapshot
}

fn click() -> Click<'static> {
    Click::unknown(UnixMillis(0))
}

/// The flow that takes a click of which nothing is known, and what is to be kept.
fn taken(all: &Definitions, past: &Past, seed: u64) -> (Option<i64>, Option<Bound>) {
    let snapshot = snapshot(all);
    let decision = route(&snapshot, CampaignId(1), &click(), past, Draw(seed)).unwrap();
    let step = decision.steps().next().unwrap();
    (step.flow.map(|flow| flow.0), step.bind)
}

#[track_caller]
fn check_flow(all: &Definitions, past: &Past, wanted: Option<i64>) {
    for seed in 0..50 {
        assert_eq!(taken(all, past, seed).0, wanted, "by seed {seed}");
    }
}

fn offer_of(all: &Definitions, past: &Past, seed: u64) -> Option<i64> {
    let snapshot = snapshot(all);
    let decision = route(&snapshot, CampaignId(1), &click(), past, Draw(seed)).unwrap();
    match decision.outcome {
        Outcome::Send { offer, .. } => offer.map(|offer| offer.0),
        _ => None,
    }
}

fn nothing(id: i64) -> Value {
    json!({"id": id, "action": {"do": "nothing"}})
}

fn with(mut flow: Value, more: &Value) -> Value {
    for (field, value) in more.as_object().unwrap() {
        flow[field] = value.clone();
    }
    flow
}

/// A rule that takes none of the clicks of these tests.
fn nobody() -> Value {
    json!({"filters": [{"by": "country", "values": ["PL"]}]})
}

#[test]
fn forced_flows_come_first_and_the_default_flow_last() {
    let flows = |forced: Value, regular: Value| {
        campaign(json!({"flows": [
            with(nothing(1), &json!({"kind": "default"})),
            with(nothing(2), &json!({"rule": regular})),
            with(nothing(3), &json!({"kind": "forced", "rule": nobody()})),
            with(nothing(4), &json!({"kind": "forced", "rule": forced})),
            with(nothing(5), &json!({"kind": "forced"})),
        ]}))
    };
    check_flow(&flows(json!({}), json!({})), &Past::default(), Some(4));
    check_flow(&flows(nobody(), json!({})), &Past::default(), Some(5));
    let mut all = flows(nobody(), json!({}));
    all.campaigns[0].flows[4].state = FlowState::Off;
    check_flow(&all, &Past::default(), Some(2));
    let mut all = flows(nobody(), nobody());
    all.campaigns[0].flows.pop();
    check_flow(&all, &Past::default(), Some(1));
    all.campaigns[0].flows.remove(0);
    check_flow(&all, &Past::default(), None);
}

#[test]
fn by_position_the_first_that_passes_takes_whatever_the_weights() {
    let flows = json!([
        with(nothing(1), &json!({"rule": nobody(), "weight": 100})),
        with(nothing(2), &json!({"weight": 0})),
        nothing(3),
    ]);
    check_flow(
        &campaign(json!({"flows": flows})),
        &Past::default(),
        Some(2),
    );
}

#[test]
fn where_a_drawn_flows_rule_fails_another_is_drawn_and_weight_0_never_is() {
    let flows = json!([
        with(nothing(1), &json!({"rule": nobody(), "weight": 1_000})),
        with(nothing(2), &json!({"weight": 0})),
        nothing(3),
        with(nothing(4), &json!({"kind": "default"})),
    ]);
    let mut all = campaign(json!({"rotation": "weight", "flows": flows}));
    check_flow(&all, &Past::default(), Some(3));
    all.campaigns[0].flows.remove(2);
    check_flow(&all, &Past::default(), Some(4));
}

#[test]
fn a_bound_visitor_comes_back_while_the_rule_passes() {
    let bound = |flow| {
        Past::bound_to(
            1,
            Bound {
                flow: FlowId(flow),
                landing: None,
                offer: None,
            },
        )
    };
    let flows = json!([
        with(nothing(1), &json!({"weight": 1_000_000})),
        with(nothing(2), &json!({"weight": 0})),
        with(nothing(3), &json!({"rule": nobody()})),
        with(nothing(4), &json!({"state": "off"})),
        with(nothing(5), &json!({"kind": "default"})),
    ]);
    let keeps = json!({"keeps": "flow"});
    let mut all = campaign(json!({"rotation": "weight", "flows": flows, "binding": keeps}));
    // Weight 0 is drawn for nobody, and keeps whom it has.
    check_flow(&all, &bound(2), Some(2));
    assert_eq!(taken(&all, &bound(2), 0).1, None);
    for gone in [3, 4, 5, 6] {
        check_flow(&all, &bound(gone), Some(1));
        assert_eq!(taken(&all, &bound(gone), 0).1.unwrap().flow, FlowId(1));
    }
    all.campaigns[0].binding = None;
    check_flow(&all, &bound(2), Some(1));
    assert_eq!(taken(&all, &bound(2), 0).1, None);
}

#[test]
fn a_binding_keeps_the_flow_the_landing_page_and_the_offer_as_far_as_it_says() {
    let send = |keeps: &str, kind: &str| {
        let action = json!({"do": "send", "landings": [{"id": 1}], "offers": [{"id": 4}]});
        let flows = json!([{"id": 1, "kind": kind, "action": action}]);
        campaign(json!({"flows": flows, "binding": {"keeps": keeps}}))
    };
    let bind = |keeps: &str, kind: &str| taken(&send(keeps, kind), &Past::default(), 0).1;
    let wanted = |landing: Option<i64>, offer: Option<i64>| {
        Some(Bound {
            flow: FlowId(1),
            landing: landing.map(LandingId),
            offer: offer.map(OfferId),
        })
    };
    assert_eq!(bind("flow", "regular"), wanted(None, None));
    assert_eq!(bind("landing", "regular"), wanted(Some(1), None));
    assert_eq!(bind("offer", "regular"), wanted(Some(1), Some(4)));
    assert_eq!(bind("offer", "forced"), None);
    assert_eq!(bind("offer", "default"), None);
}

#[test]
fn a_full_offer_hands_over_to_its_alternative_then_another_is_drawn() {
    let flow = |offers: Value| json!({"id": 1, "action": {"do": "send", "offers": offers}});
    let all = campaign(json!({"flows": [flow(json!([{"id": 3}]))]}));
    assert_eq!(offer_of(&all, &Past::default(), 0), Some(3));
    assert_eq!(offer_of(&all, &Past::with_full(&[3]), 0), Some(4));
    let both = json!([{"id": 1, "weight": 1_000}, {"id": 2}]);
    let all = campaign(json!({"flows": [flow(both.clone())]}));
    assert_eq!(offer_of(&all, &Past::with_full(&[1]), 0), Some(2));
    // Without any room the flow is passed over.
    let default = json!({"id": 2, "kind": "default", "action": {"do": "not_found"}});
    let all = campaign(json!({"flows": [flow(both), default]}));
    check_flow(&all, &Past::with_full(&[1, 2]), Some(2));
}

#[test]
fn a_visitor_is_bound_to_the_offer_that_was_drawn_and_not_to_its_alternative() {
    let action = json!({"do": "send", "offers": [{"id": 3}, {"id": 1, "weight": 1_000_000}]});
    let all = campaign(json!({
        "flows": [{"id": 1, "action": action}],
        "binding": {"keeps": "offer"},
    }));
    let bound = Bound {
        flow: FlowId(1),
        landing: None,
        offer: Some(OfferId(3)),
    };
    let mut past = Past::bound_to(1, bound);
    past.full.insert(OfferId(3));
    assert_eq!(offer_of(&all, &past, 0), Some(4));
    assert_eq!(taken(&all, &past, 0).1, None);
    past.full.clear();
    assert_eq!(offer_of(&all, &past, 0), Some(3));
}

#[test]
fn a_full_offer_is_not_drawn_again_for_whoever_is_bound_to_it() {
    let action = json!({"do": "send", "offers": [{"id": 1, "weight": 1_000}, {"id": 2}]});
    let all = campaign(json!({
        "flows": [{"id": 1, "action": action}],
        "binding": {"keeps": "offer"},
    }));
    let bound = Bound {
        flow: FlowId(1),
        landing: None,
        offer: Some(OfferId(1)),
    };
    for seed in 0..50 {
        let mut past = Past::bound_to(1, bound);
        past.full.insert(OfferId(1));
        assert_eq!(offer_of(&all, &past, seed), Some(2));
        let asked = past.asked.into_inner();
        let places = [(1, false), (2, true)].map(|(id, has)| Asked::Place(OfferId(id), has));
        assert_eq!(asked[1..], places);
    }
}

#[test]
fn the_memory_is_asked_only_where_its_answer_decides() {
    let unique = json!({"by": "unique", "values": ["global"]});
    let country = json!({"by": "country", "values": ["PL"]});
    let asked = |joint: &str, op: &str| {
        let country = with(country.clone(), &json!({"op": op}));
        let rule = json!({"joint": joint, "filters": [unique, country]});
        let flows = json!([with(nothing(1), &json!({"rule": rule}))]);
        let past = Past::default();
        taken(&campaign(json!({"flows": flows})), &past, 0);
        past.asked.into_inner()
    };
    let first = Asked::First(Scope::Global, 24);
    assert_eq!(asked("all", "is"), []);
    assert_eq!(asked("all", "is_not"), [first]);
    assert_eq!(asked("any", "is"), [first]);
    assert_eq!(asked("any", "is_not"), []);
}

#[test]
fn a_click_is_sent_on_and_every_campaign_counts_it() {
    let to = |id: i64| json!([{"id": id * 10, "action": {"do": "campaign", "id": id + 1}}]);
    let all = campaigns(json!([
        {"id": 1, "zone": "UTC", "flows": to(1)},
        {"id": 2, "zone": "UTC", "flows": to(2), "binding": {"keeps": "flow"}},
        {"id": 3, "zone": "UTC", "flows": [{"id": 5, "action": {"do": "html", "body": "<p>"}}]},
    ]));
    let snapshot = snapshot(&all);
    let decision = route(&snapshot, CampaignId(1), &click(), &NoMemory, Draw(0)).unwrap();
    assert_eq!(decision.outcome, Outcome::Html("<p>"));
    let steps: Vec<_> = decision.steps().collect();
    let ways: Vec<_> = steps
        .iter()
        .map(|step| (step.campaign.0, step.flow.unwrap().0))
        .collect();
    assert_eq!(ways, [(1, 10), (2, 20), (3, 5)]);
    let kept: Vec<_> = steps.iter().map(|step| step.bind.is_some()).collect();
    assert_eq!(kept, [false, true, false]);
    assert!(route(&snapshot, CampaignId(4), &click(), &NoMemory, Draw(0)).is_none());
}

#[test]
fn each_action_is_what_the_browser_is_answered() {
    let end = |action: Value| {
        let all = campaign(json!({"flows": [{"id": 1, "action": action}]}));
        let snapshot = snapshot(&all);
        let decision = route(&snapshot, CampaignId(1), &click(), &NoMemory, Draw(0)).unwrap();
        twin::End::from(decision.outcome)
    };
    for (name, how) in [
        ("found", Redirect::Found),
        ("temporary", Redirect::Temporary),
        ("meta", Redirect::Meta),
        ("double_meta", Redirect::DoubleMeta),
        ("script", Redirect::Script),
        ("frame", Redirect::Frame),
        ("form", Redirect::Form),
    ] {
        let url = "https://a.example/?c={click_id}";
        let action = json!({"do": "address", "how": name, "url": url});
        assert_eq!(
            end(action),
            twin::End::Send(how, url.to_owned(), None, None)
        );
    }
    let send = json!({"do": "send", "landings": [{"id": 2}], "offers": [{"id": 4}]});
    let (landing, offer) = (Some(LandingId(2)), Some(OfferId(4)));
    let wanted = twin::End::Send(
        Redirect::Found,
        "https://l2.example/".into(),
        landing,
        offer,
    );
    assert_eq!(end(send), wanted);
    assert_eq!(end(json!({"do": "not_found"})), twin::End::NotFound);
    assert_eq!(end(json!({"do": "nothing"})), twin::End::Nothing);
    assert_eq!(
        end(json!({"do": "html", "body": "x"})),
        twin::End::Html("x".into())
    );
}

#[test]
fn a_trace_tells_turns_losses_and_full_offers() {
    let action = json!({"do": "send", "offers": [{"id": 1}]});
    let flows = json!([
        {"id": 1, "action": action},
        with(nothing(2), &json!({"kind": "forced", "rule": nobody()})),
        with(nothing(3), &json!({"kind": "default"})),
    ]);
    let keeps = json!({"keeps": "flow"});
    let all = campaign(json!({"rotation": "weight", "flows": flows, "binding": keeps}));
    let bound = Bound {
        flow: FlowId(9),
        landing: None,
        offer: None,
    };
    let mut past = Past::bound_to(1, bound);
    past.full.insert(OfferId(1));
    let snapshot = snapshot(&all);
    let traced = trace(&snapshot, CampaignId(1), &click(), &past, Draw(0)).unwrap();
    let tried = |flow: i64, turn, fate| Event::Tried {
        flow: FlowId(flow),
        turn,
        fate,
    };
    let wanted = [
        tried(2, Turn::Forced, Fate::RuleFailed),
        Event::Lost(FlowId(9)),
        Event::Full(OfferId(1)),
        tried(1, Turn::Drawn, Fate::NoRoom),
        tried(3, Turn::Default, Fate::Taken),
    ];
    assert_eq!(traced.hops[0].events, wanted);
    let verdicts = traced.hops[0].verdicts.iter();
    let passes: Vec<_> = verdicts.map(|one| (one.flow.0, one.passes)).collect();
    assert_eq!(passes, [(2, false), (1, true), (3, true)]);
    assert_eq!(traced.decision.outcome, Outcome::Nothing);
}
