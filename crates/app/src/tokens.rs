//! Tokens: secrets that open one door, once, and then or after a while are worth nothing.

use base::{UnixMillis, UserId};
use store::tokens::{self, Token};
use store::{Connection, InvitationId, Tx};

use crate::sign_in::digest;
use crate::{App, AppError, surroundings};

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFor {
    /// Joining a workspace.
    Invitation,
    /// A new password.
    Reset,
    /// Calling an address one's own.
    Verification,
}

/// Who a token is for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holder {
    pub(crate) email: String,
    pub(crate) user: Option<UserId>,
    pub(crate) invitation: Option<InvitationId>,
    /// When what the token opens ends by itself, if it does.
    pub(crate) until: Option<UnixMillis>,
}

impl TokenFor {
    fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Verification => "verification",
        }
    }

    /// How long the token is worth something.
    pub(crate) fn life_ms(self) -> i64 {
        match self {
            Self::Invitation => 72 * HOUR_MS,
            Self::Reset => 30 * MINUTE_MS,
            Self::Verification => 24 * HOUR_MS,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Invitation => "join",
            Self::Reset => "reset-password",
            Self::Verification => "verify-email",
        }
    }
}

impl App {
    /// Makes a token; the address that opens its door. The secret stands behind the `#`, which
    /// browsers do not send, so no log of a server or proxy has it.
    pub(crate) async fn issue_token(
        &self,
        tx: &mut Tx,
        door: TokenFor,
        holder: Holder,
        is_mailed: bool,
    ) -> Result<String, AppError> {
        let secret = surroundings::secret(self.inner.surroundings.as_ref());
        let end = self.now().plus_ms(door.life_ms());
        let token = Token {
            secret_hash: digest(&secret).to_vec(),
            purpose: door.name().to_owned(),
            email: holder.email,
            is_mailed,
            user_id: holder.user,
            invitation_id: holder.invitation,
            expires_at: holder.until.map_or(end, |until| until.min(end)),
        };
        tokens::insert_token(tx, &token).await?;
        let base = &self.inner.settings.base_url;
        Ok(format!("{base}/{}#{secret}", door.path()))
    }
}

/// The token of a secret.
///
/// # Errors
/// When it never was one, was used, or is too old: nobody learns which.
pub(crate) async fn find_token(
    connection: &mut Connection,
    door: TokenFor,
    secret: &str,
    now: UnixMillis,
) -> Result<Token, AppError> {
    tokens::find_token(connection, &digest(secret), door.name(), now)
        .await?
        .ok_or_else(worthless)
}

/// Makes every token of a person for a door worthless.
pub(crate) async fn use_up(tx: &mut Tx, door: TokenFor, user: UserId) -> Result<(), AppError> {
    Ok(tokens::delete_tokens_of_user(tx, user, door.name()).await?)
}

pub(crate) fn worthless() -> AppError {
    AppError::Conflict {
        code: "link_expired",
        field: None,
        detail: "this link was used, taken back or is too old: ask for a new one".to_owned(),
    }
}
