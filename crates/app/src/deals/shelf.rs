//! The deals of a batch with all that settling them needs: read together, written together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{DealId, Fact, LeadId, PaymentId, UnixMillis, WorkspaceId};
use store::deals::{self, ChangedDeal, Deal, DealChange, DealDetails, PostedDeal};
use store::ids::{Counted, find_last_id};
use store::leads;
use store::payments::{self, Payment, PaymentDetails};
use store::{PersonId, Tx};

use super::post::Posted;
use crate::error::Step as _;
use crate::leads::follow_sales;
use crate::webhooks::{News, tell};
use crate::{AppError, outbox};

/// Deals with their customers' other deals, payments, postings and leads.
pub(crate) struct Shelf {
    workspace: WorkspaceId,
    deals: HashMap<DealId, Shelved>,
    external: HashMap<String, DealId>,
    of_person: HashMap<PersonId, BTreeSet<DealId>>,
    lead_moments: HashMap<LeadId, UnixMillis>,
    payments: HashMap<String, (DealId, PaymentId)>,
    last_deal: i64,
    last_payment: i64,
    changed: BTreeSet<DealId>,
    posted: BTreeSet<DealId>,
    changed_payments: BTreeMap<PaymentId, Payment>,
    history: Vec<ChangedDeal>,
    facts: Vec<Fact>,
    /// Leads of deals that became sales or are none any more.
    sold: BTreeSet<LeadId>,
    /// What webhooks are told.
    news: Vec<News>,
}

/// A deal with what hangs on it.
pub(super) struct Shelved {
    pub(super) deal: Deal,
    pub(super) payments: Vec<Payment>,
    pub(super) posted: Posted,
}

impl Shelf {
    /// An empty shelf.
    pub(crate) async fn open(tx: &mut Tx, workspace: WorkspaceId) -> Result<Self, AppError> {
        Ok(Self {
            workspace,
            deals: HashMap::new(),
            external: HashMap::new(),
            of_person: HashMap::new(),
            lead_moments: HashMap::new(),
            payments: HashMap::new(),
            last_deal: find_last_id(tx, Counted::Deals).await?,
            last_payment: find_last_id(tx, Counted::Payments).await?,
            changed: BTreeSet::new(),
            posted: BTreeSet::new(),
            changed_payments: BTreeMap::new(),
            history: Vec::new(),
            facts: Vec::new(),
            sold: BTreeSet::new(),
            news: Vec::new(),
        })
    }

    /// Fetches deals in use by their own ids, with their customers' other deals.
    pub(crate) async fn fetch_external(
        &mut self,
        tx: &mut Tx,
        ids: &[&str],
    ) -> Result<(), AppError> {
        let found = deals::list_deals_by_external_id(tx, self.workspace, ids).await?;
        self.take_in(tx, found).await?;
        self.fetch_company(tx, &[]).await
    }

    /// Fetches deals, archived ones too, with their customers' other deals.
    pub(crate) async fn fetch(&mut self, tx: &mut Tx, ids: &[DealId]) -> Result<(), AppError> {
        let found = deals::list_deals_by_id(tx, self.workspace, ids).await?;
        self.take_in(tx, found).await?;
        self.fetch_company(tx, &[]).await
    }

    /// Fetches the deals of people, and of everybody whose deal is here.
    pub(crate) async fn fetch_company(
        &mut self,
        tx: &mut Tx,
        persons: &[PersonId],
    ) -> Result<(), AppError> {
        let own = self.deals.values();
        let own = own.filter_map(|shelved| shelved.deal.details.person_id);
        let unique: BTreeSet<PersonId> = own.chain(persons.iter().copied()).collect();
        let persons: Vec<PersonId> = unique.into_iter().collect();
        if persons.is_empty() {
            return Ok(());
        }
        let found = deals::list_deals_of_persons(tx, self.workspace, &persons).await?;
        self.take_in(tx, found).await
    }

    /// Fetches payments in use by their own ids, with their deals.
    pub(crate) async fn fetch_payments(
        &mut self,
        tx: &mut Tx,
        ids: &[&str],
    ) -> Result<(), AppError> {
        let found = payments::list_payments_by_external_id(tx, self.workspace, ids).await?;
        let deals: Vec<DealId> = found
            .iter()
            .map(|payment| payment.details.deal_id)
            .collect();
        self.fetch(tx, &deals).await
    }

