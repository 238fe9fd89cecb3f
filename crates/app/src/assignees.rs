//! Who is responsible for leads and deals: named, filtered by, and handed on.

use std::collections::HashMap;

use base::{DealId, LeadId, UserId, WorkspaceId};
use connect::columns::Kind;
use serde_json::json;
use store::deals::{self, DealChange};
use store::leads::{self, LeadAssignment};
use store::users::{self, Member};
use store::{Connection, Tx};

use crate::audit::Act;
use crate::deals::Shelf;
use crate::leads::hand_on;
use crate::{Actor, App, AppError, DealView, NOBODY, Permission, Realm, Role};

/// Name of the field of a deal's history.
pub(crate) const ASSIGNEE: &str = "assignee";

/// The members who may be responsible for what a file brings, by their addresses.
#[derive(Debug, Default)]
pub(crate) struct Crew(HashMap<String, UserId>);

impl Crew {
    /// Those who may read leads, or deals; nobody for other kinds of files.
    pub(crate) async fn of(
        connection: &mut Connection,
        workspace: WorkspaceId,
        kind: Kind,
    ) -> Result<Self, AppError> {
        let needed = match kind {
            Kind::Leads => Permission::ReadLeads,
            Kind::Deals => Permission::ReadDeals,
            Kind::Costs | Kind::Payments | Kind::History => return Ok(Self::default()),
        };
        let members = users::list_members(connection, workspace).await?;
        let fit = members.into_iter().filter(|member| is_fit(member, needed));
        let by_email = fit.map(|member| (member.email.to_lowercase(), member.id));
        Ok(Self(by_email.collect()))
    }

    /// The member whose address a file gives.
    pub(crate) fn named(&self, word: &str) -> Option<UserId> {
        self.0.get(&word.trim().to_lowercase()).copied()
    }

    /// Whoever was responsible before, where they may be still.
    pub(crate) fn still(&self, before: Option<UserId>) -> Option<UserId> {
        before.filter(|user| self.0.values().any(|known| known == user))
    }
}

impl App {
    /// Makes somebody, or nobody, responsible for a lead as it was read at `version`.
    ///
    /// # Errors
    /// When the actor does not see the lead, or would not see it afterwards, the person is no
    /// member who reads leads, or somebody else changed the lead meanwhile.
    pub async fn assign_lead(
        &self,
        actor: &Actor,
        id: LeadId,
        version: i64,
        to: Option<UserId>,
    ) -> Result<(), AppError> {
        actor.require(Permission::WriteLeads)?;
        let (now, workspace) = (self.now(), actor.workspace);
        let reach = self.stored_reach(actor).await?;
        let mut tx = self.inner.store.begin().await?;
        let lead = leads::load_lead(&mut tx, workspace, &reach, id).await?;
        let from = lead.details.assignee_id;
        check_assignee(&mut tx, actor, to, Permission::ReadLeads).await?;
        hand_on(&mut tx, workspace, now, id, version, to).await?;
        let assignment = LeadAssignment {
            at: now,
            from_id: from,
            to_id: to,
            author_id: actor.user(),
        };
        leads::insert_lead_assignment(&mut tx, workspace, id, &assignment).await?;
        self.note(
            &mut tx,
            actor,
            Act::LeadAssigned,
            id,
            json!({"to": [from, to]}),
        )
        .await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }

