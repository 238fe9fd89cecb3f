//! What a user is shown before an import: columns, options that fit, the first rows as they
//! would be read, and what to look at.

use std::borrow::Cow;
use std::path::Path;

use base::{Currency, Day, DayRange, ImportId, WorkspaceId};
use connect::PlanError;
use connect::columns::{Field, Format, Kind, Mapping};
use connect::dates::DateOrder;
use connect::table::{Preview as Contents, TableRow};
use serde_json::Value;
use store::deal_statuses::list_deal_statuses;
use store::workspaces::Workspace;
use store::{UploadId, imports, workspaces};

use super::campaigns::{CampaignsSeen, PreviewCampaign, TrackedCampaign};
use super::dates::Dates;
use super::fields::parsed_fields;
use super::foresight::{Foreseer, Foresight};
use super::plan::{ImportOptions, format_of, misplanned};
use super::queue::{mended, read_upload};
use super::run::IMPORT_ROWS_MAX;
use super::statuses::{self, PreviewStatus};
use super::upload::Incoming;
use crate::assignees::Crew;
use crate::costs::{CostEffect, CostFile, Said, foresee};
use crate::deals::status_map;
use crate::error::Step as _;
use crate::rates::RateTable;
use crate::{Actor, App, AppError};

/// Rows that are shown.
pub(super) const SHOWN_ROWS: usize = 20;
/// Filled cells of a column that are shown beside its title.
const COLUMN_SAMPLES: usize = 3;
/// So many columns of another kind are no accident.
const OTHER_KIND_FIELDS: usize = 3;

/// A file as it was understood.
#[derive(Debug, Clone)]
pub struct Preview {
    pub upload: UploadId,
    pub file_name: String,
    /// Whose report it is, in `snake_case`; `generic` where its titles are nobody's own.
    pub format: &'static str,
    pub encoding: &'static str,
    pub delimiter: char,
    /// `dot` or `comma`.
    pub decimal: &'static str,
    /// Of a workbook: the sheet that is read, and all that could be.
    pub sheet: Option<String>,
    pub sheets: Vec<String>,
    /// Row of the titles; the first row of the file is 1.
    pub header_row: u64,
    pub columns: Vec<PreviewColumn>,
    pub fields: Vec<PreviewField>,
    pub rows_total: u64,
    /// That an import would take, as far as the file tells; `None` where it cannot start yet.
    pub rows_ready: Option<u64>,
    pub sample: Vec<PreviewRow>,
    /// Options that fit, overruled by those given.
    pub options: Value,
    /// How dates are read whose order the file does not tell.
    pub date_order: Option<DateOrder>,
    /// Statuses of deals that nobody has mapped yet.
    pub statuses: Vec<PreviewStatus>,
    /// Of costs: where the campaigns of the file land.
    pub campaigns: Vec<PreviewCampaign>,
    /// Of costs: campaigns that visits are known of.
    pub tracked: Vec<TrackedCampaign>,
    /// What it would do to costs that are there.
    pub effects: Vec<CostEffect>,
    pub warnings: Vec<PreviewWarning>,
}

#[derive(Debug, Clone)]
pub struct PreviewColumn {
    /// Counted from zero.
    pub index: usize,
    pub header: String,
    pub field: Option<&'static str>,
    pub samples: Vec<String>,
}

/// A meaning that a column may be given.
#[derive(Debug, Clone, Copy)]
pub struct PreviewField {
    pub key: &'static str,
    pub title: &'static str,
    pub required: bool,
}

#[derive(Debug, Clone)]
pub struct PreviewRow {
    pub row: u64,
    pub cells: Vec<String>,
    /// Fields with their values; `None` where no row can be read before a column is chosen.
    pub parsed: Option<Parsed>,
}

type Parsed = Result<Vec<(&'static str, String)>, PreviewError>;

/// Why a row would be rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewError {
    pub field: Option<Cow<'static, str>>,
    /// Stable, in `snake_case`.
    pub code: &'static str,
    pub detail: String,
}

#[derive(Debug, Clone)]
pub struct PreviewWarning {
    /// Stable, in `snake_case`.
    pub code: &'static str,
    pub detail: String,
    /// How many rows it is about, where it is about some.
    pub rows: Option<u64>,
    /// What lacks an exchange rate, and from which day on; the currency of amounts in millionths.
    pub currency: Option<Currency>,
    pub day: Option<Day>,
    /// The last day of the period that it is about.
    pub until: Option<Day>,
    /// Words of the file that it is about.
    pub words: Vec<String>,
}

