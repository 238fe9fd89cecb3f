//! The channel tree and the rules that fill it; every set of rules is kept.

use base::ChannelId;
use domain::label::ChannelKind;
use serde_json::json;
use store::channel_rules::{self, NewChannelRules};
use store::channels::{self, Channel, ChannelDetails};
use store::{Tx, invitations, service_accounts, users};

use crate::audit::{Act, changes};
use crate::people::{check_name, one_of};
use crate::sight::{channels_within, stored_channels};
use crate::{Actor, App, AppError, Permission, Realm};

mod rules;

use rules::moved_rules;
pub use rules::{RulesExample, RulesPreview};

/// Levels of the tree.
const DEPTH_MAX: usize = 6;
/// Ten colours, each also as a ring.
const COLOURS: i64 = 20;

/// What the owner says of a channel.
#[derive(Debug, Clone)]
pub struct ChannelInput {
    pub parent: Option<ChannelId>,
    pub name: String,
    pub kind: String,
    pub colour: i64,
    pub position: i64,
}

/// What changes about a channel; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ChannelPatch {
    /// `Some(None)` makes it a channel of the first level.
    pub parent: Option<Option<ChannelId>>,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub colour: Option<i64>,
    pub position: Option<i64>,
}

impl App {
    /// The tree. Those from outside are not told of channels that they do not see.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_channels(&self, actor: &Actor) -> Result<Vec<Channel>, AppError> {
        actor.require(Permission::ReadChannels)?;
        let mut connection = self.inner.store.read().await?;
        let mut found = channels::list_channels(&mut connection, actor.workspace).await?;
        if actor.realm() == Realm::Outside {
            let within = channels_within(&mut connection, actor).await?;
            let within = within.unwrap_or_default();
            found.retain(|channel| within.contains(&channel.id));
        }
        Ok(found)
    }

    /// # Errors
    /// When a field is wrong or the parent has a channel of that name.
    pub async fn create_channel(
        &self,
        actor: &Actor,
        input: &ChannelInput,
    ) -> Result<Channel, AppError> {
        actor.require(Permission::EditChannels)?;
        actor.require_all_channels()?;
        let mut tx = self.inner.store.begin_work().await?;
        let tree = channels::list_channels(&mut tx, actor.workspace).await?;
        let details = checked(input, None, &tree)?;
        let id = channels::insert_channel(&mut tx, actor.workspace, self.now(), &details).await?;
        let channel = channels::load_channel(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::ChannelCreated,
            id,
            json!({"name": &details.name}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.refresh_labels_of(actor.workspace).await?;
        Ok(channel)
    }

    /// Changes the channel as it was read at `version`.
    ///
    /// # Errors
    /// When a field is wrong, it is to leave the top of the tree and names what some member sees,
    /// or somebody else changed it meanwhile.
    pub async fn update_channel(
        &self,
        actor: &Actor,
        id: ChannelId,
        version: i64,
        patch: ChannelPatch,
    ) -> Result<Channel, AppError> {
        actor.require(Permission::EditChannels)?;
        actor.require_all_channels()?;
        let mut tx = self.inner.store.begin().await?;
        let current = channels::load_channel(&mut tx, actor.workspace, id)
            .await?
            .details;
        let before = current.clone();
        let tree = channels::list_channels(&mut tx, actor.workspace).await?;
        let input = ChannelInput {
            parent: patch.parent.unwrap_or(current.parent_id),
            name: patch.name.unwrap_or(current.name),
            kind: patch.kind.unwrap_or(current.kind),
            colour: patch.colour.unwrap_or(current.colour),
            position: patch.position.unwrap_or(current.position),
        };
        let details = checked(&input, Some(id), &tree)?;
        if before.parent_id.is_none() && details.parent_id.is_some() {
            refuse_seen(&mut tx, actor, id, Some("parent_id")).await?;
        }
        channels::update_channel(&mut tx, actor.workspace, id, version, &details).await?;
        let channel = channels::load_channel(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::ChannelChanged,
            id,
            changes(&before, &details),
        )
        .await?;
        tx.commit().await?;
        self.refresh_labels_of(actor.workspace).await?;
        Ok(channel)
    }

    /// Takes a channel out of the tree. Rules that fill it are moved to `rules_to`, as a new
    /// version: a rule always names a channel that there is.
    ///
    /// # Errors
    /// When it has children, when it names what some member sees, when rules fill it and
    /// `rules_to` names no other channel, or when somebody else changed it meanwhile.
    pub async fn archive_channel(
        &self,
        actor: &Actor,
        id: ChannelId,
        version: i64,
        rules_to: Option<ChannelId>,
    ) -> Result<(), AppError> {
        actor.require(Permission::EditChannels)?;
        actor.require_all_channels()?;
        let mut tx = self.inner.store.begin().await?;
        let tree = channels::list_channels(&mut tx, actor.workspace).await?;
        if tree
            .iter()
            .any(|channel| channel.details.parent_id == Some(id))
        {
            return Err(AppError::Conflict {
                code: "has_children",
                field: None,
                detail: "move or remove the channels below it first".to_owned(),
            });
        }
        refuse_seen(&mut tx, actor, id, None).await?;
        let channel = channels::load_channel(&mut tx, actor.workspace, id).await?;
        let left: Vec<Channel> = tree.into_iter().filter(|other| other.id != id).collect();
        if let Some((version, rules)) = moved_rules(&mut tx, actor, id, rules_to, &left).await? {
            let new = NewChannelRules {
                rules: json!(rules),
                author_id: actor.user(),
                note: format!("− {}", channel.details.name),
                created_at: self.now(),
            };
            channel_rules::publish_channel_rules(&mut tx, actor.workspace, version, &new).await?;
        }
        channels::archive_channel(&mut tx, actor.workspace, id, version, self.now()).await?;
        self.note(
            &mut tx,
            actor,
            Act::ChannelDeleted,
            id,
            json!({"name": &channel.details.name}),
        )
        .await?;
        tx.commit().await?;
        self.refresh_labels_of(actor.workspace).await
    }
}

/// What a member sees is named by channels at the top of the tree.
///
/// # Errors
/// When the channel is one of those that some member sees.
async fn refuse_seen(
    tx: &mut Tx,
    actor: &Actor,
    id: ChannelId,
    field: Option<&str>,
) -> Result<(), AppError> {
    let members = users::list_members(tx, actor.workspace).await?;
    let members = members.into_iter().map(|one| (one.email, one.channels));
    let invited = invitations::list_invitations(tx, actor.workspace).await?;
    let invited = invited.into_iter().map(|one| (one.email, one.channels));
    let programs = service_accounts::list_service_accounts(tx, actor.workspace).await?;
    let programs = programs.into_iter().map(|one| one.details);
    let programs = programs.map(|details| (details.name, details.channels));
    for (who, channels) in members.chain(invited).chain(programs) {
        let seen = stored_channels(channels)?.unwrap_or_default();
        if seen.contains(&id) {
            return Err(AppError::Conflict {
                code: "channel_in_reach",
                field: field.map(str::to_owned),
                detail: format!(
                    "{who} sees this channel and only some others: change what they see first"
                ),
            });
        }
    }
    Ok(())
}

fn checked(
    input: &ChannelInput,
    own: Option<ChannelId>,
    tree: &[Channel],
) -> Result<ChannelDetails, AppError> {
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        return Err(AppError::invalid(
            "name",
            "required",
            "give the channel a name",
        ));
    }
    let kinds: Vec<&str> = ChannelKind::ALL.iter().map(|kind| kind.name()).collect();
    one_of("kind", &input.kind, &kinds)?;
    if !(0..COLOURS).contains(&input.colour) {
        return Err(AppError::invalid(
            "colour",
            "out_of_range",
            "a colour from 0 to 19",
        ));
    }
    check_parent(input.parent, own, tree)?;
    Ok(ChannelDetails {
        parent_id: input.parent,
        name,
        kind: input.kind.clone(),
        colour: input.colour,
        position: input.position,
    })
}

