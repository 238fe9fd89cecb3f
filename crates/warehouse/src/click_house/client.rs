//! Statements of one database, with their parameters and the rows that go along.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::address::Address;
use super::answer;
use super::form::{FIELD_BYTES_MAX, Form};
use super::native;
use super::wire::{Failure, Http, Request};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::query::{Limits, Parameter, Value};

/// Speaks to one database of a server, or of a cluster's servers, of which any one answers.
pub(super) struct Client {
    wires: Vec<Http>,
    /// The server that answered last.
    current: AtomicUsize,
    pub(super) database: String,
    /// Statements that were given an id.
    named: AtomicU64,
}

/// A statement before it is sent.
pub(super) struct Statement<'a> {
    sql: String,
    parameters: &'a [Parameter],
    staged: Vec<&'a Columns>,
    settings: Vec<(&'static str, String)>,
}

/// How every statement is understood: nulls as SQL says, names of columns before those of results.
const SETTINGS: [(&str, &str); 12] = [
    ("join_use_nulls", "1"),
    ("cast_keep_nullable", "1"),
    ("aggregate_functions_null_for_empty", "1"),
    ("prefer_column_name_to_alias", "1"),
    ("default_format", "RowBinaryWithNamesAndTypes"),
    // An error after the first rows must not look like an answer.
    ("wait_end_of_query", "1"),
    ("max_query_size", "268435456"),
    ("max_partitions_per_insert_block", "0"),
    // A batch is one block, however many rows it has, so that repeating it is known as a whole.
    ("min_insert_block_size_rows", "1000000000"),
    ("min_insert_block_size_bytes", "4000000000"),
    // What is joined by visitor lies together, and what has no visitor is on every node.
    ("distributed_product_mode", "local"),
    // A part of the facts must not look like an answer.
    ("skip_unavailable_shards", "0"),
];

/// Writing waits as long as a server may reasonably take for a batch or for upkeep.
const WRITE_TIMEOUT: Duration = Duration::from_mins(10);
/// A server that takes longer for the smallest question is away, as far as people are concerned.
/// A day of facts as a file.
const PARQUET_TIMEOUT: Duration = Duration::from_hours(1);
const REACH_TIMEOUT: Duration = Duration::from_secs(4);
/// How much longer than the server we wait for its own word about the time-out.
const LONGER: Duration = Duration::from_millis(500);

mod codes {
    pub(super) const TIMEOUT_EXCEEDED: u32 = 159;
    pub(super) const QUERY_WAS_CANCELLED: u32 = 394;
    pub(super) const TOO_MANY_ROWS: u32 = 396;
}

impl<'a> Statement<'a> {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            parameters: &[],
            staged: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// Values for `$1`, `$2` ….
    pub(super) fn with(mut self, parameters: &'a [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Rows that the statement reads under their table's name, with columns `c0`, `c1` ….
    pub(super) fn beside(mut self, rows: &'a Columns) -> Self {
        self.staged.push(rows);
        self
    }

    pub(super) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }
}

impl Statement<'_> {
    /// As [`Statement::set`], where it is not set yet.
    pub(super) fn set_unless(self, name: &'static str, value: &str) -> Self {
        match self.settings.iter().any(|(set, _)| *set == name) {
            true => self,
            false => self.set(name, value),
        }
    }
}

impl Client {
    pub(super) fn new(address: &Address) -> Self {
        Self {
            database: address.database.clone(),
            wires: address
                .servers
                .iter()
                .map(|server| Http::new(server, address))
                .collect(),
            current: AtomicUsize::new(0),
            named: AtomicU64::new(0),
        }
    }

