//! A cluster whose nodes are killed: all of the facts is an answer, or an error, never a part.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use base::Fact;
use warehouse::{Batch, Error, Limits, Position, Value, Warehouse, testing};

use crate::facts::{House, cost, history, label, landing, of_hit, of_outcome, outcome, state};

const SHARDS: usize = 2;
const REPLICAS: usize = 2;

/// A cluster of its own, whose nodes can be killed and started again.
struct Servers {
    folder: tempfile::TempDir,
    http: Vec<u16>,
    tcp: Vec<u16>,
    running: Vec<Option<Child>>,
}

impl Servers {
    /// None where the tests do not work on a cluster.
    fn new() -> Option<Self> {
        testing::server().filter(|server| server.contains("cluster="))?;
        let free = || {
            let held = TcpListener::bind("127.0.0.1:0").unwrap();
            (held.local_addr().unwrap().port(), held)
        };
        let (ports, held): (Vec<u16>, Vec<_>) = (0..2 * SHARDS * REPLICAS).map(|_| free()).unzip();
        drop(held);
        let (http, tcp) = ports.split_at(SHARDS * REPLICAS);
        let mut servers = Self {
            folder: tempfile::tempdir().unwrap(),
            http: http.to_vec(),
            tcp: tcp.to_vec(),
            running: (0..SHARDS * REPLICAS).map(|_| None).collect(),
        };
        fs::write(servers.settings(), servers.layout()).unwrap();
        servers.start(&[0, 1, 2, 3]);
        Some(servers)
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("cluster.xml")
    }

    fn layout(&self) -> String {
        let replica =
            |port| format!("<replica><host>127.0.0.1</host><port>{port}</port></replica>");
        let shards = self.tcp.chunks(REPLICAS).map(|ports| {
            let replicas = ports.iter().map(replica).collect::<String>();
            format!("<shard><internal_replication>false</internal_replication>{replicas}</shard>")
        });
        let shards = shards.collect::<String>();
        format!("<remote_servers><own>{shards}</own></remote_servers>")
    }

