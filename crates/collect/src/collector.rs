//! The collector: one observation becomes one fact, durable before it is acknowledged.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use base::{
    BotReason, ClickIdKind, Country, Fact, FactId, Hit, HitId, HitKind, LinkId, Money, Page, Stamp,
    UnixMillis, VisitId, VisitorId, WorkspaceId,
};
use domain::source::Arrival;
use domain::visit::{CampaignKey, Interaction, VisitHit, VisitSettings, VisitStep};
use quick_cache::sync::Cache;

use crate::deliveries::{Deliveries, Delivery, DeliveryState};
use crate::identity::{Browser, Identity, Salts, Surroundings, browser_tag};
use crate::key_uses::KeyUses;
use crate::limits::Limiter;
use crate::snapshot::{AckPolicy, BotPolicy, Site, Snapshot};
use crate::tally::Tally;
use crate::visits::Taken;
use crate::{
    AgentInfo, DropReason, Enricher, IntakeCounters, IntakeLog, IntakeWatch, Minter, Sink,
    SinkError, SnapshotCell, VisitTable,
};

/// Clicks whose landing is awaited.
const CLICKS_MAX: usize = 65_536;
/// Deliveries of each door that are remembered to tell retries at once. The doors do not share
/// the room, so no flood of browsers makes a server's events forgotten; what is forgotten here is
/// still left out by the loader.
const DELIVERIES_MAX: usize = 131_072;
/// Visitors with events of the past, walked beside the running visits.
const PAST_VISITORS_MAX: usize = 100_000;

/// What a collector is made of.
pub struct CollectorParts<S> {
    pub sink: S,
    pub snapshot: Arc<SnapshotCell>,
    pub minter: Arc<dyn Minter>,
    pub enricher: Arc<Enricher>,
    pub salts: Salts,
}

/// Takes clicks, page views and events.
pub struct Collector<S> {
    pub(crate) sink: S,
    pub(crate) snapshot: Arc<SnapshotCell>,
    pub(crate) minter: Arc<dyn Minter>,
    pub(crate) enricher: Arc<Enricher>,
    pub(crate) visits: VisitTable,
    pub(crate) counters: IntakeCounters,
    pub(crate) intake_log: IntakeLog,
    pub(crate) watch: Arc<IntakeWatch>,
    pub(crate) limiter: Limiter,
    pub(crate) key_uses: KeyUses,
    /// Visitor of a click whose landing is awaited.
    pub(crate) clicks: Cache<FactId, VisitorId>,
    /// Of servers, and of browsers.
    pub(crate) server_deliveries: Deliveries,
    pub(crate) browser_deliveries: Deliveries,
    past: VisitTable,
    salts: RwLock<Arc<Salts>>,
}

/// One thing that happened, enriched, before it has a place in a visit.
pub(crate) struct Observation<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) workspace: WorkspaceId,
    pub(crate) site: Option<&'a Site>,
    pub(crate) link: Option<LinkId>,
    pub(crate) kind: HitKind,
    pub(crate) at: UnixMillis,
    pub(crate) recorded: UnixMillis,
    pub(crate) visitor: VisitorId,
    pub(crate) interaction: Interaction,
    /// Of a page view or click.
    pub(crate) arrival: Option<Arrival>,
    pub(crate) page: Page,
    pub(crate) name: String,
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) agent: Arc<AgentInfo>,
    pub(crate) country: Country,
    pub(crate) bot: Option<BotReason>,
    pub(crate) engaged_ms: u32,
    pub(crate) scroll_percent: u8,
    pub(crate) revenue: Option<Money>,
    pub(crate) id: IdRule,
}

/// Where a fact's id comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum IdRule {
    /// Built from time, visit and mark; see [`Stamp`].
    Click { mark: u16 },
    /// The same, marked by the visitor: two who share a visit never share an id.
    Minted,
    /// Derived from a server's own id.
    Server(FactId),
    /// Derived from a browser's own id; the number is the browser's tag.
    Browser { id: FactId, browser: u16 },
}

