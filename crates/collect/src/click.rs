//! `GET /c/{slug}`: remember the click, then send the visitor on. No database is asked.

use std::borrow::Cow;
use std::net::IpAddr;

use base::{BotReason, HitKind, Page, Stamp, Traffic, UnixMillis, VisitId, VisitorId};
use domain::source::{LandingTags, resolve_tags, split_url};
use domain::target::Additions;
use domain::visit::{Interaction, VisitSettings};
use http::{HeaderValue, StatusCode, header};

use crate::collector::{IdRule, Observation, without_click_ids};
use crate::identity::{
    Browser, ClickIds, Consent, CookieAction, Identity, browser_tag, identify, visitor_of,
};
use crate::network::client_address;
use crate::snapshot::{AckPolicy, Link, Site, Snapshot};
use crate::{Collector, DropReason, Reply, Request, Sink};

const NOT_FOUND_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Link not found</title><p>This link does not exist or is no longer in use.</p></html>";

/// A click of a link, whoever tells of it.
pub(crate) struct Clicked<'s, 'r> {
    pub(crate) link: &'r Link,
    /// Of the link.
    pub(crate) site: Option<&'s Site>,
    pub(crate) query: &'r str,
    pub(crate) referrer: &'r str,
    pub(crate) agent: &'r str,
    pub(crate) address: IpAddr,
    pub(crate) visitor: VisitorId,
    pub(crate) at: UnixMillis,
    pub(crate) recorded: UnixMillis,
}

impl<S: Sink> Collector<S> {
    /// Answers a click: 302 once the click is durable, the fallback or 404 for an unknown slug,
    /// 503 where the click could not be made durable.
    pub async fn click(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let snapshot = self.snapshot.load();
        let address = client_address(
            request.peer,
            request.headers,
            &snapshot.settings.trusted_proxies,
        );
        if let Err(reply) = self.admit_click(&snapshot, request, address, now) {
            return reply;
        }
        request.tally.trace(|trace| trace.begin_click(request));
        let Some((link, site)) = link_at(&snapshot, request.path) else {
            return self.unknown_link(&snapshot, request);
        };
        request.tally.of(link.workspace);
        let browser = Browser {
            agent: request.user_agent(),
            address,
            workspace: link.workspace,
            site: link.site,
        };
        let salts = self.salts();
        let default_visits = VisitSettings::default();
        let visits = site.map_or(&default_visits, |site| &site.visits);
        let around = self.surroundings(&salts, visits, now);
        let (known, consent) = (visitor_of(request), Consent::Unsaid);
        let mut identity = identify(request, &browser, known, link.consent, consent, &around);

        let tag = browser_tag(&salts.current, &browser);
        let clicked = Clicked {
            link,
            site,
            query: request.query,
            referrer: request.header(&header::REFERER),
            agent: browser.agent,
            address,
            visitor: identity.visitor,
            at: now,
            recorded: now,
        };
        let seen = self.observe_click(&snapshot, &clicked, request, identity);
        if seen.bot.is_some() {
            identity.cookie = CookieAction::Leave;
        }
        // A machine's click never lends its visit to a landing.
        let mark = if seen.bot.is_some() { !tag } else { tag };
        if let Some(reason) = Self::unwanted(request.tally, &seen) {
            self.drop_event(request.tally, link.site, reason);
            return self.send_on_unstored(link, request, seen, mark);
        }
        let is_person = seen.bot.is_none();
        let id = IdRule::Click { mark };
        let draft = self.draft(request.tally, Observation { id, ..seen });
        let id = draft.hit.fact_id();
        // A click that is no new touch has no tags.
        let traffic = draft.hit.touch.as_deref();
        let target = fill_target(link, request.query, traffic, Stamp::of(id));
        if self
            .store(request.tally, draft, AckPolicy::AfterFsync)
            .await
            .is_err()
        {
            return Reply::unavailable();
        }
        if is_person {
            self.clicks.insert(id, identity.visitor);
        }
        redirect(&target).with_identity(&identity, request, &snapshot.settings)
    }

    /// Sends on whoever is not stored, under the id that the click would have had.
    fn send_on_unstored(
        &self,
        link: &Link,
        request: &Request<'_>,
        seen: Observation<'_>,
        mark: u16,
    ) -> Reply {
        let stamp = Stamp {
            at: seen.at,
            mark,
            visit: VisitId(self.minter.mint()),
        };
        let traffic = seen.arrival.map(|arrival| arrival.traffic);
        redirect(&fill_target(link, request.query, traffic.as_ref(), stamp))
    }

    fn admit_click(
        &self,
        snapshot: &Snapshot,
        request: &Request<'_>,
        address: IpAddr,
        now: UnixMillis,
    ) -> Result<(), Reply> {
        let rate = snapshot.settings.clicks_per_address;
        let taken = self.limiter.take(("click", address), rate, 1, now);
        taken.map_err(|wait| {
            self.drop_event(request.tally, None, DropReason::RateLimited);
            Reply::too_many(wait)
        })
    }

