//! Who asks, and what they may do. Every use case takes an [`Actor`] and checks it first.

use base::{UserId, WorkspaceId};
use store::{ApiKeyId, ServiceAccountId, SessionId};

use crate::{AppError, Membership, Permission, Realm, Role, Sight};

/// A signed-in person, an API key, or the program itself, inside one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub workspace: WorkspaceId,
    pub who: Who,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Person {
        user: UserId,
        name: String,
        role: Role,
        /// What part of the workspace they see.
        sight: Sight,
        /// The session that asks, which has to be there still when something is written; `None` for
        /// what goes on without them.
        session: Option<SessionId>,
    },
    Key {
        id: ApiKeyId,
        /// For histories: with the program's before it, where it is one's.
        name: String,
        /// What the key itself is called.
        called: String,
        scopes: Vec<Scope>,
        /// Whose it is; nothing beyond what that may is granted. `None` for a key of the
        /// workspace.
        program: Option<Program>,
    },
    /// Commands and jobs of the operator.
    System,
}

/// A service account as its keys act for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub id: ServiceAccountId,
    pub role: Role,
    /// What part of the workspace it sees.
    pub sight: Sight,
}

/// What an API key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Events,
    Leads,
    Deals,
    Reports,
    All,
}

impl Actor {
    #[must_use]
    pub fn system(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            who: Who::System,
        }
    }

    /// # Errors
    /// [`AppError::Forbidden`] when the actor lacks the permission.
    pub fn require(&self, permission: Permission) -> Result<(), AppError> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(AppError::Forbidden {
                permission: permission.phrase(),
            })
        }
    }

    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match &self.who {
            Who::Person { role, .. } => role.has(permission),
            Who::Key {
                scopes, program, ..
            } => {
                let mut program = program.iter();
                program.all(|program| program.role.has(permission))
                    && scopes.iter().any(|scope| scope.grants(permission))
            }
            Who::System => true,
        }
    }

    /// Whether the actor belongs to the house: who does not learns nothing of its people.
    #[must_use]
    pub fn realm(&self) -> Realm {
        match &self.who {
            Who::Person { role, .. } => role.realm(),
            Who::Key { program, .. } => {
                let role = program.as_ref().map(|program| program.role);
                role.map_or(Realm::Inside, Role::realm)
            }
            Who::System => Realm::Inside,
        }
    }

    /// The same person in another workspace of theirs.
    pub(crate) fn in_place(&self, place: &Membership) -> Self {
        let mut who = self.who.clone();
        if let Who::Person { role, .. } = &mut who {
            *role = place.role;
        }
        Self {
            workspace: place.workspace.id,
            who,
        }
    }

    /// Name for histories.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.who {
            Who::Person { name, .. } | Who::Key { name, .. } => name,
            Who::System => "system",
        }
    }

    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match &self.who {
            Who::Person { user, .. } => Some(*user),
            Who::Key { .. } | Who::System => None,
        }
    }
}

impl Scope {
    /// The name that keys are stored and shown with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Leads => "leads",
            Self::Deals => "deals",
            Self::Reports => "reports",
            Self::All => "all",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Events,
            Self::Leads,
            Self::Deals,
            Self::Reports,
            Self::All,
        ]
        .into_iter()
        .find(|scope| scope.name() == name)
    }

    fn grants(self, permission: Permission) -> bool {
        match self {
            Self::All => true,
            Self::Events => permission == Permission::WriteEvents,
            Self::Leads => matches!(
                permission,
                Permission::ReadLeads
                    | Permission::SeeContacts
                    | Permission::SeeRevenue
                    | Permission::WriteLeads
            ),
            Self::Deals => {
                matches!(
                    permission,
                    Permission::ReadDeals | Permission::SeeRevenue | Permission::WriteDeals
                )
            }
            // A report speaks of channels, sites and links by their ids.
            Self::Reports => matches!(
                permission,
                Permission::ReadReports
                    | Permission::SeeCosts
                    | Permission::SeeMargin
                    | Permission::SeeRevenue
                    | Permission::ReadRows
                    | Permission::ReadNotes
                    | Permission::ReadChannels
                    | Permission::ReadSetup
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(scopes: &[Scope]) -> Actor {
        let who = Who::Key {
            id: ApiKeyId(1),
            name: "shop".to_owned(),
            called: "shop".to_owned(),
            scopes: scopes.to_vec(),
            program: None,
        };
        Actor {
            workspace: WorkspaceId(1),
            who,
        }
    }

    #[test]
    fn a_key_may_only_do_what_it_is_for() {
        assert!(key(&[Scope::Leads]).require(Permission::WriteLeads).is_ok());
        let refused = key(&[Scope::Leads]).require(Permission::WriteDeals);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "this needs the right to write deals and payments"
        );
        let refused = key(&[Scope::Leads]).require(Permission::ReadDeals);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "this needs the right to read deals and payments"
        );
        assert!(key(&[Scope::Deals]).require(Permission::ReadDeals).is_ok());
        assert!(key(&[Scope::All]).require(Permission::ManageKeys).is_ok());
    }

    #[test]
    fn a_key_of_a_program_may_only_do_what_its_role_may_too() {
        for role in Role::ALL {
            for scope in [Scope::Leads, Scope::Reports, Scope::All] {
                let mut of_program = key(&[scope]);
                if let Who::Key { program, .. } = &mut of_program.who {
                    *program = Some(Program {
                        id: ServiceAccountId(1),
                        role,
                        sight: Sight::default(),
                    });
                }
                for permission in Permission::ALL {
                    let expected = scope.grants(permission) && role.has(permission);
                    assert_eq!(
                        of_program.may(permission),
                        expected,
                        "{role:?} {permission:?}"
                    );
                }
            }
        }
    }
}
