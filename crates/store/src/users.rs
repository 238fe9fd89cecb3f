//! Users, and the workspaces they are members of.

use base::{UnixMillis, UserId, WorkspaceId};
use serde_json::Value;

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx, fresh_version, met_version};

record! {
    pub struct NewUser {
        /// Normalised by the caller; unique.
        pub email: String,
        pub name: String,
        /// `en`, `ru` or `pl`.
        pub language: String,
        /// PHC string.
        pub password_hash: String,
    }
}

record! {
    pub struct User {
        pub id: UserId,
        pub email: String,
        pub name: String,
        pub language: String,
        pub password_hash: String,
        pub created_at: UnixMillis,
        pub version: i64,
        /// Since when the person is known to read the mail of the address.
        pub email_verified_at: Option<UnixMillis>,
    }
}

impl User {
    /// What the person is called: their name, or, without one, their address.
    #[must_use]
    pub fn called(&self) -> &str {
        if self.name.is_empty() {
            &self.email
        } else {
            &self.name
        }
    }
}

record! {
    /// A user with what they are in one workspace.
    pub struct Member {
        pub id: UserId,
        pub email: String,
        pub name: String,
        pub role: String,
        /// Whose leads and deals they see; that of the role when absent.
        pub reach: Option<String>,
        /// The ids of the channels that they see; all of them when absent.
        pub channels: Option<Value>,
        pub joined_at: UnixMillis,
        /// Of the membership, not of the person.
        pub version: i64,
    }
}

record! {
    /// What a member is, and what part of the workspace they see.
    pub struct MemberPlace {
        pub role: String,
        pub reach: Option<String>,
        pub channels: Option<Value>,
    }
}

record! {
    /// What a user is in a workspace, and what part of it they see.
    pub struct RoleIn {
        pub workspace_id: WorkspaceId,
        pub role: String,
        pub reach: Option<String>,
        pub channels: Option<Value>,
    }
}

pub async fn insert_user(
    tx: &mut Tx,
    user: &NewUser,
    now: UnixMillis,
) -> Result<UserId, StoreError> {
    Statement::new(include_str!("queries/users/insert_user.sql"))
        .bind(user)
        .bind(&now)
        .value(tx)
        .await
}

pub async fn load_user(connection: &mut Connection, id: UserId) -> Result<User, StoreError> {
    Statement::new(include_str!("queries/users/load_user.sql"))
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("user", id))
}

/// `email` in its normal form.
pub async fn find_user_by_email(
    connection: &mut Connection,
    email: &str,
) -> Result<Option<User>, StoreError> {
    Statement::new(include_str!("queries/users/find_user_by_email.sql"))
        .bind(email)
        .find(connection)
        .await
}

pub async fn list_users(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<User>, StoreError> {
    Statement::new(include_str!("queries/users/list_users.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// How many users the whole installation has; none means that it is not set up.
pub async fn count_users(connection: &mut Connection) -> Result<i64, StoreError> {
    Statement::new(include_str!("queries/users/count_users.sql"))
        .value(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_user(
    tx: &mut Tx,
    id: UserId,
    version: i64,
    name: &str,
    language: &str,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/users/update_user.sql"))
        .bind(&id)
        .bind(&version)
        .bind(name)
        .bind(language)
        .find_value(tx)
        .await?;
    fresh_version(updated, "user", id, version)
}

/// Leaves the version: whoever edits the name has not seen the password.
pub async fn set_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/users/set_password.sql"))
        .bind(&id)
        .bind(hash)
        .execute_on(tx, "user", id)
        .await
}

/// Takes the address as the person's own, whether it is the earlier one or not.
pub async fn verify_email(
    tx: &mut Tx,
    id: UserId,
    email: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/users/verify_email.sql"))
        .bind(&id)
        .bind(email)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes the user a member, or changes the role of a member.
pub async fn put_membership(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    role: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/users/put_membership.sql"))
        .bind(&workspace)
        .bind(&user)
        .bind(role)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes the user, who is none yet, a member with a part of the workspace.
pub async fn insert_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    place: &MemberPlace,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/users/insert_member.sql"))
        .bind(&workspace)
        .bind(&user)
        .bind(&now)
        .bind(place)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn list_members(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Member>, StoreError> {
    Statement::new(include_str!("queries/users/list_members.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// What the user is in each of their workspaces.
pub async fn list_roles_of_user(
    connection: &mut Connection,
    user: UserId,
) -> Result<Vec<RoleIn>, StoreError> {
    Statement::new(include_str!("queries/users/list_roles_of_user.sql"))
        .bind(&user)
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn change_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    version: i64,
    place: &MemberPlace,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/users/change_member.sql"))
        .bind(&workspace)
        .bind(&user)
        .bind(&version)
        .bind(place)
        .find_value(tx)
        .await?;
    fresh_version(updated, "member", user, version)
}

pub async fn delete_membership(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    version: i64,
) -> Result<(), StoreError> {
    let deleted = Statement::new(include_str!("queries/users/delete_membership.sql"))
        .bind(&workspace)
        .bind(&user)
        .bind(&version)
        .execute(tx)
        .await?;
    met_version(deleted, "member", user, version)
}
