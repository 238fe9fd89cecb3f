//! A statement with its arguments, and records: structs that are read from and bound to columns.

use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Row, SqlSafeStr, SqlStr};

use crate::BATCH_ROWS;
use crate::connection::Connection;
use crate::error::StoreError;
use crate::scalar::Scalar;

/// Something that is read from one column, or, for a record, from several.
pub(crate) trait Column: Sized {
    fn read(row: &SqliteRow, name: &str) -> Result<Self, StoreError>;
}

/// Something that fills one placeholder, or, for a record, several in the order of its fields.
pub(crate) trait Bind {
    fn bind_to(&self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error>;
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
            fn read(
                row: &sqlx::sqlite::SqliteRow,
                _: &str,
            ) -> Result<Self, $crate::StoreError> {
                Ok(Self {
                    $($field: $crate::statement::Column::read(row, stringify!($field))?,)+
                })
            }
        }

        impl $crate::statement::Bind for $name {
            fn bind_to(
                &self,
                arguments: &mut sqlx::sqlite::SqliteArguments,
            ) -> Result<(), sqlx::Error> {
                $($crate::statement::Bind::bind_to(&self.$field, arguments)?;)+
                Ok(())
            }
        }
    };
}
pub(crate) use record;

/// SQL with the values of its placeholders `$1`, `$2` …, bound in that order.
pub(crate) struct Statement {
    sql: SqlStr,
    arguments: SqliteArguments,
    /// The first value that could not be bound; told when the statement is run.
    failed: Option<sqlx::Error>,
}

impl Statement {
    pub(crate) fn new(sql: &'static str) -> Self {
        Self::of(sql.into_sql_str())
    }

    /// Repeats the tuple of an `insert … values ($1, …, $n) …` once per row, bound in order.
    pub(crate) fn for_rows<T: Bind>(sql: &'static str, rows: &[T]) -> Self {
        let (head, rest) = sql.split_once("values").unwrap_or((sql, ""));
        let (places, tail) = rest.split_once(')').unwrap_or((rest, ""));
        let width = places.matches('$').count();
        // Places without a number: SQLite looks each numbered one up among all of the statement.
        let tuple = format!("({})", vec!["?"; width].join(", "));
        let tuples = vec![tuple; rows.len()];
        let text = format!("{head}values {}{tail}", tuples.join(", "));
        let statement = Self::of(AssertSqlSafe(text).into_sql_str());
        rows.iter().fold(statement, Statement::bind)
    }

    fn of(sql: SqlStr) -> Self {
        Self {
            sql,
            arguments: SqliteArguments::default(),
            failed: None,
        }
    }

    pub(crate) fn bind(mut self, value: &(impl Bind + ?Sized)) -> Self {
        if let Err(error) = value.bind_to(&mut self.arguments) {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// The number of rows changed.
    pub(crate) async fn execute(self, connection: &mut Connection) -> Result<u64, StoreError> {
        let done = self.query()?.execute(connection.sqlite()).await?;
        Ok(done.rows_affected())
    }

    pub(crate) async fn find<T: Column>(
        self,
        connection: &mut Connection,
    ) -> Result<Option<T>, StoreError> {
        let row = self.query()?.fetch_optional(connection.sqlite()).await?;
        row.map(|row| T::read(&row, "")).transpose()
    }

    pub(crate) async fn all<T: Column>(
        self,
        connection: &mut Connection,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.query()?.fetch_all(connection.sqlite()).await?;
        rows.iter().map(|row| T::read(row, "")).collect()
    }

    /// The first column of the only row.
    pub(crate) async fn value<T: Scalar>(
        self,
        connection: &mut Connection,
    ) -> Result<T, StoreError> {
        let row = self.query()?.fetch_one(connection.sqlite()).await?;
        first_value(&row)
    }

    /// The first column of the row, if there is one.
    pub(crate) async fn find_value<T: Scalar>(
        self,
        connection: &mut Connection,
    ) -> Result<Option<T>, StoreError> {
        let row = self.query()?.fetch_optional(connection.sqlite()).await?;
        row.as_ref().map(first_value).transpose()
    }

    /// The first column of every row.
    pub(crate) async fn values<T: Scalar>(
        self,
        connection: &mut Connection,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.query()?.fetch_all(connection.sqlite()).await?;
        rows.iter().map(first_value).collect()
    }

    fn query(self) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
        match self.failed {
            Some(error) => Err(error.into()),
            None => Ok(sqlx::query_with(self.sql, self.arguments)),
        }
    }
}

impl<T: Scalar> Column for T {
    fn read(row: &SqliteRow, name: &str) -> Result<Self, StoreError> {
        let raw = row.try_get::<T::Raw, _>(name)?;
        T::from_raw(raw).ok_or_else(|| bad_value(row, name))
    }
}

impl<T: Scalar> Bind for T {
    fn bind_to(&self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        add(arguments, self.to_raw())
    }
}

impl Bind for str {
    fn bind_to(&self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        add(arguments, self.to_owned())
    }
}

impl Bind for [u8] {
    fn bind_to(&self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        add(arguments, self.to_owned())
    }
}

impl Bind for Option<&str> {
    fn bind_to(&self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        add(arguments, self.map(str::to_owned))
    }
}

/// Runs an `insert` of one row for all rows, many of them a statement.
pub(crate) async fn insert_rows<T: Bind>(
    tx: &mut Connection,
    sql: &'static str,
    rows: &[T],
) -> Result<(), StoreError> {
    for batch in rows.chunks(BATCH_ROWS) {
        Statement::for_rows(sql, batch).execute(tx).await?;
    }
    Ok(())
}

/// A row of a batch together with what all rows of the batch share.
pub(crate) struct Joined<'a, A, B>(pub(crate) &'a A, pub(crate) &'a B);

impl<A: Bind, B: Bind> Bind for Joined<'_, A, B> {
    fn bind_to(&self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        self.0.bind_to(arguments)?;
        self.1.bind_to(arguments)
    }
}

fn add<'a, T>(arguments: &mut SqliteArguments, raw: T) -> Result<(), sqlx::Error>
where
    T: sqlx::Encode<'a, Sqlite> + sqlx::Type<Sqlite>,
{
    Arguments::add(arguments, raw).map_err(sqlx::Error::Encode)
}

fn first_value<T: Scalar>(row: &SqliteRow) -> Result<T, StoreError> {
    let raw = row.try_get::<T::Raw, _>(0)?;
    T::from_raw(raw).ok_or_else(|| bad_value(row, 0))
}

fn bad_value<I>(row: &SqliteRow, index: I) -> StoreError
where
    I: sqlx::ColumnIndex<SqliteRow> + std::fmt::Display + Copy,
{
    let value = row.try_get::<String, _>(index).unwrap_or_default();
    StoreError::BadValue {
        column: index.to_string(),
        value,
    }
}
