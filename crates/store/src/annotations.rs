//! Annotations: what people say about a day, and what the program itself did to the numbers then.

use base::{ChannelId, Day, DayRange, UnixMillis, UserId, WorkspaceId};

use crate::filter::maybe_one_of;
use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{AnnotationId, Connection, Keyset, StoreError, Tx};

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
        /// Tells apart what has the same number.
        pub rank: i64,
        pub id: i64,
    }
}

record! {
    /// A place in the order of time; what happened at one moment is ordered by rank and number.
    #[derive(Copy, PartialOrd, Ord)]
    pub struct MarkPlace {
        pub at: UnixMillis,
        pub rank: i64,
        pub id: i64,
    }
}

/// The bits of a cursor's number behind its rank.
const RANK_SHIFT: u32 = 56;

impl From<Keyset<UnixMillis>> for MarkPlace {
    fn from(key: Keyset<UnixMillis>) -> Self {
        Self {
            at: key.at,
            rank: key.id >> RANK_SHIFT,
            id: key.id & !(-1 << RANK_SHIFT),
        }
    }
}

impl From<MarkPlace> for Keyset<UnixMillis> {
    fn from(place: MarkPlace) -> Self {
        Self {
            at: place.at,
            id: place.rank << RANK_SHIFT | place.id,
        }
    }
}

impl Annotation {
    /// `start` is that of its day.
    #[must_use]
    pub fn place(&self, start: UnixMillis) -> MarkPlace {
        MarkPlace {
            at: self.details.at.unwrap_or(start),
            rank: self.details.at.map_or(0, |_| 1),
            id: self.id.0,
        }
    }
}

impl OwnEvent {
    #[must_use]
    pub fn place(&self) -> MarkPlace {
        MarkPlace {
            at: self.at,
            rank: self.rank,
            id: self.id,
        }
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
    let sql = include_str!("queries/annotations/load_annotation.sql");
    OneRow("annotation", workspace, id)
        .load(connection, sql)
        .await
}

/// Those of the days behind a place, in the order of time, of all channels or of those named. The
/// place is on `day`, which begins at `start`.
pub async fn list_annotations(
    connection: &mut Connection,
    workspace: WorkspaceId,
    channels: Option<&[ChannelId]>,
    days: DayRange,
    (day, start): (Day, UnixMillis),
    after: MarkPlace,
    limit: u32,
) -> Result<Vec<Annotation>, StoreError> {
    Statement::new(include_str!("queries/annotations/list_annotations.sql"))
        .bind(&workspace)
        .bind(&days.first)
        .bind(&days.last)
        .bind(&day)
        .bind(&start)
        .bind(&after)
        .bind(&i64::from(limit))
        .bind(&maybe_one_of(channels.map(|ids| ids.iter().map(|id| id.0))))
        .all(connection)
        .await
}

/// What the program did behind a place, up to and with a moment, in the order of time.
pub async fn list_own_events(
    connection: &mut Connection,
    workspace: WorkspaceId,
    last: UnixMillis,
    after: MarkPlace,
    limit: u32,
) -> Result<Vec<OwnEvent>, StoreError> {
    Statement::new(include_str!("queries/annotations/list_own_events.sql"))
        .bind(&workspace)
        .bind(&last)
        .bind(&after)
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
    let sql = include_str!("queries/annotations/update_annotation.sql");
    let row = OneRow("annotation", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Takes it off the charts.
pub async fn archive_annotation(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: AnnotationId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/annotations/archive_annotation.sql");
    OneRow("annotation", workspace, id)
        .archive(tx, sql, version, now)
        .await
}
