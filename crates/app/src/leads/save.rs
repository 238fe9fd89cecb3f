//! Saving the leads of a batch with everything that hangs on them, in the caller's transaction.

use std::collections::BTreeSet;

use base::{LeadId, UnixMillis, UserId};
use domain::contact::{Email, Phone};
use domain::lead::{CONTACT_LINK_DAYS_MAX, EarlierLead, LeadStatus, LinkMethod, NewLead};
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Tx;
use store::leads::{Lead, LeadDetails, LeadStatusChange};
use store::workspaces::Workspace;

use super::Received;
use super::book::{LeadBook, NewState};
use super::check::Draft;
use super::known::{KnownLeads, Sought};
use super::layers::{created, said};
use super::link::{Link, Sightings};
use super::person::{Contact, People};
use crate::imports::Layers;
use crate::webhooks::News;
use crate::{AppError, RowEffect};

/// Earlier leads of one contact among which a duplicate is looked for: the oldest ones.
const EARLIER_LEADS_MAX: usize = 50;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What saving leads needs to know.
pub(super) struct LeadDesk {
    pub(super) workspace: Workspace,
    pub(super) now: UnixMillis,
    pub(super) author: Option<UserId>,
    pub(super) sightings: Sightings,
    /// Who is responsible for new leads of which nobody is named.
    pub(super) assignee: Option<UserId>,
}

/// What saving the drafts of a batch works on.
pub(super) struct Bench {
    pub(super) book: LeadBook,
    known: KnownLeads,
    people: People,
    /// Of the import that the drafts come from.
    pub(super) layers: Option<Layers>,
}

impl Bench {
    /// Fetches what the drafts may meet.
    pub(super) async fn lay(
        tx: &mut Tx,
        desk: &LeadDesk,
        drafts: &[&Draft],
        layers: Option<Layers>,
    ) -> Result<Self, AppError> {
        let workspace = desk.workspace.id;
        let mut sought = Sought::default();
        for draft in drafts {
            sought.external(draft.external_id.as_deref());
            let (phone, email) = contact_keys(draft);
            sought.contact(phone, email, desk.contact_span(draft));
        }
        let known = KnownLeads::look_up(tx, workspace, &sought).await?;
        let contacts: Vec<Contact<'_>> = drafts.iter().map(|draft| contact(draft)).collect();
        let mut book = LeadBook::open(tx, workspace, desk.now).await?;
        let before: BTreeSet<LeadId> = drafts
            .iter()
            .filter_map(|draft| draft.external_id.as_deref())
            .filter_map(|id| known.by_external(id).map(|lead| lead.id))
            .collect();
        let before: Vec<LeadId> = before.into_iter().collect();
        book.fetch(tx, &before).await?;
        Ok(Self {
            book,
            known,
            people: People::meet(tx, workspace, desk.now, &contacts).await?,
            layers,
        })
    }

    /// Writes down everything that changed.
    pub(super) async fn save(self, tx: &mut Tx) -> Result<(), AppError> {
        self.people.save(tx).await?;
        self.book.save(tx).await?;
        match self.layers {
            Some(layers) => layers.save(tx).await,
            None => Ok(()),
        }
    }
}

impl LeadDesk {
    /// Saves a draft, unless a lead with its external id is there: then nothing is changed.
    pub(super) fn receive(&self, bench: &mut Bench, draft: &Draft) -> Received {
        let known = draft.external_id.as_deref();
        match known.and_then(|id| bench.known.by_external(id)) {
            Some(lead) => received(lead),
            None => {
                let lead = self.create(bench, draft);
                bench.book.tell(News::of_new(&lead));
                received(&lead)
            }
        }
    }

    /// Saves a draft from a file: a lead that is there takes over what the file says of it.
    pub(super) fn import(&self, bench: &mut Bench, draft: &Draft) -> Result<RowEffect, AppError> {
        let known = draft.external_id.as_deref();
        let known = known.and_then(|id| bench.known.by_external(id));
        match known.map(|lead| lead.id) {
            Some(id) => self.take_over(bench, id, draft),
            None => {
                self.create(bench, draft);
                Ok(RowEffect::Created)
            }
        }
    }

    fn create(&self, bench: &mut Bench, draft: &Draft) -> Lead {
        let (phone, email) = contact_keys(draft);
        let span = self.contact_span(draft);
        let earlier = bench.known.earlier(phone, email, span);
        let link = self.sightings.decide(
            self.workspace.id,
            &draft.clues,
            &earlier,
            draft.at,
            self.now,
        );
        let duplicate_of = self.duplicate(draft, &earlier);
        // A status that the sender gave is the sender's judgement; it stands.
        let status = match (draft.status, duplicate_of) {
            (LeadStatus::New, Some(_)) => LeadStatus::Duplicate,
            (given, _) => given,
        };
        let mut details = self.details(draft, &link, status);
        details.duplicate_of = duplicate_of;
        details.person_id = bench.people.recognise(contact(draft));
        let lead = bench.book.add(details, self.author);
        if let Some(layers) = &mut bench.layers {
            layers.created(lead.id.0, created(draft, &lead.details));
        }
        bench.known.add(lead.clone());
        lead
    }

