//! Reports: the workspace's settings put around a question.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{DealId, LeadId, Money};
use reports::catalogue::{CatalogueAnswer, Dimension, Metric, dimension};
use reports::export::{
    ByteOrderMark, ExportFile, ExportFormat, ExportRequest, PDF_ROWS_MAX, export, printed,
};
use reports::{
    Behind, BehindName, BehindNames, BehindRequest, CUSTOM_PREFIX, Clock, CustomMetric, Language,
    Outcomes, Query, Report, ReportContext, Visits, VisitsRequest, WeekStart,
};
use serde_json::json;
use store::{channels, deals, leads, links, sites, users, workspaces};
use tokio::sync::Semaphore;
use warehouse::{Limits, Warehouse};

use crate::audit::Act;
use crate::error::{Step as _, of_warehouse};
use crate::leads::shown;
use crate::workspaces::zone_of;
use crate::{Actor, App, AppError, FieldError, Permission, Who};

/// Rows that an exported file has at most.
pub const EXPORT_ROWS_MAX: usize = 100_000;

impl App {
    /// Answers a report's question.
    ///
    /// # Errors
    /// When the question is wrong, with its field, or the warehouse fails.
    pub async fn report(&self, actor: &Actor, query: Query) -> Result<Report, AppError> {
        self.report_in(&self.inner.queries, actor, query).await
    }

    /// As [`App::report`], in slots that somebody else's questions do not take.
    pub(crate) async fn report_in(
        &self,
        slots: &Arc<Semaphore>,
        actor: &Actor,
        query: Query,
    ) -> Result<Report, AppError> {
        actor.require(Permission::ReadReports)?;
        let query = self.with_segments(actor, query).await?;
        let context = self.report_context_of(actor, &query).await?;
        require_query(actor, &context.custom, &query)?;
        let limits = self.query_limits();
        let asked = self.now();
        let mut report = self
            .ask_in(slots, move |warehouse| {
                reports::run(warehouse, &query, &context, limits)
            })
            .await?
            .map_err(refused)?;
        report.elapsed_ms = u64::try_from(self.now().since_ms(asked)).unwrap_or_default();
        Ok(report)
    }

    /// The rows behind a cell of a report.
    ///
    /// # Errors
    /// As [`App::report`].
    pub async fn report_rows(
        &self,
        actor: &Actor,
        request: serde_json::Value,
    ) -> Result<Behind, AppError> {
        actor.require(Permission::ReadRows)?;
        let mut request = BehindRequest::from_json(request).map_err(refused)?;
        request.query = self.with_segments(actor, request.query).await?;
        let context = self.report_context_of(actor, &request.query).await?;
        require_metric(actor, &context.custom, &request.metric)?;
        let metric = request.metric.clone();
        let limits = self.query_limits();
        let mut rows = self
            .ask(move |warehouse| reports::behind(warehouse, &request, &context, limits))
            .await?
            .map_err(refused)?;
        rows.names = self.names_behind(actor, &rows).await?;
        self.withhold(actor, &mut rows).await?;
        let columns = [
            ("lead", Permission::ReadLeads),
            ("deal", Permission::ReadDeals),
        ];
        for (column, _) in columns.iter().filter(|(_, right)| !actor.may(*right)) {
            rows.clear(column);
        }
        let told = json!({"metric": metric, "rows": rows.rows.len()});
        self.note_look(actor, Act::RowsRead, "", told).await?;
        Ok(rows)
    }

    /// Visits one by one, newest first.
    ///
    /// # Errors
    /// As [`App::report`].
    pub async fn visits(
        &self,
        actor: &Actor,
        mut request: VisitsRequest,
    ) -> Result<Visits, AppError> {
        actor.require(Permission::ReadRows)?;
        let segments = std::mem::take(&mut request.segments);
        let within = self.segment_filters(actor, &segments).await?;
        request.filters.extend(within);
        let rights = [Permission::ReadLeads, Permission::ReadDeals];
        let sees_all = rights.iter().all(|right| actor.may(*right)) && actor.people().is_none();
        let outcomes = match sees_all {
            true => Outcomes::Told,
            false => Outcomes::Withheld,
        };
        let context = self.report_context(actor).await?;
        let limits = self.query_limits();
        let ask = move |warehouse: &Warehouse| {
            reports::visits(warehouse, &request, outcomes, &context, limits)
        };
        let visits = self.ask(ask).await?.map_err(refused)?;
        let told = json!({"metric": "visits", "rows": visits.items.len()});
        self.note_look(actor, Act::RowsRead, "", told).await?;
        Ok(visits)
    }

