//! Rows on the way to a server: column by column, in the server's own layout.

use duckdb::arrow::array::{ArrayBuilder as _, StringBuilder};

use crate::columns::{Column, Columns, text_at};

/// The names and types of the columns, as a table function and an external table take them.
pub(super) fn structure(rows: &Columns) -> String {
    let columns = rows.columns.iter().enumerate();
    let named = columns.map(|(index, column)| format!("c{index} {}", type_of(column)));
    named.collect::<Vec<_>>().join(", ")
}

/// All rows as one block.
pub(super) fn encode(rows: &Columns) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_length(&mut bytes, rows.columns.len());
    push_length(&mut bytes, rows.rows());
    for (index, column) in rows.columns.iter().enumerate() {
        push_text(&mut bytes, format!("c{index}").as_bytes());
        push_text(&mut bytes, type_of(column).as_bytes());
        match column {
            Column::Signed(values) => {
                bytes.extend(values.iter().map(|value| u8::from(value.is_none())));
                let numbers = values.iter().map(|value| value.unwrap_or_default());
                bytes.extend(numbers.flat_map(i64::to_le_bytes));
            }
            Column::Unsigned(values) => {
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            Column::Text(values) => push_texts(&mut bytes, values),
        }
    }
    bytes
}

fn type_of(column: &Column) -> &'static str {
    match column {
        Column::Signed(_) => "Nullable(Int64)",
        Column::Unsigned(_) => "UInt64",
        Column::Text(_) => "String",
    }
}

fn push_texts(bytes: &mut Vec<u8>, values: &StringBuilder) {
    for row in 0..values.len() {
        push_text(bytes, text_at(values, row).as_bytes());
    }
}

fn push_text(bytes: &mut Vec<u8>, text: &[u8]) {
    push_length(bytes, text.len());
    bytes.extend_from_slice(text);
}

/// Seven bits a byte, the lowest first; the top bit says that more follow.
fn push_length(bytes: &mut Vec<u8>, length: usize) {
    let mut left = length;
    loop {
        let low = u8::try_from(left & 0x7f).unwrap_or_default();
        left >>= 7;
        if left == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Place;

    #[test]
    fn columns_follow_each_other_with_name_type_and_values() {
        let mut rows = Columns::new("x", Place::Staged, "iut");
        rows.int(1)
            .key(2)
            .text("a")
            .int_or_null(None)
            .key(3)
            .text("");
        assert_eq!(structure(&rows), "c0 Nullable(Int64), c1 UInt64, c2 String");
        let mut expected = vec![3, 2, 2];
        expected.extend(b"c0\x0fNullable(Int64)\x00\x01");
        expected.extend([1_i64, 0].into_iter().flat_map(i64::to_le_bytes));
        expected.extend(b"\x02c1\x06UInt64");
        expected.extend([2_u64, 3].into_iter().flat_map(u64::to_le_bytes));
        expected.extend(b"\x02c2\x06String\x01a\x00");
        assert_eq!(encode(&rows), expected);
    }

    #[test]
    fn long_lengths_take_several_bytes() {
        let mut bytes = Vec::new();
        push_length(&mut bytes, 300);
        assert_eq!(bytes, [0xac, 0x02]);
    }
}
