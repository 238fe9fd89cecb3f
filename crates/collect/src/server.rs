//! `POST /api/v1/events`: events of servers, with a key, in batches, each with its own result.

mod item;

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use base::{HitKind, UnixMillis, VisitorId};
use domain::search::note_search;
use domain::source::{Arrival, Landing, UrlParts, clean, resolve};
use domain::visit::{EVENT_NAME_BYTES_MAX, Interaction};
use futures_util::future::join_all;
use http::{Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::browser::external;
use crate::click::{Clicked, link_at};
use crate::collector::{Draft, Observation};
use crate::deliveries::DeliveryState;
use crate::identity::{Browser, hash};
use crate::json::is_shallow;
use crate::mint::derive_fact_id;
use crate::network::client_address;
use crate::page::{page_of, parse_page_url};
use crate::server::item::{
    Read, Rejection, ServerEvent, address_of, engagement_of, kind_of_event, name_of, read_item,
};
use crate::snapshot::{AckPolicy, KeyGrant, Site, Snapshot};
use crate::{Collector, DropReason, Reply, Request, Sink, SinkError, Tally};

/// Largest body of a batch.
pub(crate) const BATCH_BYTES_MAX: usize = 512 * 1024;
/// Most events of a batch.
pub const BATCH_EVENTS_MAX: usize = 1_000;

#[derive(Deserialize)]
struct Batch {
    events: Vec<Value>,
}

/// The result of one event.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ItemResult {
    id: String,
    pub(crate) status: ItemStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'static str>,
}

