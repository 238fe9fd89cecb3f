//! The rows behind a number: how many there are, both sides of a ratio, and only what is left.

use base::{CostFact, LeadId, Outcome};
use reports::{Behind, BehindKind, BehindPart, BehindRequest, behind};
use serde_json::{Value, json};
use warehouse::Limits;

use crate::world::{UNIT, World, at, cost, day, lead, of_cost, of_outcome, traffic};

fn open(world: &World, mut asked: Value) -> Behind {
    let question = asked.as_object_mut().unwrap();
    question.insert("metrics".into(), json!(["cost"]));
    let month = json!({"from": "2026-03-01", "to": "2026-03-31"});
    question.insert("period".into(), month);
    let request = BehindRequest::from_json(asked).unwrap();
    let limits = Limits::default();
    behind(&world.warehouse, &request, &world.context, limits).unwrap()
}

fn values(page: &Behind) -> Vec<&str> {
    let last = page.rows.iter().map(|row| row.last().unwrap());
    last.map(|value| value.as_deref().unwrap()).collect()
}

/// Two paid orders, and spend of three days.
fn shop() -> World {
    let world = World::new();
    let tuple = traffic("google", "A");
    let paid = |id: u8, revenue: i64| {
        of_outcome(Outcome {
            lead: Some(LeadId(id.into())),
            leads: 0,
            sales: 1,
            revenue_micros: revenue * UNIT,
            cost_of_goods_micros: UNIT,
            ..lead(
                id.into(),
                None,
                at("2026-03-10T12:00:00Z").plus_ms(id.into()),
            )
        })
    };
    world.load(vec![
        paid(1, 300),
        paid(2, 200),
        of_cost(cost(11, day("2026-03-01"), &tuple, 4, 10)),
        of_cost(cost(12, day("2026-03-02"), &tuple, 4, 20)),
        of_cost(cost(13, day("2026-03-03"), &tuple, 4, 30)),
    ]);
    world
}

#[test]
fn a_page_says_how_many_rows_there_are_in_all() {
    let world = shop();
    let page = open(&world, json!({"metric": "cost", "rows_limit": 2}));
    assert_eq!((page.rows.len(), page.rows_total), (2, 3));
    let next = json!({"metric": "cost", "rows_limit": 2, "cursor": page.next_cursor});
    let page = open(&world, next);
    assert_eq!((page.rows.len(), page.rows_total), (1, 3));
}

#[test]
fn a_ratio_opens_above_and_below_its_line() {
    let world = shop();
    let above = open(&world, json!({"metric": "romi"}));
    assert_eq!(above.kind, BehindKind::Payments);
    assert_eq!(values(&above), ["199.00", "299.00"]);
    let sides: Vec<_> = above
        .sides
        .iter()
        .map(|side| (side.part, side.kind))
        .collect();
    assert_eq!(
        sides,
        [
            (BehindPart::Numerator, BehindKind::Payments),
            (BehindPart::Denominator, BehindKind::Costs),
        ]
    );
    let below = open(&world, json!({"metric": "romi", "part": "denominator"}));
    assert_eq!(below.kind, BehindKind::Costs);
    assert_eq!(values(&below), ["30.00", "20.00", "10.00"]);
    let value = below.columns.last().unwrap();
    assert_eq!((value.title, value.unit), ("Amount", "money"));
}

#[test]
fn a_page_tells_the_ids_it_speaks_of() {
    let page = open(&shop(), json!({"metric": "sales"}));
    assert_eq!(values(&page), ["1", "1"]);
    assert_eq!(page.ids("lead"), [2, 1]);
    assert_eq!(page.ids("nothing"), [0; 0]);
}

#[test]
fn a_sum_has_nothing_below_a_line() {
    let world = shop();
    assert_eq!(open(&world, json!({"metric": "cost"})).sides.len(), 1);
    let request = BehindRequest::from_json(json!({
        "metrics": ["cost"], "period": {"from": "2026-03-01", "to": "2026-03-31"},
        "metric": "cost", "part": "denominator",
    }))
    .unwrap();
    let refused = behind(
        &world.warehouse,
        &request,
        &world.context,
        Limits::default(),
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "part: the metric is no ratio"
    );
}

#[test]
fn what_was_taken_back_is_no_row() {
    let world = shop();
    let tuple = traffic("google", "A");
    let undone = |id: u128, sign: i64| {
        of_cost(CostFact {
            import: base::ImportId(7),
            ..cost(id, day("2026-03-02"), &tuple, sign, sign * 55)
        })
    };
    let cancelled = |id: u128, sign: i32| {
        of_outcome(Outcome {
            leads: sign,
            lead: Some(LeadId(9)),
            ..lead(id, None, at("2026-03-05T12:00:00Z"))
        })
    };
    world.load(vec![undone(21, 1), undone(22, -1)]);
    world.load(vec![cancelled(31, 1), cancelled(32, -1)]);
    let costs = open(&world, json!({"metric": "cost"}));
    assert_eq!(values(&costs), ["30.00", "20.00", "10.00"]);
    assert_eq!(costs.rows_total, 3);
    let leads = open(&world, json!({"metric": "leads"}));
    assert_eq!((values(&leads).len(), leads.rows_total), (0, 0));
}

#[test]
fn a_corrected_cost_is_one_row_an_import() {
    let world = shop();
    let tuple = traffic("google", "A");
    let said = |id: u128, import: i64, amount: i64| {
        of_cost(CostFact {
            import: base::ImportId(import),
            ..cost(id, day("2026-03-04"), &tuple, 1, amount)
        })
    };
    world.load(vec![said(21, 7, 55), said(22, 8, -5), said(23, 7, 1)]);
    let costs = open(&world, json!({"metric": "cost", "rows_limit": 2}));
    let mut shown = values(&costs);
    shown.sort_unstable();
    assert_eq!(shown, ["-5.00", "56.00"]);
    let spent = costs.columns.iter().position(|column| column.key == "cost");
    let mut amounts: Vec<_> = costs
        .rows
        .iter()
        .map(|row| row[spent.unwrap()].clone())
        .collect();
    amounts.sort();
    assert_eq!(amounts, [Some("-5.00".into()), Some("56.00".into())]);
}
