//! Reading an answer: names, types, then row after row.

use crate::error::{Error, Result};
use crate::query::Value;

/// How a column's values lie in the bytes.
#[derive(Clone, Copy)]
struct Kind {
    nullable: bool,
    shape: Shape,
}

#[derive(Clone, Copy)]
enum Shape {
    /// A number of so many bytes, below zero where the top bit is set.
    Signed(usize),
    Unsigned(usize),
    Text,
    /// The type of a bare null.
    Nothing,
}

/// The rows of an answer in the format `RowBinaryWithNamesAndTypes`.
pub(super) fn read(bytes: &[u8], rows_max: usize) -> Result<Vec<Vec<Value>>> {
    let mut rest = Bytes(bytes);
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let columns = rest.length()?;
    for _ in 0..columns {
        rest.text()?;
    }
    let kinds = (0..columns)
        .map(|_| kind_of(rest.text()?))
        .collect::<Result<Vec<_>>>()?;
    let mut rows = Vec::new();
    while !rest.0.is_empty() {
        if rows.len() == rows_max {
            return Err(Error::TooManyRows { rows_max });
        }
        let row = kinds.iter().map(|kind| rest.value(*kind));
        rows.push(row.collect::<Result<Vec<_>>>()?);
    }
    Ok(rows)
}

fn kind_of(name: &[u8]) -> Result<Kind> {
    let name = std::str::from_utf8(name).unwrap_or_default();
    let inside = |name: &str, outer: &str| {
        let inner = name.strip_prefix(outer)?.strip_prefix('(')?;
        inner.strip_suffix(')').map(str::to_owned)
    };
    let plain = inside(name, "LowCardinality").unwrap_or_else(|| name.to_owned());
    let (nullable, plain) = match inside(&plain, "Nullable") {
        Some(inner) => (true, inner),
        None => (false, plain),
    };
    let shape = match plain.as_str() {
        "Int8" => Shape::Signed(1),
        "Int16" => Shape::Signed(2),
        "Int32" | "Date32" => Shape::Signed(4),
        "Int64" => Shape::Signed(8),
        "Int128" => Shape::Signed(16),
        "UInt8" | "Bool" => Shape::Unsigned(1),
        "UInt16" | "Date" => Shape::Unsigned(2),
        "UInt32" => Shape::Unsigned(4),
        "UInt64" => Shape::Unsigned(8),
        "String" => Shape::Text,
        "Nothing" => Shape::Nothing,
        "Float32" | "Float64" => return Err(Error::UnreadableValue("float")),
        _ => return Err(Error::UnreadableValue("other")),
    };
    Ok(Kind { nullable, shape })
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Error::CutAnswer)?;
        self.0 = rest;
        Ok(taken)
    }

    fn length(&mut self) -> Result<usize> {
        let (mut length, mut shift) = (0_usize, 0_u32);
        loop {
            let byte = self.take(1)?[0];
            let bits = usize::from(byte & 0x7f);
            length |= bits.checked_shl(shift).ok_or(Error::CutAnswer)?;
            if byte & 0x80 == 0 {
                return Ok(length);
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    fn value(&mut self, kind: Kind) -> Result<Value> {
        if kind.nullable && self.take(1)?[0] == 1 {
            return Ok(Value::Null);
        }
        Ok(match kind.shape {
            Shape::Text => Value::Text(String::from_utf8_lossy(self.text()?).into_owned()),
            Shape::Unsigned(width) => Value::Int(number(self.take(width)?, 0)),
            Shape::Signed(width) => {
                let bytes = self.take(width)?;
                let is_below_zero = bytes.last().is_some_and(|top| top & 0x80 != 0);
                Value::Int(number(bytes, if is_below_zero { 0xff } else { 0 }))
            }
            Shape::Nothing => Value::Null,
        })
    }
}

/// The number whose lowest bytes these are, the others being `filling`.
fn number(low: &[u8], filling: u8) -> i128 {
    let mut bytes = [filling; 16];
    for (to, from) in bytes.iter_mut().zip(low) {
        *to = *from;
    }
    i128::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_reads_back() {
        let mut bytes = vec![5];
        for name in ["a", "b", "c", "d", "e"] {
            bytes.push(1);
            bytes.extend(name.as_bytes());
        }
        let types = [
            "Int128",
            "UInt8",
            "Nullable(Int64)",
            "LowCardinality(String)",
            "Nullable(Nothing)",
        ];
        for name in types {
            bytes.push(u8::try_from(name.len()).unwrap());
            bytes.extend(name.as_bytes());
        }
        bytes.extend((-7_i128).to_le_bytes());
        bytes.push(200);
        bytes.push(0);
        bytes.extend((-1_i64).to_le_bytes());
        bytes.extend(b"\x02hi\x01");
        let row = [
            Value::Int(-7),
            Value::Int(200),
            Value::Int(-1),
            Value::Text("hi".to_owned()),
            Value::Null,
        ];
        assert_eq!(read(&bytes, 1).unwrap(), [row]);
        assert!(matches!(
            read(&bytes, 0),
            Err(Error::TooManyRows { rows_max: 0 })
        ));
        assert!(matches!(
            read(&bytes[..bytes.len() - 1], 1),
            Err(Error::CutAnswer)
        ));
    }

    #[test]
    fn a_float_is_refused() {
        let bytes = b"\x01\x01x\x07Float64";
        assert!(matches!(
            read(bytes, 1),
            Err(Error::UnreadableValue("float"))
        ));
    }
}