    fn start(&mut self, nodes: &[usize]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/clickhouse-server");
        for &node in nodes {
            let child = Command::new(&script)
                .arg(self.folder.path().join(node.to_string()))
                .arg(self.http[node].to_string())
                .arg(self.tcp[node].to_string())
                .arg(self.settings())
                .spawn();
            self.running[node] = Some(child.unwrap());
        }
        for &node in nodes {
            while TcpStream::connect(("127.0.0.1", self.tcp[node])).is_err() {
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn kill(&mut self, nodes: &[usize]) {
        for &node in nodes {
            let mut child = self.running[node].take().unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts what is not running. The library that tests run, unlike the program, may end when a
    /// peer leaves in the middle of a word.
    fn mend(&mut self) {
        for server in &mut self.running {
            if server
                .as_mut()
                .is_some_and(|child| child.try_wait().unwrap().is_some())
            {
                *server = None;
            }
        }
        let ended = (0..self.running.len()).filter(|node| self.running[*node].is_none());
        let ended: Vec<usize> = ended.collect();
        self.start(&ended);
    }

    fn url(&self) -> String {
        let hosts = self.http.iter().map(|port| format!("127.0.0.1:{port}"));
        let hosts = hosts.collect::<Vec<_>>().join(",");
        format!("http://{hosts}/facts?cluster=own")
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let running = (0..self.running.len()).filter(|node| self.running[*node].is_some());
        let running: Vec<usize> = running.collect();
        self.kill(&running);
    }
}

fn facts(number: i64) -> Vec<Fact> {
    let each = (0..20).flat_map(|place| {
        let visitor = u64::try_from(number * 100 + place).unwrap() + 1;
        let id = u128::from(visitor);
        let at = 1_700_000_000_000 + number * 1_000 + place;
        [
            of_hit(landing(id % 1_000, visitor, at, "ads")),
            of_outcome(outcome(id, Some(visitor), at + 10)),
        ]
    });
    let id = u128::try_from(number).unwrap() + 1;
    each.chain([cost(id), state(id), history(id, 9)]).collect()
}

fn load(warehouse: &Warehouse, number: i64) -> Result<(), Error> {
    let position = Some(Position {
        node: "main".to_owned(),
        segment: 1,
        offset: u64::try_from(number).unwrap() + 1,
    });
    let batch = Batch {
        facts: facts(number),
        position,
        ..Batch::default()
    };
    warehouse.load(&batch, &label).map(|_| ())
}

const COUNTED: [&str; 9] = [
    "hits",
    "visits",
    "touches",
    "outcomes",
    "credited",
    "costs",
    "lead_states",
    "history",
    "traffic",
];

fn counts(warehouse: &Warehouse) -> Result<Vec<i128>, Error> {
    let count = |table: &&str| {
        let sql = format!("select count(*) from {table}");
        let rows = warehouse.query(&sql, &[], Limits::default())?.rows;
        Ok(rows[0][0].int().unwrap())
    };
    COUNTED.iter().map(count).collect()
}

/// What so many batches come to.
fn expected(batches: i128) -> Vec<i128> {
    let people = 20 * batches;
    // Each outcome is owed under every model.
    let owed = people * 3;
    vec![
        people, people, people, people, owed, batches, batches, batches, 1,
    ]
}

fn is_away(result: Result<(), Error>) {
    let error = result.unwrap_err();
    assert!(error.is_away(), "{error:?}");
}

#[test]
fn while_a_replica_is_away_everything_is_answered_and_nothing_loaded_and_then_both_hold_it() {
    let Some(mut servers) = Servers::new() else {
        return;
    };
    let warehouse = Warehouse::open_server(&servers.url()).unwrap();
    load(&warehouse, 0).unwrap();
    assert_eq!(counts(&warehouse).unwrap(), expected(1));
    // The first host, which was asked so far, and then the one that took its place.
    for (number, node) in [(1, 0), (2, 1)] {
        servers.kill(&[node]);
        warehouse.answers().unwrap();
        assert_eq!(counts(&warehouse).unwrap(), expected(i128::from(number)));
        is_away(load(&warehouse, number));
        is_away(load(&warehouse, number));
        assert_eq!(counts(&warehouse).unwrap()[6], i128::from(number));
        servers.start(&[node]);
        load(&warehouse, number).unwrap();
        assert_eq!(
            counts(&warehouse).unwrap(),
            expected(i128::from(number) + 1)
        );
    }
    // Either replica of either shard alone has its part of all.
    for away in [[0, 2], [1, 3]] {
        servers.kill(&away);
        assert_eq!(counts(&warehouse).unwrap(), expected(3));
        servers.start(&away);
    }
    // One that was replaced by an empty one does not answer for its shard.
    servers.kill(&[3]);
    fs::remove_dir_all(servers.folder.path().join("3")).unwrap();
    servers.start(&[3]);
    assert_eq!(counts(&warehouse).unwrap(), expected(3));
    let refused = Warehouse::open_server(&servers.url()).err().unwrap();
    assert!(matches!(refused, Error::Cluster { .. }), "{refused:?}");
    assert_eq!(counts(&warehouse).unwrap(), expected(3));
}

#[test]
fn while_a_shard_is_away_there_is_no_answer_and_afterwards_nothing_is_lost_or_doubled() {
    let Some(mut servers) = Servers::new() else {
        return;
    };
    let warehouse = Warehouse::open_server(&servers.url()).unwrap();
    load(&warehouse, 0).unwrap();
    servers.kill(&[2, 3]);
    is_away(warehouse.answers());
    is_away(counts(&warehouse).map(|_| ()));
    is_away(load(&warehouse, 1));
    servers.start(&[2, 3]);
    load(&warehouse, 1).unwrap();
    assert_eq!(counts(&warehouse).unwrap(), expected(2));
    // A new process finds the same, and a repetition is none.
    drop(warehouse);
    let again = Warehouse::open_server(&servers.url()).unwrap();
    load(&again, 1).unwrap();
    assert_eq!(counts(&again).unwrap(), expected(2));
}

/// What all servers answer once those are up again that ended beside the killed one, some of them a
/// moment later than it.
fn mended<T>(servers: &mut Servers, ask: impl Fn() -> Result<T, Error>) -> T {
    const ENDS_MAX: usize = 8;
    for _ in 0..ENDS_MAX {
        servers.mend();
        match ask() {
            Ok(answer) => return answer,
            Err(error) => assert!(error.is_away(), "{error:?}"),
        }
    }
    panic!("servers end again and again")
}

#[test]
fn a_node_that_is_killed_in_a_question_or_a_batch_takes_nothing_with_it() {
    let Some(mut servers) = Servers::new() else {
        return;
    };
    let warehouse = Warehouse::open_server(&servers.url()).unwrap();
    load(&warehouse, 0).unwrap();
    let slow = "select count(*) from hits where sleepEachRow(0.1) = 0 settings max_threads = 1";
    for (number, node) in [(1, 3), (2, 0)] {
        thread::scope(|scope| {
            let asked = scope.spawn(|| warehouse.query(slow, &[], Limits::default()));
            let loaded = scope.spawn(|| load(&warehouse, number));
            thread::sleep(Duration::from_millis(150));
            servers.kill(&[node]);
            match asked.join().unwrap() {
                Ok(table) => {
                    let Value::Int(count) = table.rows[0][0] else {
                        panic!("no number")
                    };
                    // What was loaded before is there; the batch comes shard by shard meanwhile.
                    let [before, after] = [number, number + 1].map(|n| expected(n.into())[0]);
                    assert!((before..=after).contains(&count), "{count}");
                }
                Err(error) => assert!(error.is_away(), "{error:?}"),
            }
            if let Err(error) = loaded.join().unwrap() {
                assert!(error.is_away(), "{error:?}");
            }
        });
        mended(&mut servers, || load(&warehouse, number));
        let counted = mended(&mut servers, || counts(&warehouse));
        assert_eq!(counted, expected(i128::from(number) + 1));
    }
}

#[test]
fn a_row_lies_where_its_visitor_does() {
    if testing::server().is_none_or(|server| !server.contains("cluster=")) {
        return;
    }
    let house = House::new();
    house.load(facts(0));
    for (table, by) in [
        ("hits", "visitor"),
        ("visits", "visitor"),
        ("touches", "visitor"),
        ("outcomes", "visitor"),
        ("credited", "visitor"),
    ] {
        let found = house.numbers(&format!(
            "select count(*), count(distinct shardNum()),
                countIf(cityHash64({by}) % {SHARDS} + 1 <> shardNum())
             from {table}"
        ));
        assert!(found[0] >= 20, "{table}: {found:?}");
        assert_eq!(found[1..], [2, 0], "{table}");
    }
}