/// A fact with its step taken, ready for the sink.
pub(crate) struct Draft {
    pub(crate) hit: Hit,
    /// `None` for a retry, whose step was taken by the request before it.
    step: Option<OwnStep>,
    /// Where the sender gave the id: the first request of it, which may be this one.
    pub(crate) delivery: Option<Delivery>,
}

/// A step as it was taken, to be taken back should the log refuse the fact.
struct OwnStep {
    walker: VisitorId,
    taken: Taken,
    walk: Walk,
}

#[derive(Debug, Clone, Copy)]
enum Walk {
    Running,
    Past,
}

impl<S: Sink> Collector<S> {
    #[must_use]
    pub fn new(parts: CollectorParts<S>) -> Self {
        Self {
            sink: parts.sink,
            snapshot: parts.snapshot,
            minter: parts.minter,
            enricher: parts.enricher,
            salts: RwLock::new(Arc::new(parts.salts)),
            visits: VisitTable::default(),
            past: VisitTable::with_capacity(PAST_VISITORS_MAX),
            counters: IntakeCounters::default(),
            intake_log: IntakeLog::default(),
            watch: Arc::default(),
            limiter: Limiter::new(),
            key_uses: KeyUses::default(),
            clicks: Cache::new(CLICKS_MAX),
            server_deliveries: Deliveries::new(DELIVERIES_MAX),
            browser_deliveries: Deliveries::new(DELIVERIES_MAX),
        }
    }

