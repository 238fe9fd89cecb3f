//! The hit: what a visitor did, with its dimensions and signed measures.

use serde::{Deserialize, Serialize};

use crate::{
    FactId, HitId, LinkId, Money, SiteId, Stamp, Traffic, TrafficKey, UnixMillis, VisitId,
    VisitorId, WorkspaceId,
};

/// Something a visitor did: a click, a page view, an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub id: HitId,
    pub workspace: WorkspaceId,
    pub kind: HitKind,
    pub at: UnixMillis,
    /// From `at` until it was recorded, mostly nothing.
    pub delay_ms: i64,
    /// Order among the visitor's facts; breaks ties of `at`.
    pub seq: u32,
    pub site: Option<SiteId>,
    pub link: Option<LinkId>,
    #[serde(with = "fixed")]
    pub visitor: VisitorId,
    #[serde(with = "fixed")]
    pub visit: VisitId,
    /// From the start of the visit until `at`.
    pub visit_age_ms: i64,
    /// +1 on the hit that opens a visit.
    pub visits: i8,
    /// +1 on the hit that opens a visit, −1 on the hit that shows it was no bounce.
    pub bounces: i8,
    /// Traffic of the latest touch.
    #[serde(with = "fixed")]
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

/// Random numbers take eight bytes; the encoder's usual form would take ten of nearly all.
mod fixed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer, T: Copy + Into<u64>>(
        id: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        (*id).into().to_le_bytes().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, T: From<u64>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        <[u8; 8]>::deserialize(deserializer).map(|bytes| T::from(u64::from_le_bytes(bytes)))
    }
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

impl Hit {
    #[must_use]
    pub fn recorded(&self) -> UnixMillis {
        self.at.plus_ms(self.delay_ms)
    }

    /// Start of the visit.
    #[must_use]
    pub fn visit_at(&self) -> UnixMillis {
        self.at.plus_ms(-self.visit_age_ms)
    }

    #[must_use]
    pub fn fact_id(&self) -> FactId {
        match self.id {
            HitId::Sender(id) | HitId::Browser(id) => id,
            HitId::Stamped(mark) => Stamp {
                at: self.at,
                mark,
                visit: self.visit,
            }
            .id(),
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
