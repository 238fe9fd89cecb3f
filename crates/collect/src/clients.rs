//! Doors that others' clients already speak to: Plausible, Umami, Matomo, Google Analytics 4 and
//! Segment. Each reads its protocol by [`table`], and answers as its clients expect.
//!
//! What a stranger's body says of its address, agent, time and person is left out; it counts with
//! an API key that may send events, as at the servers' own door.

mod ga4;
mod matomo;
mod plausible;
mod segment;
mod table;
mod umami;

use std::borrow::Cow;
use std::collections::HashMap;

use base::{SiteId, UnixMillis};
use domain::source::ascii_host;
use futures_util::future::join_all;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use self::table::{Field, Told};
use crate::browser::{BODY_BYTES_MAX, BrowserEvent, Heard, Revenue};
use crate::identity::visitor_of;
use crate::json::{Properties, Scalar, is_within};
use crate::network::client_address;
use crate::request::{DROPPED_HEADER, preflight};
use crate::server::{BATCH_BYTES_MAX, ItemResult, ItemStatus};
use crate::snapshot::{KeyGrant, Snapshot};
use crate::{BodyFault, Collector, DropReason, IntakeDoor, Reply, Request, Sink};

/// Clients nest what they tell of a browser and a page deeper than ours do.
const DEPTH_MAX: usize = 32;
/// Names that stand for no event of the sender's own.
const PAGE_VIEW: &str = "pageview";
const ENGAGEMENT: &str = "engagement";

/// Whose clients a door is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Plausible,
    Umami,
    Matomo,
    Ga4,
    /// Says what is wrong with a request for Google Analytics, and keeps nothing.
    Ga4Debug,
    Segment,
    /// What a browser asks for before it sends anything.
    SegmentSettings,
}

/// What became of one event.
enum Outcome {
    Stored {
        /// Of a page view in a browser.
        visit: String,
    },
    Dropped(String),
    /// The sender has to come again, or is told what is wrong; nothing was kept.
    Refused(Reply),
}

/// What becomes of an event that is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeats {
    /// It has an id of its own.
    AreKnown,
    CountAgain,
}

/// Events of one request, and who vouches for what they say.
struct Batch<'r> {
    told: Vec<Told>,
    key: Option<(&'r str, KeyGrant)>,
}

/// What became of all of them.
#[derive(Default)]
struct Outcomes {
    items: Vec<Outcome>,
    cookies: Vec<HeaderValue>,
    /// Events that say nothing that is kept.
    left_out: usize,
}

impl Client {
    /// The door of a path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/api/event" => Self::Plausible,
            "/api/send" | "/api/batch" => Self::Umami,
            "/matomo.php" | "/piwik.php" => Self::Matomo,
            "/mp/collect" => Self::Ga4,
            "/debug/mp/collect" => Self::Ga4Debug,
            _ if segment::kind_at(path).is_some() => Self::Segment,
            _ if segment::key_of_settings(path).is_some() => Self::SegmentSettings,
            _ => return None,
        })
    }

    /// Under which door it is counted; `None` where nothing comes in.
    pub(crate) fn door(self) -> Option<IntakeDoor> {
        Some(match self {
            Self::Plausible => IntakeDoor::Plausible,
            Self::Umami => IntakeDoor::Umami,
            Self::Matomo => IntakeDoor::Matomo,
            Self::Ga4 => IntakeDoor::Ga4,
            Self::Segment => IntakeDoor::Segment,
            Self::Ga4Debug | Self::SegmentSettings => return None,
        })
    }

    pub(crate) fn body_bytes_max(self) -> usize {
        match self {
            Self::Plausible | Self::SegmentSettings => BODY_BYTES_MAX,
            Self::Umami | Self::Matomo | Self::Ga4 | Self::Ga4Debug | Self::Segment => {
                BATCH_BYTES_MAX
            }
        }
    }
}

