//! Reading the cells of an answer one after the other.

use std::vec::IntoIter;

use crate::error::{Error, Result};
use crate::query::Value;

/// The cells of a row, from the left.
pub(super) struct Cells(IntoIter<Value>);

impl Cells {
    pub(super) fn of(row: Vec<Value>) -> Self {
        Self(row.into_iter())
    }

    pub(super) fn int(&mut self) -> Result<i64> {
        self.int_or_null()?.ok_or(Error::UnreadableValue("null"))
    }

    pub(super) fn int_or_null(&mut self) -> Result<Option<i64>> {
        match self.0.next() {
            Some(Value::Int(value)) => {
                let value = i64::try_from(value).map_err(|_| Error::UnreadableValue("wide"))?;
                Ok(Some(value))
            }
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_)) | None => Err(Error::UnreadableValue("text")),
        }
    }

    pub(super) fn key(&mut self) -> Result<u64> {
        match self.0.next() {
            Some(Value::Int(value)) => {
                u64::try_from(value).map_err(|_| Error::UnreadableValue("wide"))
            }
            _ => Err(Error::UnreadableValue("text")),
        }
    }

    pub(super) fn text(&mut self) -> Result<String> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(Error::UnreadableValue("number")),
        }
    }
}
