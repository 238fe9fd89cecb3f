//! Service accounts: programs as members, with a role, a reach and keys of their own, which stay
//! when whoever made them leaves. They sign in nowhere.

use base::{ChannelId, UnixMillis, WorkspaceId};
use serde_json::json;
use store::service_accounts::{self, ServiceAccount, ServiceAccountDetails};
use store::{Connection, ServiceAccountId, StoreError, TeamId, Tx, teams};

use crate::actor::Program;
use crate::audit::{Act, changes};
use crate::members::{parse_role, stored_role};
use crate::people::check_name;
use crate::sight::{check_channels, check_sight, stored_channels};
use crate::{Actor, App, AppError, Permission, Role, Sight};

/// Programs of a workspace.
const SERVICE_ACCOUNTS_MAX: usize = 100;

/// A program of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccountView {
    pub id: ServiceAccountId,
    pub name: String,
    pub role: Role,
    /// Whose leads and deals it sees; everybody's when absent.
    pub team: Option<TeamId>,
    /// The channels that it sees; all of them when absent.
    pub channels: Option<Vec<ChannelId>>,
    pub created_at: UnixMillis,
    /// By any of its keys, also of those that ended.
    pub last_used_at: Option<UnixMillis>,
    /// Since when it is switched off: it has no keys then.
    pub disabled_at: Option<UnixMillis>,
    pub version: i64,
}

/// What somebody says of a new program.
#[derive(Debug, Clone, Default)]
pub struct ServiceAccountInput {
    pub name: String,
    pub role: String,
    pub team: Option<TeamId>,
    pub channels: Option<Vec<ChannelId>>,
}

/// What changes about a program; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ServiceAccountPatch {
    pub name: Option<String>,
    pub role: Option<String>,
    /// `Some(None)` for everybody's leads and deals.
    pub team: Option<Option<TeamId>>,
    /// `Some(None)` for all of them.
    pub channels: Option<Option<Vec<ChannelId>>>,
    pub power: Option<Power>,
}

/// Whether a program may have keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    On,
    /// The keys that it has are revoked.
    Off,
}

impl App {
    /// The programs of a workspace, by name.
    ///
    /// # Errors
    /// When the actor may not see them or the store cannot be read.
    pub async fn list_service_accounts(
        &self,
        actor: &Actor,
    ) -> Result<Vec<ServiceAccountView>, AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut connection = self.inner.store.read().await?;
        let found = service_accounts::list_service_accounts(&mut connection, actor.workspace);
        found.await?.into_iter().map(view).collect()
    }

    /// # Errors
    /// When a field is wrong, another program has the name, or there are too many.
    pub async fn create_service_account(
        &self,
        actor: &Actor,
        input: ServiceAccountInput,
    ) -> Result<ServiceAccountView, AppError> {
        actor.require(Permission::ManageKeys)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin_work().await?;
        let there = service_accounts::list_service_accounts(&mut tx, workspace).await?;
        if there.len() >= SERVICE_ACCOUNTS_MAX {
            let detail = format!("a workspace has at most {SERVICE_ACCOUNTS_MAX} service accounts");
            return Err(AppError::invalid("name", "too_many", detail));
        }
        let details = checked(&mut tx, workspace, input, None).await?;
        let id = service_accounts::insert_service_account(&mut tx, workspace, now, &details);
        let id = id.await?;
        let told = json!({
            "name": &details.name,
            "role": &details.role,
            "team": details.team_id,
            "channels": &details.channels,
        });
        self.note(&mut tx, actor, Act::ServiceAccountCreated, id, told)
            .await?;
        let made = service_accounts::load_service_account(&mut tx, workspace, id).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        view(made)
    }

    /// Changes a program as it was read at `version`; its keys may do what is said now from their
    /// next request on.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn change_service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
        version: i64,
        patch: ServiceAccountPatch,
    ) -> Result<ServiceAccountView, AppError> {
        actor.require(Permission::ManageKeys)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin().await?;
        let before = service_accounts::load_service_account(&mut tx, workspace, id).await?;
        let kept = view(before.clone())?;
        let input = ServiceAccountInput {
            name: patch.name.unwrap_or(kept.name),
            role: patch.role.unwrap_or_else(|| kept.role.name().to_owned()),
            team: patch.team.unwrap_or(kept.team),
            channels: patch.channels.unwrap_or(kept.channels),
        };
        let disabled_at = match patch.power {
            None => kept.disabled_at,
            Some(Power::On) => None,
            Some(Power::Off) => kept.disabled_at.or(Some(now)),
        };
        let details = checked(&mut tx, workspace, input, disabled_at).await?;
        service_accounts::update_service_account(&mut tx, workspace, id, version, &details).await?;
        if disabled_at.is_some() {
            service_accounts::revoke_keys_of(&mut tx, workspace, id, now).await?;
        }
        let told = changes(&before.details, &details);
        self.note(&mut tx, actor, Act::ServiceAccountChanged, id, told)
            .await?;
        let changed = service_accounts::load_service_account(&mut tx, workspace, id).await?;
        tx.commit().await?;
        self.refresh_routing().await?;
        view(changed)
    }

    /// Takes a program, as it was read at `version`, out of the workspace, and revokes its keys.
    ///
    /// # Errors
    /// When the workspace has no such program or somebody else changed it meanwhile.
    pub async fn delete_service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ManageKeys)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin().await?;
        let before = service_accounts::load_service_account(&mut tx, workspace, id).await?;
        service_accounts::revoke_keys_of(&mut tx, workspace, id, now).await?;
        service_accounts::delete_service_account(&mut tx, workspace, id, version, now).await?;
        let told = json!({"name": before.details.name});
        self.note(&mut tx, actor, Act::ServiceAccountDeleted, id, told)
            .await?;
        tx.commit().await?;
        self.refresh_routing().await
    }
}

