//! A statement with its arguments, and records: structs that are read from and bound to columns.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use crate::BATCH_ROWS;
use crate::connection::Connection;
use crate::error::StoreError;
use crate::page::{Keyset, Page, PageRequest, Position};
use crate::scalar::Scalar;
use crate::value::{Place, Raw, Row, Value};

/// How SQLite is asked for a set.
const SET: &str = "in (select value from json_each(";

/// Something that is read from one column, or, for a record, from several.
pub(crate) trait Column: Sized {
    fn read(row: &Row, name: &str) -> Result<Self, StoreError>;
}

/// Something that fills one placeholder, or, for a record, several in the order of its fields.
pub(crate) trait Bind {
    fn bind_to(&self, values: &mut Vec<Value>);
}

/// Something that can be told field by field, for the audit log.
pub trait Told {
    /// Adds the value under its name, or, for a record, each of its fields.
    fn tell(&self, name: &'static str, told: &mut Vec<(&'static str, serde_json::Value)>);
}

/// A struct whose fields are columns of the same names; a field may be a record itself.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $seen:vis struct $name:ident {
            $($(#[$field_doc:meta])* $field_seen:vis $field:ident: $kind:ty,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $seen struct $name {
            $($(#[$field_doc])* $field_seen $field: $kind,)+
        }

        impl $crate::statement::Column for $name {
            fn read(row: &$crate::value::Row, _: &str) -> Result<Self, $crate::StoreError> {
                Ok(Self {
                    $($field: $crate::statement::Column::read(row, stringify!($field))?,)+
                })
            }
        }

        impl $crate::statement::Bind for $name {
            fn bind_to(&self, values: &mut Vec<$crate::value::Value>) {
                $($crate::statement::Bind::bind_to(&self.$field, values);)+
            }
        }

        impl $crate::statement::Told for $name {
            fn tell(&self, _: &'static str, told: &mut Vec<(&'static str, serde_json::Value)>) {
                $($crate::statement::Told::tell(&self.$field, stringify!($field), told);)+
            }
        }
    };
}
pub(crate) use record;

/// SQL with the values of its placeholders `$1`, `$2` …, bound in that order.
pub(crate) struct Statement {
    pub(crate) sql: Sql,
    pub(crate) values: Vec<Value>,
}

/// The text of a statement; mostly it is the same on both engines.
pub(crate) enum Sql {
    Same(Cow<'static, str>),
    Pair {
        sqlite: &'static str,
        postgres: &'static str,
    },
    /// An insert of many rows.
    Batch {
        head: &'static str,
        tail: &'static str,
        width: usize,
        rows: usize,
    },
}

impl Statement {
    pub(crate) fn new(sql: &'static str) -> Self {
        Self::of(Sql::Same(Cow::Borrowed(sql)))
    }

    /// For what the engines say in different words.
    pub(crate) fn pair(sqlite: &'static str, postgres: &'static str) -> Self {
        Self::of(Sql::Pair { sqlite, postgres })
    }

    /// For text that names the tables it is about only when the program runs.
    pub(crate) fn made(sql: String) -> Self {
        Self::of(Sql::Same(Cow::Owned(sql)))
    }

    /// Repeats the tuple of an `insert … values ($1, …, $n) …` once per row, bound in order.
    pub(crate) fn for_rows<T: Bind>(sql: &'static str, rows: &[T]) -> Self {
        let (head, rest) = sql.split_once("values").unwrap_or((sql, ""));
        let (places, tail) = rest.split_once(')').unwrap_or((rest, ""));
        let statement = Self::of(Sql::Batch {
            head,
            tail,
            width: places.matches('$').count(),
            rows: rows.len(),
        });
        rows.iter().fold(statement, Statement::bind)
    }

    fn of(sql: Sql) -> Self {
        Self {
            sql,
            values: Vec::new(),
        }
    }

    pub(crate) fn bind(mut self, value: &(impl Bind + ?Sized)) -> Self {
        value.bind_to(&mut self.values);
        self
    }

    /// The number of rows changed.
    pub(crate) async fn execute(self, connection: &mut Connection) -> Result<u64, StoreError> {
        connection.execute(self).await
    }

