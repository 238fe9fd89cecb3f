//! What a lead's status means for the numbers.

use std::collections::BTreeMap;
use std::str::FromStr;

use base::{OutcomeKind, UnixMillis};
use serde::{Deserialize, Serialize};

/// How far a lead has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    New,
    Working,
    Qualified,
    Disqualified,
    /// It became a deal.
    Converted,
    Spam,
    Duplicate,
}

/// The part of a lead that decides what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    pub created: UnixMillis,
    pub status: LeadStatus,
    /// Since when it counts as qualified; `None` while it does not.
    pub qualified: Option<UnixMillis>,
}

/// Signed counts at a moment: one future outcome fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadEffect {
    pub kind: OutcomeKind,
    pub at: UnixMillis,
    pub leads: i32,
    pub qualified: i32,
}

/// No status has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a lead status such as new, working or qualified")]
pub struct LeadStatusError(pub String);

impl LeadStatus {
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Working,
        Self::Qualified,
        Self::Disqualified,
        Self::Converted,
        Self::Spam,
        Self::Duplicate,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Working => "working",
            Self::Qualified => "qualified",
            Self::Disqualified => "disqualified",
            Self::Converted => "converted",
            Self::Spam => "spam",
            Self::Duplicate => "duplicate",
        }
    }

    /// Spam and duplicates are no leads.
    #[must_use]
    pub fn is_counted(self) -> bool {
        !matches!(self, Self::Spam | Self::Duplicate)
    }

    /// A lead that became a deal was good enough, whoever forgot to say so.
    #[must_use]
    pub fn is_qualified(self) -> bool {
        matches!(self, Self::Qualified | Self::Converted)
    }
}

impl FromStr for LeadStatus {
    type Err = LeadStatusError;

    fn from_str(name: &str) -> Result<Self, LeadStatusError> {
        let lower = name.trim().to_lowercase();
        Self::ALL
            .into_iter()
            .find(|status| status.name() == lower)
            .ok_or_else(|| LeadStatusError(name.to_owned()))
    }
}

/// A lead that arrives with a status, and what to post for it.
#[must_use]
pub fn receive(created: UnixMillis, status: LeadStatus) -> (Lead, Vec<LeadEffect>) {
    let qualified = status.is_qualified().then_some(created);
    let lead = Lead {
        created,
        status,
        qualified,
    };
    (lead, standing(lead))
}

/// The lead in its new status, and the differences to post.
///
/// A lead keeps the moment it was first qualified as long as it stays qualified.
#[must_use]
pub fn change_status(lead: Lead, status: LeadStatus, at: UnixMillis) -> (Lead, Vec<LeadEffect>) {
    let qualified = status.is_qualified().then(|| lead.qualified.unwrap_or(at));
    let after = Lead {
        status,
        qualified,
        ..lead
    };
    (after, difference(&standing(lead), &standing(after)))
}

/// What has to be posted so that `after` counts where `before` was posted.
#[must_use]
pub fn difference(before: &[LeadEffect], after: &[LeadEffect]) -> Vec<LeadEffect> {
    let taken_back = before.iter().map(|effect| LeadEffect {
        leads: -effect.leads,
        qualified: -effect.qualified,
        ..*effect
    });
    added_up(after.iter().copied().chain(taken_back))
}

/// Everything that counts of a lead, computed from nothing.
#[must_use]
pub fn standing(lead: Lead) -> Vec<LeadEffect> {
    let counted = lead.status.is_counted().then_some(LeadEffect {
        kind: OutcomeKind::Lead,
        at: lead.created,
        leads: 1,
        qualified: 0,
    });
    let qualified = lead.qualified.map(|at| LeadEffect {
        kind: OutcomeKind::LeadStatus,
        at,
        leads: 0,
        qualified: 1,
    });
    counted.into_iter().chain(qualified).collect()
}

/// One effect a moment and kind, without those that cancel out.
fn added_up(effects: impl Iterator<Item = LeadEffect>) -> Vec<LeadEffect> {
    let mut lines: BTreeMap<(UnixMillis, &str), LeadEffect> = BTreeMap::new();
    for effect in effects {
        lines
            .entry((effect.at, effect.kind.name()))
            .and_modify(|line| {
                line.leads += effect.leads;
                line.qualified += effect.qualified;
            })
            .or_insert(effect);
    }
    lines
        .into_values()
        .filter(|line| line.leads != 0 || line.qualified != 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_counts(status: LeadStatus, leads: i32, qualified: i32) {
        let (_, effects) = receive(UnixMillis(5), status);
        let sum = |part: fn(&LeadEffect) -> i32| effects.iter().map(part).sum::<i32>();
        assert_eq!(
            (sum(|e| e.leads), sum(|e| e.qualified)),
            (leads, qualified),
            "{status:?}"
        );
    }

    #[test]
    fn spam_and_duplicates_are_no_leads() {
        check_counts(LeadStatus::New, 1, 0);
        check_counts(LeadStatus::Disqualified, 1, 0);
        check_counts(LeadStatus::Qualified, 1, 1);
        check_counts(LeadStatus::Converted, 1, 1);
        check_counts(LeadStatus::Spam, 0, 0);
        check_counts(LeadStatus::Duplicate, 0, 0);
    }

    #[test]
    fn converting_a_qualified_lead_changes_no_number() {
        let (lead, _) = receive(UnixMillis(1), LeadStatus::New);
        let (lead, effects) = change_status(lead, LeadStatus::Qualified, UnixMillis(2));
        assert_eq!(effects.len(), 1);
        assert_eq!((effects[0].at, effects[0].qualified), (UnixMillis(2), 1));
        let (_, effects) = change_status(lead, LeadStatus::Converted, UnixMillis(3));
        assert!(effects.is_empty());
    }

    #[test]
    fn a_lead_found_to_be_spam_is_taken_back_where_it_was_counted() {
        let (lead, _) = receive(UnixMillis(1), LeadStatus::Qualified);
        let (_, effects) = change_status(lead, LeadStatus::Spam, UnixMillis(9));
        let counts: Vec<_> = effects
            .iter()
            .map(|e| (e.at.0, e.leads, e.qualified))
            .collect();
        assert_eq!(counts, [(1, -1, 0), (1, 0, -1)]);
    }

    #[test]
    fn status_names_read_back() {
        for status in LeadStatus::ALL {
            assert_eq!(status.name().parse(), Ok(status));
        }
        assert!("hot".parse::<LeadStatus>().is_err());
    }

    proptest! {
        #[test]
        fn any_history_adds_up_to_the_lead_as_it_is(
            first in prop::sample::select(LeadStatus::ALL.to_vec()),
            changes in prop::collection::vec(
                (prop::sample::select(LeadStatus::ALL.to_vec()), 0_i64..9),
                0..12,
            ),
        ) {
            let (mut lead, mut everything) = receive(UnixMillis(3), first);
            for (status, at) in changes {
                let (after, effects) = change_status(lead, status, UnixMillis(at));
                everything.extend(effects);
                lead = after;
            }
            let want = added_up(standing(lead).into_iter());
            prop_assert_eq!(added_up(everything.into_iter()), want);
        }
    }
}
