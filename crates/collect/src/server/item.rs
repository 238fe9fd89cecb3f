//! One event of a batch, as far as it can be read by itself.

use std::borrow::Cow;
use std::net::IpAddr;

use base::{FactId, HitKind, Money, UnixMillis, WorkspaceId};
use domain::source::clean;
use serde::Deserialize;
use serde_json::Value;

use crate::DropReason;
use crate::browser::{ENGAGED_MS_MAX, Revenue, kind_of};
use crate::collector::IdRule;
use crate::json::{Properties, Scalar};
use crate::mint::event_fact_id;

/// How far a sender's clock may run ahead.
const FUTURE_MS_MAX: i64 = 60_000;
/// 2000-01-01: an older time is a mistake.
const EARLIEST: UnixMillis = UnixMillis(946_684_800_000);
const ID_BYTES_MAX: usize = 200;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ServerEvent<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Scalar<'a>,
    /// Id, key or domain of the site.
    #[serde(borrow)]
    pub(super) site: Scalar<'a>,
    #[serde(borrow)]
    pub(super) name: Scalar<'a>,
    #[serde(borrow)]
    pub(super) url: Scalar<'a>,
    #[serde(borrow)]
    pub(super) referrer: Scalar<'a>,
    #[serde(borrow)]
    pub(super) title: Scalar<'a>,
    /// Address of a link or download, name of a form.
    #[serde(borrow)]
    pub(super) link: Scalar<'a>,
    #[serde(borrow)]
    pub(super) visitor: Scalar<'a>,
    #[serde(borrow)]
    pub(super) user_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) ip: Scalar<'a>,
    #[serde(borrow)]
    pub(super) user_agent: Scalar<'a>,
    /// Milliseconds in view, of an engagement.
    #[serde(borrow)]
    pub(super) engaged_ms: Scalar<'a>,
    /// The deepest scroll, of an engagement.
    #[serde(borrow)]
    pub(super) scroll_percent: Scalar<'a>,
    pub(super) properties: Properties,
    #[serde(borrow)]
    pub(super) revenue: Option<Revenue<'a>>,
}

/// An event that was read: its place in the batch, its time, and the id derived from its own.
pub(super) struct Read<'v> {
    pub(super) index: usize,
    pub(super) at: UnixMillis,
    pub(super) id: Option<FactId>,
    pub(super) event: ServerEvent<'v>,
}

/// How a page was looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Engagement {
    pub(super) ms: u32,
    pub(super) scroll_percent: u8,
}

/// Why an event, or a whole batch, is not taken.
pub(super) struct Rejection {
    pub(super) reason: DropReason,
    /// The field to mend, where it is one.
    pub(super) field: Option<&'static str>,
    pub(super) detail: &'static str,
}

impl Rejection {
    pub(super) fn whole(reason: DropReason, detail: &'static str) -> Self {
        Self {
            reason,
            field: None,
            detail,
        }
    }

    pub(super) fn of(field: &'static str, reason: DropReason, detail: &'static str) -> Self {
        Self {
            reason,
            field: Some(field),
            detail,
        }
    }
}

pub(super) fn read_item(
    index: usize,
    value: &Value,
    workspace: WorkspaceId,
    now: UnixMillis,
) -> Result<Read<'_>, Rejection> {
    let wrong = |_| Rejection::whole(DropReason::BadField, "the event is no object of fields");
    let event = ServerEvent::deserialize(value).map_err(wrong)?;
    let at = time_of(&event.at.0, now)?;
    let given = clean(Cow::Borrowed(&event.id.0), ID_BYTES_MAX);
    let id = (!given.is_empty()).then(|| event_fact_id(workspace, &event.id.0));
    Ok(Read {
        index,
        at,
        id,
        event,
    })
}

impl ServerEvent<'_> {
    /// A server that forwards no user agent is not a machine that visits.
    pub(super) fn has_user_agent(&self) -> bool {
        !self.user_agent.0.is_empty()
    }
}