    /// Makes somebody responsible for a deal as it was read at `version`; with nobody, it is of
    /// whoever is responsible for its lead.
    ///
    /// # Errors
    /// As [`App::assign_lead`].
    pub async fn assign_deal(
        &self,
        actor: &Actor,
        id: DealId,
        version: i64,
        to: Option<UserId>,
    ) -> Result<DealView, AppError> {
        actor.require(Permission::WriteDeals)?;
        let (now, workspace) = (self.now(), actor.workspace);
        let reach = self.stored_reach(actor).await?;
        let mut tx = self.inner.store.begin().await?;
        let deal = deals::load_deal(&mut tx, workspace, &reach, id).await?;
        if deal.archived_at.is_some() {
            return Err(AppError::NotFound { what: "deal" });
        }
        if deal.version != version {
            return Err(AppError::EditConflict { what: "deal" });
        }
        check_assignee(&mut tx, actor, to, Permission::ReadDeals).await?;
        let mut shelf = Shelf::open(&mut tx, workspace).await?;
        shelf.fetch(&mut tx, &[id]).await?;
        let from = deal.details.assignee_id;
        let mut details = deal.details;
        details.assignee_id = to;
        shelf.change(id, details, None);
        let change = DealChange {
            at: now,
            recorded_at: now,
            field: ASSIGNEE.to_owned(),
            old_value: from.map(|id| id.to_string()),
            new_value: to.map(|id| id.to_string()),
            author_id: actor.user(),
            import_id: None,
        };
        shelf.note(id, change);
        shelf.save(&mut tx, now).await?;
        if deals::list_reached_deals(&mut tx, workspace, &reach, &[id])
            .await?
            .is_empty()
        {
            return Err(beyond());
        }
        self.note(
            &mut tx,
            actor,
            Act::DealAssigned,
            id,
            json!({"to": [from, to]}),
        )
        .await?;
        tx.commit().await?;
        self.wake_relay();
        self.deal(actor, id).await
    }
}

/// The members of a workspace, to name them by.
pub(crate) async fn members_by_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<HashMap<UserId, String>, AppError> {
    let members = users::list_members(connection, workspace).await?;
    let named = members.into_iter();
    Ok(named.map(|member| (member.id, name_of(member))).collect())
}

/// What somebody is called, where they are a member still.
pub(crate) fn called(members: &HashMap<UserId, String>, user: Option<UserId>) -> Option<String> {
    members.get(&user?).cloned()
}

/// The person that a list is filtered by.
pub(crate) fn assignee_of(actor: &Actor, wanted: Option<&str>) -> Result<Option<UserId>, AppError> {
    let wrong = || {
        let detail = "use a member's number, me, or nobody";
        AppError::invalid("assignee", "not_an_id", detail)
    };
    match wanted {
        None | Some("") => Ok(None),
        // Whom there is in the house cannot be tried out either.
        Some(_) if actor.realm() == Realm::Outside => Err(wrong()),
        Some("nobody") => Ok(Some(NOBODY)),
        Some("me") => actor.user().map(Some).ok_or_else(wrong),
        Some(id) => id.parse().map(Some).map_err(|_| wrong()),
    }
}

/// # Errors
/// When the person may not read what they are to be responsible for, or the actor would lose
/// sight of it.
async fn check_assignee(
    tx: &mut Tx,
    actor: &Actor,
    to: Option<UserId>,
    needed: Permission,
) -> Result<(), AppError> {
    if let Some(user) = to {
        let members = users::list_members(tx, actor.workspace).await?;
        let mut found = members.iter().filter(|member| member.id == user);
        // Whom the actor does not reach is told from nobody only by who sees everybody.
        if actor.reaches(to) && !found.any(|member| is_fit(member, needed)) {
            let detail = format!("{user} is no member who may {}", needed.phrase());
            return Err(AppError::invalid("assignee_id", "unknown_member", detail));
        }
    }
    // A deal of nobody is its lead's, which is looked at when it is saved.
    let is_leads = needed == Permission::ReadLeads;
    if (to.is_some() || is_leads) && !actor.reaches(to) {
        return Err(beyond());
    }
    Ok(())
}

/// Whether a member may be responsible for what they need this permission to read.
fn is_fit(member: &Member, needed: Permission) -> bool {
    let role = Role::from_name(&member.role);
    role.is_some_and(|role| role.realm() == Realm::Inside && role.has(needed))
}

fn beyond() -> AppError {
    AppError::BeyondReach {
        what: "whom you hand it to",
    }
}

fn name_of(member: Member) -> String {
    match member.name.as_str() {
        "" => member.email,
        _ => member.name,
    }
}
