//! Tokens: secrets that went out by mail or were shown once, each for one door.

use base::{UnixMillis, UserId};

use crate::statement::{Statement, record};
use crate::{Connection, InvitationId, StoreError, Tx};

record! {
    pub struct Token {
        /// Hash of the secret; the secret itself is never stored.
        pub secret_hash: Vec<u8>,
        pub purpose: String,
        /// The address that it is about.
        pub email: String,
        /// Only the mail to `email` had the secret, so that whoever shows it reads that mail.
        pub is_mailed: bool,
        pub user_id: Option<UserId>,
        pub invitation_id: Option<InvitationId>,
        pub expires_at: UnixMillis,
    }
}

pub async fn insert_token(tx: &mut Tx, token: &Token) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/tokens/insert_token.sql"))
        .bind(token)
        .execute(tx)
        .await?;
    Ok(())
}

/// The token of a secret, unless it has expired.
pub async fn find_token(
    connection: &mut Connection,
    secret_hash: &[u8],
    purpose: &str,
    now: UnixMillis,
) -> Result<Option<Token>, StoreError> {
    Statement::new(include_str!("queries/tokens/find_token.sql"))
        .bind(secret_hash)
        .bind(purpose)
        .bind(&now)
        .find(connection)
        .await
}

/// Makes every token of a person for a purpose worthless.
pub async fn delete_tokens_of_user(
    tx: &mut Tx,
    user: UserId,
    purpose: &str,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/tokens/delete_tokens_of_user.sql"))
        .bind(&user)
        .bind(purpose)
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes every token of an invitation worthless.
pub async fn delete_tokens_of_invitation(tx: &mut Tx, id: InvitationId) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/tokens/delete_tokens_of_invitation.sql"
    ))
    .bind(&id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes what has expired; the number removed.
pub async fn purge_tokens(tx: &mut Tx, now: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/tokens/purge_tokens.sql"))
        .bind(&now)
        .execute(tx)
        .await
}
