//! The hot path: clicks, page views and events become facts before they are acknowledged.
//!
//! This crate knows no database and no HTTP framework. It reads an immutable [`Snapshot`],
//! keeps running visits in memory and hands encoded facts to a [`Sink`].

mod access_log;
mod browser;
mod click;
mod clients;
mod collector;
mod deliveries;
mod doors;
mod dropped;
mod enrich;
mod identity;
mod intake_log;
mod json;
mod key_uses;
mod limits;
mod mint;
mod network;
mod page;
mod pixel;
mod request;
mod script;
mod server;
mod sink;
mod snapshot;
mod tally;
mod visits;
mod watch;

pub use access_log::{
    AccessLogImporter, AccessLogOptions, LogLine, LogSurvey, Skip, parse_log_line,
};
pub use clients::Client;
pub use collector::{Collector, CollectorParts};
pub use domain::target::{LinkTarget, TargetError, legal_address};
pub use dropped::{DropReason, IntakeCounters, SiteIntake};
pub use enrich::{AgentInfo, CountryTable, EnrichError, Enricher};
pub use identity::{Salt, Salts};
pub use intake_log::{IntakeCell, IntakeDoor, IntakeEnd, IntakeLog};
pub use key_uses::KeyUse;
pub use limits::Rate;
pub use mint::{Minter, event_fact_id};
pub use network::client_address;
pub use request::{BodyFault, Reply, Request};
pub use server::BATCH_EVENTS_MAX;
pub use sink::{Sink, SinkError};
pub use snapshot::{
    AckPolicy, BotPolicy, ConsentMode, IntakeSettings, KeyGrant, Link, LinkDefaults, PublicScheme,
    Route, Site, Snapshot, SnapshotCell,
};
pub use tally::Tally;
pub use visits::{VISITORS_MAX, VisitTable};
pub use watch::{
    IntakeWatch, WATCH_MS_MAX, WATCHED_SITES_MAX, WatchAnswer, WatchOrder, WatchTie, WatchTurn,
    WatchedEnd, WatchedEvent, WatchedRequest,
};

#[cfg(test)]
mod tests;
