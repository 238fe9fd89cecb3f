//! People, recognised by telephone number and e-mail address.

use base::{UnixMillis, WorkspaceId};

use crate::filter::{one_of, one_of_texts};
use crate::statement::{Joined, Statement, insert_rows, record};
use crate::{Connection, PersonId, StoreError, Tx};

record! {
    pub struct Person {
        pub id: PersonId,
        pub name: String,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct PersonName {
        pub id: PersonId,
        pub name: String,
    }
}

record! {
    pub struct Identity {
        /// `phone` or `email`.
        pub kind: String,
        /// In its normal form.
        pub value: String,
    }
}

record! {
    /// An identity with the person it belongs to.
pub struct KnownIdentity {
        pub person_id: PersonId,
        pub identity: Identity,
    }
}

pub async fn insert_persons(
    tx: &mut Tx,
    workspace: WorkspaceId,
    persons: &[Person],
) -> Result<(), StoreError> {
    let rows: Vec<_> = persons
        .iter()
        .map(|person| Joined(&workspace, person))
        .collect();
    insert_rows(
        tx,
        include_str!("queries/persons/insert_persons.sql"),
        &rows,
    )
    .await
}

pub async fn load_person(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: PersonId,
) -> Result<Person, StoreError> {
    Statement::new(include_str!("queries/persons/load_person.sql"))
        .bind(&workspace)
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("person", id))
}

/// Names of those people who have one.
pub async fn list_person_names(
    connection: &mut Connection,
    workspace: WorkspaceId,
    people: &[PersonId],
) -> Result<Vec<PersonName>, StoreError> {
    Statement::new(include_str!("queries/persons/list_person_names.sql"))
        .bind(&workspace)
        .bind(&one_of(people.iter().map(|person| person.0)))
        .all(connection)
        .await
}

/// Those of the values of a kind that belong to somebody.
pub async fn list_known(
    connection: &mut Connection,
    workspace: WorkspaceId,
    kind: &str,
    values: &[&str],
) -> Result<Vec<KnownIdentity>, StoreError> {
    Statement::new(include_str!("queries/persons/list_known.sql"))
        .bind(&workspace)
        .bind(kind)
        .bind(&one_of_texts(values))
        .all(connection)
        .await
}

/// Ties identities that belong to nobody to people; [`StoreError::Conflict`] when one does.
pub async fn insert_identities(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    identities: &[KnownIdentity],
) -> Result<(), StoreError> {
    let shared: Vec<_> = identities.iter().map(|known| Joined(&now, known)).collect();
    let rows: Vec<_> = shared.iter().map(|row| Joined(&workspace, row)).collect();
    insert_rows(
        tx,
        include_str!("queries/persons/insert_identities.sql"),
        &rows,
    )
    .await
}
