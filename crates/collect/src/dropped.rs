//! What was stored and what was not, counted by site and by reason: nothing vanishes unseen.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base::{HitKind, SiteId, UnixMillis};

macro_rules! drop_reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// Why something that came in was not stored.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum DropReason {
            $($(#[$doc])* $name,)+
        }

        impl DropReason {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name in headers, metrics and answers.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

drop_reasons!(
    /// No site has this key, path or host.
    UnknownSite = "unknown_site",
    /// No link has this slug.
    UnknownLink = "unknown_link",
    /// The page's host is not one of the site's.
    HostNotAllowed = "host_not_allowed",
    /// The body is no JSON object of the expected shape.
    BadJson = "bad_json",
    /// The body or batch is over its limit.
    TooLarge = "too_large",
    /// The body broke off, or did not come in time.
    BrokenBody = "broken_body",
    /// JSON nested deeper than allowed.
    TooDeep = "too_deep",
    /// The address is missing or no `http` address.
    BadUrl = "bad_url",
    /// The event has no usable name.
    BadName = "bad_name",
    /// An engagement report without time and depth.
    EmptyEngagement = "empty_engagement",
    /// The time is unreadable or lies in the future.
    BadTime = "bad_time",
    /// Another field of a server event cannot be read.
    BadField = "bad_field",
    /// It says nothing that is kept: who somebody is, or that a page is still open.
    NotKept = "not_kept",
    /// A machine, where the operator stores none.
    Bot = "bot",
    /// The sender is over its rate.
    RateLimited = "rate_limited",
    /// The key is missing, unknown or lacks the scope.
    Unauthorised = "unauthorised",
    /// The same event id was stored before.
    Duplicate = "duplicate",
    /// The durable log did not take it; the sender was told to come again.
    SinkFailed = "sink_failed",
    /// The door takes another method.
    WrongMethod = "wrong_method",
    /// The sender hung up before the answer; what was on its way to the log may be there.
    Unanswered = "unanswered",
);

const KINDS: [HitKind; 8] = [
    HitKind::Click,
    HitKind::PageView,
    HitKind::Engagement,
    HitKind::Event,
    HitKind::Outbound,
    HitKind::Download,
    HitKind::FormSubmit,
    HitKind::Revenue,
];

/// Sites that are counted apart; the table only grows with sites of the snapshot.
#[derive(Debug, Default)]
pub struct IntakeCounters {
    exported: Exported,
    sites: RwLock<HashMap<Option<SiteId>, Arc<SiteCounters>>>,
}

/// What a site sent since the program started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteIntake {
    pub first_at: Option<UnixMillis>,
    pub last_at: Option<UnixMillis>,
    pub stored: Vec<(HitKind, u64)>,
    pub dropped: Vec<(DropReason, u64)>,
}

/// The same sums over all sites, for the metrics page.
struct Exported {
    stored: [metrics::Counter; KINDS.len()],
    dropped: [metrics::Counter; DropReason::ALL.len()],
}

#[derive(Debug)]
struct SiteCounters {
    /// Zero: never.
    first_at: AtomicI64,
    last_at: AtomicI64,
    stored: [AtomicU64; KINDS.len()],
    dropped: [AtomicU64; DropReason::ALL.len()],
}

impl IntakeCounters {
    /// What a site, or everything without a site, sent since the program started.
    #[must_use]
    pub fn read(&self, site: Option<SiteId>) -> SiteIntake {
        let counters = self.counters(site);
        let time = |cell: &AtomicI64| {
            Some(cell.load(Ordering::Relaxed))
                .filter(|at| *at != 0)
                .map(UnixMillis)
        };
        let load = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        SiteIntake {
            first_at: time(&counters.first_at),
            last_at: time(&counters.last_at),
            stored: KINDS
                .iter()
                .copied()
                .zip(counters.stored.iter().map(load))
                .collect(),
            dropped: DropReason::ALL
                .iter()
                .copied()
                .zip(counters.dropped.iter().map(load))
                .filter(|(_, count)| *count > 0)
                .collect(),
        }
    }

    pub(crate) fn count_stored(&self, site: Option<SiteId>, kind: HitKind, at: UnixMillis) {
        let counters = self.counters(site);
        let _ = counters
            .first_at
            .compare_exchange(0, at.0, Ordering::Relaxed, Ordering::Relaxed);
        counters.last_at.fetch_max(at.0, Ordering::Relaxed);
        if let Some(index) = KINDS.iter().position(|other| *other == kind) {
            self.exported.stored[index].increment(1);
            counters.stored[index].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_dropped(&self, site: Option<SiteId>, reason: DropReason, count: u64) {
        let counters = self.counters(site);
        if let Some(index) = DropReason::ALL.iter().position(|other| *other == reason) {
            self.exported.dropped[index].increment(count);
            counters.dropped[index].fetch_add(count, Ordering::Relaxed);
        }
    }

    fn counters(&self, site: Option<SiteId>) -> Arc<SiteCounters> {
        let found = self
            .sites
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&site)
            .cloned();
        found.unwrap_or_else(|| {
            let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(
                sites
                    .entry(site)
                    .or_insert_with(|| Arc::new(SiteCounters::new())),
            )
        })
    }
}

impl Default for Exported {
    /// Looks each counter up once: doing so at every hit would cost more than counting.
    fn default() -> Self {
        Self {
            stored: KINDS.map(
                |kind| metrics::counter!("throughline_intake_stored_total", "kind" => kind.name()),
            ),
            dropped: std::array::from_fn(|index| {
                let reason = DropReason::ALL[index].name();
                metrics::counter!("throughline_intake_dropped_total", "reason" => reason)
            }),
        }
    }
}

impl std::fmt::Debug for Exported {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Exported")
    }
}

impl SiteCounters {
    fn new() -> Self {
        Self {
            first_at: AtomicI64::new(0),
            last_at: AtomicI64::new(0),
            stored: std::array::from_fn(|_| AtomicU64::new(0)),
            dropped: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}
