//! API keys: programs that act for a workspace.

use base::{UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{ApiKeyId, Connection, Keyset, Page, PageRequest, ServiceAccountId, StoreError, Tx};

record! {
    pub struct NewApiKey {
        pub workspace_id: WorkspaceId,
        pub name: String,
        /// The first letters of the secret, to recognise it by.
        pub prefix: String,
        /// Hash of the secret; the secret itself is never stored.
        pub key_hash: Vec<u8>,
        pub scopes: Vec<String>,
        pub created_at: UnixMillis,
        /// `None` where the key never ends by itself.
        pub expires_at: Option<UnixMillis>,
        /// Whose it is; `None` for a key of the workspace.
        pub service_account_id: Option<ServiceAccountId>,
    }
}

record! {
    pub struct ApiKey {
        pub id: ApiKeyId,
        pub workspace_id: WorkspaceId,
        pub name: String,
        pub prefix: String,
        pub scopes: Vec<String>,
        pub created_at: UnixMillis,
        pub last_used_at: Option<UnixMillis>,
        pub expires_at: Option<UnixMillis>,
        pub service_account_id: Option<ServiceAccountId>,
    }
}

pub async fn insert_api_key(tx: &mut Tx, key: &NewApiKey) -> Result<ApiKeyId, StoreError> {
    Statement::new(include_str!("queries/api_keys/insert_api_key.sql"))
        .bind(key)
        .value(tx)
        .await
}

/// The key that was not revoked and has not expired, whatever its workspace: this is how a request
/// finds its own.
pub async fn find_api_key(
    connection: &mut Connection,
    key_hash: &[u8],
    now: UnixMillis,
) -> Result<Option<ApiKey>, StoreError> {
    Statement::new(include_str!("queries/api_keys/find_api_key.sql"))
        .bind(key_hash)
        .bind(&now)
        .find(connection)
        .await
}

/// The key that is in use, whatever its workspace: by its id, for a message that it signed.
pub async fn find_live_key(
    connection: &mut Connection,
    id: ApiKeyId,
    now: UnixMillis,
) -> Result<Option<ApiKey>, StoreError> {
    Statement::new(include_str!("queries/api_keys/find_live_key.sql"))
        .bind(&id)
        .bind(&now)
        .find(connection)
        .await
}

/// Whether the key is in use still.
pub async fn is_key_live(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ApiKeyId,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let found: i64 = Statement::new(include_str!("queries/api_keys/is_key_live.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .value(connection)
        .await?;
    Ok(found > 0)
}

/// Those in use, newest first.
pub async fn list_api_keys(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<ApiKey>, StoreError> {
    Statement::new(include_str!("queries/api_keys/list_api_keys.sql"))
        .bind(&workspace)
        .page(connection, page, |one: &ApiKey| Keyset {
            at: one.created_at,
            id: one.id.0,
        })
        .await
}

pub async fn touch_api_key(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ApiKeyId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/api_keys/touch_api_key.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes uses of keys by the digests of their secrets, whatever their workspace; one that is known
/// to be later stays.
pub async fn touch_api_keys(
    tx: &mut Tx,
    uses: &[([u8; 32], UnixMillis)],
) -> Result<(), StoreError> {
    for (digest, at) in uses {
        Statement::new(include_str!("queries/api_keys/touch_api_keys.sql"))
            .bind(digest.as_slice())
            .bind(at)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// [`StoreError::NotFound`] when there is no such key, or it was revoked before.
pub async fn revoke_api_key(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ApiKeyId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/api_keys/revoke_api_key.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .execute_on(tx, "api key", id)
        .await
}

record! {
    /// What collecting needs of a key.
    pub struct KeyDigest {
        pub workspace_id: WorkspaceId,
        pub key_hash: Vec<u8>,
        pub scopes: Vec<String>,
        pub expires_at: Option<UnixMillis>,
        /// Of the program whose it is.
        pub role: Option<String>,
    }
}

/// Keys in use in all workspaces, for the snapshot that collecting works with.
pub async fn list_all_api_keys(connection: &mut Connection) -> Result<Vec<KeyDigest>, StoreError> {
    Statement::new(include_str!("queries/api_keys/list_all_api_keys.sql"))
        .all(connection)
        .await
}