    /// Takes the rows of leads and deals out that the actor does not see. The number that they
    /// are behind counts them: a sum gives nobody away.
    async fn withhold(&self, actor: &Actor, rows: &mut Behind) -> Result<(), AppError> {
        if actor.people().is_none() {
            return Ok(());
        }
        let reach = self.stored_reach(actor).await?;
        let lead_ids: Vec<_> = rows.ids("lead").into_iter().map(LeadId).collect();
        let deal_ids: Vec<_> = rows.ids("deal").into_iter().map(DealId).collect();
        let (workspace, mut connection) = (actor.workspace, self.inner.store.read().await?);
        let leads =
            leads::list_reached_leads(&mut connection, workspace, &reach, &lead_ids).await?;
        let deals =
            deals::list_reached_deals(&mut connection, workspace, &reach, &deal_ids).await?;
        rows.withhold(["deal", "lead"], |deal, lead| match (deal, lead) {
            // A deal of one's own may have grown out of a lead that is not.
            (Some(deal), _) => deals.contains(&DealId(deal)),
            (None, Some(lead)) => leads.contains(&LeadId(lead)),
            (None, None) => true,
        });
        rows.forget_names("deal", |id| deals.contains(&DealId(id)));
        rows.forget_names("lead", |id| leads.contains(&LeadId(id)));
        Ok(())
    }

    /// What people call the leads and deals that the rows speak of by id.
    async fn names_behind(&self, actor: &Actor, rows: &Behind) -> Result<BehindNames, AppError> {
        let lead_ids: Vec<_> = rows.ids("lead").into_iter().map(LeadId).collect();
        let deal_ids: Vec<_> = rows.ids("deal").into_iter().map(DealId).collect();
        if lead_ids.is_empty() && deal_ids.is_empty() {
            return Ok(BehindNames::new());
        }
        let mut connection = self.inner.store.read().await?;
        let found = leads::list_leads_by_id(&mut connection, actor.workspace, &lead_ids).await?;
        let seen = found.into_iter().map(|lead| shown(actor, lead));
        let of_leads = seen.filter_map(|lead| {
            let details = lead.details;
            let name = first_filled([details.name, details.phone, details.email])?;
            let called = BehindName {
                name,
                amount: None,
                currency: None,
            };
            Some((lead.id.0.to_string(), called))
        });
        let of_leads = of_leads.collect();
        let found = deals::list_deals_by_id(&mut connection, actor.workspace, &deal_ids).await?;
        let of_deals = found.into_iter().filter_map(|deal| {
            let details = deal.details;
            let called = BehindName {
                name: first_filled([details.title, details.external_id])?,
                amount: Some(Money::new(details.amount_micros, details.currency).decimal()),
                currency: Some(details.currency.to_string()),
            };
            Some((deal.id.0.to_string(), called))
        });
        Ok(BehindNames::from([
            ("lead".to_owned(), of_leads),
            ("deal".to_owned(), of_deals.collect()),
        ]))
    }

    /// A report as a file.
    ///
    /// # Errors
    /// As [`App::report`].
    pub async fn export_report(
        &self,
        actor: &Actor,
        request: serde_json::Value,
    ) -> Result<ExportFile, AppError> {
        let ExportRequest {
            mut query,
            format,
            intervals,
            title,
        } = ExportRequest::from_json(request).map_err(refused)?;
        let most = match format {
            ExportFormat::Pdf => PDF_ROWS_MAX,
            _ => EXPORT_ROWS_MAX,
        };
        query.limit = Some(query.limit.unwrap_or(most).min(most));
        let asked_in = query.language;
        let report = intervals.lay_out(self.report(actor, query).await?);
        let language = match asked_in {
            Some(language) => language,
            None => self.language(actor).await?,
        };
        let mut tx = self.inner.store.begin().await?;
        let workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let told = json!({"rows": report.rows.len()});
        self.note(&mut tx, actor, Act::ReportExported, "", told)
            .await?;
        tx.commit().await?;
        // A hundred thousand rows take a while, and the doors answer from the same threads.
        let title = title.map(|title| format!("{title} · {}", workspace.details.name));
        let write = move || match (format, title) {
            (ExportFormat::Pdf, Some(title)) => printed(&report, &title, language),
            _ => export(&report, format, ByteOrderMark::Written, language),
        };
        let written = tokio::task::spawn_blocking(write).await;
        written.step("write the report's file")?.map_err(refused)
    }

