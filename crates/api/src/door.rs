//! The front door: the hot path goes straight to the collector, everything else to the router.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use base::UnixMillis;
use bytes::Bytes;
use collect::{BodyFault, Collector, Reply, Request, Route, Sink, SnapshotCell, Tally};
use http::HeaderValue;
use http::header::STRICT_TRANSPORT_SECURITY;
use http::request::Parts;
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::Response;
use hyper::body::Incoming;
use tower::ServiceExt as _;
use tower_http::timeout::TimeoutBody;

use crate::lingering::Lingering;
use crate::pace::Paced;
use crate::traffic::{Purpose, Traffic};

/// Time for the next part of a body to come.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(30);

/// The body of an answer: short and known, or streamed by the router.
pub type DoorBody = Either<Full<Bytes>, Body>;

/// What answers every request of the server.
pub struct Door<S> {
    pub collector: Arc<Collector<S>>,
    pub snapshot: Arc<SnapshotCell>,
    pub router: Router,
    pub clock: Arc<dyn Fn() -> UnixMillis + Send + Sync>,
    pub traffic: Traffic,
    /// Time for a body to come; a file's grows with what came.
    pub body_time: Duration,
    /// What browsers are told of coming by https only.
    pub transport_security: Option<HeaderValue>,
}

impl<S: Sink> Door<S> {
    /// Answers one request.
    ///
    /// # Errors
    /// Never; the type is what the server library wants.
    pub async fn answer(
        &self,
        peer: SocketAddr,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<DoorBody>, Infallible> {
        let begun = tokio::time::Instant::now();
        let path = request.uri().path();
        let (purpose, mut response) = match self.snapshot.load().route(path) {
            Some(route) => {
                let (parts, body) = request.into_parts();
                let body = read_body(&parts, body, route.body_bytes_max()).await;
                let reply = self.collect(route, &parts, peer, body).await;
                (purpose_of(route), response_of(reply))
            }
            None => (Purpose::of(path), self.route(peer, request).await),
        };
        if let Some(told) = &self.transport_security {
            let headers = response.headers_mut();
            headers.insert(STRICT_TRANSPORT_SECURITY, told.clone());
        }
        let took = begun.elapsed();
        self.traffic.count(purpose, response.status(), took);
        Ok(response)
    }

    async fn collect(
        &self,
        route: Route,
        parts: &Parts,
        peer: SocketAddr,
        body: Result<Bytes, BodyFault>,
    ) -> Reply {
        let tally = Tally::default();
        let request = Request {
            method: &parts.method,
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            peer: peer.ip(),
            body: body.as_deref().unwrap_or_default(),
            tally: &tally,
        };
        let now = (self.clock)();
        if let Err(fault) = &body {
            return self.collector.refuse(route, &request, *fault, now);
        }
        self.collector.answer(route, &request, now).await
    }

    async fn route(
        &self,
        peer: SocketAddr,
        mut request: hyper::Request<Incoming>,
    ) -> Response<DoorBody> {
        request.extensions_mut().insert(ConnectInfo(peer));
        let path = request.uri().path().to_owned();
        let request = request.map(|body| {
            let body = Paced::new(&path, self.body_time, Lingering::new(body));
            Body::new(Box::pin(TimeoutBody::new(BODY_PAUSE_MAX, body)))
        });
        let answered = self.router.clone().oneshot(request).await;
        match answered {
            Ok(response) => response.map(Either::Right),
            Err(never) => match never {},
        }
    }
}

fn purpose_of(route: Route) -> Purpose {
    match route {
        Route::Click => Purpose::Click,
        Route::BrowserEvent => Purpose::BrowserEvent,
        Route::Pixel => Purpose::Pixel,
        Route::Script => Purpose::Script,
        Route::ServerEvents => Purpose::ServerEvents,
        Route::Client(_) => Purpose::Client,
    }
}

/// Reads a body up to a limit; what is larger is refused before it is in memory.
async fn read_body(parts: &Parts, body: Incoming, bytes_max: usize) -> Result<Bytes, BodyFault> {
    if parts.method == http::Method::GET || parts.method == http::Method::HEAD {
        return Ok(Bytes::new());
    }
    let read = Limited::new(Lingering::new(body), bytes_max).collect();
    match tokio::time::timeout(BODY_PAUSE_MAX, read).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(BodyFault::TooLarge)
        }
        Ok(Err(_)) => Err(BodyFault::Broken),
        Err(_) => Err(BodyFault::Late),
    }
}

fn response_of(reply: Reply) -> Response<DoorBody> {
    let mut response = Response::new(Either::Left(Full::new(reply.body)));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}
