//! What people are in a workspace: their roles, changed and taken away.

use base::{ChannelId, UnixMillis, UserId};
use serde_json::json;
use store::users::{self, Member, MemberPlace, RoleIn};
use store::workspaces::{self, Workspace, WorkspaceDetails};
use store::{Connection, Tx, deals, invitations, leads, second_factors, teams};

use crate::audit::Act;
use crate::sight::{check_channels, check_sight, owner_sees_all, stored_channels};
use crate::{Actor, App, AppError, Breadth, Permission, Realm, Role};

/// A workspace with what a person is in it.
#[derive(Debug, Clone)]
pub struct Membership {
    pub workspace: Workspace,
    pub role: Role,
    /// Whose leads and deals they see.
    pub breadth: Breadth,
    /// The channels that they see; all of them when absent.
    pub channels: Option<Vec<ChannelId>>,
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
    /// Whose leads and deals they see; that of the role when absent.
    pub breadth: Option<Breadth>,
    /// The channels that they see; all of them when absent.
    pub channels: Option<Vec<ChannelId>>,
    pub joined_at: UnixMillis,
    pub version: i64,
    /// Told to who manages people alone.
    pub has_second_factor: Option<bool>,
}

/// What changes about a member; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct MemberPatch {
    pub role: Option<String>,
    /// `Some(None)` for that of the role.
    pub breadth: Option<Option<String>>,
    /// `Some(None)` for all of them.
    pub channels: Option<Option<Vec<ChannelId>>>,
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

    /// Gives a member, as it was read at `version`, another role, or shows them another part of
    /// the workspace. It holds from the person's next request on.
    ///
    /// # Errors
    /// When a field is wrong, the workspace has no such member, would have no owner left, an owner
    /// would see only a part, or somebody else changed the member meanwhile.
    pub async fn change_member(
        &self,
        actor: &Actor,
        user: UserId,
        version: i64,
        patch: MemberPatch,
    ) -> Result<MemberView, AppError> {
        actor.require(Permission::ManagePeople)?;
        let mut tx = self.inner.store.begin().await?;
        self.require_standing(&mut tx, actor).await?;
        let earlier = member(&mut tx, actor, user).await?;
        let place = placed(&mut tx, actor, &earlier, patch).await?;
        users::change_member(&mut tx, actor.workspace, user, version, &place).await?;
        let role = stored_role(&place.role)?;
        if earlier.role.realm() == Realm::Inside && role.realm() == Realm::Outside {
            self.take_work(&mut tx, actor, user).await?;
        }
        if place.role != earlier.role.name() {
            invitations::delete_invitations_by(&mut tx, actor.workspace, user).await?;
        }
        keep_an_owner(&mut tx, actor).await?;
        let changed = member(&mut tx, actor, user).await?;
        let sight = |member: &MemberView| (member.breadth, member.channels.clone());
        if earlier.role != changed.role || sight(&earlier) != sight(&changed) {
            self.end_links_of_maker(&mut tx, actor, user).await?;
        }
        if sight(&earlier) != sight(&changed) {
            let told = json!({
                "reach": [earlier.breadth.map(Breadth::name), changed.breadth.map(Breadth::name)],
                "channels": [earlier.channels, changed.channels],
            });
            self.note_done(&mut tx, actor, Act::MemberReachChanged, user, told)
                .await?;
        }
        if earlier.role != changed.role || sight(&earlier) == sight(&changed) {
            let told = json!({"role": [earlier.role.name(), changed.role.name()]});
            self.note_done(&mut tx, actor, Act::MemberRoleChanged, user, told)
                .await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Makes nobody responsible for what the person was, and takes them out of their teams.
    async fn take_work(&self, tx: &mut Tx, actor: &Actor, user: UserId) -> Result<(), AppError> {
        let (author, now) = (actor.user(), self.now());
        leads::release_leads(tx, actor.workspace, user, author, now).await?;
        deals::release_deals(tx, actor.workspace, user, author, now).await?;
        Ok(teams::leave_teams(tx, actor.workspace, user).await?)
    }

    /// Takes a person, as they were read at `version`, out of the workspace; what they wrote
    /// stays. What they were responsible for is nobody's, so that whoever leads a team sees it and
    /// hands it on.
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
        self.require_standing(&mut tx, actor).await?;
        member(&mut tx, actor, user).await?;
        self.take_work(&mut tx, actor, user).await?;
        users::delete_membership(&mut tx, actor.workspace, user, version).await?;
        self.end_links_of_maker(&mut tx, actor, user).await?;
        invitations::delete_invitations_by(&mut tx, actor.workspace, user).await?;
        keep_an_owner(&mut tx, actor).await?;
        self.note_done(&mut tx, actor, Act::MemberRemoved, user, json!({}))
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
        Some(membership(workspace, role))
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

fn membership(workspace: Workspace, place: &RoleIn) -> Result<Membership, AppError> {
    let role = stored_role(&place.role)?;
    let breadth = stored_breadth(place.reach.as_deref())?;
    Ok(Membership {
        workspace,
        role,
        breadth: breadth.unwrap_or(role.breadth()),
        channels: stored_channels(place.channels.clone())?,
    })
}

/// What a member is to be.
async fn placed(
    tx: &mut Tx,
    actor: &Actor,
    earlier: &MemberView,
    patch: MemberPatch,
) -> Result<MemberPlace, AppError> {
    let role = match &patch.role {
        Some(role) => parse_role("role", role)?,
        None => earlier.role,
    };
    let breadth = match patch.breadth {
        Some(Some(name)) => Some(parse_breadth(&name)?),
        Some(None) => None,
        None => earlier.breadth,
    };
    if let Some(Some(channels)) = &patch.channels {
        check_channels(tx, actor.workspace, channels).await?;
    }
    let asks_for_part = matches!(&patch.channels, Some(Some(_)))
        || breadth.is_some_and(|breadth| breadth != Breadth::All) && breadth != earlier.breadth;
    let channels = patch.channels.unwrap_or(earlier.channels.clone());
    // A new owner sees everything. Those from outside are responsible for nothing.
    let (breadth, channels) = match (role, role.realm()) {
        (Role::Owner, _) if asks_for_part => return Err(owner_sees_all()),
        (Role::Owner, _) => (None, None),
        (_, Realm::Outside) => (None, channels),
        (_, Realm::Inside) => (breadth, channels),
    };
    check_sight(role, channels.as_deref())?;
    Ok(MemberPlace {
        role: role.name().to_owned(),
        reach: breadth.map(|breadth| breadth.name().to_owned()),
        channels: channels.map(|ids| json!(ids)),
    })
}

fn parse_breadth(name: &str) -> Result<Breadth, AppError> {
    Breadth::from_name(name).ok_or_else(|| {
        let known = Breadth::ALL.map(Breadth::name).join(", ");
        let detail = format!("{name:?} is not one of {known}");
        AppError::invalid("reach", "not_allowed", detail)
    })
}

pub(crate) fn stored_breadth(name: Option<&str>) -> Result<Option<Breadth>, AppError> {
    let Some(name) = name else { return Ok(None) };
    let breadth = Breadth::from_name(name).ok_or_else(|| AppError::Internal {
        step: "read a member's reach",
        source: anyhow::anyhow!("{name:?} is no reach of this version"),
    })?;
    Ok(Some(breadth))
}

pub(crate) fn stored_role(name: &str) -> Result<Role, AppError> {
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
            breadth: stored_breadth(member.reach.as_deref())?,
            channels: stored_channels(member.channels)?,
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
