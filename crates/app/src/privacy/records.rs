//! The first step of an erasure: everything in the store, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use base::{DealId, LeadId, UnixMillis, VisitId, VisitorId, WorkspaceId};
use domain::lead::LinkMethod;
use serde_json::{Map, Value, json};
use store::conversions;
use store::deals::{self, Deal};
use store::erasures::{self, ErasedMark, ErasedRecord, SoughtRecords};
use store::leads::{self, Lead, STATUS_WORD_FIELD};
use store::{ErasureId, PersonId, Tx, payments, workspaces};

use super::found::{self, Found, Known, PersonQuery};
use super::marks::{MarkKey, MarkKind};
use super::subject::{Subject, Work};
use crate::AppError;
use crate::deals::part_posted;

/// What an erasure works with.
pub(super) struct Desk<'a> {
    pub(super) key: &'a MarkKey,
    pub(super) workspace: WorkspaceId,
    pub(super) erasure: ErasureId,
    pub(super) until: UnixMillis,
}

/// Records of others who shared a browser.
struct Others {
    leads: Vec<LeadId>,
    deals: Vec<DealId>,
}

/// What was done, in numbers.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// Takes the person out of every record and writes down by what they are known from now on.
pub(super) async fn erase(
    tx: &mut Tx,
    desk: &Desk<'_>,
    subject: &Subject,
) -> Result<(Work, Counts), AppError> {
    let found = whole(tx, desk, subject).await?;
    let leads: Vec<Lead> = found.chosen().cloned().collect();
    let lead_ids: Vec<LeadId> = leads.iter().map(|lead| lead.id).collect();
    let deal_ids: Vec<DealId> = found.deals.iter().map(|deal| deal.id).collect();
    let visitors = found.known.visitors.clone();
    let mut counts = Counts::new();
    let kept = payments::list_payments_of_deals(tx, desk.workspace, &deal_ids).await?;
    counts.insert("payments_kept", count(kept.len()));
    counts.insert("leads", count(leads.len()));
    counts.insert("deals", count(deal_ids.len()));
    counts.insert("visitors", count(visitors.len()));

    let blank: Vec<Lead> = leads
        .into_iter()
        .map(|lead| desk.blank_lead(lead))
        .collect();
    leads::put_leads(tx, desk.workspace, &blank).await?;
    let own = found.deals.iter().cloned();
    let blank: Vec<Deal> = own
        .map(|deal| desk.blank_deal(deal, &found.known))
        .collect();
    deals::put_deals(tx, desk.workspace, &blank).await?;
    let others = desk.part_from_others(tx, &visitors).await?;
    counts.insert(
        "others_parted",
        count(others.leads.len() + others.deals.len()),
    );
    let posted: Vec<DealId> = deal_ids.iter().chain(&others.deals).copied().collect();
    desk.part_posted(tx, &posted, &visitors).await?;

    let workspace = desk.workspace;
    let requests = erasures::delete_requests(tx, workspace, &found.requests).await?;
    counts.insert("requests", requests);
    let rejected = erasures::delete_rejected(tx, workspace, &found.rejected).await?;
    counts.insert("rejected_rows", rejected);
    let of_leads: Vec<i64> = lead_ids.iter().map(|id| id.0).collect();
    let of_deals: Vec<i64> = deal_ids.iter().map(|id| id.0).collect();
    let layers = desk
        .forget_said(tx, (&lead_ids, &deal_ids), &others)
        .await?;
    counts.insert("import_layers", layers);
    let forgotten = desk
        .forget_identities(tx, &found, &blank_persons(&found))
        .await?;
    counts.insert("identities", count(forgotten.len()));

    let mut marks = desk.marks(&forgotten);
    let twins = visitors.iter().map(|visitor| visitor.machine_twin());
    let facts: BTreeSet<VisitorId> = visitors.iter().copied().chain(twins).collect();
    marks.extend(facts.iter().map(|visitor| {
        let digest = desk.key.digest_of_visitor(workspace, *visitor);
        desk.mark(MarkKind::Visitor, digest.to_vec())
    }));
    erasures::put_marks(tx, &marks).await?;
    let record = |kind: &'static str| {
        move |record_id: i64| ErasedRecord {
            workspace_id: workspace,
            kind: kind.to_owned(),
            record_id,
            erasure_id: desk.erasure,
        }
    };
    let records = of_leads.into_iter().map(record("lead"));
    let records: Vec<_> = records
        .chain(of_deals.into_iter().map(record("deal")))
        .collect();
    erasures::put_records(tx, &records).await?;
    Ok((Work::of(facts), counts))
}

