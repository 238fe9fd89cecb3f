//! From a file and what the user decided to a reader of its rows, whatever the kind.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use connect::columns::{Field, Format, Kind, Mapping};
use connect::costs::{self, CostOptions, CostPlan, CostRow, UnreadCost};
use connect::dates::DateOrder;
use connect::deals::{DealPlan, DealRow};
use connect::history::{HistoryFileRow, HistoryPlan, tool_of};
use connect::leads::{LeadPlan, LeadRow};
use connect::payments::{PaymentPlan, PaymentRow};
use connect::plan::{PLAN_SAMPLE_ROWS, RecordOptions, titled_currency};
use connect::table::{self, Layout, OpenedTable, Preview as Contents, TableError, TableRow};
use connect::{PlanError, RowError};
use domain::deal::StatusGroup;
use domain::source::canonical_source;
use serde_json::Value;
use store::workspaces::WorkspaceDetails;

use super::statuses;
use crate::error::Step as _;
use crate::{Actor, AppError};

/// What the user decided about a file, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ImportOptions {
    Costs(CostOptions),
    Records(Kind, RecordOptions),
}

/// Reads the rows of one file.
pub(crate) enum RowPlan {
    Costs(Box<CostPlan>),
    Leads(Box<LeadPlan>),
    Deals(Box<DealPlan>),
    Payments(Box<PaymentPlan>),
    History(Box<HistoryPlan>),
}

/// A row that could be read.
#[derive(Debug, Clone)]
pub(crate) enum ParsedRow {
    Cost(Box<CostRow>),
    Lead(Box<LeadRow>),
    Deal(Box<DealRow>),
    Payment(Box<PaymentRow>),
    History(Box<HistoryFileRow>),
}

/// A row that could not be read.
#[derive(Debug, Clone)]
pub(crate) struct Unread {
    pub(crate) error: RowError,
    /// What it is about, where it is a cost.
    pub(crate) cost: Option<UnreadCost>,
}

impl ImportOptions {
    /// What fits the file, overruled by what was given, the last one most; unknown names are
    /// refused.
    ///
    /// # Errors
    /// When the given options are not of the kind's shape.
    pub(crate) fn resolve(
        kind: Kind,
        contents: &Contents,
        workspace: &WorkspaceDetails,
        given: &[Option<&Value>],
    ) -> Result<Self, AppError> {
        match kind {
            Kind::Costs => {
                let mut fitting =
                    costs::suggest(&contents.layout, &contents.rows, workspace.currency);
                if names_another_source(&fitting, given) {
                    fitting = fitting.of_no_platform();
                }
                Ok(Self::Costs(overruled(&fitting, given)?))
            }
            Kind::Leads | Kind::Deals | Kind::Payments | Kind::History => {
                let layout = &contents.layout;
                let mapping = Mapping::recognise(kind, &layout.header);
                let currency = workspace.currency;
                let titled = titled_currency(layout, &mapping, Field::Amount, currency);
                let usual = RecordOptions {
                    columns: BTreeMap::new(),
                    currency: titled.unwrap_or(currency),
                    date_order: None,
                    status_groups: BTreeMap::new(),
                    time_zone: workspace.time_zone.clone(),
                    default_country: workspace.default_country.clone(),
                    source_label: String::new(),
                    sheet: layout.sheet.clone(),
                    site: None,
                    tool: (kind == Kind::History).then(|| tool_of(&layout.header)),
                };
                Ok(Self::Records(kind, overruled(&usual, given)?))
            }
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Costs(_) => Kind::Costs,
            Self::Records(kind, _) => *kind,
        }
    }

    /// What statuses stand for that nobody has mapped yet.
    pub(super) fn status_groups(&self) -> Option<&BTreeMap<String, StatusGroup>> {
        match self {
            Self::Records(Kind::Deals, options) => Some(&options.status_groups),
            Self::Records(..) | Self::Costs(_) => None,
        }
    }

    /// Of a workbook: the sheet that is read.
    pub(super) fn sheet(&self) -> Option<&str> {
        match self {
            Self::Costs(options) => options.sheet.as_deref(),
            Self::Records(_, options) => options.sheet.as_deref(),
        }
    }

    /// The order of dates, where somebody has said it.
    pub(super) fn date_order(&self) -> Option<DateOrder> {
        match self {
            Self::Costs(options) => options.date_order,
            Self::Records(_, options) => options.date_order,
        }
    }

