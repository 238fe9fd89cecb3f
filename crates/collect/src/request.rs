//! A request and a reply, free of any HTTP framework.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::limits::Wait;
use crate::{DropReason, Tally};

/// What the hot path needs of an HTTP request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a Method,
    /// Path without query.
    pub path: &'a str,
    /// Query without the question mark; empty when there is none.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    /// Address of the other end of the connection.
    pub peer: IpAddr,
    pub body: &'a [u8],
    /// What becomes of all that it brings.
    pub tally: &'a Tally,
}

/// Why the body of a request is not there to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// It is larger than its door takes.
    TooLarge,
    /// The connection broke off, or what came was no body.
    Broken,
    /// The sender paused for too long.
    Late,
}

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Header that says why an accepted event was not stored.
pub(crate) const DROPPED_HEADER: HeaderName = HeaderName::from_static("x-throughline-dropped");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

impl<'a> Request<'a> {
    /// A header's text; empty when it is missing or no text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> &'a str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The value of the first cookie of that name.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn user_agent(&self) -> &'a str {
        self.header(&header::USER_AGENT)
    }

    /// The browser fetches ahead of need, or only asks for headers.
    pub(crate) fn is_prefetch(&self) -> bool {
        let says = |name: &HeaderName| {
            let value = self.header(name);
            value.contains("prefetch") || value.contains("prerender") || value == "preview"
        };
        self.method == Method::HEAD || says(&SEC_PURPOSE) || says(&PURPOSE) || says(&X_MOZ)
    }

    /// The page is on another site than we are, so the browser keeps our cookie to itself.
    pub(crate) fn is_cross_site(&self) -> bool {
        match self.header(&SEC_FETCH_SITE) {
            "" => {}
            site => return site == "cross-site",
        }
        let origin = domain::source::split_url(self.header(&header::ORIGIN));
        let host = self
            .header(&header::HOST)
            .split(':')
            .next()
            .unwrap_or_default();
        origin
            .is_some_and(|parts| !host.is_empty() && last_labels(&parts.host) != last_labels(host))
    }

    /// The page has the very address that we have.
    pub(crate) fn is_same_origin(&self) -> bool {
        self.header(&SEC_FETCH_SITE) == "same-origin"
    }

    /// Global Privacy Control.
    pub(crate) fn refuses_sale(&self) -> bool {
        self.header(&SEC_GPC) == "1"
    }
}

impl Reply {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::with_capacity(8),
            body: Bytes::new(),
        }
    }

    pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status)
            .with_static(header::CONTENT_TYPE, "application/json")
            .with_body(body.into())
    }

    /// An error of the API's common shape.
    pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Self {
        Self::problem_of(status, code, None, detail)
    }

    /// As [`Self::problem`], of a field.
    pub(crate) fn problem_of(
        status: StatusCode,
        code: &str,
        field: Option<&str>,
        detail: &str,
    ) -> Self {
        let mut body = serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        if let Some(field) = field {
            body["field"] = field.into();
        }
        Self::new(status)
            .with_static(header::CONTENT_TYPE, "application/problem+json")
            .with_body(body.to_string().into())
    }

    pub(crate) fn too_many(wait: Wait) -> Self {
        let code = DropReason::RateLimited.name();
        Self::problem(
            StatusCode::TOO_MANY_REQUESTS,
            code,
            "too many requests; come again later",
        )
        .with(header::RETRY_AFTER, HeaderValue::from(wait.seconds.max(1)))
    }

    /// The request's body could not be read.
    pub(crate) fn bodiless(fault: BodyFault, bytes_max: usize) -> Self {
        let code = fault.reason().name();
        match fault {
            BodyFault::TooLarge => {
                let detail = format!("the body may have at most {bytes_max} bytes");
                Self::problem(StatusCode::PAYLOAD_TOO_LARGE, code, &detail)
            }
            BodyFault::Broken => {
                let detail = "the body did not come whole";
                Self::problem(StatusCode::BAD_REQUEST, code, detail)
            }
            BodyFault::Late => {
                let detail = "the body did not come in time";
                Self::problem(StatusCode::REQUEST_TIMEOUT, code, detail)
            }
        }
    }

    /// The durable log did not take the fact, so nothing is promised.
    pub(crate) fn unavailable() -> Self {
        let code = DropReason::SinkFailed.name();
        let detail = "nothing was stored; come again in a moment";
        Self::problem(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            .with(header::RETRY_AFTER, HeaderValue::from(2_u16))
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    pub(crate) fn with_static(self, name: HeaderName, value: &'static str) -> Self {
        self.with(name, HeaderValue::from_static(value))
    }

    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// Lets the calling page read the answer and send its cookie.
    pub(crate) fn with_cors(self, request: &Request<'_>) -> Self {
        let Some(origin) = request.headers.get(header::ORIGIN) else {
            return self;
        };
        self.with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone())
            .with_static(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true")
            .with_static(header::VARY, "Origin")
    }

    /// The answer's header, for tests and logs.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What a browser asks before it sends from another page's address.
pub(crate) fn preflight(request: &Request<'_>) -> Reply {
    let asked = request.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let allowed = asked
        .cloned()
        .unwrap_or_else(|| HeaderValue::from_static("content-type"));
    Reply::new(StatusCode::NO_CONTENT)
        .with_cors(request)
        .with_static(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS")
        .with(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed)
        .with_static(header::ACCESS_CONTROL_MAX_AGE, "86400")
}

impl BodyFault {
    pub(crate) fn reason(self) -> DropReason {
        match self {
            Self::TooLarge => DropReason::TooLarge,
            Self::Broken | Self::Late => DropReason::BrokenBody,
        }
    }
}

/// The last two labels of a host: near enough to its site where a browser says nothing itself.
fn last_labels(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at + 1);
    dots.nth(1).and_then(|at| host.get(at..)).unwrap_or(host)
}