impl ItemResult {
    fn plain(id: String, status: ItemStatus) -> Self {
        Self {
            id,
            status,
            code: None,
            field: None,
            detail: None,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemStatus {
    Stored,
    Duplicate,
    Rejected,
}

impl<S: Sink> Collector<S> {
    /// Answers a batch: 200 with a result for each event, 401/413/400/429 for the whole, 503 where
    /// some event could not be made durable; the sender then repeats the batch.
    pub async fn server_events(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let snapshot = self.snapshot.load();
        if request.method != Method::POST {
            self.drop_event(request.tally, None, DropReason::WrongMethod);
            return Reply::new(StatusCode::METHOD_NOT_ALLOWED).with_static(header::ALLOW, "POST");
        }
        let Some((secret, grant)) = self.grant_of(&snapshot, request, now) else {
            let address = client_address(
                request.peer,
                request.headers,
                &snapshot.settings.trusted_proxies,
            );
            let rate = snapshot.settings.events_per_address;
            if let Err(wait) = self.limiter.take(("key", address), rate, 1, now) {
                self.drop_event(request.tally, None, DropReason::RateLimited);
                return Reply::too_many(wait);
            }
            self.drop_event(request.tally, None, DropReason::Unauthorised);
            let detail = "a key for events is needed";
            return Reply::problem(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
                .with_static(header::WWW_AUTHENTICATE, "Bearer");
        };
        request.tally.of(grant.workspace);
        let events = match self.read_batch(request.body) {
            Ok(events) => events,
            Err((status, rejection)) => {
                let Rejection {
                    reason,
                    field,
                    detail,
                } = rejection;
                request.tally.trace(|trace| trace.because(field, detail));
                self.drop_event(request.tally, None, reason);
                return Reply::problem_of(status, reason.name(), field, detail);
            }
        };
        request.tally.bring(events.len());
        match self
            .take_events(&snapshot, request.tally, (secret, grant), &events, now)
            .await
        {
            Ok(items) => {
                let body = serde_json::json!({ "items": items }).to_string();
                Reply::json(StatusCode::OK, body)
            }
            Err(reply) => reply,
        }
    }

    /// Takes what a key sends, within its rate; the error is the whole batch's answer.
    pub(crate) async fn take_events(
        &self,
        snapshot: &Snapshot,
        tally: &Tally,
        (secret, grant): (&str, KeyGrant),
        events: &[Value],
        now: UnixMillis,
    ) -> Result<Vec<ItemResult>, Reply> {
        tally.of(grant.workspace);
        let cost = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let rate = snapshot.settings.events_per_key;
        if let Err(wait) = self.limiter.take(("events", secret), rate, cost, now) {
            self.drop_events(tally, None, DropReason::RateLimited, events.len());
            return Err(Reply::too_many(wait));
        }
        let taken = self.take_batch(snapshot, tally, grant, events, now).await;
        taken.map_err(|_| Reply::unavailable())
    }

    fn grant_of<'r>(
        &self,
        snapshot: &Snapshot,
        request: &Request<'r>,
        now: UnixMillis,
    ) -> Option<(&'r str, KeyGrant)> {
        let (scheme, secret) = request.header(&header::AUTHORIZATION).split_once(' ')?;
        let secret = secret.trim();
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        let grant = is_bearer.then(|| self.use_key(snapshot, secret, now))??;
        Some((secret, grant))
    }

    fn read_batch(&self, body: &[u8]) -> Result<Vec<Value>, (StatusCode, Rejection)> {
        let large = |detail| {
            (
                StatusCode::PAYLOAD_TOO_LARGE,
                Rejection::of("events", DropReason::TooLarge, detail),
            )
        };
        if body.len() > BATCH_BYTES_MAX {
            return Err(large("a batch has at most 512 KiB"));
        }
        if !is_shallow(body) {
            let rejection = Rejection::whole(DropReason::TooDeep, "the JSON is nested too deeply");
            return Err((StatusCode::BAD_REQUEST, rejection));
        }
        // A list would be read as the fields of an object.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        let batch = is_object.then(|| serde_json::from_slice::<Batch>(body).ok());
        let batch = batch.flatten().ok_or_else(|| {
            let detail = "the body is not a JSON object with a list of events";
            (
                StatusCode::BAD_REQUEST,
                Rejection::of("events", DropReason::BadJson, detail),
            )
        })?;
        if batch.events.len() > BATCH_EVENTS_MAX {
            return Err(large("a batch has at most 1000 events"));
        }
        Ok(batch.events)
    }

    async fn take_batch(
        &self,
        snapshot: &Snapshot,
        tally: &Tally,
        grant: KeyGrant,
        events: &[Value],
        now: UnixMillis,
    ) -> Result<Vec<ItemResult>, SinkError> {
        let mut results: Vec<Option<ItemResult>> = vec![None; events.len()];
        let mut read = Vec::with_capacity(events.len());
        let mut places = Vec::new();
        for (index, value) in events.iter().enumerate() {
            places.extend(tally.trace(|trace| trace.begin_object(value)));
            match read_item(index, value, grant.workspace, now) {
                Ok(item) => read.push(item),
                Err(rejection) => {
                    results[index] = Some(self.rejected(tally, None, shown_id(value), &rejection));
                }
            }
        }
        // Visits are walked in the order in which things happened.
        read.sort_by_key(|item| (item.at, item.index));
        let mut drafts = Vec::with_capacity(read.len());
        let mut batch_ids = HashSet::new();
        for item in &read {
            let place = places.get(item.index).copied();
            tally.trace(|trace| trace.go_on(place.unwrap_or(usize::MAX)));
            let own_id = item.event.id.0.to_string();
            let is_again = |id| {
                let known = self.server_deliveries.find(id);
                known.is_some_and(|known| known.state == DeliveryState::Stored)
                    || !batch_ids.insert(id)
            };
            if item.id.is_some_and(is_again) {
                self.drop_event(tally, None, DropReason::Duplicate);
                results[item.index] = Some(ItemResult::plain(own_id, ItemStatus::Duplicate));
                continue;
            }
            results[item.index] = Some(match self.draft_item(tally, snapshot, grant, item, now) {
                Ok(draft) => {
                    let shown = match item.id {
                        Some(_) => own_id,
                        None => draft.hit.fact_id().to_string(),
                    };
                    drafts.push(draft);
                    ItemResult::plain(shown, ItemStatus::Stored)
                }
                Err((site, rejection)) => self.rejected(tally, site, own_id, &rejection),
            });
        }
        self.store_all(tally, drafts).await?;
        Ok(results.into_iter().flatten().collect())
    }

    /// Hands all drafts over at once, so that one group commit carries them.
    async fn store_all(&self, tally: &Tally, drafts: Vec<Draft>) -> Result<(), SinkError> {
        let stores = drafts
            .into_iter()
            .map(|draft| self.store(tally, draft, AckPolicy::AfterFsync));
        let failed = join_all(stores).await.into_iter().find_map(Result::err);
        failed.map_or(Ok(()), Err)
    }

    fn draft_item<'s>(
        &self,
        tally: &Tally,
        snapshot: &'s Snapshot,
        grant: KeyGrant,
        item: &Read<'_>,
        now: UnixMillis,
    ) -> Result<Draft, (Option<&'s Site>, Rejection)> {
        let wrong = Rejection::of("url", DropReason::BadUrl, "url is no http address");
        let url = parse_page_url(&item.event.url.0).ok_or((None, wrong))?;
        let seen = match item.event.kind.0.as_ref() {
            "click" => self.observe_told_click(snapshot, grant, item, &url, now)?,
            _ => self.observe_told(snapshot, grant, item, &url, now)?,
        };
        match Self::unwanted(tally, &seen) {
            Some(reason) => {
                let rejection = Rejection::of("user_agent", reason, "machines are not stored here");
                Err((seen.site, rejection))
            }
            None => Ok(self.draft(tally, seen)),
        }
    }

    fn observe_told<'s>(
        &self,
        snapshot: &'s Snapshot,
        grant: KeyGrant,
        item: &Read<'_>,
        url: &UrlParts<'_>,
        now: UnixMillis,
    ) -> Result<Observation<'s>, (Option<&'s Site>, Rejection)> {
        let event = &item.event;
        let site =
            find_site(snapshot, grant, &event.site.0, &url.host).map_err(|err| (None, err))?;
        let on_page = |reason, detail| (site, Rejection::of("url", reason, detail));
        if site.is_some_and(|site| !site.allows(&url.host)) {
            let detail = "the page's host is not one of the site's";
            return Err(on_page(DropReason::HostNotAllowed, detail));
        }
        let (kind, revenue) = kind_of_event(event).map_err(|err| (site, err))?;
        let engaged = engagement_of(event, kind).map_err(|err| (site, err))?;
        let address = address_of(event).map_err(|err| (site, err))?;
        let referrer = site.map_or(event.referrer.0.as_ref(), |site| {
            external(&event.referrer.0, site)
        });
        let landing = Landing {
            query: url.query,
            referrer,
            page_host: &url.host,
        };
        let arrival: Option<Arrival> = (kind == HitKind::PageView).then(|| resolve(&landing));
        let referrer_host = crate::click::referrer_host(referrer);
        let (agent, country, bot) = self.enrich(&event.user_agent.0, address, &referrer_host);
        let mut properties = event.properties.0.clone();
        if let (HitKind::PageView, Some(site)) = (kind, site) {
            note_search(&mut properties, &site.search_parameters, url.query);
        }
        Ok(Observation {
            snapshot,
            workspace: grant.workspace,
            site,
            link: None,
            kind,
            at: item.at,
            recorded: now,
            visitor: self.visitor_of(event, grant, site, address),
            interaction: Interaction::Active,
            arrival,
            page: page_of(url, &event.title.0),
            name: clean(Cow::Borrowed(name_of(event, kind)), EVENT_NAME_BYTES_MAX).into_owned(),
            properties,
            agent,
            country,
            bot: bot.filter(|_| event.has_user_agent()),
            engaged_ms: engaged.ms,
            scroll_percent: engaged.scroll_percent,
            revenue,
            id: item.id_rule(),
        })
    }

