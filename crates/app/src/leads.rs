//! Leads: a request comes in, is linked to the visit it came from, told from a duplicate, saved.

mod book;
mod check;
mod door;
mod known;
mod layers;
mod link;
mod list;
pub(crate) mod mask;
mod person;
mod post;
mod relink;
mod reread;
mod rows;
mod save;
mod states;
mod status;
mod undo;

use base::{LeadId, VisitId, WorkspaceId};
use domain::lead::LinkMethod;
use serde_json::{Map, Value, json};
use store::lead_requests::{self, NewLeadRequest};
use store::reach::Reach;
use store::{LeadRequestId, workspaces};
use store::{Tx, idempotency, leads};

use crate::audit::Act;
use crate::{Actor, App, AppError, Permission, Who};

pub(crate) use check::{Draft as LeadDraft, Texts, moment, phone_of};
pub use door::FormSite;
pub(crate) use known::{KnownLeads, Sought};
pub(crate) use link::{Clues, Link, Sightings, Wanted, is_waiting, key};
pub(crate) use list::shown;
pub use list::{LeadQuery, LeadView, TrafficLabel};
pub(crate) use person::{Contact, People};
pub(crate) use post::words;
pub(crate) use states::follow_sales;
pub(crate) use status::hand_on;

/// Bytes of a request at most; a form with long answers has a few thousand.
pub const LEAD_REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Requests that are removed in one transaction.
const PURGE_ROWS_MAX: i64 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How far the clock of a sender may be ahead of ours.
pub(crate) const AHEAD_MS_MAX: i64 = 60_000;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct RawLead {
    /// Which door it came through: `form` or `api`.
    pub door: &'static str,
    pub body: Vec<u8>,
    /// The few headers that tell how to read it.
    pub headers: Map<String, Value>,
}

/// What a sender says of a lead. Empty text means that the part was not given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeadInput {
    /// The sender's own id: the same again is the same lead.
    pub external_id: String,
    pub name: String,
    pub phone: String,
    pub email: String,
    pub message: String,
    pub form: String,
    pub page: String,
    /// The visit number of the hidden field or cookie.
    pub visit: String,
    /// Our own click id or a platform's, such as a gclid.
    pub click_id: String,
    pub visitor: String,
    pub source: String,
    pub medium: String,
    pub campaign: String,
    /// RFC 3339; now when empty.
    pub at: String,
    /// Anything else that was asked.
    pub fields: Map<String, Value>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub id: LeadId,
    pub visit: Option<VisitId>,
    pub link_method: LinkMethod,
    pub duplicate_of: Option<LeadId>,
}

impl Received {
    /// Tells nothing of leads that the sender does not see.
    async fn hide_beyond(
        &mut self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        reach: &Reach,
    ) -> Result<(), AppError> {
        // What somebody has just sent is no secret to them, whatever channel it came by.
        let own = Reach {
            traffic_keys: None,
            ..reach.clone()
        };
        let sent = leads::list_reached_leads(tx, workspace, &own, &[self.id]).await?;
        if sent.is_empty() {
            return Err(AppError::Conflict {
                code: "already_exists",
                field: Some("external_id".to_owned()),
                detail: "another lead has this external_id".to_owned(),
            });
        }
        let original: Vec<LeadId> = self.duplicate_of.into_iter().collect();
        let seen = leads::list_reached_leads(tx, workspace, reach, &original).await?;
        self.duplicate_of = seen.first().copied();
        Ok(())
    }
}

