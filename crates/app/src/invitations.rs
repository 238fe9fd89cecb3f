//! Invitations: how people come into a workspace by themselves.

use base::{ChannelId, WorkspaceId};
use serde_json::json;
use store::invitations::{self, Invitation, NewInvitation};
use store::users::{MemberPlace, User};
use store::{Connection, InvitationId, Tx, channels, tokens, users, workspaces};

use crate::audit::Act;
use crate::mail::{Recipient, Topic};
use crate::members::parse_role;
use crate::people::parse_email;
use crate::sight::{check_channels, check_sight, stored_channels};
use crate::sign_in::{Origin, Proven, SignedIn, Visitor};
use crate::tokens::{Holder, TokenFor, find_token, worthless};
use crate::{Actor, App, AppError, Permission, Role, Who};

/// An invitation with what is told only once.
#[derive(Debug)]
pub struct Invited {
    pub invitation: Invitation,
    /// Joins by itself, for whoever hands it over in another way than by mail.
    pub link: String,
}

/// What an invitation's link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    pub workspace: String,
    pub email: String,
    pub role: Role,
    /// The channels that they will see, by name; all of them when absent.
    pub channels: Option<Vec<String>>,
    /// Somebody has an account with the address: they sign in instead of choosing a password.
    pub has_account: bool,
}

/// Who joins without an account.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub name: String,
    pub password: String,
    pub language: String,
}

impl App {
    /// Invites somebody, or invites them anew with another role or to see other channels.
    ///
    /// # Errors
    /// When the actor may not, a field is wrong, somebody from outside would see every channel, or
    /// the person is a member already.
    pub async fn invite(
        &self,
        actor: &Actor,
        email: &str,
        role: &str,
        channels: Option<Vec<ChannelId>>,
    ) -> Result<Invited, AppError> {
        actor.require(Permission::ManagePeople)?;
        let email = parse_email(email)?;
        let role = parse_role("role", role)?;
        check_sight(role, channels.as_deref())?;
        let now = self.now();
        let mut tx = self.inner.store.begin_work().await?;
        if let Some(channels) = &channels {
            check_channels(&mut tx, actor.workspace, channels).await?;
        }
        let members = users::list_members(&mut tx, actor.workspace).await?;
        if members.iter().any(|member| member.email == email) {
            return Err(already_member(&email));
        }
        let language = match actor.user() {
            Some(user) => users::load_user(&mut tx, user).await?.language,
            None => "en".to_owned(),
        };
        let invitation = NewInvitation {
            workspace_id: actor.workspace,
            email: email.clone(),
            role: role.name().to_owned(),
            language,
            invited_by: actor.user(),
            created_at: now,
            expires_at: now.plus_ms(TokenFor::Invitation.life_ms()),
            channels: channels.map(|ids| json!(ids)),
        };
        let id = invitations::put_invitation(&mut tx, &invitation).await?;
        // An earlier link must not carry the role of now.
        tokens::delete_tokens_of_invitation(&mut tx, id).await?;
        tx.set_made(id.0);
        let told = json!({
            "email": &email,
            "role": role.name(),
            "channels": &invitation.channels,
        });
        self.note(&mut tx, actor, Act::InvitationSent, id, told)
            .await?;
        self.hand_out(tx, actor.workspace, id, email).await
    }

    /// Sends an invitation again; it holds as long as a new one.
    ///
    /// # Errors
    /// When the actor may not, or the workspace has no such invitation.
    pub async fn invite_again(&self, actor: &Actor, id: InvitationId) -> Result<Invited, AppError> {
        actor.require(Permission::ManagePeople)?;
        let expires_at = self.now().plus_ms(TokenFor::Invitation.life_ms());
        let mut tx = self.inner.store.begin().await?;
        invitations::extend_invitation(&mut tx, actor.workspace, id, expires_at).await?;
        let invitation = load(&mut tx, actor.workspace, id).await?;
        let told = json!({"email": &invitation.email, "role": &invitation.role});
        self.note(&mut tx, actor, Act::InvitationSent, id, told)
            .await?;
        self.hand_out(tx, actor.workspace, id, invitation.email)
            .await
    }

