//! What is held of a person: found by a lead, a telephone number, an address or a visitor.

use std::collections::BTreeSet;

use base::{DealId, LeadId, VisitorId, WorkspaceId};
use domain::contact::Email;
use store::deals::{self, Deal};
use store::erasures::{self, SoughtRecords};
use store::leads::{self, Lead};
use store::workspaces::Workspace;
use store::{Connection, LeadRequestId, PersonId, PersonRequestId};

use super::matcher::Matcher;
use crate::leads::phone_of;
use crate::{AppError, FieldError};

/// Rows of rejected files that are looked at together.
const REJECTED_ROWS: i64 = 1_000;

/// Whom a request is about; any of it will do.
#[derive(Debug, Clone, Default)]
pub struct PersonQuery {
    pub lead: Option<LeadId>,
    pub phone: String,
    pub email: String,
    pub visitor: String,
    /// What has come in that an export or an erasure is the answer to.
    pub answers: Option<PersonRequestId>,
}

/// By what somebody is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) lead: Option<LeadId>,
    /// In their normal form, and as they were typed.
    pub(super) phones: BTreeSet<String>,
    pub(super) emails: BTreeSet<String>,
    pub(super) visitors: BTreeSet<VisitorId>,
}

/// A lead that was found, and whether it seems to be somebody else's who shares something.
#[derive(Debug, Clone)]
pub struct FoundLead {
    pub lead: Lead,
    /// It has the number or the browser in common and an address of its own, which the request
    /// does not name.
    pub is_other: bool,
}

/// Everything that is held of a person, apart from facts.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) leads: Vec<FoundLead>,
    pub(super) deals: Vec<Deal>,
    pub(super) known: Known,
    pub(super) persons: Vec<PersonId>,
    pub(super) requests: Vec<LeadRequestId>,
    pub(super) rejected: Vec<i64>,
}

impl Known {
    /// # Errors
    /// When nothing is given, or the visitor is no id.
    pub(super) fn of(query: &PersonQuery, workspace: &Workspace) -> Result<Self, AppError> {
        let mut known = Self {
            lead: query.lead,
            ..Self::default()
        };
        known.phone(&query.phone, workspace);
        known.email(&query.email);
        let visitor = query.visitor.trim();
        if !visitor.is_empty() {
            let id = visitor.parse().map_err(|_| {
                let detail = "use the 13 letters and digits of a visitor";
                AppError::invalid("visitor", "not_an_id", detail)
            })?;
            known.visitors.insert(id);
        }
        if known == Self::default() {
            return Err(AppError::Invalid(vec![FieldError {
                field: "phone".into(),
                row: None,
                code: "required",
                detail: "say whom it is about: a lead, a number, an address or a visitor"
                    .to_owned(),
            }]));
        }
        Ok(known)
    }

    fn phone(&mut self, text: &str, workspace: &Workspace) {
        let text = text.trim();
        if !text.is_empty() {
            self.phones.insert(text.to_owned());
            let normal = phone_of(text, &workspace.details);
            self.phones.extend(normal.map(|phone| phone.to_string()));
        }
    }

