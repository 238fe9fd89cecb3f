//! Annotations: what people say about a day, and what the program itself did to the numbers then.

use base::{ChannelId, Day, DayRange, UnixMillis, UserId, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{AnnotationId, Connection, StoreError, Tx, fresh_version, met_version};

record! {
    pub struct AnnotationDetails {
        /// In the workspace's zone.
        pub day: Day,
        /// The moment, where it was more than a day.
        pub at: Option<UnixMillis>,
        pub text: String,
        pub channel_id: Option<ChannelId>,
        /// Empty for all campaigns.
        pub campaign: String,
    }
}

record! {
    pub struct Annotation {
        pub id: AnnotationId,
        pub details: AnnotationDetails,
        pub author_id: Option<UserId>,
        pub created_at: UnixMillis,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
    }
}

record! {
    /// Something that the program did.
pub struct OwnEvent {
        /// `import`, `undo` or `rules`.
        pub kind: String,
        /// The file's name or the note on the rules.
        pub text: String,
        pub at: UnixMillis,
    }
}

pub async fn insert_annotation(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    author: Option<UserId>,
    details: &AnnotationDetails,
) -> Result<AnnotationId, StoreError> {
    Statement::new(include_str!("queries/annotations/insert_annotation.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(&author)
        .bind(details)
        .value(tx)
        .await
}

/// Deleted ones are not found: nothing refers to them.
pub async fn load_annotation(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: AnnotationId,
) -> Result<Annotation, StoreError> {
    Statement::new(include_str!("queries/annotations/load_annotation.sql"))
        .bind(&workspace)
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("annotation", id))
}

/// Those of the days, in the order of time.
pub async fn list_annotations(
    connection: &mut Connection,
    workspace: WorkspaceId,
    days: DayRange,
    limit: u32,
) -> Result<Vec<Annotation>, StoreError> {
    Statement::new(include_str!("queries/annotations/list_annotations.sql"))
        .bind(&workspace)
        .bind(&days.first)
        .bind(&days.last)
        .bind(&i64::from(limit))
        .all(connection)
        .await
}

/// What the program did between two moments, both included.
pub async fn list_own_events(
    connection: &mut Connection,
    workspace: WorkspaceId,
    from: UnixMillis,
    until: UnixMillis,
    limit: u32,
) -> Result<Vec<OwnEvent>, StoreError> {
    Statement::new(include_str!("queries/annotations/list_own_events.sql"))
        .bind(&workspace)
        .bind(&from)
        .bind(&until)
        .bind(&i64::from(limit))
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_annotation(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: AnnotationId,
    version: i64,
    details: &AnnotationDetails,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/annotations/update_annotation.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(details)
        .find_value(tx)
        .await?;
    fresh_version(updated, "annotation", id, version)
}

/// Takes it off the charts.
pub async fn archive_annotation(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: AnnotationId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let changed = Statement::new(include_str!("queries/annotations/archive_annotation.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(&now)
        .execute(tx)
        .await?;
    met_version(changed, "annotation", id, version)
}
