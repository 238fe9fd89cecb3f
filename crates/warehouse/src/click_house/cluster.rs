//! What the tables of a single server are on a node of a cluster.
//!
//! A node's own database has the tables of a single server. The database beside it, of the same
//! name with `_all` behind it, shows what all nodes hold together: questions are asked there.

use super::nodes::Cluster;
use super::shards::{SHARED_OUT, Share, share_of};

/// Tables that every node has whole, under the names that questions use.
const WHOLE: [&str; 10] = [
    "traffic",
    "labels",
    "past_labels",
    "channels",
    "time_zones",
    "costs",
    "lead_states",
    "history",
    "journal_position",
    "withdrawn",
];

/// The statement of a migration, as it is on a node: where a Keeper keeps replicas in step, the
/// tables are told so.
pub(super) fn on_node(statement: &str, cluster: &Cluster) -> String {
    let Cluster::Kept { .. } = cluster else {
        return statement.to_owned();
    };
    let begins = statement.find("create table if not exists ");
    let engine = statement.find(") engine = ");
    let (Some(begins), Some(engine)) = (begins, engine) else {
        return statement.to_owned();
    };
    let name = statement[begins..]
        .trim_start_matches("create table if not exists ")
        .split_whitespace()
        .next()
        .unwrap_or_default();
    let (head, rest) = statement.split_at(engine + ") engine = ".len());
    let (path, replica) = match share_of(name) {
        Share::By(_) => ("{shard}", "{replica}"),
        Share::Whole if laid_down_by_node(name) => ("{shard}", "{replica}"),
        Share::Whole => ("whole", "{shard}-{replica}"),
    };
    let place = format!("'/clickhouse/tables/{{database}}/{path}/{name}', '{replica}'");
    let ends = rest.find(|letter: char| !letter.is_ascii_alphanumeric());
    let (family, rest) = rest.split_at(ends.unwrap_or(rest.len()));
    let rest = match rest.strip_prefix('(') {
        Some(arguments) => format!("({place}, {arguments}"),
        None => format!("({place}){rest}"),
    };
    format!("{head}Replicated{family}{rest}")
}

/// Made on the node out of what lies there.
fn laid_down_by_node(table: &str) -> bool {
    table == "staged_credited"
}

/// What the database shows that all nodes hold together; whoever asks meanwhile finds what was
/// there or what comes.
pub(super) fn over_all(database: &str, whole: &str, name: &str) -> Vec<String> {
    let shared_out = SHARED_OUT.iter().map(|(table, by, _)| {
        format!(
            "create or replace table {whole}.{table} as {database}.{table} \
             engine = Distributed('{name}', '{database}', '{table}', cityHash64({by}))"
        )
    });
    let views = WHOLE.iter().map(|table| {
        format!("create or replace view {whole}.{table} as select * from {database}.{table}")
    });
    shared_out.chain(views).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "-- Why.\ncreate table if not exists costs (\n    day Int64\n) engine = \
                         ReplacingMergeTree(batch) order by day\nsettings x = 1";

    fn kept() -> Cluster {
        Cluster::Kept {
            name: "c".to_owned(),
        }
    }

    #[test]
    fn tables_are_told_where_their_keeper_keeps_them_in_step() {
        assert_eq!(
            on_node(PLAIN, &kept()),
            "-- Why.\ncreate table if not exists costs (\n    day Int64\n) engine = \
             ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/whole/costs', \
             '{shard}-{replica}', batch) order by day\nsettings x = 1"
        );
        let hits =
            "create table if not exists hits (\n    day Int64\n) engine = MergeTree\norder by";
        assert_eq!(
            on_node(hits, &kept()),
            "create table if not exists hits (\n    day Int64\n) engine = \
             ReplicatedMergeTree('/clickhouse/tables/{database}/{shard}/hits', '{replica}')\n\
             order by"
        );
    }

    #[test]
    fn whatever_makes_no_table_and_plain_replicas_stay_as_they_are() {
        let plain = Cluster::Plain {
            name: "c".to_owned(),
        };
        assert_eq!(on_node(PLAIN, &plain), PLAIN);
        let other = "create view if not exists labels as\nselect 1";
        assert_eq!(on_node(other, &kept()), other);
    }
}
