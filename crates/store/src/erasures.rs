//! People who are erased: the requests, what the program knows them by afterwards, and what is
//! found of somebody before.

use base::{DealId, LeadId, UnixMillis, UserId, VisitorId, WorkspaceId};
use serde_json::Value;

use crate::filter::{one_of, one_of_texts};
use crate::lead_requests::LeadRequest;
use crate::persons::KnownIdentity;
use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::uploads::Upload;
use crate::{
    Connection, ErasureId, Keyset, LeadRequestId, Page, PageRequest, PersonId, StoreError, Tx,
};

record! {
    pub struct NewErasure {
        pub requested_at: UnixMillis,
        pub author_id: Option<UserId>,
        pub work: ErasureWork,
    }
}

record! {
    /// How far an erasure has come.
    pub struct ErasureWork {
        /// What is done next.
        pub step: String,
        /// What was recorded until this moment is erased.
        pub until_ms: Option<UnixMillis>,
        /// What is being erased; an empty object once that need not be known any more.
        pub subject: Value,
        pub counts: Value,
    }
}

record! {
    pub struct Erasure {
        pub id: ErasureId,
        pub workspace_id: WorkspaceId,
        pub requested_at: UnixMillis,
        /// `None` for a command and for what was erased before a back-up was put back.
        pub author_id: Option<UserId>,
        pub work: ErasureWork,
        pub finished_at: Option<UnixMillis>,
        /// Why the last try failed.
        pub error: Option<String>,
    }
}

record! {
    /// Something by which an erased person is known again.
    pub struct ErasedMark {
        pub workspace_id: WorkspaceId,
        /// `phone`, `email` or `visitor`.
        pub kind: String,
        pub digest: Vec<u8>,
        pub erasure_id: ErasureId,
        pub until_ms: UnixMillis,
    }
}

record! {
    /// A record that nobody is behind any more.
    pub struct ErasedRecord {
        pub workspace_id: WorkspaceId,
        /// `lead` or `deal`.
        pub kind: String,
        pub record_id: i64,
        pub erasure_id: ErasureId,
    }
}

record! {
    pub struct RejectedCells {
        pub id: i64,
        /// The row as it stands in the file.
        pub cells: String,
    }
}

/// What leads or deals are looked for by; any of it will do.
#[derive(Debug, Clone, Default)]
pub struct SoughtRecords {
    pub leads: Vec<LeadId>,
    pub deals: Vec<DealId>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub visitors: Vec<VisitorId>,
    pub persons: Vec<PersonId>,
}

pub async fn insert_erasure(
    tx: &mut Tx,
    workspace: WorkspaceId,
    erasure: &NewErasure,
) -> Result<ErasureId, StoreError> {
    let NewErasure {
        requested_at,
        author_id,
        work,
    } = erasure;
    Statement::new(include_str!("queries/erasures/insert_erasure.sql"))
        .bind(&workspace)
        .bind(requested_at)
        .bind(author_id)
        .bind(work)
        .value(tx)
        .await
}

/// Asks again for what was erased before, under the number that it had; nothing where it is known.
pub async fn replay_erasure(
    tx: &mut Tx,
    (id, workspace): (ErasureId, WorkspaceId),
    now: UnixMillis,
    work: &ErasureWork,
) -> Result<(), StoreError> {
    Statement::pair(
        include_str!("queries/erasures/replay_erasure.sql"),
        include_str!("queries/erasures/replay_erasure.pg.sql"),
    )
    .bind(&id)
    .bind(&workspace)
    .bind(&now)
    .bind(&work.until_ms)
    .bind(&work.subject)
    .bind(&work.counts)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn load_erasure(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ErasureId,
) -> Result<Erasure, StoreError> {
    let sql = include_str!("queries/erasures/load_erasure.sql");
    OneRow("erasure", workspace, id).load(connection, sql).await
}

/// Newest first.
pub async fn list_erasures(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<Erasure>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_erasures.sql"))
        .bind(&workspace)
        .page(connection, page, |one: &Erasure| Keyset {
            at: one.requested_at,
            id: one.id.0,
        })
        .await
}

/// Those of all workspaces that are not finished, oldest first.
pub async fn list_open_erasures(connection: &mut Connection) -> Result<Vec<Erasure>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_open_erasures.sql"))
        .all(connection)
        .await
}

/// Those of all workspaces that have begun, oldest first.
pub async fn list_all_erasures(connection: &mut Connection) -> Result<Vec<Erasure>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_all_erasures.sql"))
        .all(connection)
        .await
}

/// Writes down how far an erasure has come.
pub async fn advance_erasure(tx: &mut Tx, erasure: &Erasure) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/erasures/advance_erasure.sql"))
        .bind(&erasure.workspace_id)
        .bind(&erasure.id)
        .bind(&erasure.work)
        .bind(&erasure.finished_at)
        .bind(&erasure.error)
        .execute_on(tx, "erasure", erasure.id)
        .await
}

pub async fn put_marks(tx: &mut Tx, marks: &[ErasedMark]) -> Result<(), StoreError> {
    let sql = include_str!("queries/erasures/put_marks.sql");
    for mark in marks {
        Statement::new(sql).bind(mark).execute(tx).await?;
    }
    Ok(())
}

pub async fn put_records(tx: &mut Tx, records: &[ErasedRecord]) -> Result<(), StoreError> {
    let sql = include_str!("queries/erasures/put_records.sql");
    for record in records {
        Statement::new(sql).bind(record).execute(tx).await?;
    }
    Ok(())
}

