//! Why a row, or a whole file, cannot be imported.

use crate::columns::Field;

/// A row that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {detail}")]
pub struct RowError {
    /// As a spreadsheet numbers it: the first row of the file is 1.
    pub row: u64,
    /// The field that cannot be read; `None` where the row as a whole is wrong.
    pub field: Option<Field>,
    pub code: RowErrorCode,
    /// A sentence in English for whoever cannot translate the code.
    pub detail: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowErrorCode {
    TooFewCells,
    TooManyCells,
    MissingValue,
    BadDate,
    /// A cost of several days, which cannot be told apart.
    LongPeriod,
    /// A row of a platform's report that names none of its ads.
    Nameless,
    /// A formula that nobody has counted out.
    NoValue,
    BadNumber,
    BadCurrency,
    BadPhone,
    BadEmail,
    BadVisit,
    BadKind,
    BadFlag,
    BadCountry,
    TooLong,
    /// Neither a contact nor a visit nor an id: nothing could ever be joined to the row.
    Anonymous,
}

/// Why a file cannot be imported with these options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("no column is the {}", .0.key())]
    MissingColumn(Field),
    #[error("the file has no column {0}")]
    NoSuchColumn(usize),
    #[error("{0} is not a field of this kind of import")]
    NoSuchField(&'static str),
    #[error("{0}")]
    TimeZone(#[from] base::TimeZoneError),
}

impl RowErrorCode {
    /// The stable code of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TooFewCells => "too_few_cells",
            Self::TooManyCells => "too_many_cells",
            Self::MissingValue => "missing_value",
            Self::BadDate => "bad_date",
            Self::LongPeriod => "long_period",
            Self::Nameless => "nameless",
            Self::NoValue => "no_value",
            Self::BadNumber => "bad_number",
            Self::BadCurrency => "bad_currency",
            Self::BadPhone => "bad_phone",
            Self::BadEmail => "bad_email",
            Self::BadVisit => "bad_visit",
            Self::BadKind => "bad_kind",
            Self::BadFlag => "bad_flag",
            Self::BadCountry => "bad_country",
            Self::TooLong => "too_long",
            Self::Anonymous => "anonymous",
        }
    }
}
