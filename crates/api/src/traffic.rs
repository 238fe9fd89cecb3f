//! Requests counted by what they want and how they ended.

use std::time::Duration;

use http::StatusCode;
use metrics::{Counter, Histogram};

pub const REQUESTS: &str = "throughline_http_requests_total";
pub const REQUEST_SECONDS: &str = "throughline_http_request_seconds";

/// What a request is for; few, so that the page of metrics stays short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Click,
    BrowserEvent,
    Pixel,
    Script,
    ServerEvents,
    Client,
    Form,
    Report,
    Api,
    Operator,
    Interface,
}

const PURPOSES: [(Purpose, &str); 11] = [
    (Purpose::Click, "click"),
    (Purpose::BrowserEvent, "browser_event"),
    (Purpose::Pixel, "pixel"),
    (Purpose::Script, "script"),
    (Purpose::ServerEvents, "server_events"),
    (Purpose::Client, "client"),
    (Purpose::Form, "form"),
    (Purpose::Report, "report"),
    (Purpose::Api, "api"),
    (Purpose::Operator, "operator"),
    (Purpose::Interface, "interface"),
];
/// The first digit of a status, from 2 on.
const STATUSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The counters, looked up once: doing so at every request would cost more than counting.
pub struct Traffic([Counted; PURPOSES.len()]);

struct Counted {
    by_status: [Counter; STATUSES.len()],
    seconds: Histogram,
}

impl Purpose {
    /// What the router's addresses are for.
    pub(crate) fn of(path: &str) -> Self {
        let is_under = |folder: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if is_under("/api/v1/reports") {
            Self::Report
        } else if is_under("/api") {
            Self::Api
        } else if is_under("/f") {
            Self::Form
        } else if ["/healthz", "/readyz", "/metrics"].contains(&path) {
            Self::Operator
        } else {
            Self::Interface
        }
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self(PURPOSES.map(|(_, route)| {
            Counted {
                by_status: STATUSES.map(
                    |status| metrics::counter!(REQUESTS, "route" => route, "status" => status),
                ),
                seconds: metrics::histogram!(REQUEST_SECONDS, "route" => route),
            }
        }))
    }
}

impl Traffic {
    pub(crate) fn count(&self, purpose: Purpose, status: StatusCode, took: Duration) {
        let Some(place) = PURPOSES.iter().position(|(other, _)| *other == purpose) else {
            return;
        };
        let counted = &self.0[place];
        let class = usize::from(status.as_u16() / 100).saturating_sub(2);
        if let Some(counter) = counted.by_status.get(class) {
            counter.increment(1);
        }
        counted.seconds.record(took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_by_whole_parts() {
        for (path, purpose) in [
            ("/api/v1/reports/query", Purpose::Report),
            ("/api/v1/reportsx", Purpose::Api),
            ("/api/v1/leads", Purpose::Api),
            ("/f/a1b2", Purpose::Form),
            ("/favicon.svg", Purpose::Interface),
            ("/metrics", Purpose::Operator),
            ("/", Purpose::Interface),
        ] {
            assert_eq!(Purpose::of(path), purpose, "{path}");
        }
    }
}
