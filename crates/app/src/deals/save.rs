//! Saving the deals of a batch: each found or made, linked, then settled.

use std::collections::HashSet;

use base::{DealId, ImportId, LeadId, UnixMillis};
use domain::contact::{Email, Phone};
use domain::deal::StatusGroup;
use domain::lead::{CONTACT_LINK_DAYS_MAX, LeadStatus, LinkMethod};
use store::deals::{Deal, DealChange, DealDetails, list_reached_deals};
use store::leads::{Lead, list_reached_leads};
use store::reach::Reach;
use store::{PersonId, Tx};

use super::check::{Draft, item_error};
use super::layers::{created, said};
use super::shelf::Shelf;
use super::{Desk, ItemResult};
use crate::assignees::ASSIGNEE;
use crate::imports::Layers;
use crate::leads::{Clues, Contact, KnownLeads, Link, People, Sought, is_waiting};
use crate::{AppError, FieldError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where a deal comes from.
struct Origin {
    lead: Option<Lead>,
    link: Link,
}

/// What saving the drafts of a batch works on.
pub(crate) struct Bench {
    pub(crate) shelf: Shelf,
    pub(crate) leads: KnownLeads,
    pub(crate) people: People,
    /// Of the import that the drafts come from.
    pub(crate) layers: Option<Layers>,
}

/// What the sender of a batch does not see, by the ids of the sender.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    deals: HashSet<String>,
    leads: HashSet<String>,
}

impl Draft {
    /// Why the draft may not be saved by who sees only a part.
    pub(super) fn beyond(&self, beyond: &Beyond) -> Option<FieldError> {
        if beyond.deals.contains(&self.external_id) {
            let detail = "this deal is not among those that you see";
            return Some(item_error("external_id", "beyond_reach", detail));
        }
        let lead = self.lead_external_id.as_ref()?;
        let detail = "this lead is not among those that you see";
        beyond
            .leads
            .contains(lead)
            .then(|| item_error("lead_external_id", "beyond_reach", detail))
    }
}

impl Origin {
    /// Of a deal whose person has left a lead.
    fn of_contact(lead: &Lead) -> Self {
        let own = link_of(lead);
        let method = match own.method {
            LinkMethod::Unknown | LinkMethod::Waiting => own.method,
            LinkMethod::VisitNumber
            | LinkMethod::ClickId
            | LinkMethod::Contact
            | LinkMethod::Declared => LinkMethod::Contact,
        };
        Self {
            link: Link { method, ..own },
            lead: Some(lead.clone()),
        }
    }
}

impl Bench {
    /// Fetches what the drafts may meet.
    pub(super) async fn lay(
        tx: &mut Tx,
        desk: &Desk,
        drafts: &[&Draft],
        layers: Option<Layers>,
    ) -> Result<Self, AppError> {
        let workspace = desk.workspace.id;
        let mut sought = Sought::default();
        for draft in drafts {
            sought.external(draft.lead_external_id.as_deref());
            let (phone, email) = (draft.phone.as_ref(), draft.email.as_ref());
            let (phone, email) = (phone.map(Phone::as_str), email.map(Email::as_str));
            sought.contact(phone, email, contact_span(draft.created));
        }
        let leads = KnownLeads::look_up(tx, workspace, &sought).await?;
        let contacts: Vec<Contact<'_>> = drafts.iter().map(|draft| contact(draft)).collect();
        let people = People::meet(tx, workspace, desk.now, &contacts).await?;
        let mut shelf = Shelf::open(tx, workspace).await?;
        let ids: Vec<&str> = drafts
            .iter()
            .map(|draft| draft.external_id.as_str())
            .collect();
        shelf.fetch_external(tx, &ids).await?;
        let mut customers = people.known();
        customers.extend(leads.persons());
        shelf.fetch_company(tx, &customers).await?;
        Ok(Self {
            shelf,
            leads,
            people,
            layers,
        })
    }

