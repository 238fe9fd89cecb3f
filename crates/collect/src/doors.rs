//! The doors of the hot path: a request is let in, answered and settled.

use std::net::IpAddr;

use base::UnixMillis;
use http::HeaderMap;

use crate::network::client_address;
use crate::{BodyFault, Collector, Reply, Request, Route, Sink};

impl<S: Sink> Collector<S> {
    /// Lets a form of a visitor's address in, or says how many seconds it must wait.
    ///
    /// # Errors
    /// When the address has sent too many.
    pub fn admit_form(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
        now: UnixMillis,
    ) -> Result<(), u64> {
        let settings = &self.snapshot.load().settings;
        let address = client_address(peer, headers, &settings.trusted_proxies);
        let taken = self
            .limiter
            .take(("form", address), settings.forms_per_address, 1, now);
        taken.map_err(|wait| wait.seconds.max(1))
    }

    /// Answers a request at a door.
    pub async fn answer(&self, route: Route, request: &Request<'_>, now: UnixMillis) -> Reply {
        let settling = self.settling(route, request, now);
        let reply = match route {
            Route::Click => self.click(request, now).await,
            Route::BrowserEvent => self.browser_event(request, now).await,
            Route::Pixel => self.pixel(request, now).await,
            Route::Script => self.script(request),
            Route::ServerEvents => self.server_events(request, now).await,
            Route::Client(client) => self.client_event(client, request, now).await,
        };
        settling.answered(&reply);
        reply
    }

    /// Answers and counts a request whose body could not be read.
    #[must_use]
    pub fn refuse(
        &self,
        route: Route,
        request: &Request<'_>,
        fault: BodyFault,
        now: UnixMillis,
    ) -> Reply {
        let settling = self.settling(route, request, now);
        let reply = match route {
            Route::BrowserEvent => self.refuse_event(request, fault),
            Route::Client(client) => self.refuse_client(client, request, fault),
            _ => {
                self.drop_event(request.tally, None, fault.reason());
                Reply::bodiless(fault, route.body_bytes_max())
            }
        };
        settling.answered(&reply);
        reply
    }
}
