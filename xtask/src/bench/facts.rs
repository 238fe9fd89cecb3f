//! Facts of a made-up shop: seeded, in the order of time, as many as are asked for.

use base::{
    Agent, BotReason, ChannelId, ClickIdKind, CostFact, Country, Currency, Day, DealId, Device,
    Fact, FactId, Hit, HitId, HitKind, ImportId, LeadId, LinkId, Outcome, OutcomeKind, Page,
    SiteId, Traffic, UnixMillis, VisitId, VisitorId, WorkspaceId,
};
use warehouse::{ChannelRow, Label};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(1);
/// The first of the days that facts are spread over: 2024-01-01.
pub(crate) const FIRST_DAY: Day = Day(19_723);
/// Two years, so that a year can be compared with the one before it.
pub(crate) const DAYS: i32 = 731;
/// Three hours ahead of UTC, always: what is written by hand then needs no table of offsets.
pub(crate) const ZONE: &str = "Europe/Moscow";
pub(crate) const CURRENCY: &str = "RUB";
const ZONE_MS: i64 = 3 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
const UNIT_MICROS: i64 = 1_000_000;
/// Hits of a visit, on average.
const HITS_PER_VISIT: u64 = 4;
/// Entries with costs a day.
const COST_ROWS_A_DAY: usize = 140;
/// Visitors of late that one who comes again is drawn from.
const RECENT_VISITORS: usize = 20_000;
/// What the platforms' click ids are made of.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGITS: &[u8] = b"0123456789";

/// What kind of facts to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mix {
    /// Visits of several hits, costs, leads, deals, payments and refunds.
    Business,
    /// Nothing but clicks through links, each a visit of its own.
    Clicks,
}

/// Makes facts until as many hits as asked for are out.
pub(crate) struct Facts {
    mix: Mix,
    hits: u64,
    made: u64,
    dice: Dice,
    tuples: Vec<(Traffic, bool)>,
    recent: Vec<VisitorId>,
    next_id: u64,
    next_lead: i64,
    cost_day: i32,
    currency: Currency,
}

impl Facts {
    pub(crate) fn new(mix: Mix, hits: u64) -> anyhow::Result<Self> {
        Ok(Self {
            mix,
            hits,
            made: 0,
            dice: Dice(0x5eed),
            tuples: tuples(),
            recent: Vec::new(),
            next_id: 0,
            next_lead: 0,
            cost_day: 0,
            currency: CURRENCY.parse()?,
        })
    }