    /// The ids, as the sender has them, of deals and leads that are there and beyond the reach.
    pub(super) async fn beyond(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        reach: &Reach,
        drafts: &[&Draft],
    ) -> Result<Beyond, AppError> {
        let workspace = desk.workspace.id;
        let deals = drafts
            .iter()
            .filter_map(|draft| self.shelf.by_external(&draft.external_id));
        let deals: Vec<&Deal> = deals.collect();
        let ids: Vec<DealId> = deals.iter().map(|deal| deal.id).collect();
        let seen = list_reached_deals(tx, workspace, reach, &ids).await?;
        let deals = deals.into_iter().filter(|deal| !seen.contains(&deal.id));
        let named = drafts
            .iter()
            .filter_map(|draft| draft.lead_external_id.as_deref());
        let leads = named.filter_map(|id| Some((id, self.leads.by_external(id)?.id)));
        let leads: Vec<(&str, LeadId)> = leads.collect();
        let ids: Vec<LeadId> = leads.iter().map(|(_, id)| *id).collect();
        let seen = list_reached_leads(tx, workspace, reach, &ids).await?;
        let leads = leads.into_iter().filter(|(_, id)| !seen.contains(id));
        Ok(Beyond {
            deals: deals.map(|deal| deal.details.external_id.clone()).collect(),
            leads: leads.map(|(id, _)| id.to_owned()).collect(),
        })
    }

    /// Writes down everything that changed.
    pub(super) async fn save(self, tx: &mut Tx, now: UnixMillis) -> Result<(), AppError> {
        self.people.save(tx).await?;
        self.shelf.save(tx, now).await?;
        match self.layers {
            Some(layers) => layers.save(tx).await,
            None => Ok(()),
        }
    }
}

impl Desk {
    /// Saves a draft and posts what it changes. A refused draft changes nothing.
    pub(super) fn save(&self, bench: &mut Bench, draft: &Draft) -> Result<ItemResult, AppError> {
        match bench.shelf.by_external(&draft.external_id).cloned() {
            Some(deal) => self.change(bench, &deal, draft),
            None => self.create(bench, draft),
        }
    }

    /// Takes over the origin and the moment of the deal's lead.
    pub(crate) fn follow_lead(
        &self,
        shelf: &mut Shelf,
        id: DealId,
        lead: &Lead,
    ) -> Result<(), AppError> {
        let deal = &shelf.shelved(id)?.deal;
        let mut details = deal.details.clone();
        take_link(&mut details, &link_of(lead));
        if details != deal.details {
            shelf.change(id, details, None);
        }
        // Facts about the deal tell when its lead came.
        self.settle(shelf, id)
    }

    /// Takes over the visitor of the deal's own visit, whose facts are loaded now. When there is
    /// no such visit, the deal is of the lead of its person, if one of `leads` is that.
    pub(crate) fn follow_visit(
        &self,
        shelf: &mut Shelf,
        id: DealId,
        leads: &[Lead],
    ) -> Result<bool, AppError> {
        let deal = &shelf.shelved(id)?.deal;
        let mut details = deal.details.clone();
        let created = details.created_at;
        let clues = own_clues(&details);
        let link = self
            .sightings
            .decide(self.workspace.id, &clues, &[], created, self.now);
        if link.method == LinkMethod::Waiting {
            return Ok(false);
        }
        let span = contact_span(created);
        let of_person = leads.iter().filter(|lead| {
            lead.details.person_id == details.person_id
                && (span.0..span.1).contains(&lead.details.at)
        });
        let lead = match (link.visit, details.person_id) {
            (None, Some(_)) => latest(of_person, |id| leads.iter().find(|lead| lead.id == id)),
            _ => None,
        };
        let origin = lead.map_or(Origin { lead: None, link }, Origin::of_contact);
        if let Some(lead) = &origin.lead {
            shelf.note_lead(lead.id, lead.details.at);
        }
        details.lead_id = origin.lead.as_ref().map(|lead| lead.id);
        take_link(&mut details, &origin.link);
        shelf.change(id, details, None);
        self.settle(shelf, id)?;
        Ok(true)
    }

