//! A request's body that is read to its end even where nobody wants the rest.
//!
//! A refusal is often sent before the body has come. If the connection were closed then, the
//! sender could see its own write fail and never read why.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// The rest of a body that is still taken in; a sender of more is hung up on.
const REST_BYTES_MAX: usize = 1 << 20;
const REST_TIME_MAX: Duration = Duration::from_secs(2);

/// Reads what is left when it is dropped, within limits.
pub(crate) struct Lingering(Option<Incoming>);

impl Lingering {
    pub(crate) fn new(body: Incoming) -> Self {
        Self(Some(body))
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let rest = self.0.take().filter(|body| !body.is_end_stream());
        let (Some(rest), Ok(runtime)) = (rest, tokio::runtime::Handle::try_current()) else {
            return;
        };
        runtime.spawn(async move {
            let read = Limited::new(rest, REST_BYTES_MAX).collect();
            // Whatever comes of it, the connection goes on or ends by itself.
            let _ = tokio::time::timeout(REST_TIME_MAX, read).await;
        });
    }
}
