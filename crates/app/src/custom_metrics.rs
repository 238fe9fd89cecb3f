//! Metrics that a workspace defines: formulas over the catalogue's metrics, by which reports and
//! saved views ask like by any other.

use std::sync::Arc;

use reports::catalogue::{Direction, Metric};
use reports::{CustomMetric, Language, MetricFormat, MetricFormula, Problem, Report, View};
use serde_json::json;
use store::custom_metrics::{self, CustomMetric as Stored, CustomMetricDetails};
use store::saved_views::{self, SavedView};
use store::{Connection, CustomMetricId, Tx, report_schedules, share_links};

use crate::audit::{Act, changes};
use crate::error::Step as _;
use crate::people::check_name;
use crate::reporting::{needed, refused};
use crate::saved_views::is_seen;
use crate::workspaces::zone_of;
use crate::{Actor, App, AppError, Permission, Realm};

/// Metrics that a workspace defines at most.
const CUSTOM_METRICS_MAX: usize = 100;
const DESCRIPTION_CHARS_MAX: usize = 500;

/// What somebody says of a new metric.
#[derive(Debug, Clone)]
pub struct CustomMetricInput {
    pub name: String,
    /// Empty for none.
    pub description: String,
    pub formula: String,
    /// The usual one of its unit when absent.
    pub format: Option<MetricFormat>,
    pub direction: Direction,
}

/// What changes about a metric; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct CustomMetricPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub formula: Option<String>,
    pub format: Option<MetricFormat>,
    pub direction: Option<Direction>,
}

/// A metric as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenMetric {
    /// With neither formula nor description for whoever does not see all that it is made of.
    pub stored: Stored,
    pub is_hidden: bool,
}

/// What became of a formula that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormulaCheck {
    Fits {
        /// As it would be kept.
        formula: String,
        /// How it can be shown, the usual way first.
        formats: &'static [MetricFormat],
        metrics: Vec<&'static str>,
    },
    Fails {
        code: &'static str,
        detail: String,
        /// Characters of the text, from zero; the second is the one behind.
        place: (usize, usize),
    },
}

impl App {
    /// The metrics of the workspace, by name. Somebody from outside sees none.
    ///
    /// # Errors
    /// When the actor may read no reports or the store cannot be read.
    pub async fn list_custom_metrics(&self, actor: &Actor) -> Result<Vec<SeenMetric>, AppError> {
        actor.require(Permission::ReadReports)?;
        let stored = self.stored_metrics(actor).await?;
        Ok(stored.into_iter().map(|row| seen(actor, row)).collect())
    }

    /// # Errors
    /// When the workspace has no such metric.
    pub async fn custom_metric(
        &self,
        actor: &Actor,
        id: CustomMetricId,
    ) -> Result<SeenMetric, AppError> {
        actor.require(Permission::ReadReports)?;
        if actor.realm() == Realm::Outside {
            return Err(AppError::NotFound {
                what: "custom metric",
            });
        }
        let mut connection = self.inner.store.read().await?;
        let row = custom_metrics::load_custom_metric(&mut connection, actor.workspace, id).await?;
        Ok(seen(actor, row))
    }

    /// # Errors
    /// When a field is wrong, another metric has the name, or the actor does not see what it is
    /// made of.
    pub async fn create_custom_metric(
        &self,
        actor: &Actor,
        input: CustomMetricInput,
    ) -> Result<SeenMetric, AppError> {
        actor.require(Permission::ShareReports)?;
        let mut tx = self.inner.store.begin_work().await?;
        let details = checked(&mut tx, actor, None, input).await?;
        let (workspace, now) = (actor.workspace, self.now());
        let id = custom_metrics::insert_custom_metric(&mut tx, workspace, now, &details).await?;
        let row = custom_metrics::load_custom_metric(&mut tx, workspace, id).await?;
        let told = json!({"name": details.name, "formula": details.formula});
        self.note(&mut tx, actor, Act::CustomMetricCreated, id, told)
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(seen(actor, row))
    }

    /// Changes a metric as it was read at `version`; whatever refers to it shows the change.
    ///
    /// # Errors
    /// As [`App::create_custom_metric`], or when somebody else changed it meanwhile.
    pub async fn update_custom_metric(
        &self,
        actor: &Actor,
        id: CustomMetricId,
        version: i64,
        patch: CustomMetricPatch,
    ) -> Result<SeenMetric, AppError> {
        actor.require(Permission::ShareReports)?;
        let mut tx = self.inner.store.begin().await?;
        let workspace = actor.workspace;
        let before = custom_metrics::load_custom_metric(&mut tx, workspace, id).await?;
        let kept = before.details.clone();
        // Nobody changes what they do not see.
        if let Ok(formula) = MetricFormula::read(&kept.formula) {
            require_all(actor, &formula)?;
        }
        // Another formula may have another unit; without a word it is shown as is usual for it.
        let format = patch.format.or_else(|| match patch.formula {
            Some(_) => None,
            None => MetricFormat::from_key(&kept.format),
        });
        let input = CustomMetricInput {
            name: patch.name.unwrap_or(kept.name),
            description: patch.description.unwrap_or(kept.description),
            formula: patch.formula.unwrap_or(kept.formula),
            format,
            direction: patch.direction.unwrap_or(direction_of(&kept.direction)),
        };
        let details = checked(&mut tx, actor, Some(id), input).await?;
        custom_metrics::update_custom_metric(&mut tx, workspace, id, version, &details).await?;
        let row = custom_metrics::load_custom_metric(&mut tx, workspace, id).await?;
        if details.formula != before.details.formula {
            let users = users_of(&mut tx, actor, id).await?;
            let users: Vec<_> = users.iter().map(|view| view.id).collect();
            self.end_links_of_others(&mut tx, actor, &users).await?;
        }
        let told = changes(&before.details, &details);
        self.note(&mut tx, actor, Act::CustomMetricChanged, id, told)
            .await?;
        tx.commit().await?;
        Ok(seen(actor, row))
    }

