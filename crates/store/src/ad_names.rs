//! What ad platforms call their campaigns, groups, ads and keywords, and since when.

use base::{UnixMillis, WorkspaceId};

use crate::filter::one_of_texts;
use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct AdName {
        pub source: String,
        /// `campaign`, `ad_group`, `ad` or `keyword`.
        pub level: String,
        pub external_id: String,
        pub name: String,
    }
}

record! {
    pub struct AdNameSeen {
        pub ad: AdName,
        pub first_seen_at: UnixMillis,
        pub last_seen_at: UnixMillis,
    }
}

/// Notes that the entity had this name at `seen_at`.
pub async fn put_ad_name(
    tx: &mut Tx,
    workspace: WorkspaceId,
    seen_at: UnixMillis,
    name: &AdName,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/ad_names/put_ad_name.sql"))
        .bind(&workspace)
        .bind(&seen_at)
        .bind(name)
        .execute(tx)
        .await?;
    Ok(())
}

/// Every name that every entity ever had; the last one of an entity is its newest.
pub async fn list_ad_names(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<AdNameSeen>, StoreError> {
    Statement::new(include_str!("queries/ad_names/list_ad_names.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The names that some entities ever had; the last one of an entity is its newest.
pub async fn list_ad_names_of(
    connection: &mut Connection,
    workspace: WorkspaceId,
    source: &str,
    level: &str,
    external_ids: &[&str],
) -> Result<Vec<AdNameSeen>, StoreError> {
    Statement::new(include_str!("queries/ad_names/list_ad_names_of.sql"))
        .bind(&workspace)
        .bind(source)
        .bind(level)
        .bind(&one_of_texts(external_ids))
        .all(connection)
        .await
}
