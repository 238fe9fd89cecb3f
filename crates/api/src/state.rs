//! What every handler works with.

use std::sync::Arc;

use app::App;
use base::SiteId;
use collect::Cidr;

use crate::live::Live;

/// Why events of a site were dropped, and how many.
pub(crate) type Drops = Arc<dyn Fn(SiteId) -> Vec<(&'static str, u64)> + Send + Sync>;

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub app: App,
    /// Counters of the hot path.
    pub drops: Drops,
    pub live: Live,
    /// Networks whose word on a sender's address is taken.
    pub trusted_proxies: Arc<[Cidr]>,
    /// The text of `/metrics`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}