    async fn take_in(&mut self, tx: &mut Tx, found: Vec<Deal>) -> Result<(), AppError> {
        let found = found.into_iter();
        let new: Vec<Deal> = found
            .filter(|deal| !self.deals.contains_key(&deal.id))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let ids: Vec<DealId> = new.iter().map(|deal| deal.id).collect();
        let leads: Vec<LeadId> = new.iter().filter_map(|deal| deal.details.lead_id).collect();
        let mut paid: HashMap<DealId, Vec<Payment>> = HashMap::new();
        for payment in payments::list_payments_of_deals(tx, self.workspace, &ids).await? {
            paid.entry(payment.details.deal_id)
                .or_default()
                .push(payment);
        }
        let mut posted: HashMap<DealId, Posted> = HashMap::new();
        for PostedDeal {
            deal_id,
            posted: row,
        } in deals::list_posted(tx, self.workspace, &ids).await?
        {
            let book = serde_json::from_value(row.book).step("read a posting")?;
            posted.insert(deal_id, book);
        }
        if !leads.is_empty() {
            let found = leads::list_leads_by_id(tx, self.workspace, &leads).await?;
            let moments = found.into_iter().map(|lead| (lead.id, lead.details.at));
            self.lead_moments.extend(moments);
        }
        for deal in new {
            let id = deal.id;
            let mut payments = paid.remove(&id).unwrap_or_default();
            payments.retain(|payment| !self.changed_payments.contains_key(&payment.id));
            let moved = self.changed_payments.values();
            let moved =
                moved.filter(|paid| paid.details.deal_id == id && paid.archived_at.is_none());
            payments.extend(moved.cloned());
            payments.sort_by_key(|payment| (payment.details.at, payment.id));
            self.put_in(Shelved {
                deal,
                payments,
                posted: posted.remove(&id).unwrap_or_default(),
            });
        }
        Ok(())
    }

    fn put_in(&mut self, shelved: Shelved) {
        let deal = &shelved.deal;
        if deal.archived_at.is_none() {
            self.external
                .insert(deal.details.external_id.clone(), deal.id);
            if let Some(person) = deal.details.person_id {
                self.of_person.entry(person).or_default().insert(deal.id);
            }
        }
        let own = shelved.payments.iter();
        self.payments
            .extend(own.map(|paid| (paid.details.external_id.clone(), (deal.id, paid.id))));
        self.deals.insert(deal.id, shelved);
    }

    /// What each deal here has posted.
    pub(super) fn posted(&self) -> impl Iterator<Item = (DealId, &Posted)> {
        self.deals
            .iter()
            .map(|(id, shelved)| (*id, &shelved.posted))
    }

    pub(crate) fn deal(&self, id: DealId) -> Option<&Deal> {
        self.deals.get(&id).map(|shelved| &shelved.deal)
    }

    pub(super) fn shelved(&self, id: DealId) -> Result<&Shelved, AppError> {
        self.deals
            .get(&id)
            .ok_or(AppError::NotFound { what: "deal" })
    }

    /// The deal in use that has this id at its sender's.
    pub(crate) fn by_external(&self, id: &str) -> Option<&Deal> {
        self.external.get(id).and_then(|id| self.deal(*id))
    }

    /// Deals in use of a customer.
    pub(super) fn of_person(&self, person: PersonId) -> Vec<DealId> {
        let ids = self.of_person.get(&person);
        ids.into_iter().flatten().copied().collect()
    }

    /// When the lead came that a deal grew out of.
    pub(super) fn lead_moment(&self, lead: LeadId) -> Option<UnixMillis> {
        self.lead_moments.get(&lead).copied()
    }

    pub(super) fn note_lead(&mut self, lead: LeadId, at: UnixMillis) {
        self.lead_moments.insert(lead, at);
    }

    pub(super) fn add(&mut self, details: DealDetails) -> DealId {
        self.last_deal += 1;
        let id = DealId(self.last_deal);
        let deal = Deal {
            id,
            details,
            archived_at: None,
            version: 1,
        };
        self.put_in(Shelved {
            deal,
            payments: Vec::new(),
            posted: Posted::default(),
        });
        self.changed.insert(id);
        id
    }

    /// Changes what a deal is, as its next version.
    pub(crate) fn change(
        &mut self,
        id: DealId,
        details: DealDetails,
        archived_at: Option<UnixMillis>,
    ) {
        let Some(shelved) = self.deals.get_mut(&id) else {
            return;
        };
        let deal = &mut shelved.deal;
        if deal.details.lead_id != details.lead_id {
            self.sold.extend(deal.details.lead_id);
            self.sold.extend(details.lead_id);
        }
        if let Some(person) = deal.details.person_id {
            self.of_person.entry(person).or_default().remove(&id);
        }
        if archived_at.is_some() {
            self.external.remove(&deal.details.external_id);
        } else if let Some(person) = details.person_id {
            self.of_person.entry(person).or_default().insert(id);
        }
        deal.details = details;
        deal.archived_at = archived_at;
        deal.version += 1;
        self.changed.insert(id);
    }

