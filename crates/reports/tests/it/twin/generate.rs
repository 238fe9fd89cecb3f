//! Random facts of a few days around a clock change.

use base::{
    BotReason, ChannelId, CostFact, Country, DealId, Device, Fact, Hit, HitKind, LeadId, LeadState,
    Money, Outcome, OutcomeKind, SaidCost, Traffic, UnixMillis, VisitId,
};

use crate::world::{
    UNIT, WORKSPACE, at, cost, day, landing, lead, of_cost, of_hit, of_outcome, traffic,
};

/// A small deterministic source of numbers.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, count: i64) -> bool {
        self.below(count) == 0
    }
}

fn tuple(dice: &mut Dice) -> Traffic {
    let choices = [
        ("google", "A"),
        ("google", "B"),
        ("mail", "Big"),
        ("", ""),
        ("news", "a"),
        ("google", ""),
    ];
    let (source, campaign) = choices[usize::try_from(dice.below(6)).unwrap()];
    traffic(source, campaign)
}

fn moment(dice: &mut Dice) -> UnixMillis {
    // Coarse, so that equal times happen.
    at("2026-03-27T20:00:00Z").plus_ms(dice.below(4 * 24 * 12) * 300_000)
}

pub(crate) fn facts(seed: u64) -> Vec<Fact> {
    let mut dice = Dice(seed);
    let mut facts = Vec::new();
    for id in 1..=60 {
        visit(&mut dice, id, &mut facts);
    }
    for id in 1..=40 {
        facts.push(of_outcome(outcome(&mut dice, 10_000 + id)));
    }
    for id in 1..=25 {
        let cost = spend(&mut dice, 20_000 + id);
        let is_unclicked = dice.one_in(4);
        let cost = match is_unclicked {
            true => CostFact { clicks: 0, ..cost },
            false => cost,
        };
        facts.push(match (is_unclicked, id % 3) {
            (_, 0) => said(cost, is_unclicked),
            (true, _) => Fact::UnclickedCost(Box::new(cost)),
            (false, _) => of_cost(cost),
        });
    }
    for id in 1..=30 {
        facts.push(Fact::LeadState(Box::new(lead_state(&mut dice, id))));
    }
    facts
}

/// The same cost with what its platform says that it brought, corrections too.
fn said(cost: CostFact, is_unclicked: bool) -> Fact {
    let sign = if cost.cost_micros % 7 == 0 { -1 } else { 1 };
    Fact::SaidCost(Box::new(SaidCost {
        conversions_micros: sign * (cost.cost_micros / 300 + 123_457),
        value_micros: sign * (cost.cost_micros * 3 + 5),
        is_unclicked,
        cost,
    }))
}

/// A version of one of the leads that outcomes name; some of these have none.
fn lead_state(dice: &mut Dice, version: i64) -> LeadState {
    let statuses = ["new", "working", "qualified", "spam"];
    LeadState {
        id: base::FactId(30_000 + u128::try_from(version).unwrap()),
        workspace: WORKSPACE,
        lead: LeadId(dice.below(15)),
        version,
        recorded: at("2026-03-29T12:00:00Z").plus_ms(dice.below(4) * 86_400_000),
        status: statuses[usize::try_from(dice.below(4)).unwrap()].into(),
    }
}