    fn observe_click<'s>(
        &self,
        snapshot: &'s Snapshot,
        clicked: &Clicked<'s, '_>,
        request: &Request<'_>,
        identity: Identity,
    ) -> Observation<'s> {
        let mut seen = self.observe_past_click(snapshot, clicked);
        if request.is_prefetch() {
            seen.bot = Some(BotReason::Prefetch);
        }
        if let (Some(arrival), ClickIds::Discard) = (&mut seen.arrival, identity.click_ids) {
            without_click_ids(arrival);
        }
        seen
    }

    /// What a click says by itself, also long after it was made.
    pub(crate) fn observe_past_click<'s>(
        &self,
        snapshot: &'s Snapshot,
        clicked: &Clicked<'s, '_>,
    ) -> Observation<'s> {
        let link = clicked.link;
        let tags = with_defaults(LandingTags::parse(clicked.query), link);
        let arrival = resolve_tags(tags, clicked.referrer, link.target.host());
        let (agent, country, bot) =
            self.enrich(clicked.agent, clicked.address, &arrival.traffic.referrer);
        Observation {
            snapshot,
            workspace: link.workspace,
            site: clicked.site,
            link: Some(link.id),
            kind: HitKind::Click,
            at: clicked.at,
            recorded: clicked.recorded,
            visitor: clicked.visitor,
            interaction: Interaction::Passive,
            arrival: Some(arrival),
            page: Page::default(),
            name: String::new(),
            properties: Vec::new(),
            agent,
            country,
            bot,
            engaged_ms: 0,
            scroll_percent: 0,
            revenue: None,
            id: IdRule::Minted,
        }
    }

    fn unknown_link(&self, snapshot: &Snapshot, request: &Request<'_>) -> Reply {
        self.drop_event(request.tally, None, DropReason::UnknownLink);
        match &snapshot.settings.fallback_url {
            Some(fallback) => redirect(fallback.as_str()),
            None => Reply::new(StatusCode::NOT_FOUND)
                .with_static(header::CONTENT_TYPE, "text/html; charset=utf-8")
                .with_static(header::CACHE_CONTROL, "no-store")
                .with_body(NOT_FOUND_PAGE.into()),
        }
    }
}

/// The link that the path of an address names, and its site.
pub(crate) fn link_at<'s>(
    snapshot: &'s Snapshot,
    path: &str,
) -> Option<(&'s Link, Option<&'s Site>)> {
    let link = snapshot.link(path.strip_prefix("/c/")?.trim_end_matches('/'))?;
    let site = link.site.and_then(|id| snapshot.site(id));
    Some((link, site.map(AsRef::as_ref)))
}

fn with_defaults<'a>(mut tags: LandingTags<'a>, link: &'a Link) -> LandingTags<'a> {
    let defaults = &link.defaults;
    for (tag, default) in [
        (&mut tags.source, &defaults.source),
        (&mut tags.medium, &defaults.medium),
        (&mut tags.campaign, &defaults.campaign),
        (&mut tags.ad_group, &defaults.ad_group),
        (&mut tags.ad, &defaults.ad),
        (&mut tags.keyword, &defaults.keyword),
    ] {
        if tag.is_empty() {
            *tag = Cow::Borrowed(default.as_str());
        }
    }
    tags
}

fn fill_target(link: &Link, query: &str, traffic: Option<&Traffic>, stamp: Stamp) -> String {
    let click_id = stamp.id().to_string();
    let visit = stamp.visit.to_string();
    let given = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .take(domain::source::QUERY_PARAMETERS_MAX)
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    };
    let tag = |name: &str| -> Option<&str> {
        let traffic = traffic?;
        let text = match name {
            "source" | "utm_source" => &traffic.source,
            "medium" | "utm_medium" => &traffic.medium,
            "campaign" | "utm_campaign" => &traffic.campaign,
            "ad_group" | "utm_group" | "utm_adgroup" => &traffic.ad_group,
            "ad" | "utm_content" => &traffic.ad,
            "keyword" | "utm_term" => &traffic.keyword,
            _ => return None,
        };
        Some(text.as_str()).filter(|text| !text.is_empty())
    };
    let value_of = |name: &str| -> Cow<'_, str> {
        Cow::Borrowed(match name {
            "click_id" => &click_id,
            "visit" => &visit,
            "link" | "slug" => &link.slug,
            _ => match tag(name) {
                Some(text) => text,
                // Ad platforms fill in parameters of these names too, untagged.
                None => return given(name).unwrap_or_default(),
            },
        })
    };
    let defaults = &link.defaults;
    let additions = Additions {
        query,
        defaults: [
            ("utm_source", &defaults.source),
            ("utm_medium", &defaults.medium),
            ("utm_campaign", &defaults.campaign),
            ("utm_group", &defaults.ad_group),
            ("utm_content", &defaults.ad),
            ("utm_term", &defaults.keyword),
        ],
        click_id: &click_id,
    };
    link.target.fill(value_of, &additions)
}

fn redirect(target: &str) -> Reply {
    // Targets are pure ASCII by construction; an operator's fallback was parsed as an address.
    let location = HeaderValue::from_str(target).unwrap_or_else(|_| HeaderValue::from_static("/"));
    Reply::new(StatusCode::FOUND)
        .with(header::LOCATION, location)
        .with_static(header::CACHE_CONTROL, "no-store")
        .with_static(
            http::HeaderName::from_static("x-robots-tag"),
            "noindex, nofollow",
        )
}

/// Host of a referrer, for the spam list.
pub(crate) fn referrer_host(referrer: &str) -> String {
    split_url(referrer)
        .map(|parts| parts.host.into_owned())
        .unwrap_or_default()
}
