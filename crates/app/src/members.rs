//! What people are in a workspace: their roles, changed and taken away.

use base::{UnixMillis, UserId};
use serde_json::json;
use store::users::{self, Member};
use store::workspaces::{self, Workspace, WorkspaceDetails};
use store::{Connection, Tx, invitations, second_factors};

use crate::audit::Act;
use crate::{Actor, App, AppError, Permission, Role};

/// A workspace with what a person is in it.
#[derive(Debug, Clone)]
pub struct Membership {
    pub workspace: Workspace,
    pub role: Role,
}

impl Membership {
    /// Whether the workspace asks those of the person's role for a second factor.
    ///
    /// # Errors
    /// When what the workspace keeps of it cannot be read.
    pub fn asks_for_second_factor(&self) -> Result<bool, AppError> {
        Ok(second_factor_roles(&self.workspace.details)?.contains(&self.role))
    }
}

/// A person of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub joined_at: UnixMillis,
    pub version: i64,
    /// Told to who manages people alone.
    pub has_second_factor: Option<bool>,
}

impl App {
    /// The people of a workspace with their roles.
    ///
    /// # Errors
    /// When the actor may not see them or the store cannot be read.
    pub async fn list_members(&self, actor: &Actor) -> Result<Vec<MemberView>, AppError> {
        actor.require(Permission::ReadPeople)?;
        let mut connection = self.inner.store.read().await?;
        members(&mut connection, actor).await
    }

    /// Every role there is.
    ///
    /// # Errors
    /// When the actor may not read the set-up.
    pub fn roles(&self, actor: &Actor) -> Result<[Role; Role::ALL.len()], AppError> {
        actor.require(Permission::ReadSetup)?;
        Ok(Role::ALL)
    }

    /// Gives a member, as it was read at `version`, another role. It holds from the person's next
    /// request on.
    ///
    /// # Errors
    /// When the role is unknown, the workspace has no such member, would have no owner left, or
    /// somebody else changed the member meanwhile.
    pub async fn change_role(
        &self,
        actor: &Actor,
        user: UserId,
        version: i64,
        role: &str,
    ) -> Result<MemberView, AppError> {
        actor.require(Permission::ManagePeople)?;
        let role = parse_role("role", role)?;
        let mut tx = self.inner.store.begin().await?;
        let earlier = member(&mut tx, actor, user).await?;
        users::change_role(&mut tx, actor.workspace, user, version, role.name()).await?;
        invitations::delete_invitations_by(&mut tx, actor.workspace, user).await?;
        keep_an_owner(&mut tx, actor).await?;
        let changed = member(&mut tx, actor, user).await?;
        let told = json!({"role": [earlier.role.name(), role.name()]});
        self.note(&mut tx, actor, Act::MemberRoleChanged, user, told)
            .await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Takes a person, as they were read at `version`, out of the workspace; what they wrote
    /// stays.
    ///
    /// # Errors
    /// When the workspace has no such member, would have no owner left, or somebody else changed
    /// the member meanwhile.
    pub async fn remove_member(
        &self,
        actor: &Actor,
        user: UserId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ManagePeople)?;
        let mut tx = self.inner.store.begin().await?;
        member(&mut tx, actor, user).await?;
        users::delete_membership(&mut tx, actor.workspace, user, version).await?;
        invitations::delete_invitations_by(&mut tx, actor.workspace, user).await?;
        keep_an_owner(&mut tx, actor).await?;
        self.note(&mut tx, actor, Act::MemberRemoved, user, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }
}

/// The workspaces of a person, each with what they are in it, in the order of their making.
pub(crate) async fn memberships(
    connection: &mut Connection,
    user: UserId,
) -> Result<Vec<Membership>, AppError> {
    let roles = users::list_roles_of_user(connection, user).await?;
    let workspaces = workspaces::list_workspaces_of_user(connection, user).await?;
    let with_role = |workspace: Workspace| {
        let role = roles
            .iter()
            .find(|role| role.workspace_id == workspace.id)?;
        Some(stored_role(&role.role).map(|role| Membership { workspace, role }))
    };
    workspaces.into_iter().filter_map(with_role).collect()
}

/// In the settings of a workspace: the roles that it asks for a second factor.
pub(crate) const SECOND_FACTOR_ROLES: &str = "second_factor_roles";

/// The roles that a workspace asks for a second factor.
///
/// # Errors
/// When one is no role of this version: none is asked for less than was said.
pub fn second_factor_roles(details: &WorkspaceDetails) -> Result<Vec<Role>, AppError> {
    let kept = details.settings.get(SECOND_FACTOR_ROLES);
    let names = kept.and_then(serde_json::Value::as_array);
    let names = names.into_iter().flatten();
    names
        .map(|name| stored_role(name.as_str().unwrap_or_default()))
        .collect()
}

/// # Errors
/// When there is no such role.
pub(crate) fn parse_role(field: &'static str, name: &str) -> Result<Role, AppError> {
    Role::from_name(name).ok_or_else(|| {
        let known = Role::ALL.map(Role::name).join(", ");
        AppError::invalid(
            field,
            "not_allowed",
            format!("{name:?} is not one of {known}"),
        )
    })
}

fn stored_role(name: &str) -> Result<Role, AppError> {
    Role::from_name(name).ok_or_else(|| AppError::Internal {
        step: "read a member's role",
        source: anyhow::anyhow!("{name:?} is no role of this version"),
    })
}

async fn members(connection: &mut Connection, actor: &Actor) -> Result<Vec<MemberView>, AppError> {
    let found = users::list_members(connection, actor.workspace).await?;
    let proven = match actor.may(Permission::ManagePeople) {
        true => Some(second_factors::list_proven_members(connection, actor.workspace).await?),
        false => None,
    };
    let view = |member: Member| {
        Ok(MemberView {
            user: member.id,
            email: member.email,
            name: member.name,
            role: stored_role(&member.role)?,
            joined_at: member.joined_at,
            version: member.version,
            has_second_factor: proven.as_ref().map(|proven| proven.contains(&member.id)),
        })
    };
    found.into_iter().map(view).collect()
}

async fn member(
    connection: &mut Connection,
    actor: &Actor,
    user: UserId,
) -> Result<MemberView, AppError> {
    let mut members = members(connection, actor).await?.into_iter();
    let found = members.find(|member| member.user == user);
    found.ok_or(AppError::NotFound { what: "member" })
}

/// # Errors
/// Where nobody of the members, as they are to be, could manage the others.
async fn keep_an_owner(tx: &mut Tx, actor: &Actor) -> Result<(), AppError> {
    let members = members(tx, actor).await?;
    if members.iter().any(|member| member.role == Role::Owner) {
        return Ok(());
    }
    Err(AppError::Conflict {
        code: "last_owner",
        field: None,
        detail: "the workspace needs an owner: make somebody else one first".to_owned(),
    })
}
