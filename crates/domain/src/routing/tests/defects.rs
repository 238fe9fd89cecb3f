//! What is refused, where it is said to be, and what goes on without it.

use base::{CampaignId, FlowId, UnixMillis};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{campaign, campaigns, click, made, nothing, with};
use crate::routing::{
    About, Action, CAMPAIGNS_MAX, Click, Definitions, Draw, EXPRESSIONS_MAX, FILTERS_MAX,
    FLOWS_MAX, Filter, HOPS_MAX, HTML_BYTES_MAX, NoMemory, Op, SHARES_MAX, Subject, VALUES_MAX,
    compile, route,
};

/// What is said of the definitions: place and code.
fn told(all: &Definitions) -> Vec<(String, &'static str)> {
    let defects = compile(all).defects.into_iter();
    defects
        .map(|defect| (defect.place, defect.flaw.code()))
        .collect()
}

#[track_caller]
fn check(all: &Definitions, place: &str, code: &'static str) {
    assert_eq!(told(all), [(place.to_owned(), code)]);
}

/// The one filter of the second flow, behind one that can be read.
#[track_caller]
fn check_filter(filter: &Value, place: &str, code: &'static str) {
    let good = json!({"by": "country", "values": ["PL"]});
    let rule = json!({"filters": [good, filter]});
    let flows = json!([nothing(1), with(nothing(2), &json!({"rule": rule}))]);
    let all = campaign(json!({"flows": flows}));
    check(&all, &format!("flows[1].rule.filters[1].{place}"), code);
    // The campaign goes on without the flow.
    assert_eq!(compile(&all).snapshot.campaigns[0].flows.len(), 1);
}

#[track_caller]
fn check_value(by: &str, value: &str, code: &'static str) {
    check_filter(
        &json!({"by": by, "values": [null, value]}),
        "values[1]",
        code,
    );
}

#[test]
fn a_value_that_cannot_be_read_is_named() {
    check_value("country", "Poland", "no_country");
    check_value("device", "phon", "not_among");
    check_value("connection", "5g", "not_among");
    check_value("proxy", "maybe", "not_among");
    check_value("bot", "robot", "not_among");
    check_value("asn", "ASx", "no_asn");
    check_value("asn", "4294967296", "no_asn");
    check_value("time_table", "mon 09:00-18:00", "no_hours");
    check_value("dates", "2026-13-01", "no_days");
    check_value("unique", "everywhere", "not_among");
    check_value("clicks_below", "10", "no_limit");
    check_value("clicks_below", "0/day", "no_limit");
    check_value("clicks_below", "-1/day", "no_limit");
    check_value("clicks_below", "10/week", "no_limit");
    check_value("keyword", "/(/", "no_expression");
    check_value("keyword", "", "length");
    check_value("keyword", "  ", "length");
    check_value("keyword", &"x".repeat(501), "length");
}

#[test]
fn a_filter_that_cannot_be_asked_is_named() {
    check_filter(
        &json!({"by": "country", "values": []}),
        "values",
        "no_value",
    );
    let many = vec!["PL"; VALUES_MAX + 1];
    check_filter(
        &json!({"by": "country", "values": many}),
        "values",
        "too_many",
    );
    let two = json!(["campaign", "flow"]);
    check_filter(
        &json!({"by": "unique", "values": two}),
        "values",
        "several_values",
    );
    check_filter(
        &json!({"by": "unique", "values": [null]}),
        "values",
        "several_values",
    );
    let values = json!(["x"]);
    check_filter(
        &json!({"by": "parameter", "values": values}),
        "name",
        "name_missing",
    );
    check_filter(
        &json!({"by": "keyword", "name": "k", "values": values}),
        "name",
        "name_unwanted",
    );
    for name in ["", "0", "31", "x", "+1"] {
        check_filter(
            &json!({"by": "sub", "name": name, "values": values}),
            "name",
            "no_sub",
        );
    }
}