/// What is there now of the person whom the request names.
async fn whole(tx: &mut Tx, desk: &Desk<'_>, subject: &Subject) -> Result<Found, AppError> {
    let workspace = workspaces::load_workspace(tx, desk.workspace).await?;
    let query = PersonQuery {
        phone: subject.phone.clone(),
        email: subject.email.clone(),
        visitor: subject.visitor.clone(),
        lead: None,
        answers: None,
    };
    let known = match query.phone.len() + query.email.len() + query.visitor.len() {
        0 => Known::default(),
        _ => Known::of(&query, &workspace)?,
    };
    let sought = SoughtRecords {
        leads: subject.leads.iter().copied().map(LeadId).collect(),
        deals: subject.deals.iter().copied().map(DealId).collect(),
        ..SoughtRecords::default()
    };
    let until = desk.until;
    let ids = erasures::find_leads(tx, desk.workspace, &sought).await?;
    let mut listed = leads::list_leads_by_id(tx, desk.workspace, &ids).await?;
    listed.retain(|lead| lead.details.recorded_at <= until);
    // A store that was put back gives the numbers of what came later to others.
    let mut deals = deals::list_deals_by_id(tx, desk.workspace, &sought.deals).await?;
    deals.retain(|deal| deal.details.recorded_at <= until);
    let deals: Vec<DealId> = deals.into_iter().map(|deal| deal.id).collect();
    found::find_listed(tx, desk.workspace, known, listed, &deals).await
}

fn blank_persons(found: &Found) -> Vec<PersonId> {
    let of_leads = found.chosen().filter_map(|lead| lead.details.person_id);
    let of_deals = found.deals.iter().filter_map(|deal| deal.details.person_id);
    let all: BTreeSet<PersonId> = of_leads
        .chain(of_deals)
        .chain(found.persons.clone())
        .collect();
    all.into_iter().collect()
}

