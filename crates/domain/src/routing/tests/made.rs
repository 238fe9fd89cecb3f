//! Definitions, clicks and memories made up: few words, so that they meet.

use std::borrow::Cow;

use base::{BotReason, CampaignId, Country, Device, FlowId, LandingId, OfferId, UnixMillis};
use proptest::prelude::*;
use proptest::sample::select;

use super::past::Past;
use crate::routing::{
    Action, Binding, Bound, Campaign, Click, Connection, Definitions, Filter, Flow, FlowKind,
    FlowState, Joint, Keeps, Landing, Offer, Op, Period, Proxy, Redirect, Room, Rotation, Rule,
    Scope, Sender, Share, Subject,
};

pub(super) const CAMPAIGNS: i64 = 4;
const FLOWS: i64 = 6;
const LANDINGS: i64 = 3;
const OFFERS: i64 = 4;
const ZONES: [&str; 3] = ["UTC", "Europe/Warsaw", "Asia/Kathmandu"];

/// Definitions without defects: what leads on leads to what comes later.
pub(super) fn definitions() -> impl Strategy<Value = Definitions> {
    let campaigns: Vec<_> = (0..CAMPAIGNS).map(campaign).collect();
    let offers: Vec<_> = (0..OFFERS).map(offer).collect();
    (campaigns, offers).prop_map(|(campaigns, offers)| Definitions {
        campaigns,
        offers,
        landings: (0..LANDINGS)
            .map(|id| Landing {
                id: LandingId(id),
                url: format!("https://l{id}.example/?k={{keyword}}"),
            })
            .collect(),
    })
}

fn campaign(id: i64) -> impl Strategy<Value = Campaign> {
    let flows = prop::collection::vec(flow(id), 0..=usize::try_from(FLOWS).unwrap());
    let rotation = select(vec![Rotation::Position, Rotation::Weight]);
    let keeps = select(vec![Keeps::Flow, Keeps::Landing, Keeps::Offer]);
    let binding = prop::option::of(keeps.prop_map(|keeps| Binding { keeps, hours: 24 }));
    (select(ZONES.to_vec()), rotation, binding, flows).prop_map(
        move |(zone, rotation, binding, mut flows)| {
            let mut has_default = false;
            for (number, flow) in (0..).zip(&mut flows) {
                flow.id = FlowId(id * FLOWS + number);
                if flow.kind == FlowKind::Default {
                    flow.rule.filters.clear();
                    if std::mem::replace(&mut has_default, true) {
                        flow.kind = FlowKind::Regular;
                    }
                }
            }
            Campaign {
                id: CampaignId(id),
                zone: zone.to_owned(),
                rotation,
                binding,
                unique_hours: 24,
                flows,
            }
        },
    )
}

fn flow(campaign: i64) -> impl Strategy<Value = Flow> {
    let kind = select(vec![
        FlowKind::Forced,
        FlowKind::Regular,
        FlowKind::Regular,
        FlowKind::Regular,
        FlowKind::Default,
    ]);
    let state = select(vec![
        FlowState::On,
        FlowState::On,
        FlowState::On,
        FlowState::Off,
    ]);
    let joint = select(vec![Joint::All, Joint::Any]);
    let rule = (joint, prop::collection::vec(filter(), 0..4))
        .prop_map(|(joint, filters)| Rule { joint, filters });
    (kind, state, 0_u32..4, rule, action(campaign)).prop_map(
        |(kind, state, weight, rule, action)| Flow {
            id: FlowId(0),
            kind,
            state,
            weight,
            rule,
            action,
        },
    )
}

fn action(campaign: i64) -> impl Strategy<Value = Action> {
    let how = select(vec![Redirect::Found, Redirect::Meta, Redirect::Form]);
    let send =
        (how.clone(), shares(LANDINGS), shares(OFFERS)).prop_map(|(how, landings, offers)| {
            Action::Send {
                how,
                landings: landings
                    .into_iter()
                    .map(|(id, weight)| share(LandingId(id), weight))
                    .collect(),
                offers: offers
                    .into_iter()
                    .map(|(id, weight)| share(OfferId(id), weight))
                    .collect(),
            }
        });
    let send = send.prop_filter("a flow sends somewhere", |action| match action {
        Action::Send {
            landings, offers, ..
        } => !landings.is_empty() || !offers.is_empty(),
        _ => true,
    });
    let others = (how, 0_u8..5, 1..CAMPAIGNS).prop_map(move |(how, kind, ahead)| match kind {
        0 => Action::Html {
            body: "<p>".to_owned(),
        },
        1 => Action::NotFound {},
        2 => Action::Nothing {},
        3 if campaign + ahead < CAMPAIGNS => Action::Campaign {
            id: CampaignId(campaign + ahead),
        },
        _ => Action::Address {
            how,
            url: "https://a.example/{click_id}".to_owned(),
        },
    });
    prop_oneof![2 => send, 1 => others]
}

