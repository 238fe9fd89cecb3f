//! What people may ask of who keeps data about them: to be shown it, and to be forgotten.
//!
//! An erasure takes a person out of every record, fact and file, and leaves what was counted: money
//! and visits stay, under a pseudonym that nobody can undo. `docs/privacy.md` says what goes where.

mod export;
mod found;
mod list;
mod marks;
mod matcher;
mod records;
mod register;
mod replay;
mod requests;
mod retention;
mod subject;
mod sweep;
mod veil;
mod work;

use base::LeadId;
use serde_json::{Value, json};
use store::erasures::{self, Erasure, ErasureWork, NewErasure};
use store::{ErasureId, Page, PageRequest, workspaces};

use crate::audit::Act;
use crate::{Actor, App, AppError, Permission};
use found::{Found, Known};
use subject::Subject;

pub use found::{FoundLead, PersonQuery};
pub use list::united_erasure_lists;
pub use marks::Erased;
pub(crate) use marks::Look;
pub use register::{RegisterClass, markdown as register_page};
pub use requests::{LawView, PersonRequestClose, PersonRequestInput, PersonRequestView};
pub use retention::{RetainedClass, RetentionDays, RetentionPreview, RetentionRun, RetentionView};
pub use work::ErasureStep;

/// Leads of one request at most: more are a workspace, not a person.
pub const ERASED_LEADS_MAX: usize = 1_000;

/// What is held of a person, for who is about to decide.
#[derive(Debug, Clone)]
pub struct PersonView {
    pub leads: Vec<FoundLead>,
    pub deals: u64,
    pub requests: u64,
    pub rejected_rows: u64,
    pub visitors: Vec<String>,
    /// What the visitors did; `None` while the warehouse is away.
    pub hits: Option<u64>,
}

impl App {
    /// What is held of a person.
    ///
    /// # Errors
    /// When the actor may not, nobody is named, or nothing is held.
    pub async fn find_person(
        &self,
        actor: &Actor,
        query: &PersonQuery,
    ) -> Result<PersonView, AppError> {
        let found = self.found(actor, query).await?;
        let visitors = found.known.visitors.iter().copied();
        let hits = match self.count_hits(actor.workspace, visitors).await {
            Err(error) if error.is_warehouse_away() => None,
            counted => Some(counted?),
        };
        let told = json!({"leads": found.leads.len()});
        self.note_look(actor, Act::PersonFound, "", told).await?;
        Ok(PersonView {
            deals: records::count(found.deals.len()),
            requests: records::count(found.requests.len()),
            rejected_rows: records::count(found.rejected.len()),
            visitors: found
                .known
                .visitors
                .iter()
                .map(ToString::to_string)
                .collect(),
            hits,
            leads: found.leads,
        })
    }

    /// Everything that is held of a person, as a document; a request is answered by it.
    ///
    /// # Errors
    /// As [`App::find_person`], and when the warehouse does not answer.
    pub async fn export_person(
        &self,
        actor: &Actor,
        query: &PersonQuery,
    ) -> Result<Value, AppError> {
        let found = self.found(actor, query).await?;
        let document = self.document(actor.workspace, &found).await?;
        let told = json!({
            "leads": found.chosen().count(),
            "deals": found.deals.len(),
            "requests": found.requests.len(),
        });
        let mut tx = self.inner.store.begin().await?;
        self.note(&mut tx, actor, Act::PersonExported, "", told)
            .await?;
        if let Some(request) = query.answers {
            self.answer_by_export(&mut tx, actor, request).await?;
        }
        tx.commit().await?;
        Ok(document)
    }

