//! Saving one deal of a batch: found or made, linked, then settled.

use domain::deal::StatusGroup;
use domain::lead::{CONTACT_LINK_DAYS_MAX, LeadStatus, LinkMethod};
use store::deals::{self, Deal, DealChange, DealDetails};
use store::leads::{self, Lead};
use store::{PersonId, Tx};

use super::check::Draft;
use super::{Desk, ItemResult};
use crate::AppError;
use crate::leads::{Clues, Contact, Link, recognise};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where a deal comes from.
struct Origin {
    lead: Option<Lead>,
    link: Link,
}

impl Desk {
    /// Saves a draft and posts what it changes. A refused draft changes nothing.
    pub(super) async fn save(&self, tx: &mut Tx, draft: &Draft) -> Result<ItemResult, AppError> {
        let workspace = self.workspace.id;
        let found = deals::find_deal_by_external_id(tx, workspace, &draft.external_id).await?;
        match found {
            Some(deal) => self.change(tx, deal, draft).await,
            None => self.create(tx, draft).await,
        }
    }

    /// Takes over the origin of the deal's lead, which was linked to a visit meanwhile.
    pub(crate) async fn follow_lead(&self, tx: &mut Tx, deal: Deal) -> Result<(), AppError> {
        let Some(lead) = deal.details.lead_id else {
            return Ok(());
        };
        let lead = leads::load_lead(tx, self.workspace.id, lead).await?;
        let mut details = deal.details.clone();
        take_link(&mut details, &link_of(&lead));
        if details == deal.details {
            return Ok(());
        }
        let version =
            deals::save_deal(tx, self.workspace.id, deal.id, deal.version, &details).await?;
        self.settle(
            tx,
            Deal {
                details,
                version,
                ..deal
            },
        )
        .await
    }

    /// Takes over the visitor of the deal's own visit, whose facts are loaded now.
    pub(crate) async fn follow_visit(&self, tx: &mut Tx, deal: Deal) -> Result<bool, AppError> {
        let clues = Clues {
            visit: deal.details.visit_id,
            ..Clues::default()
        };
        let created = deal.details.created_at;
        let link = self
            .sightings
            .decide(self.workspace.id, &clues, &[], created, self.now);
        if link.visitor.is_none() {
            return Ok(false);
        }
        let mut details = deal.details.clone();
        take_link(&mut details, &link);
        let version =
            deals::save_deal(tx, self.workspace.id, deal.id, deal.version, &details).await?;
        self.settle(
            tx,
            Deal {
                details,
                version,
                ..deal
            },
        )
        .await?;
        Ok(true)
    }

