//! Share links: a saved view for whoever has the link, within the reach that its maker has when
//! somebody looks.

mod look;

pub(crate) use look::Looks;

use base::{UnixMillis, UserId, WorkspaceId};
use reports::catalogue::{Dimension, dimension};
use reports::{BucketSize, Report, View, ViewScreen};
use serde_json::json;
use store::report_schedules::ReportSchedule;
use store::share_links::{self, NewShareLink, ShareLink};
use store::{Connection, SavedViewId, ShareLinkId, Tx, saved_views, users};

use crate::audit::Act;
use crate::members::memberships;
use crate::password::{self, check_strength};
use crate::saved_views::{is_seen, load, view_of};
use crate::second_factor::has_second_factor;
use crate::sign_in::digest;
use crate::{Actor, App, AppError, Permission, Sight, Who, surroundings};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Links of a workspace that open something.
const SHARE_LINKS_MAX: usize = 200;

/// What somebody says of a new link.
#[derive(Debug, Clone)]
pub struct ShareInput {
    pub view: SavedViewId,
    pub days: u32,
    /// Empty for none.
    pub password: String,
    /// The metrics that are shown; all of the view when absent.
    pub metrics: Option<Vec<String>>,
}

/// A link in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLink {
    pub link: ShareLink,
    pub view: String,
    pub author: String,
}

/// What a link shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedView {
    pub name: String,
    pub workspace: String,
    pub screen: ViewScreen,
    pub expires_at: UnixMillis,
    /// Whether filters or segments narrow what is counted.
    pub is_filtered: bool,
    pub table: Report,
    pub chart: Report,
    /// The width of the chart's steps.
    pub bucket: BucketSize,
    pub lists: Vec<Report>,
}

impl App {
    /// Makes a link that shows a saved view; its address is told only now.
    ///
    /// # Errors
    /// When the actor may not share or is no person, or a field is wrong.
    pub async fn share(
        &self,
        actor: &Actor,
        input: ShareInput,
    ) -> Result<(SharedLink, String), AppError> {
        actor.require(Permission::ShareReports)?;
        let Some(user) = actor.user() else {
            let detail = "a link shows what its maker sees: sign in to make one";
            return Err(AppError::invalid("view_id", "not_a_person", detail));
        };
        let days_max = self.inner.settings.share_days_max;
        if input.days == 0 || input.days > days_max {
            let detail = format!("choose between 1 and {days_max} days (sharing.days_max)");
            return Err(AppError::invalid("days", "out_of_range", detail));
        }
        self.check_shared(actor, &input).await?;
        let password_hash = match input.password.is_empty() {
            true => String::new(),
            false => {
                check_strength("password", &input.password)?;
                password::hash(input.password, self.inner.surroundings.as_ref()).await?
            }
        };
        let now = self.now();
        let mut tx = self.inner.store.begin_work().await?;
        let saved = load(&mut tx, actor, input.view).await?;
        let there = share_links::list_share_links(&mut tx, actor.workspace, now).await?;
        if there.len() >= SHARE_LINKS_MAX {
            let detail = format!("there are {SHARE_LINKS_MAX} links already: revoke some");
            return Err(AppError::invalid("view_id", "too_many", detail));
        }
        let secret = surroundings::secret(self.inner.surroundings.as_ref());
        let link = NewShareLink {
            workspace_id: actor.workspace,
            created_at: now,
            author_id: user,
            view_id: saved.id,
            secret_hash: digest(&secret).to_vec(),
            password_hash,
            metrics: input.metrics.map(|keys| json!(keys)),
            expires_at: now.plus_ms(i64::from(input.days) * DAY_MS),
        };
        let id = share_links::insert_share_link(&mut tx, &link).await?;
        let told = json!({"view": saved.details.name, "days": input.days});
        self.note(&mut tx, actor, Act::ShareLinkCreated, id, told)
            .await?;
        let found = share_links::find_share_link(&mut tx, &link.secret_hash, now).await?;
        let link = found.ok_or(AppError::NotFound { what: "share link" })?;
        let author = users::load_user(&mut tx, user).await?.called().to_owned();
        tx.set_made(id.0);
        tx.commit().await?;
        let url = format!("{}/shared#{secret}", self.inner.settings.base_url);
        let view = saved.details.name;
        Ok((SharedLink { link, view, author }, url))
    }

