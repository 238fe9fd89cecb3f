//! What every handler works with.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use app::{App, WatchedSite};
use base::{Cidr, SiteId};
use collect::{WatchAnswer, WatchTurn};
use http::HeaderMap;

use crate::live::Live;

/// Why events of a site were dropped, and how many.
pub(crate) type Drops = Arc<dyn Fn(SiteId) -> Vec<(&'static str, u64)> + Send + Sync>;

/// Lets a form of a visitor in, or says how many seconds its address must wait.
pub(crate) type FormGate = Arc<dyn Fn(IpAddr, &HeaderMap) -> Result<(), u64> + Send + Sync>;

/// Tells every node that takes something in what to watch of a site, and asks what it has.
pub type Watcher =
    Arc<dyn Fn(WatchCall) -> Pin<Box<dyn Future<Output = Vec<NodeWatch>> + Send>> + Send + Sync>;

/// What all nodes are asked, or told to do.
#[derive(Debug, Clone)]
pub struct WatchCall {
    pub site: WatchedSite,
    pub turn: Option<WatchTurn>,
    /// By node: only what came behind this place.
    pub since: BTreeMap<String, (i64, u64)>,
}

/// What a node says.
#[derive(Debug, Clone)]
pub struct NodeWatch {
    pub node: String,
    /// Nothing where it was not reached.
    pub answer: Option<WatchAnswer>,
}

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub app: App,
    /// Counters of the hot path.
    pub drops: Drops,
    pub forms: FormGate,
    pub live: Live,
    pub watcher: Watcher,
    /// Networks whose word on a sender's address is taken.
    pub trusted_proxies: Arc<[Cidr]>,
    /// The text of `/metrics`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}
