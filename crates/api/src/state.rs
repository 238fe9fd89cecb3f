//! What every handler works with.

use std::net::IpAddr;
use std::sync::Arc;

use app::App;
use base::{Cidr, SiteId};
use http::HeaderMap;

use crate::live::Live;

/// Why events of a site were dropped, and how many.
pub(crate) type Drops = Arc<dyn Fn(SiteId) -> Vec<(&'static str, u64)> + Send + Sync>;

/// Lets a form of a visitor in, or says how many seconds its address must wait.
pub(crate) type FormGate = Arc<dyn Fn(IpAddr, &HeaderMap) -> Result<(), u64> + Send + Sync>;

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub app: App,
    /// Counters of the hot path.
    pub drops: Drops,
    pub forms: FormGate,
    pub live: Live,
    /// Networks whose word on a sender's address is taken.
    pub trusted_proxies: Arc<[Cidr]>,
    /// The text of `/metrics`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}
