//! What came in under ids of the senders' own, so that a retry repeats its fact and nothing more.
//!
//! A sender that saw no answer asks again, perhaps while its first request is still under way, or
//! after it was given up in the middle. The step that the first one took in its visit is therefore
//! remembered before anything is durable: whatever comes under the same id takes no other.

use std::convert::Infallible;

use base::{FactId, Hit, VisitorId};
use domain::visit::{Touch, VisitStep};
use quick_cache::sync::Cache;

use crate::identity::{CookieAction, Identity};

/// Deliveries by their facts' ids; the longest unused are forgotten first.
pub(crate) struct Deliveries(Cache<FactId, Delivery>);

/// One delivery.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// Whom the first request took its browser for.
    pub(crate) visitor: VisitorId,
    /// Check of the browser that sent it, where the door is one for browsers.
    pub(crate) browser: Option<u16>,
    /// The step that the first request took.
    pub(crate) step: VisitStep,
    pub(crate) state: DeliveryState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    /// Nobody knows yet whether the log has it, so a retry has to append it once more.
    Unsure,
    Stored,
}

impl Deliveries {
    pub(crate) fn new(deliveries_max: usize) -> Self {
        Self(Cache::new(deliveries_max))
    }

    pub(crate) fn find(&self, id: FactId) -> Option<Delivery> {
        self.0.get(&id)
    }

    /// What is known of the id; `begin` is called where that is nothing, and by one caller only.
    pub(crate) fn find_or_begin(&self, id: FactId, begin: impl FnOnce() -> Delivery) -> Delivery {
        match self
            .0
            .get_or_insert_with(&id, || Ok::<_, Infallible>(begin()))
        {
            Ok(delivery) => delivery,
            Err(never) => match never {},
        }
    }

    pub(crate) fn set_stored(&self, id: FactId, delivery: Delivery) {
        let state = DeliveryState::Stored;
        self.0.insert(id, Delivery { state, ..delivery });
    }

    /// Remembers a fact of the log.
    pub(crate) fn restore(&self, id: FactId, hit: &Hit) {
        let visitor = match hit.bot {
            Some(_) => hit.visitor.machine_twin(),
            None => hit.visitor,
        };
        let step = VisitStep {
            at: hit.at,
            seq: hit.seq,
            visit: hit.visit,
            visit_at: hit.visit_at(),
            visits: hit.visits,
            bounces: hit.bounces,
            traffic: hit.traffic,
            touch: Touch::Same,
        };
        let delivery = Delivery {
            visitor,
            browser: None,
            step,
            state: DeliveryState::Stored,
        };
        self.0.insert(id, delivery);
    }

    /// The log refused the fact, and its step was taken back.
    pub(crate) fn forget(&self, id: FactId) {
        self.0.remove(&id);
    }
}

impl Delivery {
    /// Keeps a browser that never saw its first answer from becoming a second visitor. Another
    /// browser under the same id learns nothing.
    pub(crate) fn recognise(&self, identity: Identity, browser: u16) -> Identity {
        match (identity.fresh, self.browser == Some(browser)) {
            (false, _) => identity,
            (true, true) => Identity {
                visitor: self.visitor,
                fresh: false,
                ..identity
            },
            (true, false) => Identity {
                cookie: CookieAction::Leave,
                ..identity
            },
        }
    }
}
