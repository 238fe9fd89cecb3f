//! What people have asked of who keeps data about them, and by when they have to be answered.

use base::{Day, UnixMillis, UserId, WorkspaceId};

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{
    Connection, ErasureId, Keyset, Page, PageRequest, PersonRequestId, StoreError, Tx,
    fresh_version,
};

/// Behind every day that somebody may be due on; a query has it too.
const OPEN_FIRST: i32 = 10_000_000;

record! {
    pub struct NewPersonRequest {
        /// `erase` or `show`.
        pub kind: String,
        pub law: String,
        pub reference: String,
        pub received_day: Day,
        pub due_day: Day,
        pub author_id: Option<UserId>,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct PersonRequest {
        pub id: PersonRequestId,
        pub said: NewPersonRequest,
        /// `open`, `done` or `refused`.
        pub state: String,
        /// Why it was refused.
        pub reason: String,
        pub erasure_id: Option<ErasureId>,
        pub closed_at: Option<UnixMillis>,
        pub version: i64,
    }
}

record! {
    /// How a request has ended.
    pub struct PersonRequestEnd {
        pub state: String,
        pub reason: String,
        pub erasure_id: Option<ErasureId>,
        pub closed_at: UnixMillis,
    }
}

impl PersonRequest {
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Its place in the list: open ones by due day, then the others from the latest on.
    fn place(&self) -> Keyset<Day> {
        let due = self.said.due_day;
        Keyset {
            at: match self.is_open() {
                true => Day(OPEN_FIRST - due.0),
                false => due,
            },
            id: self.id.0,
        }
    }
}

pub async fn insert_person_request(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: &NewPersonRequest,
) -> Result<PersonRequestId, StoreError> {
    Statement::new(include_str!(
        "queries/person_requests/insert_person_request.sql"
    ))
    .bind(&workspace)
    .bind(request)
    .value(tx)
    .await
}

pub async fn load_person_request(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: PersonRequestId,
) -> Result<PersonRequest, StoreError> {
    let sql = include_str!("queries/person_requests/load_person_request.sql");
    OneRow("person request", workspace, id)
        .load(connection, sql)
        .await
}

/// Those that are due first come first; closed ones stand behind all open ones.
pub async fn list_person_requests(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest<Day>,
) -> Result<Page<PersonRequest, Day>, StoreError> {
    Statement::new(include_str!(
        "queries/person_requests/list_person_requests.sql"
    ))
    .bind(&workspace)
    .page(connection, page, PersonRequest::place)
    .await
}

/// How many wait for an answer that is due until a day.
pub async fn count_due_person_requests(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: Day,
) -> Result<i64, StoreError> {
    Statement::new(include_str!(
        "queries/person_requests/count_due_person_requests.sql"
    ))
    .bind(&workspace)
    .bind(&until)
    .value(connection)
    .await
}

/// Ends an open request.
pub async fn close_person_request(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (id, version): (PersonRequestId, i64),
    end: &PersonRequestEnd,
) -> Result<i64, StoreError> {
    let closed = Statement::new(include_str!(
        "queries/person_requests/close_person_request.sql"
    ))
    .bind(&workspace)
    .bind(&id)
    .bind(&version)
    .bind(end)
    .find_value(tx)
    .await?;
    fresh_version(closed, "person request", id, version)
}

/// An erasure is the answer to an open request; the request ends with it.
pub async fn begin_person_request(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: PersonRequestId,
    erasure: ErasureId,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/person_requests/begin_person_request.sql"
    ))
    .bind(&workspace)
    .bind(&id)
    .bind(&erasure)
    .execute_on(tx, "person request", id)
    .await
}

/// Ends the requests that an erasure has answered.
pub async fn finish_person_requests(
    tx: &mut Tx,
    workspace: WorkspaceId,
    erasure: ErasureId,
    now: UnixMillis,
) -> Result<u64, StoreError> {
    Statement::new(include_str!(
        "queries/person_requests/finish_person_requests.sql"
    ))
    .bind(&workspace)
    .bind(&erasure)
    .bind(&now)
    .execute(tx)
    .await
}
