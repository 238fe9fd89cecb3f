//! What people set up: campaigns with flows, the rules of flows, and where they lead.
//!
//! These are the shapes that are stored and sent. Nothing here is checked; `compile` does that.

use base::{CampaignId, FlowId, LandingId, OfferId};
use serde::{Deserialize, Serialize};

/// Most campaigns of a workspace.
pub const CAMPAIGNS_MAX: usize = 10_000;
/// Most landing pages of a workspace, and most offers.
pub const PAGES_MAX: usize = 50_000;
/// Most flows of a campaign.
pub const FLOWS_MAX: usize = 200;
/// Most filters of a rule.
pub const FILTERS_MAX: usize = 30;
/// Most values of a filter.
pub const VALUES_MAX: usize = 1_000;
/// Longest value of a filter, and longest name of a parameter.
pub const VALUE_CHARS_MAX: usize = 500;
/// Most different `/expressions/` of a workspace.
pub const EXPRESSIONS_MAX: usize = 500;
/// Most landing pages of a flow, and most offers.
pub const SHARES_MAX: usize = 100;
/// Greatest weight.
pub const WEIGHT_MAX: u32 = 1_000_000;
/// Largest page that a flow answers with.
pub const HTML_BYTES_MAX: usize = 65_536;
/// Longest time that a visitor is remembered: a year.
pub const HOURS_MAX: u16 = 8_760;
/// A visitor who comes again after this time is new.
const HOURS_DEFAULT: u16 = 24;

/// What the clicks of one workspace are routed by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definitions {
    #[serde(default)]
    pub campaigns: Vec<Campaign>,
    #[serde(default)]
    pub landings: Vec<Landing>,
    #[serde(default)]
    pub offers: Vec<Offer>,
}

/// An entrance for traffic: each click takes one of its flows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    pub id: CampaignId,
    /// IANA name of the zone in which time tables and dates are meant.
    pub zone: String,
    #[serde(default)]
    pub rotation: Rotation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Who comes again within so many hours is not unique.
    #[serde(default = "hours_default")]
    pub unique_hours: u16,
    #[serde(default)]
    pub flows: Vec<Flow>,
}

/// How one of the regular flows is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// The first whose rule passes. Weights say nothing then.
    #[default]
    Position,
    /// Drawn by weight among those whose rules pass.
    Weight,
}

/// Visitors who come again get what they got before. Where flows are found by position, that is the
/// landing page and the offer of the flow; the flow is found anew each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    pub keeps: Keeps,
    #[serde(default = "hours_default")]
    pub hours: u16,
}

/// What stays the same, each with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    Flow,
    Landing,
    Offer,
}

/// One way through a campaign. Its place in the list is its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    pub id: FlowId,
    #[serde(default)]
    pub kind: FlowKind,
    #[serde(default)]
    pub state: FlowState,
    #[serde(default = "one")]
    pub weight: u32,
    #[serde(default)]
    pub rule: Rule,
    pub action: Action,
}

/// When a flow has its turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// Before all others, in order.
    Forced,
    #[default]
    Regular,
    /// For whoever is left. There is one at most, and it has no filters.
    Default,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    #[default]
    On,
    /// Takes nobody, not even who is bound to it.
    Off,
}

/// Whom a flow takes. Without filters it takes everyone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(default)]
    pub joint: Joint,
    #[serde(default)]
    pub filters: Vec<Filter>,
}

/// How many of the filters have to hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joint {
    #[default]
    All,
    Any,
}

/// One thing about a click, and what it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub by: Subject,
    /// Which parameter, or which sub id (1 to 30). Of others it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default)]
    pub op: Op,
    /// It is one of these; `None` (`null`) is the value *unknown*.
    pub values: Vec<Option<String>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    #[default]
    Is,
    /// Exactly when `Is` does not hold: what is unknown is not any value either.
    IsNot,
}

/// What a filter looks at, with how its values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Two letters.
    Country,
    Region,
    City,
    /// `desktop`, `phone`, `tablet`.
    Device,
    Os,
    OsVersion,
    Browser,
    BrowserVersion,
    Language,
    Isp,
    /// A number, with or without `AS`.
    Asn,
    /// `cable`, `cellular`, `corporate`, `dialup`, `satellite`.
    Connection,
    /// `yes`, `no`.
    Proxy,
    /// `person`, `machine`, or one reason to take it for a machine.
    Bot,
    /// `1-5 09:00-18:00`: weekdays from Monday, and times; `22:00-06:00` ends on the day after.
    TimeTable,
    /// `2026-03-01..2026-03-31`, with both days; either may be left out.
    Dates,
    Referrer,
    Keyword,
    /// A parameter of the click's address, by name.
    Parameter,
    /// A sub id, by number.
    Sub,
    /// `campaign`, `flow` or `global`: the visitor is there for the first time.
    Unique,
    /// `100/hour`, `100/day` or `100/total`: the flow took fewer clicks.
    ClicksBelow,
}

/// What becomes of a click that takes the flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// To a landing page, which leads on to an offer, or straight to an offer.
    Send {
        #[serde(default)]
        how: Redirect,
        #[serde(default)]
        landings: Vec<Share<LandingId>>,
        #[serde(default)]
        offers: Vec<Share<OfferId>>,
    },
    /// To an address of its own.
    Address {
        #[serde(default)]
        how: Redirect,
        url: String,
    },
    /// A page.
    Html { body: String },
    /// 404.
    NotFound {},
    /// An empty answer.
    Nothing {},
    /// As if the click had come to another campaign.
    Campaign { id: CampaignId },
}

/// How a browser is sent on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redirect {
    /// 302.
    #[default]
    Found,
    /// 307, which keeps what was posted.
    Temporary,
    /// A page that refreshes itself.
    Meta,
    /// The same twice, over an address of our own.
    DoubleMeta,
    /// `window.location`.
    Script,
    /// The address fills a frame of our page.
    Frame,
    /// A form that sends itself.
    Form,
}

/// How often one of several is drawn. Weight 0 is never drawn, but whoever is bound to it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share<Id> {
    pub id: Id,
    #[serde(default = "one")]
    pub weight: u32,
}

/// A page that is shown before the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Landing {
    pub id: LandingId,
    pub url: String,
}

/// What is advertised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    pub id: OfferId,
    pub url: String,
    #[serde(default)]
    pub room: Room,
    /// Who finds no room goes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<OfferId>,
}

/// Whether an offer takes everyone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    #[default]
    Unlimited,
    /// The memory is asked for a place.
    Capped,
}

fn one() -> u32 {
    1
}

fn hours_default() -> u16 {
    HOURS_DEFAULT
}
