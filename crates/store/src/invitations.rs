//! Invitations: people who were asked to join a workspace and have not answered yet.

use base::{UnixMillis, UserId, WorkspaceId};
use serde_json::Value;

use crate::statement::{Statement, record};
use crate::{Connection, InvitationId, StoreError, Tx};

record! {
    pub struct NewInvitation {
        pub workspace_id: WorkspaceId,
        /// Normalised by the caller; one invitation of a workspace for each.
        pub email: String,
        pub role: String,
        /// The inviter's language: nobody knows the other's yet.
        pub language: String,
        /// `None` where a program or a command invites.
        pub invited_by: Option<UserId>,
        pub created_at: UnixMillis,
        pub expires_at: UnixMillis,
        /// The ids of the channels that they are to see; all of them when absent.
        pub channels: Option<Value>,
    }
}

record! {
    pub struct Invitation {
        pub id: InvitationId,
        pub workspace_id: WorkspaceId,
        pub email: String,
        pub role: String,
        pub language: String,
        pub invited_by: Option<UserId>,
        pub created_at: UnixMillis,
        pub expires_at: UnixMillis,
        pub channels: Option<Value>,
        /// Mails of it that are still on their way.
        pub mails_due: i64,
        /// Why the last try of a mail came to nothing; empty where none did.
        pub failure: String,
    }
}

/// Invites, or invites anew whoever was invited before.
pub async fn put_invitation(
    tx: &mut Tx,
    invitation: &NewInvitation,
) -> Result<InvitationId, StoreError> {
    Statement::new(include_str!("queries/invitations/put_invitation.sql"))
        .bind(invitation)
        .value(tx)
        .await
}

pub async fn list_invitations(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Invitation>, StoreError> {
    Statement::new(include_str!("queries/invitations/list_invitations.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The invitation, whatever its workspace: this is how a token finds its own. Nothing is told of
/// its mail.
pub async fn find_invitation(
    connection: &mut Connection,
    id: InvitationId,
) -> Result<Option<Invitation>, StoreError> {
    Statement::new(include_str!("queries/invitations/find_invitation.sql"))
        .bind(&id)
        .find(connection)
        .await
}

pub async fn extend_invitation(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: InvitationId,
    expires_at: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/invitations/extend_invitation.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&expires_at)
        .execute_on(tx, "invitation", id)
        .await
}

/// Takes the invitation back, with its tokens and mails.
pub async fn delete_invitation(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: InvitationId,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/invitations/delete_invitation.sql"))
        .bind(&workspace)
        .bind(&id)
        .execute_on(tx, "invitation", id)
        .await
}

/// Takes back what a person invited others to: it is worth no more than their own place.
pub async fn delete_invitations_by(
    tx: &mut Tx,
    workspace: WorkspaceId,
    inviter: UserId,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/invitations/delete_invitations_by.sql");
    Statement::new(sql)
        .bind(&workspace)
        .bind(&inviter)
        .execute(tx)
        .await?;
    Ok(())
}