/// Of all workspaces.
pub async fn list_marks(connection: &mut Connection) -> Result<Vec<ErasedMark>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_marks.sql"))
        .all(connection)
        .await
}

/// Of all workspaces.
pub async fn list_records(connection: &mut Connection) -> Result<Vec<ErasedRecord>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_records.sql"))
        .all(connection)
        .await
}

/// Which of the records of a kind nobody is behind any more.
pub async fn list_erased(
    connection: &mut Connection,
    workspace: WorkspaceId,
    kind: &str,
    ids: &[i64],
) -> Result<Vec<i64>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_erased.sql"))
        .bind(&workspace)
        .bind(kind)
        .bind(&one_of(ids.iter().copied()))
        .values(connection)
        .await
}

/// Leads with any of what is sought, archived ones too, but none that is erased.
pub async fn find_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    sought: &SoughtRecords,
) -> Result<Vec<LeadId>, StoreError> {
    Statement::new(include_str!("queries/erasures/find_leads.sql"))
        .bind(&workspace)
        .bind(&one_of(sought.leads.iter().map(|id| id.0)))
        .bind(&one_of_texts(&texts(&sought.phones)))
        .bind(&one_of_texts(&texts(&sought.emails)))
        .bind(&visitors(&sought.visitors))
        .bind(&one_of(sought.persons.iter().map(|id| id.0)))
        .values(connection)
        .await
}

/// Deals with any of what is sought, archived ones too, but none that is erased.
pub async fn find_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    sought: &SoughtRecords,
) -> Result<Vec<DealId>, StoreError> {
    Statement::new(include_str!("queries/erasures/find_deals.sql"))
        .bind(&workspace)
        .bind(&one_of(sought.leads.iter().map(|id| id.0)))
        .bind(&one_of(sought.deals.iter().map(|id| id.0)))
        .bind(&visitors(&sought.visitors))
        .bind(&one_of(sought.persons.iter().map(|id| id.0)))
        .values(connection)
        .await
}

/// Identities with one of the values, and all of these people.
pub async fn list_identities(
    connection: &mut Connection,
    workspace: WorkspaceId,
    values: &[String],
    persons: &[PersonId],
) -> Result<Vec<KnownIdentity>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_identities.sql"))
        .bind(&workspace)
        .bind(&one_of_texts(&texts(values)))
        .bind(&one_of(persons.iter().map(|id| id.0)))
        .all(connection)
        .await
}

pub async fn delete_identities(
    tx: &mut Tx,
    workspace: WorkspaceId,
    values: &[String],
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/erasures/delete_identities.sql"))
        .bind(&workspace)
        .bind(&one_of_texts(&texts(values)))
        .execute(tx)
        .await
}

pub async fn name_person(
    tx: &mut Tx,
    workspace: WorkspaceId,
    person: PersonId,
    name: &str,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/erasures/name_person.sql"))
        .bind(&workspace)
        .bind(&person)
        .bind(name)
        .execute(tx)
        .await?;
    Ok(())
}

/// Raw requests of these leads, and those that became no lead.
pub async fn list_requests(
    connection: &mut Connection,
    workspace: WorkspaceId,
    leads: &[LeadId],
) -> Result<Vec<LeadRequest>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_requests.sql"))
        .bind(&workspace)
        .bind(&one_of(leads.iter().map(|id| id.0)))
        .all(connection)
        .await
}

pub async fn delete_requests(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: &[LeadRequestId],
) -> Result<u64, StoreError> {
    let ids = || one_of(ids.iter().map(|id| id.0));
    Statement::new(include_str!("queries/erasures/release_requests.sql"))
        .bind(&workspace)
        .bind(&ids())
        .execute(tx)
        .await?;
    Statement::new(include_str!("queries/erasures/delete_requests.sql"))
        .bind(&workspace)
        .bind(&ids())
        .execute(tx)
        .await
}

/// Rows that imports left out, from behind an id on.
pub async fn list_rejected(
    connection: &mut Connection,
    workspace: WorkspaceId,
    after: i64,
    limit: i64,
) -> Result<Vec<RejectedCells>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_rejected.sql"))
        .bind(&workspace)
        .bind(&after)
        .bind(&limit)
        .all(connection)
        .await
}

pub async fn delete_rejected(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: &[i64],
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/erasures/delete_rejected.sql"))
        .bind(&workspace)
        .bind(&one_of(ids.iter().copied()))
        .execute(tx)
        .await
}

/// What imports have said of records of a kind.
pub async fn delete_layers(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: &str,
    ids: &[i64],
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/erasures/delete_layers.sql"))
        .bind(&workspace)
        .bind(kind)
        .bind(&one_of(ids.iter().copied()))
        .execute(tx)
        .await
}

/// Forgets what was answered to requests that made these; that they were done stays known.
pub async fn forget_answers(
    tx: &mut Tx,
    workspace: WorkspaceId,
    made: &[LeadId],
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/erasures/forget_answers.sql"))
        .bind(&workspace)
        .bind(&one_of(made.iter().map(|id| id.0)))
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn list_uploads(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Upload>, StoreError> {
    Statement::new(include_str!("queries/erasures/list_uploads.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

fn texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn visitors(ids: &[VisitorId]) -> crate::filter::OneOf {
    one_of(ids.iter().map(|id| id.0.cast_signed()))
}