impl<S: Sink> Collector<S> {
    /// Answers a client as its own server would: what is not kept is said in a header, 429 and 503
    /// ask it to come again, and only what cannot be read is an error.
    pub async fn client_event(
        &self,
        client: Client,
        request: &Request<'_>,
        now: UnixMillis,
    ) -> Reply {
        if request.method == Method::OPTIONS {
            request.tally.bring(0);
            return preflight(request);
        }
        let takes_get = matches!(client, Client::Matomo | Client::SegmentSettings);
        if request.method != Method::POST && !(takes_get && request.method == Method::GET) {
            self.drop_event(request.tally, None, DropReason::WrongMethod);
            let allowed = if takes_get {
                "GET, POST, OPTIONS"
            } else {
                "POST, OPTIONS"
            };
            return Reply::new(StatusCode::METHOD_NOT_ALLOWED)
                .with_static(header::ALLOW, allowed)
                .with_cors(request);
        }
        if let Err(reply) = self.look_at_refusals(request, now) {
            return reply
                .with_cors(request)
                .with_static(header::CACHE_CONTROL, "no-store");
        }
        let reply = match client {
            Client::Plausible => self.plausible_event(request, now).await,
            Client::Umami => self.umami_event(request, now).await,
            Client::Matomo => self.matomo_hit(request, now).await,
            Client::Ga4 => self.ga4_events(request, now).await,
            Client::Ga4Debug => self.ga4_check(request, now),
            Client::Segment => self.segment_events(request, now).await,
            Client::SegmentSettings => self.segment_settings(request),
        };
        if client == Client::Ga4Debug || is_refusal(&reply) {
            self.note_refusal(request, now);
        }
        reply
            .with_cors(request)
            .with_static(header::CACHE_CONTROL, "no-store")
    }

    /// A client whose request did not come whole.
    pub(crate) fn refuse_client(
        &self,
        client: Client,
        request: &Request<'_>,
        fault: BodyFault,
    ) -> Reply {
        self.drop_event(request.tally, None, fault.reason());
        Reply::bodiless(fault, client.body_bytes_max())
            .with_cors(request)
            .with_static(header::CACHE_CONTROL, "no-store")
    }

    /// The JSON of a body, whatever its content type says.
    fn client_json(&self, request: &Request<'_>) -> Result<Value, DropReason> {
        let read = match is_within(request.body, DEPTH_MAX) {
            true => serde_json::from_slice(request.body).map_err(|_| DropReason::BadJson),
            false => Err(DropReason::TooDeep),
        };
        read.inspect_err(|reason| self.drop_event(request.tally, None, *reason))
    }

    /// Counts events that say nothing that is kept.
    fn leave_out(&self, request: &Request<'_>, count: usize) -> usize {
        self.drop_events(request.tally, None, DropReason::NotKept, count);
        count
    }

    /// Takes the events of a request: with a key as the servers' door does, without one as from the
    /// browser that sent them.
    async fn take_told(
        &self,
        request: &Request<'_>,
        batch: Batch<'_>,
        now: UnixMillis,
    ) -> Result<Outcomes, Reply> {
        match batch.key {
            Some(key) => self.take_vouched(request, key, &batch.told, now).await,
            None => self.take_from_browser(request, &batch.told, now).await,
        }
    }

    async fn take_vouched(
        &self,
        request: &Request<'_>,
        (secret, grant): (&str, KeyGrant),
        told: &[Told],
        now: UnixMillis,
    ) -> Result<Outcomes, Reply> {
        let snapshot = self.snapshot.load();
        let events: Vec<Value> = told
            .iter()
            .map(|told| server_event(told, &page_of(&snapshot, grant, told)))
            .collect();
        let taken = self
            .take_events(&snapshot, request.tally, (secret, grant), &events, now)
            .await?;
        let items = taken.iter().map(Outcome::of);
        Ok(Outcomes {
            items: items.collect(),
            ..Outcomes::default()
        })
    }

    async fn take_from_browser(
        &self,
        request: &Request<'_>,
        told: &[Told],
        now: UnixMillis,
    ) -> Result<Outcomes, Reply> {
        // All of them or none: a sender that comes again begins with the first.
        self.admit_events(request, told.len(), now)?;
        let snapshot = self.snapshot.load();
        let mut known = visitor_of(request);
        let heard = told.iter().map(|one| {
            let event = browser_event(&snapshot, one);
            request.tally.trace(|trace| trace.begin(event.told()));
            let heard = self.hear(request, &event, known, now);
            known = heard.names().or(known);
            heard
        });
        let heard: Vec<Heard> = heard.collect();
        // One group commit carries them all.
        let replies = join_all(heard.into_iter().map(|heard| self.keep(request, heard))).await;
        let mut outcomes = Outcomes::default();
        for reply in replies {
            if let Some(cookie) = reply.headers.get(header::SET_COOKIE) {
                outcomes.cookies.push(cookie.clone());
            }
            outcomes.items.push(outcome_of(reply));
        }
        Ok(outcomes)
    }