#[test]
fn a_flow_that_leads_nowhere_is_named() {
    let flow = |more: Value| campaign(json!({"flows": [nothing(1), with(nothing(2), &more)]}));
    let action = |action: Value| flow(json!({"action": action}));
    let check_action =
        |of: Value, place: &str, code| check(&action(of), &format!("flows[1].action{place}"), code);
    check_action(json!({"do": "send"}), "", "no_pages");
    check_action(
        json!({"do": "send", "offers": [{"id": 9}]}),
        ".offers[0].id",
        "no_offer",
    );
    check_action(
        json!({"do": "send", "landings": [{"id": 9}]}),
        ".landings[0].id",
        "no_landing",
    );
    let twice = json!({"do": "send", "offers": [{"id": 1}, {"id": 2}, {"id": 1}]});
    check_action(twice, ".offers[2].id", "twice");
    let none = json!({"do": "send", "landings": [{"id": 1}], "offers": [{"id": 1, "weight": 0}]});
    check_action(none, ".offers", "nothing_to_draw");
    let heavy = json!({"do": "send", "offers": [{"id": 1, "weight": 1_000_001}]});
    check_action(heavy, ".offers[0].weight", "weight");
    let many = vec![json!({"id": 1}); SHARES_MAX + 1];
    check_action(json!({"do": "send", "offers": many}), ".offers", "too_many");
    check_action(
        json!({"do": "address", "url": "javascript:1"}),
        ".url",
        "not_a_web_address",
    );
    let long = "x".repeat(HTML_BYTES_MAX + 1);
    check_action(json!({"do": "html", "body": long}), ".body", "long_page");
    check_action(json!({"do": "campaign", "id": 7}), ".id", "no_campaign");
    check_action(json!({"do": "campaign", "id": 1}), ".id", "campaign_circle");
    check(
        &flow(json!({"weight": 1_000_001})),
        "flows[1].weight",
        "weight",
    );
    check(&flow(json!({"id": 1})), "flows[1].id", "same_id");
    let filters = vec![json!({"by": "country", "values": ["PL"]}); FILTERS_MAX + 1];
    let full = flow(json!({"rule": {"filters": filters}}));
    check(&full, "flows[1].rule.filters", "too_many");
    let default = flow(json!({"kind": "default", "rule": super::nobody()}));
    check(&default, "flows[1].rule", "filtered_default");
}

#[test]
fn a_campaign_has_one_default_flow_that_is_on() {
    let default =
        |id: i64, state: &str| with(nothing(id), &json!({"kind": "default", "state": state}));
    let flows = json!([default(1, "off"), default(2, "on"), default(3, "on")]);
    check(
        &campaign(json!({"flows": flows})),
        "flows[2].kind",
        "second_default",
    );
}

#[test]
fn a_campaign_that_cannot_be_used_is_named() {
    let one = |more: Value| campaigns(json!([with(json!({"id": 1, "zone": "UTC"}), &more)]));
    check(&one(json!({"zone": "Mars/Olympus"})), "zone", "no_zone");
    check(&one(json!({"unique_hours": 0})), "unique_hours", "hours");
    let binding = json!({"binding": {"keeps": "flow", "hours": 8_761}});
    check(&one(binding), "binding.hours", "hours");
    let flows: Vec<Value> = (0..=FLOWS_MAX).map(|_| nothing(1)).collect();
    check(&one(json!({"flows": flows})), "flows", "too_many");
    let twice = campaigns(json!([{"id": 1, "zone": "UTC"}, {"id": 1, "zone": "UTC"}]));
    check(&twice, "id", "same_id");
    let many: Vec<Value> = (0..=CAMPAIGNS_MAX)
        .map(|id| json!({"id": id, "zone": "UTC"}))
        .collect();
    check(&campaigns(json!(many)), "campaigns", "too_many");
}

