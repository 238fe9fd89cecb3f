//! Members of whom something is to be sent to: who may be named, and how they are shown.

use base::UserId;
use serde_json::Value as Json;
use store::users::User;
use store::{Connection, users};

use crate::error::Step as _;
use crate::{Actor, AppError, Permission};

/// People who get one thing.
const RECIPIENTS_MAX: usize = 50;

/// What is stored of recipients.
///
/// # Errors
/// When it is no list of members.
pub(crate) fn stored_recipients(stored: &Json) -> Result<Vec<UserId>, AppError> {
    serde_json::from_value(stored.clone()).step("read who gets it")
}

/// Recipients with what they are called; without names where the actor does not see the people.
pub(crate) fn seen_recipients(
    actor: &Actor,
    members: &[User],
    wanted: &[UserId],
) -> Vec<(UserId, String)> {
    let is_shown = |id: UserId| actor.may(Permission::ReadPeople) || actor.user() == Some(id);
    let seen = wanted.iter().filter_map(|id| {
        let member = members.iter().find(|member| member.id == *id)?;
        let name = member.called().to_owned();
        Some((*id, if is_shown(*id) { name } else { String::new() }))
    });
    seen.collect()
}

/// Who does not see the people names nobody else, but leaves those who are `there`.
///
/// # Errors
/// When there are fewer than `least` or too many, or one of them is no member that the actor knows.
pub(crate) async fn check_recipients(
    connection: &mut Connection,
    actor: &Actor,
    there: &[UserId],
    wanted: &[UserId],
    least: usize,
) -> Result<(), AppError> {
    if !(least..=RECIPIENTS_MAX).contains(&wanted.len()) {
        let detail = format!("name between 1 and {RECIPIENTS_MAX} people");
        return Err(AppError::invalid("recipients", "required", detail));
    }
    let members = users::list_users(connection, actor.workspace).await?;
    let is_member = |id: &UserId| members.iter().any(|user| user.id == *id);
    let is_known = |id: &UserId| {
        actor.may(Permission::ReadPeople) || actor.user() == Some(*id) || there.contains(id)
    };
    let mut named = wanted.iter();
    match named.find(|id| !is_known(id) || !is_member(id)) {
        None => Ok(()),
        Some(id) => {
            let detail = format!("{id} is no member of the workspace that you know");
            Err(AppError::invalid("recipients", "unknown_member", detail))
        }
    }
}
