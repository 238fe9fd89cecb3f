//! The fact record: what happened, when, with its dimensions and signed measures. Never edited.

use serde::{Deserialize, Serialize};

use crate::{
    ChannelId, Currency, Day, DealId, FactId, ImportId, LeadId, LinkId, Money, Repeats, SiteId,
    Traffic, TrafficKey, UnixMillis, VisitId, VisitorId, WorkspaceId,
};

/// One entry of the journal, and the source of one or more warehouse rows.
///
/// Variants are only ever appended (at the end): the journal is read for years. A field more would
/// make older entries unreadable, so what is new to tell is a variant of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    Hit(Box<Hit>),
    Outcome(Box<Outcome>),
    Cost(Box<CostFact>),
    LeadState(Box<LeadState>),
}

/// Something a visitor did: a click, a page view, an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub id: FactId,
    pub repeats: Repeats,
    pub workspace: WorkspaceId,
    pub kind: HitKind,
    pub at: UnixMillis,
    pub recorded: UnixMillis,
    /// Order among the visitor's facts; breaks ties of `at`.
    pub seq: u32,
    pub site: Option<SiteId>,
    pub link: Option<LinkId>,
    pub visitor: VisitorId,
    pub visit: VisitId,
    /// Start of the visit.
    pub visit_at: UnixMillis,
    /// +1 on the hit that opens a visit.
    pub visits: i8,
    /// +1 on the hit that opens a visit, −1 on the hit that shows it was no bounce.
    pub bounces: i8,
    /// Traffic of the latest touch.
    pub traffic: TrafficKey,
    /// The tuple itself, on the hit that is a new touch.
    pub touch: Option<Box<Traffic>>,
    pub page: Page,
    /// Name of a custom event; link address of an outbound click or download.
    pub name: String,
    pub properties: Vec<(String, String)>,
    pub agent: Agent,
    pub country: Country,
    /// Why this is taken for a machine.
    pub bot: Option<BotReason>,
    pub engaged_ms: u32,
    /// Deepest scroll in percent of the page.
    pub scroll_percent: u8,
    pub revenue: Option<Money>,
    /// Raw click ids, kept beside the normalised dimensions.
    pub click_ids: Vec<(ClickIdKind, String)>,
}

/// What kind of thing a visitor did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HitKind {
    /// A redirect through a click link.
    Click,
    PageView,
    /// Time in view and scroll depth since the last report of the page.
    Engagement,
    /// A custom event.
    Event,
    Outbound,
    Download,
    FormSubmit,
    /// A custom event that carries money.
    Revenue,
}

/// The page of a hit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub host: String,
    /// Path without query; starts with a slash.
    pub path: String,
    pub title: String,
}

/// What the user agent says it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Agent {
    pub device: Device,
    pub browser: String,
    pub os: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Device {
    Desktop,
    Phone,
    Tablet,
    #[default]
    Unknown,
}

/// ISO 3166-1 alpha-2 in upper case; two zero bytes when unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Country(pub [u8; 2]);

/// Why a hit is taken for a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BotReason {
    /// The user agent names itself a crawler or tool.
    UserAgent,
    /// No user agent at all.
    NoUserAgent,
    /// The browser said that it only fetches ahead of need.
    Prefetch,
    /// The browser said it is driven by a program.
    Automation,
    /// The referrer is a known spammer.
    ReferrerSpam,
}

/// Which platform's click id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ClickIdKind {
    Gclid,
    Gbraid,
    Wbraid,
    Dclid,
    Yclid,
    Fbclid,
    Msclkid,
    Ttclid,
    LinkedIn,
    Twitter,
    Vk,
    Snapchat,
    Pinterest,
    Reddit,
    Taboola,
    Outbrain,
    Impact,
    Awin,
    CommissionJunction,
    Mailchimp,
    Klaviyo,
    Quora,
    /// Generic `clickid`/`click_id`/`aff_id` parameters.
    Other,
}