    /// Rebuilds running visits and known deliveries from the log's tail, before the first request.
    pub fn restore<'h>(&self, hits: impl IntoIterator<Item = &'h Hit>) {
        for hit in hits {
            if let Some((deliveries, id)) = self.deliveries(hit.id) {
                deliveries.restore(id, hit);
            }
            // Machines walk under their twin, see `walker`.
            self.visits.restore([hit]);
        }
    }

    /// Replaces the salts, once a day. The caller destroys the older ones.
    pub fn set_salts(&self, salts: Salts) {
        *self.salts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(salts);
    }

    /// What came in since the start, by site.
    #[must_use]
    pub fn counters(&self) -> &IntakeCounters {
        &self.counters
    }

    pub(crate) fn salts(&self) -> Arc<Salts> {
        Arc::clone(&self.salts.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn surroundings<'a>(
        &'a self,
        salts: &'a Salts,
        settings: &'a VisitSettings,
        now: UnixMillis,
    ) -> Surroundings<'a> {
        Surroundings {
            salts,
            visits: &self.visits,
            settings,
            minter: &*self.minter,
            now,
        }
    }

    /// Whether the operator does not want this stored.
    pub(crate) fn unwanted(tally: &Tally, seen: &Observation<'_>) -> Option<DropReason> {
        let dropped = seen.snapshot.settings.bots == BotPolicy::Drop;
        let bot = seen.bot.filter(|_| dropped)?;
        tally.trace(|trace| trace.because(None, bot.name()));
        Some(DropReason::Bot)
    }

    /// Takes the visitor's step and writes the fact down in memory; nothing is durable yet. What
    /// was delivered before repeats the step that was taken for it then.
    pub(crate) fn draft(&self, tally: &Tally, seen: Observation<'_>) -> Draft {
        let draft = self.draft_of(seen);
        tally.trace(|trace| trace.draft(&draft.hit));
        draft
    }

    fn draft_of(&self, seen: Observation<'_>) -> Draft {
        let Some((deliveries, id)) = self.deliveries(seen.id.hit_id(seen.visitor)) else {
            let own = self.take_step(&seen);
            let hit = hit_of(seen, own.walker, &own.taken.step);
            return Draft {
                hit,
                step: Some(own),
                delivery: None,
            };
        };
        let mut own = None;
        let delivery = deliveries.find_or_begin(id, || {
            let taken = own.insert(self.take_step(&seen));
            Delivery {
                visitor: seen.visitor,
                browser: seen.id.browser(),
                step: taken.taken.step.clone(),
                state: DeliveryState::Unsure,
            }
        });
        let walker = walker(delivery.visitor, seen.bot);
        Draft {
            hit: hit_of(seen, walker, &delivery.step),
            step: own,
            delivery: Some(delivery),
        }
    }

    fn take_step(&self, seen: &Observation<'_>) -> OwnStep {
        let default_settings = VisitSettings::default();
        let settings = seen.site.map_or(&default_settings, |site| &site.visits);
        let walker = walker(seen.visitor, seen.bot);
        let step_hit = VisitHit {
            workspace: seen.workspace,
            kind: seen.kind,
            at: seen.at,
            interaction: seen.interaction,
            traffic: seen.arrival.as_ref().map(|arrival| &arrival.traffic),
            new_visit: VisitId(self.minter.mint().max(1)),
        };
        // An event of the past must not be dragged into the visit that is running now.
        let (walk, taken) = match self.visits.take_unless_past(walker, &step_hit, settings) {
            Some(taken) => (Walk::Running, taken),
            None => (Walk::Past, self.past.take(walker, &step_hit, settings)),
        };
        OwnStep {
            walker,
            taken,
            walk,
        }
    }

    /// Where deliveries of the id are remembered, if a sender gave it.
    fn deliveries(&self, id: HitId) -> Option<(&Deliveries, FactId)> {
        match id {
            HitId::Stamped(_) => None,
            HitId::Sender(id) => Some((&self.server_deliveries, id)),
            HitId::Browser(id) => Some((&self.browser_deliveries, id)),
        }
    }

    /// Makes a draft durable, or takes its step back.
    pub(crate) async fn store(
        &self,
        tally: &Tally,
        draft: Draft,
        ack: AckPolicy,
    ) -> Result<Hit, SinkError> {
        let Draft {
            hit,
            step,
            delivery,
        } = draft;
        let fact = Fact::Hit(Box::new(hit));
        let stored = match fact.encode() {
            Ok(payload) => self.hand_over(&payload, ack).await,
            Err(error) => Err(SinkError::Failed(error.to_string())),
        };
        let Fact::Hit(hit) = fact else {
            return Err(SinkError::Closed);
        };
        let deliveries = self.deliveries(hit.id);
        match stored {
            Ok(()) => {
                if let (Some((deliveries, id)), Some(delivery)) = (deliveries, delivery) {
                    deliveries.set_stored(id, delivery);
                }
                self.counters
                    .count_stored(hit.site, hit.kind, hit.recorded());
                tally.stored(&hit);
                Ok(*hit)
            }
            Err(error) => {
                if let Some(own) = step {
                    if let Some((deliveries, id)) = deliveries {
                        deliveries.forget(id);
                    }
                    self.table(own.walk).take_back(own.walker, &own.taken);
                }
                tally.trace(|trace| trace.go_on_with(hit.fact_id()));
                self.drop_event(tally, hit.site, DropReason::SinkFailed);
                Err(error)
            }
        }
    }

    async fn hand_over(&self, payload: &[u8], ack: AckPolicy) -> Result<(), SinkError> {
        match ack {
            AckPolicy::AfterFsync => self.sink.append(payload).await,
            AckPolicy::BeforeFsync => self.sink.enqueue(payload).await,
        }
    }

    fn table(&self, walk: Walk) -> &VisitTable {
        match walk {
            Walk::Running => &self.visits,
            Walk::Past => &self.past,
        }
    }

    /// Lets a landing join the visit of the click before it, whoever the click took it for.
    /// Returns the click's visitor where this process still remembers it.
    pub(crate) fn join_click(
        &self,
        click: FactId,
        identity: &Identity,
        browser: &Browser<'_>,
        arrival: &Arrival,
        now: UnixMillis,
    ) -> VisitorId {
        let stamp = Stamp::of(click);
        let age = now.since_ms(stamp.at);
        if !(-1_000..=crate::mint::LANDING_WINDOW_MS).contains(&age) {
            return identity.visitor;
        }
        if let Some((_, clicked)) = self.clicks.remove(&click) {
            if identity.fresh || clicked == identity.visitor {
                return clicked;
            }
            if let Some(state) = self.visits.find(clicked) {
                self.visits.join(identity.visitor, state);
            }
            return identity.visitor;
        }
        // Another node, or this one before a restart, took the click: its id says enough.
        let salts = self.salts();
        let same_browser = [Some(&salts.current), salts.previous.as_ref()]
            .into_iter()
            .flatten()
            .any(|salt| browser_tag(salt, browser) == stamp.mark);
        let known = self.visits.find(identity.visitor);
        let later = known.is_some_and(|state| state.last_at >= stamp.at);
        if same_browser && !later {
            let state = domain::visit::VisitState {
                visit: stamp.visit,
                visit_at: stamp.at,
                last_at: stamp.at,
                seq: 1,
                traffic: arrival.traffic.key(browser.workspace),
                campaign: CampaignKey::of(browser.workspace, &arrival.traffic),
                depth: domain::visit::Depth::Opened,
                landing: domain::visit::LandingState::Awaited,
            };
            self.visits.join(identity.visitor, state);
        }
        identity.visitor
    }

    /// Country, agent and verdict of a sender.
    pub(crate) fn enrich(
        &self,
        user_agent: &str,
        address: IpAddr,
        referrer_host: &str,
    ) -> (Arc<AgentInfo>, Country, Option<BotReason>) {
        let agent = self.enricher.agent(user_agent);
        let spam = crate::enrich::is_spam(referrer_host).then_some(BotReason::ReferrerSpam);
        let bot = agent.bot.or(spam);
        (agent, self.enricher.country(address), bot)
    }
}

