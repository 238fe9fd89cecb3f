//! Share links: secrets that show a saved view to whoever has them, until they expire.

use base::{UnixMillis, UserId, WorkspaceId};
use serde_json::Value as Json;

use crate::statement::{Statement, record};
use crate::{Connection, SavedViewId, ShareLinkId, StoreError, Tx};

record! {
    pub struct NewShareLink {
        pub workspace_id: WorkspaceId,
        pub created_at: UnixMillis,
        /// Whose reach bounds what is shown.
        pub author_id: UserId,
        pub view_id: SavedViewId,
        pub secret_hash: Vec<u8>,
        /// Empty where none is asked for.
        pub password_hash: String,
        /// A list, where not all metrics of the view are shown.
        pub metrics: Option<Json>,
        pub expires_at: UnixMillis,
    }
}

record! {
    pub struct ShareLink {
        pub workspace_id: WorkspaceId,
        pub id: ShareLinkId,
        pub author_id: UserId,
        pub view_id: SavedViewId,
        pub password_hash: String,
        pub metrics: Option<Json>,
        pub expires_at: UnixMillis,
        pub created_at: UnixMillis,
        pub looks: i64,
        /// How many of them the audit log tells of, and since when.
        pub looks_noted: i64,
        pub noted_at: Option<UnixMillis>,
        pub looked_at: Option<UnixMillis>,
    }
}

pub async fn insert_share_link(
    tx: &mut Tx,
    link: &NewShareLink,
) -> Result<ShareLinkId, StoreError> {
    Statement::new(include_str!("queries/share_links/insert_share_link.sql"))
        .bind(link)
        .value(tx)
        .await
}

/// The link of a secret, unless it was revoked or is too old.
pub async fn find_share_link(
    connection: &mut Connection,
    secret_hash: &[u8],
    now: UnixMillis,
) -> Result<Option<ShareLink>, StoreError> {
    Statement::new(include_str!("queries/share_links/find_share_link.sql"))
        .bind(secret_hash)
        .bind(&now)
        .find(connection)
        .await
}

/// Those that open something, newest first.
pub async fn list_share_links(
    connection: &mut Connection,
    workspace: WorkspaceId,
    now: UnixMillis,
) -> Result<Vec<ShareLink>, StoreError> {
    Statement::new(include_str!("queries/share_links/list_share_links.sql"))
        .bind(&workspace)
        .bind(&now)
        .all(connection)
        .await
}

pub async fn revoke_share_link(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ShareLinkId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/share_links/revoke_share_link.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .execute_on(tx, "share link", id)
        .await
}

pub async fn count_look(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ShareLinkId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/share_links/count_look.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .execute_on(tx, "share link", id)
        .await
}

/// The audit log tells of so many looks now.
pub async fn note_looks(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ShareLinkId,
    looks: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/share_links/note_looks.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&looks)
        .bind(&now)
        .execute_on(tx, "share link", id)
        .await
}