#[test]
fn offers_lead_to_alternatives_without_a_circle() {
    let offers =
        |list: Value| -> Definitions { serde_json::from_value(json!({"offers": list})).unwrap() };
    let offer = |id: i64, alternative: i64| json!({"id": id, "url": "https://a.example/", "alternative": alternative});
    check(&offers(json!([offer(1, 2)])), "alternative", "no_offer");
    let circle = compile(&offers(json!([offer(1, 2), offer(2, 1), offer(3, 4), {
        "id": 4, "url": "https://a.example/",
    }])));
    let about: Vec<_> = circle.defects.iter().map(|defect| defect.about).collect();
    assert_eq!(about, [1, 2].map(|id| About::Offer(base::OfferId(id))));
    assert_eq!(circle.snapshot.offers[2].alternative, Some(3));
    let broken = json!([{"id": 1, "url": "ftp://a.example/"}]);
    check(&offers(broken), "url", "not_a_web_address");
}

#[test]
fn campaigns_lead_on_so_far_and_in_no_circle() {
    let to = |id: i64, next: i64| {
        let action = json!({"do": "campaign", "id": next});
        json!({"id": id, "zone": "UTC", "flows": [{"id": id, "action": action}]})
    };
    let hops = i64::try_from(HOPS_MAX).unwrap();
    let mut row: Vec<Value> = (1..=hops).map(|id| to(id, id + 1)).collect();
    row.push(json!({"id": hops + 1, "zone": "UTC", "flows": [nothing(100)]}));
    let all = campaigns(json!(row));
    assert_eq!(told(&all), []);
    let snapshot = compile(&all).snapshot;
    let decision = route(&snapshot, CampaignId(1), &click(), &NoMemory, Draw(0)).unwrap();
    assert_eq!(decision.steps().last().unwrap().flow, Some(FlowId(100)));
    row.push(to(0, 1));
    check(
        &campaigns(json!(row)),
        "flows[0].action.id",
        "campaign_circle",
    );
    // A flow that is off leads nowhere.
    row.last_mut().unwrap()["flows"][0]["state"] = json!("off");
    assert_eq!(told(&campaigns(json!(row))), []);
    let circle = compile(&campaigns(json!([to(1, 2), to(2, 1)])));
    assert_eq!(circle.defects.len(), 2);
    let text = circle.defects[0].to_string();
    assert!(
        text.starts_with("flows[0].action.id: it leads in a circle"),
        "{text}"
    );
}

#[test]
fn expressions_of_a_workspace_are_bounded_and_equal_ones_are_one() {
    let flow = |id: usize, expression: String| {
        let rule = json!({"filters": [{"by": "keyword", "values": [expression]}]});
        json!({"id": id, "rule": rule, "action": {"do": "nothing"}})
    };
    let of_campaign = |campaign: usize, flow: &dyn Fn(usize) -> Value| {
        let first = campaign * FLOWS_MAX;
        let flows: Vec<Value> = (first..first + FLOWS_MAX).map(flow).collect();
        json!({"id": campaign, "zone": "UTC", "flows": flows})
    };
    let all = |flow: &dyn Fn(usize) -> Value| {
        let list: Vec<Value> = (0..3).map(|id| of_campaign(id, flow)).collect();
        told(&campaigns(json!(list)))
    };
    assert_eq!(all(&|id| flow(id, "/^same$/".to_owned())), []);
    let many = all(&|id| flow(id, format!("/^{id}$/")));
    assert_eq!(many.len(), 3 * FLOWS_MAX - EXPRESSIONS_MAX);
    let place = "flows[100].rule.filters[0].values[0]".to_owned();
    assert_eq!(many[0], (place, "too_many_expressions"));
}

#[test]
fn fields_that_are_none_are_refused() {
    for wrong in [
        json!({"campaign": []}),
        json!({"campaigns": [{"id": 1, "zone": "UTC", "flow": []}]}),
        json!({"campaigns": [{"id": 1, "zone": "UTC", "flows": [{
            "id": 1, "action": {"do": "nothing", "url": "https://a.example/"},
        }]}]}),
        json!({"campaigns": [{"id": 1, "zone": "UTC", "flows": [{
            "id": 1, "action": {"do": "proxy", "url": "https://a.example/"},
        }]}]}),
    ] {
        assert!(
            serde_json::from_value::<Definitions>(wrong.clone()).is_err(),
            "{wrong}"
        );
    }
}

