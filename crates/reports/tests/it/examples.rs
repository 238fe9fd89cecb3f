//! The worked examples of the field, from facts to table.

use base::{HitKind, Outcome, OutcomeKind};
use serde_json::json;

use crate::world::{
    UNIT, World, at, cost, day, landing, lead, lines, of_cost, of_hit, of_outcome, traffic,
};

/// Campaigns with clicks, price of a click and leads.
const CAMPAIGNS: [(&str, u64, i64, u64); 3] = [
    ("Sunglasses", 100, 150, 9),
    ("Lenses", 300, 45, 16),
    ("Diamond glasses", 50, 600, 11),
];

fn shop(clicks_are_reported: bool) -> World {
    let world = World::new();
    let mut facts = Vec::new();
    let mut id = 0;
    let noon = at("2026-03-10T12:00:00Z");
    for (campaign, clicks, price, leads) in CAMPAIGNS {
        let tuple = traffic("google", campaign);
        let count = i64::try_from(clicks).unwrap();
        let reported = if clicks_are_reported { count } else { 0 };
        facts.push(of_cost(cost(
            id,
            day("2026-03-10"),
            &tuple,
            reported,
            count * price,
        )));
        for visitor in 0..clicks {
            id += 1;
            let number = u64::try_from(id).unwrap();
            facts.push(of_hit(landing(id, HitKind::Click, number, noon, &tuple)));
            if visitor < leads {
                let outcome = lead(1_000_000 + id, Some(number), noon.plus_ms(60_000));
                facts.push(of_outcome(Outcome {
                    qualified: 1,
                    ..outcome
                }));
            }
        }
        id += 1;
    }
    world.load(facts);
    world
}

#[test]
fn three_campaigns_of_an_optics_shop_come_out_exactly() {
    for world in [shop(true), shop(false)] {
        let report = world.ask(json!({
            "metrics": ["clicks", "cost", "leads", "cpl", "cr_click_lead", "cr_visit_lead", "cpc"],
            "dimensions": ["campaign"],
            "period": {"from": "2026-03-01", "to": "2026-03-31"},
        }));
        assert_eq!(
            lines(&report),
            [
                "lenses | 300 13500.00 16 843.75 5.33 5.33 45.00",
                "sunglasses | 100 15000.00 9 1666.67 9.00 9.00 150.00",
                "diamond glasses | 50 30000.00 11 2727.27 22.00 22.00 600.00",
            ]
        );
        let totals: Vec<_> = report
            .totals
            .unwrap()
            .into_iter()
            .map(|cell| cell.value.unwrap())
            .collect();
        assert_eq!(
            totals,
            ["450", "58500.00", "36", "1625.00", "8.00", "8.00", "130.00"]
        );
    }
}

#[test]
fn a_lead_that_is_qualified_later_counts_on_its_own_day() {
    let world = World::new();
    let october = at("2025-10-10T12:00:00Z");
    let found_good = Outcome {
        kind: OutcomeKind::LeadStatus,
        at: at("2025-11-22T12:00:00Z"),
        leads: 0,
        qualified: 1,
        ..lead(2, None, october)
    };
    let spend = cost(3, day("2025-10-10"), &traffic("google", "A"), 1, 90);
    let outcomes = [lead(1, None, october), found_good].map(of_outcome);
    world.load(outcomes.into_iter().chain([of_cost(spend)]).collect());
    for basis in ["visit", "creation", "payment"] {
        let ask = |from: &str, to: &str| {
            world.lines(json!({
                "metrics": ["leads", "qualified_leads", "qualified_rate", "cpql"],
                "period": {"from": from, "to": to},
                "date_basis": basis,
            }))
        };
        assert_eq!(ask("2025-10-01", "2025-10-31"), [" | 1 1 100.00 90.00"]);
        assert_eq!(ask("2025-11-01", "2025-11-30"), [" | 0 0 - -"]);
    }
}

#[test]
fn the_margin_plan_comes_out_exactly() {
    let world = World::new();
    let tuple = traffic("google", "plan");
    let noon = at("2026-03-10T12:00:00Z");
    let mut facts = vec![of_cost(cost(1, day("2026-03-10"), &tuple, 100, 2_500))];
    for number in 1..=10_u64 {
        facts.push(of_hit(landing(
            u128::from(number),
            HitKind::PageView,
            number,
            noon,
            &tuple,
        )));
        facts.push(of_outcome(lead(
            100 + u128::from(number),
            Some(number),
            noon,
        )));
    }
    facts.push(of_outcome(Outcome {
        leads: 0,
        sales: 1,
        customers: 1,
        revenue_micros: 8_000 * UNIT,
        cost_of_goods_micros: 3_000 * UNIT,
        ..lead(200, Some(1), noon.plus_ms(1))
    }));
    world.load(facts);
    let lines = world.lines(json!({
        "metrics": ["aov", "gross_profit", "cr_lead_sale", "cpl", "romi", "ad_cost_share", "cac",
                    "ltv_30", "payback"],
        "period": {"from": "2026-03-01", "to": "2026-03-31"},
    }));
    assert_eq!(
        lines,
        [" | 8000.00 5000.00 10.00 250.00 100.00 31.25 2500.00 5000.00 30"]
    );
}

#[test]
fn ten_thousand_for_a_hundred_leads_is_a_hundred_a_lead() {
    let world = World::new();
    let tuple = traffic("google", "c");
    let mut facts = vec![of_cost(cost(1, day("2026-03-10"), &tuple, 0, 10_000))];
    facts.extend((1..=100).map(|id| {
        let declared = Some(Box::new(tuple.clone()));
        of_outcome(Outcome {
            declared,
            ..lead(id, None, at("2026-03-10T12:00:00Z"))
        })
    }));
    world.load(facts);
    let lines = world.lines(json!({
        "metrics": ["cpl"], "dimensions": ["channel", "campaign"],
        "period": {"from": "2026-03-10", "to": "2026-03-10"},
    }));
    assert_eq!(lines, ["1 c | 100.00"]);
}
