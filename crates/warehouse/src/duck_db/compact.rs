//! Making closed time smaller and quicker to read, without changing any answer.

use base::UnixMillis;
use duckdb::{Connection, params};

use super::Writer;
use crate::error::{Result, Step};
use crate::zones::DAY_MS;

/// Hits are put in order as soon as there are so many, and no more days at once, so that loads
/// never wait long. Rows are stored in groups of 122,880: to write a part of one again costs the
/// room of all of it.
const ORDERED_ROWS_MIN: i64 = 250_000;

/// Adds the pre-aggregates of closed days up and puts the hits of closed days in their order.
pub(super) fn compact(writer: &mut Writer, now: UnixMillis) -> Result<()> {
    // A day of UTC ends at least half a day before the same day ends anywhere.
    let today = now.0.div_euclid(DAY_MS);
    let closed = today - 1;
    if writer.days.unsummed.iter().any(|day| *day < closed) {
        let sql = include_str!("queries/compact_days.sql").replace(":day", &closed.to_string());
        writer.transact(|connection| connection.execute_batch(&sql).step("add up closed days"))?;
        writer.days.unsummed.retain(|day| *day >= closed);
    }
    let piece = ordered_next(&unordered_days(&writer.connection, today)?);
    let Some((first, until)) = piece else {
        return Ok(());
    };
    writer.transact(|connection| order_hits(connection, first, until))
}

/// Closed days with hits that are in no order yet, and how many each has.
fn unordered_days(connection: &Connection, today: i64) -> Result<Vec<(i64, i64)>> {
    let mut statement = connection
        .prepare(include_str!("queries/unordered_days.sql"))
        .step("look for closed days")?;
    statement
        .query_map([today * DAY_MS], |row| Ok((row.get(0)?, row.get(1)?)))
        .step("look for closed days")?
        .collect::<duckdb::Result<Vec<_>>>()
        .step("look for closed days")
}

/// The first day to put in order and the one after the last, if there is enough to do.
fn ordered_next(days: &[(i64, i64)]) -> Option<(i64, i64)> {
    let (first, _) = days.first()?;
    let (mut rows, mut last) = (0, *first);
    for (day, count) in days {
        (rows, last) = (rows + count, *day);
        if rows >= ORDERED_ROWS_MIN {
            break;
        }
    }
    (rows >= ORDERED_ROWS_MIN).then_some((*first, last + 1))
}

fn order_hits(connection: &Connection, first: i64, until: i64) -> Result<()> {
    let sql = include_str!("queries/order_hits.sql")
        .replace(":from_ms", &(first * DAY_MS).to_string())
        .replace(":until_ms", &(until * DAY_MS).to_string());
    connection
        .execute_batch(&sql)
        .step("put closed days in order")?;
    connection
        .execute("delete from meta where key = 'ordered_until_day'", [])
        .step("remember the ordered days")?;
    connection
        .execute(
            "insert into meta values ('ordered_until_day', $1)",
            params![until.to_string()],
        )
        .step("remember the ordered days")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Writing;

    #[track_caller]
    fn check(days: &[(i64, i64)], expected: Option<(i64, i64)>) {
        assert_eq!(ordered_next(days), expected);
    }

    #[test]
    fn days_are_put_in_order_by_large_pieces() {
        check(&[], None);
        check(&[(3, 100_000), (4, 100_000)], None);
        check(&[(3, 100_000), (5, 150_000)], Some((3, 6)));
        check(&[(3, 300_000), (4, 150_000)], Some((3, 4)));
        check(&[(3, 200_000), (4, 600_000), (5, 1)], Some((3, 5)));
    }

    const DAYS: i64 = 12;

    /// A file of its own, by its writer.
    struct Kept {
        writer: Writer,
        path: std::path::PathBuf,
        _folder: tempfile::TempDir,
    }

    impl Kept {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let options = crate::Options {
                path: folder.path().join("facts.duckdb"),
                threads: 2,
                memory_limit_mib: 512,
                temporary_folder: folder.path().join("spill"),
            };
            Self {
                writer: super::super::open(&options, |_| true).unwrap().0,
                path: options.path,
                _folder: folder,
            }
        }

        fn insert(&self, day: i64) {
            let sql = include_str!("queries/test_hits.sql").replace(":day", &day.to_string());
            self.writer.connection.execute_batch(&sql).unwrap();
        }

        fn size(&mut self) -> u64 {
            self.writer.checkpoint().unwrap();
            std::fs::metadata(&self.path).unwrap().len()
        }

        fn number(&self, sql: &str) -> i64 {
            let connection = &self.writer.connection;
            connection.query_row(sql, [], |row| row.get(0)).unwrap()
        }
    }

    #[test]
    fn days_of_upkeep_put_hits_in_order_and_grow_the_file_by_a_piece_at_most() {
        let (mut kept, mut left) = (Kept::new(), Kept::new());
        for day in 0..DAYS {
            left.insert(day);
            kept.insert(day);
            for hour in [1, 12, 23] {
                let now = UnixMillis((day + 1) * DAY_MS + hour * DAY_MS / 24);
                compact(&mut kept.writer, now).unwrap();
            }
            kept.writer.checkpoint().unwrap();
        }
        let all = "select (count(*) + sum(id_lo) + sum(at_ms) + sum(scroll_percent))::bigint \
                   from hits";
        assert_eq!(kept.number(all), left.number(all));
        // A visitor's hits of a day lie together: a new one begins as often as there are visitors.
        let begins = "select count(*) from (select visitor <> lag(visitor) over (order by rowid) \
                      as begins from hits where at_ms < 86400000 * 10) where begins";
        let visitors = "select sum(n)::bigint from (select count(distinct visitor) as n from hits \
                        where at_ms < 86400000 * 10 group by at_ms // 86400000)";
        assert_eq!(kept.number(begins) + 1, kept.number(visitors));
        // What was written again leaves room that the next piece takes: never more than a piece.
        let (kept, left) = (kept.size(), left.size());
        assert!(
            kept < left + left / 2,
            "{kept} bytes with upkeep, {left} without"
        );
    }
}