    /// Every metric and dimension with its definition, and which of them the actor does not see.
    ///
    /// # Errors
    /// When the actor may read no reports.
    pub async fn catalogue(
        &self,
        actor: &Actor,
        language: Language,
    ) -> Result<CatalogueAnswer, AppError> {
        actor.require(Permission::ReadReports)?;
        let is_hidden = |metric: &Metric| needed(metric).any(|right| !actor.may(right));
        let custom = self.custom_metrics(actor).await?;
        let mut catalogue = reports::catalogue::catalogue(language, &custom, is_hidden);
        if !actor.may(Permission::ReadRows) {
            let is_open = |key: &str| !dimension(key).is_some_and(Dimension::tells_single_events);
            catalogue.dimensions.retain(|known| is_open(known.key));
        }
        Ok(catalogue)
    }

    /// Whether the question could be answered, without asking it.
    ///
    /// # Errors
    /// As [`App::report`].
    pub(crate) async fn check_query(&self, actor: &Actor, query: Query) -> Result<(), AppError> {
        let query = self.with_segments(actor, query).await?;
        let context = self.report_context(actor).await?;
        require_query(actor, &context.custom, &query)?;
        reports::resolve(&query, &context).map_err(refused)?;
        Ok(())
    }

    /// The question with the filters of its segments among its own.
    pub(crate) async fn with_segments(
        &self,
        actor: &Actor,
        mut query: Query,
    ) -> Result<Query, AppError> {
        let segments = std::mem::take(&mut query.segments);
        query
            .filters
            .extend(self.segment_filters(actor, &segments).await?);
        Ok(query)
    }

    /// As [`App::report_context`], with the names that were known on the question's day.
    pub(crate) async fn report_context_of(
        &self,
        actor: &Actor,
        query: &Query,
    ) -> Result<ReportContext, AppError> {
        let mut context = self.report_context(actor).await?;
        if let Some(moment) = Self::known_moment(query, &context.time_zone) {
            context.renamed = self.renamed(actor.workspace, Some(moment)).await?;
        }
        Ok(context)
    }

    pub(crate) async fn report_context(&self, actor: &Actor) -> Result<ReportContext, AppError> {
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        let sites = sites::list_sites(&mut connection, actor.workspace).await?;
        let links = links::list_all_links(&mut connection).await?;
        let channels = channels::list_all_channels(&mut connection, actor.workspace).await?;
        drop(connection);
        let custom = self.custom_metrics(actor).await?;
        let language = self.language(actor).await?;
        let time_zone = zone_of(&workspace)?;
        let site_names = sites
            .into_iter()
            .map(|site| (site.id.to_string(), site.details.name));
        let link_names = links
            .into_iter()
            .filter(|link| link.workspace_id == actor.workspace)
            .map(|link| (link.id.to_string(), link.details.slug));
        let channel_names: BTreeMap<String, String> = channels
            .into_iter()
            .map(|channel| (channel.id.to_string(), channel.details.name))
            .collect();
        let names = BTreeMap::from([
            ("channel".to_owned(), channel_names.clone()),
            ("subchannel".to_owned(), channel_names),
            ("site".to_owned(), site_names.collect()),
            ("link".to_owned(), link_names.collect()),
        ]);
        Ok(ReportContext {
            workspace: actor.workspace,
            time_zone,
            currency: workspace.details.currency,
            week_start: match workspace.details.week_start.as_str() {
                "sunday" => WeekStart::Sunday,
                _ => WeekStart::Monday,
            },
            now: self.now(),
            clock: self.clock(),
            language,
            channels: actor
                .channels()
                .map(|ids| ids.iter().map(ToString::to_string).collect()),
            names,
            custom,
            renamed: self.renamed(actor.workspace, None).await?,
        })
    }

