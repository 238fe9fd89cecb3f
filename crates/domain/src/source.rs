//! Where a visit came from: tags, click ids and the referrer become one raw traffic tuple.
//!
//! Order of trust: `utm_source`, `source`, `ref`, a paid platform's click id, the referrer. A paid
//! platform's click id with nothing beside it is no source: an address that was copied from an ad
//! has one as well. The tuple keeps what was tagged; only the source's name is brought to one
//! spelling.

mod catalogue;
mod channel;
mod host;
mod params;
mod path;

use std::borrow::Cow;

use base::{ClickIdKind, Traffic};

pub use catalogue::{Category, KnownSource, find_source};
pub use channel::{PaidBy, Tags, default_channel};
pub use host::{
    UrlParts, ascii_host, same_site, shown_host, split_url, with_ascii_host, without_www,
};
pub use params::{CLICK_ID_BYTES_MAX, LandingTags, QUERY_PARAMETERS_MAX, VALUE_BYTES_MAX, clean};
pub use path::{PATH_BYTES_MAX, readable_path};

/// What a landing says about where it came from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Landing<'a> {
    /// Query of the page's address, without the question mark, still percent-encoded.
    pub query: &'a str,
    /// The referrer's whole address; empty when none was sent.
    pub referrer: &'a str,
    /// Host of the page: a referrer on the same host says nothing.
    pub page_host: &'a str,
}

/// The traffic of a landing, and the raw click ids that came along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    pub traffic: Traffic,
    pub click_ids: Vec<(ClickIdKind, String)>,
}

/// Resolves a landing. A landing without any sign of its origin is [`Traffic::direct`].
#[must_use]
pub fn resolve(landing: &Landing<'_>) -> Arrival {
    resolve_tags(
        LandingTags::parse(landing.query),
        landing.referrer,
        landing.page_host,
    )
}

/// Resolves tags that are already parsed, such as a click link's with its defaults filled in.
#[must_use]
pub fn resolve_tags(tags: LandingTags<'_>, referrer: &str, page_host: &str) -> Arrival {
    let referrer = external_referrer(referrer, page_host);
    if tags.is_empty() && referrer.is_empty() {
        return Arrival {
            traffic: Traffic::direct(),
            click_ids: Vec::new(),
        };
    }
    let resolved = source_of(&tags, &referrer);
    let click_ids = tags.click_ids;
    let paid_by = match resolved.ads {
        true => PaidBy::Advertising,
        false => paid_by(&click_ids, &resolved.name),
    };
    let implied = tags.medium.is_empty() && paid_by == PaidBy::ClickId;
    let medium = if implied {
        Cow::Borrowed("cpc")
    } else {
        tags.medium
    };
    let channel = default_channel(&Tags {
        source: &resolved.name,
        category: resolved.category,
        medium: &medium,
        campaign: &tags.campaign,
        paid_by,
    });
    let traffic = Traffic {
        source: resolved.name.into_owned(),
        medium: medium.into_owned(),
        campaign: tags.campaign.into_owned(),
        ad_group: tags.ad_group.into_owned(),
        ad: tags.ad.into_owned(),
        keyword: tags.keyword.into_owned(),
        click_id: click_ids.iter().map(|(kind, _)| *kind).min(),
        referrer: referrer.into_owned(),
        default_channel: channel.to_owned(),
    };
    Arrival { traffic, click_ids }
}

/// The one spelling of a source: `ig` and `Instagram` are `instagram`; an unknown one stays as
/// it was written. Costs and landings must both pass through here to meet in a report.
#[must_use]
pub fn canonical_source(raw: &str) -> Cow<'_, str> {
    match raw.trim() {
        "(direct)" | "(not set)" | "(none)" => Cow::Borrowed(""),
        trimmed => {
            find_source(trimmed).map_or(Cow::Borrowed(trimmed), |found| Cow::Borrowed(found.name))
        }
    }
}

/// The default channel of tags given by hand or by a cost file, without a referrer.
#[must_use]
pub fn channel_of_tags(source: &str, medium: &str, campaign: &str) -> &'static str {
    let known = find_source(source.trim());
    let advertising = known.is_some_and(|found| found.ads);
    default_channel(&Tags {
        source: known.map_or(source.trim(), |found| found.name),
        category: known.and_then(|found| found.category),
        medium,
        campaign,
        paid_by: if advertising {
            PaidBy::Advertising
        } else {
            PaidBy::Medium
        },
    })
}

struct Resolved<'a> {
    name: Cow<'a, str>,
    category: Option<Category>,
    /// The tag names an advertising account, such as `adwords`.
    ads: bool,
}

impl Resolved<'_> {
    fn known(found: KnownSource) -> Self {
        Self {
            name: Cow::Borrowed(found.name),
            category: found.category,
            ads: false,
        }
    }
}