impl App {
    /// Takes a request in: keeps it as it came, reads it with `read`, then links, compares and
    /// saves it. The same `external_id` again gives the same answer.
    ///
    /// # Errors
    /// When `read` refuses, a field is wrong, or the store fails. The raw request is kept even
    /// then, unless the store failed to take it.
    pub async fn receive_lead(
        &self,
        actor: &Actor,
        raw: RawLead,
        read: impl FnOnce(&[u8]) -> Result<LeadInput, AppError> + Send,
    ) -> Result<Received, AppError> {
        actor.require(Permission::WriteLeads)?;
        self.require_intake()?;
        if raw.body.len() > LEAD_REQUEST_BYTES_MAX {
            let detail = format!("a request has at most {LEAD_REQUEST_BYTES_MAX} bytes");
            return Err(AppError::invalid("body", "too_long", detail));
        }
        let RawLead {
            door,
            body,
            headers,
        } = raw;
        // Asked before anything is kept: what is answered with a refusal is not there later.
        let reach = self.stored_reach(actor).await?;
        let request = self.keep_request(actor, door, &body, headers).await?;
        let judged = match read(&body) {
            Ok(input) => self.judge(actor, &reach, input, request).await,
            Err(error) => Err(error),
        };
        if let Err(AppError::Invalid(_)) = &judged {
            self.refuse_request(actor.workspace, request, judged.as_ref().err())
                .await?;
        }
        judged
    }

    /// Removes requests that were judged long ago; those that wait stay. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn purge_lead_requests(&self) -> Result<u64, AppError> {
        let days = i64::from(self.inner.settings.lead_request_days);
        if days == 0 {
            return Ok(0);
        }
        let until = self.now().plus_ms(-days * DAY_MS);
        let mut purged = 0;
        loop {
            let mut tx = self.inner.store.begin().await?;
            let gone = lead_requests::purge_lead_requests(&mut tx, until, PURGE_ROWS_MAX).await?;
            tx.commit().await?;
            if gone == 0 {
                return Ok(purged);
            }
            purged += gone;
        }
    }

    async fn keep_request(
        &self,
        actor: &Actor,
        door: &str,
        body: &[u8],
        headers: Map<String, Value>,
    ) -> Result<LeadRequestId, AppError> {
        let request = NewLeadRequest {
            door: door.to_owned(),
            body: body.to_vec(),
            headers: Value::Object(headers),
            received_at: self.now(),
            request_key: idempotency::under_way().map(|request| request.key),
        };
        let mut tx = self.inner.store.begin().await?;
        self.require_standing(&mut tx, actor).await?;
        let id = lead_requests::insert_lead_request(&mut tx, actor.workspace, &request).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn refuse_request(
        &self,
        workspace: WorkspaceId,
        request: LeadRequestId,
        error: Option<&AppError>,
    ) -> Result<(), AppError> {
        let why = error.map(ToString::to_string).unwrap_or_default();
        let mut tx = self.inner.store.begin().await?;
        lead_requests::fail_lead_request(&mut tx, workspace, request, &why).await?;
        Ok(tx.commit().await?)
    }

    async fn judge(
        &self,
        actor: &Actor,
        reach: &Reach,
        input: LeadInput,
        request: LeadRequestId,
    ) -> Result<Received, AppError> {
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        drop(connection);
        let now = self.now();
        let mut draft = check::checked(input, &workspace.details, now)?;
        draft.request = Some(request);
        let mut wanted = Wanted::default();
        wanted.add(&draft.clues);
        let sightings = self.sightings(actor.workspace, wanted).await;
        let desk = save::LeadDesk {
            workspace,
            now,
            author: actor.user(),
            sightings,
            // Who sees a part only would lose sight of what they bring themselves.
            assignee: actor.people().and(actor.user()),
        };
        let mut tx = self.inner.store.begin_work().await?;
        let erased = &self.inner.erased;
        erased
            .veil_leads(&mut tx, actor.workspace, &mut [&mut draft])
            .await?;
        let mut bench = save::Bench::lay(&mut tx, &desk, &[&draft], None).await?;
        let mut received = desk.receive(&mut bench, &draft);
        bench.save(&mut tx).await?;
        received
            .hide_beyond(&mut tx, actor.workspace, reach)
            .await?;
        lead_requests::finish_lead_request(&mut tx, actor.workspace, request, received.id).await?;
        // What a visitor sends by a form is no act of the house.
        if actor.who != Who::System {
            self.note(&mut tx, actor, Act::LeadReceived, received.id, json!({}))
                .await?;
        }
        tx.set_made(received.id.0);
        tx.commit().await?;
        self.wake_relay();
        Ok(received)
    }
}
