//! The leads that a batch may meet: by their own ids, and by telephone number and address.

use std::collections::{BTreeSet, HashMap};

use base::{LeadId, UnixMillis, WorkspaceId};
use store::leads::{self, Lead};
use store::{Connection, PersonId};

use crate::AppError;

/// What to look for.
#[derive(Debug, Default)]
pub(crate) struct Sought<'a> {
    external: BTreeSet<&'a str>,
    phones: BTreeSet<&'a str>,
    emails: BTreeSet<&'a str>,
    span: Option<(UnixMillis, UnixMillis)>,
}

/// Leads in use, and the originals of duplicates among them.
#[derive(Debug, Default)]
pub(crate) struct KnownLeads {
    leads: HashMap<LeadId, Lead>,
    external: HashMap<String, LeadId>,
    phones: HashMap<String, Vec<LeadId>>,
    emails: HashMap<String, Vec<LeadId>>,
}

impl<'a> Sought<'a> {
    pub(crate) fn external(&mut self, id: Option<&'a str>) {
        self.external.extend(id);
    }

    /// Leads of a contact from `since` until before `before`.
    pub(crate) fn contact(
        &mut self,
        phone: Option<&'a str>,
        email: Option<&'a str>,
        (since, before): (UnixMillis, UnixMillis),
    ) {
        if phone.is_none() && email.is_none() {
            return;
        }
        self.phones.extend(phone);
        self.emails.extend(email);
        let (first, last) = self.span.unwrap_or((since, before));
        self.span = Some((first.min(since), last.max(before)));
    }
}

impl KnownLeads {
    pub(crate) async fn look_up(
        connection: &mut Connection,
        workspace: WorkspaceId,
        sought: &Sought<'_>,
    ) -> Result<Self, AppError> {
        let list = |set: &BTreeSet<&'_ str>| set.iter().map(|text| (*text).to_owned()).collect();
        let (external, phones, emails): (Vec<String>, Vec<String>, Vec<String>) = (
            list(&sought.external),
            list(&sought.phones),
            list(&sought.emails),
        );
        let mut known = Self::default();
        if !external.is_empty() {
            let ids: Vec<&str> = external.iter().map(String::as_str).collect();
            let found = leads::list_leads_by_external_id(connection, workspace, &ids).await?;
            found.into_iter().for_each(|lead| known.add(lead));
        }
        if let Some((since, before)) = sought.span {
            let phones: Vec<&str> = phones.iter().map(String::as_str).collect();
            let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
            let found = leads::list_leads_of_contacts(
                connection, workspace, &phones, &emails, since, before,
            );
            found.await?.into_iter().for_each(|lead| known.add(lead));
        }
        let originals = known.leads.values();
        let originals = originals.filter_map(|lead| lead.details.duplicate_of);
        let missing: Vec<LeadId> = originals
            .filter(|id| !known.leads.contains_key(id))
            .collect();
        if !missing.is_empty() {
            let found = leads::list_leads_by_id(connection, workspace, &missing).await?;
            known
                .leads
                .extend(found.into_iter().map(|lead| (lead.id, lead)));
        }
        Ok(known)
    }

    /// Adds a lead in use, or replaces it by how it is now.
    pub(crate) fn add(&mut self, lead: Lead) {
        let (id, details) = (lead.id, &lead.details);
        if let Some(external) = &details.external_id {
            self.external.insert(external.clone(), id);
        }
        for (index, key) in [
            (&mut self.phones, &details.phone_e164),
            (&mut self.emails, &details.email_norm),
        ] {
            if let Some(key) = key {
                let known = index.entry(key.clone()).or_default();
                if !known.contains(&id) {
                    known.push(id);
                }
            }
        }
        self.leads.insert(id, lead);
    }

    /// The people behind the leads.
    pub(crate) fn persons(&self) -> impl Iterator<Item = PersonId> + '_ {
        self.leads
            .values()
            .filter_map(|lead| lead.details.person_id)
    }

    pub(crate) fn by_id(&self, id: LeadId) -> Option<&Lead> {
        self.leads.get(&id)
    }

    pub(crate) fn by_external(&self, id: &str) -> Option<&Lead> {
        self.external.get(id).and_then(|id| self.leads.get(id))
    }

    /// Leads of a contact from `since` until before `before`, oldest first.
    pub(crate) fn earlier(
        &self,
        phone: Option<&str>,
        email: Option<&str>,
        (since, before): (UnixMillis, UnixMillis),
    ) -> Vec<&Lead> {
        let by_phone = phone.and_then(|phone| self.phones.get(phone));
        let by_email = email.and_then(|email| self.emails.get(email));
        let ids: BTreeSet<LeadId> = by_phone
            .into_iter()
            .chain(by_email)
            .flatten()
            .copied()
            .collect();
        let leads = ids.iter().filter_map(|id| self.leads.get(id));
        let mut found: Vec<&Lead> = leads
            .filter(|lead| lead.details.at >= since && lead.details.at < before)
            .filter(|lead| {
                let details = &lead.details;
                let same = |own: &Option<String>, other: Option<&str>| {
                    other.is_some() && own.as_deref() == other
                };
                same(&details.phone_e164, phone) || same(&details.email_norm, email)
            })
            .collect();
        found.sort_by_key(|lead| (lead.details.at, lead.id));
        found
    }
}
