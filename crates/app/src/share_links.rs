//! Share links: a saved view for whoever has the link, within the reach that its maker has when
//! somebody looks.

use base::{TimeZone, UnixMillis, UserId, WorkspaceId};
use reports::catalogue::{Dimension, dimension};
use reports::{BucketSize, Language, Query, Report, View, ViewScreen};
use serde_json::json;
use store::share_links::{self, NewShareLink, ShareLink};
use store::{Connection, SavedViewId, ShareLinkId, Tx, saved_views, throttle, users, workspaces};

use crate::audit::Act;
use crate::error::Step as _;
use crate::members::memberships;
use crate::password::{self, check_strength};
use crate::reporting::refused;
use crate::saved_views::{is_seen, load, view_of};
use crate::sign_in::{Origin, digest};
use crate::tokens::worthless;
use crate::{Actor, App, AppError, Permission, Sight, Who, surroundings};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Links of a workspace that open something.
const SHARE_LINKS_MAX: usize = 200;
/// Rows of a shared table.
const SHARED_ROWS_MAX: usize = 500;
/// Looks at one link within a minute: each asks the warehouse.
const LOOKS_PER_MINUTE_MAX: i64 = 60;
const MINUTE_MS: i64 = 60 * 1000;
/// The audit log tells of looks at a link at most this often.
const LOOKS_NOTED_MS: i64 = 60 * MINUTE_MS;

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
            view.keep_metrics(limit);
        }
        self.check_view(actor, &view).await
    }

    /// # Errors
    /// When the view tells what may be one person's, or no metric is left.
    async fn check_shareable(
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

    /// What a link shows, to whoever has it.
    ///
    /// # Errors
    /// The same, whatever made the link worthless, so that nobody learns which;
    /// [`AppError::TooManyAttempts`] after too many wrong secrets or passwords, or looks.
    pub async fn open_shared(
        &self,
        secret: &str,
        password: String,
        language: Language,
        origin: &Origin,
    ) -> Result<SharedView, AppError> {
        let found = {
            let mut connection = self.inner.store.read().await?;
            share_links::find_share_link(&mut connection, &digest(secret), self.now()).await?
        };
        let Some(link) = found.filter(|link| self.is_allowed_still(link)) else {
            let strangers = [format!("shared-network:{}", origin.network)];
            self.refuse_if_throttled(&strangers).await?;
            self.count_failure(&strangers).await?;
            return Err(worthless());
        };
        self.refuse_if_looked_at_enough(&link).await?;
        self.check_share_password(&link, password).await?;
        let opened = self.opened_view(&link).await?;
        self.count_look(&link).await?;
        let (actor, name, view) = opened;
        self.shown(&actor, &link, name, view, language)
            .await
            .map_err(as_worthless)
    }

    /// Sharing may have been switched off since, or be for fewer days.
    fn is_allowed_still(&self, link: &ShareLink) -> bool {
        let days = i64::from(self.inner.settings.share_days_max);
        self.now() < link.created_at.plus_ms(days * DAY_MS)
    }

    /// Before anything is written.
    async fn refuse_if_looked_at_enough(&self, link: &ShareLink) -> Result<(), AppError> {
        let (bucket, since) = (looks_of(link), self.now().plus_ms(-MINUTE_MS));
        let mut connection = self.inner.store.read().await?;
        let found = throttle::find_login_failures(&mut connection, &bucket, since).await?;
        match found.is_some_and(|found| found.failures >= LOOKS_PER_MINUTE_MAX) {
            true => Err(AppError::TooManyAttempts { retry_after_s: 60 }),
            false => Ok(()),
        }
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

    async fn check_share_password(&self, link: &ShareLink, given: String) -> Result<(), AppError> {
        if link.password_hash.is_empty() {
            return Ok(());
        }
        if given.is_empty() {
            return Err(AppError::Conflict {
                code: "password_needed",
                field: Some("password".to_owned()),
                detail: "whoever made the link asks for a password".to_owned(),
            });
        }
        let tries = [format!("shared:{}", link.id)];
        let turn = password::turn().await?;
        self.refuse_if_throttled(&tries).await?;
        if password::verify(&turn, given, Some(link.password_hash.clone())).await? {
            return Ok(());
        }
        self.count_failure(&tries).await?;
        let detail = "this is not the password of the link";
        Err(AppError::invalid("password", "wrong_password", detail))
    }

    /// Who made the link, as they are now, and the view as it is now.
    async fn opened_view(&self, link: &ShareLink) -> Result<(Actor, String, View), AppError> {
        let mut connection = self.inner.store.read().await?;
        let actor = acting_for(&mut connection, link.workspace_id, link.author_id).await?;
        actor
            .require(Permission::ShareReports)
            .map_err(as_worthless)?;
        let saved = load(&mut connection, &actor, link.view_id).await;
        let saved = saved.map_err(as_worthless)?;
        let mut view = view_of(&saved)?;
        let limit: Option<Vec<String>> = link
            .metrics
            .clone()
            .map(serde_json::from_value)
            .transpose()
            .step("read the metrics of a share link")?;
        if let Some(limit) = &limit {
            view.keep_metrics(limit);
        }
        // The view may have been changed since.
        drop(connection);
        self.check_shareable(&actor, &view, None)
            .await
            .map_err(as_worthless)?;
        Ok((actor, saved.details.name, view))
    }

    async fn shown(
        &self,
        actor: &Actor,
        link: &ShareLink,
        name: String,
        view: View,
        language: Language,
    ) -> Result<SharedView, AppError> {
        let workspace = {
            let mut connection = self.inner.store.read().await?;
            workspaces::load_workspace(&mut connection, actor.workspace).await?
        };
        let zone: TimeZone = workspace
            .details
            .time_zone
            .parse()
            .step("read the workspace's time zone")?;
        let today = zone.day_of(self.now());
        let told = |mut query: Query| {
            query.language = Some(language);
            query
        };
        let mut table = view.question(today).map_err(refused)?;
        table.limit = Some(SHARED_ROWS_MAX);
        let table = self.report(actor, told(table)).await?.without_sides();
        let chart = view.chart(today).map_err(refused)?;
        let bucket = chart.bucket.unwrap_or(BucketSize::Day);
        let chart = self.report(actor, told(chart)).await?.without_sides();
        let mut lists = Vec::new();
        for query in view.lists(today).map_err(refused)? {
            lists.push(self.report(actor, told(query)).await?.without_sides());
        }
        Ok(SharedView {
            name,
            workspace: workspace.details.name,
            screen: view.screen,
            expires_at: link.expires_at,
            is_filtered: !view.filters.is_empty() || !view.segments.is_empty(),
            table,
            chart,
            bucket,
            lists,
        })
    }

    /// Counts a look, refuses too many, and tells the audit log of those since it was last told.
    async fn count_look(&self, link: &ShareLink) -> Result<(), AppError> {
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        let (bucket, since) = (looks_of(link), now.plus_ms(-MINUTE_MS));
        let looks = throttle::record_login_failure(&mut tx, &bucket, now, since).await?;
        let (workspace, id) = (link.workspace_id, link.id);
        share_links::count_look(&mut tx, workspace, id, now).await?;
        let is_due = link
            .noted_at
            .is_none_or(|at| now.since_ms(at) >= LOOKS_NOTED_MS);
        if is_due {
            let looks = link.looks + 1;
            share_links::note_looks(&mut tx, workspace, id, looks, now).await?;
            let told = json!({"looks": looks - link.looks_noted});
            let nobody = Actor::system(workspace);
            self.note(&mut tx, &nobody, Act::ShareLinkOpened, id, told)
                .await?;
        }
        tx.commit().await?;
        match looks > LOOKS_PER_MINUTE_MAX {
            true => Err(AppError::TooManyAttempts { retry_after_s: 60 }),
            false => Ok(()),
        }
    }
}

fn looks_of(link: &ShareLink) -> String {
    format!("looks:{}", link.id)
}

/// Somebody as they are now, for what goes on without them.
///
/// # Errors
/// When they are no member any more.
pub(crate) async fn acting_for(
    connection: &mut Connection,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<Actor, AppError> {
    let mine = memberships(connection, user).await?;
    let mut mine = mine.into_iter();
    let place = mine.find(|place| place.workspace.id == workspace);
    let place = place.ok_or_else(worthless)?;
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
    Ok(Actor { workspace, who })
}

/// Whoever made the link lost a right to what it shows: it has ended.
fn as_worthless(error: AppError) -> AppError {
    match error {
        AppError::Forbidden { .. }
        | AppError::BeyondReach { .. }
        | AppError::NotFound { .. }
        | AppError::Invalid(_) => worthless(),
        other => other,
    }
}
