//! What a use case says when it does not do what was asked.

use std::borrow::Cow;

use store::StoreError;

use crate::reach::{Keeper, WAREHOUSE_AWAY};

/// A refusal or failure, in terms of what was asked for; the HTTP edge gives it a status.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Fields of the input are wrong; every one that was found is named.
    #[error("{}", join(.0))]
    Invalid(Vec<FieldError>),
    #[error("{what} not found")]
    NotFound { what: &'static str },
    /// The request is understood but contradicts what is there.
    #[error("{detail}")]
    Conflict {
        code: &'static str,
        field: Option<String>,
        detail: String,
    },
    #[error("{what} was changed by someone else meanwhile")]
    EditConflict { what: &'static str },
    #[error("sign in first")]
    Unauthenticated,
    #[error("{detail}")]
    BadCredentials { detail: &'static str },
    /// What a browser answered is not a known passkey's to what it was asked.
    #[error("this is no answer of a passkey that is known here")]
    PasskeyRefused,
    /// What a browser brought back is not the provider's answer to what it was asked.
    #[error("this is no answer of the provider to what it was asked: begin again")]
    ProviderRefused,
    /// What an API key is said to have signed is not its, or not of now.
    #[error(transparent)]
    BadSignature(connect::webhook::SignatureError),
    /// The password is right; the person's second factor is asked for too.
    #[error("a code of your authenticator, or a recovery code, is needed too")]
    SecondFactorNeeded,
    #[error("the code is wrong, or was used before: wait for the next one")]
    WrongCode,
    /// The workspace asks those of the person's role for a second factor.
    #[error("this workspace asks your role for a second factor: set it up in your profile first")]
    SecondFactorRequired,
    /// The person has to prove again that it is them.
    #[error("prove again that it is you, by password and code, and send this once more")]
    ProofNeeded,
    #[error("this needs the right to {permission}")]
    Forbidden { permission: &'static str },
    #[error("you see only a part of the workspace, and this needs to see {what}")]
    BeyondReach { what: &'static str },
    #[error("too many attempts; try again in {retry_after_s} seconds")]
    TooManyAttempts { retry_after_s: i64 },
    /// The disk or an engine is not able to do it now; nothing was kept.
    #[error("{detail}")]
    Unavailable { code: &'static str, detail: String },
    #[error("failed to {step}")]
    Internal {
        step: &'static str,
        #[source]
        source: anyhow::Error,
    },
}

/// What is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: Cow<'static, str>,
    /// 1-based, where the input has rows or items.
    pub row: Option<u64>,
    /// Stable, in `snake_case`: the user interface translates by it.
    pub code: &'static str,
    pub detail: String,
}

impl AppError {
    /// The same about the fields of a part of what was sent.
    #[must_use]
    pub(crate) fn within(self, part: &str) -> Self {
        let place = |error: FieldError| FieldError {
            field: format!("{part}.{}", error.field).into(),
            ..error
        };
        match self {
            Self::Invalid(errors) => Self::Invalid(errors.into_iter().map(place).collect()),
            other => other,
        }
    }

    /// The server with the facts does not answer; what needs none of them can go on.
    #[must_use]
    pub fn is_warehouse_away(&self) -> bool {
        matches!(
            self,
            Self::Unavailable {
                code: WAREHOUSE_AWAY,
                ..
            }
        )
    }

    /// One wrong field.
    #[must_use]
    pub fn invalid(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.into(),
            row: None,
            code,
            detail: detail.into(),
        }])
    }

    /// A wrong code as the fault of the form that holds it.
    pub(crate) fn on_field(self) -> Self {
        match self {
            Self::WrongCode => Self::invalid("code", "wrong_code", self.to_string()),
            other => other,
        }
    }

    pub fn internal(step: &'static str) -> impl FnOnce(anyhow::Error) -> Self {
        move |source| Self::Internal { step, source }
    }
}

/// Names the step in which the warehouse stopped a use case, or says that it is away.
pub(crate) fn of_warehouse(step: &'static str) -> impl FnOnce(warehouse::Error) -> AppError {
    move |error| match error.is_away() {
        true => Keeper::Warehouse.away(),
        false => AppError::Internal {
            step,
            source: error.into(),
        },
    }
}

/// Names the step in which a foreign error stopped a use case.
pub(crate) trait Step<T> {
    fn step(self, step: &'static str) -> Result<T, AppError>;
}

impl<T, E: Into<anyhow::Error>> Step<T> for Result<T, E> {
    fn step(self, step: &'static str) -> Result<T, AppError> {
        self.map_err(|error| AppError::Internal {
            step,
            source: error.into(),
        })
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what, .. } => Self::NotFound { what },
            StoreError::Conflict { what, field } => Self::Conflict {
                code: "already_exists",
                detail: format!("another {} has this {field}", one_of(&what)),
                field: Some(field),
            },
            StoreError::StaleVersion { what, .. } => Self::EditConflict { what },
            StoreError::WorkDone => Self::Conflict {
                code: "request_in_progress",
                field: Some("Idempotency-Key".to_owned()),
                detail: "another try of this request was carried out meanwhile".to_owned(),
            },
            StoreError::BrokenReference => Self::Conflict {
                code: "in_use",
                field: None,
                detail: "something that this refers to does not exist, or still refers to it"
                    .to_owned(),
            },
            StoreError::Busy(_) => Self::Unavailable {
                code: "store_busy",
                detail: "the store is busy; nothing was changed".to_owned(),
            },
            StoreError::Unavailable(_) => Keeper::Store.away(),
            StoreError::Disk(_) => Self::Unavailable {
                code: "disk_failing",
                detail: "the disk is full or failing; nothing was changed".to_owned(),
            },
            other => Self::Internal {
                step: "use the store",
                source: other.into(),
            },
        }
    }
}

/// One row of a table, in words.
fn one_of(table: &str) -> String {
    table.trim_end_matches('s').replace('_', " ")
}

fn join(errors: &[FieldError]) -> String {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| match error.row {
            Some(row) => format!("row {row}, {}: {}", error.field, error.detail),
            None => format!("{}: {}", error.field, error.detail),
        })
        .collect();
    lines.join("; ")
}