    fn create(&self, bench: &mut Bench, draft: &Draft) -> Result<ItemResult, AppError> {
        let origin = self.origin_of(bench, draft);
        let mut details = DealDetails {
            external_id: draft.external_id.clone(),
            title: draft.title.clone(),
            status: draft.status.clone(),
            amount_micros: draft.amount.micros,
            cost_of_goods_micros: draft.cost_of_goods_micros.unwrap_or(0),
            currency: draft.amount.currency,
            created_at: draft.created,
            paid_at: draft.paid,
            recorded_at: self.now,
            lead_id: origin.lead.as_ref().map(|lead| lead.id),
            visitor_id: None,
            visit_id: None,
            person_id: None,
            link_method: String::new(),
            declared: None,
            traffic_key: None,
            import_id: draft.import,
            assignee_id: draft.assignee.or(self.assignee),
            responsible: draft.responsible.clone(),
        };
        take_link(&mut details, &origin.link);
        if let Err(error) = self.check_amounts(&details) {
            return Ok(ItemResult::Rejected(error));
        }
        details.person_id = person_of(bench, draft, origin.lead.as_ref());
        if let Some(lead) = &origin.lead {
            bench.shelf.note_lead(lead.id, lead.details.at);
        }
        let values = created(draft, &details);
        let id = bench.shelf.add(details);
        if let Some(layers) = &mut bench.layers {
            layers.created(id.0, values);
        }
        let status = (None, Some(draft.status.clone()));
        let change = self.note("status", draft.created, status, draft.import);
        bench.shelf.note(id, change);
        if draft.import.is_none() {
            bench.shelf.tell_of_deal(id, None);
        }
        self.settle(&mut bench.shelf, id)?;
        Ok(ItemResult::Created)
    }

    fn change(
        &self,
        bench: &mut Bench,
        deal: &Deal,
        draft: &Draft,
    ) -> Result<ItemResult, AppError> {
        let before = &deal.details;
        let mut details = self.merged(before, draft);
        let is_free = details.visit_id.is_none() || is_waiting(&details.link_method);
        if details.lead_id.is_none() && is_free {
            let origin = self.origin_of(bench, draft);
            if origin.lead.is_some() || origin.link.method != LinkMethod::Unknown {
                details.lead_id = origin.lead.as_ref().map(|lead| lead.id);
                take_link(&mut details, &origin.link);
                if let Some(lead) = &origin.lead {
                    bench.shelf.note_lead(lead.id, lead.details.at);
                }
            }
            if details.person_id.is_none() {
                details.person_id = person_of(bench, draft, origin.lead.as_ref());
            }
        }
        if details != *before
            && let Err(error) = self.check_amounts(&details)
        {
            return Ok(ItemResult::Rejected(error));
        }
        if let Some(layers) = &mut bench.layers {
            layers.said(deal.id.0, said(draft, before, &details));
        }
        if details == *before {
            return Ok(ItemResult::Unchanged);
        }
        if before.status != details.status {
            let statuses = (Some(before.status.clone()), Some(details.status.clone()));
            let change = self.note("status", self.now, statuses, draft.import);
            bench.shelf.note(deal.id, change);
        }
        let amount = |details: &DealDetails| {
            base::Money::new(details.amount_micros, details.currency).to_string()
        };
        if amount(before) != amount(&details) {
            let amounts = (Some(amount(before)), Some(amount(&details)));
            let change = self.note("amount", self.now, amounts, draft.import);
            bench.shelf.note(deal.id, change);
        }
        if before.assignee_id != details.assignee_id {
            let named = |details: &DealDetails| details.assignee_id.map(|user| user.to_string());
            let people = (named(before), named(&details));
            let change = self.note(ASSIGNEE, self.now, people, draft.import);
            bench.shelf.note(deal.id, change);
        }
        let is_told = draft.import.is_none() && before.status != details.status;
        bench.shelf.change(deal.id, details, None);
        if is_told {
            bench.shelf.tell_of_deal(deal.id, Some(&before.status));
        }
        self.settle(&mut bench.shelf, deal.id)?;
        Ok(ItemResult::Updated)
    }

    /// What is known of the deal with what the draft says; silence changes nothing.
    fn merged(&self, before: &DealDetails, draft: &Draft) -> DealDetails {
        let mut details = before.clone();
        if !draft.title.is_empty() {
            details.title.clone_from(&draft.title);
        }
        if !draft.responsible.is_empty() {
            details.responsible.clone_from(&draft.responsible);
        }
        details.assignee_id = draft.assignee.or(details.assignee_id);
        details.status.clone_from(&draft.status);
        details.amount_micros = draft.amount.micros;
        details.currency = draft.amount.currency;
        if let Some(micros) = draft.cost_of_goods_micros {
            details.cost_of_goods_micros = micros;
        }
        details.created_at = draft.created;
        let is_paid = |status: &str| self.group(status) == Some(StatusGroup::Paid);
        let turned_paid = is_paid(&details.status) && !is_paid(&before.status);
        // A deal that turns paid without a date is paid now, not back when it was created.
        let now = (turned_paid && before.status != details.status).then_some(self.now);
        details.paid_at = draft.paid.or(before.paid_at).or(now);
        details
    }

