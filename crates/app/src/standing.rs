//! Standing: whether who began a request still may, as the transaction sees it that carries it
//! out. A request's body may take its time, and its sender be shut out meanwhile.

use store::{Tx, api_keys, sessions, users};

use crate::sign_in::Visitor;
use crate::{Actor, App, AppError, Who};

impl App {
    /// # Errors
    /// [`AppError::Unauthenticated`] when the actor's session or key has ended meanwhile;
    /// [`AppError::NotFound`] when they are no member any more, [`AppError::EditConflict`] when
    /// they have got another role.
    pub(crate) async fn require_standing(
        &self,
        tx: &mut Tx,
        actor: &Actor,
    ) -> Result<(), AppError> {
        let now = self.now();
        let (user, role, session) = match &actor.who {
            Who::Person {
                user,
                role,
                session: Some(session),
                ..
            } => (*user, *role, *session),
            Who::Key { id, .. } => {
                return match api_keys::is_key_live(tx, actor.workspace, *id, now).await? {
                    true => Ok(()),
                    false => Err(AppError::Unauthenticated),
                };
            }
            Who::Person { session: None, .. } | Who::System => return Ok(()),
        };
        if !sessions::is_session_live(tx, user, session, now).await? {
            return Err(AppError::Unauthenticated);
        }
        let roles = users::list_roles_of_user(tx, user).await?;
        let here = roles
            .iter()
            .find(|place| place.workspace_id == actor.workspace);
        match here {
            Some(place) if place.role == role.name() => Ok(()),
            Some(_) => Err(AppError::EditConflict { what: "your role" }),
            None => Err(AppError::NotFound { what: "workspace" }),
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
