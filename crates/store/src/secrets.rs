//! Values that are kept encrypted. What is here cannot be read without the master key, which is
//! somewhere else.

use base::{UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct SealedSecret {
        /// `None` where the value belongs to a person, who is of no workspace.
        pub workspace_id: Option<WorkspaceId>,
        /// The table that the value is of.
        pub owner: String,
        /// What of the record it is.
        pub field: String,
        pub owner_id: i64,
        /// The master key that wraps the value's own.
        pub key_id: String,
        pub wrapped_key: Vec<u8>,
        pub sealed: Vec<u8>,
    }
}

/// Keeps a value in the place of the one before it.
pub async fn put_secret(tx: &mut Tx, secret: &SealedSecret) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/secrets/put_secret.sql"))
        .bind(secret)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn find_secret(
    connection: &mut Connection,
    owner: &str,
    field: &str,
    owner_id: i64,
) -> Result<Option<SealedSecret>, StoreError> {
    Statement::new(include_str!("queries/secrets/find_secret.sql"))
        .bind(owner)
        .bind(field)
        .bind(&owner_id)
        .find(connection)
        .await
}

/// What API keys signed with that are in use no more.
pub async fn purge_key_secrets(tx: &mut Tx, now: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/secrets/purge_key_secrets.sql"))
        .bind(&now)
        .execute(tx)
        .await
}

pub async fn delete_secret(
    tx: &mut Tx,
    owner: &str,
    field: &str,
    owner_id: i64,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/secrets/delete_secret.sql"))
        .bind(owner)
        .bind(field)
        .bind(&owner_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The first values of the whole installation that a master key wraps.
pub async fn list_secrets_of_key(
    connection: &mut Connection,
    key_id: &str,
    limit: i64,
) -> Result<Vec<SealedSecret>, StoreError> {
    Statement::new(include_str!("queries/secrets/list_secrets_of_key.sql"))
        .bind(key_id)
        .bind(&limit)
        .all(connection)
        .await
}

/// How many values the whole installation keeps.
pub async fn count_secrets(connection: &mut Connection) -> Result<i64, StoreError> {
    Statement::new(include_str!("queries/secrets/count_secrets.sql"))
        .value(connection)
        .await
}