fn share<Id>(id: Id, weight: u32) -> Share<Id> {
    Share { id, weight }
}

/// Some of so many, in any order; none, or at least one of them can be drawn.
fn shares(count: i64) -> impl Strategy<Value = Vec<(i64, u32)>> {
    let all: Vec<i64> = (0..count).collect();
    let some = prop::sample::subsequence(all, 0..=usize::try_from(count).unwrap()).prop_shuffle();
    some.prop_flat_map(|ids| {
        let weights = prop::collection::vec(0_u32..4, ids.len());
        weights.prop_map(move |mut weights| {
            if let Some(first) = weights.first_mut().filter(|first| **first == 0) {
                *first = 1;
            }
            ids.iter().copied().zip(weights).collect()
        })
    })
}

fn offer(id: i64) -> impl Strategy<Value = Offer> {
    let room = select(vec![Room::Unlimited, Room::Capped, Room::Capped]);
    (room, prop::option::of(1..OFFERS)).prop_map(move |(room, ahead)| Offer {
        id: OfferId(id),
        url: format!("https://o{id}.example/"),
        room,
        alternative: ahead
            .map(|ahead| OfferId(id + ahead))
            .filter(|offer| offer.0 < OFFERS),
    })
}

/// Each subject with values of which a made-up click may have one.
const SUBJECTS: [(Subject, &str, &[&str]); 22] = [
    (Subject::Country, "", &["PL", "de", "UA"]),
    (Subject::Region, "", &["łódzkie", "*ie", "/^maz/"]),
    (Subject::City, "", &["Łódź", "*"]),
    (Subject::Device, "", &["phone", "Desktop"]),
    (Subject::Os, "", &["android", "ios"]),
    (Subject::OsVersion, "", &["17*", "/^1[0-6]/"]),
    (Subject::Browser, "", &["chrome", "*safari*"]),
    (Subject::BrowserVersion, "", &["17.1", "1*"]),
    (Subject::Language, "", &["pl", "uk"]),
    (Subject::Isp, "", &["*mobile*", "orange"]),
    (Subject::Asn, "", &["AS5617", "12741"]),
    (Subject::Connection, "", &["cellular", "cable", "Corporate"]),
    (Subject::Proxy, "", &["yes", "no"]),
    (Subject::Bot, "", &["person", "machine", "prefetch"]),
    (
        Subject::TimeTable,
        "",
        &[
            "1-5 09:00-18:00",
            "5,7 22:00-06:00",
            "1-7 00:00-24:00",
            "6 12:30-00:00",
        ],
    ),
    (
        Subject::Dates,
        "",
        &[
            "2026-03-01..2026-03-15",
            "..2026-03-10",
            "2026-03-29..",
            "2026-03-05",
        ],
    ),
    (
        Subject::Referrer,
        "",
        &["*google.*", "https://a.example/", "/^https/"],
    ),
    (
        Subject::Keyword,
        "",
        &["red shoes", "*shoes", "/s{2,}|red/"],
    ),
    (Subject::Parameter, "utm_source", &["google", "v*"]),
    (Subject::Sub, "2", &["x", "*y*"]),
    (Subject::Unique, "", &["campaign", "flow", "global"]),
    (Subject::ClicksBelow, "", &["5/hour", "10/day", "20/total"]),
];

pub(super) fn filter() -> impl Strategy<Value = Filter> {
    let op = select(vec![Op::Is, Op::IsNot]);
    let unknown = prop::option::weighted(0.3, Just(None));
    (select(SUBJECTS.to_vec()), op, unknown).prop_flat_map(|((by, name, words), op, unknown)| {
        let is_single = matches!(by, Subject::Unique | Subject::ClicksBelow);
        let most = if is_single { 1 } else { 2 };
        let values = prop::sample::subsequence(words.to_vec(), 1..=most);
        values.prop_map(move |values| {
            let values = values.into_iter().map(|value| Some(value.to_owned()));
            Filter {
                by,
                name: name.to_owned(),
                op,
                values: values.chain(unknown.clone()).collect(),
            }
        })
    })
}