    /// The same with an order that is not found again when the file is run.
    #[must_use]
    pub(super) fn dated(mut self, order: DateOrder) -> Self {
        match &mut self {
            Self::Costs(options) => options.date_order = Some(order),
            Self::Records(_, options) => options.date_order = Some(order),
        }
        self
    }

    /// As the store and the edges keep it.
    pub(crate) fn to_json(&self) -> Result<Value, AppError> {
        match self {
            Self::Costs(options) => serde_json::to_value(options),
            Self::Records(_, options) => serde_json::to_value(options),
        }
        .step("write the options of an import down")
    }

    /// As it was kept.
    pub(crate) fn from_json(kind: Kind, kept: &Value) -> Result<Self, AppError> {
        let kept = kept.clone();
        match kind {
            Kind::Costs => serde_json::from_value(kept).map(Self::Costs),
            Kind::Leads | Kind::Deals | Kind::Payments | Kind::History => {
                serde_json::from_value(kept).map(|options| Self::Records(kind, options))
            }
        }
        .step("read the options of an import")
    }

    /// # Errors
    /// When a required column is missing or the options do not fit the file.
    pub(crate) fn plan(&self, layout: &Layout, sample: &[TableRow]) -> Result<RowPlan, PlanError> {
        Ok(match self {
            Self::Costs(options) => {
                RowPlan::Costs(Box::new(CostPlan::new(layout, options.clone(), sample)?))
            }
            Self::Records(Kind::Leads, options) => {
                RowPlan::Leads(Box::new(LeadPlan::new(layout, options, sample)?))
            }
            Self::Records(Kind::Payments, options) => {
                RowPlan::Payments(Box::new(PaymentPlan::new(layout, options, sample)?))
            }
            Self::Records(Kind::History, options) => {
                RowPlan::History(Box::new(HistoryPlan::new(layout, options, sample)?))
            }
            Self::Records(Kind::Deals | Kind::Costs, options) => {
                RowPlan::Deals(Box::new(DealPlan::new(layout, options, sample)?))
            }
        })
    }

    /// # Errors
    /// When an option has a value that no file could be read with, or that the actor may not
    /// choose.
    pub(crate) fn check(&self, actor: &Actor) -> Result<(), AppError> {
        statuses::check(actor, self)?;
        let Self::Costs(options) = self else {
            return Ok(());
        };
        options.mark_up().map(|_| ()).map_err(|error| {
            AppError::invalid(
                "options.mark_up_percent",
                "not_a_percentage",
                error.to_string(),
            )
        })
    }

    /// The columns as recognised and chosen, also where a required one is missing.
    pub(crate) fn mapping(&self, header: &[String]) -> Result<Mapping, PlanError> {
        let (kind, columns) = match self {
            Self::Costs(options) => (Kind::Costs, &options.columns),
            Self::Records(kind, options) => (*kind, &options.columns),
        };
        let mut mapping = Mapping::recognise(kind, header);
        mapping.choose(columns)?;
        Ok(mapping)
    }
}

impl RowPlan {
    pub(crate) fn read(&mut self, row: &TableRow) -> Result<ParsedRow, Unread> {
        match self {
            Self::Costs(plan) => {
                return match plan.read(row) {
                    Ok(cost) => Ok(ParsedRow::Cost(Box::new(cost))),
                    Err(error) => Err(Unread {
                        error,
                        cost: Some(plan.unread(row)),
                    }),
                };
            }
            Self::Leads(plan) => plan.read(row).map(|row| ParsedRow::Lead(Box::new(row))),
            Self::Deals(plan) => plan.read(row).map(|row| ParsedRow::Deal(Box::new(row))),
            Self::Payments(plan) => plan.read(row).map(|row| ParsedRow::Payment(Box::new(row))),
            Self::History(plan) => plan.read(row).map(|row| ParsedRow::History(Box::new(row))),
        }
        .map_err(|error| Unread { error, cost: None })
    }
}

/// Whose report the file is; only cost files are a platform's.
pub(crate) fn format_of(kind: Kind, layout: &Layout) -> Format {
    match kind {
        Kind::Costs => Format::of(layout),
        Kind::Leads | Kind::Deals | Kind::Payments | Kind::History => Format::Generic,
    }
}