impl PreviewWarning {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            rows: None,
            currency: None,
            day: None,
            until: None,
            words: Vec::new(),
        }
    }
}

impl App {
    /// Keeps the file and shows how it would be imported.
    ///
    /// # Errors
    /// When the file is no table or the options do not fit it; a missing column is only a warning.
    pub async fn preview(
        &self,
        actor: &Actor,
        kind: Kind,
        file_name: &str,
        incoming: Incoming,
        given: Option<Value>,
    ) -> Result<Preview, AppError> {
        let upload = self.keep_upload(actor, kind, file_name, incoming).await?;
        self.preview_again(actor, kind, upload, given).await
    }

    /// Shows how a file that was kept would be imported with other options.
    ///
    /// # Errors
    /// When the upload is unknown, old, somebody else's or of another kind, and as
    /// [`App::preview`].
    pub async fn preview_again(
        &self,
        actor: &Actor,
        kind: Kind,
        upload: UploadId,
        given: Option<Value>,
    ) -> Result<Preview, AppError> {
        super::require_import_of(actor, kind.name())?;
        let kept = self.upload(actor, kind, upload).await?;
        let path = self.upload_path(&kept.path);
        let (contents, hash) = read_upload(&path, given.as_ref()).await?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        let known =
            imports::find_import_of_content(&mut connection, actor.workspace, &hash).await?;
        let mended = mended(&mut connection, actor.workspace, kind, &contents).await?;
        drop(connection);
        let (mends, usual) = mended.unzip();
        let shown = Shown {
            kind,
            upload,
            file_name: kept.file_name,
        };
        let given = [usual.as_ref(), given.as_ref()];
        let chosen = ImportOptions::resolve(kind, &contents, &workspace.details, &given)?;
        let (file, details, asked) = (path.clone(), workspace.details.clone(), chosen.clone());
        let read = tokio::task::spawn_blocking(move || {
            Dates::of(&file, &contents, &asked, &details).map(|dates| (dates, contents))
        });
        let (dates, contents) = read.await.step("read an upload")??;
        let options = chosen.clone().dated(dates.order);
        let mut preview = describe(shown, &contents, &options)?;
        preview.options = chosen.to_json()?;
        preview.date_order = dates.are_ambiguous.then_some(dates.order);
        if preview.rows_total > u64::try_from(IMPORT_ROWS_MAX).unwrap_or(u64::MAX) {
            let detail = format!("a file may have {IMPORT_ROWS_MAX} rows at most");
            preview
                .warnings
                .push(PreviewWarning::new("too_many_rows", detail));
        } else if let Some(mut foreseen) = self.foresee(&workspace, options, &path, mends).await? {
            let currency = workspace.details.currency;
            preview.warnings.extend(foreseen.warnings(currency));
            preview.rows_ready = Some(foreseen.rows_ready);
            preview.statuses = statuses::told(std::mem::take(&mut foreseen.statuses), &chosen);
            preview
                .warnings
                .extend(statuses::warning(&preview.statuses));
            if dates.are_guessed {
                preview
                    .warnings
                    .extend(guessed_dates(dates.order, foreseen.days));
            }
            for (index, why) in std::mem::take(&mut foreseen.shown) {
                if let Some(row) = preview.sample.get_mut(index) {
                    row.parsed = Some(Err(why));
                }
            }
            if let Some(said) = foreseen.said {
                self.tell_costs(&mut preview, workspace.id, said, foreseen.campaigns)
                    .await?;
            }
        }
        preview
            .warnings
            .extend(earlier(mends, known.map(|known| known.id)));
        Ok(preview)
    }

    /// What importing costs would do, and where they would land.
    async fn tell_costs(
        &self,
        preview: &mut Preview,
        workspace: WorkspaceId,
        said: Said,
        campaigns: CampaignsSeen,
    ) -> Result<(), AppError> {
        let apart = said.silences.iter().map(days_apart);
        preview.warnings.extend(apart);
        let of_direct = campaigns.rows_of_direct();
        preview
            .warnings
            .extend(direct_twice(preview.format, of_direct));
        (preview.campaigns, preview.tracked) = self.tell_campaigns(workspace, campaigns).await?;
        let mut connection = self.inner.store.read().await?;
        preview.effects = foresee(&mut connection, workspace, said).await?.told();
        Ok(())
    }

