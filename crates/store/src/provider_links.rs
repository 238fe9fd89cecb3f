//! Accounts at a provider of identities that sign people in.

use base::{UnixMillis, UserId};

use crate::statement::{Statement, record};
use crate::{Connection, ProviderLinkId, StoreError, Tx};

record! {
    pub struct NewProviderLink {
        pub user_id: UserId,
        pub issuer: String,
        /// What the provider calls the person, for good; unique with the issuer.
        pub subject: String,
        /// What the provider said was their address when it was linked.
        pub email: String,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct ProviderLink {
        pub id: ProviderLinkId,
        pub user_id: UserId,
        pub issuer: String,
        pub subject: String,
        pub email: String,
        pub created_at: UnixMillis,
        pub last_used_at: Option<UnixMillis>,
    }
}

pub async fn insert_provider_link(
    tx: &mut Tx,
    link: &NewProviderLink,
) -> Result<ProviderLinkId, StoreError> {
    Statement::new(include_str!(
        "queries/provider_links/insert_provider_link.sql"
    ))
    .bind(link)
    .value(tx)
    .await
}

/// Whose account it is, whosever it is: this is how somebody signs in.
pub async fn find_provider_link(
    connection: &mut Connection,
    issuer: &str,
    subject: &str,
) -> Result<Option<ProviderLink>, StoreError> {
    Statement::new(include_str!(
        "queries/provider_links/find_provider_link.sql"
    ))
    .bind(issuer)
    .bind(subject)
    .find(connection)
    .await
}

/// The accounts of a person in the order of their linking.
pub async fn list_provider_links(
    connection: &mut Connection,
    user: UserId,
) -> Result<Vec<ProviderLink>, StoreError> {
    Statement::new(include_str!(
        "queries/provider_links/list_provider_links.sql"
    ))
    .bind(&user)
    .all(connection)
    .await
}

pub async fn use_provider_link(
    tx: &mut Tx,
    id: ProviderLinkId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/provider_links/use_provider_link.sql"))
        .bind(&id)
        .bind(&now)
        .execute_on(tx, "provider link", id)
        .await
}

/// [`StoreError::NotFound`] when the person has no such account.
pub async fn delete_provider_link(
    tx: &mut Tx,
    user: UserId,
    id: ProviderLinkId,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/provider_links/delete_provider_link.sql"
    ))
    .bind(&user)
    .bind(&id)
    .execute_on(tx, "provider link", id)
    .await
}