    /// At least `count` more facts, fewer at the end; none when all are out.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Fact> {
        let mut facts = Vec::with_capacity(count + 64);
        while facts.len() < count && self.made < self.hits {
            self.visit(&mut facts);
        }
        facts
    }

    /// Facts are spread evenly; a visit starts where its first hit belongs.
    fn now(&self) -> UnixMillis {
        let span = i128::from(DAYS) * i128::from(DAY_MS) - i128::from(DAY_MS / 4);
        let passed = span * i128::from(self.made) / i128::from(self.hits.max(1));
        let start = i64::from(FIRST_DAY.0) * DAY_MS - ZONE_MS;
        UnixMillis(start + i64::try_from(passed).unwrap_or_default())
    }

    fn visit(&mut self, facts: &mut Vec<Fact>) {
        let at = self.now();
        if self.mix == Mix::Business {
            self.costs(at, facts);
        }
        let visitor = self.visitor();
        let tuple = self.dice.skewed(self.tuples.len());
        let count = match self.mix {
            Mix::Business => 1 + self.dice.below(2 * HITS_PER_VISIT - 1),
            Mix::Clicks => 1,
        };
        let first = self.first_hit(at, visitor, tuple);
        let (bot, visit, place) = (first.bot.is_some(), first.visit, facts.len());
        for number in 1..count {
            let hit = self.later_hit(&first, number);
            facts.push(Fact::Hit(Box::new(hit)));
        }
        facts.push(Fact::Hit(Box::new(first)));
        facts[place..].rotate_right(1);
        self.made += count;
        if self.mix == Mix::Business && !bot && self.dice.below(1000) < 22 {
            self.lead(at, visitor, visit, facts);
        }
    }

    fn visitor(&mut self) -> VisitorId {
        if !self.recent.is_empty() && self.dice.below(100) < 30 {
            return self.recent[self.dice.index(self.recent.len())];
        }
        let visitor = VisitorId(self.dice.next() | 1);
        if self.recent.len() < RECENT_VISITORS {
            self.recent.push(visitor);
        } else {
            let place = self.dice.index(RECENT_VISITORS);
            self.recent[place] = visitor;
        }
        visitor
    }

    fn first_hit(&mut self, at: UnixMillis, visitor: VisitorId, tuple: usize) -> Hit {
        let visit = VisitId(self.dice.next() | 1);
        let (traffic, paid) = self.tuples[tuple].clone();
        let clicked = self.mix == Mix::Clicks || paid && self.dice.below(2) == 0;
        let device = [
            Device::Phone,
            Device::Phone,
            Device::Desktop,
            Device::Tablet,
        ];
        let device = device[self.dice.skewed(device.len())];
        let click_ids = match traffic.click_id {
            Some(kind @ ClickIdKind::Yclid) => vec![(kind, self.dice.text(19, DIGITS))],
            Some(kind @ ClickIdKind::Vk) => vec![(kind, self.dice.text(32, LETTERS))],
            Some(kind) => vec![(kind, self.dice.text(55, LETTERS))],
            None => Vec::new(),
        };
        Hit {
            id: self.mark(),
            workspace: WORKSPACE,
            kind: if clicked {
                HitKind::Click
            } else {
                HitKind::PageView
            },
            at,
            delay_ms: 0,
            seq: 0,
            site: (!clicked).then_some(SiteId(1)),
            link: clicked.then(|| LinkId(1 + i64::try_from(tuple % 40).unwrap_or_default())),
            visitor,
            visit,
            visit_age_ms: 0,
            visits: 1,
            bounces: 1,
            traffic: traffic.key(WORKSPACE),
            touch: Some(Box::new(traffic)),
            page: match clicked {
                true => Page::default(),
                false => self.page(),
            },
            name: String::new(),
            properties: Vec::new(),
            agent: Agent {
                device,
                browser: pick(&["Chrome", "Safari", "Firefox", "Edge"], &mut self.dice),
                os: pick(&["Android", "iOS", "Windows", "macOS"], &mut self.dice),
            },
            country: Country::from_code(&pick(
                &["RU", "KZ", "BY", "AM", "GE", "DE"],
                &mut self.dice,
            )),
            bot: (self.dice.below(100) < 4).then_some(BotReason::UserAgent),
            engaged_ms: 0,
            scroll_percent: 0,
            revenue: None,
            click_ids,
        }
    }

    fn later_hit(&mut self, first: &Hit, number: u64) -> Hit {
        let (kind, name) = match self.dice.below(10) {
            0..=5 => (HitKind::PageView, ""),
            6 | 7 => (HitKind::Engagement, ""),
            8 => (HitKind::Event, "add_to_cart"),
            _ => (HitKind::FormSubmit, "callback"),
        };
        let after = i64::try_from(number).unwrap_or_default() * 20_000;
        let engaged = kind == HitKind::Engagement;
        Hit {
            id: self.mark(),
            kind,
            at: first.at.plus_ms(after),
            visit_age_ms: after,
            seq: u32::try_from(number).unwrap_or_default(),
            site: Some(SiteId(1)),
            link: None,
            visits: 0,
            bounces: if number == 1 { -1 } else { 0 },
            touch: None,
            page: self.page(),
            name: name.to_owned(),
            engaged_ms: if engaged { 15_000 } else { 0 },
            scroll_percent: if engaged { 75 } else { 0 },
            click_ids: Vec::new(),
            ..first.clone()
        }
    }

    fn page(&mut self) -> Page {
        let number = self.dice.skewed(300);
        Page {
            host: "shop.example".to_owned(),
            path: format!("/catalogue/{number}"),
            title: format!("Glasses {number}"),
        }
    }

    /// Costs of the days that have begun, each for the day's own choice of entries.
    fn costs(&mut self, at: UnixMillis, facts: &mut Vec<Fact>) {
        let today = i32::try_from((at.0 + ZONE_MS).div_euclid(DAY_MS)).unwrap_or_default();
        while FIRST_DAY.plus_days(self.cost_day).0 <= today {
            let day = FIRST_DAY.plus_days(self.cost_day);
            self.cost_day += 1;
            for _ in 0..COST_ROWS_A_DAY {
                let place = self.dice.skewed(self.tuples.len());
                let (traffic, paid) = self.tuples[place].clone();
                // Half of the paid campaigns have a bill; the others are counted by our links.
                if !paid || place.is_multiple_of(2) {
                    continue;
                }
                let clicks = 1 + self.dice.signed(30);
                let cost_micros = clicks * (20 + self.dice.signed(100)) * UNIT_MICROS;
                let cost = CostFact {
                    id: self.id(),
                    workspace: WORKSPACE,
                    day,
                    recorded: at,
                    import: ImportId(i64::from(day.0)),
                    platform: "google_ads".to_owned(),
                    traffic,
                    channel: None,
                    impressions: clicks * 25,
                    clicks,
                    cost_micros,
                    vat_micros: cost_micros / 5,
                    original_micros: cost_micros,
                    original_currency: self.currency,
                };
                facts.push(Fact::Cost(Box::new(cost)));
            }
        }
    }

    /// A request, and what became of it in the weeks after.
    fn lead(&mut self, at: UnixMillis, visitor: VisitorId, visit: VisitId, facts: &mut Vec<Fact>) {
        self.next_lead += 1;
        let lead = LeadId(self.next_lead);
        let created = at.plus_ms(90_000);
        let known = self.dice.below(10) > 0;
        let blank = Outcome {
            id: FactId(0),
            workspace: WORKSPACE,
            kind: OutcomeKind::Lead,
            at: created,
            recorded: created,
            created,
            lead: Some(lead),
            deal: None,
            visitor: known.then_some(visitor),
            visit: known.then_some(visit),
            declared: None,
            leads: 0,
            qualified: 0,
            deals: 0,
            sales: 0,
            customers: 0,
            revenue_micros: 0,
            vat_micros: 0,
            refunds_micros: 0,
            cost_of_goods_micros: 0,
        };
        let push = |facts: &mut Vec<Fact>, id: FactId, outcome: Outcome| {
            facts.push(Fact::Outcome(Box::new(Outcome { id, ..outcome })));
        };
        push(
            facts,
            self.id(),
            Outcome {
                leads: 1,
                ..blank.clone()
            },
        );
        if self.dice.below(100) < 60 {
            let kind = OutcomeKind::LeadStatus;
            push(
                facts,
                self.id(),
                Outcome {
                    kind,
                    qualified: 1,
                    ..blank.clone()
                },
            );
        }
        if self.dice.below(100) < 30 {
            self.deal(lead, blank, facts);
        }
    }

    /// A sale some days later, now and then half of it taken back.
    fn deal(&mut self, lead: LeadId, blank: Outcome, facts: &mut Vec<Fact>) {
        let push = |facts: &mut Vec<Fact>, id: FactId, outcome: Outcome| {
            facts.push(Fact::Outcome(Box::new(Outcome { id, ..outcome })));
        };
        let price = (500 + self.dice.signed(20_000)) * UNIT_MICROS;
        let paid = Outcome {
            at: blank.created.plus_ms(self.dice.signed(40) * DAY_MS),
            deal: Some(DealId(lead.0)),
            ..blank
        };
        push(
            facts,
            self.id(),
            Outcome {
                kind: OutcomeKind::Deal,
                deals: 1,
                ..paid.clone()
            },
        );
        let payment = Outcome {
            kind: OutcomeKind::Payment,
            sales: 1,
            customers: 1,
            revenue_micros: price,
            vat_micros: price / 5,
            cost_of_goods_micros: price / 3,
            ..paid.clone()
        };
        push(facts, self.id(), payment);
        if self.dice.below(100) < 7 {
            let refund = Outcome {
                kind: OutcomeKind::Refund,
                revenue_micros: -price / 2,
                vat_micros: -price / 10,
                refunds_micros: price / 2,
                ..paid
            };
            push(facts, self.id(), refund);
        }
    }

    fn mark(&mut self) -> HitId {
        HitId::Stamped(u16::try_from(self.dice.below(1 << 16)).unwrap_or_default())
    }

    fn id(&mut self) -> FactId {
        self.next_id += 1;
        FactId(u128::from(self.dice.next()) << 64 | u128::from(self.next_id))
    }
}

