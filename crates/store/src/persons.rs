//! People, recognised by telephone number and e-mail address.

use base::{UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
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

pub async fn insert_person(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
    now: UnixMillis,
) -> Result<PersonId, StoreError> {
    Statement::new(include_str!("queries/persons/insert_person.sql"))
        .bind(&workspace)
        .bind(name)
        .bind(&now)
        .value(tx)
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
    let ids: Vec<i64> = people.iter().map(|person| person.0).collect();
    Statement::new(include_str!("queries/persons/list_person_names.sql"))
        .bind(&workspace)
        .bind(&serde_json::json!(ids))
        .all(connection)
        .await
}

pub async fn find_person(
    connection: &mut Connection,
    workspace: WorkspaceId,
    identity: &Identity,
) -> Result<Option<PersonId>, StoreError> {
    Statement::new(include_str!("queries/persons/find_person.sql"))
        .bind(&workspace)
        .bind(identity)
        .find_value(connection)
        .await
}

/// Ties an identity to a person unless it has one; the person it belongs to then.
pub async fn put_identity(
    tx: &mut Tx,
    workspace: WorkspaceId,
    person: PersonId,
    now: UnixMillis,
    identity: &Identity,
) -> Result<PersonId, StoreError> {
    Statement::new(include_str!("queries/persons/put_identity.sql"))
        .bind(&workspace)
        .bind(&person)
        .bind(&now)
        .bind(identity)
        .value(tx)
        .await
}

pub async fn list_identities(
    connection: &mut Connection,
    workspace: WorkspaceId,
    person: PersonId,
) -> Result<Vec<Identity>, StoreError> {
    Statement::new(include_str!("queries/persons/list_identities.sql"))
        .bind(&workspace)
        .bind(&person)
        .all(connection)
        .await
}