/// What clicks are made of; they borrow from it.
#[derive(Debug, Clone)]
pub(super) struct Made {
    at: UnixMillis,
    texts: [&'static str; 10],
    codes: (Country, Device, Option<u32>, Option<Connection>),
    proxy: Proxy,
    sender: Sender,
    parameters: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    subs: Vec<Cow<'static, str>>,
}

impl Made {
    pub(super) fn click(&self) -> Click<'_> {
        let [
            region,
            city,
            os,
            os_version,
            browser,
            browser_version,
            language,
            isp,
            rest @ ..,
        ] = self.texts;
        let [referrer, keyword] = rest;
        let (country, device, asn, connection) = self.codes;
        Click {
            at: self.at,
            country,
            region,
            city,
            device,
            os,
            os_version,
            browser,
            browser_version,
            language,
            isp,
            asn,
            connection,
            proxy: self.proxy,
            sender: self.sender,
            referrer,
            keyword,
            parameters: &self.parameters,
            subs: &self.subs,
        }
    }
}

pub(super) fn clicks() -> impl Strategy<Value = Made> {
    let word = |words: &[&'static str]| select([words, &[""]].concat());
    let texts = [
        word(&["Łódzkie", "mazowieckie"]),
        word(&["ŁÓDŹ", "Lviv"]),
        word(&["Android", "iOS", "Windows"]),
        word(&["17.2", "12"]),
        word(&["Chrome", "Mobile Safari"]),
        word(&["17.1", "130"]),
        word(&["pl", "de"]),
        word(&["T-Mobile Polska", "Orange"]),
        word(&[
            "https://www.google.pl/",
            "https://a.example/",
            "http://b.example/?q=1",
        ]),
        word(&["red shoes", " Shoes ", "glass"]),
    ];
    let countries = ["PL", "DE", "UA", ""].map(Country::from_code);
    let connections = [
        Connection::Cellular,
        Connection::Cable,
        Connection::Satellite,
    ];
    let codes = (
        select(countries.to_vec()),
        select(vec![
            Device::Phone,
            Device::Desktop,
            Device::Tablet,
            Device::Unknown,
        ]),
        prop::option::of(select(vec![5617_u32, 12741, 1])),
        prop::option::of(select(connections.to_vec())),
    );
    let senders = [
        Sender::Unknown,
        Sender::Person,
        Sender::Machine(BotReason::Prefetch),
        Sender::Machine(BotReason::UserAgent),
    ];
    let parameter = (
        select(vec!["utm_source", "x"]),
        select(vec!["Google", "vk", ""]),
    );
    let parameters = prop::collection::vec(parameter, 0..3);
    let subs = prop::collection::vec(select(vec!["x", "Xyz", ""]), 0..3);
    (
        // March 2026, in which the clocks of Warsaw are set.
        1_772_000_000_000_i64..1_775_000_000_000,
        texts,
        codes,
        select(vec![Proxy::Unknown, Proxy::No, Proxy::Yes]),
        select(senders.to_vec()),
        (parameters, subs),
    )
        .prop_map(
            |(at, texts, codes, proxy, sender, (parameters, subs))| Made {
                at: UnixMillis(at),
                texts,
                codes,
                proxy,
                sender,
                parameters: parameters
                    .into_iter()
                    .map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)))
                    .collect(),
                subs: subs.into_iter().map(Cow::Borrowed).collect(),
            },
        )
}

pub(super) fn pasts() -> impl Strategy<Value = Past> {
    let flow = || (0..CAMPAIGNS * FLOWS).prop_map(FlowId);
    let scope = prop_oneof![
        (0..CAMPAIGNS).prop_map(|id| Scope::Campaign(CampaignId(id))),
        flow().prop_map(Scope::Flow),
        Just(Scope::Global),
    ];
    let period = select(vec![Period::Hour, Period::Day, Period::Total]);
    let offer = || (0..OFFERS).prop_map(OfferId);
    let landing = prop::option::of((0..LANDINGS).prop_map(LandingId));
    let bound =
        (flow(), landing, prop::option::of(offer())).prop_map(|(flow, landing, offer)| Bound {
            flow,
            landing,
            offer,
        });
    // Those bound to a flow of the campaign itself, and some to another's.
    let bound = ((0..CAMPAIGNS).prop_map(CampaignId), bound, 0..FLOWS).prop_map(
        |(campaign, bound, number)| {
            let own = FlowId(campaign.0 * FLOWS + number);
            let flow = if number == 0 { bound.flow } else { own };
            (campaign, Bound { flow, ..bound })
        },
    );
    (
        prop::collection::hash_map(scope, any::<bool>(), 0..20),
        prop::collection::hash_map((flow(), period), 0_u64..25, 0..40),
        prop::collection::vec(bound, 0..6),
        prop::collection::hash_set(offer(), 0..=4),
    )
        .prop_map(|(first, clicks, bound, full)| Past {
            first,
            clicks,
            bound: bound.into_iter().collect(),
            full,
            ..Past::default()
        })
}
