//! Who stands in the place of a person whose data was erased: facts keep what they count and lose
//! what says who it was.

use crate::{Agent, Country, Fact, Hit, HitId, HitKind, Outcome, VisitId, VisitorId};

/// Pseudonyms take six bytes, so that in a journal they fit into the place of the real ids, which
/// are random numbers of eight.
const PSEUDONYM_BITS: u32 = 48;

/// The mark of a hit takes one byte, which is the least that a real one took in a journal.
const MARK_MAX: u64 = 127;

/// In the place of a visitor and their visits. Nobody who lacks the key it was made with can tell
/// whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pseudonym {
    visitor: u64,
    visits: u64,
}

impl Pseudonym {
    /// Of random or keyed numbers.
    #[must_use]
    pub fn new(visitor: u64, visits: u64) -> Self {
        Self {
            // Zero is nobody.
            visitor: (visitor & Self::mask()).max(1),
            visits: visits & Self::mask(),
        }
    }

    #[must_use]
    pub fn visitor(&self) -> VisitorId {
        VisitorId(self.visitor)
    }

    /// What a visit is combined with by "exclusive or"; different visits stay different.
    #[must_use]
    pub fn visits(&self) -> u64 {
        self.visits
    }

    /// The bits of a visit that stay; the first of them mean nothing to anybody.
    #[must_use]
    pub fn mask() -> u64 {
        (1 << PSEUDONYM_BITS) - 1
    }

    /// Whether the id may be a pseudonym: real ids are random numbers of eight bytes.
    #[must_use]
    pub fn may_be(visitor: VisitorId) -> bool {
        visitor.0 <= Self::mask()
    }

    /// In the place of a mark that says something of the browser. Warehouses compute the same.
    #[must_use]
    pub fn mark(&self) -> u16 {
        u16::try_from(self.visitor & MARK_MAX).unwrap_or_default()
    }

    #[must_use]
    pub fn visit(&self, visit: VisitId) -> VisitId {
        VisitId((visit.0 ^ self.visits) & Self::mask())
    }
}

impl Hit {
    /// The same hit of nobody in particular: it counts the same for the same traffic.
    #[must_use]
    pub fn under(mut self, pseudonym: Pseudonym) -> Self {
        self.visit = pseudonym.visit(self.visit);
        self.visitor = pseudonym.visitor();
        // It was made of the visitor or of the browser.
        if let HitId::Stamped(mark) = &mut self.id {
            *mark = pseudonym.mark();
        }
        self.page.path = String::new();
        self.page.title = String::new();
        // The name of an event is the shop's word; an address that somebody followed is not.
        if matches!(self.kind, HitKind::Outbound | HitKind::Download) {
            self.name = String::new();
        }
        self.properties = Vec::new();
        self.agent = Agent::default();
        self.country = Country::UNKNOWN;
        self.click_ids = Vec::new();
        self
    }
}

impl Outcome {
    /// The same outcome of nobody in particular.
    #[must_use]
    pub fn under(mut self, pseudonym: Pseudonym) -> Self {
        self.visit = self.visit.map(|visit| pseudonym.visit(visit));
        self.visitor = Some(pseudonym.visitor());
        self
    }
}

impl Fact {
    /// Whose fact it is, where it is a visitor's.
    #[must_use]
    pub fn visitor(&self) -> Option<VisitorId> {
        match self {
            Self::Outcome(outcome) => outcome.visitor,
            other => other.hit().map(|hit| hit.visitor),
        }
    }

    /// The same fact of nobody in particular; what is of no visitor stays as it is.
    #[must_use]
    pub fn under(self, pseudonym: Pseudonym) -> Self {
        match self {
            Self::Hit(hit) => Self::Hit(Box::new(hit.under(pseudonym))),
            Self::FiledHit(mut filed) => {
                filed.hit = filed.hit.under(pseudonym);
                Self::FiledHit(filed)
            }
            Self::Outcome(outcome) => Self::Outcome(Box::new(outcome.under(pseudonym))),
            other => other,
        }
    }

    /// Whether it is under a pseudonym already, as far as that can be told: real ids are random
    /// numbers of eight bytes, and of those that happen to be small a hit says more than its id.
    #[must_use]
    pub fn is_nobodys(&self) -> bool {
        match self.hit() {
            Some(hit) => {
                let is_bare = hit.page.path.is_empty() && hit.agent == Agent::default();
                Pseudonym::may_be(hit.visitor) && is_bare
            }
            None => self.visitor().is_none_or(Pseudonym::may_be),
        }
    }

