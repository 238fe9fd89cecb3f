//! Journals of other nodes: who is erased, and what is too old, leaves them as the own one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::{
    App, AppError, Elsewhere, EraseOrder, ErasureStep, Job, Journaled, PageRequest, PersonQuery,
    RetentionDays, ThisNode, note_node,
};
use base::{Fact, UnixMillis, VisitorId};
use journal::{Handover, Journal, Position};
use store::nodes::{adopt_node, list_nodes};

use crate::nodes::Collector;
use crate::support::{START_MS, TestApp};

/// Other nodes as they are reached, or not.
#[derive(Default)]
struct Town {
    journals: BTreeMap<&'static str, Arc<Journal>>,
    away: Mutex<BTreeSet<String>>,
    /// Who was given which order.
    orders: Mutex<Vec<String>>,
}

impl Town {
    fn of(collectors: &[&Collector], names: &[&'static str]) -> Arc<Self> {
        let journals = names.iter().zip(collectors);
        Arc::new(Self {
            journals: journals
                .map(|(name, one)| (*name, Arc::clone(&one.journal)))
                .collect(),
            ..Self::default()
        })
    }

    fn sends_away(&self, name: &str) {
        self.away.lock().unwrap().insert(name.to_owned());
    }

    fn brings_back(&self, name: &str) {
        self.away.lock().unwrap().remove(name);
    }

    fn orders(&self, name: &str) -> usize {
        let orders = self.orders.lock().unwrap();
        orders.iter().filter(|one| *one == name).count()
    }

    fn reach(&self, node: &Journaled) -> anyhow::Result<&Arc<Journal>> {
        anyhow::ensure!(
            !self.away.lock().unwrap().contains(&node.name),
            "it does not answer"
        );
        Ok(&self.journals[node.name.as_str()])
    }

    /// The visitors that a node's journal knows, by number.
    fn visitors(&self, name: &str) -> BTreeSet<u64> {
        let piece = self.journals[name].hand_over(None, None, 1 << 20).unwrap();
        let facts = piece.batch.entries.iter();
        let facts = facts.filter_map(|entry| Fact::decode(entry).ok()?.visitor());
        facts.map(|visitor| visitor.0).collect()
    }
}

impl Elsewhere for Town {
    fn fetch_upload(&self, _: &Journaled, _: &str, _: &Path) -> anyhow::Result<bool> {
        Ok(false)
    }

    fn erase(&self, node: &Journaled, order: &EraseOrder) -> anyhow::Result<u64> {
        let journal = self.reach(node)?;
        self.orders.lock().unwrap().push(node.name.clone());
        if order.reaches(journal.status().durable.segment) {
            let rolled = journal.roll()?;
            tokio::runtime::Handle::current().block_on(rolled)?;
        }
        let replacing = order.replacing();
        let meant = |segment| order.reaches(segment);
        Ok(journal.blank_some(meant, |entry| replacing.replacement(entry), |_, _| {})?)
    }

