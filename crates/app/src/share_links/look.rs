//! Looking at what a share link shows: whoever has it is a stranger, who may keep up neither the
//! warehouse nor the store.

use std::sync::Arc;

use quick_cache::sync::Cache;
use reports::{BucketSize, Language, Query, Report, View};
use serde_json::json;
use store::share_links::{self, ShareLink};
use store::{throttle, workspaces};
use tokio::sync::Semaphore;

use super::{DAY_MS, SharedView, acting_for};
use crate::audit::Act;
use crate::error::Step as _;
use crate::password;
use crate::reporting::refused;
use crate::saved_views::{load, view_of};
use crate::sign_in::{Origin, digest};
use crate::tokens::worthless;
use crate::workspaces::zone_of;
use crate::{Actor, App, AppError, Permission};

/// Rows of a shared table.
const SHARED_ROWS_MAX: usize = 500;
/// Looks at one link from one network within a minute.
const LOOKS_PER_MINUTE_MAX: i64 = 60;
const MINUTE_MS: i64 = 60 * 1000;
/// The audit log tells of looks at a link at most this often.
const LOOKS_NOTED_MS: i64 = 60 * MINUTE_MS;
/// Answers that are kept, of at most some megabytes each.
const ANSWERS_KEPT: usize = 32;

/// What strangers were shown within this minute, and their only slot of questions.
pub(crate) struct Looks {
    answers: Cache<String, Arc<SharedView>>,
    pub(crate) slot: Arc<Semaphore>,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            answers: Cache::new(ANSWERS_KEPT),
            slot: Arc::new(Semaphore::new(1)),
        }
    }
}

impl App {
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
    ) -> Result<Arc<SharedView>, AppError> {
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
        self.refuse_if_looked_at_enough(&link, origin).await?;
        self.check_share_password(&link, password).await?;
        let opened = self.opened_view(&link).await?;
        self.count_look(&link, origin).await.map_err(as_worthless)?;
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
    async fn refuse_if_looked_at_enough(
        &self,
        link: &ShareLink,
        origin: &Origin,
    ) -> Result<(), AppError> {
        let (bucket, since) = (looks_of(link, origin), self.now().plus_ms(-MINUTE_MS));
        let mut connection = self.inner.store.read().await?;
        let found = throttle::find_login_failures(&mut connection, &bucket, since).await?;
        match found.is_some_and(|found| found.failures >= LOOKS_PER_MINUTE_MAX) {
            true => Err(AppError::TooManyAttempts { retry_after_s: 60 }),
            false => Ok(()),
        }
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
        let actor = actor.ok_or_else(worthless)?;
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

    /// The answer of this minute; whoever comes while it is being found waits for it.
    async fn shown(
        &self,
        actor: &Actor,
        link: &ShareLink,
        name: String,
        view: View,
        language: Language,
    ) -> Result<Arc<SharedView>, AppError> {
        let minute = self.now().0.div_euclid(MINUTE_MS);
        // All that the answer hangs on.
        let asked = (link.id.0, link.expires_at.0, minute, &name, &view, language);
        let asked = serde_json::to_string(&asked).step("write down what a share link asks")?;
        let key = format!("{asked} {:?}", actor.who);
        let answer = Box::pin(async {
            let answer = self.answer(actor, link, name, view, language);
            Ok(Arc::new(answer.await?))
        });
        let answers = &self.inner.looks.answers;
        answers.get_or_insert_async(&key, answer).await
    }

    async fn answer(
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
        let zone = zone_of(&workspace)?;
        let today = zone.day_of(self.now());
        let ask = async |mut query: Query| -> Result<Report, AppError> {
            query.language = Some(language);
            let report = self.report_in(&self.inner.looks.slot, actor, query).await?;
            Ok(report.without_sides())
        };
        let mut table = view.question(today).map_err(refused)?;
        table.limit = Some(SHARED_ROWS_MAX);
        let table = ask(table).await?;
        let chart = view.chart(today).map_err(refused)?;
        let bucket = chart.bucket.unwrap_or(BucketSize::Day);
        let chart = ask(chart).await?;
        let mut lists = Vec::new();
        for query in view.lists(today).map_err(refused)? {
            lists.push(ask(query).await?);
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
    async fn count_look(&self, link: &ShareLink, origin: &Origin) -> Result<(), AppError> {
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        let (bucket, since) = (looks_of(link, origin), now.plus_ms(-MINUTE_MS));
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

fn looks_of(link: &ShareLink, origin: &Origin) -> String {
    format!("looks:{}:{}", link.id, origin.network)
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