    /// Reads a file to its end, as an import would; nothing where it cannot be imported yet.
    async fn foresee(
        &self,
        workspace: &Workspace,
        options: ImportOptions,
        path: &Path,
        mends: Option<ImportId>,
    ) -> Result<Option<Foresight>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let rates = RateTable::load(&mut connection, workspace.id).await?;
        let mut statuses = None;
        if options.status_groups().is_some() {
            let mapped = list_deal_statuses(&mut connection, workspace.id).await?;
            statuses = Some(status_map(&mapped));
        }
        let crew = Crew::of(&mut connection, workspace.id, options.kind()).await?;
        drop(connection);
        let settings = &self.inner.settings;
        let costs = match &options {
            ImportOptions::Costs(costs) => {
                let file = CostFile::new(
                    workspace,
                    costs.clone(),
                    rates.clone(),
                    settings,
                    self.now(),
                )?;
                Some(file.mending(mends))
            }
            ImportOptions::Records(..) => None,
        };
        let foreseer = Foreseer::new(workspace, rates, costs, statuses, crew)?;
        let path = path.to_owned();
        let read = tokio::task::spawn_blocking(move || foreseer.read(&path, &options));
        read.await.step("read an upload")?
    }
}

struct Shown {
    kind: Kind,
    upload: UploadId,
    file_name: String,
}

fn describe(
    shown: Shown,
    contents: &Contents,
    options: &ImportOptions,
) -> Result<Preview, AppError> {
    let Shown {
        kind,
        upload,
        file_name,
    } = shown;
    let layout = &contents.layout;
    let mapping = options
        .mapping(&layout.header)
        .map_err(|error| misplanned(&error))?;
    let mut warnings = warnings(options, contents, mapping.column(Field::Source).is_some());
    let first = contents.rows.iter().take(SHOWN_ROWS);
    let sample = match options.plan(layout, &contents.rows) {
        Ok(mut plan) => first
            .map(|row| {
                let parsed = plan.read(row).map(|row| parsed_fields(&row));
                shown_row(
                    row,
                    Some(parsed.map_err(|unread| PreviewError::from(unread.error))),
                )
            })
            .collect(),
        Err(error @ PlanError::MissingColumn(_)) => {
            let warning = PreviewWarning::new("missing_column", error.to_string());
            warnings.push(warning);
            warnings.extend(other_kind(kind, &layout.header));
            first.map(|row| shown_row(row, None)).collect()
        }
        Err(error) => return Err(misplanned(&error)),
    };
    let column = |(index, header): (usize, &String)| PreviewColumn {
        index,
        header: header.clone(),
        field: mapping.field(index).map(|(field, _)| field.key()),
        samples: samples(&contents.rows, index),
    };
    let field = |field: &Field| PreviewField {
        key: field.key(),
        title: field.title(),
        required: kind.required().contains(field),
    };
    Ok(Preview {
        upload,
        file_name,
        format: format_of(kind, layout).name(),
        encoding: layout.encoding,
        delimiter: layout.delimiter,
        decimal: layout.decimal.name(),
        sheet: layout.sheet.clone(),
        sheets: layout.sheets.clone(),
        header_row: layout.header_row,
        columns: layout.header.iter().enumerate().map(column).collect(),
        fields: kind.fields().iter().map(field).collect(),
        rows_total: contents.rows_total,
        rows_ready: None,
        sample,
        options: options.to_json()?,
        date_order: None,
        statuses: Vec::new(),
        campaigns: Vec::new(),
        tracked: Vec::new(),
        effects: Vec::new(),
        warnings,
    })
}

/// Where a file jumps from one period to another.
fn days_apart(silence: &DayRange) -> PreviewWarning {
    let DayRange { first, last } = silence;
    PreviewWarning {
        day: Some(*first),
        until: Some(*last),
        ..PreviewWarning::new(
            "days_apart",
            format!("the file has no row from {first} to {last}; check its dates"),
        )
    }
}