    fn take_over(
        &self,
        bench: &mut Bench,
        id: LeadId,
        draft: &Draft,
    ) -> Result<RowEffect, AppError> {
        let entry = bench.book.entry(id)?.clone();
        let before = &entry.lead.details;
        let mut details = merged(before, draft);
        if before.visit_id.is_none() {
            let link =
                self.sightings
                    .decide(self.workspace.id, &draft.clues, &[], details.at, self.now);
            if link.method != LinkMethod::Unknown {
                take_link(&mut details, &link);
            }
        }
        if details.person_id.is_none() {
            details.person_id = bench.people.recognise(contact(draft));
        }
        let mut history = entry.history.clone();
        if draft.status != LeadStatus::New && draft.status.name() != before.status {
            let change = LeadStatusChange {
                at: self.now,
                from_status: None,
                to_status: String::new(),
                author_id: self.author,
                import_id: draft.import,
            };
            history = LeadBook::said(&entry, draft.status, change);
            draft.status.name().clone_into(&mut details.status);
        }
        if let Some(layers) = &mut bench.layers {
            layers.said(id.0, said(draft, before, &details));
        }
        if details == *before {
            return Ok(RowEffect::Unchanged);
        }
        bench
            .book
            .hand_on(&entry.lead, details.assignee_id, self.author);
        let state = NewState {
            details,
            history,
            archived_at: None,
        };
        bench.book.change(id, state)?;
        bench.known.add(bench.book.entry(id)?.lead.clone());
        Ok(RowEffect::Changed)
    }

    /// When leads may have come that explain this one or make it a duplicate.
    fn contact_span(&self, draft: &Draft) -> (UnixMillis, UnixMillis) {
        let days = self
            .workspace
            .details
            .lead_dedupe_days
            .max(CONTACT_LINK_DAYS_MAX);
        let since = draft.at.plus_ms(-days.saturating_mul(DAY_MS));
        // A lead of the same millisecond came first, because it is there.
        (since, draft.at.plus_ms(1))
    }

    fn duplicate(&self, draft: &Draft, earlier: &[&Lead]) -> Option<LeadId> {
        let new = NewLead {
            at: draft.at,
            phone: draft.phone.as_ref(),
            email: draft.email.as_ref(),
        };
        let days = u32::try_from(self.workspace.details.lead_dedupe_days).unwrap_or(0);
        let oldest = earlier.iter().copied().take(EARLIER_LEADS_MAX);
        let known: Vec<EarlierLead> = oldest.map(earlier_lead).collect();
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
            assignee_id: draft.assignee.or(self.assignee),
            responsible: draft.responsible.clone(),
        }
    }
}

fn contact_keys(draft: &Draft) -> (Option<&str>, Option<&str>) {
    let (phone, email) = (draft.phone.as_ref(), draft.email.as_ref());
    (phone.map(Phone::as_str), email.map(Email::as_str))
}

fn contact(draft: &Draft) -> Contact<'_> {
    Contact {
        name: &draft.name,
        phone: draft.phone.as_ref(),
        email: draft.email.as_ref(),
        customer: None,
    }
}

/// What is known of a lead with what the draft says; silence changes nothing.
fn merged(before: &LeadDetails, draft: &Draft) -> LeadDetails {
    let mut details = before.clone();
    if draft.is_dated {
        details.at = draft.at;
    }
    for (known, given) in [
        (&mut details.name, &draft.name),
        (&mut details.message, &draft.message),
        (&mut details.form, &draft.form),
        (&mut details.page, &draft.page),
        (&mut details.responsible, &draft.responsible),
    ] {
        if !given.is_empty() {
            known.clone_from(given);
        }
    }
    details.assignee_id = draft.assignee.or(details.assignee_id);
    if !draft.phone_text.is_empty() {
        details.phone.clone_from(&draft.phone_text);
        details.phone_e164 = draft.phone.as_ref().map(ToString::to_string);
    }
    if !draft.email_text.is_empty() {
        details.email.clone_from(&draft.email_text);
        details.email_norm = draft.email.as_ref().map(ToString::to_string);
    }
    if let Value::Object(fields) = &mut details.fields {
        fields.extend(draft.fields.clone());
    }
    details
}

pub(super) fn take_link(details: &mut LeadDetails, link: &Link) {
    details.visit_id = link.visit;
    details.visitor_id = link.visitor;
    link.method.name().clone_into(&mut details.link_method);
    details.declared.clone_from(&link.declared);
    details.traffic_key = link.traffic;
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
        status: lead.status().parse().unwrap_or(LeadStatus::New),
        duplicate_of: details.duplicate_of,
        phone: details.phone_e164.as_deref().and_then(normal),
        email: details.email_norm.as_deref().and_then(normal),
    }
}

/// A contact that is stored in its normal form.
fn normal<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}