/// A change of a lead, a deal or its money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub id: FactId,
    pub workspace: WorkspaceId,
    pub kind: OutcomeKind,
    /// When it happened: a payment's own time, a status change's own time.
    pub at: UnixMillis,
    pub recorded: UnixMillis,
    /// Creation of the lead, or of the deal when there is no lead.
    pub created: UnixMillis,
    pub lead: Option<LeadId>,
    pub deal: Option<DealId>,
    pub visitor: Option<VisitorId>,
    pub visit: Option<VisitId>,
    /// Source given by hand or by an import, used where no visit is known.
    pub declared: Option<Box<Traffic>>,
    pub leads: i32,
    pub qualified: i32,
    pub deals: i32,
    pub sales: i32,
    /// First paid order of a customer.
    pub customers: i32,
    /// Money in the workspace's currency, net of VAT.
    pub revenue_micros: i64,
    /// VAT on the revenue.
    pub vat_micros: i64,
    /// Returned money, net of VAT, as a positive number; revenue is already reduced by it.
    pub refunds_micros: i64,
    pub cost_of_goods_micros: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OutcomeKind {
    Lead,
    LeadStatus,
    Deal,
    DealStatus,
    Payment,
    Refund,
    CostOfGoods,
}

/// A signed difference of ad cost for a day and an ad entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostFact {
    pub id: FactId,
    pub workspace: WorkspaceId,
    /// Local day of the workspace, as the platform reports it.
    pub day: Day,
    pub recorded: UnixMillis,
    pub import: ImportId,
    /// `google_ads`, `yandex_direct`, `manual` …
    pub platform: String,
    pub traffic: Traffic,
    pub channel: Option<ChannelId>,
    pub impressions: i64,
    pub clicks: i64,
    /// In the workspace's currency, without VAT, with the mark-up.
    pub cost_micros: i64,
    pub vat_micros: i64,
    pub original_micros: i64,
    pub original_currency: Currency,
}

/// What a lead is from one of its versions on. It counts nothing: outcomes do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadState {
    pub id: FactId,
    pub workspace: WorkspaceId,
    pub lead: LeadId,
    /// Of the lead; the highest one tells what it is.
    pub version: i64,
    pub recorded: UnixMillis,
    /// `new`, `qualified` …
    pub status: String,
}

/// Bytes that are no fact of this or an earlier version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a journal entry of {0} bytes is not a fact that this version knows")]
pub struct FactFormatError(pub usize);

/// Room for nearly every fact, so that encoding one grows nothing.
const ENCODED_BYTES_USUAL: usize = 512;

impl Fact {
    /// The compact form that the journal keeps.
    ///
    /// # Errors
    /// Never for a fact whose fields have serialisable sizes; kept for the encoder's own errors.
    pub fn encode(&self) -> Result<Vec<u8>, FactFormatError> {
        postcard::to_extend(self, Vec::with_capacity(ENCODED_BYTES_USUAL))
            .map_err(|_| FactFormatError(0))
    }

    /// # Errors
    /// When the bytes are not a fact.
    pub fn decode(bytes: &[u8]) -> Result<Self, FactFormatError> {
        postcard::from_bytes(bytes).map_err(|_| FactFormatError(bytes.len()))
    }

    #[must_use]
    pub fn workspace(&self) -> WorkspaceId {
        match self {
            Self::Hit(hit) => hit.workspace,
            Self::Outcome(outcome) => outcome.workspace,
            Self::Cost(cost) => cost.workspace,
            Self::LeadState(state) => state.workspace,
        }
    }

    #[must_use]
    pub fn id(&self) -> FactId {
        match self {
            Self::Hit(hit) => hit.id,
            Self::Outcome(outcome) => outcome.id,
            Self::Cost(cost) => cost.id,
            Self::LeadState(state) => state.id,
        }
    }

    #[must_use]
    pub fn recorded(&self) -> UnixMillis {
        match self {
            Self::Hit(hit) => hit.recorded,
            Self::Outcome(outcome) => outcome.recorded,
            Self::Cost(cost) => cost.recorded,
            Self::LeadState(state) => state.recorded,
        }
    }

    #[must_use]
    pub fn hit(&self) -> Option<&Hit> {
        match self {
            Self::Hit(hit) => Some(hit),
            Self::Outcome(_) | Self::Cost(_) | Self::LeadState(_) => None,
        }
    }

    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Outcome(outcome) => Some(outcome),
            Self::Hit(_) | Self::Cost(_) | Self::LeadState(_) => None,
        }
    }

    #[must_use]
    pub fn cost(&self) -> Option<&CostFact> {
        match self {
            Self::Cost(cost) => Some(cost),
            Self::Hit(_) | Self::Outcome(_) | Self::LeadState(_) => None,
        }
    }

    #[must_use]
    pub fn lead_state(&self) -> Option<&LeadState> {
        match self {
            Self::LeadState(state) => Some(state),
            Self::Hit(_) | Self::Outcome(_) | Self::Cost(_) => None,
        }
    }
}

