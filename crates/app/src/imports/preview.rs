//! What a user is shown before an import: columns, options that fit, the first rows as they
//! would be read, and what to look at.

use std::path::Path;

use base::ImportId;
use connect::columns::{Field, Kind, Mapping};
use connect::table::{Preview as Contents, TableRow};
use connect::{PlanError, RowError};
use serde_json::Value;
use store::workspaces::Workspace;
use store::{UploadId, imports, workspaces};

use super::fields::parsed_fields;
use super::mended;
use super::plan::{ImportOptions, ParsedRow, contents, format_of, misplanned, open, refused};
use super::run::{CHUNK_ROWS, IMPORT_ROWS_MAX};
use super::upload::Incoming;
use crate::costs::{CostEffect, CostFile, Said, foresee};
use crate::error::Step as _;
use crate::rates::RateTable;
use crate::{Actor, App, AppError, Permission};

/// Rows that are shown.
const SHOWN_ROWS: usize = 20;
/// Filled cells of a column that are shown beside its title.
const COLUMN_SAMPLES: usize = 3;
/// So many columns of another kind are no accident.
const OTHER_KIND_FIELDS: usize = 3;

/// A file as it was understood.
#[derive(Debug, Clone)]
pub struct Preview {
    pub upload: UploadId,
    pub file_name: String,
    /// `google_ads`, `yandex_direct` or `generic`.
    pub format: &'static str,
    pub encoding: &'static str,
    pub delimiter: char,
    /// `dot` or `comma`.
    pub decimal: &'static str,
    /// Row of the titles; the first row of the file is 1.
    pub header_row: u64,
    pub columns: Vec<PreviewColumn>,
    pub fields: Vec<PreviewField>,
    pub rows_total: u64,
    pub sample: Vec<PreviewRow>,
    /// Options that fit, overruled by those given.
    pub options: Value,
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
    pub field: Option<&'static str>,
    /// Stable, in `snake_case`.
    pub code: &'static str,
    pub detail: String,
}

#[derive(Debug, Clone)]
pub struct PreviewWarning {
    /// Stable, in `snake_case`.
    pub code: &'static str,
    pub detail: String,
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
        actor.require(Permission::ImportFiles)?;
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
        actor.require(Permission::ImportFiles)?;
        let kept = self.upload(actor, kind, upload).await?;
        let path = self.upload_path(&kept.path);
        let file = path.clone();
        let (contents, hash) = tokio::task::spawn_blocking(move || {
            Ok::<_, AppError>((contents(&file)?, super::content_hash(&file)?))
        })
        .await
        .step("read an upload")??;
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
        let options = ImportOptions::resolve(kind, &contents, &workspace.details, &given)?;
        let mut preview = describe(shown, &contents, &options)?;
        if preview.rows_total > u64::try_from(IMPORT_ROWS_MAX).unwrap_or(u64::MAX) {
            let detail = format!("a file may have {IMPORT_ROWS_MAX} rows at most");
            preview.warnings.push(PreviewWarning {
                code: "too_many_rows",
                detail,
            });
        } else {
            preview.effects = self
                .foresee_costs(&workspace, options, &path, mends)
                .await?;
        }
        if let Some(mends) = mends {
            let detail = format!("these are rows that import {mends} left out; they complete it");
            preview.warnings.push(PreviewWarning {
                code: "mends_import",
                detail,
            });
        }
        if let Some(known) = known {
            let detail = format!("the same file was imported as import {}", known.id);
            preview.warnings.push(PreviewWarning {
                code: "already_imported",
                detail,
            });
        }
        Ok(preview)
    }

    /// Reads a cost file to its end, as an import would; nothing where it cannot be imported yet.
    async fn foresee_costs(
        &self,
        workspace: &Workspace,
        options: ImportOptions,
        path: &Path,
        mends: Option<ImportId>,
    ) -> Result<Vec<CostEffect>, AppError> {
        let ImportOptions::Costs(costs) = &options else {
            return Ok(Vec::new());
        };
        let mut connection = self.inner.store.read().await?;
        let rates = RateTable::load(&mut connection, workspace.id).await?;
        drop(connection);
        let folder = &self.inner.settings.uploads;
        let file = CostFile::new(workspace, costs.clone(), rates, folder)?.mending(mends);
        let path = path.to_owned();
        let said = tokio::task::spawn_blocking(move || said_by(&path, &options, file))
            .await
            .step("read an upload")??;
        let Some(said) = said else {
            return Ok(Vec::new());
        };
        let mut connection = self.inner.store.read().await?;
        let foreseen = foresee(&mut connection, workspace.id, said).await?;
        Ok(foreseen.told())
    }
}

