//! Visits: which hits belong together, what opened them, and whether the visitor bounced.
//!
//! A pure step from state to state. Every step yields signed differences, so that sums over hits
//! count visits and bounces exactly.

use base::{HitKind, TimeZone, Traffic, TrafficKey, UnixMillis, VisitId, WorkspaceId};

/// Idle time after which the next hit opens a new visit, unless a site says otherwise.
pub const IDLE_MS_DEFAULT: i64 = 30 * 60 * 1000;

/// Longest name of an event; the rest is cut off.
pub const EVENT_NAME_BYTES_MAX: usize = 120;
/// Longest name of an event's property; the rest is cut off.
pub const PROPERTY_NAME_BYTES_MAX: usize = 300;
/// Longest text of an event's property; the rest is cut off.
pub const PROPERTY_VALUE_BYTES_MAX: usize = 2_000;

/// When a visit ends, beside being left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitSettings {
    /// A pause longer than this ends the visit.
    pub idle_ms: i64,
    pub campaign_change: CampaignChange,
    pub midnight: Midnight,
}

/// What a landing from another campaign does to a running visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignChange {
    /// The visit goes on with a new touch.
    KeepsVisit,
    OpensVisit,
}

/// What midnight does to a running visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Midnight {
    KeepsVisit,
    /// The first hit of a new day in this zone opens a visit.
    OpensVisit(TimeZone),
}

/// Whether a hit shows that the visitor takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    Active,
    Passive,
}

/// What is known of a visitor's running visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitState {
    pub visit: VisitId,
    pub visit_at: UnixMillis,
    pub last_at: UnixMillis,
    /// The last hit's place among the visitor's hits.
    pub seq: u32,
    /// Traffic of the latest touch.
    pub traffic: TrafficKey,
    /// The latest campaign, where one is known.
    pub campaign: Option<CampaignKey>,
    pub depth: Depth,
    pub landing: LandingState,
}

/// What tells one campaign from another: the tags and the kind of click id, but not the page that
/// the link was on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignKey(TrafficKey);

/// How far into a visit the visitor has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// No page yet: the visit was opened by a click or a passive event.
    Opened,
    OnePage,
    /// The visit is no bounce.
    Engaged,
}

/// Whether the page behind the latest click is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LandingState {
    Awaited,
    Seen,
}

/// A hit as far as visits care.
#[derive(Debug, Clone, Copy)]
pub struct VisitHit<'a> {
    pub workspace: WorkspaceId,
    pub kind: HitKind,
    pub at: UnixMillis,
    /// Of a custom event; other kinds speak for themselves.
    pub interaction: Interaction,
    /// Resolved traffic of a page view or click.
    pub traffic: Option<&'a Traffic>,
    /// Id of the visit, should this hit open one.
    pub new_visit: VisitId,
}

/// What a hit adds to its visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitStep {
    /// The hit's time: never before, nor equal to, the visitor's previous hit.
    pub at: UnixMillis,
    pub seq: u32,
    pub visit: VisitId,
    pub visit_at: UnixMillis,
    pub visits: i8,
    pub bounces: i8,
    pub traffic: TrafficKey,
    pub touch: Touch,
}

/// Whether a hit is a new touch, and of which traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// The latest touch goes on.
    Same,
    /// The hit's own traffic.
    Landing,
    /// The visit was opened by a hit that came from nowhere we know.
    Direct,
}

impl Touch {
    /// The tuple of the touch, given the hit's own traffic.
    #[must_use]
    pub fn traffic(self, landing: Option<Traffic>) -> Option<Traffic> {
        match self {
            Self::Same => None,
            Self::Landing => landing,
            Self::Direct => Some(Traffic::direct()),
        }
    }
}

impl CampaignKey {
    /// `None` for a bare referrer, which names no campaign.
    #[must_use]
    pub fn of(workspace: WorkspaceId, traffic: &Traffic) -> Option<Self> {
        if traffic.campaign.is_empty() && traffic.medium.is_empty() && traffic.click_id.is_none() {
            return None;
        }
        let named = Traffic {
            referrer: String::new(),
            default_channel: String::new(),
            ..traffic.clone()
        };
        Some(Self(named.key(workspace)))
    }
}

impl Default for VisitSettings {
    fn default() -> Self {
        Self {
            idle_ms: IDLE_MS_DEFAULT,
            campaign_change: CampaignChange::KeepsVisit,
            midnight: Midnight::KeepsVisit,
        }
    }
}

/// The visitor's next state, and what the hit adds.
#[must_use]
pub fn advance(
    previous: Option<&VisitState>,
    hit: &VisitHit<'_>,
    settings: &VisitSettings,
) -> (VisitState, VisitStep) {
    let at = previous.map_or(hit.at, |state| hit.at.max(state.last_at.plus_ms(1)));
    let seq = previous.map_or(1, |state| state.seq.saturating_add(1));
    let landing = hit.traffic.filter(|_| is_landing(hit.kind));
    let touch = landing.filter(|traffic| !traffic.is_direct());
    match previous.filter(|state| continues(state, at, hit, touch, settings)) {
        Some(state) => go_on(state, hit, at, seq, touch),
        None => open(hit, at, seq, touch),
    }
}

