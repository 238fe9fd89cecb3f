//! What a query takes and gives.

use std::time::Duration;

/// What a query may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub timeout: Duration,
    pub rows_max: usize,
}

/// A statement: one text, or a pair where the engines' words differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sql<'s> {
    pub duck_db: &'s str,
    pub click_house: &'s str,
}

impl<'s> From<&'s str> for Sql<'s> {
    fn from(text: &'s str) -> Self {
        Self {
            duck_db: text,
            click_house: text,
        }
    }
}

impl<'s> From<&'s String> for Sql<'s> {
    fn from(text: &'s String) -> Self {
        text.as_str().into()
    }
}

/// A value bound to `$1`, `$2` ….
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    Int(i64),
    Key(u64),
    Text(String),
}

/// One value of an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Null,
    Int(i128),
    Text(String),
}

/// The rows of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub rows: Vec<Vec<Value>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            rows_max: 200_000,
        }
    }
}

impl Value {
    /// The number; `None` for null and text.
    #[must_use]
    pub fn int(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// The text as it is, or the number in decimal; `None` for null.
    #[must_use]
    pub fn display(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Int(value) => Some(value.to_string()),
            Self::Text(text) => Some(text.clone()),
        }
    }
}
