//! What an ad platform is told of leads and sales that its clicks brought: which click it was, what
//! may be told, and what has to be put right later.

use base::{ClickIdKind, Money, UnixMillis};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const GOOGLE_DAYS_MAX: i64 = 90;
const METRICA_DAYS_MAX: i64 = 21;
const MICROSOFT_DAYS_MAX: i64 = 90;
const META_DAYS_MAX: i64 = 7;
const CLICK_ID_CHARS_MAX: usize = 512;

/// Who takes files of conversions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    GoogleAds,
    YandexMetrica,
    MicrosoftAds,
    Meta,
}

/// What is told as a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConversionEvent {
    Lead,
    QualifiedLead,
    /// A deal was paid.
    Sale,
}

/// What a conversion is told to be worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversionValue {
    /// The revenue of the deal, refunds taken off, without VAT.
    Net,
    /// The same with VAT.
    Gross,
    /// The same amount each time.
    Fixed,
    Nothing,
}

/// A click id that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    pub at: UnixMillis,
    pub kind: ClickIdKind,
    pub id: String,
}

/// How a visitor came, as far as facts tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    pub clicks: Vec<Click>,
    /// When visits began, with the kind of click id that came along, whether its value was kept
    /// or not.
    pub visits: Vec<(UnixMillis, Option<ClickIdKind>)>,
}

/// What is worth to be told, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub at: UnixMillis,
    /// Clicks behind this moment did not bring it.
    pub came_at: UnixMillis,
    pub is_erased: bool,
    pub is_exported: bool,
    pub worth: Worth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Nothing is said of it.
    Unsaid,
    Of(Money),
    /// There is no exchange rate for its day.
    NoRate,
}

/// Why something cannot be told to a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hindrance {
    /// It was put into a file before.
    Exported,
    /// Nobody is behind it any more.
    Erased,
    /// It has not happened yet.
    InFuture,
    NoRate,
    /// A platform that learns from values learns nothing from zero.
    ZeroValue,
    /// The person refused to have the platform's click id kept.
    NoConsent,
    /// None of the platform's clicks brought it.
    NoClick,
    /// What came as the click id is none that a platform writes.
    MalformedClick,
    /// The platform does not take the click any more.
    ClickTooOld,
}

/// How what a platform was told has to be put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// It is worth something else.
    Restate(Money),
    /// It was none.
    Retract,
}

impl Platform {
    pub const ALL: [Self; 4] = [
        Self::GoogleAds,
        Self::YandexMetrica,
        Self::MicrosoftAds,
        Self::Meta,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GoogleAds => "google_ads",
            Self::YandexMetrica => "yandex_metrica",
            Self::MicrosoftAds => "microsoft_ads",
            Self::Meta => "meta",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The click ids that it knows its clicks by.
    #[must_use]
    pub fn click_ids(self) -> &'static [ClickIdKind] {
        match self {
            Self::GoogleAds => &[ClickIdKind::Gclid, ClickIdKind::Gbraid, ClickIdKind::Wbraid],
            Self::YandexMetrica => &[ClickIdKind::Yclid],
            Self::MicrosoftAds => &[ClickIdKind::Msclkid],
            Self::Meta => &[ClickIdKind::Fbclid],
        }
    }

    /// For so long it takes conversions.
    #[must_use]
    pub fn days_max(self) -> i64 {
        match self {
            Self::GoogleAds => GOOGLE_DAYS_MAX,
            Self::YandexMetrica => METRICA_DAYS_MAX,
            Self::MicrosoftAds => MICROSOFT_DAYS_MAX,
            Self::Meta => META_DAYS_MAX,
        }
    }

    /// Whether what it was told can be put right by another file.
    #[must_use]
    pub fn takes_adjustments(self) -> bool {
        matches!(self, Self::GoogleAds | Self::MicrosoftAds)
    }

    /// Whether it finds what it was told by a number of ours, or only by click and time.
    #[must_use]
    pub fn knows_orders(self) -> bool {
        matches!(self, Self::GoogleAds | Self::Meta)
    }

    /// Since when the days count: the click, the last time that it saw the visitor, or what
    /// happened itself.
    fn counts_from(
        self,
        (click, event): (&Click, UnixMillis),
        arrivals: &Arrivals,
        now: UnixMillis,
    ) -> UnixMillis {
        match self {
            Self::GoogleAds | Self::MicrosoftAds => click.at,
            Self::Meta => event,
            Self::YandexMetrica => {
                let visits = arrivals.visits.iter().map(|(at, _)| *at);
                let past = visits.filter(|at| *at <= now);
                past.max().unwrap_or(click.at).max(click.at)
            }
        }
    }
}

