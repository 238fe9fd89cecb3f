//! The browser's door: what the tracker sends, as JSON under any content type.

mod decided;
mod event;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use base::{BotReason, FactId, HitKind, Money, UnixMillis, VisitId, VisitorId};
use domain::search::note_search;
use domain::source::{Landing, UrlParts, clean, resolve, split_url};
use domain::target::CLICK_PARAMETER;
use domain::visit::{EVENT_NAME_BYTES_MAX, Interaction, VisitSettings};
use http::{Method, StatusCode, header};

pub(crate) use self::event::{BrowserEvent, Revenue};
use crate::click::referrer_host;
use crate::collector::{Draft, IdRule, Observation, without_click_ids};
use crate::deliveries::DeliveryState;
use crate::identity::{
    Browser, ClickIds, Consent, CookieAction, Identity, browser_tag, hashed, identify,
    knows_visitor, visitor_of,
};
use crate::json::is_shallow;
use crate::mint::browser_fact_id;
use crate::network::client_address;
use crate::page::{page_of, page_with_fragment, parse_page_url};
use crate::pixel::PIXEL_PATH;
use crate::request::{DROPPED_HEADER, preflight};
use crate::snapshot::{AckPolicy, ConsentMode, Site, Snapshot};
use crate::{BodyFault, Client, Collector, DropReason, Reply, Request, Sink};

/// Largest body of a single event.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Lengths of an id that a browser gives to an event. A shorter one, such as a counter, may be
/// another visitor's as well; a longer one is none of the tracker's.
const EVENT_ID_BYTES: RangeInclusive<usize> = 12..=64;
const LINK_BYTES_MAX: usize = 1_000;
/// One report of engagement never spans more than a day.
pub(crate) const ENGAGED_MS_MAX: u32 = 24 * 3600 * 1000;

/// What a browser's event comes to.
pub(crate) enum Heard {
    /// There is nothing to store.
    Answered(Reply),
    Drafted(Box<Drafted>),
}

/// An event that is answered once it is stored.
pub(crate) struct Drafted {
    draft: Draft,
    ack: AckPolicy,
    identity: Identity,
}

impl Heard {
    /// Whom the browser is known as once it has this answer.
    pub(crate) fn names(&self) -> Option<VisitorId> {
        match self {
            Self::Drafted(told) if told.identity.cookie == CookieAction::Set => {
                Some(told.identity.visitor)
            }
            Self::Drafted(_) | Self::Answered(_) => None,
        }
    }
}

impl<S: Sink> Collector<S> {
    /// Answers the tracker: 202 also for what is not stored, with the reason in a header; 4xx for
    /// what cannot be read, 429 over the rate, 503 where nothing was made durable.
    pub async fn browser_event(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        if request.method == Method::OPTIONS {
            request.tally.bring(0);
            return preflight(request);
        }
        if request.method != Method::POST {
            self.drop_unread(request, DropReason::WrongMethod);
            return Reply::new(StatusCode::METHOD_NOT_ALLOWED)
                .with_static(header::ALLOW, "POST, OPTIONS");
        }
        let reply = match self.read_event(request) {
            Ok(event) => self.receive(request, &event, now).await,
            Err((status, reason)) => {
                self.drop_unread(request, reason);
                Reply::problem(status, reason.name(), "the event could not be read")
            }
        };
        reply
            .with_cors(request)
            .with_static(header::CACHE_CONTROL, "no-store")
    }

    /// Answers a tracker whose event did not come whole; its page may read why.
    pub(crate) fn refuse_event(&self, request: &Request<'_>, fault: BodyFault) -> Reply {
        self.drop_unread(request, fault.reason());
        Reply::bodiless(fault, BODY_BYTES_MAX)
            .with_cors(request)
            .with_static(header::CACHE_CONTROL, "no-store")
    }

    /// What cannot be read is the site's whose door it came to.
    fn drop_unread(&self, request: &Request<'_>, reason: DropReason) {
        let snapshot = self.snapshot.load();
        let site = snapshot.only_site_at(request.path);
        self.drop_event(request.tally, site.map(|site| site.id), reason);
    }

