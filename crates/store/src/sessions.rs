//! Sessions: signed-in browsers, listed and revocable.

use base::{UnixMillis, UserId};

use crate::statement::{Statement, record};
use crate::{Connection, Keyset, Page, PageRequest, SessionId, StoreError, Tx};

record! {
    pub struct NewSession {
        pub user_id: UserId,
        /// Hash of the cookie's token; the token itself is never stored.
        pub token_hash: Vec<u8>,
        pub created_at: UnixMillis,
        pub last_used_at: UnixMillis,
        pub expires_at: UnixMillis,
        pub user_agent: String,
        /// Address with its last part cut off.
        pub ip_trunc: String,
        /// When the person last proved that it is them.
        pub proved_at: UnixMillis,
        /// `password`, `passkey`, `provider`, or `provider_twice` where it vouched for a second
        /// factor too.
        pub signed_in_by: String,
    }
}

record! {
    pub struct Session {
        pub id: SessionId,
        pub user_id: UserId,
        pub created_at: UnixMillis,
        pub last_used_at: UnixMillis,
        pub expires_at: UnixMillis,
        pub user_agent: String,
        pub ip_trunc: String,
        /// When the person last proved that it is them.
        pub proved_at: UnixMillis,
        /// As in [`NewSession`].
        pub signed_in_by: String,
    }
}

pub async fn insert_session(tx: &mut Tx, session: &NewSession) -> Result<SessionId, StoreError> {
    Statement::new(include_str!("queries/sessions/insert_session.sql"))
        .bind(session)
        .value(tx)
        .await
}

/// The session of a token, unless it has expired.
pub async fn find_session(
    connection: &mut Connection,
    token_hash: &[u8],
    now: UnixMillis,
) -> Result<Option<Session>, StoreError> {
    Statement::new(include_str!("queries/sessions/find_session.sql"))
        .bind(token_hash)
        .bind(&now)
        .find(connection)
        .await
}

/// Live sessions of a user, the most recently used first.
pub async fn list_sessions(
    connection: &mut Connection,
    user: UserId,
    now: UnixMillis,
    page: PageRequest,
) -> Result<Page<Session>, StoreError> {
    Statement::new(include_str!("queries/sessions/list_sessions.sql"))
        .bind(&user)
        .bind(&now)
        .page(connection, page, |one: &Session| Keyset {
            at: one.last_used_at,
            id: one.id.0,
        })
        .await
}

/// Whether the user has this session still.
pub async fn is_session_live(
    connection: &mut Connection,
    user: UserId,
    id: SessionId,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let found: i64 = Statement::new(include_str!("queries/sessions/is_session_live.sql"))
        .bind(&user)
        .bind(&id)
        .bind(&now)
        .value(connection)
        .await?;
    Ok(found > 0)
}

pub async fn touch_session(
    tx: &mut Tx,
    id: SessionId,
    now: UnixMillis,
    expires_at: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/sessions/touch_session.sql"))
        .bind(&id)
        .bind(&now)
        .bind(&expires_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// [`StoreError::NotFound`] when the user has no such session any more.
pub async fn prove_session(
    tx: &mut Tx,
    user: UserId,
    id: SessionId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/sessions/prove_session.sql"))
        .bind(&user)
        .bind(&id)
        .bind(&now)
        .execute_on(tx, "session", id)
        .await
}

/// [`StoreError::NotFound`] when the user has no such session.
pub async fn delete_session(tx: &mut Tx, user: UserId, id: SessionId) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/sessions/delete_session.sql"))
        .bind(&user)
        .bind(&id)
        .execute_on(tx, "session", id)
        .await
}

/// Ends every session of the user but `keep`; the number ended.
pub async fn delete_other_sessions(
    tx: &mut Tx,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, StoreError> {
    // Ids begin at one, so zero keeps nothing.
    Statement::new(include_str!("queries/sessions/delete_other_sessions.sql"))
        .bind(&user)
        .bind(&keep.unwrap_or(SessionId(0)))
        .execute(tx)
        .await
}

/// Ends at `latest` what would live longer; the number shortened.
pub async fn cap_sessions(tx: &mut Tx, latest: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/sessions/cap_sessions.sql"))
        .bind(&latest)
        .execute(tx)
        .await
}

/// Removes what has expired; the number removed.
pub async fn purge_sessions(tx: &mut Tx, now: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/sessions/purge_sessions.sql"))
        .bind(&now)
        .execute(tx)
        .await
}
