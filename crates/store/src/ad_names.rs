//! What imports call campaigns, ad groups and ads by their ids, and on which days.

use base::{Day, ImportId, UnixMillis, WorkspaceId};

use crate::filter::one_of_texts;
use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct AdNameSighting {
        pub source: String,
        /// `campaign`, `ad_group` or `ad`.
        pub level: String,
        pub external_id: String,
        pub name: String,
        pub first_day: Day,
        pub last_day: Day,
        /// What costs of the file are matched by: `name` or `id`.
        pub matched_by: String,
        /// `None` for what was seen before imports were told apart.
        pub import_id: Option<ImportId>,
    }
}

/// Notes what an import calls an entity.
pub async fn insert_ad_name(
    tx: &mut Tx,
    workspace: WorkspaceId,
    recorded_at: UnixMillis,
    sighting: &AdNameSighting,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/ad_names/insert_ad_name.sql"))
        .bind(&workspace)
        .bind(&recorded_at)
        .bind(sighting)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes back what an import called its entities; how many names that were.
pub async fn undo_ad_names(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: ImportId,
    undone_at: UnixMillis,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/ad_names/undo_ad_names.sql"))
        .bind(&workspace)
        .bind(&import)
        .bind(&undone_at)
        .execute(tx)
        .await
}

/// Every name that an entity was known to have at a moment, each once: from its first day to its
/// last, with the import that saw it last.
pub async fn list_ad_names(
    connection: &mut Connection,
    workspace: WorkspaceId,
    known_on: UnixMillis,
) -> Result<Vec<AdNameSighting>, StoreError> {
    Statement::new(include_str!("queries/ad_names/list_ad_names.sql"))
        .bind(&workspace)
        .bind(&known_on)
        .all(connection)
        .await
}

/// The same of some entities, as it is known now.
pub async fn list_ad_names_of(
    connection: &mut Connection,
    workspace: WorkspaceId,
    source: &str,
    level: &str,
    external_ids: &[&str],
) -> Result<Vec<AdNameSighting>, StoreError> {
    Statement::new(include_str!("queries/ad_names/list_ad_names_of.sql"))
        .bind(&workspace)
        .bind(source)
        .bind(level)
        .bind(&one_of_texts(external_ids))
        .all(connection)
        .await
}