fn source_of<'a>(tags: &LandingTags<'a>, referrer: &str) -> Resolved<'a> {
    let tagged_name = canonical_name(&tags.source);
    if !tagged_name.is_empty() {
        let found = find_source(&tags.source);
        return Resolved {
            name: found.map_or(tagged_name, |source| Cow::Borrowed(source.name)),
            category: found.and_then(|source| source.category),
            ads: found.is_some_and(|source| source.ads),
        };
    }
    let referring = find_source(referrer);
    let kinds = || tags.click_ids.iter().map(|(kind, _)| *kind);
    let is_bare = referrer.is_empty() && tags.has_click_ids_at_most();
    if !is_bare
        && let Some(found) = kinds().find_map(paid_source).and_then(find_source)
        && referring.is_none_or(|other| agrees(other, found))
    {
        return Resolved::known(found);
    }
    if let Some(found) = referring {
        return Resolved::known(found);
    }
    if !referrer.is_empty() {
        let name = Cow::Owned(referrer.to_owned());
        return Resolved {
            name,
            category: None,
            ads: false,
        };
    }
    let implied = || kinds().find_map(implied_source);
    tags.organic_source
        .or_else(implied)
        .and_then(find_source)
        .map_or(
            Resolved {
                name: Cow::Borrowed(""),
                category: None,
                ads: false,
            },
            Resolved::known,
        )
}

fn canonical_name<'a>(tagged: &Cow<'a, str>) -> Cow<'a, str> {
    match tagged.as_ref() {
        "(direct)" | "(not set)" | "(none)" => Cow::Borrowed(""),
        _ => tagged.clone(),
    }
}

/// A pasted address keeps its click id, so a referrer of another known platform wins over it.
/// A publisher that we do not know is taken for a place of the platform's own ad network.
fn agrees(referring: KnownSource, paid: KnownSource) -> bool {
    referring.name == paid.name
        || (paid.name == "google" && matches!(referring.name, "youtube" | "doubleclick"))
}

/// The platform whose auto-tagging marks a paid click, whatever the medium says.
fn paid_source(kind: ClickIdKind) -> Option<&'static str> {
    match kind {
        ClickIdKind::Gclid | ClickIdKind::Gbraid | ClickIdKind::Wbraid => Some("google"),
        ClickIdKind::Msclkid => Some("bing"),
        ClickIdKind::Yclid => Some("yandex"),
        _ => None,
    }
}

fn paid_by(click_ids: &[(ClickIdKind, String)], source: &str) -> PaidBy {
    let paid = click_ids
        .iter()
        .any(|(kind, _)| paid_source(*kind) == Some(source));
    if paid {
        PaidBy::ClickId
    } else {
        PaidBy::Medium
    }
}

/// The platform that a click id names; it says nothing about money. Those of paid clicks name none
/// here: what remains of them is bare, and unpaid traffic of their platforms does not have them.
fn implied_source(kind: ClickIdKind) -> Option<&'static str> {
    match kind {
        ClickIdKind::Dclid => Some("doubleclick"),
        ClickIdKind::Fbclid => Some("facebook"),
        ClickIdKind::Ttclid => Some("tiktok"),
        ClickIdKind::LinkedIn => Some("linkedin"),
        ClickIdKind::Twitter => Some("x"),
        ClickIdKind::Vk => Some("vk"),
        ClickIdKind::Snapchat => Some("snapchat"),
        ClickIdKind::Pinterest => Some("pinterest"),
        ClickIdKind::Reddit => Some("reddit"),
        ClickIdKind::Taboola => Some("taboola"),
        ClickIdKind::Outbrain => Some("outbrain"),
        ClickIdKind::Mailchimp => Some("mailchimp"),
        ClickIdKind::Klaviyo => Some("klaviyo"),
        ClickIdKind::Quora => Some("quora"),
        ClickIdKind::Gclid
        | ClickIdKind::Gbraid
        | ClickIdKind::Wbraid
        | ClickIdKind::Yclid
        | ClickIdKind::Msclkid
        | ClickIdKind::Impact
        | ClickIdKind::Awin
        | ClickIdKind::CommissionJunction
        | ClickIdKind::Other => None,
    }
}

/// Host of a referrer on another site, without `www.`; empty for one's own pages.
fn external_referrer<'a>(referrer: &'a str, page_host: &str) -> Cow<'a, str> {
    let Some(parts) = split_url(referrer) else {
        return Cow::Borrowed("");
    };
    let web = matches!(
        parts.scheme.as_ref(),
        "http" | "https" | "android-app" | "ios-app"
    );
    let local = parts.host == "localhost" || parts.host.starts_with("127.");
    if !web || local || parts.host.is_empty() || same_site(&parts.host, page_host) {
        return Cow::Borrowed("");
    }
    let bare = match parts.host {
        Cow::Borrowed(host) => Cow::Borrowed(without_www(host)),
        Cow::Owned(host) => Cow::Owned(without_www(&host).to_owned()),
    };
    params::cap(bare, VALUE_BYTES_MAX)
}

#[cfg(test)]
mod tests;