    /// Removes a metric that no saved view shows.
    ///
    /// # Errors
    /// When one shows it or somebody else changed it meanwhile.
    pub async fn delete_custom_metric(
        &self,
        actor: &Actor,
        id: CustomMetricId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ShareReports)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin().await?;
        let row = custom_metrics::load_custom_metric(&mut tx, workspace, id).await?;
        self.refuse_shown(&mut tx, actor, id).await?;
        custom_metrics::archive_custom_metric(&mut tx, workspace, id, version, now).await?;
        let told = json!({"name": row.details.name});
        self.note(&mut tx, actor, Act::CustomMetricDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// What a formula would be, while it is being written.
    ///
    /// # Errors
    /// When the actor may define none, or does not see what it is made of.
    pub fn check_formula(
        &self,
        actor: &Actor,
        text: &str,
        language: Language,
    ) -> Result<FormulaCheck, AppError> {
        actor.require(Permission::ShareReports)?;
        let formula = match MetricFormula::read(text) {
            Ok(formula) => formula,
            Err(problem) => {
                return Ok(FormulaCheck::Fails {
                    code: problem.code(),
                    detail: problem.sentence(language),
                    place: problem.place(),
                });
            }
        };
        require_all(actor, &formula)?;
        let metrics = formula.metrics();
        Ok(FormulaCheck::Fits {
            formula: formula.text(),
            formats: formula.formats(),
            metrics: metrics.into_iter().map(|metric| metric.key).collect(),
        })
    }

    /// What a metric that is being defined comes to in the last thirty days, and in those before.
    ///
    /// # Errors
    /// As [`App::create_custom_metric`], and as reports.
    pub async fn preview_custom_metric(
        &self,
        actor: &Actor,
        input: CustomMetricInput,
    ) -> Result<Report, AppError> {
        actor.require(Permission::ShareReports)?;
        let (formula, format) = read(&input)?;
        require_all(actor, &formula)?;
        let metric = CustomMetric {
            id: 0,
            name: input.name,
            description: input.description,
            formula,
            format,
            direction: input.direction,
        };
        let view = json!({
            "screen": "reports",
            "period": {"moving": "last_30"},
            "metrics": [metric.key()],
        });
        let view: View = serde_json::from_value(view).step("ask for a metric's preview")?;
        let today = zone_of(&self.workspace(actor).await?)?.day_of(self.now());
        let query = view.question(today).map_err(refused)?;
        let mut context = self.report_context(actor).await?;
        context.custom = vec![Arc::new(metric)];
        let limits = self.query_limits();
        self.ask(move |warehouse| reports::run(warehouse, &query, &context, limits))
            .await?
            .map_err(refused)
    }

    /// The workspace's metrics as reports take them.
    pub(crate) async fn custom_metrics(
        &self,
        actor: &Actor,
    ) -> Result<Vec<Arc<CustomMetric>>, AppError> {
        let stored = self.stored_metrics(actor).await?;
        Ok(stored.iter().filter_map(worked_with).collect())
    }

    async fn stored_metrics(&self, actor: &Actor) -> Result<Vec<Stored>, AppError> {
        if actor.realm() == Realm::Outside {
            return Ok(Vec::new());
        }
        let mut connection = self.inner.store.read().await?;
        Ok(custom_metrics::list_custom_metrics(&mut connection, actor.workspace).await?)
    }

    /// What people keep for themselves holds nobody up, unless somebody else is shown it.
    ///
    /// # Errors
    /// When a saved view shows it that everybody or the actor has, or that a link or a mail shows.
    async fn refuse_shown(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: CustomMetricId,
    ) -> Result<(), AppError> {
        let views = users_of(tx, actor, id).await?;
        let links = share_links::list_share_links(tx, actor.workspace, self.now()).await?;
        let schedules = report_schedules::list_report_schedules(tx, actor.workspace).await?;
        let is_told = |view: &SavedView| {
            links.iter().any(|link| link.view_id == view.id)
                || schedules.iter().any(|schedule| schedule.view_id == view.id)
        };
        let holds = |view: &&SavedView| is_seen(actor, view) || is_told(view);
        let users: Vec<&SavedView> = views.iter().filter(holds).collect();
        if users.is_empty() {
            return Ok(());
        }
        // What somebody calls a view of their own is theirs.
        let named = users.iter().find(|view| is_seen(actor, view));
        let named = match named {
            Some(view) => format!(", among them {:?} (number {})", view.details.name, view.id),
            None => ", which others keep for themselves and share".to_owned(),
        };
        Err(AppError::Conflict {
            code: "metric_in_use",
            field: None,
            detail: format!("saved views show the metric: {}{named}", users.len()),
        })
    }
}

/// A metric as reports take it; nothing for one that this version cannot read.
fn worked_with(stored: &Stored) -> Option<Arc<CustomMetric>> {
    let details = &stored.details;
    let read = MetricFormula::read(&details.formula);
    let told = |problem: &Problem| {
        let (metric, code) = (stored.id.0, problem.code());
        tracing::warn!(metric, code, "a custom metric cannot be read");
    };
    let formula = read.inspect_err(told).ok()?;
    Some(Arc::new(CustomMetric {
        id: stored.id.0,
        name: details.name.clone(),
        description: details.description.clone(),
        format: MetricFormat::from_key(&details.format)?,
        direction: direction_of(&details.direction),
        formula,
    }))
}

fn direction_of(key: &str) -> Direction {
    Direction::from_key(key).unwrap_or_default()
}

fn seen(actor: &Actor, mut stored: Stored) -> SeenMetric {
    let read = MetricFormula::read(&stored.details.formula);
    let is_hidden = read.is_ok_and(|formula| require_all(actor, &formula).is_err());
    if is_hidden {
        stored.details.formula.clear();
        stored.details.description.clear();
    }
    SeenMetric { stored, is_hidden }
}

/// # Errors
/// When the actor does not see one of the metrics that a formula is made of.
fn require_all(actor: &Actor, formula: &MetricFormula) -> Result<(), AppError> {
    let operands = formula.metrics().into_iter();
    operands
        .flat_map(|metric: &'static Metric| needed(metric))
        .try_for_each(|permission| actor.require(permission))
}

/// # Errors
/// What is wrong with the formula, or with how it is to be shown.
fn read(input: &CustomMetricInput) -> Result<(MetricFormula, MetricFormat), AppError> {
    let formula = MetricFormula::read(&input.formula).map_err(|problem| {
        let detail = problem.sentence(Language::En);
        AppError::invalid("formula", problem.code(), detail)
    })?;
    let fitting = formula.formats();
    let format = match input.format {
        Some(format) if fitting.contains(&format) => Some(format),
        Some(format) => {
            let fitting: Vec<&str> = fitting.iter().map(|format| format.key()).collect();
            let (wanted, fitting) = (format.key(), fitting.join(" or "));
            let detail = format!("{wanted} does not fit its unit: choose {fitting}");
            return Err(AppError::invalid("format", "format_unfit", detail));
        }
        None => fitting.first().copied(),
    };
    let format = format.ok_or(AppError::NotFound { what: "format" })?;
    Ok((formula, format))
}

async fn checked(
    connection: &mut Connection,
    actor: &Actor,
    id: Option<CustomMetricId>,
    input: CustomMetricInput,
) -> Result<CustomMetricDetails, AppError> {
    let (formula, format) = read(&input)?;
    require_all(actor, &formula)?;
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        return Err(AppError::invalid(
            "name",
            "required",
            "give the metric a name",
        ));
    }
    let description = input.description.trim().to_owned();
    if description.chars().count() > DESCRIPTION_CHARS_MAX {
        let detail = format!("write at most {DESCRIPTION_CHARS_MAX} characters");
        return Err(AppError::invalid("description", "too_long", detail));
    }
    let all = custom_metrics::list_custom_metrics(connection, actor.workspace).await?;
    if id.is_none() && all.len() >= CUSTOM_METRICS_MAX {
        let detail = format!("a workspace defines at most {CUSTOM_METRICS_MAX} metrics");
        return Err(AppError::invalid("name", "too_many", detail));
    }
    let is_taken = |other: &Stored| Some(other.id) != id && other.details.name == name;
    if all.iter().any(is_taken) {
        return Err(AppError::Conflict {
            code: "already_exists",
            field: Some("name".to_owned()),
            detail: format!("there is a metric {name:?} already"),
        });
    }
    Ok(CustomMetricDetails {
        name,
        description,
        formula: formula.text(),
        format: format.key().to_owned(),
        direction: input.direction.key().to_owned(),
    })
}

/// The views that show a metric, whoever has them.
async fn users_of(
    tx: &mut Tx,
    actor: &Actor,
    id: CustomMetricId,
) -> Result<Vec<SavedView>, AppError> {
    let key = format!("{}{id}", reports::CUSTOM_PREFIX);
    let mut views = saved_views::list_saved_views(tx, actor.workspace).await?;
    views.retain(|view| {
        let metrics = view.details.question["metrics"].as_array();
        metrics.is_some_and(|keys| keys.iter().any(|each| each.as_str() == Some(&key)))
    });
    Ok(views)
}
