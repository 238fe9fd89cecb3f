//! Teams: members of a workspace who work on the same leads and deals.

use base::{UnixMillis, UserId, WorkspaceId};

use crate::filter::one_of;
use crate::row::OneRow;
use crate::statement::{Statement, insert_rows, record};
use crate::{Connection, StoreError, TeamId, Tx};

record! {
    pub struct TeamDetails {
        /// Unique in the workspace.
        pub name: String,
        /// One of its members.
        pub leader_id: Option<UserId>,
    }
}

record! {
    pub struct Team {
        pub id: TeamId,
        pub details: TeamDetails,
        pub created_at: UnixMillis,
        pub version: i64,
    }
}

record! {
    pub struct TeamMember {
        pub team_id: TeamId,
        pub user_id: UserId,
    }
}

pub async fn insert_team(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &TeamDetails,
) -> Result<TeamId, StoreError> {
    Statement::new(include_str!("queries/teams/insert_team.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

pub async fn load_team(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: TeamId,
) -> Result<Team, StoreError> {
    let sql = include_str!("queries/teams/load_team.sql");
    OneRow("team", workspace, id).load(connection, sql).await
}

/// By name.
pub async fn list_teams(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Team>, StoreError> {
    Statement::new(include_str!("queries/teams/list_teams.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// Who is in which team.
pub async fn list_team_members(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<TeamMember>, StoreError> {
    Statement::new(include_str!("queries/teams/list_team_members.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// Everybody who is in a team with the user, the user too, if they are in any.
pub async fn list_teammates(
    connection: &mut Connection,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<Vec<UserId>, StoreError> {
    let found: Vec<Teammate> = Statement::new(include_str!("queries/teams/list_teammates.sql"))
        .bind(&workspace)
        .bind(&user)
        .all(connection)
        .await?;
    Ok(found.into_iter().map(|mate| mate.user_id).collect())
}

record! {
    struct Teammate {
        user_id: UserId,
    }
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_team(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: TeamId,
    version: i64,
    details: &TeamDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/teams/update_team.sql");
    let row = OneRow("team", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Leaves these people in the team, and nobody else. All have to be members of the workspace.
pub async fn put_team_members(
    tx: &mut Tx,
    workspace: WorkspaceId,
    team: TeamId,
    users: &[UserId],
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/teams/delete_team_members.sql"))
        .bind(&workspace)
        .bind(&team)
        .bind(&one_of(users.iter().map(|user| user.0)))
        .execute(tx)
        .await?;
    let rows: Vec<TeamMember> = users
        .iter()
        .map(|user| TeamMember {
            team_id: team,
            user_id: *user,
        })
        .collect();
    let sql = include_str!("queries/teams/insert_team_members.sql");
    insert_rows(tx, sql, &workspace, &rows).await
}

/// Deletes a team that nobody is in.
pub async fn delete_team(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: TeamId,
    version: i64,
) -> Result<(), StoreError> {
    let deleted = Statement::new(include_str!("queries/teams/delete_team.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .execute(tx)
        .await?;
    crate::met_version(deleted, "team", id, version)
}

/// Takes the user out of every team, and out of leading any.
pub async fn leave_teams(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/teams/leave_leading.sql"))
        .bind(&workspace)
        .bind(&user)
        .execute(tx)
        .await?;
    Statement::new(include_str!("queries/teams/leave_teams.sql"))
        .bind(&workspace)
        .bind(&user)
        .execute(tx)
        .await?;
    Ok(())
}