    /// For what must meet the row that it is about.
    pub(crate) async fn execute_on(
        self,
        connection: &mut Connection,
        what: &'static str,
        id: impl Display,
    ) -> Result<(), StoreError> {
        match self.execute(connection).await? {
            0 => Err(StoreError::not_found(what, id)),
            _ => Ok(()),
        }
    }

    pub(crate) async fn find<T: Column>(
        self,
        connection: &mut Connection,
    ) -> Result<Option<T>, StoreError> {
        let rows = connection.fetch(self).await?;
        rows.first().map(|row| T::read(row, "")).transpose()
    }

    pub(crate) async fn all<T: Column>(
        self,
        connection: &mut Connection,
    ) -> Result<Vec<T>, StoreError> {
        let rows = connection.fetch(self).await?;
        rows.iter().map(|row| T::read(row, "")).collect()
    }

    /// A page of a list: its three placeholders come behind the others.
    pub(crate) async fn page<T: Column, A: Position>(
        self,
        connection: &mut Connection,
        page: PageRequest<A>,
        key: impl Fn(&T) -> Keyset<A>,
    ) -> Result<Page<T, A>, StoreError> {
        let items = self.bind(&page).all(connection).await?;
        Ok(Page::of(items, page, key))
    }

    /// The first column of the only row.
    pub(crate) async fn value<T: Scalar>(
        self,
        connection: &mut Connection,
    ) -> Result<T, StoreError> {
        let found = self.find_value(connection).await?;
        found.ok_or(StoreError::Sql(sqlx::Error::RowNotFound))
    }

    /// The first column of the row, if there is one.
    pub(crate) async fn find_value<T: Scalar>(
        self,
        connection: &mut Connection,
    ) -> Result<Option<T>, StoreError> {
        let rows = connection.fetch(self).await?;
        rows.first().map(first_value).transpose()
    }

    /// The first column of every row.
    pub(crate) async fn values<T: Scalar>(
        self,
        connection: &mut Connection,
    ) -> Result<Vec<T>, StoreError> {
        let rows = connection.fetch(self).await?;
        rows.iter().map(first_value).collect()
    }
}

impl Sql {
    pub(crate) fn into_sqlite(self) -> Cow<'static, str> {
        match self {
            Self::Same(text) => text,
            Self::Pair { sqlite, .. } => Cow::Borrowed(sqlite),
            Self::Batch {
                head,
                tail,
                width,
                rows,
            } => Cow::Owned(format!("{head}values {}{tail}", unnumbered(rows, width))),
        }
    }

    /// Sets are written as SQLite reads them, `in (select value from json_each($n))`; PostgreSQL
    /// has arrays.
    pub(crate) fn into_postgres(self) -> Cow<'static, str> {
        match self {
            Self::Same(text) if text.contains(SET) => Cow::Owned(with_arrays(&text)),
            Self::Same(text) => text,
            Self::Pair { postgres, .. } => Cow::Borrowed(postgres),
            Self::Batch {
                head,
                tail,
                width,
                rows,
            } => Cow::Owned(format!("{head}values {}{tail}", numbered(rows, width))),
        }
    }
}

fn with_arrays(text: &str) -> String {
    let mut parts = text.split(SET);
    let mut arrays = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // One of the two brackets behind the placeholder closed the inner select.
        let (place, rest) = part.split_once("))").unwrap_or((part, ""));
        let _ = write!(arrays, "= any({place}){rest}");
    }
    arrays
}

/// `(?, ?), (?, ?)` and so on, for SQLite: it looks each numbered place up among all of the
/// statement.
pub(crate) fn unnumbered(rows: usize, width: usize) -> String {
    let tuple = format!("({})", vec!["?"; width].join(", "));
    vec![tuple; rows].join(", ")
}

/// `($1, $2), ($3, $4)` and so on.
pub(crate) fn numbered(rows: usize, width: usize) -> String {
    let rows: Vec<String> = (0..rows)
        .map(|row| {
            let places: Vec<String> = (1..=width)
                .map(|place| format!("${}", row * width + place))
                .collect();
            format!("({})", places.join(", "))
        })
        .collect();
    rows.join(", ")
}