/// Metrica's expenses hold those of other systems; Direct's own report has its costs already.
fn direct_twice(format: &str, rows: u64) -> Option<PreviewWarning> {
    let is_metrica = format == Format::MetricaExpenses.name();
    (is_metrica && rows > 0).then(|| PreviewWarning {
        rows: Some(rows),
        ..PreviewWarning::new(
            "direct_twice",
            format!("{rows} rows are of Yandex: with Direct's own report they count twice"),
        )
    })
}

/// What the file has to do with imports before it.
fn earlier(mends: Option<ImportId>, known: Option<ImportId>) -> Vec<PreviewWarning> {
    let mends = mends.map(|mends| {
        let detail = format!("these are rows that import {mends} left out; they complete it");
        PreviewWarning::new("mends_import", detail)
    });
    let known = known.map(|known| {
        let detail = format!("the same file was imported as import {known}");
        PreviewWarning::new("already_imported", detail)
    });
    mends.into_iter().chain(known).collect()
}

/// Where the order of the dates was not told: the days they come to.
fn guessed_dates(order: DateOrder, days: Option<DayRange>) -> Option<PreviewWarning> {
    let DayRange { first, last } = days?;
    let part = match order {
        DateOrder::DayFirst => "day",
        DateOrder::MonthFirst => "month",
    };
    let detail = format!("the {part} of each date is read first, which means {first} to {last}");
    Some(PreviewWarning {
        day: Some(first),
        until: Some(last),
        ..PreviewWarning::new("ambiguous_dates", detail)
    })
}

fn shown_row(row: &TableRow, parsed: Option<Parsed>) -> PreviewRow {
    PreviewRow {
        row: row.row,
        cells: row.cells.clone(),
        parsed,
    }
}

fn warnings(options: &ImportOptions, contents: &Contents, has_source: bool) -> Vec<PreviewWarning> {
    let mut warnings = Vec::new();
    if contents.rows_total == 0 {
        let warning = PreviewWarning::new("no_rows", "there is no row below the titles");
        warnings.push(warning);
    }
    if contents.totals_skipped > 0 {
        let detail = match contents.totals_skipped {
            1 => "1 row of totals is left out".to_owned(),
            count => format!("{count} rows of totals are left out"),
        };
        warnings.push(PreviewWarning {
            rows: Some(contents.totals_skipped),
            ..PreviewWarning::new("totals_skipped", detail)
        });
    }
    if let ImportOptions::Costs(costs) = options
        && costs.micros
    {
        let detail = "amounts are read as millionths: 1000000 in the file is 1";
        warnings.push(PreviewWarning {
            currency: Some(costs.currency),
            ..PreviewWarning::new("read_as_micros", detail)
        });
    }
    if let ImportOptions::Costs(costs) = options
        && costs.source.trim().is_empty()
        && !has_source
    {
        let warning = PreviewWarning::new("missing_source", "say which source these costs are for");
        warnings.push(warning);
    }
    warnings
}

/// Whether the columns are rather those of another kind of file.
fn other_kind(kind: Kind, header: &[String]) -> Option<PreviewWarning> {
    let known = |of: Kind| {
        let mapping = Mapping::recognise(of, header);
        let fields = of.fields().iter();
        let known = fields.filter(|field| mapping.column(**field).is_some());
        mapping.check().is_ok().then(|| known.count())
    };
    let others = Kind::ALL.into_iter().filter(|other| *other != kind);
    let likely = others.filter_map(|other| Some((known(other)?, other)));
    let (_, likely) = likely
        .filter(|(fields, _)| *fields >= OTHER_KIND_FIELDS)
        .max_by_key(|(fields, _)| *fields)?;
    let code = match likely {
        Kind::Costs => "looks_like_costs",
        Kind::Leads => "looks_like_leads",
        Kind::Deals => "looks_like_deals",
        Kind::Payments => "looks_like_payments",
        Kind::History => "looks_like_history",
    };
    let detail = format!("the columns look like {}", likely.name());
    Some(PreviewWarning::new(code, detail))
}

fn samples(rows: &[TableRow], index: usize) -> Vec<String> {
    let cells = rows.iter().filter_map(|row| row.cells.get(index));
    let filled = cells.filter(|cell| !cell.trim().is_empty());
    filled.take(COLUMN_SAMPLES).cloned().collect()
}