    fn read_journal(&self, node: &Journaled, from: Position) -> anyhow::Result<Handover> {
        Ok(self.reach(node)?.hand_over(Some(from), None, 300)?)
    }
}

async fn known_to_the_store(app: &App, names: &[&'static str]) {
    for name in names {
        let node = ThisNode {
            folder: (*name).to_owned(),
            ..ThisNode::alone(name)
        };
        note_node(app.store(), &node, app.now()).await.unwrap();
    }
}

/// A node that loads and works, beside two that collect.
async fn beside_two(test: &TestApp) -> (App, Arc<Town>, [Collector; 2]) {
    let collectors = [
        Collector::open(test, "c1", 1),
        Collector::open(test, "c2", 2),
    ];
    let [c1, c2] = &collectors;
    let town = Town::of(&[c1, c2], &["c1", "c2"]);
    let elsewhere = Arc::clone(&town);
    let node = test.neighbour_beside("a", "a", elsewhere).await;
    for job in [Job::Load, Job::Work] {
        node.tend_lease(job, Duration::ZERO).await.unwrap();
    }
    known_to_the_store(&node, &["c1", "c2"]).await;
    (node, town, collectors)
}

async fn ask_to_erase(test: &TestApp, app: &App, visitor: u64) {
    let visitor = PersonQuery {
        visitor: VisitorId(visitor).to_string(),
        ..PersonQuery::default()
    };
    let asked = app.request_erasure(&test.owner, &visitor, None).await;
    asked.unwrap();
}

/// Step and fault of each erasure, the latest first.
async fn erasures(test: &TestApp, app: &App) -> Vec<(String, String)> {
    let page = app.erasures(&test.owner, PageRequest::first(9)).await;
    let items = page.unwrap().items.into_iter();
    items
        .map(|one| (one.work.step, one.error.unwrap_or_default()))
        .collect()
}

fn waits(done: &Result<usize, AppError>) -> bool {
    matches!(
        done,
        Err(AppError::Unavailable {
            code: "node_away",
            ..
        })
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_is_open_until_every_node_has_done_its_part_and_each_does_it_once() {
    let test = TestApp::start().await;
    if !test.is_on_server() {
        return;
    }
    let (node, town, [c1, c2]) = beside_two(&test).await;
    for one in [&c1, &c2] {
        one.collect(&test, 0..20).await;
    }
    town.sends_away("c2");
    ask_to_erase(&test, &node, 9).await;
    assert!(waits(&node.run_erasures_until_idle().await));
    let segment = node.journal().status().durable.segment;
    for _ in 0..3 {
        assert!(waits(&node.run_erasures_until_idle().await));
    }
    assert_eq!(node.journal().status().durable.segment, segment);
    assert_eq!((town.orders("c1"), town.orders("c2")), (1, 0));
    let open = erasures(&test, &node).await;
    assert_eq!(open[0].0, "journal");
    assert!(open[0].1.contains("c2 (it does not answer)") && !open[0].1.contains("c1"));

    // A later one goes as far as it can, and who waits is not tried again with it.
    ask_to_erase(&test, &node, 12).await;
    assert!(waits(&node.run_new_erasures().await));
    assert_eq!(erasures(&test, &node).await[0].0, "journal");
    assert_eq!(node.run_new_erasures().await.unwrap(), 0);
    assert!(!town.visitors("c1").contains(&12) && town.visitors("c2").contains(&12));
    town.brings_back("c2");
    assert_eq!(node.run_erasures_until_idle().await.unwrap(), 2);
    assert_eq!((town.orders("c1"), town.orders("c2")), (2, 2));
    let left = town.visitors("c2");
    assert!(!left.contains(&9) && !left.contains(&12) && left.len() == 20);

    town.sends_away("c1");
    ask_to_erase(&test, &node, 15).await;
    assert!(waits(&node.run_erasures_until_idle().await));
    node.give_up_node("c1").await.unwrap();
    assert_eq!(node.run_erasures_until_idle().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_taken_apart_by_one_node_at_a_time() {
    let test = TestApp::start().await;
    if !test.is_on_server() {
        return;
    }
    let (node, _town, _collectors) = beside_two(&test).await;
    let other = test.neighbour("b").await;
    other.tend_lease(Job::Forget, Duration::ZERO).await.unwrap();
    ask_to_erase(&test, &node, 9).await;
    let soon = Duration::from_secs(1);
    let early = tokio::time::timeout(soon, node.run_erasures_before(ErasureStep::Journal)).await;
    assert!(early.is_err(), "another node is at it: {early:?}");
    assert_eq!(erasures(&test, &node).await[0].0, "records");
    other.give_leases_back().await.unwrap();
    let later = node.run_erasures_before(ErasureStep::Journal).await;
    later.unwrap();
    assert_eq!(erasures(&test, &node).await[0].0, "journal");
    // It is given back at once, so that nobody waits for a beat to stop.
    other.tend_lease(Job::Forget, Duration::ZERO).await.unwrap();
    other.give_leases_back().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_leaves_the_journals_of_other_nodes_also_of_one_that_was_away() {
    let test = TestApp::start().await;
    if !test.is_on_server() {
        return;
    }
    let (node, town, [c1, c2]) = beside_two(&test).await;
    // Real ids are of eight bytes.
    let old = 1 << 60..(1 << 60) + 30;
    let young = UnixMillis(START_MS + 80 * 24 * 3_600_000);
    for one in [&c1, &c2] {
        one.collect(&test, old.clone()).await;
        one.journal.roll().unwrap().await.unwrap();
        one.collect_at(&test, 7 << 60..(7 << 60) + 5, young).await;
    }
    let version = node.retention(&test.owner).await.unwrap().version;
    let days = RetentionDays {
        visits: Some(60),
        ..RetentionDays::default()
    };
    let kept = node.set_retention(&test.owner, version, days).await;
    kept.unwrap();
    test.seeded.pass_days(90);
    town.sends_away("c2");
    assert_eq!(node.keep_retention().await.unwrap(), 1);
    let olds = |name| town.visitors(name).range(old.clone()).count();
    assert_eq!((olds("c1"), olds("c2")), (0, 30));
    assert_eq!(town.visitors("c1").range(7 << 60..).count(), 5, "too young");
    assert_eq!(town.visitors("c1").len(), 35, "nobody became somebody else");
    town.brings_back("c2");
    assert_eq!(node.keep_retention().await.unwrap(), 0, "once a night");
    assert_eq!((olds("c1"), olds("c2")), (0, 0));
    // Both say the same of whoever went from one to the other.
    assert_eq!(town.visitors("c1"), town.visitors("c2"));
    let asked = town.orders.lock().unwrap().len();
    node.keep_retention().await.unwrap();
    assert_eq!(
        town.orders.lock().unwrap().len(),
        asked,
        "there is nothing left"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_comes_back_is_swept_of_who_was_erased_without_it() {
    let test = TestApp::start().await;
    if !test.is_on_server() {
        return;
    }
    let (node, town, [c1, c2]) = beside_two(&test).await;
    for one in [&c1, &c2] {
        one.collect(&test, 0..20).await;
    }
    // Nobody waits for the first, and the second's folder will be put back from a copy.
    town.sends_away("c1");
    node.give_up_node("c1").await.unwrap();
    for visitor in [9, 12] {
        ask_to_erase(&test, &node, visitor).await;
        assert_eq!(node.run_erasures_until_idle().await.unwrap(), 1);
    }
    c2.collect(&test, 9..10).await;
    let holds = |name, visitor| town.visitors(name).contains(&visitor);
    assert!(holds("c1", 9) && holds("c1", 12) && holds("c2", 9) && !holds("c2", 12));
    let mut tx = node.store().begin().await.unwrap();
    let all = list_nodes(&mut tx).await.unwrap();
    let copied = all.iter().find(|one| one.name == "c2").unwrap();
    assert!(adopt_node(&mut tx, copied, "c2").await.unwrap());
    tx.commit().await.unwrap();
    known_to_the_store(&node, &["c1", "c2"]).await;

    assert_eq!(node.run_erasures_until_idle().await.unwrap(), 0);
    assert!(!holds("c2", 9), "it was reached");
    assert!(holds("c1", 9), "it was not");
    town.brings_back("c1");
    node.run_erasures_until_idle().await.unwrap();
    assert!(!holds("c1", 9) && !holds("c1", 12));
    assert_eq!(
        (town.visitors("c1").len(), town.visitors("c2").len()),
        (20, 20)
    );
    let orders = (town.orders("c1"), town.orders("c2"));
    node.run_erasures_until_idle().await.unwrap();
    assert_eq!(
        (town.orders("c1"), town.orders("c2")),
        orders,
        "it was done"
    );
}