    /// An id for a statement that no other of this client has.
    pub(super) fn next_id(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.named.fetch_add(1, Ordering::Relaxed))
    }

    /// Asks and reads the whole answer; reading can change nothing.
    pub(super) fn ask(&self, statement: Statement<'_>, limits: Limits) -> Result<Vec<Vec<Value>>> {
        let seconds = limits.timeout.as_secs() + u64::from(limits.timeout.subsec_nanos() > 0);
        let statement = statement
            .set("readonly", "2")
            .set("max_execution_time", seconds.to_string())
            .set("max_result_rows", limits.rows_max.min(1 << 40).to_string())
            .set("result_overflow_mode", "throw")
            .set("cancel_http_readonly_queries_on_client_close", "1");
        let request = self.request(&statement, limits.timeout + LONGER);
        match self.send_to_any(&request) {
            Ok(bytes) => answer::read(&bytes, limits.rows_max),
            Err(failure) => Err(of_question(failure, limits)),
        }
    }

    /// The rows of a question as a Parquet file, which the server holds back until it is whole.
    pub(super) fn fetch_parquet(&self, sql: &str) -> Result<Vec<u8>> {
        let asked = format!("{sql} format Parquet");
        let statement = Statement::new(&asked)
            .set("readonly", "2")
            .set("wait_end_of_query", "1")
            .set("output_format_parquet_compression_method", "zstd")
            .set("output_format_parquet_string_as_string", "1");
        let request = self.request(&statement, PARQUET_TIMEOUT);
        let sent = self.send_to_any(&request);
        sent.map_err(|source| Error::Server {
            step: "write a Parquet file",
            source,
        })
    }

    /// Whether a server says anything, be it that it refuses.
    pub(super) fn reach(&self) -> Result<()> {
        self.reach_by("select 1")
    }

    /// Whether a question finds somebody who answers it. A server that says nothing is left for
    /// the next one.
    pub(super) fn reach_by(&self, question: &str) -> Result<()> {
        let each = u32::try_from(self.wires.len()).unwrap_or(u32::MAX);
        let statement = Statement::new(question).set("readonly", "2");
        let request = self.request(&statement, REACH_TIMEOUT / each);
        let mut tried = Ok(Vec::new());
        for _ in &self.wires {
            tried = self.send_to_any(&request);
            match &tried {
                Err(Failure::TimedOut) => self.leave(self.current.load(Ordering::Relaxed)),
                _ => break,
            }
        }
        match tried {
            Ok(_) | Err(Failure::Refused { .. }) => Ok(()),
            Err(source) => Err(Error::Server {
                step: "reach the server",
                source,
            }),
        }
    }

    /// Changes something.
    pub(super) fn run(&self, statement: &Statement<'_>, step: &'static str) -> Result<()> {
        let request = self.request(statement, WRITE_TIMEOUT);
        self.send(&request, step)
    }

    /// Inserts rows by a statement that reads them from `:rows`.
    pub(super) fn insert(
        &self,
        statement: &Statement<'_>,
        rows: &Columns,
        step: &'static str,
    ) -> Result<()> {
        let input = format!("input('{}')", native::structure(rows));
        let sql = statement.sql.replace(":rows", &input);
        let mut pairs = self.pairs(statement);
        pairs.push(("query".to_owned(), format!("{sql} format Native")));
        let request = Request {
            pairs,
            content_type: "application/octet-stream".to_owned(),
            body: native::encode(rows),
            timeout: WRITE_TIMEOUT,
        };
        self.send(&request, step)
    }

    /// What changes something goes to one server only: nobody knows what became of it there.
    fn send(&self, request: &Request, step: &'static str) -> Result<()> {
        debug_assert_eq!(self.wires.len(), 1, "a change names its server");
        let sent = self.wires[0].send(request);
        sent.map_err(|source| Error::Server { step, source })?;
        Ok(())
    }

    /// Asks the server that answered last, or the next one that is there.
    fn send_to_any(&self, request: &Request) -> std::result::Result<Vec<u8>, Failure> {
        let mut away = Failure::Away("there is none".to_owned());
        for _ in &self.wires {
            let current = self.current.load(Ordering::Relaxed);
            match self.wires[current].send(request) {
                Err(failure @ Failure::Away(_)) => {
                    self.leave(current);
                    away = failure;
                }
                sent => return sent,
            }
        }
        Err(away)
    }

    /// Others may have left it already.
    fn leave(&self, current: usize) {
        let next = (current + 1) % self.wires.len();
        let left = (Ordering::Relaxed, Ordering::Relaxed);
        let _ = self.current.compare_exchange(current, next, left.0, left.1);
    }

    /// Settings go in the address, which has a limit; the rest goes in the body.
    fn request(&self, statement: &Statement<'_>, timeout: Duration) -> Request {
        let mut pairs = self.pairs(statement);
        let sql = numbered(&statement.sql, statement.parameters);
        if statement.staged.is_empty() && statement.parameters.is_empty() {
            return Request {
                pairs,
                content_type: "text/plain".to_owned(),
                body: sql.into_bytes(),
                timeout,
            };
        }
        let mut form = Form::new();
        form.statement(&sql);
        for (number, parameter) in (1..).zip(statement.parameters) {
            let value = match parameter {
                Parameter::Int(value) => value.to_string(),
                Parameter::Key(value) => value.to_string(),
                Parameter::Text(text) if is_long(text) => continue,
                Parameter::Text(text) => escaped(text),
            };
            form.field(&format!("param_p{number}"), &value);
        }
        for rows in &statement.staged {
            let name = rows.table;
            pairs.push((format!("{name}_structure"), native::structure(rows)));
            pairs.push((format!("{name}_format"), "Native".to_owned()));
            form.rows(name, &native::encode(rows));
        }
        let (content_type, body) = form.finish();
        Request {
            pairs,
            content_type,
            body,
            timeout,
        }
    }

    fn pairs(&self, statement: &Statement<'_>) -> Vec<(String, String)> {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut pairs = vec![own(("database", &self.database))];
        pairs.extend(SETTINGS.map(own));
        let settings = statement.settings.iter();
        pairs.extend(settings.map(|(name, value)| own((name, value))));
        pairs
    }
}

