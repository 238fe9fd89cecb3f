//! Ceremonies: what a browser begins with one request and ends with another. What it has to be
//! held against stays in the store, so that any node can end it, and is given out once.

use serde_json::Value;
use store::ceremonies::{self, Ceremony};

use crate::sign_in::{Visitor, digest};
use crate::{App, AppError, surroundings};

/// Long enough to look for a device, too short to be of use to anybody else.
const LIFE_MS: i64 = 5 * 60 * 1000;
/// Strangers of one network may have so many under way.
const STRANGERS_MAX: i64 = 100;

/// What a ceremony is for: one that was begun for something else ends nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceremonial {
    NewPasskey,
    Proof,
    SignIn,
}

impl Ceremonial {
    fn name(self) -> &'static str {
        match self {
            Self::NewPasskey => "add a passkey",
            Self::Proof => "prove by passkey",
            Self::SignIn => "sign in by passkey",
        }
    }
}

impl App {
    /// Begins a ceremony of somebody who is signed in: their session ends it.
    pub(crate) async fn begin_own_ceremony(
        &self,
        purpose: Ceremonial,
        visitor: &Visitor,
        state: Value,
    ) -> Result<(), AppError> {
        self.put_ceremony(mark_of(purpose, visitor), "", state)
            .await
    }

    /// Begins a ceremony of a stranger; what their browser has to show to end it.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`] where strangers of the network have too many under way.
    pub(crate) async fn begin_ceremony(
        &self,
        purpose: Ceremonial,
        network: &str,
        state: Value,
    ) -> Result<String, AppError> {
        let under_way = {
            let mut connection = self.inner.store.read().await?;
            ceremonies::count_ceremonies(&mut connection, network, self.now()).await?
        };
        if under_way >= STRANGERS_MAX {
            let retry_after_s = LIFE_MS / 1000;
            return Err(AppError::TooManyAttempts { retry_after_s });
        }
        let shown = surroundings::secret(self.inner.surroundings.as_ref());
        self.put_ceremony(mark_of_stranger(purpose, &shown), network, state)
            .await?;
        Ok(shown)
    }

    /// What the person's session has begun. It is used up, whatever comes of it.
    ///
    /// # Errors
    /// When nothing was begun, or too long ago.
    pub(crate) async fn take_own_ceremony(
        &self,
        purpose: Ceremonial,
        visitor: &Visitor,
    ) -> Result<Value, AppError> {
        self.take(mark_of(purpose, visitor)).await
    }

    /// What the browser that shows this has begun. It is used up, whatever comes of it.
    ///
    /// # Errors
    /// When nothing was begun, or too long ago.
    pub(crate) async fn take_ceremony(
        &self,
        purpose: Ceremonial,
        shown: Option<&str>,
    ) -> Result<Value, AppError> {
        let shown = shown.ok_or_else(over)?;
        self.take(mark_of_stranger(purpose, shown)).await
    }

    async fn put_ceremony(
        &self,
        browser_hash: [u8; 32],
        network: &str,
        state: Value,
    ) -> Result<(), AppError> {
        let ceremony = Ceremony {
            browser_hash: browser_hash.to_vec(),
            network: network.to_owned(),
            state,
            expires_at: self.now().plus_ms(LIFE_MS),
        };
        let mut tx = self.inner.store.begin().await?;
        ceremonies::put_ceremony(&mut tx, &ceremony).await?;
        Ok(tx.commit().await?)
    }

    async fn take(&self, browser_hash: [u8; 32]) -> Result<Value, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let found = ceremonies::take_ceremony(&mut tx, &browser_hash).await?;
        tx.commit().await?;
        let now = self.now();
        // One that ends too far in the future was begun by a clock that ran ahead.
        let is_live = |begun: &ceremonies::Begun| {
            begun.expires_at > now && begun.expires_at <= now.plus_ms(LIFE_MS)
        };
        found
            .filter(is_live)
            .map(|begun| begun.state)
            .ok_or_else(over)
    }
}

fn mark_of(purpose: Ceremonial, visitor: &Visitor) -> [u8; 32] {
    digest(&format!(
        "{} in session {}",
        purpose.name(),
        visitor.session
    ))
}

fn mark_of_stranger(purpose: Ceremonial, shown: &str) -> [u8; 32] {
    digest(&format!("{} with {shown}", purpose.name()))
}

fn over() -> AppError {
    AppError::Conflict {
        code: "ceremony_over",
        field: None,
        detail: "this was begun elsewhere, is done, or took too long: begin again".to_owned(),
    }
}
