//! The servers' door for events, as the document describes it. The collector answers it, without
//! the router: see [`crate::Door`].

use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};

use crate::problem::Problem;
use crate::words::{EventResultStatus, EventType};

/// The part of the document that the router does not write.
#[derive(OpenApi)]
#[openapi(paths(send_events))]
pub(crate) struct Document;

/// Send events of a server; each gets its own result.
#[utoipa::path(post, path = "/events", request_body = EventsBody, responses(
    (status = 200, body = EventsAnswer), (status = "default", body = Problem)))]
#[expect(dead_code, reason = "it stands for the collector in the document")]
fn send_events() {}

/// A batch of at most 1,000 events and 512 KiB.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the collector reads")]
struct EventsBody {
    events: Vec<ServerEvent>,
}

/// Something that happened on a site.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the collector reads")]
struct ServerEvent {
    /// Your own id: sending it again counts once.
    id: Option<String>,
    #[schema(value_type = EventType)]
    r#type: String,
    /// The page, or for a click the address of its link.
    #[schema(example = "https://shop.example/thanks")]
    url: String,
    /// Id, key or domain of the site; by the url's host when absent.
    site: Option<String>,
    /// What an `event` is called.
    name: Option<String>,
    referrer: Option<String>,
    /// Of the page.
    title: Option<String>,
    /// Of an `event` named `outbound`, `download` or `form`: where it led, or the form's name.
    link: Option<String>,
    /// The visitor's number from the page script, or any text that stands for the visitor.
    visitor: Option<String>,
    /// Your own name for the person, where there is no visitor.
    user_id: Option<String>,
    /// When it happened, in RFC 3339 or in milliseconds since 1970; now when absent.
    #[schema(example = "2026-11-01T10:00:00Z")]
    at: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    /// Of an `engagement`: milliseconds in view since the last report of the page.
    engaged_ms: Option<u32>,
    /// Of an `engagement`: the deepest scroll.
    #[schema(maximum = 100)]
    scroll_percent: Option<u8>,
    #[schema(value_type = Option<Object>)]
    properties: Option<Map<String, Value>>,
    revenue: Option<EventRevenue>,
}

/// What an event brought.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the collector reads")]
struct EventRevenue {
    #[schema(example = "8000.00")]
    amount: String,
    #[schema(example = "RUB")]
    currency: String,
}

/// A result for every event, in the order of the batch.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the collector answers")]
struct EventsAnswer {
    items: Vec<EventResult>,
}

/// What became of an event.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the collector answers")]
struct EventResult {
    /// The event's own id, or the one that it was given.
    id: String,
    #[schema(value_type = EventResultStatus)]
    status: String,
    /// `rejected`: why, as a stable name.
    #[schema(nullable = false)]
    code: Option<String>,
    /// `rejected`: the field to mend, where it is one.
    #[schema(nullable = false)]
    field: Option<String>,
    /// `rejected`: why, in one English sentence.
    #[schema(nullable = false)]
    detail: Option<String>,
}