impl<T: Scalar> Column for T {
    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        let raw = T::Raw::of_row(row, Place::Named(name))?;
        T::from_raw(raw).ok_or_else(|| bad_value(row, Place::Named(name)))
    }
}

impl<T: Scalar> Bind for T {
    fn bind_to(&self, values: &mut Vec<Value>) {
        values.push(self.to_raw().into_value());
    }
}

impl<T: Scalar> Told for T {
    fn tell(&self, name: &'static str, told: &mut Vec<(&'static str, serde_json::Value)>) {
        told.push((name, self.to_raw().into_value().into_json()));
    }
}

impl Bind for str {
    fn bind_to(&self, values: &mut Vec<Value>) {
        values.push(self.to_owned().into_value());
    }
}

impl Bind for [u8] {
    fn bind_to(&self, values: &mut Vec<Value>) {
        values.push(self.to_vec().into_value());
    }
}

impl Bind for Option<&str> {
    fn bind_to(&self, values: &mut Vec<Value>) {
        values.push(self.map(str::to_owned).into_value());
    }
}

/// Runs an `insert` of one row for all rows, many of them a statement. What they share is bound
/// before each.
pub(crate) async fn insert_rows<S: Bind, T: Bind>(
    tx: &mut Connection,
    sql: &'static str,
    shared: &S,
    rows: &[T],
) -> Result<(), StoreError> {
    for batch in rows.chunks(BATCH_ROWS) {
        let batch: Vec<_> = batch.iter().map(|row| Joined(shared, row)).collect();
        Statement::for_rows(sql, &batch).execute(tx).await?;
    }
    Ok(())
}

/// A row of a batch together with what all rows of the batch share.
pub(crate) struct Joined<'a, A, B>(pub(crate) &'a A, pub(crate) &'a B);

impl<A: Bind, B: Bind> Bind for Joined<'_, A, B> {
    fn bind_to(&self, values: &mut Vec<Value>) {
        self.0.bind_to(values);
        self.1.bind_to(values);
    }
}

fn first_value<T: Scalar>(row: &Row) -> Result<T, StoreError> {
    let raw = T::Raw::of_row(row, Place::First)?;
    T::from_raw(raw).ok_or_else(|| bad_value(row, Place::First))
}

fn bad_value(row: &Row, place: Place<'_>) -> StoreError {
    let number = i64::of_row(row, place).map(|number| number.to_string());
    let value = String::of_row(row, place).or(number).unwrap_or_default();
    let column = match place {
        Place::Named(name) => name.to_owned(),
        Place::First => "1".to_owned(),
    };
    StoreError::BadValue { column, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_an_array_on_postgresql() {
        let text = "where a in (select value from json_each($2)) and (b in (select 1))";
        let statement = Statement::new(text);
        assert_eq!(
            statement.sql.into_postgres(),
            "where a = any($2) and (b in (select 1))"
        );
        assert_eq!(Statement::new(text).sql.into_sqlite(), text);
    }

    #[test]
    fn a_row_of_an_insert_is_repeated_with_its_own_places() {
        let rows = [(1_i64, "a"), (2, "b")].map(|(id, name)| Pair(id, name.to_owned()));
        let text = "insert into t (id, name) values ($1, $2) on conflict (id) do nothing";
        let statement = Statement::for_rows(text, &rows);
        assert_eq!(
            statement.sql.into_postgres(),
            "insert into t (id, name) values ($1, $2), ($3, $4) on conflict (id) do nothing"
        );
        let statement = Statement::for_rows(text, &rows);
        assert_eq!(statement.values.len(), 4);
        assert_eq!(
            statement.sql.into_sqlite(),
            "insert into t (id, name) values (?, ?), (?, ?) on conflict (id) do nothing"
        );
    }

    struct Pair(i64, String);

    impl Bind for Pair {
        fn bind_to(&self, values: &mut Vec<Value>) {
            self.0.bind_to(values);
            self.1.bind_to(values);
        }
    }
}
