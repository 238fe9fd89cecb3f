//! The few fragments of SQL that engines spell differently.

use base::WorkspaceId;
use warehouse::{EngineKind, Warehouse};

/// How an engine writes what the planner needs.
pub(crate) trait Dialect {
    /// The parameter with this number, counted from one.
    fn parameter(&self, number: usize) -> String;
    /// Whole quotient of two whole numbers.
    fn divide(&self, top: &str, bottom: i64) -> String;
    /// The number in 128 bits, so that products and sums fit.
    fn wide(&self, number: &str) -> String;
    fn text(&self, value: &str) -> String;
    fn sum_where(&self, value: &str, condition: &str) -> String;
    fn count_where(&self, condition: &str) -> String;
    /// Exact, never an estimate.
    fn distinct_where(&self, value: &str, condition: &str) -> String;
    /// Number of the first day of a day's month.
    fn month_of(&self, day: &str) -> String;
    /// Part of a text, letter case aside.
    fn contains(&self, text: &str, part: &str) -> String;
    fn starts_with(&self, text: &str, start: &str) -> String;
    /// The same text, letter case and slashes at the end aside.
    fn is_alike(&self, text: &str, other: &str) -> String;
    /// Of a list of pairs as JSON, what stands beside a name; empty where the list has it not.
    fn value_of_pair(&self, pairs: &str, name: &str) -> String;
    /// The same for the first pair that has one of these names.
    fn value_of_first(&self, pairs: &str, names: &[&str]) -> String;
    fn lower(&self, text: &str) -> String;
    /// The names of a list of pairs as JSON, in order, with commas between them.
    fn names_of_pairs(&self, pairs: &str) -> String;
    /// The start of a join with visits, which `openings` asks for, by their number in outcomes. A
    /// visit may lie on another node than an outcome of it.
    fn join_with_outcomes(&self, openings: &str, workspace: WorkspaceId) -> String;
    /// Whether sums of days are kept by campaign too, and not only by traffic.
    fn keeps_campaigns(&self) -> bool;
}

/// The words of the engine that keeps the warehouse.
pub(crate) fn of(warehouse: &Warehouse) -> &'static dyn Dialect {
    match warehouse.engine() {
        EngineKind::DuckDb => &DuckDb,
        EngineKind::ClickHouse => &ClickHouse,
    }
}

/// DuckDB without extensions: it knows no time zones.
struct DuckDb;

impl Dialect for DuckDb {
    fn parameter(&self, number: usize) -> String {
        format!("${number}")
    }

    fn divide(&self, top: &str, bottom: i64) -> String {
        format!("({top} // {bottom})")
    }

    fn wide(&self, number: &str) -> String {
        format!("cast({number} as hugeint)")
    }

    fn text(&self, value: &str) -> String {
        format!("cast({value} as varchar)")
    }

    fn sum_where(&self, value: &str, condition: &str) -> String {
        format!("sum({value}) filter (where {condition})")
    }

    fn count_where(&self, condition: &str) -> String {
        format!("count(*) filter (where {condition})")
    }

    fn distinct_where(&self, value: &str, condition: &str) -> String {
        format!("count(distinct {value}) filter (where {condition})")
    }

    fn month_of(&self, day: &str) -> String {
        let date = format!("(date '1970-01-01' + cast({day} as integer))");
        format!("cast(cast(date_trunc('month', {date}) as date) - date '1970-01-01' as bigint)")
    }

    fn contains(&self, text: &str, part: &str) -> String {
        format!("contains(lower({text}), lower({part}))")
    }

    fn starts_with(&self, text: &str, start: &str) -> String {
        format!("starts_with(lower({text}), lower({start}))")
    }

    fn is_alike(&self, text: &str, other: &str) -> String {
        format!("rtrim(lower({text}), '/') = rtrim(lower({other}), '/')")
    }

