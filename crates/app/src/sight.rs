//! What part of a workspace a member sees: whose leads and deals, and which channels.

use base::{ChannelId, TrafficKey, UserId, WorkspaceId};
use serde_json::Value;
pub use store::reach::NOBODY;
use store::{Connection, TeamId, channels, reach, teams};

use crate::error::Step as _;
use crate::rights::{Breadth, Realm, Role};
use crate::{Actor, App, AppError, Who};

/// What somebody sees. The default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// Whose leads and deals, [`NOBODY`] among them for those that nobody is responsible for;
    /// everybody's when absent.
    pub people: Option<Vec<UserId>>,
    /// Channels at the top of the tree; all of them, and what is in none, when absent.
    pub channels: Option<Vec<ChannelId>>,
}

impl Sight {
    /// The reach of a member now.
    pub(crate) async fn of_member(
        connection: &mut Connection,
        workspace: WorkspaceId,
        user: UserId,
        breadth: Breadth,
        channels: Option<Vec<ChannelId>>,
    ) -> Result<Self, AppError> {
        let people = match breadth {
            Breadth::All => None,
            Breadth::Own => Some(vec![user]),
            // Somebody has to hand out what is new, and that is whoever sees a team.
            Breadth::Team => {
                let mates = teams::list_teammates(connection, workspace, user).await?;
                let others = mates.into_iter().filter(|mate| *mate != user);
                Some([user, NOBODY].into_iter().chain(others).collect())
            }
        };
        Ok(Self { people, channels })
    }

    /// The reach of a program now. It is responsible for nothing itself.
    pub(crate) async fn of_program(
        connection: &mut Connection,
        workspace: WorkspaceId,
        team: Option<TeamId>,
        channels: Option<Vec<ChannelId>>,
    ) -> Result<Self, AppError> {
        let Some(team) = team else {
            return Ok(Self {
                people: None,
                channels,
            });
        };
        let all = teams::list_team_members(connection, workspace).await?;
        let members = all.into_iter().filter(|member| member.team_id == team);
        let people = [NOBODY]
            .into_iter()
            .chain(members.map(|member| member.user_id));
        Ok(Self {
            people: Some(people.collect()),
            channels,
        })
    }
}

impl Sight {
    /// Whether nothing is seen that the other does not see.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        is_part(self.people.as_deref(), other.people.as_deref())
            && is_part(self.channels.as_deref(), other.channels.as_deref())
    }
}

/// Where nothing is named, all is seen.
fn is_part<T: PartialEq>(part: Option<&[T]>, whole: Option<&[T]>) -> bool {
    match (part, whole) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(part), Some(whole)) => part.iter().all(|one| whole.contains(one)),
    }
}

impl Actor {
    /// The part that the actor sees, where it is not everything. Keys of the workspace and the
    /// installation itself see everything: only owners, who do as well, make keys.
    #[must_use]
    pub fn sight(&self) -> Option<&Sight> {
        let sight = match &self.who {
            Who::Person { sight, .. } => sight,
            Who::Key { program, .. } => &program.as_ref()?.sight,
            Who::System => return None,
        };
        Some(sight).filter(|sight| **sight != Sight::default())
    }

    /// The channels that the actor sees, where these are not all.
    #[must_use]
    pub fn channels(&self) -> Option<&[ChannelId]> {
        self.sight()?.channels.as_deref()
    }

    /// Whose leads and deals the actor sees, where these are not everybody's.
    #[must_use]
    pub fn people(&self) -> Option<&[UserId]> {
        self.sight()?.people.as_deref()
    }

    /// Whether what this person is responsible for is within the actor's reach.
    #[must_use]
    pub fn reaches(&self, assignee: Option<UserId>) -> bool {
        let person = assignee.unwrap_or(NOBODY);
        self.people().is_none_or(|people| people.contains(&person))
    }

    /// # Errors
    /// [`AppError::BeyondReach`] when the actor sees only a part of the leads and deals.
    pub fn require_all_records(&self) -> Result<(), AppError> {
        match self.sight() {
            None => Ok(()),
            Some(_) => Err(AppError::BeyondReach {
                what: "all leads and deals",
            }),
        }
    }

