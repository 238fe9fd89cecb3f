//! Who a visitor is: a first-party cookie where consent allows, a hash of the day otherwise.

use std::hash::Hasher;
use std::net::IpAddr;

use base::{SiteId, UnixMillis, VisitorId, WorkspaceId};
use domain::visit::VisitSettings;
use http::{HeaderValue, header};
use siphasher::sip::SipHasher24;

use crate::network::is_trusted_peer;
use crate::snapshot::{ConsentMode, IntakeSettings, PublicScheme};
use crate::{Minter, Reply, Request, VisitTable};

/// 128 random bits.
pub type Salt = [u8; 16];

/// Salts of the cookieless visitor hash. They are random, change daily and are destroyed after
/// two days; then nobody can tell who was behind a hash.
#[derive(Clone)]
pub struct Salts {
    pub current: Salt,
    /// Yesterday's, so that a visit survives midnight.
    pub previous: Option<Salt>,
}

impl std::fmt::Debug for Salts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Salts")
    }
}

/// What the visitor said about being recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    Given,
    Refused,
    Unsaid,
}

/// What a hash is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Browser<'a> {
    pub(crate) agent: &'a str,
    pub(crate) address: IpAddr,
    pub(crate) workspace: WorkspaceId,
    pub(crate) site: Option<SiteId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CookieAction {
    Leave,
    Set,
    Expire,
}

/// Whether click id values may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClickIds {
    Keep,
    Discard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) visitor: VisitorId,
    pub(crate) cookie: CookieAction,
    pub(crate) click_ids: ClickIds,
    /// The browser was not known before this request.
    pub(crate) fresh: bool,
}

const COOKIE: &str = "tl_id";
/// 390 days, a little below what browsers allow at most.
const COOKIE_SECONDS: u32 = 390 * 24 * 3600;

/// What identifying a browser needs beside the browser.
pub(crate) struct Surroundings<'a> {
    pub(crate) salts: &'a Salts,
    pub(crate) visits: &'a VisitTable,
    pub(crate) settings: &'a VisitSettings,
    pub(crate) minter: &'a dyn Minter,
    pub(crate) now: UnixMillis,
}

/// `known` is whom the browser says it is by its cookie, see [`visitor_of`].
pub(crate) fn identify(
    request: &Request<'_>,
    browser: &Browser<'_>,
    known: Option<VisitorId>,
    mode: ConsentMode,
    consent: Consent,
    around: &Surroundings<'_>,
) -> Identity {
    let refused = consent == Consent::Refused || request.refuses_sale();
    if refused {
        let cookie = if known.is_some() {
            CookieAction::Expire
        } else {
            CookieAction::Leave
        };
        let visitor = hashed(browser, around);
        return Identity {
            visitor,
            cookie,
            click_ids: ClickIds::Discard,
            fresh: false,
        };
    }
    // Under "ask" a cookie only exists because the visitor agreed before.
    let agreed = match mode {
        ConsentMode::Cookie => true,
        ConsentMode::Cookieless => false,
        ConsentMode::Ask => consent == Consent::Given || known.is_some(),
    };
    if agreed {
        let fresh = known.is_none();
        let visitor = known.unwrap_or_else(|| VisitorId(around.minter.mint().max(1)));
        return Identity {
            visitor,
            cookie: CookieAction::Set,
            click_ids: ClickIds::Keep,
            fresh,
        };
    }
    let click_ids = if mode == ConsentMode::Ask {
        ClickIds::Discard
    } else {
        ClickIds::Keep
    };
    let visitor = hashed(browser, around);
    Identity {
        visitor,
        cookie: CookieAction::Leave,
        click_ids,
        fresh: false,
    }
}

/// The visitor whose cookie the browser has brought.
pub(crate) fn visitor_of(request: &Request<'_>) -> Option<VisitorId> {
    let told = request.cookie(COOKIE)?.parse().ok();
    told.filter(|id: &VisitorId| id.0 != 0)
}

pub(crate) fn knows_visitor(request: &Request<'_>) -> bool {
    visitor_of(request).is_some()
}

/// A check that a landing comes from the browser that clicked.
pub(crate) fn browser_tag(salt: &Salt, browser: &Browser<'_>) -> u16 {
    let everywhere = Browser {
        site: None,
        ..*browser
    };
    u16::try_from(hash(salt, &everywhere).0 >> 48).unwrap_or_default()
}

/// The visitor without a cookie: today's hash, unless yesterday's still has a visit running.
pub(crate) fn hashed(browser: &Browser<'_>, around: &Surroundings<'_>) -> VisitorId {
    let today = hash(&around.salts.current, browser);
    let Some(salt) = &around.salts.previous else {
        return today;
    };
    if around.visits.find(today).is_some() {
        return today;
    }
    let yesterday = hash(salt, browser);
    let running = around.visits.find(yesterday);
    let running = running.is_some_and(|state| state.is_running(around.now, around.settings));
    if running { yesterday } else { today }
}

/// `SipHash` of a salt over user agent, address and site.
pub(crate) fn hash(salt: &Salt, browser: &Browser<'_>) -> VisitorId {
    let mut hasher = SipHasher24::new_with_key(salt);
    hasher.write(browser.agent.as_bytes());
    hasher.write(&[0xff]);
    match browser.address {
        IpAddr::V4(four) => hasher.write(&four.octets()),
        IpAddr::V6(six) => hasher.write(&six.octets()),
    }
    hasher.write(&browser.workspace.0.to_le_bytes());
    hasher.write(&browser.site.map_or(0, |site| site.0).to_le_bytes());
    VisitorId(hasher.finish().max(1))
}

impl Reply {
    /// Adds the visitor's cookie as the identity says.
    pub(crate) fn with_identity(
        self,
        identity: &Identity,
        request: &Request<'_>,
        settings: &IntakeSettings,
    ) -> Self {
        let secure = if is_https(request, settings) {
            "; Secure"
        } else {
            ""
        };
        let text = match identity.cookie {
            CookieAction::Leave => return self,
            CookieAction::Set => format!(
                "{COOKIE}={}; Max-Age={COOKIE_SECONDS}; Path=/; SameSite=Lax; HttpOnly{secure}",
                identity.visitor
            ),
            CookieAction::Expire => {
                format!("{COOKIE}=; Max-Age=0; Path=/; SameSite=Lax; HttpOnly{secure}")
            }
        };
        match HeaderValue::from_str(&text) {
            Ok(value) => self.with(header::SET_COOKIE, value),
            Err(_) => self,
        }
    }
}

fn is_https(request: &Request<'_>, settings: &IntakeSettings) -> bool {
    let forwarded = request
        .headers
        .get("x-forwarded-proto")
        .and_then(|value| value.to_str().ok());
    match forwarded {
        Some(scheme) if is_trusted_peer(request.peer, &settings.trusted_proxies) => {
            scheme.eq_ignore_ascii_case("https")
        }
        _ => settings.public_scheme == PublicScheme::Https,
    }
}
