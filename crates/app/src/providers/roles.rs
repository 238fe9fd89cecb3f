//! What groups of the provider's make of somebody, each time they sign in by it. Owners are left
//! alone, and nobody is taken out: that is for people to do.

use base::WorkspaceId;
use serde_json::json;
use store::users::{self, MemberPlace, User};
use store::{Tx, invitations, workspaces};

use crate::audit::Act;
use crate::{Actor, App, AppError, Realm, Role};

impl App {
    /// Gives the person the roles that their groups have.
    pub(super) async fn give_roles(
        &self,
        tx: &mut Tx,
        user: &User,
        groups: &[String],
    ) -> Result<(), AppError> {
        let roles = self.roles_for(tx, groups).await?;
        let makes_people = self.provider()?.settings.makes_people;
        for (workspace, role) in roles {
            let operator = Actor::system(workspace);
            let members = users::list_members(tx, workspace).await?;
            let member = members.into_iter().find(|member| member.id == user.id);
            let Some(member) = member else {
                if makes_people {
                    let now = self.now();
                    users::put_membership(tx, workspace, user.id, role.name(), now).await?;
                    let told = json!({"role": role.name(), "by": "provider"});
                    self.note(tx, &operator, Act::MemberAdded, user.id, told)
                        .await?;
                }
                continue;
            };
            let held = Role::from_name(&member.role);
            let is_outside = held.is_some_and(|held| held.realm() == Realm::Outside);
            // Owners are made by owners, and so is who sees from outside only.
            if member.role == role.name() || held == Some(Role::Owner) || is_outside {
                continue;
            }
            let place = MemberPlace {
                role: role.name().to_owned(),
                reach: member.reach,
                channels: member.channels,
            };
            users::change_member(tx, workspace, user.id, member.version, &place).await?;
            invitations::delete_invitations_by(tx, workspace, user.id).await?;
            self.end_links_of_maker(tx, &operator, user.id).await?;
            let told = json!({"role": [member.role, role.name()], "by": "provider"});
            self.note(tx, &operator, Act::MemberRoleChanged, user.id, told)
                .await?;
        }
        Ok(())
    }

    /// What these groups make of somebody in the workspaces that there are; of several the first
    /// that the operator named.
    pub(super) async fn roles_for(
        &self,
        tx: &mut Tx,
        groups: &[String],
    ) -> Result<Vec<(WorkspaceId, Role)>, AppError> {
        let named = &self.provider()?.settings.roles;
        let fitting = named.iter().filter(|rule| groups.contains(&rule.group));
        let mut found: Vec<(WorkspaceId, Role)> = Vec::new();
        for rule in fitting {
            if found
                .iter()
                .any(|(workspace, _)| *workspace == rule.workspace)
            {
                continue;
            }
            match workspaces::load_workspace(tx, rule.workspace).await {
                Ok(_) => found.push((rule.workspace, rule.role)),
                Err(store::StoreError::NotFound { .. }) => {
                    tracing::warn!(
                        workspace = rule.workspace.0,
                        "provider.roles names no workspace"
                    );
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }
}
