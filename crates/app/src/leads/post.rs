//! Facts about leads.

use base::{Fact, FactId, LeadId, LeadState, Outcome, UnixMillis, WorkspaceId};
use domain::lead::{Lead as Standing, LeadEffect, LeadStatus, Speaker, StatusWord, statuses};
use store::leads::{Lead, LeadDetails, LeadStatusChange};

use crate::outbox::derived_id;

/// Which version of a lead the facts are about; their ids are made of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    pub(super) workspace: WorkspaceId,
    pub(super) lead: LeadId,
    pub(super) version: i64,
    pub(super) recorded: UnixMillis,
    /// Tells postings of one version apart.
    pub(super) part: &'static str,
}

impl Version {
    pub(super) fn of(
        workspace: WorkspaceId,
        lead: &Lead,
        recorded: UnixMillis,
        part: &'static str,
    ) -> Self {
        Self {
            workspace,
            lead: lead.id,
            version: lead.version,
            recorded,
            part,
        }
    }
}

/// The facts of effects, with the origin that the lead has in `details`.
pub(super) fn facts(version: Version, details: &LeadDetails, effects: &[LeadEffect]) -> Vec<Fact> {
    let numbered = effects.iter().enumerate();
    numbered
        .map(|(index, effect)| fact(version, details, index, effect))
        .collect()
}

/// The fact that tells what a lead is from this version on.
pub(super) fn state(workspace: WorkspaceId, lead: &Lead, recorded: UnixMillis) -> Fact {
    Fact::LeadState(Box::new(LeadState {
        id: id_of(Version::of(workspace, lead, recorded, "state"), ""),
        workspace,
        lead: lead.id,
        version: lead.version,
        recorded,
        status: lead.status().to_owned(),
    }))
}

/// The effects that take others back.
pub(super) fn taken_back(effects: &[LeadEffect]) -> Vec<LeadEffect> {
    let negate = |effect: &LeadEffect| LeadEffect {
        leads: -effect.leads,
        qualified: -effect.qualified,
        ..*effect
    };
    effects.iter().map(negate).collect()
}

/// What counts of a lead after its history, oldest change first.
pub(super) fn standing_of(lead: &Lead, history: &[LeadStatusChange]) -> Standing {
    let created = lead.details.at;
    let steps = statuses(&words(history), lead.sold_at);
    let Some(((_, first), rest)) = steps.split_first() else {
        return domain::lead::receive(created, status_named(&lead.details.status)).0;
    };
    let (received, _) = domain::lead::receive(created, *first);
    rest.iter().fold(received, |lead, (at, status)| {
        domain::lead::change_status(lead, *status, *at).0
    })
}

/// A history as the rules see it.
pub(crate) fn words(history: &[LeadStatusChange]) -> Vec<StatusWord> {
    let word = |change: &LeadStatusChange| StatusWord {
        at: change.at,
        status: status_named(&change.to_status),
        by: match (&change.from_status, change.import_id) {
            (Some(_), None) => Speaker::Person,
            _ => Speaker::Source,
        },
    };
    history.iter().map(word).collect()
}

fn status_named(name: &str) -> LeadStatus {
    name.parse().unwrap_or(LeadStatus::New)
}

fn fact(version: Version, details: &LeadDetails, index: usize, effect: &LeadEffect) -> Fact {
    Fact::Outcome(Box::new(Outcome {
        id: id_of(version, &index.to_string()),
        workspace: version.workspace,
        kind: effect.kind,
        at: effect.at,
        recorded: version.recorded,
        created: details.at,
        lead: Some(version.lead),
        deal: None,
        visitor: details.visitor_id,
        visit: details.visit_id,
        declared: details.declared.clone().map(Box::new),
        leads: effect.leads,
        qualified: effect.qualified,
        deals: 0,
        sales: 0,
        customers: 0,
        revenue_micros: 0,
        vat_micros: 0,
        refunds_micros: 0,
        cost_of_goods_micros: 0,
    }))
}

fn id_of(version: Version, place: &str) -> FactId {
    derived_id(&[
        &version.workspace.to_string(),
        "lead",
        &version.lead.to_string(),
        &version.version.to_string(),
        version.part,
        place,
    ])
}
