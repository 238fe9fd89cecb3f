//! Saved views: questions of reports under names, somebody's own or everybody's.

use std::sync::Arc;

use reports::{CustomMetric, View};
use serde_json::json;
use store::saved_views::{self, SavedView, SavedViewDetails};
use store::{Connection, SavedViewId, Tx};

use crate::audit::{Act, changes};
use crate::error::Step as _;
use crate::people::check_name;
use crate::reporting::{refused, require_metric};
use crate::segments::check_size;
use crate::workspaces::zone_of;
use crate::{Actor, App, AppError, Permission, Realm};

/// Views of everybody's, and as many of each person's.
const SAVED_VIEWS_MAX: usize = 200;

/// A view as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenView {
    pub saved: SavedView,
    pub view: View,
    /// Whether the actor may change it.
    pub may_edit: bool,
}

/// What somebody says of a new view.
#[derive(Debug, Clone)]
pub struct SavedViewInput {
    pub name: String,
    pub is_shared: bool,
    pub is_default: bool,
    pub view: View,
}

/// What changes about a view; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct SavedViewPatch {
    pub name: Option<String>,
    pub is_shared: Option<bool>,
    pub is_default: Option<bool>,
    pub view: Option<View>,
}

impl App {
    /// The actor's own views and everybody's, by name. Somebody from outside sees their own alone:
    /// a view may name campaigns of channels that are not theirs.
    ///
    /// # Errors
    /// When the actor may read no reports or the store cannot be read.
    pub async fn list_saved_views(&self, actor: &Actor) -> Result<Vec<SeenView>, AppError> {
        actor.require(Permission::ReadReports)?;
        let mut connection = self.inner.store.read().await?;
        let all = saved_views::list_saved_views(&mut connection, actor.workspace).await?;
        let seen = all.into_iter().filter(|saved| is_seen(actor, saved));
        seen.map(|saved| seen_view(actor, saved)).collect()
    }

    /// # Errors
    /// When the actor sees no such view.
    pub async fn saved_view(&self, actor: &Actor, id: SavedViewId) -> Result<SeenView, AppError> {
        actor.require(Permission::ReadReports)?;
        let mut connection = self.inner.store.read().await?;
        seen_view(actor, load(&mut connection, actor, id).await?)
    }

    /// # Errors
    /// When a field is wrong, another view of the same people has the name, or the actor may save
    /// none for everybody.
    pub async fn create_saved_view(
        &self,
        actor: &Actor,
        input: SavedViewInput,
    ) -> Result<SeenView, AppError> {
        actor.require(Permission::ReadReports)?;
        self.check_view(actor, &input.view).await?;
        let mut tx = self.inner.store.begin_work().await?;
        let details = checked(&mut tx, actor, None, input).await?;
        let (workspace, author) = (actor.workspace, actor.user());
        let id = saved_views::insert_saved_view(&mut tx, workspace, self.now(), author, &details)
            .await?;
        let saved = settled(&mut tx, actor, id).await?;
        let told = json!({"name": details.name, "is_shared": details.is_shared});
        self.note(&mut tx, actor, Act::SavedViewCreated, id, told)
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        seen_view(actor, saved)
    }

    /// Changes a view as it was read at `version`.
    ///
    /// # Errors
    /// As [`App::create_saved_view`], or when somebody else changed it meanwhile.
    pub async fn update_saved_view(
        &self,
        actor: &Actor,
        id: SavedViewId,
        version: i64,
        patch: SavedViewPatch,
    ) -> Result<SeenView, AppError> {
        actor.require(Permission::ReadReports)?;
        if let Some(view) = &patch.view {
            let mut connection = self.inner.store.read().await?;
            let before = view_of(&load(&mut connection, actor, id).await?)?;
            drop(connection);
            let custom = self.custom_metrics(actor).await?;
            self.check_view(actor, &asked_anew(actor, &custom, view, &before))
                .await?;
        }
        let mut tx = self.inner.store.begin().await?;
        let before = load(&mut tx, actor, id).await?;
        require_edit(actor, &before)?;
        let input = SavedViewInput {
            name: patch.name.unwrap_or(before.details.name.clone()),
            is_shared: patch.is_shared.unwrap_or(before.details.is_shared),
            is_default: patch.is_default.unwrap_or(before.details.is_default),
            view: match patch.view {
                Some(view) => view,
                None => view_of(&before)?,
            },
        };
        let details = checked(&mut tx, actor, Some(&before), input).await?;
        saved_views::update_saved_view(&mut tx, actor.workspace, id, version, &details).await?;
        let saved = settled(&mut tx, actor, id).await?;
        if details.question != before.details.question {
            self.end_links_of_others(&mut tx, actor, &[id]).await?;
        }
        let told = changes(&before.details, &details);
        self.note(&mut tx, actor, Act::SavedViewChanged, id, told)
            .await?;
        tx.commit().await?;
        seen_view(actor, saved)
    }

