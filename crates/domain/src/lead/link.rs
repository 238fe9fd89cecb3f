//! Which visit a lead came from, by the strongest evidence there is.

use std::str::FromStr;

use base::{Traffic, UnixMillis, VisitId, VisitorId};
use serde::{Deserialize, Serialize};

/// How long an earlier visit of the same phone or e-mail explains a lead.
pub const CONTACT_LINK_DAYS_MAX: i64 = 90;
/// How far the clocks of a form's server and ours may be apart.
pub const LINK_CLOCK_SKEW_MS: i64 = 3_600_000;

const DAY_MS: i64 = 86_400_000;

/// What a lead was linked by, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMethod {
    VisitNumber,
    ClickId,
    Contact,
    Declared,
    /// The lead carries a visit number that no visit has yet; it is decided later.
    Waiting,
    Unknown,
}

/// A known visit that may be the lead's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkCandidate {
    pub visit: VisitId,
    pub visitor: VisitorId,
    /// When the visit began.
    pub at: UnixMillis,
}

/// What was found for the lead's own data within its workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkEvidence {
    /// The visit whose number the lead carries.
    pub by_visit_number: Option<LinkCandidate>,
    /// The visit whose click id the lead carries.
    pub by_click_id: Option<LinkCandidate>,
    /// Visits of people with the same phone or e-mail.
    pub by_contact: Vec<LinkCandidate>,
    /// The source that the sender or the importer named.
    pub declared: Option<Traffic>,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadLink {
    pub method: LinkMethod,
    pub visit: Option<LinkCandidate>,
    /// Only where no visit is known.
    pub declared: Option<Traffic>,
}

/// No method has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a way to link a lead")]
pub struct LinkMethodError(pub String);

impl LinkMethod {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::VisitNumber => "visit_number",
            Self::ClickId => "click_id",
            Self::Contact => "contact",
            Self::Declared => "declared",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for LinkMethod {
    type Err = LinkMethodError;

    fn from_str(name: &str) -> Result<Self, LinkMethodError> {
        [
            Self::VisitNumber,
            Self::ClickId,
            Self::Contact,
            Self::Declared,
            Self::Waiting,
            Self::Unknown,
        ]
        .into_iter()
        .find(|method| method.name() == name)
        .ok_or_else(|| LinkMethodError(name.to_owned()))
    }
}

/// Visit number, then click id, then the latest visit of the same contact, then what was declared.
///
/// A visit that began after the lead explains nothing, whoever names it.
#[must_use]
pub fn decide_link(evidence: LinkEvidence, lead_at: UnixMillis) -> LeadLink {
    let possible =
        |candidate: &LinkCandidate| lead_at.since_ms(candidate.at) >= -LINK_CLOCK_SKEW_MS;
    let recent = |candidate: &&LinkCandidate| {
        possible(candidate)
            && lead_at.since_ms(candidate.at) <= CONTACT_LINK_DAYS_MAX.saturating_mul(DAY_MS)
    };
    let latest = || {
        evidence
            .by_contact
            .iter()
            .filter(recent)
            .max_by_key(|found| (found.at, found.visit))
            .copied()
    };
    let numbered = evidence.by_visit_number.filter(possible);
    let clicked = || evidence.by_click_id.filter(possible);
    let visit = numbered
        .map(|visit| (LinkMethod::VisitNumber, visit))
        .or_else(|| clicked().map(|visit| (LinkMethod::ClickId, visit)))
        .or_else(|| latest().map(|visit| (LinkMethod::Contact, visit)));
    match (visit, evidence.declared) {
        (Some((method, visit)), _) => LeadLink {
            method,
            visit: Some(visit),
            declared: None,
        },
        (None, Some(traffic)) if !traffic.is_direct() => LeadLink {
            method: LinkMethod::Declared,
            visit: None,
            declared: Some(traffic),
        },
        (None, _) => LeadLink {
            method: LinkMethod::Unknown,
            visit: None,
            declared: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAD_AT: UnixMillis = UnixMillis(100 * DAY_MS);

    fn visit(number: u64, day: i64) -> LinkCandidate {
        LinkCandidate {
            visit: VisitId(number),
            visitor: VisitorId(number),
            at: UnixMillis(day * DAY_MS),
        }
    }

    fn full() -> LinkEvidence {
        LinkEvidence {
            by_visit_number: Some(visit(1, 99)),
            by_click_id: Some(visit(2, 99)),
            by_contact: vec![visit(3, 50), visit(4, 60), visit(5, 101)],
            declared: Some(Traffic {
                source: "fair".into(),
                ..Traffic::default()
            }),
        }
    }

    fn check(evidence: LinkEvidence, method: LinkMethod, number: Option<u64>) {
        let link = decide_link(evidence, LEAD_AT);
        assert_eq!(link.method, method);
        assert_eq!(link.visit.map(|visit| visit.visit.0), number);
        assert_eq!(link.declared.is_some(), method == LinkMethod::Declared);
    }

    #[test]
    fn the_strongest_evidence_wins() {
        check(full(), LinkMethod::VisitNumber, Some(1));
        let evidence = LinkEvidence {
            by_visit_number: None,
            ..full()
        };
        check(evidence.clone(), LinkMethod::ClickId, Some(2));
        let evidence = LinkEvidence {
            by_click_id: None,
            ..evidence
        };
        check(evidence.clone(), LinkMethod::Contact, Some(4));
        let evidence = LinkEvidence {
            by_contact: Vec::new(),
            ..evidence
        };
        check(evidence, LinkMethod::Declared, None);
        check(LinkEvidence::default(), LinkMethod::Unknown, None);
    }

    #[test]
    fn a_visit_after_the_lead_explains_nothing() {
        let evidence = LinkEvidence {
            by_visit_number: Some(visit(1, 101)),
            ..full()
        };
        check(evidence, LinkMethod::ClickId, Some(2));
    }

    #[test]
    fn an_old_visit_of_the_contact_explains_nothing() {
        let by_contact = vec![visit(1, 9)];
        check(
            LinkEvidence {
                by_contact,
                ..LinkEvidence::default()
            },
            LinkMethod::Unknown,
            None,
        );
    }

    #[test]
    fn an_empty_declaration_is_unknown() {
        let declared = Some(Traffic::default());
        check(
            LinkEvidence {
                declared,
                ..LinkEvidence::default()
            },
            LinkMethod::Unknown,
            None,
        );
    }
}