impl Desk<'_> {
    fn mark(&self, kind: MarkKind, digest: Vec<u8>) -> ErasedMark {
        ErasedMark {
            workspace_id: self.workspace,
            kind: kind.name().to_owned(),
            digest,
            erasure_id: self.erasure,
            until_ms: self.until,
        }
    }

    fn marks(&self, identities: &[(MarkKind, String)]) -> Vec<ErasedMark> {
        let marks = identities.iter().map(|(kind, value)| {
            let digest = self.key.digest(self.workspace, *kind, value);
            self.mark(*kind, digest.to_vec())
        });
        marks.collect()
    }

    /// Who a visitor and a visit are from now on.
    fn parted(
        &self,
        visitor: Option<VisitorId>,
        visit: Option<VisitId>,
    ) -> (Option<VisitorId>, Option<VisitId>) {
        match visitor {
            Some(visitor) => {
                let pseudonym = self.key.pseudonym(self.workspace, self.erasure, visitor);
                let visit = visit.map(|visit| pseudonym.visit(visit));
                (Some(pseudonym.visitor()), visit)
            }
            None => (None, None),
        }
    }

    /// What counts stays: when, what became of it, by which traffic it came.
    fn blank_lead(&self, lead: Lead) -> Lead {
        let mut lead = without_contacts(self.key, self.workspace, lead);
        let details = &mut lead.details;
        (details.visitor_id, details.visit_id) = self.parted(details.visitor_id, details.visit_id);
        details.click_id = None;
        if details.link_method == LinkMethod::Waiting.name() {
            LinkMethod::Unknown
                .name()
                .clone_into(&mut details.link_method);
        }
        lead
    }

    /// The order's number stays, unless it names the person: the books refer to it.
    fn blank_deal(&self, mut deal: Deal, known: &Known) -> Deal {
        let details = &mut deal.details;
        details.title.clear();
        if known.is_named_in(&details.external_id) {
            details.external_id = self.key.hidden_id(self.workspace, &details.external_id);
        }
        (details.visitor_id, details.visit_id) = self.parted(details.visitor_id, details.visit_id);
        if details.link_method == LinkMethod::Waiting.name() {
            LinkMethod::Unknown
                .name()
                .clone_into(&mut details.link_method);
        }
        deal.version += 1;
        deal
    }

    /// Records of others that share the browser keep the traffic that they came by.
    async fn part_from_others(
        &self,
        tx: &mut Tx,
        visitors: &BTreeSet<VisitorId>,
    ) -> Result<Others, AppError> {
        let sought = SoughtRecords {
            visitors: visitors.iter().copied().collect(),
            ..SoughtRecords::default()
        };
        let workspace = self.workspace;
        let ids = erasures::find_leads(tx, workspace, &sought).await?;
        let mut leads = leads::list_leads_by_id(tx, workspace, &ids).await?;
        for lead in &mut leads {
            let details = &mut lead.details;
            (details.visitor_id, details.visit_id) =
                self.parted(details.visitor_id, details.visit_id);
            details.click_id = None;
            lead.version += 1;
        }
        leads::put_leads(tx, workspace, &leads).await?;
        let deal_ids = erasures::find_deals(tx, workspace, &sought).await?;
        let mut deals = deals::list_deals_by_id(tx, workspace, &deal_ids).await?;
        for deal in &mut deals {
            let details = &mut deal.details;
            (details.visitor_id, details.visit_id) =
                self.parted(details.visitor_id, details.visit_id);
            deal.version += 1;
        }
        deals::put_deals(tx, workspace, &deals).await?;
        Ok(Others {
            leads: ids,
            deals: deal_ids,
        })
    }

    /// What was posted of deals names the visitor whose facts are put under a pseudonym.
    async fn part_posted(
        &self,
        tx: &mut Tx,
        ids: &[DealId],
        visitors: &BTreeSet<VisitorId>,
    ) -> Result<(), AppError> {
        let mut posted = deals::list_posted(tx, self.workspace, ids).await?;
        for one in &mut posted {
            part_posted(&mut one.posted, |(visitor, visit)| {
                match visitor.is_some_and(|visitor| visitors.contains(&visitor)) {
                    true => self.parted(visitor, visit),
                    false => (visitor, visit),
                }
            })?;
        }
        Ok(deals::put_posted(tx, self.workspace, &posted).await?)
    }

    /// What imports have said of the records, and what was answered to who sent them, tells whose
    /// they were and from which visit they came.
    async fn forget_said(
        &self,
        tx: &mut Tx,
        (leads, deals): (&[LeadId], &[DealId]),
        others: &Others,
    ) -> Result<u64, AppError> {
        let leads: Vec<LeadId> = leads.iter().chain(&others.leads).copied().collect();
        let deals: Vec<DealId> = deals.iter().chain(&others.deals).copied().collect();
        erasures::forget_answers(tx, self.workspace, &leads).await?;
        conversions::forget_conversion_lines(tx, self.workspace, &leads, &deals).await?;
        let leads: Vec<i64> = leads.iter().map(|id| id.0).collect();
        let deals: Vec<i64> = deals.iter().map(|id| id.0).collect();
        let of_leads = erasures::delete_layers(tx, self.workspace, "leads", &leads).await?;
        let of_deals = erasures::delete_layers(tx, self.workspace, "deals", &deals).await?;
        Ok(of_leads + of_deals)
    }

    /// Numbers and addresses that nobody else has who stays. A person whom somebody else's lead
    /// belongs to takes that name.
    async fn forget_identities(
        &self,
        tx: &mut Tx,
        found: &Found,
        persons: &[PersonId],
    ) -> Result<Vec<(MarkKind, String)>, AppError> {
        let workspace = self.workspace;
        let mut values: BTreeSet<(MarkKind, String)> = BTreeSet::new();
        let kinds = [
            (MarkKind::Phone, &found.known.phones),
            (MarkKind::Email, &found.known.emails),
        ];
        for (kind, texts) in kinds {
            values.extend(texts.iter().map(|text| (kind, text.clone())));
        }
        let theirs = erasures::list_identities(tx, workspace, &[], &found.persons).await?;
        values.extend(theirs.into_iter().map(|known| {
            let kind = match known.identity.kind.as_str() {
                "phone" => MarkKind::Phone,
                _ => MarkKind::Email,
            };
            (kind, known.identity.value)
        }));
        let mut forgotten = Vec::new();
        for (kind, value) in values {
            let mut sought = SoughtRecords::default();
            match kind {
                MarkKind::Phone => sought.phones.push(value.clone()),
                _ => sought.emails.push(value.clone()),
            }
            // The person's own leads do not say it any more.
            if erasures::find_leads(tx, workspace, &sought)
                .await?
                .is_empty()
            {
                forgotten.push((kind, value));
            }
        }
        let texts: Vec<String> = forgotten.iter().map(|(_, value)| value.clone()).collect();
        erasures::delete_identities(tx, workspace, &texts).await?;
        for person in persons {
            let sought = SoughtRecords {
                persons: vec![*person],
                ..SoughtRecords::default()
            };
            let own: BTreeSet<LeadId> = found.chosen().map(|lead| lead.id).collect();
            let mut ids = erasures::find_leads(tx, workspace, &sought).await?;
            ids.retain(|id| !own.contains(id));
            let others = leads::list_leads_by_id(tx, workspace, &ids).await?;
            let name = others.first().map_or("", |lead| lead.details.name.as_str());
            erasures::name_person(tx, workspace, *person, name).await?;
        }
        Ok(forgotten)
    }
}

/// A lead that says nothing any more of who it was; the same id sent again finds it.
pub(super) fn without_contacts(key: &MarkKey, workspace: WorkspaceId, mut lead: Lead) -> Lead {
    let details = &mut lead.details;
    let hidden = |id: &String| key.hidden_id(workspace, id);
    details.external_id = details.external_id.as_ref().map(hidden);
    for text in [
        &mut details.name,
        &mut details.phone,
        &mut details.email,
        &mut details.message,
        &mut details.page,
    ] {
        text.clear();
    }
    (details.phone_e164, details.email_norm) = (None, None);
    // How a file calls the status is no word about the person, and says what it means later.
    let word = details.fields.get(STATUS_WORD_FIELD).cloned();
    let word = word.map(|word| (STATUS_WORD_FIELD.to_owned(), word));
    details.fields = Value::Object(word.into_iter().collect::<Map<_, _>>());
    details.request_id = None;
    lead.version += 1;
    lead
}

/// As the log of erasures tells it.
pub(super) fn told(counts: &Counts) -> Value {
    json!(counts)
}

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
