//! Teams: members of a workspace who work on the same leads and deals.

use std::collections::BTreeSet;

use base::UserId;
use serde_json::json;
use store::teams::{self, Team, TeamDetails};
use store::{Connection, TeamId, Tx, service_accounts, users};

use crate::audit::Act;
use crate::people::check_name;
use crate::{Actor, App, AppError, Permission, Realm, Role};

/// Teams of a workspace.
const TEAMS_MAX: usize = 200;

/// A team with who is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamView {
    pub team: Team,
    pub members: Vec<UserId>,
}

/// What somebody says of a new team.
#[derive(Debug, Clone, Default)]
pub struct TeamInput {
    pub name: String,
    /// One of the members.
    pub leader: Option<UserId>,
    pub members: Vec<UserId>,
}

/// What changes about a team; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TeamPatch {
    pub name: Option<String>,
    pub leader: Option<Option<UserId>>,
    pub members: Option<Vec<UserId>>,
}

impl App {
    /// The teams of a workspace, by name.
    ///
    /// # Errors
    /// When the actor may not see people or the store cannot be read.
    pub async fn list_teams(&self, actor: &Actor) -> Result<Vec<TeamView>, AppError> {
        actor.require(Permission::ReadPeople)?;
        let mut connection = self.inner.store.read().await?;
        let all = teams::list_teams(&mut connection, actor.workspace).await?;
        let members = teams::list_team_members(&mut connection, actor.workspace).await?;
        let view = |team: Team| TeamView {
            members: members
                .iter()
                .filter(|member| member.team_id == team.id)
                .map(|member| member.user_id)
                .collect(),
            team,
        };
        Ok(all.into_iter().map(view).collect())
    }

    /// # Errors
    /// When a field is wrong or another team has the name.
    pub async fn create_team(&self, actor: &Actor, input: TeamInput) -> Result<TeamView, AppError> {
        actor.require(Permission::ManagePeople)?;
        let mut tx = self.inner.store.begin_work().await?;
        let there = teams::list_teams(&mut tx, actor.workspace).await?;
        if there.len() >= TEAMS_MAX {
            let detail = format!("a workspace has at most {TEAMS_MAX} teams");
            return Err(AppError::invalid("name", "too_many", detail));
        }
        let (details, members) = checked(&mut tx, actor, input).await?;
        let id = teams::insert_team(&mut tx, actor.workspace, self.now(), &details).await?;
        teams::put_team_members(&mut tx, actor.workspace, id, &members).await?;
        let told = json!({"name": details.name, "members": members});
        self.note(&mut tx, actor, Act::TeamCreated, id, told)
            .await?;
        let team = load(&mut tx, actor, id).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(team)
    }

    /// Changes a team as it was read at `version`. Who is in it changes what its members see from
    /// their next request on.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed the team meanwhile.
    pub async fn update_team(
        &self,
        actor: &Actor,
        id: TeamId,
        version: i64,
        patch: TeamPatch,
    ) -> Result<TeamView, AppError> {
        actor.require(Permission::ManagePeople)?;
        let mut tx = self.inner.store.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        let members = patch.members.unwrap_or_else(|| before.members.clone());
        // Who leaves a team does not lead it on.
        let leader = before.team.details.leader_id;
        let kept = leader.filter(|leader| members.contains(leader));
        let input = TeamInput {
            name: patch.name.unwrap_or(before.team.details.name.clone()),
            leader: patch.leader.unwrap_or(kept),
            members,
        };
        let (details, members) = checked(&mut tx, actor, input).await?;
        teams::update_team(&mut tx, actor.workspace, id, version, &details).await?;
        teams::put_team_members(&mut tx, actor.workspace, id, &members).await?;
        let after = load(&mut tx, actor, id).await?;
        let told = json!({
            "name": [before.team.details.name, details.name],
            "leader": [before.team.details.leader_id, details.leader_id],
            "members": [before.members, after.members],
        });
        self.note(&mut tx, actor, Act::TeamChanged, id, told)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Dissolves a team as it was read at `version`; its people stay in the workspace.
    ///
    /// # Errors
    /// When the workspace has no such team, a program sees what is the team's, or somebody else
    /// changed it meanwhile.
    pub async fn delete_team(
        &self,
        actor: &Actor,
        id: TeamId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ManagePeople)?;
        let mut tx = self.inner.store.begin().await?;
        let team = teams::load_team(&mut tx, actor.workspace, id).await?;
        refuse_seen(&mut tx, actor, id).await?;
        teams::put_team_members(&mut tx, actor.workspace, id, &[]).await?;
        teams::delete_team(&mut tx, actor.workspace, id, version).await?;
        let told = json!({"name": team.details.name});
        self.note(&mut tx, actor, Act::TeamDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// # Errors
/// When some program sees what is the team's.
async fn refuse_seen(tx: &mut Tx, actor: &Actor, id: TeamId) -> Result<(), AppError> {
    let programs = service_accounts::list_service_accounts(tx, actor.workspace).await?;
    let mut details = programs.iter().map(|program| &program.details);
    let Some(details) = details.find(|details| details.team_id == Some(id)) else {
        return Ok(());
    };
    let detail = format!(
        "the service account {} sees the leads and deals of this team: change what it sees first",
        details.name
    );
    Err(AppError::Conflict {
        code: "team_in_reach",
        field: None,
        detail,
    })
}

async fn load(
    connection: &mut Connection,
    actor: &Actor,
    id: TeamId,
) -> Result<TeamView, AppError> {
    let team = teams::load_team(connection, actor.workspace, id).await?;
    let members = teams::list_team_members(connection, actor.workspace).await?;
    let own = members.into_iter().filter(|member| member.team_id == id);
    Ok(TeamView {
        team,
        members: own.map(|member| member.user_id).collect(),
    })
}

/// The team as it may be stored, its leader among its members.
async fn checked(
    tx: &mut Tx,
    actor: &Actor,
    input: TeamInput,
) -> Result<(TeamDetails, Vec<UserId>), AppError> {
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        return Err(AppError::invalid("name", "required", "name the team"));
    }
    let known = users::list_members(tx, actor.workspace).await?;
    let is_inside = |role: &str| Role::from_name(role).map(Role::realm) == Some(Realm::Inside);
    let is_member = |user: &UserId| {
        let mut known = known.iter();
        known.any(|member| member.id == *user && is_inside(&member.role))
    };
    if let Some(stranger) = input.members.iter().find(|user| !is_member(user)) {
        let detail = format!("{stranger} is nobody of this workspace who can be in a team");
        return Err(AppError::invalid("member_ids", "unknown_member", detail));
    }
    let members: BTreeSet<UserId> = input.members.into_iter().collect();
    if input
        .leader
        .is_some_and(|leader| !members.contains(&leader))
    {
        let detail = "who leads a team is one of its members";
        return Err(AppError::invalid("leader_id", "unknown_member", detail));
    }
    let details = TeamDetails {
        name,
        leader_id: input.leader,
    };
    Ok((details, members.into_iter().collect()))
}