    /// What a journal keeps in the place of the entry of `bytes_max` bytes that this fact was
    /// before it came under a pseudonym. An id too small for that, which no door makes, is left
    /// out.
    ///
    /// # Errors
    /// As [`Fact::encode`].
    pub fn encode_within(&self, bytes_max: usize) -> Result<Vec<u8>, crate::FactFormatError> {
        let bytes = self.encode()?;
        match self {
            Self::Outcome(outcome) if bytes.len() > bytes_max => {
                let mut nobodys = outcome.clone();
                (nobodys.visitor, nobodys.visit) = (None, None);
                Self::Outcome(nobodys).encode()
            }
            _ => Ok(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ClickIdKind, Device, FactId, LeadId, OutcomeKind, Page, TrafficKey, UnixMillis, WorkspaceId,
    };

    /// What a hit of the visitor keeps of them.
    const MARK: u16 = u16::MAX;

    fn outcome(visitor: u64) -> Fact {
        Fact::Outcome(Box::new(Outcome {
            id: FactId(1),
            workspace: WorkspaceId(1),
            kind: OutcomeKind::Lead,
            at: UnixMillis(5),
            recorded: UnixMillis(5),
            created: UnixMillis(5),
            lead: Some(LeadId(3)),
            deal: None,
            visitor: Some(VisitorId(visitor)),
            visit: Some(VisitId(u64::MAX - 7)),
            declared: None,
            leads: 1,
            qualified: 0,
            deals: 0,
            sales: 0,
            customers: 0,
            revenue_micros: 7,
            vat_micros: 0,
            refunds_micros: 0,
            cost_of_goods_micros: 0,
        }))
    }

    fn hit() -> Fact {
        Fact::Hit(Box::new(Hit {
            id: HitId::Stamped(MARK),
            workspace: WorkspaceId(1),
            kind: HitKind::Outbound,
            at: UnixMillis(5),
            delay_ms: 0,
            seq: 1,
            site: None,
            link: None,
            visitor: VisitorId(u64::MAX),
            visit: VisitId(u64::MAX - 7),
            visit_age_ms: 0,
            visits: 1,
            bounces: 1,
            traffic: TrafficKey(8),
            touch: None,
            page: Page {
                host: "shop.example".into(),
                path: "/bye/anna@mail.example".into(),
                title: "Anna".into(),
            },
            name: "https://x.example/anna".into(),
            properties: vec![("mail".into(), "anna@mail.example".into())],
            agent: Agent {
                device: Device::Phone,
                browser: "Firefox".into(),
                os: "Android".into(),
            },
            country: Country::from_code("PL"),
            bot: None,
            engaged_ms: 1,
            scroll_percent: 2,
            revenue: None,
            click_ids: vec![(ClickIdKind::Gclid, "anna".into())],
        }))
    }

    /// One with nothing in it that could make room.
    fn bare(mark: u16) -> Fact {
        let Fact::Hit(mut hit) = hit() else {
            unreachable!("it is a hit");
        };
        hit.id = HitId::Stamped(mark);
        (hit.page, hit.name) = (Page::default(), String::new());
        (hit.properties, hit.click_ids) = (Vec::new(), Vec::new());
        hit.agent = Agent::default();
        Fact::Hit(hit)
    }

    const PSEUDONYM: (u64, u64) = (0xffff_0000_0000_1234, u64::MAX);

    #[test]
    fn a_fact_under_a_pseudonym_fits_into_the_place_of_the_real_one() {
        let pseudonym = Pseudonym::new(PSEUDONYM.0, PSEUDONYM.1);
        for fact in [hit(), bare(1), bare(MARK), outcome(u64::MAX), outcome(1)] {
            let place = fact.encode().unwrap().len();
            let nobodys = fact.under(pseudonym);
            let mut bytes = nobodys.encode_within(place).unwrap();
            assert!(bytes.len() <= place);
            bytes.resize(place, 0);
            let read = Fact::decode(&bytes).unwrap();
            let whose = read.visitor();
            assert!(whose.is_none() || read == nobodys, "{whose:?}");
        }
    }

    #[test]
    fn what_counts_stays_and_who_it_was_goes() {
        let pseudonym = Pseudonym::new(PSEUDONYM.0, PSEUDONYM.1);
        let fact = hit().under(pseudonym);
        let of = fact.hit().unwrap();
        assert_eq!((of.visits, of.bounces, of.traffic), (1, 1, TrafficKey(8)));
        assert_eq!(of.visitor, VisitorId(0x1234));
        assert_eq!(of.id, HitId::Stamped(0x34));
        assert_ne!(of.visit, VisitId(u64::MAX - 7));
        let text = format!("{fact:?}").to_lowercase();
        assert!(
            !text.contains("anna") && !text.contains("firefox"),
            "{text}"
        );
        assert!(fact.is_nobodys() && !hit().is_nobodys());
        let outcome = outcome(u64::MAX).under(pseudonym);
        assert!(outcome.is_nobodys());
        assert_eq!(outcome.visitor(), Some(VisitorId(0x1234)));
        assert_eq!(outcome.outcome().unwrap().visit, Some(of.visit));
        assert_eq!(outcome.outcome().unwrap().revenue_micros, 7);
    }
}
