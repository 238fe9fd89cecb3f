//! Running a query on a reader, with a time-out and a limit of rows.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{sync::Arc, thread};

use duckdb::types::{ToSqlOutput, ValueRef};
use duckdb::{Connection, InterruptHandle, ToSql};

use super::{IDLE_READERS_MAX, Readers};
use crate::engine::Reading;
use crate::error::{Error, Result, Step};
use crate::query::{Limits, Parameter, Table, Value};

impl Reading for Readers {
    fn answers(&self) -> Result<()> {
        Ok(())
    }

    fn query(&self, sql: &str, parameters: &[Parameter], limits: Limits) -> Result<Table> {
        let reader = self.take()?;
        let answer = run_watched(&reader, sql, parameters, limits);
        // A connection that failed may be in an odd state: it is closed rather than kept.
        if answer.is_ok() {
            self.give_back(reader);
        }
        answer
    }

    fn write_parquet(&self, sql: &str, path: &Path) -> Result<()> {
        let to = path.to_string_lossy().replace('\'', "''");
        let copy = format!("copy ({sql}) to '{to}' (format parquet, compression zstd)");
        let reader = self.take()?;
        reader.execute_batch(&copy).step("write a Parquet file")?;
        self.give_back(reader);
        Ok(())
    }

    /// Of the main file and its log; a file that cannot be looked at counts as empty.
    fn bytes(&self) -> Result<u64> {
        let mut log = self.path.clone().into_os_string();
        log.push(".wal");
        let sizes = [self.path.clone(), log.into()]
            .iter()
            .filter_map(|path| fs::metadata(path).ok())
            .map(|metadata| metadata.len())
            .sum();
        Ok(sizes)
    }
}

impl Readers {
    /// An idle reader, or a new one.
    fn take(&self) -> Result<Connection> {
        let idle = self.idle.lock().map_err(|_| Error::Poisoned)?.pop();
        match idle {
            Some(reader) => Ok(reader),
            None => {
                let template = self.template.lock().map_err(|_| Error::Poisoned)?;
                template.try_clone().step("open a reading connection")
            }
        }
    }

    fn give_back(&self, reader: Connection) {
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < IDLE_READERS_MAX
        {
            idle.push(reader);
        }
    }
}

fn run_watched(
    reader: &Connection,
    sql: &str,
    parameters: &[Parameter],
    limits: Limits,
) -> Result<Table> {
    let timed_out = AtomicBool::new(false);
    let handle = reader.interrupt_handle();
    let (finished, watch) = mpsc::channel::<()>();
    let answer = thread::scope(|scope| {
        let (handle, timed_out) = (&handle, &timed_out);
        scope.spawn(move || interrupt_after(handle, &watch, limits.timeout, timed_out));
        let answer = run(reader, sql, parameters, limits.rows_max);
        drop(finished);
        answer
    });
    if timed_out.load(Ordering::Acquire) && answer.is_err() {
        let timeout_ms = u64::try_from(limits.timeout.as_millis()).unwrap_or(u64::MAX);
        return Err(Error::TimedOut { timeout_ms });
    }
    answer
}

/// Waits until the query is over (the sender is dropped) or its time is.
fn interrupt_after(
    handle: &Arc<InterruptHandle>,
    watch: &mpsc::Receiver<()>,
    timeout: Duration,
    timed_out: &AtomicBool,
) {
    if watch.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
        timed_out.store(true, Ordering::Release);
        handle.interrupt();
    }
}

fn run(reader: &Connection, sql: &str, parameters: &[Parameter], rows_max: usize) -> Result<Table> {
    let mut statement = reader.prepare(sql).step("prepare a query")?;
    let bound = duckdb::params_from_iter(parameters.iter());
    let mut answer = statement.query(bound).step("run a query")?;
    let columns = answer.as_ref().map_or(0, duckdb::Statement::column_count);
    let mut rows = Vec::new();
    while let Some(row) = answer.next().step("read an answer")? {
        if rows.len() == rows_max {
            return Err(Error::TooManyRows { rows_max });
        }
        let values = (0..columns)
            .map(|column| read_value(row.get_ref(column).step("read an answer")?))
            .collect::<Result<Vec<_>>>()?;
        rows.push(values);
    }
    Ok(Table { rows })
}

fn read_value(value: ValueRef<'_>) -> Result<Value> {
    let int = match value {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Text(text) => {
            return Ok(Value::Text(String::from_utf8_lossy(text).into_owned()));
        }
        ValueRef::Boolean(value) => i128::from(value),
        ValueRef::TinyInt(value) => i128::from(value),
        ValueRef::SmallInt(value) => i128::from(value),
        ValueRef::Int(value) | ValueRef::Date32(value) => i128::from(value),
        ValueRef::BigInt(value) => i128::from(value),
        ValueRef::HugeInt(value) => value,
        ValueRef::UTinyInt(value) => i128::from(value),
        ValueRef::USmallInt(value) => i128::from(value),
        ValueRef::UInt(value) => i128::from(value),
        ValueRef::UBigInt(value) => i128::from(value),
        ValueRef::Float(_) | ValueRef::Double(_) => return Err(Error::UnreadableValue("float")),
        _ => return Err(Error::UnreadableValue("other")),
    };
    Ok(Value::Int(int))
}

impl ToSql for Parameter {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        match self {
            Self::Int(value) => value.to_sql(),
            Self::Key(value) => value.to_sql(),
            Self::Text(text) => text.to_sql(),
        }
    }
}
