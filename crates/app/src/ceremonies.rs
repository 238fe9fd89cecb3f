//! Ceremonies: what a browser begins with one request and ends with another. What somebody who is
//! signed in has begun stays in the store; what a stranger has begun goes along sealed, so that
//! beginning costs nothing, and the store keeps only that it was ended. Any node can end either,
//! once.

use base::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ceremonies::{self, Ceremony};

use crate::error::Step as _;
use crate::sign_in::{Visitor, digest};
use crate::{App, AppError};

/// Long enough to look for a device, too short to be of use to anybody else.
const LIFE_MS: i64 = 5 * 60 * 1000;

/// What a ceremony is for: one that was begun for something else ends nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceremonial {
    NewPasskey,
    Proof,
    SignIn,
    ProviderCode,
    ProviderLink,
    ProviderProof,
    ProviderSignIn,
}

/// What a stranger's browser holds sealed.
#[derive(Serialize, Deserialize)]
struct Held {
    state: Value,
    expires_at: UnixMillis,
}

impl Ceremonial {
    fn name(self) -> &'static str {
        match self {
            Self::NewPasskey => "add a passkey",
            Self::Proof => "prove by passkey",
            Self::SignIn => "sign in by passkey",
            Self::ProviderCode => "give a code behind the provider",
            Self::ProviderLink => "link an account of the provider",
            Self::ProviderProof => "prove by the provider",
            Self::ProviderSignIn => "sign in by the provider",
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
        let ceremony = Ceremony {
            browser_hash: mark_of(purpose, visitor).to_vec(),
            state,
            expires_at: self.now().plus_ms(LIFE_MS),
        };
        let mut tx = self.inner.store.begin().await?;
        ceremonies::put_ceremony(&mut tx, &ceremony).await?;
        Ok(tx.commit().await?)
    }

    /// Begins a ceremony of a stranger; what their browser has to show to end it.
    pub(crate) fn begin_ceremony(
        &self,
        purpose: Ceremonial,
        state: Value,
    ) -> Result<String, AppError> {
        let expires_at = self.now().plus_ms(LIFE_MS);
        let held = serde_json::to_vec(&Held { state, expires_at }).step("begin a ceremony")?;
        self.seal_for_browser(purpose.name(), &held)
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
        let mut tx = self.inner.store.begin().await?;
        let found = ceremonies::take_ceremony(&mut tx, &mark_of(purpose, visitor)).await?;
        tx.commit().await?;
        found
            .filter(|begun| self.is_live(begun.expires_at))
            .map(|begun| begun.state)
            .ok_or_else(over)
    }

    /// What the browser that shows this has begun. It is used up, whatever comes of it. What was
    /// not begun here is refused without a look at the store.
    ///
    /// # Errors
    /// When nothing was begun, or too long ago, or it was ended before.
    pub(crate) async fn take_ceremony(
        &self,
        purpose: Ceremonial,
        shown: Option<&str>,
    ) -> Result<Value, AppError> {
        let held = self.held(purpose, shown)?;
        let shown = shown.unwrap_or_default();
        let ended = Ceremony {
            browser_hash: digest(shown).to_vec(),
            state: json!({}),
            expires_at: held.expires_at,
        };
        let mut tx = self.inner.store.begin().await?;
        let is_first = ceremonies::end_ceremony(&mut tx, &ended).await?;
        tx.commit().await?;
        is_first.then_some(held.state).ok_or_else(over)
    }

    /// The same without using it up: what ends it may be told again.
    pub(crate) fn look_at_ceremony(
        &self,
        purpose: Ceremonial,
        shown: Option<&str>,
    ) -> Result<Value, AppError> {
        self.held(purpose, shown).map(|held| held.state)
    }

    fn held(&self, purpose: Ceremonial, shown: Option<&str>) -> Result<Held, AppError> {
        let shown = shown.ok_or_else(over)?;
        let held = self.open_from_browser(purpose.name(), shown);
        let held = held.ok_or_else(over)?;
        let held: Held = serde_json::from_slice(&held).step("end a ceremony")?;
        match self.is_live(held.expires_at) {
            true => Ok(held),
            false => Err(over()),
        }
    }

    /// One that ends too far in the future was begun by a clock that ran ahead.
    fn is_live(&self, expires_at: UnixMillis) -> bool {
        let now = self.now();
        expires_at > now && expires_at <= now.plus_ms(LIFE_MS)
    }
}

fn mark_of(purpose: Ceremonial, visitor: &Visitor) -> [u8; 32] {
    digest(&format!(
        "{} in session {}",
        purpose.name(),
        visitor.session
    ))
}

fn over() -> AppError {
    AppError::Conflict {
        code: "ceremony_over",
        field: None,
        detail: "this was begun elsewhere, is done, or took too long: begin again".to_owned(),
    }
}