/// Layout, first rows and the number of rows; of a workbook, of the sheet that is asked for.
/// Blocks.
pub(crate) fn contents(path: &Path, given: Option<&Value>) -> Result<Contents, AppError> {
    let sheet = given.and_then(|given| given.get("sheet")?.as_str());
    let table = open_table(path, sheet)?;
    table::preview(table, PLAN_SAMPLE_ROWS).map_err(|error| refused(&error))
}

/// The table of an upload with its plan. Blocks.
pub(crate) fn open(
    path: &Path,
    options: &ImportOptions,
) -> Result<(OpenedTable, RowPlan), AppError> {
    let mut table = open_table(path, options.sheet())?;
    let sample = table
        .sample(PLAN_SAMPLE_ROWS)
        .map_err(|error| refused(&error))?;
    let plan = options
        .plan(table.layout(), &sample)
        .map_err(|error| misplanned(&error))?;
    Ok((table, plan))
}

/// The table of an upload. Blocks.
pub(super) fn open_table(path: &Path, sheet: Option<&str>) -> Result<OpenedTable, AppError> {
    let file = File::open(path).step("open an upload")?;
    OpenedTable::open_file(file, sheet).map_err(|error| refused(&error))
}

/// A file that is no table, in terms of the request.
pub(crate) fn refused(error: &TableError) -> AppError {
    let code = match error {
        TableError::Read(_) => "unreadable",
        TableError::Empty => "no_table",
        TableError::Workbook => "workbook",
        TableError::BadWorkbook => "bad_workbook",
        TableError::NoSuchSheet { .. } => {
            return AppError::invalid("options.sheet", "no_such_sheet", error.to_string());
        }
        TableError::BadArchive => "bad_archive",
        TableError::Locked => "locked_archive",
        TableError::SeveralFiles { .. } => "several_files",
        TableError::Trap => "unpacks_too_far",
        TableError::TooManyFiles => "too_many_files",
        TableError::Binary => "binary",
        TableError::PackedWorkbook => "packed_workbook",
        TableError::LargeInnerWorkbook => "large_inner_workbook",
        TableError::TooMuchText | TableError::LargePart => "too_much_text",
        TableError::TooManyRows => "too_many_rows",
        TableError::TooLarge => "too_large",
        TableError::LongRecord { .. } | TableError::LongCell => "long_cell",
        TableError::TooManyColumns => "too_many_columns",
    };
    AppError::invalid("file", code, error.to_string())
}

/// Options that do not fit the file, in terms of the request.
pub(crate) fn misplanned(error: &PlanError) -> AppError {
    let (field, code) = match error {
        PlanError::MissingColumn(_) => ("options.columns", "missing_column"),
        PlanError::NoSuchColumn(_) => ("options.columns", "no_such_column"),
        PlanError::NoSuchField(_) => ("options.columns", "no_such_field"),
        PlanError::TimeZone(_) => ("options.time_zone", "unknown"),
    };
    AppError::invalid(field, code, error.to_string())
}

/// Whoever says that a platform's report is another source's denies that it is the platform's,
/// unless they say both.
fn names_another_source(fitting: &CostOptions, given: &[Option<&Value>]) -> bool {
    let said = |name| {
        let mut latest_first = given.iter().rev().flatten();
        latest_first.find_map(|given| given.get(name)?.as_str())
    };
    let is_other = |source| canonical_source(source) != fitting.source;
    said("platform").is_none() && said("source").is_some_and(is_other)
}

fn overruled<T: serde::Serialize + serde::de::DeserializeOwned>(
    fitting: &T,
    given: &[Option<&Value>],
) -> Result<T, AppError> {
    let mut merged = serde_json::to_value(fitting).step("write suggested options down")?;
    for given in given {
        match (merged.as_object_mut(), given) {
            (Some(merged), Some(Value::Object(given))) => {
                let given = given.iter();
                merged.extend(given.map(|(name, value)| (name.clone(), value.clone())));
            }
            (_, None | Some(Value::Null)) => {}
            (_, Some(_)) => {
                let detail = "options must be an object";
                return Err(AppError::invalid("options", "not_an_object", detail));
            }
        }
    }
    serde_json::from_value(merged)
        .map_err(|error| AppError::invalid("options", "bad_options", error.to_string()))
}
