//! Values and rows in terms that both engines share: 64-bit integers, texts, bytes.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Row as _};

/// The value of one placeholder. Nulls keep their type: PostgreSQL asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    /// A set for `in (select value from json_each($n))`.
    Ints(Option<Vec<i64>>),
    Texts(Option<Vec<String>>),
}

impl Value {
    /// For people to read: bytes are told by their number.
    pub(crate) fn into_json(self) -> serde_json::Value {
        match self {
            Self::Int(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => bytes.map(|bytes| bytes.len()).into(),
            Self::Ints(list) => list.into(),
            Self::Texts(list) => list.into(),
        }
    }
}

/// A row that either engine gave.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Which column of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Named(&'a str),
    First,
}

/// What a column holds, before it is given its meaning.
pub(crate) trait Raw: Sized {
    fn into_value(self) -> Value;
    fn of_row(row: &Row, place: Place<'_>) -> sqlx::Result<Self>;
}

macro_rules! raw {
    ($($kind:ty => $variant:ident via $clean:path;)+) => {$(
        impl Raw for $kind {
            fn into_value(self) -> Value {
                Value::$variant(Some($clean(self)))
            }

            fn of_row(row: &Row, place: Place<'_>) -> sqlx::Result<Self> {
                match (row, place) {
                    (Row::Sqlite(row), Place::Named(name)) => row.try_get(name),
                    (Row::Sqlite(row), Place::First) => row.try_get(0),
                    (Row::Postgres(row), Place::Named(name)) => row.try_get(name),
                    (Row::Postgres(row), Place::First) => row.try_get(0),
                }
            }
        }

        impl Raw for Option<$kind> {
            fn into_value(self) -> Value {
                Value::$variant(self.map($clean))
            }

            fn of_row(row: &Row, place: Place<'_>) -> sqlx::Result<Self> {
                match (row, place) {
                    (Row::Sqlite(row), Place::Named(name)) => row.try_get(name),
                    (Row::Sqlite(row), Place::First) => row.try_get(0),
                    (Row::Postgres(row), Place::Named(name)) => row.try_get(name),
                    (Row::Postgres(row), Place::First) => row.try_get(0),
                }
            }
        }
    )+};
}

raw! {
    i64 => Int via same;
    String => Text via without_nul;
    Vec<u8> => Bytes via same;
}

fn same<T>(value: T) -> T {
    value
}

/// PostgreSQL has no place for the letter NUL in a text. Both engines keep the sign for a letter
/// that cannot be shown instead, so that they find and compare alike.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// SQLite has no lists: they are JSON there.
pub(crate) fn for_sqlite(values: Vec<Value>) -> sqlx::Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value {
            Value::Int(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Ints(list) => arguments.add(list.map(json_list)),
            Value::Texts(list) => arguments.add(list.map(json_list)),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(crate) fn for_postgres(values: Vec<Value>) -> sqlx::Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Int(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Ints(list) => arguments.add(list),
            Value::Texts(list) => arguments.add(list),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn json_list<T>(list: Vec<T>) -> String
where
    serde_json::Value: From<Vec<T>>,
{
    serde_json::Value::from(list).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_no_nul() {
        assert_eq!(
            "a\0b".to_owned().into_value(),
            Value::Text(Some("a\u{fffd}b".to_owned()))
        );
        assert_eq!(
            "ab".to_owned().into_value(),
            Value::Text(Some("ab".to_owned()))
        );
    }
}
