//! HTTP: routes, JSON shapes, the OpenAPI document, sessions, keys and the embedded interface.

#![allow(
    unused_qualifications,
    reason = "the macro that documents an endpoint repeats the type of its query"
)]

mod bare;
mod body;
mod caller;
mod docs;
mod door;
mod etag;
mod lingering;
mod live;
mod once;
mod pace;
mod page;
mod parameters;
mod problem;
mod ready;
mod rights;
mod router;
mod routes;
mod security;
mod signed;
mod state;
mod traffic;
mod ui;
mod words;

pub use axum::Router;
pub use bare::{Standing, router_of_collector, router_without_api, takes_nothing_in};
pub use door::{Door, DoorBody};
pub use live::Live;
pub use problem::{ApiResult, Problem, ProblemField};
pub use router::{openapi, router};
pub use routes::reread_lead;
pub use state::{ApiState, NodeWatch, WatchCall, Watcher};
pub use traffic::{REQUEST_SECONDS, REQUESTS, Traffic};