    fn value_of_pair(&self, pairs: &str, name: &str) -> String {
        format!(
            "list_filter({}, lambda p: p[1] = {name})[1][2]",
            read_pairs(pairs)
        )
    }

    fn value_of_first(&self, pairs: &str, names: &[&str]) -> String {
        let names = names.join("', '");
        format!(
            "list_filter({}, lambda p: p[1] in ('{names}'))[1][2]",
            read_pairs(pairs)
        )
    }

    fn lower(&self, text: &str) -> String {
        format!("lower({text})")
    }

    fn names_of_pairs(&self, pairs: &str) -> String {
        let names = format!("list_transform({}, lambda p: p[1])", read_pairs(pairs));
        format!("array_to_string(list_sort({names}), ', ')")
    }

    fn join_with_outcomes(&self, openings: &str, _: WorkspaceId) -> String {
        format!("left join ({openings})")
    }

    fn keeps_campaigns(&self) -> bool {
        true
    }
}

/// No pairs are kept as an empty text.
fn read_pairs(pairs: &str) -> String {
    format!("from_json(nullif({pairs}, ''), '[[\"VARCHAR\"]]')")
}

/// ClickHouse with nulls as SQL understands them, which the warehouse asks it for.
struct ClickHouse;

impl Dialect for ClickHouse {
    fn parameter(&self, number: usize) -> String {
        DuckDb.parameter(number)
    }

    fn divide(&self, top: &str, bottom: i64) -> String {
        format!("intDiv({top}, {bottom})")
    }

    fn wide(&self, number: &str) -> String {
        format!("cast({number} as Int128)")
    }

    fn text(&self, value: &str) -> String {
        format!("cast({value} as String)")
    }

    fn sum_where(&self, value: &str, condition: &str) -> String {
        format!("sumIf({value}, {condition})")
    }

    fn count_where(&self, condition: &str) -> String {
        format!("countIf({condition})")
    }

    fn distinct_where(&self, value: &str, condition: &str) -> String {
        format!("uniqExactIf({value}, {condition})")
    }

    fn month_of(&self, day: &str) -> String {
        format!("toInt64(toInt32(toStartOfMonth(toDate32(toInt32({day})))))")
    }

    fn contains(&self, text: &str, part: &str) -> String {
        format!("position(lowerUTF8({text}), lowerUTF8({part})) > 0")
    }

    fn starts_with(&self, text: &str, start: &str) -> String {
        format!("startsWith(lowerUTF8({text}), lowerUTF8({start}))")
    }

    fn is_alike(&self, text: &str, other: &str) -> String {
        let bare = |text: &str| format!("trim(trailing '/' from lowerUTF8({text}))");
        format!("{} = {}", bare(text), bare(other))
    }

    fn value_of_pair(&self, pairs: &str, name: &str) -> String {
        let pairs = format!("JSONExtract({pairs}, 'Array(Array(String))')");
        format!("arrayFirst(p -> p[1] = {name}, {pairs})[2]")
    }

    fn value_of_first(&self, pairs: &str, names: &[&str]) -> String {
        let names = names.join("', '");
        let pairs = format!("JSONExtract({pairs}, 'Array(Array(String))')");
        format!("arrayFirst(p -> p[1] in ('{names}'), {pairs})[2]")
    }

    fn lower(&self, text: &str) -> String {
        format!("lowerUTF8({text})")
    }

    fn names_of_pairs(&self, pairs: &str) -> String {
        let pairs = format!("JSONExtract({pairs}, 'Array(Array(String))')");
        format!("arrayStringConcat(arraySort(arrayMap(p -> p[1], {pairs})), ', ')")
    }

    /// Only the visits that outcomes name are sent from node to node.
    fn join_with_outcomes(&self, openings: &str, workspace: WorkspaceId) -> String {
        format!(
            "global left join (\n{openings} and visit global in \
             (select visit from outcomes where workspace = {workspace})\n)"
        )
    }

    fn keeps_campaigns(&self) -> bool {
        false
    }
}