fn visit(dice: &mut Dice, id: u128, facts: &mut Vec<Fact>) {
    let kind = if dice.one_in(3) {
        HitKind::PageView
    } else {
        HitKind::Click
    };
    let visitor = u64::try_from(dice.below(12) + 1).unwrap();
    let tuple = tuple(dice);
    let mut first = landing(id, kind, visitor, moment(dice), &tuple);
    first.delay_ms = dice.below(4) * 86_400_000;
    first.seq = u32::try_from(id).unwrap();
    first.page.path = ["/", "/a", "/b"][usize::try_from(dice.below(3)).unwrap()].into();
    first.country = Country::from_code(["PL", "DE", ""][usize::try_from(dice.below(3)).unwrap()]);
    first.agent.device = [Device::Phone, Device::Desktop][usize::try_from(dice.below(2)).unwrap()];
    first.bot = dice.one_in(8).then_some(BotReason::UserAgent);
    first.scroll_percent = u8::try_from(dice.below(3) * 30).unwrap();
    facts.push(of_hit(first.clone()));
    if dice.one_in(2) {
        let kinds = [
            HitKind::PageView,
            HitKind::Event,
            HitKind::FormSubmit,
            HitKind::Revenue,
            HitKind::Outbound,
            HitKind::Download,
        ];
        let currency = ["PLN", "EUR", "PLN"][usize::try_from(dice.below(3)).unwrap()];
        let after_ms = dice.below(40) * 60_000;
        facts.push(of_hit(Hit {
            id: base::HitId::Stamped(u16::try_from(1_000 + id).unwrap()),
            kind: kinds[usize::try_from(dice.below(6)).unwrap()],
            at: first.at.plus_ms(after_ms),
            visit_age_ms: after_ms,
            seq: first.seq + 1000,
            visits: 0,
            bounces: -1,
            touch: None,
            engaged_ms: u32::try_from(dice.below(90_000)).unwrap(),
            revenue: dice
                .one_in(3)
                .then(|| Money::new(dice.below(9_000) * UNIT, currency.parse().unwrap())),
            scroll_percent: u8::try_from(dice.below(5) * 25).unwrap(),
            name: ["Order", "Call \"me\"", "", "Search"][usize::try_from(dice.below(4)).unwrap()]
                .into(),
            properties: properties(dice),
            page: base::Page {
                path: ["/second", "/", "/a"][usize::try_from(dice.below(3)).unwrap()].into(),
                ..first.page.clone()
            },
            ..first
        }));
    }
}

fn properties(dice: &mut Dice) -> Vec<(String, String)> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let size = ("size".to_owned(), "XL, \"wide\"".to_owned());
    let plan = ["pro", "basic", ""][usize::try_from(dice.below(3)).unwrap()];
    let plan = ("plan".to_owned(), plan.to_owned());
    let choices = [
        vec![],
        vec![size.clone()],
        vec![size, plan.clone()],
        vec![plan],
        vec![pair("search_term", "Lens Ć"), pair("results", "0")],
        vec![pair("results", "3"), pair("query", "lens ć")],
    ];
    choices[usize::try_from(dice.below(6)).unwrap()].clone()
}

fn outcome(dice: &mut Dice, id: u128) -> Outcome {
    let visitor = (!dice.one_in(5)).then(|| u64::try_from(dice.below(12) + 1).unwrap());
    let created = moment(dice);
    let is_sale = dice.one_in(3);
    let revenue = if is_sale {
        dice.below(9_000) * UNIT + 330_000
    } else {
        0
    };
    let refund = if dice.one_in(10) {
        dice.below(500) * UNIT
    } else {
        0
    };
    let is_status = !is_sale && dice.one_in(3);
    let happened = if is_sale || is_status {
        created.plus_ms(dice.below(40) * 86_400_000)
    } else {
        created
    };
    let declared = dice.one_in(3).then(|| Box::new(tuple(dice)));
    Outcome {
        at: happened,
        created,
        recorded: created.plus_ms(dice.below(4) * 86_400_000),
        declared,
        visit: dice
            .one_in(2)
            .then(|| VisitId(u64::try_from(dice.below(70) + 1).unwrap())),
        lead: dice.one_in(2).then(|| LeadId(dice.below(20))),
        deal: dice.one_in(2).then(|| DealId(dice.below(20))),
        kind: match is_status {
            true => OutcomeKind::LeadStatus,
            false => OutcomeKind::Lead,
        },
        leads: i32::from(!is_sale),
        qualified: i32::try_from(dice.below(3)).unwrap() - 1,
        deals: i32::from(dice.one_in(2)),
        sales: i32::from(is_sale),
        customers: if is_sale {
            i32::try_from(dice.below(3)).unwrap() - 1
        } else {
            0
        },
        revenue_micros: revenue - refund,
        vat_micros: (revenue - refund) / 3,
        refunds_micros: refund,
        cost_of_goods_micros: revenue / 7,
        ..lead(id, visitor, created)
    }
}

fn spend(dice: &mut Dice, id: u128) -> CostFact {
    let days = i32::try_from(dice.below(5)).unwrap();
    let clicks = if dice.one_in(3) { 0 } else { dice.below(6) - 1 };
    let units = dice.below(1_000) - 100;
    CostFact {
        channel: dice.one_in(5).then_some(ChannelId(31)),
        platform: if dice.one_in(2) {
            "manual".into()
        } else {
            "google_ads".into()
        },
        recorded: at("2026-03-29T12:00:00Z").plus_ms(dice.below(4) * 86_400_000),
        ..cost(
            id,
            day("2026-03-27").plus_days(days),
            &tuple(dice),
            clicks,
            units,
        )
    }
}
