//! The pace of a request's body: it has to be there by a deadline, so that nobody holds a door open
//! for ever by a byte now and then. A file may take longer, as long as it comes on.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// A file that comes more slowly than this, behind the time of any body, is hung up on.
const FILE_BYTES_PER_S_MIN: u64 = 8 << 10;
/// Where files come in.
const FILES: &str = "/api/v1/imports/preview";

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time")]
pub(crate) struct TooSlow;

/// A body with a deadline.
pub(crate) struct Paced<B> {
    body: B,
    deadline: Pin<Box<Sleep>>,
    /// Each byte of a file moves the deadline.
    is_file: bool,
}

impl<B> Paced<B> {
    /// The body of a request for `path`, which has `time` to come.
    pub(crate) fn new(path: &str, time: Duration, body: B) -> Self {
        Self {
            body,
            deadline: Box::pin(tokio::time::sleep(time)),
            is_file: path == FILES,
        }
    }

    fn came(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let micros = bytes.saturating_mul(1_000_000) / FILE_BYTES_PER_S_MIN;
        let deadline = self.deadline.deadline() + Duration::from_micros(micros);
        self.deadline.as_mut().reset(deadline);
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Box::new(TooSlow))));
        }
        let Poll::Ready(next) = Pin::new(&mut self.body).poll_frame(context) else {
            return Poll::Pending;
        };
        if self.is_file
            && let Some(Ok(frame)) = &next
            && let Some(data) = frame.data_ref()
        {
            self.came(data.len());
        }
        Poll::Ready(next.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    /// How much later the body has to be there after so many bytes of it came.
    async fn moved(path: &str, bytes: usize) -> Duration {
        let frame = Frame::data(Bytes::from(vec![b'1'; bytes]));
        let parts = stream::iter([Ok::<_, Infallible>(frame)]);
        let mut body = Paced::new(path, Duration::from_secs(60), StreamBody::new(parts));
        let before = body.deadline.deadline();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap().len(), bytes);
        body.deadline.deadline() - before
    }

    #[tokio::test]
    async fn a_body_that_drips_is_ended_by_its_deadline() {
        let never = stream::pending::<Result<Frame<Bytes>, Infallible>>();
        let body = Paced::new(
            "/api/v1/invitations",
            Duration::ZERO,
            StreamBody::new(never),
        );
        let late = body.collect().await.unwrap_err();
        assert_eq!(late.to_string(), "the body did not come in time");
    }

    #[tokio::test]
    async fn only_a_file_gets_more_time_by_coming_on() {
        let size = 64 << 10;
        assert_eq!(moved("/api/v1/invitations", size).await, Duration::ZERO);
        let file = moved("/api/v1/imports/preview", size).await;
        assert_eq!(file, Duration::from_secs(8));
    }
}