/// Definitions in which some text, number or reference is another one.
fn damaged() -> impl Strategy<Value = Definitions> {
    let subjects = [
        Subject::Country,
        Subject::Asn,
        Subject::TimeTable,
        Subject::Dates,
        Subject::ClicksBelow,
        Subject::Unique,
        Subject::Sub,
        Subject::Keyword,
        Subject::Bot,
    ];
    let value = prop_oneof![
        any::<String>(),
        "[-0-9.:/,a-z* ]{0,20}",
        "/[()|*+?\\\\a-z\\[\\]{}0-9]{0,12}/",
        "[1-7]-[1-7] [0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]",
    ];
    let values = prop::collection::vec(prop::option::of(value), 0..3);
    let filter = (select(subjects.to_vec()), "[0-9a-z]{0,2}", values);
    let filter = filter.prop_map(|(by, name, values)| Filter {
        by,
        name,
        op: Op::IsNot,
        values,
    });
    let change = (any::<u8>(), any::<u8>(), filter, -1_i64..8, any::<String>());
    (made::definitions(), prop::collection::vec(change, 1..6)).prop_map(|(mut all, changes)| {
        for (kind, at, filter, id, text) in changes {
            let campaign = usize::from(at) % all.campaigns.len();
            let campaign = &mut all.campaigns[campaign];
            let count = campaign.flows.len().max(1);
            let flow = campaign.flows.get_mut(usize::from(at / 8) % count);
            match (kind % 8, flow) {
                (0..=2, Some(flow)) => flow.rule.filters.push(filter),
                (3, Some(flow)) => flow.action = Action::Campaign { id: CampaignId(id) },
                (4, Some(flow)) => flow.id = FlowId(id),
                (5, _) => campaign.zone = text,
                (6, _) => all.offers[0].alternative = Some(base::OfferId(id)),
                _ => all.landings[0].url = text,
            }
        }
        all
    })
}

/// Whether the place is one of the definition.
fn leads_to_something(place: &str, definition: &Value) -> bool {
    let mut at = definition;
    for part in place.split(['.', '[']) {
        let next = match part.strip_suffix(']') {
            Some(index) => at.get(index.parse::<usize>().unwrap()),
            // A name that is missing is not written.
            None if part == "name" => return true,
            None => at.get(part),
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}

proptest! {
    #[test]
    fn whatever_is_defined_each_defect_has_its_place_and_the_rest_is_routed(
        all in damaged(),
        made in made::clicks(),
        seed: u64,
    ) {
        let compiled = compile(&all);
        for defect in &compiled.defects {
            let definition = match defect.about {
                About::All => serde_json::to_value(&all),
                About::Campaign(id) => {
                    serde_json::to_value(all.campaigns.iter().find(|one| one.id == id))
                }
                About::Landing(id) => {
                    serde_json::to_value(all.landings.iter().find(|one| one.id == id))
                }
                About::Offer(id) => {
                    serde_json::to_value(all.offers.iter().find(|one| one.id == id))
                }
            };
            let is_there = leads_to_something(&defect.place, &definition.unwrap());
            prop_assert!(is_there, "{}", defect);
            prop_assert!(!defect.flaw.code().is_empty());
        }
        let clicks = [made.click(), Click::unknown(UnixMillis(i64::MIN))];
        for campaign in &all.campaigns {
            for click in clicks {
                let way = route(&compiled.snapshot, campaign.id, &click, &NoMemory, Draw(seed));
                prop_assert_eq!(way.is_some(), compiled.snapshot.has(campaign.id));
            }
        }
    }

    #[test]
    fn definitions_are_read_as_they_are_written(all in made::definitions()) {
        let text = serde_json::to_string(&all).unwrap();
        prop_assert_eq!(serde_json::from_str::<Definitions>(&text).unwrap(), all);
    }
}
