//! Proofs: before what somebody at a browser left open must not do, the person proves again that it
//! is them.

use serde_json::json;
use store::{Tx, sessions, throttle, users};

use crate::audit::Act;
use crate::second_factor::{code_missing, given, has_second_factor};
use crate::sign_in::Visitor;
use crate::{App, AppError};

impl App {
    /// # Errors
    /// [`AppError::ProofNeeded`] when the person has not proved lately that it is them. A proof
    /// that is yet to come was made by a clock that ran ahead, and counts for nothing.
    pub fn require_proof(&self, visitor: &Visitor) -> Result<(), AppError> {
        let now = self.now();
        let age_ms = now.since_ms(visitor.proved_at);
        let is_ahead = age_ms < -throttle::AHEAD_MS;
        if is_ahead || age_ms > self.inner.settings.proof_s.saturating_mul(1000) {
            return Err(AppError::ProofNeeded);
        }
        Ok(())
    }

    /// For what a password opens: where a second factor is on, it has to have been given lately
    /// too.
    ///
    /// # Errors
    /// [`AppError::ProofNeeded`] where that is not so.
    pub(crate) async fn require_proof_beyond_password(
        &self,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let is_asked = {
            let mut connection = self.inner.store.read().await?;
            has_second_factor(&mut connection, visitor.user).await?
        };
        match is_asked {
            true => self.require_proof(visitor),
            false => Ok(()),
        }
    }

    /// Proves by the password, and a code where there is a second factor, that it is the person.
    ///
    /// # Errors
    /// When one of them is wrong, or the code is missing; [`AppError::TooManyAttempts`] after too
    /// many wrong ones.
    pub async fn prove(
        &self,
        visitor: &Visitor,
        password: String,
        code: Option<&str>,
    ) -> Result<(), AppError> {
        let user = self
            .check_own_password(visitor, "password", password)
            .await?;
        let mut tx = self.proving_tx(&user, code).await?;
        sessions::prove_session(&mut tx, user.id, visitor.session, self.now()).await?;
        self.note_person(
            &mut tx,
            user.id,
            user.called(),
            Act::SessionProved,
            json!({}),
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// The transaction of a proof, in which the code was taken where one is asked for.
    async fn proving_tx(&self, user: &users::User, code: Option<&str>) -> Result<Tx, AppError> {
        let mut tx = self.inner.store.begin().await?;
        if !has_second_factor(&mut tx, user.id).await? {
            return Ok(tx);
        }
        drop(tx);
        match given(code) {
            Some(code) => self.proved_tx(user, code).await,
            None => Err(code_missing()),
        }
    }
}