impl ConversionEvent {
    pub const ALL: [Self; 3] = [Self::Lead, Self::QualifiedLead, Self::Sale];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::QualifiedLead => "qualified_lead",
            Self::Sale => "sale",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl ConversionValue {
    pub const ALL: [Self; 4] = [Self::Net, Self::Gross, Self::Fixed, Self::Nothing];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Gross => "gross",
            Self::Fixed => "fixed",
            Self::Nothing => "none",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether it is told by the deal's own money.
    #[must_use]
    pub fn is_revenue(self) -> bool {
        matches!(self, Self::Net | Self::Gross)
    }
}

impl Hindrance {
    pub const ALL: [Self; 9] = [
        Self::Exported,
        Self::Erased,
        Self::InFuture,
        Self::NoRate,
        Self::ZeroValue,
        Self::NoConsent,
        Self::NoClick,
        Self::MalformedClick,
        Self::ClickTooOld,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exported => "exported",
            Self::Erased => "erased",
            Self::InFuture => "in_future",
            Self::NoRate => "no_rate",
            Self::ZeroValue => "zero_value",
            Self::NoConsent => "no_consent",
            Self::NoClick => "no_click",
            Self::MalformedClick => "malformed_click",
            Self::ClickTooOld => "click_too_old",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// The click that brought a candidate: the platform's newest at or before it.
///
/// # Errors
/// Why the platform cannot be told.
pub fn judge<'a>(
    platform: Platform,
    candidate: &Candidate,
    arrivals: &'a Arrivals,
    now: UnixMillis,
) -> Result<&'a Click, Hindrance> {
    if candidate.is_exported {
        return Err(Hindrance::Exported);
    }
    if candidate.is_erased {
        return Err(Hindrance::Erased);
    }
    if candidate.at > now {
        return Err(Hindrance::InFuture);
    }
    match candidate.worth {
        Worth::NoRate => return Err(Hindrance::NoRate),
        Worth::Of(money) if money.rounded().micros <= 0 => return Err(Hindrance::ZeroValue),
        Worth::Of(_) | Worth::Unsaid => {}
    }
    let is_own = |kind: ClickIdKind| platform.click_ids().contains(&kind);
    let clicks = arrivals.clicks.iter();
    let clicks = clicks.filter(|click| is_own(click.kind) && click.at <= candidate.came_at);
    let Some(click) = clicks.max_by_key(|click| (click.at, platform_rank(platform, click.kind)))
    else {
        let mut visits = arrivals.visits.iter();
        let was_refused =
            visits.any(|(at, kind)| *at <= candidate.came_at && kind.is_some_and(is_own));
        return Err(match was_refused {
            true => Hindrance::NoConsent,
            false => Hindrance::NoClick,
        });
    };
    if !is_click_id(&click.id) {
        return Err(Hindrance::MalformedClick);
    }
    let since = platform.counts_from((click, candidate.at), arrivals, now);
    match now.since_ms(since) > platform.days_max() * DAY_MS {
        true => Err(Hindrance::ClickTooOld),
        false => Ok(click),
    }
}

/// What a platform has to be told of a conversion after that it is worth `told`, or that nothing
/// was said of its worth. `stands` is what it is worth now, where it still is a conversion.
#[must_use]
pub fn adjust(told: Option<Money>, stands: Option<Worth>) -> Option<Adjustment> {
    match (told, stands) {
        (_, None) => Some(Adjustment::Retract),
        (Some(told), Some(Worth::Of(worth))) => {
            let worth = worth.rounded();
            match worth.micros {
                micros if worth.currency == told.currency && micros == told.micros => None,
                ..=0 => Some(Adjustment::Retract),
                _ => Some(Adjustment::Restate(worth)),
            }
        }
        (None, Some(Worth::Of(worth))) if worth.rounded().micros > 0 => {
            Some(Adjustment::Restate(worth.rounded()))
        }
        // What cannot be said now was said once, and stays.
        (None, Some(Worth::Of(_))) | (_, Some(Worth::Unsaid | Worth::NoRate)) => None,
    }
}

/// Platforms write letters, digits and a few marks. Anything else was put into an address by
/// somebody else, and a spreadsheet might run it.
fn is_click_id(id: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    (1..=CLICK_ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(is_part)
}

/// Of click ids that came together the first of the platform's list is the more exact.
fn platform_rank(platform: Platform, kind: ClickIdKind) -> usize {
    let place = platform
        .click_ids()
        .iter()
        .rev()
        .position(|own| *own == kind);
    place.unwrap_or_default()
}

#[cfg(test)]
mod tests;