/// Every traffic tuple, the commonest first, and whether it is paid for.
fn tuples() -> Vec<(Traffic, bool)> {
    let mut tuples = vec![(Traffic::direct(), false)];
    let entry = |source: &str, medium: &str, default_channel: &str| Traffic {
        source: source.to_owned(),
        medium: medium.to_owned(),
        default_channel: default_channel.to_owned(),
        ..Traffic::default()
    };
    tuples.push((entry("google", "organic", "organic_search"), false));
    for campaign in 0..20 {
        for group in 0..8 {
            for keyword in 0..10 {
                for (source, medium, channel, click_id) in [
                    ("google", "cpc", "paid_search", ClickIdKind::Gclid),
                    ("yandex", "cpc", "paid_search", ClickIdKind::Yclid),
                    ("vk", "paid_social", "paid_social", ClickIdKind::Vk),
                ] {
                    let mut tuple = entry(source, medium, channel);
                    tuple.campaign = format!("campaign {campaign}");
                    tuple.ad_group = format!("group {group}");
                    tuple.keyword = format!("buy glasses {keyword}");
                    tuple.click_id = Some(click_id);
                    tuples.push((tuple, true));
                }
            }
        }
        let mut letter = entry("newsletter", "email", "email");
        letter.campaign = format!("letter {campaign}");
        tuples.push((letter, false));
        let mut partner = entry("blog", "referral", "referral");
        partner.referrer = format!("blog{campaign}.example");
        tuples.push((partner, false));
    }
    tuples
}