    fn read_event<'r>(
        &self,
        request: &Request<'r>,
    ) -> Result<BrowserEvent<'r>, (StatusCode, DropReason)> {
        if request.body.len() > BODY_BYTES_MAX {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, DropReason::TooLarge));
        }
        if !is_shallow(request.body) {
            return Err((StatusCode::BAD_REQUEST, DropReason::TooDeep));
        }
        let wrong = |_| (StatusCode::BAD_REQUEST, DropReason::BadJson);
        serde_json::from_slice(request.body).map_err(wrong)
    }

    /// The common way of tracker and pixel.
    pub(crate) async fn receive(
        &self,
        request: &Request<'_>,
        event: &BrowserEvent<'_>,
        now: UnixMillis,
    ) -> Reply {
        request.tally.trace(|trace| trace.begin(event.told()));
        if let Err(reply) = self.admit_events(request, 1, now) {
            return reply;
        }
        let heard = self.hear(request, event, visitor_of(request), now);
        self.keep(request, heard).await
    }

    /// Lets so many events of an address in, or answers when it may come again. More than it may
    /// send at once are let in where it has sent nothing for long, and it waits for longer then.
    pub(crate) fn admit_events(
        &self,
        request: &Request<'_>,
        count: usize,
        now: UnixMillis,
    ) -> Result<(), Reply> {
        let settings = &self.snapshot.load().settings;
        let address = client_address(request.peer, request.headers, &settings.trusted_proxies);
        let rate = settings.events_per_address;
        let cost = u32::try_from(count).unwrap_or(u32::MAX);
        let taken = self.limiter.take(("event", address), rate, cost, now);
        taken.map_err(|wait| {
            self.drop_events(request.tally, None, DropReason::RateLimited, count);
            Reply::too_many(wait)
        })
    }

    /// Takes the step of an event that was let in. `known` is whom its browser is known as: by its
    /// cookie, or by an event before it in the same request.
    pub(crate) fn hear(
        &self,
        request: &Request<'_>,
        event: &BrowserEvent<'_>,
        known: Option<VisitorId>,
        now: UnixMillis,
    ) -> Heard {
        let snapshot = self.snapshot.load();
        let address = client_address(
            request.peer,
            request.headers,
            &snapshot.settings.trusted_proxies,
        );
        let (site, url) = match find_site(&snapshot, request, event) {
            Ok(found) => found,
            Err((site, reason)) => return Heard::Answered(self.dropped(request, site, reason)),
        };
        let agent = request.user_agent();
        let browser = Browser {
            agent,
            address,
            workspace: site.workspace,
            site: Some(site.id),
        };
        let consent = consent_of(&event.c.0);
        let salts = self.salts();
        let around = self.surroundings(&salts, &site.visits, now);
        let mode = mode_of(request, site, consent);
        let mut identity = identify(request, &browser, known, mode, consent, &around);
        request.tally.trace(|trace| {
            decided::note(trace, (request, event), (site, &url), (mode, &identity));
        });
        let rule = id_rule(site, &event.x.0, browser_tag(&salts.current, &browser));
        if let IdRule::Browser { id, browser } = rule
            && let Some(known) = self.browser_deliveries.find(id)
        {
            identity = known.recognise(identity, browser);
            if known.state == DeliveryState::Stored {
                self.drop_event(request.tally, Some(site.id), DropReason::Duplicate);
                let kind = kind_of(&event.n.0, None).unwrap_or(HitKind::Event);
                let reply = accepted(kind, known.step.visit)
                    .with_static(DROPPED_HEADER, DropReason::Duplicate.name())
                    .with_identity(&identity, request, &snapshot.settings);
                return Heard::Answered(reply);
            }
        }
        if identity.fresh && site.consent == ConsentMode::Ask {
            // Agreeing must not split the visit that ran under the daily hash.
            let unnamed = hashed(&browser, &around);
            self.go_on_as(unnamed, identity.visitor, &site.visits, now);
            let machine = identity.visitor.machine_twin();
            self.go_on_as(unnamed.machine_twin(), machine, &site.visits, now);
        }
        if event.n.0 == "consent" {
            // It says what the visitor allows, and is no event.
            request.tally.bring(0);
            request.tally.trace(|trace| trace.answered(Some(site.id)));
            let reply = Reply::json(StatusCode::ACCEPTED, "{}");
            return Heard::Answered(reply.with_identity(&identity, request, &snapshot.settings));
        }
        let seen = self.observe(&snapshot, site, &url, event, &browser, identity, now);
        let (seen, identity) = match seen {
            Ok(found) => found,
            Err(reason) => return Heard::Answered(self.dropped(request, Some(site), reason)),
        };
        let prefetched = request.is_prefetch().then_some(BotReason::Prefetch);
        let seen = Observation {
            bot: prefetched.or(seen.bot),
            id: rule,
            ..seen
        };
        self.drafted(request, seen, identity)
    }

    /// The visit that one identity has running goes on under another of the same browser.
    fn go_on_as(
        &self,
        before: VisitorId,
        after: VisitorId,
        settings: &VisitSettings,
        now: UnixMillis,
    ) {
        let running = self.visits.find(before);
        if let Some(state) = running.filter(|state| state.is_running(now, settings)) {
            self.visits.join(after, state);
        }
    }

    fn drafted(&self, request: &Request<'_>, seen: Observation<'_>, identity: Identity) -> Heard {
        let ack = match seen.kind {
            HitKind::PageView => seen.snapshot.settings.page_view_ack,
            _ => AckPolicy::AfterFsync,
        };
        if let Some(reason) = Self::unwanted(request.tally, &seen) {
            return Heard::Answered(self.dropped(request, seen.site, reason));
        }
        let rule = seen.id;
        let draft = self.draft(request.tally, seen);
        let identity = match (rule, &draft.delivery) {
            (IdRule::Browser { browser, .. }, Some(first)) => first.recognise(identity, browser),
            _ => identity,
        };
        Heard::Drafted(Box::new(Drafted {
            draft,
            ack,
            identity,
        }))
    }

    /// Stores an event where there is something to store, and answers it.
    pub(crate) async fn keep(&self, request: &Request<'_>, heard: Heard) -> Reply {
        let told = match heard {
            Heard::Answered(reply) => return reply,
            Heard::Drafted(told) => told,
        };
        match self.store(request.tally, told.draft, told.ack).await {
            Ok(hit) => {
                let settings = &self.snapshot.load().settings;
                accepted(hit.kind, hit.visit).with_identity(&told.identity, request, settings)
            }
            Err(_) => Reply::unavailable(),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one request, all borrowed"
    )]
    fn observe<'a>(
        &self,
        snapshot: &'a Snapshot,
        site: &'a Site,
        url: &UrlParts<'_>,
        event: &BrowserEvent<'_>,
        browser: &Browser<'_>,
        mut identity: Identity,
        now: UnixMillis,
    ) -> Result<(Observation<'a>, Identity), DropReason> {
        let revenue = event.revenue.as_ref().and_then(Revenue::money);
        let kind = kind_of(&event.n.0, revenue)?;
        let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
        let engaged = number(&event.e.0).map_or(0, |value| whole(value, ENGAGED_MS_MAX));
        let scroll = number(&event.s.0).map_or(0, |value| whole(value, 100));
        if kind == HitKind::Engagement && engaged == 0 && scroll == 0 {
            return Err(DropReason::EmptyEngagement);
        }
        let referrer = external(&event.r.0, site);
        let (agent, country, bot) =
            self.enrich(browser.agent, browser.address, &referrer_host(referrer));
        let automated = matches!(event.w.0.as_ref(), "1" | "true");
        let bot = bot.or(automated.then_some(BotReason::Automation));
        let arrival = (kind == HitKind::PageView).then(|| {
            let mut arrival = resolve(&Landing {
                query: url.query,
                referrer,
                page_host: &url.host,
            });
            if identity.click_ids == ClickIds::Discard {
                without_click_ids(&mut arrival);
            }
            arrival
        });
        if let (Some(arrival), Some(click), None) = (&arrival, click_of(url.query), bot) {
            identity.visitor = self.join_click(click, &identity, browser, arrival, now);
        }
        let name = match kind {
            HitKind::Event | HitKind::Revenue => {
                clean(Cow::Borrowed(&event.n.0), EVENT_NAME_BYTES_MAX)
            }
            _ => clean(Cow::Borrowed(&event.l.0), LINK_BYTES_MAX),
        };
        let mut properties = event.p.0.clone();
        if kind == HitKind::PageView {
            note_search(&mut properties, &site.search_parameters, url.query);
        }
        let passive = matches!(event.i.0.as_ref(), "0" | "false");
        let seen = Observation {
            snapshot,
            workspace: site.workspace,
            site: Some(site),
            link: None,
            kind,
            at: now,
            recorded: now,
            visitor: identity.visitor,
            interaction: if passive {
                Interaction::Passive
            } else {
                Interaction::Active
            },
            arrival,
            page: match event.h.0.as_ref() {
                "1" => page_with_fragment(url, &event.t.0),
                _ => page_of(url, &event.t.0),
            },
            name: name.into_owned(),
            properties,
            agent,
            country,
            bot,
            engaged_ms: engaged,
            scroll_percent: u8::try_from(scroll).unwrap_or(100),
            revenue,
            id: IdRule::Minted,
        };
        Ok((seen, identity))
    }

    fn dropped(&self, request: &Request<'_>, site: Option<&Site>, reason: DropReason) -> Reply {
        self.drop_event(request.tally, site.map(|site| site.id), reason);
        Reply::json(StatusCode::ACCEPTED, "{}").with_static(DROPPED_HEADER, reason.name())
    }
}