    /// Asks for a person to be erased; a worker does it. `leads` are those that were looked at
    /// and are meant; without them, all that do not seem to be somebody else's. A request that it
    /// answers ends with it.
    ///
    /// # Errors
    /// As [`App::find_person`], when a lead is named that was not found, or when several people
    /// share what is named and none of them is chosen.
    pub async fn request_erasure(
        &self,
        actor: &Actor,
        query: &PersonQuery,
        leads: Option<&[LeadId]>,
    ) -> Result<ErasureId, AppError> {
        let found = self.found(actor, query).await?;
        let chosen = chosen(&found, query, leads)?;
        // A number that others have too is named by its leads alone.
        let is_whole = found
            .leads
            .iter()
            .all(|lead| chosen.contains(&lead.lead.id.0));
        let said = |text: &str| match is_whole {
            true => text.trim().to_owned(),
            false => String::new(),
        };
        let subject = Subject {
            leads: chosen,
            deals: match leads {
                None => found.deals.iter().map(|deal| deal.id.0).collect(),
                Some(_) => Vec::new(),
            },
            phone: said(&query.phone),
            email: said(&query.email),
            visitor: query.visitor.trim().to_owned(),
        };
        let erasure = NewErasure {
            requested_at: self.now(),
            author_id: actor.user(),
            work: ErasureWork {
                step: ErasureStep::Records.name().to_owned(),
                until_ms: None,
                subject: subject.written(),
                counts: json!({}),
            },
        };
        let mut tx = self.inner.store.begin().await?;
        let id = erasures::insert_erasure(&mut tx, actor.workspace, &erasure).await?;
        let mut told = json!({"leads": subject.leads.len()});
        if let Some(request) = query.answers {
            told["request"] = json!(request.0);
        }
        self.note(&mut tx, actor, Act::ErasureRequested, id, told)
            .await?;
        if let Some(request) = query.answers {
            self.answer_by_erasure(&mut tx, actor, (request, id))
                .await?;
        }
        tx.commit().await?;
        self.inner.erasures.notify_one();
        Ok(id)
    }

    /// Erasures of the workspace, newest first, with what was done.
    ///
    /// # Errors
    /// When the actor may not, or the store fails.
    pub async fn erasures(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<Erasure>, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut connection = self.inner.store.read().await?;
        Ok(erasures::list_erasures(&mut connection, actor.workspace, page).await?)
    }

    /// # Errors
    /// When the actor may not, or the workspace has no such erasure.
    pub async fn erasure(&self, actor: &Actor, id: ErasureId) -> Result<Erasure, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut connection = self.inner.store.read().await?;
        Ok(erasures::load_erasure(&mut connection, actor.workspace, id).await?)
    }

    /// Compresses the full segments that are loaded; entries that were written late of somebody
    /// who was erased meanwhile go with it. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn pack_journal(&self, loaded: journal::Position) -> Result<usize, journal::JournalError> {
        // Whoever is erased meanwhile is taken out of the packed segments too, behind this.
        let look = self.inner.erased.look();
        let journal = &self.inner.journal;
        journal.pack_blanking(loaded, |entry| look.replacement(entry))
    }

    /// Who was erased, for whoever loads facts.
    #[must_use]
    pub fn erased(&self) -> &std::sync::Arc<Erased> {
        &self.inner.erased
    }

    async fn found(&self, actor: &Actor, query: &PersonQuery) -> Result<Found, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        let known = Known::of(query, &workspace)?;
        let named = !known.visitors.is_empty();
        let found = found::find(&mut connection, actor.workspace, known).await?;
        let is_nothing = found.leads.is_empty()
            && found.deals.is_empty()
            && found.requests.is_empty()
            && found.rejected.is_empty()
            && found.persons.is_empty();
        // Of a visitor alone there may be facts.
        if is_nothing && !named {
            return Err(AppError::NotFound { what: "person" });
        }
        Ok(found)
    }
}

/// The leads that are erased.
fn chosen(
    found: &Found,
    query: &PersonQuery,
    leads: Option<&[LeadId]>,
) -> Result<Vec<i64>, AppError> {
    let is_found = |id: &LeadId| found.leads.iter().any(|lead| lead.lead.id == *id);
    if leads.is_some_and(|leads| !leads.iter().all(is_found)) {
        let detail = "one of the leads is not among those that were found";
        return Err(AppError::invalid("leads", "not_found", detail));
    }
    let own = found.chosen().map(|lead| lead.id.0);
    let chosen: Vec<i64> = match leads {
        Some(leads) => leads.iter().map(|id| id.0).collect(),
        None => own.collect(),
    };
    // Of a visitor alone there may be facts; of a number that several share, nothing is theirs.
    if chosen.is_empty() && !found.leads.is_empty() && query.visitor.trim().is_empty() {
        let detail = "what was found seems to be other people's, who share the number: name \
                      the e-mail address, or choose the leads";
        return Err(AppError::invalid("leads", "required", detail));
    }
    if chosen.len() > ERASED_LEADS_MAX {
        let detail = format!("at most {ERASED_LEADS_MAX} leads are erased together");
        return Err(AppError::invalid("leads", "too_many", detail));
    }
    Ok(chosen)
}
