//! Standing: whether who began a request still may, as the transaction sees it that carries it
//! out. A request's body may take its time, and its sender be shut out meanwhile.

use store::{Connection, Tx, api_keys, sessions, users};

use crate::members::{stored_breadth, stored_role};
use crate::service_accounts::program;
use crate::sight::stored_channels;
use crate::sign_in::Visitor;
use crate::{Actor, App, AppError, Role, Sight, Who};

impl App {
    /// # Errors
    /// [`AppError::Unauthenticated`] when the actor's session or key has ended meanwhile;
    /// [`AppError::NotFound`] when they are no member any more, [`AppError::EditConflict`] when
    /// they have got another role, or see less than they did.
    pub(crate) async fn require_standing(
        &self,
        connection: &mut Connection,
        actor: &Actor,
    ) -> Result<(), AppError> {
        let now = self.now();
        let (workspace, user, session) = match &actor.who {
            Who::Person {
                user,
                session: Some(session),
                ..
            } => (actor.workspace, *user, *session),
            Who::Key {
                id, program: of, ..
            } => {
                if !api_keys::is_key_live(connection, actor.workspace, *id, now).await? {
                    return Err(AppError::Unauthenticated);
                }
                let Some(earlier) = of else { return Ok(()) };
                let (there, _) = program(connection, actor.workspace, earlier.id).await?;
                return unchanged(actor, there.role, &there.sight);
            }
            Who::Person { session: None, .. } | Who::System => return Ok(()),
        };
        if !sessions::is_session_live(connection, user, session, now).await? {
            return Err(AppError::Unauthenticated);
        }
        let places = users::list_roles_of_user(connection, user).await?;
        let mut places = places.into_iter();
        let here = places.find(|place| place.workspace_id == workspace);
        let here = here.ok_or(AppError::NotFound { what: "workspace" })?;
        let role = stored_role(&here.role)?;
        let breadth = stored_breadth(here.reach.as_deref())?;
        let breadth = breadth.unwrap_or(role.breadth());
        let channels = stored_channels(here.channels)?;
        let sight = Sight::of_member(connection, workspace, user, breadth, channels).await?;
        unchanged(actor, role, &sight)
    }

    /// Whether an actor still is who they were and sees what they saw, for an answer that goes on
    /// for long.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn still_stands(&self, actor: &Actor) -> Result<bool, AppError> {
        let mut connection = self.inner.store.read().await?;
        match self.require_standing(&mut connection, actor).await {
            Ok(()) => Ok(true),
            Err(
                AppError::Unauthenticated
                | AppError::NotFound { .. }
                | AppError::EditConflict { .. },
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// # Errors
    /// [`AppError::Unauthenticated`] when the session has ended meanwhile.
    pub(crate) async fn require_session(
        &self,
        tx: &mut Tx,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        match sessions::is_session_live(tx, visitor.user, visitor.session, self.now()).await? {
            true => Ok(()),
            false => Err(AppError::Unauthenticated),
        }
    }
}

/// Whether the actor still is what they were when they began, and still sees what they saw.
fn unchanged(actor: &Actor, role: Role, sight: &Sight) -> Result<(), AppError> {
    let earlier = match &actor.who {
        Who::Person { role, .. } => Some(*role),
        Who::Key { program, .. } => program.as_ref().map(|program| program.role),
        Who::System => None,
    };
    if earlier != Some(role) {
        return Err(AppError::EditConflict { what: "your role" });
    }
    match actor.sight().unwrap_or(&Sight::default()).is_within(sight) {
        true => Ok(()),
        false => Err(AppError::EditConflict {
            what: "what you may see",
        }),
    }
}