    pub(crate) fn note(&mut self, deal_id: DealId, change: DealChange) {
        self.history.push(ChangedDeal { deal_id, change });
    }

    /// Lets webhooks know of a deal, new where it had no status, once the changes are committed.
    pub(super) fn tell_of_deal(&mut self, id: DealId, previous_status: Option<&str>) {
        let news = self
            .deal(id)
            .map(|deal| News::of_deal(deal, previous_status));
        self.news.extend(news);
    }

    /// Lets webhooks know, once the changes are committed.
    pub(crate) fn tell(&mut self, news: News) {
        self.news.push(news);
    }

    pub(super) fn post(&mut self, id: DealId, posted: Posted, facts: Vec<Fact>) {
        if let Some(shelved) = self.deals.get_mut(&id) {
            if shelved.posted.sale() != posted.sale() {
                self.sold.extend(shelved.deal.details.lead_id);
            }
            shelved.posted = posted;
            self.posted.insert(id);
            self.facts.extend(facts);
        }
    }

    /// The payment in use that has this id at its sender's.
    pub(crate) fn payment(&self, external_id: &str) -> Option<&Payment> {
        let (deal, id) = self.payments.get(external_id)?;
        self.payments_of(*deal)
            .iter()
            .find(|payment| payment.id == *id)
    }

    pub(crate) fn payments_of(&self, deal: DealId) -> &[Payment] {
        self.deals
            .get(&deal)
            .map_or(&[], |shelved| shelved.payments.as_slice())
    }

    pub(crate) fn add_payment(&mut self, details: PaymentDetails) -> PaymentId {
        self.last_payment += 1;
        let id = PaymentId(self.last_payment);
        self.put_payment(Payment {
            id,
            details,
            archived_at: None,
            version: 1,
        });
        id
    }

    /// Changes what a payment is, as its next version.
    pub(crate) fn change_payment(
        &mut self,
        mut payment: Payment,
        details: PaymentDetails,
        archived_at: Option<UnixMillis>,
    ) {
        if let Some(shelved) = self.deals.get_mut(&payment.details.deal_id) {
            shelved.payments.retain(|other| other.id != payment.id);
        }
        payment.details = details;
        payment.archived_at = archived_at;
        payment.version += 1;
        self.put_payment(payment);
    }

    fn put_payment(&mut self, payment: Payment) {
        let external_id = payment.details.external_id.clone();
        if payment.archived_at.is_some() {
            self.payments.remove(&external_id);
        } else {
            let place = (payment.details.deal_id, payment.id);
            self.payments.insert(external_id, place);
            if let Some(shelved) = self.deals.get_mut(&payment.details.deal_id) {
                shelved.payments.push(payment.clone());
                shelved
                    .payments
                    .sort_by_key(|payment| (payment.details.at, payment.id));
            }
        }
        self.changed_payments.insert(payment.id, payment);
    }

    /// Deals that changed payments belong to and that are not here.
    pub(crate) fn paid_elsewhere(&self) -> Vec<DealId> {
        let deals = self.changed_payments.values();
        let deals = deals.map(|payment| payment.details.deal_id);
        let unique: BTreeSet<DealId> = deals.filter(|id| !self.deals.contains_key(id)).collect();
        unique.into_iter().collect()
    }

    /// Writes down everything that changed; leads follow the deals that grew out of them.
    pub(crate) async fn save(mut self, tx: &mut Tx, now: UnixMillis) -> Result<(), AppError> {
        let sold: Vec<LeadId> = std::mem::take(&mut self.sold).into_iter().collect();
        let workspace = self.workspace;
        self.save_following(tx, now).await?;
        follow_sales(tx, workspace, &sold, now).await
    }

    /// Writes down deals that only followed their leads, which makes no sale and takes none back.
    pub(crate) async fn save_following(self, tx: &mut Tx, now: UnixMillis) -> Result<(), AppError> {
        let changed: Vec<Deal> = self
            .changed
            .iter()
            .filter_map(|id| self.deal(*id).cloned())
            .collect();
        deals::put_deals(tx, self.workspace, &changed).await?;
        let paid: Vec<Payment> = self.changed_payments.into_values().collect();
        payments::put_payments(tx, self.workspace, &paid).await?;
        deals::insert_deal_changes(tx, self.workspace, &self.history).await?;
        let mut posted = Vec::with_capacity(self.posted.len());
        for id in self.posted {
            if let Some(shelved) = self.deals.get(&id) {
                let posted_deal = shelved.posted.row(id)?;
                posted.push(posted_deal);
            }
        }
        deals::put_posted(tx, self.workspace, &posted).await?;
        outbox::put(tx, now, &self.facts).await?;
        tell(tx, self.workspace, now, &self.news).await
    }
}