    /// A click that somebody's own systems tell of: of a link of ours, before it was ours, or on a
    /// machine that could not reach us.
    fn observe_told_click<'s>(
        &self,
        snapshot: &'s Snapshot,
        grant: KeyGrant,
        item: &Read<'_>,
        url: &UrlParts<'_>,
        now: UnixMillis,
    ) -> Result<Observation<'s>, (Option<&'s Site>, Rejection)> {
        let event = &item.event;
        let (link, site) = link_at(snapshot, url.path)
            .filter(|(link, _)| link.workspace == grant.workspace)
            .ok_or((
                None,
                Rejection::of(
                    "url",
                    DropReason::UnknownLink,
                    "url is not /c/ and the name of a link of the workspace",
                ),
            ))?;
        let address = address_of(event).map_err(|err| (site, err))?;
        let seen = self.observe_past_click(
            snapshot,
            &Clicked {
                link,
                site,
                query: url.query,
                referrer: &event.referrer.0,
                agent: &event.user_agent.0,
                address,
                visitor: self.visitor_of(event, grant, site, address),
                at: item.at,
                recorded: now,
            },
        );
        Ok(Observation {
            bot: seen.bot.filter(|_| event.has_user_agent()),
            id: item.id_rule(),
            ..seen
        })
    }

    /// The given visitor, else a stable one for the user, else the day's hash of the browser.
    fn visitor_of(
        &self,
        event: &ServerEvent<'_>,
        grant: KeyGrant,
        site: Option<&Site>,
        address: IpAddr,
    ) -> VisitorId {
        if let Ok(visitor) = event.visitor.0.parse() {
            return visitor;
        }
        let named = [&event.user_id.0, &event.visitor.0]
            .into_iter()
            .find(|text| !text.is_empty());
        if let Some(user) = named {
            let id = derive_fact_id("user", grant.workspace, &[user.as_bytes()]);
            return VisitorId(u64::try_from(id.0 >> 64).unwrap_or(1).max(1));
        }
        let agent = event.user_agent.0.as_ref();
        if event.ip.0.is_empty() && agent.is_empty() {
            return VisitorId(self.minter.mint().max(1));
        }
        let site = site.map(|site| site.id);
        let browser = Browser {
            agent,
            address,
            workspace: grant.workspace,
            site,
        };
        hash(&self.salts().current, &browser)
    }

    fn rejected(
        &self,
        tally: &Tally,
        site: Option<&Site>,
        id: String,
        rejection: &Rejection,
    ) -> ItemResult {
        let Rejection {
            reason,
            field,
            detail,
        } = *rejection;
        tally.trace(|trace| trace.because(field, detail));
        self.drop_event(tally, site.map(|site| site.id), reason);
        let status = ItemStatus::Rejected;
        ItemResult {
            id,
            status,
            code: Some(reason.name()),
            field,
            detail: Some(detail),
        }
    }
}

fn find_site<'s>(
    snapshot: &'s Snapshot,
    grant: KeyGrant,
    named: &str,
    host: &str,
) -> Result<Option<&'s Site>, Rejection> {
    let mut sites = snapshot.sites_of(grant.workspace).map(AsRef::as_ref);
    if named.is_empty() {
        return Ok(sites.find(|site: &&Site| site.allows(host)));
    }
    let is_named = |site: &&Site| site.is_called(named);
    let unknown = Rejection::of(
        "site",
        DropReason::UnknownSite,
        "no site of the workspace has this name",
    );
    sites.find(is_named).map(Some).ok_or(unknown)
}

fn shown_id(value: &Value) -> String {
    value
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
