//! Files of earlier schemas come up to date with the rows that they hold.

use super::*;
use crate::{Limits, Warehouse};

/// The schema before hits were kept as differences.
const OLDER: usize = 5;

/// The file of an earlier schema, made by these scripts.
struct Older {
    options: Options,
    _folder: tempfile::TempDir,
}

impl Older {
    fn new<'s>(schema: usize, scripts: impl IntoIterator<Item = &'s str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            path: folder.path().join("facts.duckdb"),
            threads: 1,
            memory_limit_mib: 256,
            temporary_folder: folder.path().join("spill"),
        };
        let connection = Connection::open(&options.path).unwrap();
        for script in scripts {
            connection.execute_batch(script).unwrap();
        }
        let version = format!("insert into meta values ('schema_version', '{schema}')");
        connection.execute_batch(&version).unwrap();
        Self {
            options,
            _folder: folder,
        }
    }

    /// A shop of the first schema, brought as far as this one by the programs of then.
    fn shop(schema: usize) -> Self {
        let rows = include_str!("queries/test_oldest_rows.sql");
        let (first, later) = MIGRATIONS[..schema].split_first().unwrap();
        let later = later.iter().copied();
        Self::new(schema, [*first, rows].into_iter().chain(later))
    }

    fn open(&self) -> Warehouse {
        Warehouse::open(&self.options).unwrap()
    }
}

fn texts(warehouse: &Warehouse, sql: &str) -> Vec<String> {
    let table = warehouse.query(sql, &[], Limits::default()).unwrap();
    let cells = table.rows.iter().map(|row| row[0].display().unwrap());
    cells.collect()
}

/// Checks that a file says the same, whichever earlier schema it comes from.
fn check_shop(sql: &str, expected: &[&str]) {
    for schema in 1..=MIGRATIONS.len() {
        let warehouse = Older::shop(schema).open();
        assert_eq!(texts(&warehouse, sql), expected, "from schema {schema}");
    }
}

#[test]
fn hits_of_an_older_file_keep_their_ids_and_times() {
    let rows = include_str!("queries/test_older_hits.sql");
    let scripts = MIGRATIONS[..OLDER].iter().copied().chain([rows]);
    let warehouse = Older::new(OLDER, scripts).open();
    let hits = texts(
        &warehouse,
        "select concat_ws(' ', id_hi, id_lo, at_ms, delay_ms, visit_age_ms, click_ids) \
         from hits order by at_ms",
    );
    // The click's id is made of its time, its mark and its visit; the event's is its sender's.
    assert_eq!(
        hits,
        ["0 513 1000 5 0 [[\"gclid\",\"abc\"]]", "7 8 4000 0 3000 "]
    );
    let visits = texts(
        &warehouse,
        "select concat_ws(' ', visit, at_ms, delay_ms) from visits",
    );
    assert_eq!(visits, ["9 1000 5"]);
}

#[test]
fn a_report_over_a_file_of_any_earlier_schema_is_the_same() {
    check_shop(
        "select concat_ws(
            ' ', c.name, d.source, d.campaign,
            sum(d.clicks), sum(d.page_views), sum(d.events), sum(d.engaged_ms), sum(d.visits),
            sum(d.bounces),
            (select sum(cost_micros) from costs),
            (select sum(revenue_micros * share_micros) // 1000000 from credited
             where model = 'last' and traffic = 5)
        )
        from campaign_days as d
        join channels as c on c.channel = d.channel
        where d.bot = 0
        group by c.name, d.source, d.campaign",
        &["Ads google spring 1 1 1 4000 1 0 25000000 100000000"],
    );
    check_shop(
        "select concat_ws(' ', model, traffic, touch_at_ms, sum(leads), sum(sales))
        from credited group by model, traffic, touch_at_ms order by model",
        &[
            "first 6 500 1 1",
            "last 5 1000 1 1",
            "last_non_direct 5 1000 1 1",
        ],
    );
}

#[test]
fn a_touch_of_an_older_file_is_known_since_its_visitor_s_own_hit_was() {
    // The machine's hit at the same place was recorded earlier, and the direct touch has no hit.
    check_shop(
        "select concat_ws(' ', visitor, at_ms, seq, traffic, direct, delay_ms)
        from touches order by at_ms",
        &["77 500 1 6 1 0", "77 1000 1 5 0 5"],
    );
}