    fn email(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.emails.insert(text.to_owned());
            let normal = Email::parse(text).ok();
            self.emails.extend(normal.map(|email| email.to_string()));
        }
    }

    /// Adds what a lead says of who it is.
    fn learn(&mut self, lead: &Lead) {
        let details = &lead.details;
        let texts = [Some(&details.phone), details.phone_e164.as_ref()];
        let full = |text: &&String| !text.trim().is_empty();
        self.phones
            .extend(texts.into_iter().flatten().filter(full).cloned());
        let texts = [Some(&details.email), details.email_norm.as_ref()];
        self.emails
            .extend(texts.into_iter().flatten().filter(full).cloned());
    }

    /// Whether a lead that was found seems to be somebody else's.
    fn is_other(&self, lead: &Lead) -> bool {
        let details = &lead.details;
        if self.lead == Some(lead.id) {
            return false;
        }
        let has_email = |text: &str| self.emails.contains(text);
        if has_email(&details.email) || details.email_norm.as_deref().is_some_and(has_email) {
            return false;
        }
        let names_another = !details.email.is_empty() && !self.emails.is_empty();
        let has_phone = |text: &str| self.phones.contains(text);
        if has_phone(&details.phone) || details.phone_e164.as_deref().is_some_and(has_phone) {
            return names_another;
        }
        let has_contact = !details.email.is_empty() || !details.phone.is_empty();
        has_contact && !(self.emails.is_empty() && self.phones.is_empty())
    }

    /// A number or a browser that leads with different addresses share says of none of them whose
    /// it is: each is taken for somebody else's until it is chosen.
    fn tell_apart(&self, leads: &mut [FoundLead]) {
        if !self.emails.is_empty() {
            return;
        }
        let own = leads.iter().filter(|found| !found.is_other);
        let addresses: BTreeSet<String> = own.filter_map(|found| address_of(&found.lead)).collect();
        if addresses.len() < 2 {
            return;
        }
        for found in leads {
            let is_named = self.lead == Some(found.lead.id);
            found.is_other |= !is_named && address_of(&found.lead).is_some();
        }
    }
}

/// The address of a lead, in one spelling.
fn address_of(lead: &Lead) -> Option<String> {
    let details = &lead.details;
    let normal = details.email_norm.clone();
    let address = normal.unwrap_or_else(|| details.email.trim().to_lowercase());
    (!address.is_empty()).then_some(address)
}

impl Known {
    /// Whether a text is or holds one of the contacts.
    pub(super) fn is_named_in(&self, text: &str) -> bool {
        Matcher::new(&self.phones, &self.emails).meets(text)
    }
}

impl Found {
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Lead> {
        let own = self.leads.iter().filter(|found| !found.is_other);
        own.map(|found| &found.lead)
    }
}

/// Looks everywhere in the store.
pub(super) async fn find(
    connection: &mut Connection,
    workspace: WorkspaceId,
    mut known: Known,
) -> Result<Found, AppError> {
    if let Some(id) = known.lead {
        let leads = leads::list_leads_by_id(connection, workspace, &[id]).await?;
        let lead = leads.first().ok_or(AppError::NotFound { what: "lead" })?;
        known.learn(lead);
        known.visitors.extend(lead.details.visitor_id);
    }
    let sought = SoughtRecords {
        leads: known.lead.into_iter().collect(),
        phones: known.phones.iter().cloned().collect(),
        emails: known.emails.iter().cloned().collect(),
        visitors: known.visitors.iter().copied().collect(),
        ..SoughtRecords::default()
    };
    let ids = erasures::find_leads(connection, workspace, &sought).await?;
    let leads = leads::list_leads_by_id(connection, workspace, &ids).await?;
    let told = leads.into_iter().map(|lead| {
        let is_other = known.is_other(&lead);
        FoundLead { lead, is_other }
    });
    let mut found = Found {
        leads: told.collect(),
        ..Found::default()
    };
    known.tell_apart(&mut found.leads);
    let visitors = found.chosen().filter_map(|lead| lead.details.visitor_id);
    known.visitors.extend(visitors.collect::<Vec<_>>());
    complete(connection, workspace, known, found, &[]).await
}

/// The same for leads that somebody has chosen, with these deals whosever they seem to be.
pub(super) async fn find_listed(
    connection: &mut Connection,
    workspace: WorkspaceId,
    mut known: Known,
    listed: Vec<Lead>,
    deals: &[DealId],
) -> Result<Found, AppError> {
    let mut found = Found::default();
    for lead in listed {
        known.visitors.extend(lead.details.visitor_id);
        let is_other = false;
        found.leads.push(FoundLead { lead, is_other });
    }
    complete(connection, workspace, known, found, deals).await
}