fn visitor_mark(visitor: VisitorId) -> u16 {
    u16::try_from(visitor.0 & u64::from(u16::MAX)).unwrap_or_default()
}

/// Drops the values of click ids; which platform they came from stays.
pub(crate) fn without_click_ids(arrival: &mut Arrival) {
    arrival.click_ids = Vec::<(ClickIdKind, String)>::new();
}

fn hit_of(seen: Observation<'_>, walker: VisitorId, step: &VisitStep) -> Hit {
    let (landing, click_ids) = match seen.arrival {
        Some(arrival) => (Some(arrival.traffic), arrival.click_ids),
        None => (None, Vec::new()),
    };
    Hit {
        id: seen.id.hit_id(walker),
        workspace: seen.workspace,
        kind: seen.kind,
        at: step.at,
        delay_ms: seen.recorded.since_ms(step.at),
        seq: step.seq,
        site: seen.site.map(|site| site.id),
        link: seen.link,
        visitor: walker,
        visit: step.visit,
        visit_age_ms: step.at.since_ms(step.visit_at),
        visits: step.visits,
        bounces: step.bounces,
        traffic: step.traffic,
        touch: step.touch.traffic(landing).map(Box::new),
        page: seen.page,
        name: seen.name,
        properties: seen.properties,
        agent: seen.agent.agent.clone(),
        country: seen.country,
        bot: seen.bot,
        engaged_ms: seen.engaged_ms,
        scroll_percent: seen.scroll_percent,
        revenue: seen.revenue,
        click_ids,
    }
}

/// Machines walk beside people, under the twin of the visitor.
fn walker(visitor: VisitorId, bot: Option<BotReason>) -> VisitorId {
    match bot {
        Some(_) => visitor.machine_twin(),
        None => visitor,
    }
}

impl IdRule {
    fn hit_id(self, walker: VisitorId) -> HitId {
        match self {
            Self::Click { mark } => HitId::Stamped(mark),
            Self::Minted => HitId::Stamped(visitor_mark(walker)),
            Self::Server(id) => HitId::Sender(id),
            Self::Browser { id, .. } => HitId::Browser(id),
        }
    }

    fn browser(self) -> Option<u16> {
        match self {
            Self::Browser { browser, .. } => Some(browser),
            Self::Click { .. } | Self::Minted | Self::Server(_) => None,
        }
    }
}
