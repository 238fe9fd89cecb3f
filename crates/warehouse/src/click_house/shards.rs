//! Which shard of a cluster a row lies in.

use crate::columns::{Column, Columns};

/// What of a table's rows a shard keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Those that the number in this column belongs to.
    By(usize),
    /// All: they are few, and questions join them with facts of any visitor.
    Whole,
}

/// Tables of which every shard keeps its own rows: name, what decides, and which column of inserted
/// rows that is. What is joined by visitor is decided by visitor.
pub(super) const SHARED_OUT: [(&str, &str, usize); 7] = [
    ("hits", "visitor", 9),
    ("repeatable_hits", "id_lo", 1),
    ("visits", "visitor", 2),
    ("touches", "visitor", 1),
    ("outcomes", "visitor", 9),
    ("credited", "visitor", 13),
    // Sums may lie anywhere: they are summed again when they are asked for.
    ("hits_daily", "traffic", 2),
];

/// Laid down to be moved on the same node.
const STAGED_DAYS: (&str, usize) = ("staged_daily", 2);

pub(super) fn share_of(table: &str) -> Share {
    let (staged, column) = STAGED_DAYS;
    if table == staged {
        return Share::By(column);
    }
    let found = SHARED_OUT.iter().find(|(name, ..)| *name == table);
    found.map_or(Share::Whole, |(.., column)| Share::By(*column))
}

/// The server's `cityHash64` of a number of 64 bits, which shards are chosen by.
pub(super) fn city_hash(number: u64) -> u64 {
    let mut hash = number ^ 0x4cf2_d2ba_ae6d_a887;
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

impl Columns {
    /// The rows of each shard, in their order.
    pub(super) fn shared_out(&self, by: usize, shards: u64) -> Vec<Self> {
        let mut shares: Vec<Self> = (0..shards).map(|_| self.emptied()).collect();
        let Some(Column::Unsigned(keys)) = self.columns.get(by) else {
            debug_assert!(false, "column {by} of {} is not unsigned", self.table);
            return shares;
        };
        for (row, key) in keys.iter().enumerate() {
            let shard = usize::try_from(city_hash(*key) % shards).unwrap_or_default();
            shares[shard].take(self, row);
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Place;

    #[test]
    fn a_hash_is_what_the_server_says() {
        assert_eq!(city_hash(5), 15_228_578_409_069_794_350);
        assert_eq!(city_hash(u64::MAX), 14_600_443_904_207_254_319);
    }

    #[test]
    fn every_row_goes_to_one_shard_as_it_is() {
        let mut rows = Columns::new("touches", Place::Stored, "iut");
        for number in 0..100 {
            let text = format!("row {number}");
            rows.int(number).key(number.unsigned_abs()).text(&text);
        }
        let shares = rows.shared_out(1, 3);
        assert_eq!(shares.iter().map(Columns::rows).sum::<usize>(), 100);
        for (shard, share) in (0..).zip(&shares) {
            assert!(share.rows() > 20);
            let [
                Column::Signed(numbers),
                Column::Unsigned(keys),
                Column::Text(texts),
            ] = &share.columns[..]
            else {
                panic!("other columns");
            };
            assert!(keys.iter().all(|key| city_hash(*key) % 3 == shard));
            assert!(numbers.is_sorted());
            let wanted: String = keys.iter().map(|key| format!("row {key}")).collect();
            assert_eq!(texts.values_slice(), wanted.as_bytes());
        }
    }
}