/// The first moment after all facts.
pub(crate) fn end() -> UnixMillis {
    let end = i64::from(FIRST_DAY.plus_days(DAYS).0) * DAY_MS - ZONE_MS;
    UnixMillis(end)
}

/// The channel tree: search, social, mail, partners, direct, each with a part below.
pub(crate) fn channels() -> Vec<ChannelRow> {
    let names = ["Search", "Social", "Mail", "Partners", "Direct"];
    (1..)
        .zip(names)
        .map(|(id, name)| ChannelRow {
            id: ChannelId(id),
            parent: None,
            name: name.to_owned(),
            colour: 0,
            position: id,
        })
        .collect()
}

/// The label of a tuple, by its default channel.
pub(crate) fn label(_: WorkspaceId, traffic: &Traffic) -> Label {
    let channel = match traffic.default_channel.as_str() {
        "paid_search" | "organic_search" => 1,
        "paid_social" => 2,
        "email" => 3,
        "referral" => 4,
        _ => 5,
    };
    Label {
        channel_path: vec![ChannelId(channel)],
        source: traffic.source.clone(),
        campaign: traffic.campaign.clone(),
        ad_group: traffic.ad_group.clone(),
        ad: traffic.ad.clone(),
        keyword: traffic.keyword.clone(),
        version: 1,
    }
}

fn pick(words: &[&str], dice: &mut Dice) -> String {
    words[dice.skewed(words.len())].to_owned()
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn signed(&mut self, end: u64) -> i64 {
        i64::try_from(self.below(end)).unwrap_or_default()
    }

    fn index(&mut self, length: usize) -> usize {
        let end = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(end)).unwrap_or_default()
    }

    /// A place in a list whose first entries are far commoner than its last.
    fn skewed(&mut self, length: usize) -> usize {
        let (one, two, three) = (self.index(length), self.index(length), self.index(length));
        one * two / length.max(1) * three / length.max(1)
    }

    fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        let letters = (0..length).map(|_| char::from(alphabet[self.index(alphabet.len())]));
        letters.collect()
    }
}
