//! People, recognised by telephone number and e-mail address.

use base::{UnixMillis, WorkspaceId};

use crate::filter::{one_of, one_of_texts};
use crate::row::OneRow;
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
    let sql = include_str!("queries/persons/insert_persons.sql");
    insert_rows(tx, sql, &workspace, persons).await
}

pub async fn load_person(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: PersonId,
) -> Result<Person, StoreError> {
    let sql = include_str!("queries/persons/load_person.sql");
    OneRow("person", workspace, id).load(connection, sql).await
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
    let sql = include_str!("queries/persons/insert_identities.sql");
    insert_rows(tx, sql, &Joined(&workspace, &now), identities).await
}