/// What a program may do and see now, and what it is called.
///
/// # Errors
/// [`AppError::Unauthenticated`] when it was taken out meanwhile.
pub(crate) async fn program(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ServiceAccountId,
) -> Result<(Program, String), AppError> {
    let found = service_accounts::load_service_account(connection, workspace, id).await;
    let account = match found {
        Err(StoreError::NotFound { .. }) => return Err(AppError::Unauthenticated),
        found => view(found?)?,
    };
    let sight = Sight::of_program(connection, workspace, account.team, account.channels).await?;
    let program = Program {
        id,
        role: account.role,
        sight,
    };
    Ok((program, account.name))
}

/// A program as it may be stored.
async fn checked(
    tx: &mut Tx,
    workspace: WorkspaceId,
    input: ServiceAccountInput,
    disabled_at: Option<UnixMillis>,
) -> Result<ServiceAccountDetails, AppError> {
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        return Err(AppError::invalid("name", "required", "name the program"));
    }
    let role = parse_role("role", &input.role)?;
    if role == Role::Owner {
        let detail = "a program cannot be an owner";
        return Err(AppError::invalid("role", "not_allowed", detail));
    }
    if let Some(team) = input.team {
        let known = teams::list_teams(tx, workspace).await?;
        if !known.iter().any(|one| one.id == team) {
            let detail = format!("there is no team {team}");
            return Err(AppError::invalid("team_id", "unknown_team", detail));
        }
    }
    check_sight(role, input.channels.as_deref())?;
    if let Some(channels) = &input.channels {
        check_channels(tx, workspace, channels).await?;
    }
    Ok(ServiceAccountDetails {
        name,
        role: role.name().to_owned(),
        team_id: input.team,
        channels: input.channels.map(|ids| json!(ids)),
        disabled_at,
    })
}

fn view(account: ServiceAccount) -> Result<ServiceAccountView, AppError> {
    let details = account.details;
    Ok(ServiceAccountView {
        id: account.id,
        name: details.name,
        role: stored_role(&details.role)?,
        team: details.team_id,
        channels: stored_channels(details.channels)?,
        created_at: account.created_at,
        last_used_at: account.last_used_at,
        disabled_at: details.disabled_at,
        version: account.version,
    })
}
