//! Saving a lead with everything that hangs on it, in the caller's transaction.

use base::{LeadId, UnixMillis, UserId};
use domain::contact::{Email, Phone};
use domain::lead::{CONTACT_LINK_DAYS_MAX, EarlierLead, LeadStatus, LinkMethod, NewLead};
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Tx;
use store::leads::{self, Lead, LeadDetails, LeadStatusChange};
use store::workspaces::Workspace;

use super::Received;
use super::check::Draft;
use super::link::{Link, Sightings};
use super::person::{Contact, recognise};
use super::post::{Version, facts};
use crate::{AppError, outbox};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What saving leads needs to know.
pub(super) struct LeadDesk {
    pub(super) workspace: Workspace,
    pub(super) now: UnixMillis,
    pub(super) author: Option<UserId>,
    pub(super) sightings: Sightings,
}

/// Whether a lead was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Before(Box<Lead>),
    New,
}

impl LeadDesk {
    /// Saves a draft, unless a lead with its external id is there.
    pub(super) async fn save(
        &self,
        tx: &mut Tx,
        draft: &Draft,
    ) -> Result<(Received, Seen), AppError> {
        let workspace = self.workspace.id;
        if let Some(id) = &draft.external_id
            && let Some(lead) = leads::find_lead_by_external_id(tx, workspace, id).await?
        {
            return Ok((received(&lead), Seen::Before(Box::new(lead))));
        }
        let earlier = self.earlier(tx, draft).await?;
        let link = self
            .sightings
            .decide(workspace, &draft.clues, &earlier, draft.at, self.now);
        let duplicate_of = self.duplicate(draft, &earlier);
        let contact = Contact {
            name: &draft.name,
            phone: draft.phone.as_ref(),
            email: draft.email.as_ref(),
            customer: None,
        };
        let person_id = recognise(tx, workspace, self.now, contact).await?;
        // A status that the sender gave is the sender's judgement; it stands.
        let status = match (draft.status, duplicate_of) {
            (LeadStatus::New, Some(_)) => LeadStatus::Duplicate,
            (given, _) => given,
        };
        let mut details = self.details(draft, &link, status);
        details.duplicate_of = duplicate_of;
        details.person_id = person_id;
        let id = leads::insert_lead(tx, workspace, &details).await?;
        let change = LeadStatusChange {
            at: draft.at,
            from_status: None,
            to_status: status.name().to_owned(),
            author_id: self.author,
        };
        leads::insert_lead_status_change(tx, workspace, id, &change).await?;
        let (_, effects) = domain::lead::receive(draft.at, status);
        let version = Version {
            workspace,
            lead: id,
            version: 1,
            recorded: self.now,
            part: "received",
        };
        outbox::put(tx, self.now, &facts(version, &details, &effects)).await?;
        let received = Received {
            id,
            visit: link.visit,
            link_method: link.method,
            duplicate_of,
        };
        Ok((received, Seen::New))
    }

    /// Leads of the same contact that may explain this one or make it a duplicate.
    async fn earlier(&self, tx: &mut Tx, draft: &Draft) -> Result<Vec<Lead>, AppError> {
        if draft.phone.is_none() && draft.email.is_none() {
            return Ok(Vec::new());
        }
        let days = self
            .workspace
            .details
            .lead_dedupe_days
            .max(CONTACT_LINK_DAYS_MAX);
        let found = leads::find_earlier_leads(
            tx,
            self.workspace.id,
            draft.phone.as_ref().map(Phone::as_str),
            draft.email.as_ref().map(Email::as_str),
            draft.at.plus_ms(-days.saturating_mul(DAY_MS)),
            // A lead of the same millisecond came first, because it is there.
            draft.at.plus_ms(1),
        );
        Ok(found.await?)
    }

    fn duplicate(&self, draft: &Draft, earlier: &[Lead]) -> Option<LeadId> {
        let new = NewLead {
            at: draft.at,
            phone: draft.phone.as_ref(),
            email: draft.email.as_ref(),
        };
        let days = u32::try_from(self.workspace.details.lead_dedupe_days).unwrap_or(0);
        let known: Vec<EarlierLead> = earlier.iter().map(earlier_lead).collect();
        domain::lead::find_duplicate(new, &known, days)
    }

    fn details(&self, draft: &Draft, link: &Link, status: LeadStatus) -> LeadDetails {
        let own_click = draft
            .clues
            .click
            .as_ref()
            .and_then(|text| text.parse().ok());
        LeadDetails {
            external_id: draft.external_id.clone(),
            at: draft.at,
            recorded_at: self.now,
            name: draft.name.clone(),
            phone: draft.phone_text.clone(),
            phone_e164: draft.phone.as_ref().map(ToString::to_string),
            email: draft.email_text.clone(),
            email_norm: draft.email.as_ref().map(ToString::to_string),
            message: draft.message.clone(),
            fields: Value::Object(draft.fields.clone()),
            form: draft.form.clone(),
            page: draft.page.clone(),
            visit_id: link.visit,
            visitor_id: link.visitor,
            click_id: own_click,
            link_method: link.method.name().to_owned(),
            declared: link.declared.clone(),
            traffic_key: link.traffic,
            status: status.name().to_owned(),
            duplicate_of: None,
            person_id: None,
            request_id: draft.request,
            import_id: draft.import,
        }
    }
}

/// The answer that a lead got when it came.
fn received(lead: &Lead) -> Received {
    Received {
        id: lead.id,
        visit: lead.details.visit_id,
        link_method: lead
            .details
            .link_method
            .parse()
            .unwrap_or(LinkMethod::Unknown),
        duplicate_of: lead.details.duplicate_of,
    }
}

fn earlier_lead(lead: &Lead) -> EarlierLead {
    let details = &lead.details;
    EarlierLead {
        id: lead.id,
        at: details.at,
        status: details.status.parse().unwrap_or(LeadStatus::New),
        duplicate_of: details.duplicate_of,
        phone: details.phone_e164.as_deref().and_then(normal),
        email: details.email_norm.as_deref().and_then(normal),
    }
}

/// A contact that is stored in its normal form.
fn normal<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}