    /// The language that the actor reads; programs read English.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn language(&self, actor: &Actor) -> Result<Language, AppError> {
        let Who::Person { user, .. } = &actor.who else {
            return Ok(Language::En);
        };
        let mut connection = self.inner.store.read().await?;
        let user = users::load_user(&mut connection, *user).await?;
        Ok(language_of(&user.language))
    }

    fn clock(&self) -> Clock {
        let surroundings = Arc::clone(&self.inner.surroundings);
        Clock::new(move || surroundings.now())
    }

    /// What one answer may take, however many statements it is.
    pub(crate) fn query_limits(&self) -> Limits {
        let timeout = Duration::from_secs(self.inner.settings.query_timeout_s.max(1));
        Limits {
            timeout,
            ..Limits::default()
        }
    }
}

pub(crate) fn language_of(name: &str) -> Language {
    match name {
        "ru" => Language::Ru,
        "pl" => Language::Pl,
        _ => Language::En,
    }
}

fn first_filled<const N: usize>(texts: [String; N]) -> Option<String> {
    texts.into_iter().find(|text| !text.is_empty())
}

/// What a reader must be allowed to see for a metric, because it can be computed from it.
pub(crate) fn needed(metric: &Metric) -> impl Iterator<Item = Permission> + use<> {
    let costs = metric.tells_costs().then_some(Permission::SeeCosts);
    let margin = metric.tells_margin().then_some(Permission::SeeMargin);
    let revenue = metric.tells_revenue().then_some(Permission::SeeRevenue);
    costs.into_iter().chain(margin).chain(revenue)
}

/// A metric that is not there is the report's to refuse.
pub(crate) fn require_metric(
    actor: &Actor,
    custom: &[Arc<CustomMetric>],
    key: &str,
) -> Result<(), AppError> {
    let metrics = match custom.iter().find(|metric| metric.key() == key) {
        Some(metric) => metric.formula.metrics(),
        None => reports::catalogue::metric(key).into_iter().collect(),
    };
    metrics
        .into_iter()
        .flat_map(needed)
        .try_for_each(|permission| actor.require(permission))
}

/// Whether somebody is told it: one of the workspace's own that they do not know is not.
pub(crate) fn sees_metric(actor: &Actor, custom: &[Arc<CustomMetric>], key: &str) -> bool {
    let is_known = !key.starts_with(CUSTOM_PREFIX) || custom.iter().any(|each| each.key() == key);
    is_known && require_metric(actor, custom, key).is_ok()
}

pub(crate) fn require_query(
    actor: &Actor,
    custom: &[Arc<CustomMetric>],
    query: &Query,
) -> Result<(), AppError> {
    for metric in &query.metrics {
        require_metric(actor, custom, metric)?;
    }
    require_dimensions(actor, query)
}

/// What pages say with single events may be about one person, so it is as the rows are.
fn require_dimensions(actor: &Actor, query: &Query) -> Result<(), AppError> {
    let filtered = query.filters.iter().map(|filter| &filter.dimension);
    let asked = query.dimensions.iter().chain(filtered);
    let mut known = asked.filter_map(|key| dimension(key));
    if known.any(Dimension::tells_single_events) {
        actor.require(Permission::ReadRows)?;
    }
    Ok(())
}

pub(crate) fn refused(error: reports::Error) -> AppError {
    let code = error.code();
    match error {
        reports::Error::Invalid {
            field,
            code,
            detail,
        } => AppError::Invalid(vec![FieldError {
            field: field.into(),
            row: None,
            code,
            detail,
        }]),
        reports::Error::Warehouse(warehouse::Error::TimedOut { timeout_ms }) => {
            AppError::Unavailable {
                code,
                detail: format!(
                    "the report took longer than {} s and was stopped; ask for a shorter period",
                    timeout_ms / 1000
                ),
            }
        }
        reports::Error::Warehouse(warehouse::Error::TooManyRows { .. }) => {
            let detail = "the answer has too many rows; ask for fewer dimensions or a filter";
            AppError::invalid("dimensions", code, detail)
        }
        reports::Error::Warehouse(error) => of_warehouse("answer a report")(error),
        other @ reports::Error::Export { .. } => AppError::Internal {
            step: "answer a report",
            source: other.into(),
        },
    }
}
