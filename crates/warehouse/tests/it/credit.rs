//! Credit of outcomes, also when history arrives late.

use base::{Outcome, WorkspaceId};

use crate::facts::{House, WORKSPACE, landing, of_hit, of_outcome, outcome, traffic};

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