fn of_question(failure: Failure, limits: Limits) -> Error {
    let timed_out = || Error::TimedOut {
        timeout_ms: u64::try_from(limits.timeout.as_millis()).unwrap_or(u64::MAX),
    };
    match failure {
        Failure::TimedOut => timed_out(),
        Failure::Refused {
            code: codes::TIMEOUT_EXCEEDED | codes::QUERY_WAS_CANCELLED,
            ..
        } => timed_out(),
        Failure::Refused {
            code: codes::TOO_MANY_ROWS,
            ..
        } => Error::TooManyRows {
            rows_max: limits.rows_max,
        },
        source => Error::Server {
            step: "run a query",
            source,
        },
    }
}

/// Longer than a field, once escaped. Such a text stands in the statement.
fn is_long(text: &str) -> bool {
    text.len() > FIELD_BYTES_MAX / 2
}

fn literal(text: &str) -> String {
    format!("'{}'", escaped(text).replace('\'', "\\'"))
}

/// The statement with `$1` written as `{p1:Int64}`, outside of texts and comments.
fn numbered(sql: &str, parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return sql.to_owned();
    }
    let mut out = String::with_capacity(sql.len() + parameters.len() * 8);
    for line in sql.split_inclusive('\n') {
        match line.trim_start().starts_with("--") {
            true => out.push_str(line),
            false => push_numbered(&mut out, line, parameters),
        }
    }
    out
}

/// Between two apostrophes is text; no text of ours goes on in the next line.
fn push_numbered(out: &mut String, line: &str, parameters: &[Parameter]) {
    for (index, piece) in line.split('\'').enumerate() {
        if index > 0 {
            out.push('\'');
        }
        if index % 2 == 1 {
            out.push_str(piece);
            continue;
        }
        let mut pieces = piece.split('$');
        out.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let end = piece.find(|letter: char| !letter.is_ascii_digit());
            let (digits, rest) = piece.split_at(end.unwrap_or(piece.len()));
            let number = digits.parse::<usize>().ok();
            let place = number.and_then(|number| number.checked_sub(1));
            match place.and_then(|place| parameters.get(place)) {
                Some(Parameter::Int(_)) => out.push_str(&format!("{{p{digits}:Int64}}")),
                Some(Parameter::Key(_)) => out.push_str(&format!("{{p{digits}:UInt64}}")),
                Some(Parameter::Text(text)) if is_long(text) => out.push_str(&literal(text)),
                Some(Parameter::Text(_)) => out.push_str(&format!("{{p{digits}:String}}")),
                None => out.push_str(&format!("${digits}")),
            }
            out.push_str(rest);
        }
    }
}

/// A text as a parameter's value holds it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_get_their_types_and_texts_are_left_alone() {
        let parameters = [Parameter::Int(1), Parameter::Text("x".into())];
        assert_eq!(
            numbered("-- the row's $1\nselect $1, '$2', $2, $12", &parameters),
            "-- the row's $1\nselect {p1:Int64}, '$2', {p2:String}, $12"
        );
    }

    #[test]
    fn letters_that_end_a_value_are_escaped() {
        assert_eq!(escaped("a\\b\tc\nd'e"), "a\\\\b\\tc\\nd'e");
        assert_eq!(literal("a\\'b"), "'a\\\\\\'b'");
    }
}