    /// Takes an invitation back: its links are worth nothing any more.
    ///
    /// # Errors
    /// When the actor may not, or the workspace has no such invitation.
    pub async fn revoke_invitation(&self, actor: &Actor, id: InvitationId) -> Result<(), AppError> {
        actor.require(Permission::ManagePeople)?;
        let mut tx = self.inner.store.begin().await?;
        let invitation = load(&mut tx, actor.workspace, id).await?;
        invitations::delete_invitation(&mut tx, actor.workspace, id).await?;
        let told = json!({"email": invitation.email});
        self.note(&mut tx, actor, Act::InvitationRevoked, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Who was invited and has not answered, with what became of the mail.
    ///
    /// # Errors
    /// When the actor may not see the people.
    pub async fn list_invitations(&self, actor: &Actor) -> Result<Vec<Invitation>, AppError> {
        actor.require(Permission::ReadPeople)?;
        let mut connection = self.inner.store.read().await?;
        Ok(invitations::list_invitations(&mut connection, actor.workspace).await?)
    }

    /// What a link opens, for the page that asks whether to join.
    ///
    /// # Errors
    /// When the link is worth nothing.
    pub async fn preview_invitation(&self, secret: &str) -> Result<InvitationView, AppError> {
        let mut connection = self.inner.store.read().await?;
        let (invitation, _) = self.opened(&mut connection, secret).await?;
        let channels = stored_channels(invitation.channels)?;
        let known = channels::list_channels(&mut connection, invitation.workspace_id).await?;
        let named = |id: ChannelId| {
            let channel = known.iter().find(|channel| channel.id == id);
            channel.map(|channel| channel.details.name.clone())
        };
        let workspace = invitation.workspace_id;
        let workspace = workspaces::load_workspace(&mut connection, workspace).await?;
        let known = users::find_user_by_email(&mut connection, &invitation.email).await?;
        Ok(InvitationView {
            workspace: workspace.details.name,
            role: parse_role("role", &invitation.role)?,
            channels: channels.map(|ids| ids.into_iter().filter_map(named).collect()),
            email: invitation.email,
            has_account: known.is_some(),
        })
    }

    /// Joins as the person who is signed in.
    ///
    /// # Errors
    /// When the link is worth nothing, or somebody else was invited.
    pub async fn join(&self, visitor: &Visitor, secret: &str) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        self.join_in(&mut tx, &user, secret).await?;
        Ok(tx.commit().await?)
    }

    /// The same in the transaction in which the person has shown who they are.
    pub(crate) async fn join_in(
        &self,
        tx: &mut Tx,
        user: &User,
        secret: &str,
    ) -> Result<(), AppError> {
        let (invitation, is_mailed) = self.opened(tx, secret).await?;
        if user.email != invitation.email {
            return Err(somebody_else(&invitation.email, &user.email));
        }
        if is_mailed {
            users::verify_email(tx, user.id, &user.email, self.now()).await?;
        }
        self.let_in(tx, &invitation, user.id, user.called()).await
    }

    /// # Errors
    /// When the link is worth nothing, or was made for another address.
    pub(crate) async fn require_invited(
        &self,
        tx: &mut Tx,
        secret: &str,
        email: &str,
    ) -> Result<(), AppError> {
        let (invitation, _) = self.opened(tx, secret).await?;
        match invitation.email == email {
            true => Ok(()),
            false => Err(somebody_else(&invitation.email, email)),
        }
    }

    /// Joins as somebody who has no account yet, and signs them in.
    ///
    /// # Errors
    /// When the link is worth nothing, a field is wrong, or the address has an account.
    pub async fn join_as_new(
        &self,
        secret: &str,
        person: NewPerson,
        origin: &Origin,
    ) -> Result<SignedIn, AppError> {
        let invited = self.preview_invitation(secret).await?;
        if invited.has_account {
            return Err(AppError::Conflict {
                code: "sign_in_to_join",
                field: None,
                detail: format!("{} has an account: sign in to join", invited.email),
            });
        }
        let NewPerson {
            name,
            password,
            language,
        } = person;
        let user = self
            .new_user(&invited.email, password, &name, &language)
            .await?;
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        let (invitation, is_mailed) = self.opened(&mut tx, secret).await?;
        let id = users::insert_user(&mut tx, &user, now).await?;
        if is_mailed {
            users::verify_email(&mut tx, id, &user.email, now).await?;
        }
        let user = users::load_user(&mut tx, id).await?;
        self.let_in(&mut tx, &invitation, id, user.called()).await?;
        tx.commit().await?;
        self.begin_session(user, Proven::Password, origin).await
    }

    /// Makes the person a member; the invitation and all its links are gone then.
    async fn let_in(
        &self,
        tx: &mut Tx,
        invitation: &Invitation,
        user: base::UserId,
        name: &str,
    ) -> Result<(), AppError> {
        let role = parse_role("role", &invitation.role)?;
        let workspace = invitation.workspace_id;
        let members = users::list_members(tx, workspace).await?;
        if members.iter().any(|member| member.id == user) {
            // What a member may do is changed by who may change it, not by an old invitation.
            return Err(already_member(&invitation.email));
        }
        let place = MemberPlace {
            role: invitation.role.clone(),
            reach: None,
            channels: invitation.channels.clone(),
        };
        users::insert_member(tx, workspace, user, &place, self.now()).await?;
        invitations::delete_invitation(tx, workspace, invitation.id).await?;
        let actor = Actor {
            workspace,
            who: Who::Person {
                user,
                name: name.to_owned(),
                role,
                sight: crate::Sight::default(),
                session: None,
            },
        };
        let told = json!({"role": role.name(), "channels": place.channels});
        self.note(tx, &actor, Act::MemberAdded, user, told).await
    }

    /// Queues the mail and makes the link that is shown once.
    async fn hand_out(
        &self,
        mut tx: Tx,
        workspace: WorkspaceId,
        id: InvitationId,
        email: String,
    ) -> Result<Invited, AppError> {
        let recipient = Recipient {
            email: email.clone(),
            invitation: Some(id),
            ..Recipient::default()
        };
        self.put_mail(&mut tx, Topic::Invitation, recipient).await?;
        let invitation = load(&mut tx, workspace, id).await?;
        let holder = Holder {
            email,
            invitation: Some(id),
            until: Some(invitation.expires_at),
            ..Holder::default()
        };
        let link = self
            .issue_token(&mut tx, TokenFor::Invitation, holder, false)
            .await?;
        tx.commit().await?;
        self.mail_put();
        Ok(Invited { invitation, link })
    }

    /// The invitation of a link, and whether the link came by mail.
    async fn opened(
        &self,
        connection: &mut Connection,
        secret: &str,
    ) -> Result<(Invitation, bool), AppError> {
        let token = find_token(connection, TokenFor::Invitation, secret, self.now()).await?;
        let id = token.invitation_id.ok_or_else(worthless)?;
        let invitation = invitations::find_invitation(connection, id).await?;
        Ok((invitation.ok_or_else(worthless)?, token.is_mailed))
    }
}

fn somebody_else(invited: &str, email: &str) -> AppError {
    AppError::Conflict {
        code: "invited_somebody_else",
        field: None,
        detail: format!("the invitation is for {invited}, and you are signed in as {email}"),
    }
}

fn already_member(email: &str) -> AppError {
    AppError::Conflict {
        code: "already_member",
        field: Some("email".to_owned()),
        detail: format!("{email} is in the workspace already"),
    }
}

async fn load(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: InvitationId,
) -> Result<Invitation, AppError> {
    let listed = invitations::list_invitations(connection, workspace).await?;
    let found = listed.into_iter().find(|invitation| invitation.id == id);
    found.ok_or(AppError::NotFound { what: "invitation" })
}