impl ClickIdKind {
    /// The URL parameter's usual name, which is also how it is stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gclid => "gclid",
            Self::Gbraid => "gbraid",
            Self::Wbraid => "wbraid",
            Self::Dclid => "dclid",
            Self::Yclid => "yclid",
            Self::Fbclid => "fbclid",
            Self::Msclkid => "msclkid",
            Self::Ttclid => "ttclid",
            Self::LinkedIn => "li_fat_id",
            Self::Twitter => "twclid",
            Self::Vk => "rb_clickid",
            Self::Snapchat => "sccid",
            Self::Pinterest => "epik",
            Self::Reddit => "rdt_cid",
            Self::Taboola => "tblci",
            Self::Outbrain => "ob_click_id",
            Self::Impact => "irclickid",
            Self::Awin => "awc",
            Self::CommissionJunction => "cjevent",
            Self::Mailchimp => "mc_cid",
            Self::Klaviyo => "_kx",
            Self::Quora => "qclid",
            Self::Other => "click_id",
        }
    }
}

impl HitKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::PageView => "page_view",
            Self::Engagement => "engagement",
            Self::Event => "event",
            Self::Outbound => "outbound",
            Self::Download => "download",
            Self::FormSubmit => "form_submit",
            Self::Revenue => "revenue",
        }
    }
}

impl OutcomeKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::LeadStatus => "lead_status",
            Self::Deal => "deal",
            Self::DealStatus => "deal_status",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::CostOfGoods => "cost_of_goods",
        }
    }
}

impl Device {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Unknown => "",
        }
    }
}

impl BotReason {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UserAgent => "user_agent",
            Self::NoUserAgent => "no_user_agent",
            Self::Prefetch => "prefetch",
            Self::Automation => "automation",
            Self::ReferrerSpam => "referrer_spam",
        }
    }
}

impl Country {
    pub const UNKNOWN: Self = Self([0, 0]);

    /// Reads two letters; anything else is unknown.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()])
            }
            _ => Self::UNKNOWN,
        }
    }

    /// Two letters, or empty when unknown.
    #[must_use]
    pub fn code(&self) -> &str {
        if *self == Self::UNKNOWN {
            ""
        } else {
            std::str::from_utf8(&self.0).unwrap_or("")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost() -> Fact {
        Fact::Cost(Box::new(CostFact {
            id: FactId(7),
            workspace: WorkspaceId(1),
            day: Day(20_000),
            recorded: UnixMillis(5),
            import: ImportId(3),
            platform: "google_ads".to_owned(),
            traffic: Traffic {
                source: "google".to_owned(),
                ..Traffic::default()
            },
            channel: None,
            impressions: 10,
            clicks: -1,
            cost_micros: 1_500_000,
            vat_micros: 0,
            original_micros: 1_500_000,
            original_currency: "EUR".parse().unwrap(),
        }))
    }

    #[test]
    fn a_fact_reads_back_from_the_journal() {
        let bytes = cost().encode().unwrap();
        assert_eq!(Fact::decode(&bytes), Ok(cost()));
    }

    /// The entry of a journal that was written before there were states of leads.
    const COST_OF_AN_EARLIER_VERSION: &[u8] = &[
        2, 7, 2, 192, 184, 2, 10, 6, 10, 103, 111, 111, 103, 108, 101, 95, 97, 100, 115, 6, 103,
        111, 111, 103, 108, 101, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 1, 192, 141, 183, 1, 0, 192, 141,
        183, 1, 3, 69, 85, 82,
    ];

    #[test]
    fn an_entry_of_an_earlier_version_still_reads() {
        assert_eq!(Fact::decode(COST_OF_AN_EARLIER_VERSION), Ok(cost()));
        assert_eq!(cost().encode().unwrap(), COST_OF_AN_EARLIER_VERSION);
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(Fact::decode(&[9, 9, 9]), Err(FactFormatError(3)));
    }
}