    /// A sender whose requests are refused one after the other is not read any more for a while.
    fn look_at_refusals(&self, request: &Request<'_>, now: UnixMillis) -> Result<(), Reply> {
        let settings = &self.snapshot.load().settings;
        let address = client_address(request.peer, request.headers, &settings.trusted_proxies);
        let rate = settings.events_per_address;
        let looked = self.limiter.look(("refused", address), rate, now);
        looked.map_err(|wait| {
            self.drop_event(request.tally, None, DropReason::RateLimited);
            Reply::too_many(wait)
        })
    }

    fn note_refusal(&self, request: &Request<'_>, now: UnixMillis) {
        let settings = &self.snapshot.load().settings;
        let address = client_address(request.peer, request.headers, &settings.trusted_proxies);
        let rate = settings.events_per_address;
        // Whether it may come again is asked before the next request is read.
        let _ = self.limiter.take(("refused", address), rate, 1, now);
    }

    /// The key of a secret that may send events.
    fn key_of<'r>(&self, secret: &'r str, now: UnixMillis) -> Option<(&'r str, KeyGrant)> {
        let grant = self.use_key(&self.snapshot.load(), secret, now)?;
        Some((secret, grant))
    }
}

impl Outcome {
    fn dropped(reason: DropReason) -> Self {
        Self::Dropped(reason.name().to_owned())
    }

    fn of(item: &ItemResult) -> Self {
        match item.status {
            ItemStatus::Stored => Self::Stored {
                visit: String::new(),
            },
            ItemStatus::Duplicate => Self::dropped(DropReason::Duplicate),
            ItemStatus::Rejected => Self::Dropped(item.code.unwrap_or_default().to_owned()),
        }
    }
}

impl Outcomes {
    /// The answer that somebody is owed who has to come again. Where what was stored would count
    /// once more, they are told of the rest as not kept.
    fn refused(&mut self, repeats: Repeats) -> Option<Reply> {
        if repeats == Repeats::CountAgain && self.stored() > 0 {
            return None;
        }
        let at = self
            .items
            .iter()
            .position(|item| matches!(item, Outcome::Refused(_)))?;
        match self.items.swap_remove(at) {
            Outcome::Refused(reply) => Some(reply),
            Outcome::Stored { .. } | Outcome::Dropped(_) => None,
        }
    }

    fn stored(&self) -> usize {
        let stored = |item: &&Outcome| matches!(item, Outcome::Stored { .. });
        self.items.iter().filter(stored).count()
    }

    /// Why the first one that was not kept was not.
    fn why(&self) -> Option<&str> {
        let dropped = self.items.iter().find_map(|item| match item {
            Outcome::Dropped(reason) => Some(reason.as_str()),
            Outcome::Refused(_) => Some(DropReason::SinkFailed.name()),
            Outcome::Stored { .. } => None,
        });
        dropped.or((self.left_out > 0).then(|| DropReason::NotKept.name()))
    }

    fn visit(&self) -> &str {
        let visit = self.items.iter().find_map(|item| match item {
            Outcome::Stored { visit } if !visit.is_empty() => Some(visit.as_str()),
            _ => None,
        });
        visit.unwrap_or_default()
    }

    /// The reply with what every door tells: why something was not kept, and the visitor's cookie.
    fn on(&self, mut reply: Reply) -> Reply {
        for cookie in &self.cookies {
            reply.headers.insert(header::SET_COOKIE, cookie.clone());
        }
        match self.why().and_then(|why| HeaderValue::from_str(why).ok()) {
            Some(why) => reply.with(DROPPED_HEADER, why),
            None => reply,
        }
    }
}

/// A reply that says why nothing was kept.
fn not_kept(reply: Reply, reason: DropReason) -> Reply {
    reply.with_static(DROPPED_HEADER, reason.name())
}