/// What a cost file says; nothing where it cannot be imported yet. Blocks.
fn said_by(
    path: &Path,
    options: &ImportOptions,
    mut file: CostFile,
) -> Result<Option<Said>, AppError> {
    let (table, mut plan) = match open(path, options) {
        Ok(opened) => opened,
        // A column that is missing is a warning until the import is to start.
        Err(AppError::Invalid(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    for (index, row) in table.enumerate() {
        match plan.read(&row.map_err(|error| refused(&error))?) {
            Ok(ParsedRow::Cost(cost)) => {
                // What is refused is noted by the file itself.
                let _ = file.add(*cost);
            }
            Ok(_) => {}
            Err(unread) => file.leave_out(unread.cost.unwrap_or_default()),
        }
        if index % CHUNK_ROWS == 0 {
            file.make_room()?;
        }
    }
    Ok(file.end()?.said)
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
        .mapping(layout)
        .map_err(|error| misplanned(&error))?;
    let mut warnings = warnings(options, contents, mapping.column(Field::Source).is_some());
    let first = contents.rows.iter().take(SHOWN_ROWS);
    let sample = match options.plan(layout, &contents.rows) {
        Ok(mut plan) => first
            .map(|row| {
                let parsed = plan.read(row).map(|row| parsed_fields(&row));
                shown_row(row, Some(parsed.map_err(|unread| told(unread.error))))
            })
            .collect(),
        Err(error @ PlanError::MissingColumn(_)) => {
            let detail = error.to_string();
            warnings.push(PreviewWarning {
                code: "missing_column",
                detail,
            });
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
        header_row: layout.header_row,
        columns: layout.header.iter().enumerate().map(column).collect(),
        fields: kind.fields().iter().map(field).collect(),
        rows_total: contents.rows_total,
        sample,
        options: options.to_json()?,
        effects: Vec::new(),
        warnings,
    })
}

fn shown_row(row: &TableRow, parsed: Option<Parsed>) -> PreviewRow {
    PreviewRow {
        row: row.row,
        cells: row.cells.clone(),
        parsed,
    }
}

fn told(error: RowError) -> PreviewError {
    PreviewError {
        field: error.field.map(Field::key),
        code: error.code.name(),
        detail: error.detail,
    }
}

fn warnings(options: &ImportOptions, contents: &Contents, has_source: bool) -> Vec<PreviewWarning> {
    let mut warnings = Vec::new();
    if contents.rows_total == 0 {
        let detail = "there is no row below the titles".to_owned();
        warnings.push(PreviewWarning {
            code: "no_rows",
            detail,
        });
    }
    if contents.totals_skipped > 0 {
        let detail = match contents.totals_skipped {
            1 => "1 row of totals is left out".to_owned(),
            count => format!("{count} rows of totals are left out"),
        };
        warnings.push(PreviewWarning {
            code: "totals_skipped",
            detail,
        });
    }
    if let ImportOptions::Costs(costs) = options
        && costs.source.trim().is_empty()
        && !has_source
    {
        let detail = "say which source these costs are for".to_owned();
        warnings.push(PreviewWarning {
            code: "missing_source",
            detail,
        });
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
    };
    let detail = format!("the columns look like {}", likely.name());
    Some(PreviewWarning { code, detail })
}

fn samples(rows: &[TableRow], index: usize) -> Vec<String> {
    let cells = rows.iter().filter_map(|row| row.cells.get(index));
    let filled = cells.filter(|cell| !cell.trim().is_empty());
    filled.take(COLUMN_SAMPLES).cloned().collect()
}