impl VisitState {
    /// Whether a hit at `at` still belongs to this visit.
    #[must_use]
    pub fn is_running(&self, at: UnixMillis, settings: &VisitSettings) -> bool {
        at.since_ms(self.last_at) <= settings.idle_ms && same_day(self, at, &settings.midnight)
    }
}

fn open(
    hit: &VisitHit<'_>,
    at: UnixMillis,
    seq: u32,
    touch: Option<&Traffic>,
) -> (VisitState, VisitStep) {
    let key = match touch {
        Some(traffic) => traffic.key(hit.workspace),
        None => Traffic::direct().key(hit.workspace),
    };
    let depth = deepen(Depth::Opened, hit);
    let state = VisitState {
        visit: hit.new_visit,
        visit_at: at,
        last_at: at,
        seq,
        traffic: key,
        campaign: touch.and_then(|traffic| CampaignKey::of(hit.workspace, traffic)),
        depth,
        landing: landing_after(LandingState::Seen, hit.kind),
    };
    let step = VisitStep {
        at,
        seq,
        visit: hit.new_visit,
        visit_at: at,
        visits: 1,
        bounces: i8::from(depth != Depth::Engaged),
        traffic: key,
        touch: if touch.is_some() {
            Touch::Landing
        } else {
            Touch::Direct
        },
    };
    (state, step)
}

fn go_on(
    state: &VisitState,
    hit: &VisitHit<'_>,
    at: UnixMillis,
    seq: u32,
    touch: Option<&Traffic>,
) -> (VisitState, VisitStep) {
    let key = touch.map_or(state.traffic, |traffic| traffic.key(hit.workspace));
    // The page behind a click brings the click's own tags along: one touch, not two.
    let repeats_click = state.landing == LandingState::Awaited
        && hit.kind == HitKind::PageView
        && key == state.traffic;
    let depth = deepen(state.depth, hit);
    let shows_interest = state.depth != Depth::Engaged && depth == Depth::Engaged;
    let next = VisitState {
        last_at: at,
        seq,
        traffic: key,
        campaign: touch
            .and_then(|traffic| CampaignKey::of(hit.workspace, traffic))
            .or(state.campaign),
        depth,
        landing: landing_after(state.landing, hit.kind),
        ..*state
    };
    let step = VisitStep {
        at,
        seq,
        visit: state.visit,
        visit_at: state.visit_at,
        visits: 0,
        bounces: -i8::from(shows_interest),
        traffic: key,
        touch: if touch.is_some() && !repeats_click {
            Touch::Landing
        } else {
            Touch::Same
        },
    };
    (next, step)
}

fn continues(
    state: &VisitState,
    at: UnixMillis,
    hit: &VisitHit<'_>,
    touch: Option<&Traffic>,
    settings: &VisitSettings,
) -> bool {
    // A click and the page behind it are one arrival, also where the page is tagged otherwise.
    let ends_on_change = settings.campaign_change == CampaignChange::OpensVisit
        && !(state.landing == LandingState::Awaited && hit.kind == HitKind::PageView);
    let other_campaign = ends_on_change
        && touch.is_some_and(|traffic| {
            CampaignKey::of(hit.workspace, traffic)
                .is_some_and(|campaign| !same_campaign(state, campaign, traffic.key(hit.workspace)))
        });
    state.is_running(at, settings) && !other_campaign
}

fn same_day(state: &VisitState, at: UnixMillis, midnight: &Midnight) -> bool {
    match midnight {
        Midnight::KeepsVisit => true,
        Midnight::OpensVisit(zone) => zone.day_of(state.last_at) == zone.day_of(at),
    }
}

fn deepen(depth: Depth, hit: &VisitHit<'_>) -> Depth {
    match (hit.kind, depth) {
        (_, Depth::Engaged) => Depth::Engaged,
        (HitKind::PageView, Depth::Opened) => Depth::OnePage,
        (HitKind::PageView, Depth::OnePage) => Depth::Engaged,
        (HitKind::Event | HitKind::Revenue, _) if hit.interaction == Interaction::Active => {
            Depth::Engaged
        }
        (HitKind::Outbound | HitKind::Download | HitKind::FormSubmit, _) => Depth::Engaged,
        (HitKind::Click | HitKind::Engagement | HitKind::Event | HitKind::Revenue, same) => same,
    }
}

fn landing_after(before: LandingState, kind: HitKind) -> LandingState {
    match kind {
        HitKind::Click => LandingState::Awaited,
        HitKind::PageView => LandingState::Seen,
        _ => before,
    }
}

fn is_landing(kind: HitKind) -> bool {
    matches!(kind, HitKind::Click | HitKind::PageView)
}

/// The very same traffic is the same campaign also where the visit's campaign was forgotten.
fn same_campaign(state: &VisitState, campaign: CampaignKey, traffic: TrafficKey) -> bool {
    state.campaign == Some(campaign) || state.traffic == traffic
}

#[cfg(test)]
mod tests;
