//! Writes that are sent twice and done once.

use store::idempotency::{self, IdempotencyClaim};

use crate::{Actor, App, AppError};

/// Longest idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 200;

/// What is to be done with a request that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Do the work, then call [`App::remember_answer`] or [`App::forget_request`].
    Work,
    /// It was done; this was the answer.
    Answered { status: u16, body: Vec<u8> },
}

impl App {
    /// Claims a key for a request.
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
        let hash = *blake3::hash(request).as_bytes();
        let mut tx = self.inner.store.begin().await?;
        let claim =
            idempotency::claim_idempotency_key(&mut tx, actor.workspace, key, &hash, self.now())
                .await?;
        tx.commit().await?;
        let conflict = |code, detail: &str| AppError::Conflict {
            code,
            field: Some("Idempotency-Key".to_owned()),
            detail: detail.to_owned(),
        };
        match claim {
            IdempotencyClaim::New => Ok(Turn::Work),
            IdempotencyClaim::Done { status, body } => Ok(Turn::Answered {
                status: u16::try_from(status).unwrap_or(200),
                body,
            }),
            IdempotencyClaim::InProgress => Err(conflict(
                "request_in_progress",
                "the first request is still under way",
            )),
            IdempotencyClaim::OtherRequest => Err(conflict(
                "key_reused",
                "this key was used for a different request",
            )),
        }
    }

    /// Keeps the answer for a repeated request.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remember_answer(
        &self,
        actor: &Actor,
        key: &str,
        status: u16,
        body: &[u8],
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        let status = i64::from(status);
        idempotency::complete_idempotency_key(&mut tx, actor.workspace, key, status, body).await?;
        Ok(tx.commit().await?)
    }

    /// Lets the keys be tried again whose work a crash interrupted: nobody will ever answer it.
    pub(crate) async fn forget_interrupted_requests(&self) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        idempotency::release_unfinished_keys(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Lets the key be tried again, because the work failed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_request(&self, actor: &Actor, key: &str) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        idempotency::release_idempotency_key(&mut tx, actor.workspace, key).await?;
        Ok(tx.commit().await?)
    }
}
