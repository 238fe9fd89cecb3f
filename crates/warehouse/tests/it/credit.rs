//! Credit of outcomes, also when history arrives late.

use base::{Fact, Outcome, Traffic, VisitorId, WorkspaceId};
use proptest::collection::vec;
use proptest::prelude::*;
use warehouse::{Batch, Label, Labeller};

use crate::facts::{House, WORKSPACE, label, landing, of_hit, of_outcome, outcome, traffic};

fn credited(house: &House, model: &str) -> Vec<String> {
    house.texts(&format!(
        "select t.source, c.touch_at_ms, c.share_micros from credited as c \
         left join traffic as t using (workspace, traffic) \
         where model = '{model}' order by id_lo"
    ))
}

#[test]
fn a_new_outcome_is_credited_to_the_touches_before_it() {
    let house = House::new();
    house.load(vec![
        of_hit(landing(1, 1, 10, "ads")),
        of_hit(landing(2, 1, 20, "")),
        of_outcome(outcome(1, Some(1), 25)),
        of_hit(landing(3, 1, 30, "mail")),
    ]);
    assert_eq!(credited(&house, "first"), ["ads 10 1000000"]);
    assert_eq!(credited(&house, "last"), [" 20 1000000"]);
    assert_eq!(credited(&house, "last_non_direct"), ["ads 10 1000000"]);
}

#[test]
fn without_touches_the_declared_source_is_credited() {
    let house = House::new();
    let declared = Some(Box::new(traffic("radio")));
    house.load(vec![
        of_outcome(Outcome {
            declared,
            ..outcome(1, None, 25)
        }),
        of_outcome(outcome(2, Some(9), 26)),
    ]);
    assert_eq!(
        credited(&house, "last"),
        ["radio 25 1000000", "null 26 1000000"]
    );
}

#[test]
fn earlier_touches_that_arrive_late_change_the_credit() {
    let house = House::new();
    house.load(vec![
        of_outcome(outcome(1, Some(1), 25)),
        of_outcome(outcome(2, Some(2), 25)),
    ]);
    let loaded = house.load(vec![
        of_hit(landing(1, 1, 10, "ads")),
        of_hit(landing(2, 2, 40, "x")),
    ]);
    assert_eq!(loaded.recredited, 1);
    assert_eq!(
        credited(&house, "first"),
        ["ads 10 1000000", "null 25 1000000"]
    );
    assert_eq!(house.numbers("select count(*) from credited"), [6]);
}

#[test]
fn a_machine_earns_no_credit() {
    let house = House::new();
    let bot = base::Hit {
        bot: Some(base::BotReason::UserAgent),
        ..landing(1, 1, 10, "ads")
    };
    house.load(vec![of_hit(bot), of_outcome(outcome(1, Some(1), 25))]);
    assert_eq!(credited(&house, "first"), ["null 25 1000000"]);
}

#[test]
fn workspaces_share_no_touches() {
    let house = House::new();
    let other = Outcome {
        workspace: WorkspaceId(WORKSPACE.0 + 1),
        ..outcome(1, Some(1), 25)
    };
    house.load(vec![of_hit(landing(1, 1, 10, "ads")), of_outcome(other)]);
    assert_eq!(credited(&house, "first"), ["null 25 1000000"]);
}

/// Visitors of the workspace are under small numbers where the past knows them.
struct WithPast;

const REAL: u64 = u64::MAX - 100;

impl Labeller for WithPast {
    fn label(&self, workspace: WorkspaceId, traffic: &Traffic) -> Label {
        label(workspace, traffic)
    }

    fn has_formers(&self, workspace: WorkspaceId) -> bool {
        workspace == WORKSPACE
    }

    fn former(&self, _: WorkspaceId, visitor: VisitorId) -> Option<VisitorId> {
        visitor.0.checked_sub(REAL).map(|n| VisitorId(n + 1))
    }
}

fn credits_of(loads: &[Vec<Fact>]) -> Vec<String> {
    let house = House::new();
    for facts in loads {
        let batch = Batch {
            facts: facts.clone(),
            ..Batch::default()
        };
        house.warehouse.load(&batch, &WithPast).unwrap();
    }
    house.texts(
        "select id_lo, model, t.source, c.touch_at_ms, c.share_micros from credited as c \
         left join traffic as t using (workspace, traffic) order by all",
    )
}

#[test]
fn a_late_touch_under_a_pseudonym_changes_the_credit_of_whoever_it_was() {
    let touch = of_hit(landing(1, 3, 10, "ads"));
    let others = of_hit(landing(2, 4, 12, "mail"));
    let sale = of_outcome(outcome(1, Some(REAL + 2), 25));
    let early = credits_of(&[vec![touch.clone(), others.clone()], vec![sale.clone()]]);
    assert!(early.iter().any(|row| row.contains("ads 10")), "{early:?}");
    assert_eq!(credits_of(&[vec![sale], vec![others], vec![touch]]), early);
}

/// A touch of one of three visitors, under their number or that of the past, or an outcome.
fn any_fact(id: u128) -> impl Strategy<Value = Fact> {
    (0..3_u64, 0..3_u8, 1..60_i64).prop_map(move |(who, what, at)| match what {
        0 => of_outcome(outcome(id, Some(REAL + who), at)),
        1 => of_hit(landing(
            id,
            REAL + who,
            at,
            ["ads", "mail", ""][usize::from(at % 3 == 0)],
        )),
        _ => of_hit(landing(
            id,
            who + 1,
            at,
            ["radio", "seo"][usize::from(at % 2 == 0)],
        )),
    })
}

/// Facts with the load that each comes in.
fn any_facts() -> impl Strategy<Value = Vec<(Fact, usize)>> {
    (4..12_usize).prop_flat_map(|count| {
        let facts: Vec<_> = (1_u128..).take(count).map(any_fact).collect();
        let loads = vec(0..4_usize, count);
        (facts, loads).prop_map(|(facts, loads)| facts.into_iter().zip(loads).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn credit_does_not_depend_on_the_order_of_loading(facts in any_facts()) {
        let at_once: Vec<Fact> = facts.iter().map(|(fact, _)| fact.clone()).collect();
        let mut loads = vec![Vec::new(); 4];
        for (fact, load) in facts {
            loads[load].push(fact);
        }
        prop_assert_eq!(credits_of(&loads), credits_of(&[at_once]));
    }
}
