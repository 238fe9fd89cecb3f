//! What holds for every click, and that a second way of routing gives the same answers.

use base::{CampaignId, FlowId};
use proptest::prelude::*;

use super::made;
use super::past::{Asked, Past};
use super::twin::{self, End, Way};
use crate::routing::{
    Click, Compiled, Decision, Definitions, Draw, Event, Fate, FlowVerdict, HOPS_MAX, NoMemory, Op,
    Outcome, Rule, Snapshot, compile, route, trace,
};

fn snapshot_of(definitions: &Definitions) -> Snapshot {
    let Compiled { snapshot, defects } = compile(definitions);
    assert_eq!(defects, []);
    snapshot
}

fn way_of(decision: &Decision<'_>) -> Way {
    Way {
        steps: decision.steps().collect(),
        end: End::from(decision.outcome),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_second_way_of_routing_gives_the_same(
        definitions in made::definitions(),
        click in made::clicks(),
        past in made::pasts(),
        seed: u64,
    ) {
        let snapshot = snapshot_of(&definitions);
        for campaign in (0..=made::CAMPAIGNS).map(CampaignId) {
            let routed = route(&snapshot, campaign, &click.click(), &past, Draw(seed));
            let wanted = twin::way(&definitions, campaign, &click.click(), &past, Draw(seed));
            prop_assert_eq!(routed.as_ref().map(way_of), wanted);
        }
    }

    #[test]
    fn a_trace_tells_the_way_that_is_gone(
        definitions in made::definitions(),
        click in made::clicks(),
        past in made::pasts(),
        seed: u64,
    ) {
        let snapshot = snapshot_of(&definitions);
        let first = CampaignId(0);
        let routed = route(&snapshot, first, &click.click(), &past, Draw(seed)).unwrap();
        let traced = trace(&snapshot, first, &click.click(), &past, Draw(seed)).unwrap();
        prop_assert_eq!(&traced.decision, &routed);
        prop_assert_eq!(traced.hops.len(), routed.steps().count());
        for (hop, step) in traced.hops.iter().zip(routed.steps()) {
            prop_assert_eq!(hop.campaign, step.campaign);
            let mut taken = None;
            for event in &hop.events {
                let Event::Tried { flow, fate, .. } = *event else { continue };
                let verdict = hop.verdicts.iter().find(|verdict| verdict.flow == flow).unwrap();
                prop_assert_eq!(verdict.passes, fate != Fate::RuleFailed);
                prop_assert_eq!(taken, None, "nobody has a turn after the one who takes");
                taken = (fate == Fate::Taken).then_some(flow);
            }
            prop_assert_eq!(taken, step.flow);
            for verdict in &hop.verdicts {
                check_joint(&definitions, verdict);
            }
        }
    }

    #[test]
    fn a_place_is_taken_once_and_for_the_offer_that_is_shown(
        definitions in made::definitions(),
        click in made::clicks(),
        past in made::pasts(),
        seed: u64,
    ) {
        let snapshot = snapshot_of(&definitions);
        let routed = route(&snapshot, CampaignId(0), &click.click(), &past, Draw(seed)).unwrap();
        let asked = past.asked.into_inner();
        let mut taken = Vec::new();
        for one in asked {
            if let Asked::Place(offer, true) = one {
                taken.push(offer);
            }
        }
        prop_assert!(taken.len() <= 1);
        if let Some(taken) = taken.first() {
            let is_shown =
                matches!(routed.outcome, Outcome::Send { offer, .. } if offer == Some(*taken));
            prop_assert!(is_shown, "{:?}", routed.outcome);
        }
    }

    #[test]
    fn is_not_holds_exactly_where_is_does_not(
        filter in made::filter(),
        click in made::clicks(),
        past in made::pasts(),
    ) {
        let passes = |op| {
            let mut filter = filter.clone();
            filter.op = op;
            verdict(Rule { filters: vec![filter], ..Rule::default() }, &click.click(), &past)
        };
        let (is, is_not) = (passes(Op::Is), passes(Op::IsNot));
        prop_assert_ne!(is.passes, is_not.passes);
        prop_assert_eq!(&is.filters[0].seen, &is_not.filters[0].seen);
        // What is unknown is one of the values only where unknown is named.
        if is.filters[0].seen.is_none() {
            prop_assert_eq!(is.passes, filter.values.contains(&None));
        }
    }

    #[test]
    fn whoever_is_bound_as_told_comes_to_the_same_place(
        definitions in made::definitions(),
        click in made::clicks(),
        seeds: (u64, u64),
    ) {
        let snapshot = snapshot_of(&definitions);
        let mut past = Past::default();
        let go = |past: &Past, seed| {
            route(&snapshot, CampaignId(0), &click.click(), past, Draw(seed)).unwrap()
        };
        let first = go(&past, seeds.0);
        for step in first.steps() {
            past.bound.extend(step.bind.map(|bind| (step.campaign, bind)));
        }
        let again = go(&past, seeds.1);
        for (step, back) in first.steps().zip(again.steps()) {
            if step.bind.is_none() {
                break;
            }
            prop_assert_eq!(step.flow, back.flow);
            prop_assert_eq!(back.bind, None);
        }
    }
}

/// The verdict of a rule on a click.
pub(super) fn verdict(rule: Rule, click: &Click<'_>, past: &Past) -> FlowVerdict {
    let definitions = super::one_flow(rule);
    let snapshot = snapshot_of(&definitions);
    let mut traced = trace(&snapshot, CampaignId(1), click, past, Draw(0)).unwrap();
    traced.hops.remove(0).verdicts.remove(0)
}

fn check_joint(definitions: &Definitions, verdict: &FlowVerdict) {
    let flows = definitions.campaigns.iter().flat_map(|one| &one.flows);
    let rule = &flows
        .clone()
        .find(|flow| flow.id == verdict.flow)
        .unwrap()
        .rule;
    assert_eq!(rule.filters.len(), verdict.filters.len());
    for (filter, verdict) in rule.filters.iter().zip(&verdict.filters) {
        assert_eq!(filter.by, verdict.by);
    }
    let mut held = verdict.filters.iter().map(|filter| filter.holds);
    let passes = match rule.joint {
        crate::routing::Joint::All => held.all(|holds| holds),
        crate::routing::Joint::Any => verdict.filters.is_empty() || held.any(|holds| holds),
    };
    assert_eq!(passes, verdict.passes);
}

#[test]
fn flows_get_the_shares_of_their_weights() {
    let definitions = super::weighted(&[(1, 50), (2, 30), (3, 20), (4, 0)]);
    let snapshot = snapshot_of(&definitions);
    let click = Click::unknown(base::UnixMillis(0));
    let mut counts = [0_u32; 5];
    for seed in 0..10_000 {
        let decision = route(&snapshot, CampaignId(1), &click, &NoMemory, Draw(seed)).unwrap();
        let FlowId(flow) = decision.steps().next().unwrap().flow.unwrap();
        counts[usize::try_from(flow).unwrap()] += 1;
        assert!(decision.steps().count() <= HOPS_MAX + 1);
    }
    // Four deviations of so many draws at most.
    for (count, wanted) in counts.into_iter().zip([0_u32, 5_000, 3_000, 2_000, 0]) {
        assert!(count.abs_diff(wanted) <= 200, "{counts:?}");
    }
    assert_eq!(counts[4], 0);
}
