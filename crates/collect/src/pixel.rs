//! `GET /p.gif`: a page view of a browser without scripts.

use std::borrow::Cow;

use base::UnixMillis;
use http::{HeaderName, StatusCode, header};

use crate::browser::BrowserEvent;
use crate::json::Scalar;
use crate::{Collector, Reply, Request, Sink};

pub(crate) const PIXEL_PATH: &str = "/p.gif";

/// One transparent point.
const GIF: &[u8; 43] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\
    \x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

impl<S: Sink> Collector<S> {
    /// Always answers an image. Query: `k` the site's key, `u` the page (else the referrer header),
    /// `r` the page's own referrer.
    pub async fn pixel(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let value = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
            Scalar(
                pairs
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value)
                    .unwrap_or_default(),
            )
        };
        let given = value("u");
        let from_header = Scalar(Cow::Borrowed(request.header(&header::REFERER)));
        let event = BrowserEvent {
            n: Scalar(Cow::Borrowed("pageview")),
            u: if given.0.is_empty() {
                from_header
            } else {
                given
            },
            r: value("r"),
            k: value("k"),
            d: value("d"),
            t: value("t"),
            ..BrowserEvent::default()
        };
        let taken = self.receive(request, &event, now).await;
        let failed = taken.status.is_server_error() || taken.status.is_client_error();
        let status = if failed { taken.status } else { StatusCode::OK };
        let kept = [
            header::SET_COOKIE,
            header::RETRY_AFTER,
            crate::request::DROPPED_HEADER,
        ];
        let mut reply = Reply::new(status);
        for name in kept {
            if let Some(value) = taken.headers.get(&name) {
                reply.headers.insert(name, value.clone());
            }
        }
        image(reply).with_static(header::CACHE_CONTROL, "no-store")
    }
}

/// The reply with a transparent point that any page may show.
pub(crate) fn image(reply: Reply) -> Reply {
    reply
        .with_static(header::CONTENT_TYPE, "image/gif")
        .with_static(
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        )
        .with_body(bytes::Bytes::from_static(GIF))
}