fn consent_of(text: &str) -> Consent {
    match text {
        "1" | "true" => Consent::Given,
        "0" | "false" => Consent::Refused,
        _ => Consent::Unsaid,
    }
}

/// A page view's answer tells the visit, which forms and links of the page then carry.
fn accepted(kind: HitKind, visit: VisitId) -> Reply {
    let body = match kind {
        HitKind::PageView => format!("{{\"visit\":\"{visit}\"}}"),
        _ => "{}".to_owned(),
    };
    Reply::json(StatusCode::ACCEPTED, body)
}

/// The browser's own id is taken where it can be nobody else's by accident.
fn id_rule(site: &Site, event_id: &str, browser: u16) -> IdRule {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if EVENT_ID_BYTES.contains(&event_id.len()) && event_id.bytes().all(is_plain) {
        let id = browser_fact_id(site.workspace, site.id, event_id);
        return IdRule::Browser { id, browser };
    }
    IdRule::Minted
}

fn find_site<'s, 'e>(
    snapshot: &'s Snapshot,
    request: &Request<'_>,
    event: &'e BrowserEvent<'_>,
) -> Result<(&'s Site, UrlParts<'e>), (Option<&'s Site>, DropReason)> {
    let url = parse_page_url(&event.u.0);
    let by_key = snapshot.site_by_key(&event.k.0);
    let by_domain = || snapshot.site_by_host(event.d.0.split(',').next().unwrap_or_default());
    let by_page = || {
        url.as_ref()
            .and_then(|url| snapshot.site_by_host(&url.host))
    };
    let named = !event.k.0.is_empty();
    let found = if named {
        by_key
    } else {
        by_key.or_else(by_domain).or_else(by_page)
    };
    let Some(site) = found else {
        return Err((None, DropReason::UnknownSite));
    };
    // A site's private path is not a door for other sites.
    let is_for_all = request.path == PIXEL_PATH || Client::at(request.path).is_some();
    if request.path != site.events_path && !is_for_all {
        return Err((None, DropReason::UnknownSite));
    }
    let Some(url) = url else {
        return Err((Some(site), DropReason::BadUrl));
    };
    if !site.allows(&url.host) {
        return Err((Some(site), DropReason::HostNotAllowed));
    }
    Ok((site, url))
}