    /// Whether the link would show something now.
    async fn check_shared(&self, actor: &Actor, input: &ShareInput) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let mut view = view_of(&load(&mut connection, actor, input.view).await?)?;
        drop(connection);
        self.check_shareable(actor, &view, input.metrics.as_deref())
            .await?;
        if let Some(limit) = &input.metrics {
            if let Some(other) = limit.iter().find(|key| !view.metrics.contains(key)) {
                let detail = format!("the view has no metric {other:?}");
                return Err(AppError::invalid("metrics", "unknown_metric", detail));
            }
            view.keep_metrics(limit);
        }
        self.check_view(actor, &view).await
    }

    /// # Errors
    /// When the view tells what may be one person's, or no metric is left.
    pub(crate) async fn check_shareable(
        &self,
        actor: &Actor,
        view: &View,
        metrics: Option<&[String]>,
    ) -> Result<(), AppError> {
        let mut filters = self.segment_filters(actor, &view.segments).await?;
        filters.extend(view.filters.iter().cloned());
        let filtered = filters.iter().map(|filter| &filter.dimension);
        let mut known = view.dimensions.iter().chain(filtered);
        if known.any(|key| dimension(key).is_some_and(Dimension::tells_single_events)) {
            let detail = "what events said of their properties and links may be one person's: \
                take these dimensions and filters out of the view";
            return Err(AppError::invalid("view_id", "not_shareable", detail));
        }
        let is_left = |key: &String| metrics.is_none_or(|limit| limit.contains(key));
        if !view.metrics.iter().any(is_left) {
            let detail = "none of these metrics is in the view";
            return Err(AppError::invalid("metrics", "required", detail));
        }
        Ok(())
    }

    /// The links that open something, newest first, whoever made them.
    ///
    /// # Errors
    /// When the actor may not share or the store cannot be read.
    pub async fn list_share_links(&self, actor: &Actor) -> Result<Vec<SharedLink>, AppError> {
        actor.require(Permission::ShareReports)?;
        let (workspace, mut connection) = (actor.workspace, self.inner.store.read().await?);
        let links = share_links::list_share_links(&mut connection, workspace, self.now()).await?;
        let views = saved_views::list_saved_views(&mut connection, workspace).await?;
        let users = users::list_users(&mut connection, workspace).await?;
        let shown = links.into_iter().map(|link| {
            let view = views.iter().find(|view| view.id == link.view_id);
            let author = users.iter().find(|user| user.id == link.author_id);
            // What somebody calls a view of their own is theirs.
            let view = view.filter(|view| is_seen(actor, view));
            SharedLink {
                view: view.map_or_else(String::new, |view| view.details.name.clone()),
                author: author.map_or_else(String::new, |user| user.called().to_owned()),
                link,
            }
        });
        Ok(shown.collect())
    }

    /// Makes a link worthless.
    ///
    /// # Errors
    /// When the actor may not share or the workspace has no such link.
    pub async fn revoke_share_link(&self, actor: &Actor, id: ShareLinkId) -> Result<(), AppError> {
        actor.require(Permission::ShareReports)?;
        let mut tx = self.inner.store.begin().await?;
        share_links::revoke_share_link(&mut tx, actor.workspace, id, self.now()).await?;
        self.note(&mut tx, actor, Act::ShareLinkRevoked, id, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Ends what others' links show of a view that somebody changed: it would show to whoever has
    /// them what their makers may see and never meant to.
    pub(crate) async fn end_links_of_others(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        views: &[SavedViewId],
    ) -> Result<(), AppError> {
        let is_others = |link: &ShareLink| {
            views.contains(&link.view_id) && Some(link.author_id) != actor.user()
        };
        let is_others_schedule = |schedule: &ReportSchedule| {
            views.contains(&schedule.view_id) && Some(schedule.author_id) != actor.user()
        };
        self.stop_telling(tx, actor, "view_changed", is_others_schedule)
            .await?;
        self.end_links(tx, actor, "view_changed", is_others).await
    }

    /// Ends the links of somebody who leaves, or who may see something else from now on: nobody
    /// who has them was meant to see that.
    pub(crate) async fn end_links_of_maker(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        maker: UserId,
    ) -> Result<(), AppError> {
        let is_theirs = |link: &ShareLink| link.author_id == maker;
        let is_their_schedule = |schedule: &ReportSchedule| schedule.author_id == maker;
        self.stop_telling(tx, actor, "maker_changed", is_their_schedule)
            .await?;
        self.end_links(tx, actor, "maker_changed", is_theirs).await
    }

    async fn end_links(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        because: &str,
        is_ended: impl Fn(&ShareLink) -> bool,
    ) -> Result<(), AppError> {
        let links = share_links::list_share_links(tx, actor.workspace, self.now()).await?;
        for link in links.into_iter().filter(is_ended) {
            share_links::revoke_share_link(tx, actor.workspace, link.id, self.now()).await?;
            let told = json!({"because": because});
            self.note(tx, actor, Act::ShareLinkRevoked, link.id, told)
                .await?;
        }
        Ok(())
    }
}

/// Somebody as they are now, for what goes on without them; `None` when they are no member any
/// more, or would not be let in for want of a second factor.
///
/// One that a provider vouches for holds for a session, and there is none.
pub(crate) async fn acting_for(
    connection: &mut Connection,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<Option<Actor>, AppError> {
    let mine = memberships(connection, user).await?;
    let mut mine = mine.into_iter();
    let Some(place) = mine.find(|place| place.workspace.id == workspace) else {
        return Ok(None);
    };
    if place.asks_for_second_factor()? && !has_second_factor(connection, user).await? {
        return Ok(None);
    }
    let (breadth, channels) = (place.breadth, place.channels);
    let sight = Sight::of_member(connection, workspace, user, breadth, channels).await?;
    let name = users::load_user(connection, user)
        .await?
        .called()
        .to_owned();
    let who = Who::Person {
        user,
        name,
        role: place.role,
        sight,
        session: None,
    };
    Ok(Some(Actor { workspace, who }))
}