    /// By the lead's id, the visit, the visitor, the phone or e-mail, then what was declared.
    fn origin_of(&self, bench: &Bench, draft: &Draft) -> Origin {
        let named = draft.lead_external_id.as_deref();
        if let Some(lead) = named.and_then(|id| bench.leads.by_external(id)) {
            return Origin {
                link: link_of(lead),
                lead: Some(lead.clone()),
            };
        }
        let workspace = self.workspace.id;
        let link = self
            .sightings
            .decide(workspace, &draft.clues, &[], draft.created, self.now);
        if link.visit.is_some() {
            return Origin { lead: None, link };
        }
        match lead_of_contact(&bench.leads, draft) {
            Some(lead) => Origin::of_contact(lead),
            None => Origin { lead: None, link },
        }
    }

    fn note(
        &self,
        field: &str,
        at: UnixMillis,
        (old_value, new_value): (Option<String>, Option<String>),
        import_id: Option<ImportId>,
    ) -> DealChange {
        DealChange {
            at,
            recorded_at: self.now,
            field: field.to_owned(),
            old_value,
            new_value,
            author_id: self.author,
            import_id,
        }
    }
}

/// The lead of the same phone or e-mail.
fn lead_of_contact<'a>(known: &'a KnownLeads, draft: &Draft) -> Option<&'a Lead> {
    let found = known.earlier(
        draft.phone.as_ref().map(Phone::as_str),
        draft.email.as_ref().map(Email::as_str),
        contact_span(draft.created),
    );
    latest(found.into_iter(), |id| known.by_id(id))
}

/// The latest of the leads, which come oldest first; of duplicates, the lead they repeat.
fn latest<'a>(
    leads: impl DoubleEndedIterator<Item = &'a Lead>,
    by_id: impl Fn(LeadId) -> Option<&'a Lead>,
) -> Option<&'a Lead> {
    let spam = LeadStatus::Spam.name();
    let mut leads = leads;
    let latest = leads.rfind(|lead| lead.status() != spam)?;
    Some(
        latest
            .details
            .duplicate_of
            .and_then(by_id)
            .unwrap_or(latest),
    )
}

/// When a lead of the deal's contact may have come.
fn contact_span(created: UnixMillis) -> (UnixMillis, UnixMillis) {
    let since = created.plus_ms(-CONTACT_LINK_DAYS_MAX * DAY_MS);
    // An order without a time of day is dated at midnight, before the request of that day.
    (since, created.plus_ms(DAY_MS))
}

fn contact(draft: &Draft) -> Contact<'_> {
    Contact {
        name: &draft.name,
        phone: draft.phone.as_ref(),
        email: draft.email.as_ref(),
        customer: draft.customer.as_deref(),
    }
}

fn person_of(bench: &mut Bench, draft: &Draft, lead: Option<&Lead>) -> Option<PersonId> {
    let own = bench.people.recognise(contact(draft));
    own.or(lead.and_then(|lead| lead.details.person_id))
}

fn take_link(details: &mut DealDetails, link: &Link) {
    details.visit_id = link.visit;
    details.visitor_id = link.visitor;
    link.method.name().clone_into(&mut details.link_method);
    details.declared.clone_from(&link.declared);
    details.traffic_key = link.traffic;
}

/// What a deal without a lead says of its own origin.
pub(crate) fn own_clues(details: &DealDetails) -> Clues {
    Clues {
        visit: details.visit_id,
        click: None,
        visitor: details.visitor_id,
        declared: details.declared.clone(),
    }
}

/// The link that a lead has.
fn link_of(lead: &Lead) -> Link {
    let details = &lead.details;
    Link {
        method: details.link_method.parse().unwrap_or(LinkMethod::Unknown),
        visit: details.visit_id,
        visitor: details.visitor_id,
        declared: details.declared.clone(),
        traffic: details.traffic_key,
    }
}