pub(crate) fn kind_of(name: &str, revenue: Option<Money>) -> Result<HitKind, DropReason> {
    Ok(match name.trim() {
        "" => return Err(DropReason::BadName),
        "pageview" | "page_view" => HitKind::PageView,
        "engagement" => HitKind::Engagement,
        "outbound" => HitKind::Outbound,
        "download" => HitKind::Download,
        "form" => HitKind::FormSubmit,
        _ if revenue.is_some() => HitKind::Revenue,
        _ => HitKind::Event,
    })
}

/// A referrer on another host of the same site says nothing.
pub(crate) fn external<'r>(referrer: &'r str, site: &Site) -> &'r str {
    let own = site.allowed_hosts.iter().all(|host| host != "*")
        && split_url(referrer).is_some_and(|parts| site.allows(&parts.host));
    if own { "" } else { referrer }
}

fn click_of(query: &str) -> Option<FactId> {
    let name = CLICK_PARAMETER;
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    values.find_map(|value| value.parse().ok())
}

/// A cookie that the browser will never send back would make every page view a new visitor.
fn mode_of(request: &Request<'_>, site: &Site, consent: Consent) -> ConsentMode {
    let agreed = match site.consent {
        ConsentMode::Cookie => true,
        ConsentMode::Cookieless => false,
        ConsentMode::Ask => consent == Consent::Given,
    };
    // Others' clients leave cookies out, but on the address that their page has itself.
    let is_foreign =
        Client::at(request.path).is_some() && !knows_visitor(request) && !request.is_same_origin();
    let cookie_is_lost = agreed && (request.is_cross_site() || is_foreign);
    if cookie_is_lost {
        ConsentMode::Cookieless
    } else {
        site.consent
    }
}

/// A number of the browser as a whole one between zero and `max`.
fn whole(value: f64, max: u32) -> u32 {
    let clamped = value.clamp(0.0, f64::from(max));
    format!("{clamped:.0}").parse().unwrap_or(0)
}
