//! Writes that are sent twice and done once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base::WorkspaceId;
use store::idempotency::{self, DoneWork, IdempotencyClaim, Request};

use crate::{Actor, App, AppError, Who};

/// Longest idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 200;

type Hash = [u8; 32];

/// What is to be done with a request that carries a key.
#[derive(Debug)]
pub enum Turn {
    /// Do the work [`Ticket::within`] it, then call [`App::remember_answer`] or
    /// [`App::forget_request`].
    Work(Ticket),
    /// It was done; this was the answer.
    Answered { status: u16, body: Vec<u8> },
    /// It was done, but its answer was lost; the id of what it made, where it made one thing.
    Unanswered { made: Option<i64> },
}

/// The right to work on a request; as long as it lives nobody else gets it.
#[derive(Debug)]
pub struct Ticket {
    request: Request,
    under_way: UnderWay,
}

/// Requests being worked on, with a hash of what they ask.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashMap<Request, Hash>>>);

impl UnderWay {
    fn enter(&self, request: Request, hash: Hash) -> Result<Ticket, AppError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&request) {
            Some(other) if *other != hash => Err(reused()),
            Some(_) => {
                let detail = "the first request is still under way";
                Err(conflict("request_in_progress", detail))
            }
            None => {
                all.insert(request.clone(), hash);
                Ok(Ticket {
                    request,
                    under_way: self.clone(),
                })
            }
        }
    }
}

impl Ticket {
    /// Does the work so that it is committed once, whatever becomes of its answer.
    pub async fn within<F: Future>(&self, work: F) -> F::Output {
        idempotency::within(self.request.clone(), work).await
    }

    fn parts(&self) -> (WorkspaceId, &str) {
        (self.request.workspace, &self.request.key)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let all = self.under_way.0.lock();
        all.unwrap_or_else(PoisonError::into_inner)
            .remove(&self.request);
    }
}

impl App {
    /// Claims a key for a request. What an earlier try has not committed is done anew: it was
    /// broken off by a crash, or by a sender that hung up.
    ///
    /// # Errors
    /// When the key is too long, was used for another request, or the first one is under way.
    pub async fn claim_request(
        &self,
        actor: &Actor,
        key: &str,
        request: &[u8],
    ) -> Result<Turn, AppError> {
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
            let detail = format!("use 1 to {IDEMPOTENCY_KEY_BYTES_MAX} characters");
            return Err(AppError::invalid("Idempotency-Key", "bad_length", detail));
        }
        let hash = hash_of(actor, request);
        let named = Request {
            workspace: actor.workspace,
            key: key.to_owned(),
        };
        let ticket = self.inner.under_way.enter(named, hash)?;
        let mut tx = self.inner.store.begin().await?;
        let (workspace, now) = (actor.workspace, self.now());
        let claim = idempotency::claim_idempotency_key(&mut tx, workspace, key, &hash, now).await?;
        tx.commit().await?;
        match claim {
            IdempotencyClaim::New | IdempotencyClaim::Unfinished => Ok(Turn::Work(ticket)),
            IdempotencyClaim::Done { status, body } => Ok(Turn::Answered {
                status: u16::try_from(status).unwrap_or(200),
                body,
            }),
            IdempotencyClaim::Unanswered { made } => Ok(Turn::Unanswered { made }),
            IdempotencyClaim::OtherRequest => Err(reused()),
        }
    }

    /// Keeps the answer for a repeated request.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remember_answer(
        &self,
        ticket: Ticket,
        status: u16,
        body: &[u8],
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        let (workspace, key) = ticket.parts();
        let status = i64::from(status);
        idempotency::complete_idempotency_key(&mut tx, workspace, key, status, body).await?;
        tx.commit().await?;
        drop(ticket);
        Ok(())
    }

    /// Keeps no answer. Where no work was done the key may be tried again; where it was, by this
    /// try or another, the key stays used, and what was made is told.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_request(&self, ticket: Ticket) -> Result<Option<DoneWork>, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let (workspace, key) = ticket.parts();
        idempotency::release_idempotency_key(&mut tx, workspace, key).await?;
        let done = idempotency::find_done_work(&mut tx, workspace, key).await?;
        tx.commit().await?;
        drop(ticket);
        Ok(done)
    }
}

/// Tells requests apart, and who sent them: an answer is nobody else's.
fn hash_of(actor: &Actor, request: &[u8]) -> Hash {
    let (kind, id) = match &actor.who {
        Who::Person { user, .. } => ("person", user.0),
        Who::Key { id, .. } => ("key", id.0),
        Who::System => ("system", 0),
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{kind} {id}\n").as_bytes());
    hasher.update(request);
    *hasher.finalize().as_bytes()
}

fn reused() -> AppError {
    conflict("key_reused", "this key was used for a different request")
}

fn conflict(code: &'static str, detail: &str) -> AppError {
    AppError::Conflict {
        code,
        field: Some("Idempotency-Key".to_owned()),
        detail: detail.to_owned(),
    }
}