impl Read<'_> {
    pub(super) fn id_rule(&self) -> IdRule {
        self.id.map_or(IdRule::Minted, IdRule::Server)
    }
}

pub(super) fn kind_of_event(
    event: &ServerEvent<'_>,
) -> Result<(HitKind, Option<Money>), Rejection> {
    let bad = |field, detail| Rejection::of(field, DropReason::BadField, detail);
    let read = |revenue: &Revenue<'_>| {
        revenue
            .money()
            .ok_or(bad("revenue", "revenue needs an amount and a currency"))
    };
    let revenue = event.revenue.as_ref().map(read).transpose()?;
    let kind = match event.kind.0.as_ref() {
        "page_view" => HitKind::PageView,
        "revenue" if revenue.is_some() => HitKind::Revenue,
        "engagement" => HitKind::Engagement,
        "event" => kind_of(&event.name.0, revenue)
            .map_err(|reason| Rejection::of("name", reason, "an event needs a name"))?,
        _ => {
            return Err(bad(
                "type",
                "type is page_view, event, engagement, click or revenue (with an amount)",
            ));
        }
    };
    Ok((kind, revenue))
}

/// How long a page was in view and how far it was scrolled; nothing for other kinds.
pub(super) fn engagement_of(
    event: &ServerEvent<'_>,
    kind: HitKind,
) -> Result<Engagement, Rejection> {
    if kind != HitKind::Engagement {
        return Ok(Engagement::default());
    }
    let read = |text: &str, field, detail| {
        let number = if text.is_empty() { "0" } else { text };
        number
            .parse::<u32>()
            .map_err(|_| Rejection::of(field, DropReason::BadField, detail))
    };
    let ms = read(
        &event.engaged_ms.0,
        "engaged_ms",
        "engaged_ms is no whole number",
    )?;
    let scroll = read(
        &event.scroll_percent.0,
        "scroll_percent",
        "scroll_percent is no whole number",
    )?;
    if ms == 0 && scroll == 0 {
        let detail = "an engagement has engaged_ms, scroll_percent or both";
        return Err(Rejection::of(
            "engaged_ms",
            DropReason::EmptyEngagement,
            detail,
        ));
    }
    Ok(Engagement {
        ms: ms.min(ENGAGED_MS_MAX),
        scroll_percent: u8::try_from(scroll.min(100)).unwrap_or(100),
    })
}

/// What an event is called; a page view and an engagement have their page instead.
pub(super) fn name_of<'e>(event: &'e ServerEvent<'_>, kind: HitKind) -> &'e str {
    match kind {
        HitKind::PageView | HitKind::Engagement => "",
        HitKind::Outbound | HitKind::Download | HitKind::FormSubmit if !event.link.0.is_empty() => {
            &event.link.0
        }
        _ if event.name.0.is_empty() => &event.kind.0,
        _ => &event.name.0,
    }
}

/// The visitor's address as the server tells it; all zeros where it does not.
pub(super) fn address_of(event: &ServerEvent<'_>) -> Result<IpAddr, Rejection> {
    if event.ip.0.is_empty() {
        return Ok(IpAddr::from([0, 0, 0, 0]));
    }
    event
        .ip
        .0
        .parse()
        .map_err(|_| Rejection::of("ip", DropReason::BadField, "ip is no address"))
}

/// RFC 3339, or milliseconds since the epoch; now where nothing is given.
fn time_of(text: &str, now: UnixMillis) -> Result<UnixMillis, Rejection> {
    if text.is_empty() {
        return Ok(now);
    }
    let bad = |detail| Rejection::of("at", DropReason::BadTime, detail);
    let millis = text.parse().ok().map(UnixMillis);
    let at = millis.or_else(|| UnixMillis::parse_rfc3339(text));
    let at = at.ok_or(bad("at is no RFC 3339 time"))?;
    match at {
        _ if at.since_ms(now) > FUTURE_MS_MAX => Err(bad("at lies in the future")),
        _ if at < EARLIEST => Err(bad("at lies before the year 2000")),
        _ => Ok(at),
    }
}
