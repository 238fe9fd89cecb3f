//! Entries on their way to another machine: a piece of a journal with where it begins and ends, and
//! a checksum over all of it.

use crate::frame;
use crate::read::Batch;
use crate::segment::Position;

const MAGIC: &[u8; 8] = b"TLJHAND1";
const NUMBERS: usize = 9;
const HEAD_BYTES: usize = MAGIC.len() + NUMBERS * 8;
const CHECKSUM_BYTES: usize = 4;

/// A piece of a journal, and how the journal stands.
#[derive(Debug, Default)]
pub struct Handover {
    /// Where the piece begins; the journal's oldest entry where nobody asked for a place.
    pub from: Position,
    pub batch: Batch,
    /// Everything before this is durable.
    pub durable: Position,
    /// Where the journal ended when its process opened it.
    pub opened: Position,
    /// Entries of the journal since it was opened.
    pub entries: u64,
}

impl Handover {
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbers = [
            self.from.segment,
            self.from.offset,
            self.batch.next.segment,
            self.batch.next.offset,
            self.durable.segment,
            self.durable.offset,
            self.opened.segment,
            self.opened.offset,
            self.entries,
        ];
        let entries = &self.batch.entries;
        let length: usize = entries.iter().map(|entry| frame::entry_bytes(entry)).sum();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 8 + length + CHECKSUM_BYTES);
        bytes.extend_from_slice(MAGIC);
        for number in numbers {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.batch.missing.to_le_bytes());
        for entry in entries {
            frame::push_entry(&mut bytes, entry);
        }
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// `None` where the bytes are not whole, or were changed on the way.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (rest, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
        if crc32c::crc32c(rest).to_le_bytes() != checksum {
            return None;
        }
        let (head, body) = rest.split_at_checked(HEAD_BYTES + 8)?;
        let numbers = head.strip_prefix(MAGIC)?;
        let number = |at: usize| {
            let bytes = numbers.get(at * 8..at * 8 + 8)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        };
        let position = |at: usize| {
            Some(Position {
                segment: number(at)?,
                offset: number(at + 1)?,
            })
        };
        Some(Self {
            from: position(0)?,
            batch: Batch {
                entries: frame::entries(body)?,
                next: position(2)?,
                missing: number(9)?,
            },
            durable: position(4)?,
            opened: position(6)?,
            entries: number(8)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(segment: u64, offset: u64) -> Position {
        Position { segment, offset }
    }

    proptest! {
        #[test]
        fn what_is_handed_over_arrives_or_is_refused(
            entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 0..20),
            numbers: [u32; 4],
            flip: prop::sample::Index,
        ) {
            let [a, b, c, d] = numbers.map(u64::from);
            let sent = Handover {
                from: at(a, b),
                batch: Batch { entries, next: at(b, c), missing: d },
                durable: at(c, d),
                opened: at(d, a),
                entries: a + b,
            };
            let mut bytes = sent.to_bytes();
            let came = Handover::from_bytes(&bytes).unwrap();
            prop_assert_eq!(came.batch.entries, sent.batch.entries);
            prop_assert_eq!(
                (came.from, came.batch.next, came.durable, came.opened),
                (sent.from, sent.batch.next, sent.durable, sent.opened)
            );
            prop_assert_eq!((came.entries, came.batch.missing), (sent.entries, d));
            prop_assert!(Handover::from_bytes(&bytes[..bytes.len() - 1]).is_none());
            let at = flip.index(bytes.len());
            bytes[at] ^= 1;
            prop_assert!(Handover::from_bytes(&bytes).is_none());
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Handover::from_bytes(&bytes);
        }
    }
}