    /// # Errors
    /// [`AppError::BeyondReach`] when the actor sees only some channels.
    pub fn require_all_channels(&self) -> Result<(), AppError> {
        match self.channels() {
            None => Ok(()),
            Some(_) => Err(AppError::BeyondReach {
                what: "all channels",
            }),
        }
    }
}

impl App {
    /// The actor's reach in terms of the store.
    ///
    /// # Errors
    /// When the warehouse fails, which knows what traffic is of which channel.
    pub(crate) async fn stored_reach(&self, actor: &Actor) -> Result<reach::Reach, AppError> {
        let Some(sight) = actor.sight() else {
            return Ok(reach::Reach::WHOLE);
        };
        Ok(reach::Reach {
            assignees: sight.people.clone(),
            traffic_keys: self.traffic_within(actor).await?,
        })
    }

    /// The traffic of the channels that the actor sees, where these are not all.
    pub(crate) async fn traffic_within(
        &self,
        actor: &Actor,
    ) -> Result<Option<Vec<TrafficKey>>, AppError> {
        let Some(channels) = actor.channels() else {
            return Ok(None);
        };
        let mut keys = Vec::new();
        for channel in channels {
            keys.extend(self.keys_of_one_channel(actor.workspace, *channel).await?);
        }
        Ok(Some(keys))
    }
}

/// The channels that the actor sees with all that stands below them, where these are not all.
pub(crate) async fn channels_within(
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Option<Vec<ChannelId>>, AppError> {
    let Some(top) = actor.channels() else {
        return Ok(None);
    };
    let all = channels::list_all_channels(connection, actor.workspace).await?;
    let mut within = top.to_vec();
    // A channel is made after the one that it stands below, or moved there: look until nothing
    // is new.
    loop {
        let below = all.iter().filter(|channel| {
            let parent = channel.details.parent_id;
            !within.contains(&channel.id) && parent.is_some_and(|id| within.contains(&id))
        });
        let below: Vec<ChannelId> = below.map(|channel| channel.id).collect();
        if below.is_empty() {
            return Ok(Some(within));
        }
        within.extend(below);
    }
}

/// What is stored of somebody's channels.
///
/// # Errors
/// When it is no list of channels.
pub fn stored_channels(stored: Option<Value>) -> Result<Option<Vec<ChannelId>>, AppError> {
    let ids = stored.map(serde_json::from_value::<Vec<i64>>).transpose();
    let ids = ids.step("read a member's channels")?;
    Ok(ids.map(|ids| ids.into_iter().map(ChannelId).collect()))
}

/// # Errors
/// When somebody from outside would see everything, or an owner only a part.
pub(crate) fn check_sight(role: Role, channels: Option<&[ChannelId]>) -> Result<(), AppError> {
    match (role, role.realm(), channels) {
        (_, Realm::Outside, None) => {
            let detail = "somebody from outside sees the channels that are named: name some";
            Err(AppError::invalid("channels", "required", detail))
        }
        (Role::Owner, _, Some(_)) => Err(owner_sees_all()),
        _ => Ok(()),
    }
}

/// Whoever manages what others see has to see it.
pub(crate) fn owner_sees_all() -> AppError {
    AppError::Conflict {
        code: "owner_sees_all",
        field: None,
        detail: "an owner sees everything: choose another role first".to_owned(),
    }
}

/// # Errors
/// When one of them is no channel at the top of the tree, or there are none.
pub(crate) async fn check_channels(
    connection: &mut Connection,
    workspace: WorkspaceId,
    wanted: &[ChannelId],
) -> Result<(), AppError> {
    if wanted.is_empty() {
        let detail = "choose at least one channel, or all of them";
        return Err(AppError::invalid("channels", "required", detail));
    }
    let known = channels::list_channels(connection, workspace).await?;
    let is_top = |id: &ChannelId| {
        let mut known = known.iter();
        known.any(|channel| channel.id == *id && channel.details.parent_id.is_none())
    };
    match wanted.iter().find(|id| !is_top(id)) {
        None => Ok(()),
        Some(id) => {
            let detail = format!("there is no channel {id} at the top of the tree");
            Err(AppError::invalid("channels", "unknown_channel", detail))
        }
    }
}
