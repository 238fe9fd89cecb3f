//! Column buffers: rows are laid out by column and handed to an engine in bulk.

use duckdb::arrow::array::StringBuilder;

/// Rows of one table, held by column in the order of the table's columns.
pub(crate) struct Columns {
    pub(crate) table: &'static str,
    pub(crate) place: Place,
    pub(crate) columns: Vec<Column>,
    /// The column that the next value goes to.
    next: usize,
    rows: usize,
}

/// What becomes of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Stored,
    /// Only looked at by the statements that follow, never stored.
    Staged,
}

pub(crate) enum Column {
    Signed(Vec<Option<i64>>),
    Unsigned(Vec<u64>),
    Text(StringBuilder),
}

impl Columns {
    /// `kinds` has a letter a column: `i` signed, `u` unsigned, both of 64 bits, `t` text.
    pub(crate) fn new(table: &'static str, place: Place, kinds: &str) -> Self {
        let columns = kinds
            .chars()
            .map(|kind| match kind {
                'i' => Column::Signed(Vec::new()),
                'u' => Column::Unsigned(Vec::new()),
                _ => Column::Text(StringBuilder::new()),
            })
            .collect();
        Self {
            table,
            place,
            columns,
            next: 0,
            rows: 0,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        self.int_or_null(Some(value))
    }

    pub(crate) fn int_or_null(&mut self, value: Option<i64>) -> &mut Self {
        match self.columns.get_mut(self.next) {
            Some(Column::Signed(values)) => values.push(value),
            _ => debug_assert!(
                false,
                "column {} of {} is not signed",
                self.next, self.table
            ),
        }
        self.step()
    }

    pub(crate) fn key(&mut self, value: u64) -> &mut Self {
        match self.columns.get_mut(self.next) {
            Some(Column::Unsigned(values)) => values.push(value),
            _ => debug_assert!(
                false,
                "column {} of {} is not unsigned",
                self.next, self.table
            ),
        }
        self.step()
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        match self.columns.get_mut(self.next) {
            Some(Column::Text(values)) => values.append_value(value),
            _ => debug_assert!(false, "column {} of {} is no text", self.next, self.table),
        }
        self.step()
    }

    /// As these, without rows.
    pub(crate) fn emptied(&self) -> Self {
        let columns = self.columns.iter().map(|column| match column {
            Column::Signed(_) => Column::Signed(Vec::new()),
            Column::Unsigned(_) => Column::Unsigned(Vec::new()),
            Column::Text(_) => Column::Text(StringBuilder::new()),
        });
        Self {
            table: self.table,
            place: self.place,
            columns: columns.collect(),
            next: 0,
            rows: 0,
        }
    }

    /// Appends a row of others with the same columns.
    pub(crate) fn take(&mut self, others: &Self, row: usize) {
        for (own, other) in self.columns.iter_mut().zip(&others.columns) {
            match (own, other) {
                (Column::Signed(own), Column::Signed(other)) => own.push(other[row]),
                (Column::Unsigned(own), Column::Unsigned(other)) => own.push(other[row]),
                (Column::Text(own), Column::Text(other)) => own.append_value(text_at(other, row)),
                _ => debug_assert!(false, "{} has other columns", self.table),
            }
        }
        self.rows += 1;
    }

    fn step(&mut self) -> &mut Self {
        self.next += 1;
        if self.next == self.columns.len() {
            self.next = 0;
            self.rows += 1;
        }
        self
    }
}

/// A text that was appended.
pub(crate) fn text_at(texts: &StringBuilder, row: usize) -> &str {
    let place = |end: i32| usize::try_from(end).unwrap_or_default();
    let ends = texts.offsets_slice();
    let span = place(ends[row])..place(ends[row + 1]);
    std::str::from_utf8(&texts.values_slice()[span]).unwrap_or_default()
}