    async fn create(&self, tx: &mut Tx, draft: &Draft) -> Result<ItemResult, AppError> {
        let workspace = self.workspace.id;
        let origin = self.origin_of(tx, draft).await?;
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
        };
        take_link(&mut details, &origin.link);
        if let Err(error) = self.check_amounts(&details) {
            return Ok(ItemResult::Rejected(error));
        }
        details.person_id = self.person_of(tx, draft, origin.lead.as_ref()).await?;
        let id = deals::insert_deal(tx, workspace, &details).await?;
        let deal = Deal {
            id,
            details,
            archived_at: None,
            version: 1,
        };
        let status = (None, Some(draft.status.clone()));
        self.note(tx, &deal, "status", draft.created, status)
            .await?;
        self.settle_new(tx, deal).await?;
        Ok(ItemResult::Created)
    }

    async fn change(&self, tx: &mut Tx, deal: Deal, draft: &Draft) -> Result<ItemResult, AppError> {
        let before = &deal.details;
        let mut details = self.merged(before, draft);
        if details.lead_id.is_none() && details.visit_id.is_none() {
            let origin = self.origin_of(tx, draft).await?;
            if origin.link.method != LinkMethod::Unknown {
                details.lead_id = origin.lead.as_ref().map(|lead| lead.id);
                take_link(&mut details, &origin.link);
            }
            if details.person_id.is_none() {
                details.person_id = self.person_of(tx, draft, origin.lead.as_ref()).await?;
            }
        }
        if details == *before {
            return Ok(ItemResult::Unchanged);
        }
        if let Err(error) = self.check_amounts(&details) {
            return Ok(ItemResult::Rejected(error));
        }
        let version =
            deals::save_deal(tx, self.workspace.id, deal.id, deal.version, &details).await?;
        if before.status != details.status {
            let change = (Some(before.status.clone()), Some(details.status.clone()));
            self.note(tx, &deal, "status", self.now, change).await?;
        }
        let amount = |details: &DealDetails| {
            base::Money::new(details.amount_micros, details.currency).to_string()
        };
        if amount(before) != amount(&details) {
            let change = (Some(amount(before)), Some(amount(&details)));
            self.note(tx, &deal, "amount", self.now, change).await?;
        }
        self.settle(
            tx,
            Deal {
                details,
                version,
                ..deal
            },
        )
        .await?;
        Ok(ItemResult::Updated)
    }

    /// What is known of the deal with what the draft says; silence changes nothing.
    fn merged(&self, before: &DealDetails, draft: &Draft) -> DealDetails {
        let mut details = before.clone();
        if !draft.title.is_empty() {
            details.title.clone_from(&draft.title);
        }
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
    async fn origin_of(&self, tx: &mut Tx, draft: &Draft) -> Result<Origin, AppError> {
        let workspace = self.workspace.id;
        if let Some(id) = &draft.lead_external_id
            && let Some(lead) = leads::find_lead_by_external_id(tx, workspace, id).await?
        {
            return Ok(Origin {
                link: link_of(&lead),
                lead: Some(lead),
            });
        }
        let link = self
            .sightings
            .decide(workspace, &draft.clues, &[], draft.created, self.now);
        if link.visit.is_some() {
            return Ok(Origin { lead: None, link });
        }
        let lead = self.lead_of_contact(tx, draft).await?;
        Ok(match lead {
            Some(lead) => {
                let own = link_of(&lead);
                let method = match own.method {
                    LinkMethod::Unknown => LinkMethod::Unknown,
                    _ => LinkMethod::Contact,
                };
                Origin {
                    link: Link { method, ..own },
                    lead: Some(lead),
                }
            }
            None => Origin { lead: None, link },
        })
    }

    /// The latest lead of the same phone or e-mail; of duplicates, the lead they repeat.
    async fn lead_of_contact(&self, tx: &mut Tx, draft: &Draft) -> Result<Option<Lead>, AppError> {
        if draft.phone.is_none() && draft.email.is_none() {
            return Ok(None);
        }
        let phone = draft.phone.as_ref().map(ToString::to_string);
        let email = draft.email.as_ref().map(ToString::to_string);
        let since = draft.created.plus_ms(-CONTACT_LINK_DAYS_MAX * DAY_MS);
        // An order without a time of day is dated at midnight, before the request of that day.
        let until = draft.created.plus_ms(DAY_MS);
        let workspace = self.workspace.id;
        let found = leads::find_earlier_leads(
            tx,
            workspace,
            phone.as_deref(),
            email.as_deref(),
            since,
            until,
        );
        let spam = LeadStatus::Spam.name();
        let latest = found
            .await?
            .into_iter()
            .rfind(|lead| lead.details.status != spam);
        let original = latest.as_ref().and_then(|lead| lead.details.duplicate_of);
        match original {
            Some(original) => Ok(Some(leads::load_lead(tx, workspace, original).await?)),
            None => Ok(latest),
        }
    }

    async fn person_of(
        &self,
        tx: &mut Tx,
        draft: &Draft,
        lead: Option<&Lead>,
    ) -> Result<Option<PersonId>, AppError> {
        let contact = Contact {
            name: &draft.name,
            phone: draft.phone.as_ref(),
            email: draft.email.as_ref(),
            customer: draft.customer.as_deref(),
        };
        let own = recognise(tx, self.workspace.id, self.now, contact).await?;
        Ok(own.or(lead.and_then(|lead| lead.details.person_id)))
    }

    pub(super) async fn note(
        &self,
        tx: &mut Tx,
        deal: &Deal,
        field: &str,
        at: base::UnixMillis,
        (old_value, new_value): (Option<String>, Option<String>),
    ) -> Result<(), AppError> {
        let change = DealChange {
            at,
            recorded_at: self.now,
            field: field.to_owned(),
            old_value,
            new_value,
            author_id: self.author,
        };
        Ok(deals::insert_deal_change(tx, self.workspace.id, deal.id, &change).await?)
    }
}

fn take_link(details: &mut DealDetails, link: &Link) {
    details.visit_id = link.visit;
    details.visitor_id = link.visitor;
    link.method.name().clone_into(&mut details.link_method);
    details.declared.clone_from(&link.declared);
    details.traffic_key = link.traffic;
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
