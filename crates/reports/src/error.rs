//! What can be wrong with a question, and what can fail while it is answered.

/// The result of a report call.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of a report. `Invalid` is the asker's, the others are ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `field` is the path of the request's field, such as `metrics[2]`.
    #[error("{field}: {detail}")]
    Invalid {
        field: String,
        code: &'static str,
        detail: String,
    },
    #[error("the warehouse did not answer")]
    Warehouse(#[from] warehouse::Error),
    #[error("failed to write the {format} file")]
    Export {
        format: &'static str,
        detail: String,
    },
}

impl Error {
    pub(crate) fn invalid(
        field: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            field: field.into(),
            code,
            detail: detail.into(),
        }
    }

    /// A stable name: of the field's fault, or of the failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { code, .. } => code,
            Self::Warehouse(warehouse::Error::TimedOut { .. }) => "report_timed_out",
            Self::Warehouse(warehouse::Error::TooManyRows { .. }) => "report_too_large",
            Self::Warehouse(_) => "warehouse_failed",
            Self::Export { .. } => "export_failed",
        }
    }
}