fn outcome_of(reply: Reply) -> Outcome {
    if !reply.status.is_success() {
        return Outcome::Refused(reply);
    }
    if let Some(reason) = reply.header(DROPPED_HEADER.as_str()) {
        return Outcome::Dropped(reason.to_owned());
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let visit = body["visit"].as_str().unwrap_or_default().to_owned();
    Outcome::Stored { visit }
}

fn browser_event<'t>(snapshot: &'t Snapshot, told: &'t Told) -> BrowserEvent<'t> {
    let text = |field| Scalar(Cow::Borrowed(told.get(field)));
    let named = told.get(Field::Site);
    // Some clients can say only a number.
    let by_id = named.parse().ok().and_then(|id| snapshot.site(SiteId(id)));
    let site = by_id
        .or_else(|| snapshot.site_by_key(named))
        .or_else(|| snapshot.site_by_host(&ascii_host(named)));
    let page = match (told.get(Field::Page), site) {
        ("", Some(site)) => Cow::Owned(site.home()),
        (page, _) => Cow::Borrowed(page),
    };
    // A name that nobody has is told on, so that it is not taken for another site's page.
    let key = site.map_or(named, |site| site.key.as_str());
    BrowserEvent {
        n: text(Field::Name),
        u: Scalar(page),
        r: text(Field::Referrer),
        k: Scalar(Cow::Borrowed(key)),
        t: text(Field::Title),
        x: text(Field::Id),
        l: text(Field::Link),
        e: text(Field::EngagedMs),
        s: text(Field::ScrollPercent),
        p: Properties(told.properties.clone()),
        revenue: revenue_of(told),
        i: text(Field::Interactive),
        h: match told.get(Field::Fragment) {
            "1" | "true" => Scalar(Cow::Borrowed("1")),
            _ => Scalar::default(),
        },
        ..BrowserEvent::default()
    }
}

fn revenue_of(told: &Told) -> Option<Revenue<'_>> {
    let text = |field| Scalar(Cow::Borrowed(told.get(field)));
    let is_told = !told.get(Field::Amount).is_empty() && !told.get(Field::Currency).is_empty();
    is_told.then(|| Revenue {
        amount: text(Field::Amount),
        currency: text(Field::Currency),
    })
}

/// The event as the servers' own door takes it.
fn server_event(told: &Told, page: &str) -> Value {
    let text = |field| told.get(field);
    let kind = match text(Field::Name) {
        PAGE_VIEW => "page_view",
        ENGAGEMENT => ENGAGEMENT,
        _ => "event",
    };
    // Two shops of a workspace may count their orders alike.
    let id = match text(Field::Id) {
        "" => String::new(),
        id => format!("{}:{id}", text(Field::Site)),
    };
    let mut event = json!({
        "id": id,
        "type": kind,
        "site": text(Field::Site),
        "name": text(Field::Name),
        "url": page,
        "referrer": text(Field::Referrer),
        "title": text(Field::Title),
        "link": text(Field::Link),
        "visitor": text(Field::Visitor),
        // Whoever was a visitor before they said who they are stays that visitor.
        "user_id": if text(Field::Visitor).is_empty() { text(Field::User) } else { "" },
        "at": text(Field::At),
        "ip": text(Field::Address),
        "user_agent": text(Field::Agent),
        "engaged_ms": text(Field::EngagedMs),
        "scroll_percent": text(Field::ScrollPercent),
        "properties": told.properties.iter().cloned().collect::<HashMap<_, _>>(),
    });
    // An amount that cannot be read takes no event with it.
    if revenue_of(told).is_some_and(|revenue| revenue.money().is_some()) {
        event["revenue"] = json!({
            "amount": text(Field::Amount),
            "currency": text(Field::Currency),
        });
    }
    event
}

/// Where it happened: on its page, else on the first one of the site that it names, or of the
/// workspace's first site: an order that says neither is an order all the same.
fn page_of(snapshot: &Snapshot, grant: KeyGrant, told: &Told) -> String {
    let (page, named) = (told.get(Field::Page), told.get(Field::Site));
    if !page.is_empty() {
        return page.to_owned();
    }
    let mut sites = snapshot.sites_of(grant.workspace);
    let site = sites.find(|site| named.is_empty() || site.is_called(named));
    site.map_or_else(String::new, |site| site.home())
}

/// Nothing was read of it, or nobody may send it.
fn is_refusal(reply: &Reply) -> bool {
    let unknown = DropReason::Unauthorised.name();
    let is_wrong = reply.status.is_client_error() && reply.status != StatusCode::TOO_MANY_REQUESTS;
    is_wrong || reply.header(DROPPED_HEADER.as_str()) == Some(unknown)
}