/// Adds to the leads what belongs to them.
async fn complete(
    connection: &mut Connection,
    workspace: WorkspaceId,
    mut known: Known,
    mut found: Found,
    listed_deals: &[DealId],
) -> Result<Found, AppError> {
    let own: Vec<Lead> = found.chosen().cloned().collect();
    own.iter().for_each(|lead| known.learn(lead));
    let own: Vec<LeadId> = own.iter().map(|lead| lead.id).collect();
    found.persons = own_persons(connection, workspace, &found, &known).await?;
    found.deals = own_deals(connection, workspace, &found, &known).await?;
    add_listed(connection, workspace, &mut found, listed_deals).await?;
    let of_deals = found
        .deals
        .iter()
        .filter_map(|deal| deal.details.visitor_id);
    known.visitors.extend(of_deals);
    let matcher = Matcher::new(&known.phones, &known.emails);
    for request in erasures::list_requests(connection, workspace, &own).await? {
        if request.lead_id.is_some() || matcher.meets(&String::from_utf8_lossy(&request.body)) {
            found.requests.push(request.id);
        }
    }
    let mut after = 0;
    loop {
        let rows = erasures::list_rejected(connection, workspace, after, REJECTED_ROWS).await?;
        let Some(last) = rows.last().map(|row| row.id) else {
            break;
        };
        let met = rows.iter().filter(|row| matcher.meets(&row.cells));
        found.rejected.extend(met.map(|row| row.id));
        after = last;
    }
    found.known = known;
    Ok(found)
}

/// People of whom no lead stays that is somebody else's.
async fn own_persons(
    connection: &mut Connection,
    workspace: WorkspaceId,
    found: &Found,
    known: &Known,
) -> Result<Vec<PersonId>, AppError> {
    let values: Vec<String> = known.phones.iter().chain(&known.emails).cloned().collect();
    let named = erasures::list_identities(connection, workspace, &values, &[]).await?;
    let of_leads = found.chosen().filter_map(|lead| lead.details.person_id);
    let persons: BTreeSet<PersonId> = named
        .into_iter()
        .map(|identity| identity.person_id)
        .chain(of_leads)
        .collect();
    let own: BTreeSet<LeadId> = found.chosen().map(|lead| lead.id).collect();
    let mut alone = Vec::new();
    for person in persons {
        let sought = SoughtRecords {
            persons: vec![person],
            ..SoughtRecords::default()
        };
        let theirs = erasures::find_leads(connection, workspace, &sought).await?;
        if theirs.iter().all(|lead| own.contains(lead)) {
            alone.push(person);
        }
    }
    Ok(alone)
}

/// Deals that grew out of the person's leads, and those that name nobody else.
async fn own_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    found: &Found,
    known: &Known,
) -> Result<Vec<Deal>, AppError> {
    let own: BTreeSet<LeadId> = found.chosen().map(|lead| lead.id).collect();
    let sought = SoughtRecords {
        leads: own.iter().copied().collect(),
        visitors: known.visitors.iter().copied().collect(),
        persons: found.persons.clone(),
        ..SoughtRecords::default()
    };
    let ids: Vec<DealId> = erasures::find_deals(connection, workspace, &sought).await?;
    let mut all = deals::list_deals_by_id(connection, workspace, &ids).await?;
    all.retain(|deal| {
        let details = &deal.details;
        match (details.lead_id, details.person_id) {
            (Some(lead), _) => own.contains(&lead),
            (None, Some(person)) => found.persons.contains(&person),
            (None, None) => true,
        }
    });
    Ok(all)
}

async fn add_listed(
    connection: &mut Connection,
    workspace: WorkspaceId,
    found: &mut Found,
    listed: &[DealId],
) -> Result<(), AppError> {
    let sought = SoughtRecords {
        deals: listed.to_vec(),
        ..SoughtRecords::default()
    };
    let mut ids = erasures::find_deals(connection, workspace, &sought).await?;
    ids.retain(|id| found.deals.iter().all(|deal| deal.id != *id));
    let listed = deals::list_deals_by_id(connection, workspace, &ids).await?;
    found.deals.extend(listed);
    Ok(())
}