/// A parent must exist, must not lie below the channel itself, and leaves room for the channel
/// with all that is below it.
fn check_parent(
    parent: Option<ChannelId>,
    own: Option<ChannelId>,
    tree: &[Channel],
) -> Result<(), AppError> {
    let mut above = parent;
    let mut levels = own.map_or(1, |own| height(own, tree));
    while let Some(id) = above {
        let Some(channel) = tree.iter().find(|channel| channel.id == id) else {
            return Err(AppError::invalid(
                "parent_id",
                "unknown_channel",
                "no such channel",
            ));
        };
        levels += 1;
        if Some(id) == own || levels > DEPTH_MAX {
            let detail =
                format!("a channel cannot lie below itself; the tree has {DEPTH_MAX} levels");
            return Err(AppError::invalid("parent_id", "not_allowed", detail));
        }
        above = channel.details.parent_id;
    }
    Ok(())
}

/// Levels of a channel with all that is below it.
fn height(own: ChannelId, tree: &[Channel]) -> usize {
    let mut levels = 0;
    let mut level = vec![own];
    while !level.is_empty() && levels <= DEPTH_MAX {
        levels += 1;
        let is_below = |channel: &&Channel| {
            let parent = channel.details.parent_id;
            parent.is_some_and(|parent| level.contains(&parent))
        };
        level = tree.iter().filter(is_below).map(|below| below.id).collect();
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_moves_only_where_all_below_it_has_room() {
        let channel = |id: i64, parent: Option<i64>| Channel {
            id: ChannelId(id),
            workspace_id: base::WorkspaceId(1),
            created_at: base::UnixMillis(0),
            archived_at: None,
            version: 1,
            details: ChannelDetails {
                parent_id: parent.map(ChannelId),
                name: id.to_string(),
                kind: "other".to_owned(),
                colour: 0,
                position: id,
            },
        };
        // Four levels, and beside them a tree of three.
        let mut tree: Vec<Channel> = (1..=4)
            .map(|id| channel(id, (id > 1).then(|| id - 1)))
            .collect();
        tree.extend([
            channel(11, None),
            channel(12, Some(11)),
            channel(13, Some(12)),
        ]);
        let moved = |under: i64| check_parent(Some(ChannelId(under)), Some(ChannelId(11)), &tree);
        assert!(moved(3).is_ok());
        assert!(moved(4).is_err());
        assert!(moved(13).is_err());
        assert!(check_parent(Some(ChannelId(4)), Some(ChannelId(13)), &tree).is_ok());
    }
}