    /// Removes a view as it was read at `version`.
    ///
    /// # Errors
    /// When it is not the actor's to remove or somebody else changed it meanwhile.
    pub async fn delete_saved_view(
        &self,
        actor: &Actor,
        id: SavedViewId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ReadReports)?;
        let mut tx = self.inner.store.begin().await?;
        let saved = load(&mut tx, actor, id).await?;
        require_edit(actor, &saved)?;
        let (workspace, now) = (actor.workspace, self.now());
        saved_views::archive_saved_view(&mut tx, workspace, id, version, now).await?;
        let told = json!({"name": saved.details.name});
        self.note(&mut tx, actor, Act::SavedViewDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Whether the view's question could be answered today.
    pub(crate) async fn check_view(&self, actor: &Actor, view: &View) -> Result<(), AppError> {
        view.check_look().map_err(refused)?;
        let zone = zone_of(&self.workspace(actor).await?)?;
        // Somebody may open all of its rows.
        let depth = u8::try_from(view.dimensions.len()).unwrap_or(u8::MAX);
        let opened = View {
            depth: Some(depth),
            ..view.clone()
        };
        let question = opened.question(zone.day_of(self.now())).map_err(refused)?;
        self.check_query(actor, question).await
    }
}

/// The view without the metrics that it had before and the actor does not see: they stay in it.
fn asked_anew(actor: &Actor, custom: &[Arc<CustomMetric>], view: &View, before: &View) -> View {
    let is_kept =
        |key: &String| before.metrics.contains(key) && require_metric(actor, custom, key).is_err();
    let mut anew = view.clone();
    anew.metrics.retain(|key| !is_kept(key));
    if anew.metrics.is_empty() {
        anew.metrics.push("visits".to_owned());
    }
    anew.order = anew.order.filter(|order| !is_kept(&order.by));
    anew
}

/// What is stored of a view.
pub(crate) fn view_of(saved: &SavedView) -> Result<View, AppError> {
    serde_json::from_value(saved.details.question.clone()).step("read a saved view")
}

fn seen_view(actor: &Actor, saved: SavedView) -> Result<SeenView, AppError> {
    Ok(SeenView {
        view: view_of(&saved)?,
        may_edit: may_edit(actor, &saved),
        saved,
    })
}

fn is_own(actor: &Actor, saved: &SavedView) -> bool {
    !saved.details.is_shared && saved.author_id.is_some() && saved.author_id == actor.user()
}

pub(crate) fn is_seen(actor: &Actor, saved: &SavedView) -> bool {
    is_own(actor, saved) || (saved.details.is_shared && actor.realm() == Realm::Inside)
}

fn may_edit(actor: &Actor, saved: &SavedView) -> bool {
    is_own(actor, saved) || (saved.details.is_shared && actor.may(Permission::ShareReports))
}

fn require_edit(actor: &Actor, saved: &SavedView) -> Result<(), AppError> {
    match is_own(actor, saved) {
        true => Ok(()),
        false => actor.require(Permission::ShareReports),
    }
}

pub(crate) async fn load(
    connection: &mut Connection,
    actor: &Actor,
    id: SavedViewId,
) -> Result<SavedView, AppError> {
    let saved = saved_views::load_saved_view(connection, actor.workspace, id).await?;
    match is_seen(actor, &saved) {
        true => Ok(saved),
        false => Err(AppError::NotFound { what: "saved view" }),
    }
}

/// The view as it was written, the only default among its like if it is one.
async fn settled(tx: &mut Tx, actor: &Actor, id: SavedViewId) -> Result<SavedView, AppError> {
    let saved = saved_views::load_saved_view(tx, actor.workspace, id).await?;
    if saved.details.is_default {
        saved_views::clear_default_view(tx, actor.workspace, &saved).await?;
    }
    Ok(saved)
}

async fn checked(
    connection: &mut Connection,
    actor: &Actor,
    before: Option<&SavedView>,
    input: SavedViewInput,
) -> Result<SavedViewDetails, AppError> {
    if input.is_shared {
        actor.require(Permission::ShareReports)?;
    }
    // What becomes somebody's own is its author's, and a program is nobody.
    let owner = before.map_or_else(|| actor.user(), |before| before.author_id);
    if !input.is_shared && (owner.is_none() || owner != actor.user()) {
        let detail = "only who made a view has it for themselves: save another one";
        return Err(AppError::invalid("is_shared", "not_allowed", detail));
    }
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        let detail = "give the view a name";
        return Err(AppError::invalid("name", "required", detail));
    }
    let details = SavedViewDetails {
        name,
        screen: input.view.screen.key().to_owned(),
        is_shared: input.is_shared,
        is_default: input.is_default,
        question: serde_json::to_value(&input.view).step("keep a saved view")?,
    };
    check_size("view", &details.question)?;
    let all = saved_views::list_saved_views(connection, actor.workspace).await?;
    let is_like = |other: &&SavedView| match details.is_shared {
        true => other.details.is_shared,
        false => !other.details.is_shared && other.author_id == owner,
    };
    let alike: Vec<&SavedView> = all.iter().filter(is_like).collect();
    let joins = before.is_none_or(|before| before.details.is_shared != details.is_shared);
    if joins && alike.len() >= SAVED_VIEWS_MAX {
        let detail = format!("there are {SAVED_VIEWS_MAX} views already: remove some");
        return Err(AppError::invalid("name", "too_many", detail));
    }
    let is_taken = |other: &&SavedView| {
        Some(other.id) != before.map(|before| before.id)
            && (&other.details.screen, &other.details.name) == (&details.screen, &details.name)
    };
    if alike.into_iter().any(|other| is_taken(&other)) {
        return Err(AppError::Conflict {
            code: "already_exists",
            field: Some("name".to_owned()),
            detail: format!("there is a view {:?} already", details.name),
        });
    }
    Ok(details)
}
